"""Finite random networks."""
