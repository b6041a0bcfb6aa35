"""A law beside matrices: simulation, comparison and fit."""
