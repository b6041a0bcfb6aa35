"""Real places outside the support where a part of a law stands at a value, gap by gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, final

import numpy as np
import sympy as sp
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.systems.system import flatten
from freeprob.laws.description.described import Described
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.laws.subordination.subordination import Standing
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.functions import (
    Question,
    Reading,
    read,
    start_of,
    values_at,
    values_program,
)
from freeprob.numeric.branch.gap_roots import Gap, Reach, Rise, Root
from freeprob.numeric.distributions.cuts import End
from freeprob.numeric.programs.lowering import read_place

# bits to which a root is told from the end of its gap, and a threshold from a spike
_BITS = (128, 512, 2048)
# what is asked gap by gap takes a fraction of a second for each
_MOST_GAPS = 200


class Ends(NamedTuple):
    """A gap and its ends to any number of bits; None at infinity.

    ``infinite`` says of both ends whether |G| grows beyond all bounds there, ``roots`` in which
    root of the distance functions of the branch are analytic.
    """

    gap: Gap
    left: Callable[[int], arb] | None
    right: Callable[[int], arb] | None
    infinite: tuple[bool, bool]
    roots: tuple[int, int]

    def holds(self, z: arb, bits: int) -> bool | None:
        """Whether a ball lies inside; None where that is not decided."""
        signs = [
            z - self.left(bits) if self.left else arb(1),
            self.right(bits) - z if self.right else arb(1),
        ]
        if any(sign < 0 for sign in signs):
            return False
        return True if all(sign > 0 for sign in signs) else None


@final
@dataclass(frozen=True)
class Found:
    """A real place outside the support where a part's ω has a value."""

    standing: Standing
    value: sp.Expr
    sign: int
    ends: Ends
    near: Root

    def _reading(self, bits: int) -> Reading:
        curve = flatten(self.standing.system)
        question = Question(curve, self.standing.argument, curve.z)
        place = read_place(self.value**2 if self.standing.squared else self.value)
        start = start_of(self.near.unknowns)
        cauchy = physical_branch(self.standing.system).program
        found = read(question, place, bits, start, cauchy)
        if found is None or not found.value.is_finite():
            raise ConvergenceError(
                f"the place where a part stands at {self.value} was not found to {bits} bits near "
                f"{self.near.low:.17g}"
            )
        return found

    def location(self, bits: int) -> arb:
        """The place."""
        with ctx.workprec(bits + 16):
            return self._place(self._reading(bits))

    def state(self, bits: int) -> tuple[list[acb], arb]:
        """The unknowns there, and dz/dω."""
        with ctx.workprec(bits + 16):
            found = self._reading(bits)
            return found.unknowns, self._slope(found)

    def _place(self, found: Reading) -> arb:
        """z, from its square where the law is that of squares."""
        return found.value.real.sqrt() if self.standing.of_squares else found.value.real

    def _slope(self, found: Reading) -> arb:
        """dz/dω."""
        slope = found.slope.real
        if not self.standing.squared:
            return slope
        square = self._own() * slope  # of ω²/2
        return square / self._place(found) if self.standing.of_squares else 2 * square

    def _own(self) -> arb:
        """The value of ω, with its sign on the sheet."""
        return self.sign * read_place(self.value)().real

    def overlaps(self, bits: int) -> tuple[arb, arb]:
        """κ/ω' and, for singular values, 1/(κ ω')."""
        found = self._reading(bits)
        program = values_program(flatten(self.standing.system), [self.standing.weight])
        (kappa,) = values_at(program, found.unknowns, bits)
        with ctx.workprec(bits + 16):
            weight, slope = acb(kappa).real, self._slope(found)
            if self.standing.squared:
                # of the squares: κ is ω₂/z there, and ω = √(ω₁ω₂)
                weight = weight * self._place(found) / self._own()
            return weight * slope, slope / weight

    def is_outside(self) -> bool:
        """Whether the place lies in its gap and on the physical sheet, where ω rises.

        What 2048 bits do not tell from an edge is one: its overlap would be below 10⁻³⁰⁰.
        """
        for bits in _BITS:
            found = self._reading(bits)
            slope, held = self._slope(found), self.ends.holds(found.value.real, bits)
            if self.standing.turned or (self.standing.by_place and found.value.real < 0):
                slope = -slope
            if slope < 0 or held is False:
                return False
            if slope > 0 and held:
                return True
        return False


