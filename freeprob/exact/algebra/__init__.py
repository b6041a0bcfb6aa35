"""Polynomials, fields, towers and series over ℚ(parameters); knows no law. By ``door.ring``."""
