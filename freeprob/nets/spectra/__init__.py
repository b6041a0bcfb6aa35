"""Spectra of random networks, described as trees of laws and matrix expressions; others solve."""
