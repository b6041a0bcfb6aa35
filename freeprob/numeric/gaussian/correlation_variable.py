"""Variables of the correlation in which kernels have short expansions up to correlation +-1.

Kernels of functions with kinks are smooth in the arcsine of c. Those of smooth functions are
smooth in c itself, but change within 1/q of +-1 at a large variance q, as arcsin(c/(1 + 1/(2q)))
does for the error function: artanh(c/(1 + 1/q)) spreads that range out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freeprob.numeric.gaussian.blocks import Block
from freeprob.numeric.gaussian.chebyshev import Interval
from freeprob.numeric.gaussian.correlation_box import Box, Correlations
from freeprob.numeric.gaussian.gaussian_grids import Grid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Variable:
    """artanh(c/(1 + margin)) of the correlation c, or its arcsine if there is no margin."""

    margin: float | None

    def on(self, known: Correlations, block: Block) -> Array:
        """Return the variable in a block of pairs."""
        if self.margin is None:
            return known.arcsines(block)
        c = known.of(block)
        near = known.near_one(block, c)
        values = np.arctanh(c * (1 / (1 + self.margin)))
        if near is not None:
            where, distance = near
            values[where] = np.copysign(self._from_distance(distance), c[where])
        return values

    def of(self, arcsine: Array) -> Array:
        """Return the variable where c has the given arcsine."""
        if self.margin is None:
            return arcsine
        near = np.copysign(self._from_distance(np.pi / 2 - np.abs(arcsine)), arcsine)
        far = np.arctanh(np.sin(arcsine) / (1 + self.margin))
        return np.where(np.abs(arcsine) < 1, far, near)

    def arcsine(self, value: Array) -> Array:
        """Return the arcsine of c from the variable."""
        if self.margin is None:
            return value
        # the margin and 1 - |c| together keep their digits
        rest = 2 * (1 + self.margin) / (1 + np.exp(2 * np.abs(value))) - self.margin
        near = np.copysign(np.pi / 2 - 2 * np.arcsin(np.sqrt(np.clip(rest, 0, 2) / 2)), value)
        return np.where(
            rest < 0.5, near, np.arcsin(np.clip((1 + self.margin) * np.tanh(value), -1, 1))
        )

    def ratio(self, value: Array) -> Array:
        """Return c over the variable, also where both vanish."""
        if self.margin is None:
            return np.sinc(value / np.pi)
        limit = np.ones(value.shape)
        return (1 + self.margin) * np.divide(np.tanh(value), value, out=limit, where=value != 0)

    def range(self, arcsine: Interval, parity: int) -> Interval:
        """Return the range of the variable, of its square for an odd or even function."""
        low, high = (float(end) for end in self.of(np.array(arcsine)))
        if not parity:
            return low, high
        least = 0.0 if low < 0 < high else min(low * low, high * high)
        return least, max(low * low, high * high)

    def _from_distance(self, distance: Array) -> Array:
        """Return the variable from the arccosine of c, for c > 0."""
        margin = self.margin or 0.0
        rest = 2 * np.sin(distance / 2) ** 2
        return np.log((2 + margin - rest) / (margin + rest)) / 2


def variable_of(grid: Grid, box: Box) -> Variable:
    """Return the variable that suits a function on a box."""
    if grid.breaks:
        return Variable(None)
    return Variable(1 / max(1.0, min(box.first[1], box.second[1])))
