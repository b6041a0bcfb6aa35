"""One point's way down from perch to perch in Python's own numbers.

The perches are those of :mod:`.quadtree` and the steps those of :mod:`.continuation`, whose arrays
cost several times as much for one point. Whatever leaves the range of floats refuses the step.
"""

from __future__ import annotations

from cmath import isfinite as is_number
from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor, inf, isfinite
from typing import Any, ClassVar, NamedTuple, final

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.straight_line import Program, evaluate
from freeprob.numeric.stepping import step_rules as rules
from freeprob.numeric.stepping.balls import correction
from freeprob.numeric.stepping.continuation import CORRECTIONS, LOWEST
from freeprob.numeric.stepping.one_step import Corrected, Entries, Moved, moved
from freeprob.numeric.stepping.quadtree import HOPS, LOW, RELATIVE, top_level
from freeprob.numeric.stepping.rounded_sides import sided_numbers
from freeprob.numeric.stepping.starts import on_powers

_FLOAT = FloatArithmetic()


@final
class Perch(NamedTuple):
    """A point of the branch with du/dz, and the curvature seen since the perch above and there.

    ``low`` if the axis below its square is one step away.
    """

    z: complex
    u: list[complex]
    slope: list[complex]
    curvature: float
    earlier: float
    low: bool


@final
@dataclass(frozen=True)
class PointNumbers:
    """Steps of one point in Python's complex numbers."""

    program: Program
    corrections: ClassVar[int] = CORRECTIONS

    def on_powers(
        self, u: Entries, slope: Entries, before: complex, step: complex, asked: bool
    ) -> Entries:
        """Ends of powers of z - a."""
        columns = [np.array([number]) for number in (before, step)]
        ends = on_powers(np.array([u.values]).T, np.array([slope.values]).T, *columns)
        return Entries([complex(value) for value in ends[:, 0]])

    def exponents(self, u: Entries, slope: Entries, z: complex) -> Complexes:
        """Of powers of z."""
        with np.errstate(all="ignore"):
            return np.array(slope.values, dtype=complex) * z / np.array(u.values, dtype=complex)

    def corrected(self, u: Entries, slope: Entries, z: complex, asked: bool) -> Corrected:
        """A Newton step from the right side of cuts."""
        here = u.values
        here = here if self.program.is_real else sided_numbers(here, slope.values, z)
        change, ahead = correction(self.program, here, z, _FLOAT)
        if not all(map(is_number, change)):
            raise FloatingPointError("a Newton correction left the range of floats")
        following = [a + b for a, b in zip(here, change, strict=True)]
        return Corrected(Entries(following), Entries(ahead), Entries(change))

    def chosen(self, first: bool, one: Corrected, other: Corrected) -> Corrected:
        """One of the two."""
        return one if first else other

    def hastened(self, u: Entries, z: complex, move: Entries) -> tuple[Entries, list[float]]:
        """Nothing is faster than these numbers."""
        return u, []

    def is_enough(self, sizes: list[float], z: complex) -> bool:
        """Whether corrections have converged, as for arrays."""
        return bool(rules.has_converged(sizes))

    def relative(self, change: Entries, u: Entries, move: Entries) -> float:
        """Size of a change relative to the move, the worst of all unknowns."""
        return rules.relative(change.values, u.values, move.values)

    def is_physical(self, u: Entries, z: complex) -> bool:
        """Whether Im G ≤ 0 up to rounding, where G has mirror images."""
        if not self.program.has_mirror:
            return True
        G = complex(evaluate(self.program.last, u.values, _FLOAT)[0])
        return not G.imag > rules.ROUNDING * abs(G)


