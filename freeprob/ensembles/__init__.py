"""Simulated matrices and honest comparisons."""
