"""Fredholm determinants, and the laws of extremes and gaps that they give. By ``fredholm``."""
