"""Numbers from a system: grids, digits, balls, quadrature."""
