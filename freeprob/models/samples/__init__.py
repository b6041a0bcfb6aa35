"""Draws of letters and of whole expressions."""
