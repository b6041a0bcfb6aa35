"""Exact equations: polynomials over ℚ(parameters), series, systems, elimination."""
