"""The variances and correlations that many pairs of Gaussians fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freeprob.numeric.bivariate_normal import determinant
from freeprob.numeric.blocks import Pairs

Array = NDArray[np.float64]
Interval = tuple[float, float]

_NEAR = 0.99  # correlation from which its arcsine is taken from the determinant
_ONE_VARIANCE = 1e-13  # relative difference of variances that are one but for rounding


@dataclass(frozen=True)
class Box:
    """Ranges of the two positive variances and of the arcsine of the correlation."""

    first: Interval
    second: Interval
    arcsine: Interval


def arcsines(q1: Array, k: Array, q2: Array) -> Array:
    """Return the arcsine of the correlation, accurate also next to +-pi/2; 0 at a variance 0."""
    c = _correlations(q1, k, q2)
    if not c.size or (c.max() < _NEAR and c.min() > -_NEAR):
        return np.arcsin(c, out=c)
    near = np.abs(c) >= _NEAR
    a, b = (np.broadcast_to(q, c.shape)[near] for q in (q1, q2))
    distance = np.arctan2(np.sqrt(determinant(a, k[near], b)), np.abs(k[near]))
    c[near] = np.where(k[near] > 0, np.pi / 2 - distance, distance - np.pi / 2)
    np.arcsin(c, out=c, where=~near)
    return c


def box_around(pairs: Pairs) -> Box | None:
    """Return the box that the pairs fill, or None if all have a variance 0."""
    first, second = (q[q > 0] for q in (pairs.first, pairs.second))
    ranges = [
        (c.min(), c.max())
        for c in (_correlations(*pairs.part(block)) for block in pairs.blocks)
        if c.size
    ]
    if not (first.size and second.size and ranges):
        return None
    lows, highs = (np.clip(ends, -1.0, 1.0) for ends in np.array(ranges).T)
    arcsine = (float(np.arcsin(lows.min())), float(np.arcsin(highs.max())))
    return Box(_interval(first), _interval(second), arcsine)


def _correlations(q1: Array, k: Array, q2: Array) -> Array:
    """Return correlations, 0 where a variance is 0."""
    with np.errstate(divide="ignore"):
        inverses = [np.where(q > 0, 1 / np.sqrt(q), 0.0) for q in (q1, q2)]
    c = k * inverses[0]
    c *= inverses[1]
    return c


def _interval(q: Array) -> Interval:
    """Return the range of variances, one number if they differ by roundings only."""
    low, high = float(q.min()), float(q.max())
    if high - low <= _ONE_VARIANCE * high:
        # that is no interval to interpolate on
        low = high = (low + high) / 2
    return low, high