@lru_cache(maxsize=256)
def gaps_of(law: Described) -> tuple[Ends, ...]:
    """The open intervals without spectrum, from left to right."""
    pieces = [tuple(_Side.of(end) for end in cut.ends) for cut in cuts_of(law)]
    for atom in atoms_of(law):
        place = (atom.location, float((atom.place().real - atom.location).mid()))
        pieces.append((_Side(place, _ball_of(atom), True, 1),) * 2)
    pieces.sort(key=lambda piece: piece[0].place)
    found, last = [], _Side((-np.inf, 0.0), None, False, 1)
    for left, right in pieces:
        if left.place > last.place and left.place[0] > -np.inf:
            found.append(_between(last, left))
        if right.place > last.place:
            last = right
    if last.place[0] < np.inf:
        found.append(_between(last, _Side((np.inf, 0.0), None, False, 1)))
    return tuple(found)


class _Side(NamedTuple):
    """One end of a gap."""

    place: tuple[float, float]
    ball: Callable[[int], arb] | None
    infinite: bool
    root: int

    @staticmethod
    def of(end: End) -> _Side:
        """The end of a cut; where its density does not vanish G is infinite."""
        return _Side(end.location, end.at, end.exponent <= 0, end.root)


def _between(left: _Side, right: _Side) -> Ends:
    gap = Gap(left.place, right.place)
    return Ends(
        gap, left.ball, right.ball, (left.infinite, right.infinite), (left.root, right.root)
    )


def _ball_of(atom: Any) -> Callable[[int], arb]:
    def ball(bits: int) -> arb:
        with ctx.workprec(bits + 16):
            return atom.place().real

    return ball


def reach_of(law: Described, values: Sequence[float]) -> Reach:
    """The size of the spectrum, and of what is looked for."""
    ends = [end[0] for gap in gaps_of(law) for end in (gap.gap.left, gap.gap.right)]
    finite = [abs(end) for end in ends if np.isfinite(end)]
    size = max(finite, default=1.0) or 1.0
    return Reach(size, max([1.0, size, *map(abs, values)]) * max(1.0, size))


def pieces_of(law: Described, place: Standing, values: Sequence[float]) -> list[tuple[Ends, Rise]]:
    """Gaps cut at poles, with the values of ω on them."""
    reach = reach_of(law, values)
    known = gaps_of(law)
    if len(known) > _MOST_GAPS:
        raise InvalidParameterError(
            f"{len(known)} gaps are too many: between any two neighbours of as many atoms there is "
            "an outlier of every spike. Give the law that these values are drawn from, or add "
            "noise with a density"
        )
    gaps = [_positive(ends) if place.of_squares else ends for ends in known]
    gaps = [ends for ends in gaps if ends.gap.left < ends.gap.right]
    return [(ends, rise) for ends in gaps for rise in place.rising.pieces(ends.gap, reach)]


def _positive(ends: Ends) -> Ends:
    """The positive part of a gap: squares are positive."""
    if ends.gap.left[0] >= 0:
        return ends
    gap = Gap((0.0, 0.0), ends.gap.right)
    return Ends(gap, lambda bits: arb(0), ends.right, (False, ends.infinite[1]), (1, ends.roots[1]))


def solutions(
    pieces: Sequence[tuple[Ends, Rise]], place: Standing, value: sp.Expr, signs: Sequence[int]
) -> list[Found]:
    """All real places outside the support where ω = value, or ± for singular values."""
    found = []
    for ends, rise in pieces:
        for sign in signs:
            height = place.height(sign * float(value))
            candidates = [
                Found(place, value, sign, ends, root) for root in place.rising.roots(rise, height)
            ]
            found += [candidate for candidate in candidates if candidate.is_outside()]
    return found
