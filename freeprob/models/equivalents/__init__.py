"""Deterministic equivalents: matrices that stay letters, scalars for the Gaussian ones."""
