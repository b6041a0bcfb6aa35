"""Subordination functions of the parts, their preimages, and outliers of spiked models."""
