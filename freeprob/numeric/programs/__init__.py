"""Expressions compiled to programs over several arithmetics, and the points they take."""
