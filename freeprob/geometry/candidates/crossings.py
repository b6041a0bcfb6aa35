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

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System, flatten
from freeprob.geometry.candidates.folds_by_scan import has_density, singular_intervals
from freeprob.geometry.candidates.winding import winding


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
        around = winding(system, place, spacing)
        if around is not None and not around.is_regular:
            yield place
        if around is None and flatten(system).is_algebraic:
            raise ConvergenceError(
                f"the singularity of the density near {float(place.value)} is no simple edge and "
                "lies at no simple rational number"
            )


def simplest(low: float, high: float) -> fmpq:
    """The rational of least denominator in an interval."""
    middle = Fraction((low + high) / 2)
    denominator, found = 1, Fraction(round(middle))
    while not low <= found <= high:
        denominator *= 2
        found = middle.limit_denominator(denominator)
    return fmpq(found.numerator, found.denominator)
