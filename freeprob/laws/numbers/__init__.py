"""Digits of one law: G, density, cdf, quantiles, cuts and atoms, and how each was got."""
