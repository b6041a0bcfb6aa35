"""Any number of digits: float64 finds the sheet, Newton's method doubles the digits, balls prove.

A value is accepted only when an interval Newton step proves one root of the system inside a tiny
ball about it and both ends of the resulting ball round to the digits asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import ceil, floor
from typing import Any, NamedTuple, final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.beside_axis import are_from_above, is_nearly_real, lowest_order
from freeprob.numeric.branch.branch import PhysicalBranch, physical_branch
from freeprob.numeric.precision import FLOAT_DIGITS, agrees, bits_of
from freeprob.numeric.programs.points import Place, Point
from freeprob.numeric.programs.straight_line import Program, linearise
from freeprob.numeric.stepping.balls import (
    BALLS,
    correction,
    double,
    exponent,
    middle,
    proved,
    relative_exponent,
    residuals,
    result,
)
from freeprob.numeric.stepping.continuation import Walk
from freeprob.numeric.stepping.descent import (
    Perch,
    approach,
    bits_far_out,
    climb,
    corrected_to,
    descend,
    land,
    precision_at,
)
from freeprob.numeric.stepping.limits import Sample, cauchy_limit, density_limit, samples_from_above
from freeprob.numeric.stepping.pole_maps import RightInverse, right_inverse
from freeprob.numeric.stepping.step_rules import NARROW

_ATTEMPTS = 7
_LIFT = 60  # bits below a real point from which the branch above tells a real solution
_CORRECTED = -40  # bits of a correction whose square no step from a height of 1e-12 shows
_CORRECTIONS = 8
_LOW = 1e-12  # height in radii, down to which float64 sees well
_GUARD = 64  # bits lost to the conditioning of a point far from edges, as float64 has them at all
_OUT = 10  # binary orders of the radius: from a perch as high the axis is a step or two away
_LARGEST = 1023  # binary order of what complex() holds


class Start(NamedTuple):
    """Approximate unknowns and the bits that resolve the equations there."""

    u: list[acb]
    bits: int


@lru_cache(maxsize=256)
def digits_of(system: System) -> Digits:
    """The evaluator of a system, with the perches it has found."""
    return Digits(physical_branch(system))


@final
@dataclass(frozen=True)
class Digits:
    """Values of the physical branch to any number of digits.

    ``perches`` remembers points above the axis from which the axis is one step away.
    """

    branch: PhysicalBranch
    perches: dict[tuple[int, float], Perch] = field(default_factory=dict, compare=False)
    tops: dict[int, Perch] = field(default_factory=dict, compare=False)

    def cauchy(self, place: Place, dps: int, start: Start | None = None) -> acb:
        """G as a ball whose parts are known to ``dps`` digits (or are below 10^(-2 dps)|G|)."""

        def known(value: acb) -> bool:
            floor = exponent(value) - 2 * bits_of(dps)
            parts = (value.real, value.imag)
            return all(_digits(part, dps) or exponent(acb(part)) < floor for part in parts)

        value = self._value(place, dps, known, start)
        if value is None and not place.is_real:
            raise ConvergenceError(f"G was not found to {dps} digits at {complex(place())}")
        if value is None:
            # what is left of a part that vanishes in the limit
            value, small = (
                cauchy_limit(self._samples(place, dps), dps, str(complex(place()).real)),
                bits_of(dps),
            )
        else:
            small = 2 * bits_of(dps)
        floor = exponent(value) - small
        parts = [arb(0) if exponent(acb(p)) < floor else p for p in (value.real, value.imag)]
        return acb(*parts)

    def density(self, place: Place, dps: int, start: Start | None = None) -> arb:
        """-Im G(x + i0)/π, the density of the part without atoms; 0 at soft edges, ∞ at hard."""
        value = self._value(place, dps, lambda value: _digits(value.imag, dps), start)
        if value is None:
            return density_limit(self._samples(place, dps), dps)
        if value.imag > 0:
            raise ConvergenceError(f"the branch was left near {float(place().real):.17g}: Im G > 0")
        with ctx.workprec(_bits(dps) + 64):
            return -value.imag / arb.pi()

    def cauchy_float(self, z: complex, near: np.ndarray | None = None) -> complex:
        """G at a point that float64 arithmetic cannot decide; ``near`` are rough unknowns there."""
        return complex(self.cauchy(Place.of(z), FLOAT_DIGITS, _start(near)))

    def density_float(self, x: float, near: np.ndarray | None = None) -> float:
        """The density at a float64 point that float64 arithmetic cannot decide."""
        return float(self.density(Place.of(complex(x)), FLOAT_DIGITS, _start(near)))

    def unknowns_float(self, z: complex, near: np.ndarray | None = None) -> list[complex]:
        """Unknowns at a float64 point that float64 arithmetic cannot decide."""
        place = Place.of(z)
        start = _start(near) or self.near(place)
        far = bits_far_out(place())
        for bits in (80, 120 + far, 200 + far):
            balls = self.unknowns(place, bits, start) if start else None
            if balls is not None:
                return [complex(ball) for ball in balls]
        raise ConvergenceError(
            f"an unknown of the system is infinite or not determined at {z}: an edge or a pole; "
            "take a point nearby"
        )

    def _value(self, place: Place, dps: int, known: Any, start: Start | None = None) -> acb | None:
        """G to more and more bits until it is known; None where no proof exists (edges, atoms)."""
        if place.is_real and not self.branch.program.is_real:
            value = self._real_value(place, dps, known, start)
            if value is None:
                value = self._enclosed_value(place, dps, known, start, are_from_above)
            return value if value is not None else self._lifted_value(place, dps, known, start)
        return self._enclosed_value(place, dps, known, start)

    def _enclosed_value(
        self, place: Place, dps: int, known: Any, start: Start | None, accepted: Any = None
    ) -> acb | None:
        """G at the point itself, from balls that are accepted."""
        start, bits = start or self.near(place), _bits(dps)
        for _ in range(_ATTEMPTS):
            unknowns = self.unknowns(place, bits, start) if start else None
            if unknowns is not None:
                with ctx.workprec(bits + 16):
                    if accepted and not accepted(self.branch.program, unknowns, place):
                        return None
                    value = result(self.branch.program, unknowns)
                if value.is_finite() and known(value):
                    return value
            bits += bits // 2 + bits_far_out(place())
        return None

    def _real_value(self, place: Place, dps: int, known: Any, start: Start | None) -> acb | None:
        """G where unknowns and functions are real: off the support; None elsewhere.

        The real solution is the physical one if the branch just above is next to it.
        """
        # unknowns may be as small as the place, next to an end at 0
        order = 0 if place.real == 0 else exponent(place())
        lifted = Place(place.real, fmpq(2) ** (order - _LIFT))
        value = self._real_from(start, place, dps, known)
        if value is None and (start is None or is_nearly_real(start.u, _LIFT // 3)):
            # a start from float64 may be too rough to tell
            value = self._real_from(self.near(lifted), place, dps, known)
        return value

    def _real_from(self, start: Start | None, place: Place, dps: int, known: Any) -> acb | None:
        """The same from rough unknowns."""
        program, bits = self.branch.program, _bits(dps) + bits_far_out(place())
        if start is None or not is_nearly_real(start.u, _LIFT // 3):
            return None
        u = double(program, [acb(value.real) for value in start.u], place, bits, _LIFT // 3)
        if u is None:
            return None
        u = [acb(value.real) for value in u]
        with ctx.workprec(bits + 16):
            if not all(defect.imag.is_zero() for defect in residuals(program, u, place())):
                return None
        if relative_exponent([a - b for a, b in zip(u, start.u, strict=True)], u) > -_LIFT // 3:
            return None
        balls = proved(program, u, place, bits + 16, bits // 2 - 2)
        if balls is None:
            return None
        with ctx.workprec(bits + 16):
            # the ball is its own mirror image and holds one root, so the root is real
            value = result(program, [acb(ball.real) for ball in balls])
        return value if value.is_finite() and value.imag.is_zero() and known(value) else None

    def _lifted_value(self, place: Place, dps: int, known: Any, start: Start | None) -> acb | None:
        """G(x + i0) from G(x + iε), ε far below the digits asked for.

        Functions with branches have two values on their cut; the point above it decides the side.
        """
        for attempt in range(_ATTEMPTS):
            # far out heights are small next to the point, not next to 1
            depth, order = bits_of(dps) + 100 * 2**attempt, max(0, exponent(place()))
            lifted = Place(place.real, fmpq(2) ** (order - depth))
            start = start or self.near(lifted)
            bits = 2 * (depth + order) + 64 + bits_far_out(place())
            unknowns = self.unknowns(lifted, bits, start) if start else None
            if unknowns is None:
                return None
            with ctx.workprec(bits):
                value = result(self.branch.program, unknowns)
                if value.imag > 0 and self.branch.program.has_mirror:
                    # Newton's method came out on the other side of the cut
                    start = Start([u.conjugate() for u in middle(unknowns)], 2 * depth + 64)
                    continue
                lift = 2 * abs(self._slope(unknowns, lifted)) * lifted().imag
                value = value + acb(arb(0, lift.abs_upper()), arb(0, lift.abs_upper()))
            if value.is_finite() and known(value):
                return value
        return None

    def _slope(self, unknowns: list[acb], place: Place) -> acb:
        """dG/dz."""
        u = middle(unknowns)
        _, slope = correction(self.branch.program, u, place())
        _, partials = linearise(self.branch.program, u, BALLS)
        return sum((d * slope[i] for i, d in partials[-1].items()), acb(0))

    def unknowns(self, place: Place, bits: int, start: Start) -> list[acb] | None:
        """Balls for the unknowns with about ``bits`` right bits, proved; None without proof."""
        found, own = enclosed(self.branch.program, place, bits, start), self._right_inverse
        if found is not None and own is not None and place().imag >= 0:
            with ctx.workprec(bits):
                return found if own.is_physical(found[0]) else None
        return found

    @cached_property
    def _right_inverse(self) -> RightInverse | None:
        """The explicit inverse of the one unknown, if there is one."""
        return right_inverse(self.branch.system)

    def near(self, place: Place) -> Start | None:
        """Approximate unknowns on the physical sheet; None at points no step reaches."""
        if self._is_far(place):
            return self._descended(place)
        with ctx.workprec(80):
            z = complex(place())
        turn = NARROW if place.is_real else float("inf")
        if place.is_real and self._right_inverse is not None:
            known = self._right_inverse.beside_edge(place)
            if known is not None:
                return Start([known[0]], known[1])
        for perch in self._over(z.real):
            if z.imag <= 0.5 * float(perch.z.imag):
                start = self._landed(perch, place, turn)
                if start is not None:
                    return start
        start = self._above(z) if z.imag > 0 else None
        return start or self._descended(place)

    def _descended(self, place: Place) -> Start | None:
        """Approximate unknowns by continuation over balls."""
        found = descend(self.branch.program, self.high(place), place, lowest_order(place))
        return found and Start(found[1], precision_at(found[0].z))

    def _is_far(self, place: Place) -> bool:
        """Whether float64 has no perch so far out."""
        with ctx.workprec(80):
            z = place()
            beyond = exponent(z) >= _LARGEST
            return beyond or not self.branch.sees(np.array([complex(z)]))[0]

    def perch(self, place: Place) -> Perch | None:
        """A perch from which a point of the axis is one step away; None at edges."""
        with ctx.workprec(80):
            x = float(place().real)
        for perch in () if self._is_far(place) else self._over(x):
            if land(self.branch.program, perch, place, NARROW) is not None:
                return perch
        found = descend(self.branch.program, self.high(place), place, lowest_order(place))
        return found and found[0]

    def _landed(self, perch: Perch, place: Place, turn: float) -> Start | None:
        """Unknowns at the foot of a perch."""
        u = land(self.branch.program, perch, place, turn)
        return None if u is None else Start(u, precision_at(perch.z))

    def _above(self, z: complex) -> Start | None:
        """Unknowns off the axis, from float64."""
        u, arrived = self.branch.tracked(np.array([z]))
        return Start([acb(complex(value)) for value in u[:, 0]], 64) if arrived[0] else None

    def _over(self, x: float) -> list[Perch]:
        """Perches over x from which the axis should be one step away, remembered; none at edges."""
        levels = sorted({level for level, _ in self.perches}, reverse=True)
        squares = ((level, floor(x / 2.0**level)) for level in levels)
        known = [self.perches[square] for square in squares if square in self.perches]
        if not known:
            found = self.branch.perches.low(x)
            if found is not None:
                square, perch = found
                known = [self.perches.setdefault(square, self._perched(perch))]
        return known

    def _perched(self, walk: Walk) -> Perch:
        """A float64 perch over balls."""
        at = acb(complex(walk.z[0]))
        with ctx.workprec(precision_at(at)):
            balls = [acb(complex(value)) for value in walk.u[:, 0]]
            slope: list[acb] = []
            for _ in range(_CORRECTIONS):
                change, slope = correction(self.branch.program, balls, at)
                balls = middle([a + b for a, b in zip(balls, change, strict=True)])
                if relative_exponent(change, balls) < min(_CORRECTED, corrected_to(at)):
                    break
        return Perch(at, balls, middle(slope), arb(float(walk.curvature[0])))

    def _above_all(self, order: int) -> Perch:
        """The perch at i 2^order, above the whole spectrum, remembered."""
        known = [known for known in self.tops if known <= order]
        if not known:
            lowest = ceil(np.log2(self.branch.radius))
            program, height = self.branch.program, 2.0**lowest
            u = self.branch.anchor(height)[:, None]
            target = np.array([1j * height])
            known = [lowest]
            self.tops[lowest] = self._perched(Walk.begin(program, u, target, target))
        if order not in self.tops:
            self.tops[order] = climb(self.branch.program, self.tops[max(known)], order)
        return self.tops[order]

    def _samples(self, place: Place, dps: int) -> Iterator[Sample]:
        """G at lower and lower heights above a point."""
        return samples_from_above(self.branch.program, self.high(place), place, 2 * _bits(dps))

    def high(self, place: Place) -> Perch:
        """A perch above a point, as low as float64 sees well, or far out as high as it is far."""
        with ctx.workprec(30):
            order = exponent(place()) + 1
        out = order > np.log2(self.branch.radius) + _OUT
        perch = None if out else self._seen_above(complex(place()))
        if perch is not None:
            return perch
        top = self._above_all(order)
        height = max(fmpq(2) ** order, top.z.imag.mid().fmpq())
        return approach(self.branch.program, top, Place(place.real, height))

    def _seen_above(self, z: complex) -> Perch | None:
        """A perch above a point by float64; None where rounding hides the way, as far out."""
        height = max(_LOW * self.branch.radius, 2 * z.imag)
        for _ in range(20):
            try:
                perch, arrived = self.branch.perches.walk(np.array([complex(z.real, height)]))
            except ConvergenceError:  # float64 has no anchor so high
                return None
            if arrived[0]:
                return self._perched(perch)
            height *= 8
        return None


def _start(near: np.ndarray | None) -> Start | None:
    """Unknowns known to some digits in float64; twice its precision resolves them."""
    return None if near is None else Start([acb(complex(value)) for value in near], 128)


def enclosed(program: Program, place: Point, bits: int, start: Start) -> list[acb] | None:
    """Balls with one solution near a start and about ``bits`` right bits; None without proof."""
    u = double(program, start.u, place, bits, start.bits)
    if u is None:
        return None
    real = (
        place.is_real
        and program.is_real
        and all(exponent(acb(value.imag)) < exponent(value) - bits // 2 + 4 for value in u)
    )
    if real:
        u = [acb(value.real) for value in u]
    balls = proved(program, u, place, bits + 16, bits // 2 - 2)
    if balls is not None and real:
        # the ball is its own mirror image and holds one root, so the root is real
        return [acb(ball.real) for ball in balls]
    return balls


def _bits(dps: int) -> int:
    """Working bits for ``dps`` digits."""
    return bits_of(dps) + _GUARD


def _digits(value: arb, dps: int) -> bool:
    """Whether a ball holds ``dps`` digits of its value; an exact zero does."""
    return value.is_zero() or agrees(value, dps)
