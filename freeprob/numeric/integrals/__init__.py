"""Integrals against a law: means, potentials, entropy. Enter by ``expectation`` and ``panels``."""
