"""Densities, distribution functions and quantiles on the branch. Enter by ``evaluate``."""
