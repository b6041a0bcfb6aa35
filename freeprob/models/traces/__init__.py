"""Deterministic equivalents of normalised traces."""
