"""Structured systems: leaves, nodes, flattened curves, critical equations. By ``system``."""
