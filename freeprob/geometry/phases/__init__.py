"""Spectra with parameters: edges as formulas, how they move, phases. Enter by ``phases``."""
