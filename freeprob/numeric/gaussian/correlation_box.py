"""Correlations of many pairs of Gaussians and the box that they fill with the variances."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from freeprob.numeric.gaussian.bivariate_normal import balanced, determinant
from freeprob.numeric.gaussian.blocks import Block, Pairs
from freeprob.numeric.gaussian.chebyshev import Interval, range_of

Array = NDArray[np.float64]

_PARTS = 64  # of the half circle of arcsines, at whose ends boxes end
_PER_OCTAVE = 8  # the same for variances
_NEAR = 0.99  # correlation from which its arcsine is taken from the determinant


@dataclass(frozen=True)
class Box:
    """Ranges of the two positive variances and of the arcsine of the correlation."""

    first: Interval
    second: Interval
    arcsine: Interval


@dataclass(frozen=True)
class Correlations:
    """Correlations of pairs, 0 where a variance is 0."""

    pairs: Pairs
    inverses: Pairs

    def of(self, block: Block) -> Array:
        """Return the correlations in a block."""
        left, k, right = self.inverses.part(block)
        c = k * right
        c *= left
        return c

    def arcsines(self, block: Block) -> Array:
        """Return the arcsines of the correlations, accurate also next to +-pi/2."""
        c = self.of(block)
        near = self.near_one(block, c)
        if near is None:
            return np.arcsin(c, out=c)
        where, distance = near
        np.arcsin(c, out=c, where=~where)
        c[where] = np.copysign(np.pi / 2 - distance, c[where])
        return c

    def near_one(self, block: Block, c: Array) -> tuple[NDArray[np.bool_], Array] | None:
        """Return where |c| is near 1 and there the arccosine of |c|.

        It is known, or comes from the determinant.
        """
        if not c.size or (c.max() < _NEAR and c.min() > -_NEAR):
            return None
        where = np.abs(c) >= _NEAR
        parts = (np.broadcast_to(part, c.shape)[where] for part in self.pairs.part(block))
        q1, k, q2, _, _ = balanced(*parts)
        distance = np.arctan2(np.sqrt(determinant(q1, k, q2)), np.abs(k))
        known = self.pairs.known_angles(block)
        if known is not None:
            every = np.zeros(c.shape)
            every[where] = distance
            every[known[0]] = known[1]
            where[known[0]] = True
            distance = every[where]
        return where, distance

    def box(self) -> Box | None:
        """Return a box around the pairs, or None if all have a variance 0.

        Its ends are few for data alike, so that tables on it serve again.
        """
        first, second = (q[q > 0] for q in (self.pairs.first, self.pairs.second))
        ends = [self._ends(block) for block in self.pairs.blocks]
        if not (first.size and second.size and ends):
            return None
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        step = np.pi / _PARTS
        arcsine = (
            max(-np.pi / 2, step * floor(low / step)),
            min(np.pi / 2, step * ceil(high / step)),
        )
        return Box(_outward(range_of(first)), _outward(range_of(second)), arcsine)

    def _ends(self, block: Block) -> Interval:
        c = self.of(block)
        if self.near_one(block, c) is None:
            return float(np.arcsin(c.min())), float(np.arcsin(c.max()))
        arcsine = self.arcsines(block)
        return float(arcsine.min()), float(arcsine.max())


def _outward(interval: Interval) -> Interval:
    """Return the interval with its ends moved out to parts of an octave, if it has two."""
    low, high = interval
    if low == high:
        return interval
    return (
        2.0 ** (floor(_PER_OCTAVE * np.log2(low)) / _PER_OCTAVE),
        2.0 ** (ceil(_PER_OCTAVE * np.log2(high)) / _PER_OCTAVE),
    )


def correlations(pairs: Pairs) -> Correlations:
    """Return the correlations of pairs, with what they are computed from."""
    first, second = (
        np.divide(1.0, np.sqrt(q), out=np.zeros(q.shape), where=q > 0)
        for q in (pairs.first, pairs.second)
    )
    return Correlations(pairs, Pairs(first, pairs.cross, second, pairs.blocks))


def _reaches_one(c: Array) -> bool:
    return bool(c.max() >= _NEAR or c.min() <= -_NEAR)
