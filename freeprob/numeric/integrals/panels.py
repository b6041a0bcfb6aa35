"""Gauss rules over a law's density: one panel for every piece of its piecewise representation.

In the local variable t of a half the mass ρ dx is t^a f(t) dt, f a polynomial on each piece, so a
Gauss-Legendre rule integrates it against any function that is smooth on the piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import numpy as np

from freeprob.exact.systems.system import System
from freeprob.numeric.distributions.cuts import Atom, Cut
from freeprob.numeric.distributions.distribution import Distribution, distribution
from freeprob.numeric.distributions.piecewise_density import Piecewise

_NODES = 24  # next to a logarithm's pole two panels' widths away an error of 3^-48
_REST = 1e-17  # in units of a panel: what is left between it and a place it is graded towards


@lru_cache(maxsize=64)
def quadrature(system: System, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...]) -> Quadrature:
    """The rules of a law whose cuts and atoms are known."""
    return Quadrature(distribution(system, cuts, atoms))


@final
@dataclass(frozen=True)
class Quadrature:
    """A law's distribution with the rules over its halves."""

    law: Distribution

    @cached_property
    def halves(self) -> tuple[HalfRule, ...]:
        """Rules over the halves of the cuts."""
        return tuple(HalfRule(piece) for piece in self.law.pieces)

    @cached_property
    def places(self) -> np.ndarray:
        """All nodes in x, without the atoms."""
        return np.concatenate([half.places.ravel() for half in self.halves] or [np.empty(0)])

    @cached_property
    def weights(self) -> np.ndarray:
        """The mass at each node."""
        return np.concatenate([half.weights.ravel() for half in self.halves] or [np.empty(0)])


@final
@dataclass(frozen=True)
class HalfRule:
    """Nodes and masses on every panel of a half; a row for each panel."""

    piece: Piecewise

    @cached_property
    def ends(self) -> np.ndarray:
        """Ends of the panels in t: the pieces, graded towards an infinite end for logarithms."""
        breaks = self.piece.breaks
        if self.piece.half.end.is_finite:
            return breaks
        inner = breaks[1] * 0.25 ** np.arange(_levels(_REST), 0, -1)
        return np.concatenate([breaks[:1], inner, breaks[1:]])

    @cached_property
    def lows(self) -> np.ndarray:
        """Inner ends of the panels in t."""
        return self.ends[:-1]

    @cached_property
    def highs(self) -> np.ndarray:
        """Outer ends of the panels in t."""
        return self.ends[1:]

    @cached_property
    def pieces(self) -> np.ndarray:
        """The piece that each panel lies on."""
        return np.searchsorted(self.piece.breaks, self.lows, side="right") - 1

    @cached_property
    def variables(self) -> np.ndarray:
        """Nodes in t."""
        nodes, _ = self._rule
        return self.lows[:, None] + (self.highs - self.lows)[:, None] * nodes

    @cached_property
    def places(self) -> np.ndarray:
        """Nodes in x."""
        return self.piece.half.point(self.variables)

    @cached_property
    def weights(self) -> np.ndarray:
        """Masses at the nodes."""
        return self.local(np.arange(len(self.lows)), self.lows, self.highs)[1]

    def rate(self, panels: np.ndarray, t: np.ndarray) -> np.ndarray:
        """|dμ/dt| at points of panels."""
        smooth = self.piece.on_pieces(self.pieces[panels], t)
        return smooth * t ** float(self.piece.power) * self.piece.half.speed_factor

    def local(
        self, panels: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Nodes in t and masses on parts of panels; a row for each."""
        nodes, weights = self._rule
        t = low[:, None] + (high - low)[:, None] * nodes
        rows = np.broadcast_to(panels[:, None], t.shape)
        return t, self.rate(rows, t) * (high - low)[:, None] * weights

    def graded(self, panel: int, towards: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Nodes on a panel that crowd at a place in it: t less the place, t, and masses.

        Each part is thrice as long as it is far from the place, so that singularities there, or
        above or below it in the plane, are no nearer to it.
        """
        low, high = self.lows[panel], self.highs[panel]
        nodes, weights = self._rule
        steps, scales = [], []
        for side, length in ((1.0, high - towards), (-1.0, towards - low)):
            if length <= 0:
                continue
            ends = length * 0.25 ** np.arange(_levels(_REST * (high - low) / length) + 1)
            parts = np.diff(np.append(ends, 0.0)) * -1.0
            inner = np.append(ends[1:], 0.0)
            steps.append(side * (inner[:, None] + parts[:, None] * nodes).ravel())
            scales.append((parts[:, None] * weights).ravel())
        step = np.concatenate(steps)
        t = np.clip(towards + step, low, high)
        mass = self.rate(np.full(t.shape, panel), t) * np.concatenate(scales)
        return step, t, mass

    @cached_property
    def _rule(self) -> tuple[np.ndarray, np.ndarray]:
        return legendre(_NODES + max(self.piece.power, 0) // 2)


def _levels(share: float) -> int:
    """Quarterings after which less than a share of a length is left."""
    return max(1, int(np.ceil(np.log(share) / np.log(0.25))))


@lru_cache(maxsize=64)
def legendre(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2