@final
@dataclass(frozen=True)
class PointPerches:
    """The perches of a branch over points that come one by one, remembered."""

    program: Program
    radius: float
    anchor: Callable[[float], np.ndarray]
    known: dict[tuple[int, int], Perch | None] = field(default_factory=dict, compare=False)

    def above(self, z: complex) -> Perch | None:
        """The first perch over z that is low, or as low as z; ``None`` if the way is lost."""
        lowest = max(RELATIVE * abs(z.real), LOWEST, z.imag)
        level = int(top_level(self.radius, max(abs(z.real), z.imag)))
        while True:
            size = 2.0**level
            perch = self._at(level, floor(z.real / size))
            if perch is None or perch.low or size / 2 < lowest:
                return perch
            level -= 1

    def _at(self, level: int, square: int) -> Perch | None:
        """The perch of a square, known or new; ``None`` where it cannot be reached."""
        if (level, square) not in self.known:
            self.known[level, square] = self._made(level, square)
        return self.known[level, square]

    def _made(self, level: int, square: int) -> Perch | None:
        """The perch of a square, from the one above or from an anchor."""
        size = 2.0**level
        if square in (-1, 0) and level >= int(top_level(self.radius, 0.0)):
            above = self._anchored(2 * size)
        else:
            above = self.known[level + 1, square // 2]
        target = (square + 0.5 + 1j) * size
        with np.errstate(all="ignore"):  # of oracles: what overflows is refused
            end = None if above is None else _walked(self.program, above, target)
        if above is None or end is None:
            return None
        u, slope = end
        move = [a * (target - above.z) for a in slope]
        turned = [(a - b) * (target - above.z) for a, b in zip(slope, above.slope, strict=True)]
        curvature = rules.relative(turned, u, move) / (2 * abs(target - above.z))
        low = size * curvature <= LOW and rules.grows_no_more(curvature, above.curvature)
        return Perch(target, u, slope, curvature, above.curvature, bool(low))

    def _anchored(self, height: float) -> Perch:
        """The anchor at a height, of which no curvature is known."""
        z, u = 1j * height, [complex(value) for value in self.anchor(height)]
        _, slope = correction(self.program, u, z, _FLOAT)
        return Perch(z, u, slope, inf, inf, False)


def _walked(
    program: Program, start: Perch, target: complex
) -> tuple[list[complex], list[complex]] | None:
    """Unknowns and slopes at a target above the axis, by the rules of :meth:`.Walk.advance`."""
    numbers, z, u, slope = PointNumbers(program), start.z, Entries(start.u), Entries(start.slope)
    curvature, earlier = start.curvature, start.earlier
    step = _stride(curvature, z) if isfinite(curvature) else 0.5 * z.imag
    for _ in range(HOPS):
        left, height = target - z, z.imag
        distance = abs(left)
        near = (
            distance <= 0.25 * height
            or rules.settles(distance * curvature, curvature, earlier)
            or (distance * curvature <= rules.UNSEEN and isfinite(earlier))
        )
        near = near and distance < 2 * step
        length = distance if near else min(step, distance)
        last = length == distance
        place = target if last else z + left * (length / distance)
        there = _tried(numbers, u, slope, z, place)
        if there is not None and _is_good(there, place, curvature * length, last):
            if last:
                return there.u.values, there.slope.values
            z, u, slope = place, there.u, there.slope
            curvature, earlier = there.bend / length, curvature
            step = _stride(curvature, z)
            continue
        step, earlier = 0.5 * min(length, 0.9 * height), inf
        if rules.is_hopeless(step, height, z.real):
            return None
    return None


def _tried(
    numbers: PointNumbers, u: Entries, slope: Entries, before: complex, z: complex
) -> Moved | None:
    """A step; ``None`` where it meets a pole or leaves the range of floats."""
    try:
        return moved(numbers, u, slope, before, z)
    except (ArithmeticError, ValueError):
        return None


def _is_good(there: Moved, z: complex, foretold: float, last: bool) -> bool:
    """Whether a step counts: inside the half plane, or in sight of its target."""
    if not there.counts:
        return False
    if rules.excess_inside(there.bend_at(z.imag)) <= 1:
        return True
    if not last:
        return False
    return bool(rules.excess_onto(there.bend, foretold) <= 1) and there.turn() <= rules.NARROW


def _stride(curvature: Any, z: complex) -> float:
    """Length of a step that stays well inside the disk free of singularities."""
    return float(z.imag * rules.stride(curvature * z.imag))
