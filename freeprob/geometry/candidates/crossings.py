"""Singularities of the branch that are no folds: crossings of sheets, cusps and hard edges.

No equations for them are regular, so their places are not proved. Where a rational number of
small denominator lies among the squares, going round it shows whether G is a series in a root of
z - e there; that fails already when e is off by a 10^-9 of the distance to the next singularity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import final

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System, flatten
from freeprob.geometry.candidates.folds_by_scan import (
    FoldLocation,
    fold_beside,
    has_density,
    singular_intervals,
    tiles,
    window,
)
from freeprob.geometry.candidates.winding import Winding, is_analytic, winding
from freeprob.numeric.branch.branch import physical_branch

_PART = 0.5 - 1 / 11  # of a square, where no symmetry puts a singularity
_POINTS = 256  # at least so many places of the window are asked
_HALVINGS = 60
_FEW = 8  # halvings before a fold is looked for, which is proved and costs less than more of them
_BESIDE_PLACE = 2.0**-20  # of an interval, how far from a simple number natures are compared
_REAL = 1e-200  # the float64 branch marks real values by a vanishing imaginary part
_SLACK = 2.0**-44  # of the first interval
_BESIDE = 1e-4  # share of G on a circle; a square is so narrow in it that its own places add less
_BY_CHANCE = 1e-3  # probability of a rational number of this size in so narrow an interval


@final
@dataclass(frozen=True)
class RationalPlace:
    """A rational number among singular squares, seen but not proved to be the singularity."""

    value: fmpq

    def ball(self, bits: int) -> arb:
        """The value."""
        with ctx.workprec(bits + 16):
            return arb(self.value)

    def expression(self) -> sp.Rational:
        """The value, exact."""
        return sp.Rational(int(self.value.p), int(self.value.q))


def crossings(system: System, explained: Sequence[float]) -> Iterator[RationalPlace]:
    """Singularities next to the density other than those explained already.

    Raises
    ------
    ConvergenceError
        If there is one at no simple rational number, or of no simple kind.
    """
    intervals = singular_intervals(system)
    ends = [-float("inf"), *(end for interval in intervals for end in interval), float("inf")]
    rooms = [high - low for low, high in list(pairwise(ends))[::2]]
    for (low, high), *room in zip(intervals, rooms[:-1], rooms[1:], strict=True):
        if any(low <= place <= high for place in explained):
            continue
        if not has_density(system, [low, high]).any():
            continue
        place = RationalPlace(simplest(low, high))
        spacing = min(*room, max(1.0, abs(low)))
        if not flatten(system).is_algebraic and is_simple(low, high):
            # a logarithm comes back in no number of turns, and needs no proof of it
            if not is_analytic(system, place, spacing):
                yield place
            continue
        around = winding(system, place, spacing)
        if around is not None and not is_simple(low, high) and _lies_beside(around):
            around = None
        if around is not None and not around.is_regular:
            yield place
        if around is None and flatten(system).is_algebraic:
            raise ConvergenceError(
                f"the singularity of the density near {float(place.value)} is no simple edge and "
                "lies at no simple rational number"
            )


def _lies_beside(around: Winding) -> bool:
    """Whether a place is next to the singularity alone: its distance makes a small first term.

    √(x - e) is √(x - e') (1 + (e' - e)/(2 (x - e')) + …) outside of both.
    """
    radius = float(around.ring.radius)
    sizes = [abs(value) * radius ** (order / around.p) for order, value in around.terms]
    return sizes[0] < _BESIDE * max(sizes)


def turnings(system: System, explained: Sequence[float]) -> Iterator[RationalPlace | FoldLocation]:
    """Places, other than those explained already, where density begins with no square over it.

    Where the branch bends like x² log x squares see nothing, and where edges crowd Newton's method
    may have missed one from them. Bisection finds the place, and with it a fold that is proved.

    Raises
    ------
    ConvergenceError
        If it is no simple rational number.
    """
    bounds = tiles(system).bounds
    low, high = window(system)
    x = np.concatenate([bounds[:, 0], low + (high - low) * np.arange(_POINTS) / _POINTS])
    widths = np.concatenate([bounds[:, 1] - bounds[:, 0], np.full(_POINTS, (high - low) / _POINTS)])
    x = np.unique(x + _PART * widths)
    seen = physical_branch(system).follow(x.astype(complex))
    # where float64 does not decide, conjugate unknowns cancel in a gap
    x, positive = x[~seen.undecided], seen.G.imag[~seen.undecided] < -_REAL
    for i in np.flatnonzero(positive[1:] != positive[:-1]):
        low, high = float(x[i]), float(x[i + 1])
        if any(low <= place <= high for place in explained):
            continue
        low, high = _bisected(system, low, high, bool(positive[i]), _FEW)
        fold = fold_beside(system, low, high)
        if fold is not None:
            yield fold
            continue
        room = (high - low) * _BESIDE_PLACE
        middle = float(simplest(low, high))
        beside = middle - room, middle + room
        if (
            is_simple(*beside)
            and has_density(system, beside).tolist() == positive[i : i + 2].tolist()
        ):
            # next to a density that begins like a high power each halving costs more than the last
            low, high = beside
        else:
            low, high = _bisected(system, low, high, bool(positive[i]), _HALVINGS)
        if not is_simple(low, high):
            raise ConvergenceError(
                f"the density begins near {low:.12g}, which is no simple rational number"
            )
        yield RationalPlace(simplest(low, high))


def _bisected(
    system: System, low: float, high: float, positive: bool, halvings: int
) -> tuple[float, float]:
    """A narrow interval where the density begins or ends; ``positive`` tells it at ``low``."""
    width = high - low
    for _ in range(halvings):
        middle = low + (high - low) * _PART
        if bool(has_density(system, [middle])[0]) == positive:
            low = middle
        else:
            high = middle
    # a density that begins slowly is lost in rounding next to its end
    slack = width * _SLACK
    return low - slack, high + slack


def is_simple(low: float, high: float) -> bool:
    """Whether an interval is so narrow that its simplest rational number is in it on purpose.

    About one in 1/(q² width) intervals of this width has a number of denominator q by chance.
    """
    return float(simplest(low, high).q) ** 2 * (high - low) < _BY_CHANCE


def simplest(low: float, high: float) -> fmpq:
    """The rational of least denominator in an interval."""
    middle = Fraction((low + high) / 2)
    denominator, found = 1, Fraction(round(middle))
    while not low <= found <= high:
        denominator *= 2
        found = middle.limit_denominator(denominator)
    return fmpq(found.numerator, found.denominator)
