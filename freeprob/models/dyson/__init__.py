"""The matrix Dyson equation, read as equations, series and floats."""
