"""Gaussian means and duals of functions: closed forms first, then quadrature."""
