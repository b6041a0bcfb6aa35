"""Activations and the named ones."""
