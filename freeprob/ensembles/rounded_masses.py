"""How far the masses of a finite matrix are from those of its law.

A projection of trace p has a whole number of eigenvalues 1, not p n. A product of sixteen has each
of them off in the same direction, and spectra are rigid enough for draws to show it.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np

from freeprob.ensembles.model import AtomicQuantile, Deterministic
from freeprob.ensembles.sums import FreePower

_WHOLE = 1e-9  # rounding of n times a mass that is meant to be a whole number


def eigenvalues_off(part: object, n: int) -> float:
    """Eigenvalues by which distribution functions of all given matrices in a model are off.

    With one eigenvalue of one part moved past its neighbour those of the whole interlace, so a
    mean over n of them changes by at most the variation of the function over n.
    """
    if isinstance(part, Deterministic):
        return _off(part.quantile, n) if isinstance(part.quantile, AtomicQuantile) else 0.0
    if isinstance(part, tuple):
        return sum(eigenvalues_off(inner, n) for inner in part)
    if not is_dataclass(part):
        return 0.0
    total = sum(eigenvalues_off(getattr(part, entry.name), n) for entry in fields(part))
    return total * part.exponent if isinstance(part, FreePower) else total


def _off(quantile: AtomicQuantile, n: int) -> float:
    """The largest distance of n F from the number of eigenvalues, at the atoms."""
    places = np.asarray(quantile.locations)
    order = np.argsort(places)
    wanted = n * np.cumsum(np.asarray(quantile.weights)[order])
    drawn = quantile((np.arange(n) + 0.5) / n)
    there = np.searchsorted(np.sort(drawn), places[order], side="right")
    off = float(np.abs(there - wanted).max())
    return off if off > _WHOLE * n else 0.0
