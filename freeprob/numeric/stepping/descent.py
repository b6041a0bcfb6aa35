"""Continuation down to the real axis over FLINT balls, one point at a time.

The rules are those of :mod:`freeprob.numeric.stepping.continuation`; precision grows with depth, so
that points may lie 1e-30 from an edge, or at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NotAlgebraicError
from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import (
    RESOLVED,
    correction,
    exponent,
    middle,
    newton,
    relative_exponent,
    result,
    size,
)
from freeprob.numeric.stepping.one_step import Corrected, Entries, Moved, moved
from freeprob.numeric.stepping.starts import on_power
from freeprob.numeric.stepping.step_rules import (
    REACHED,
    ROUNDING,
    STILL,
    excess_inside,
    excess_onto,
    relative,
    settles,
    stride,
)

_FLOATS = FloatArithmetic()
_SHALLOW = RESOLVED + 30  # bits at perches so high that float64 resolves the steps from them
_POLISHES = 5
_CORRECTIONS = 8
_CORRECTED = -20  # bits: the square of such a correction is far below what steps measure
_CLOSE = 1e-9  # relative: the next correction in float64 would be rounding
_LEAST = 1e-3  # of the height: balls lose no digits, so that shorter steps mean a lost branch
_FAR = 16  # binary order of |z| from which precision grows with it: below, RESOLVED has it all
_ORDERS = 6  # of |z| that precision holds: two for slopes, and one for each 1/G or z - F in a row
_SMALL = 4  # bits to which a power of z must foretell the unknowns in one stride outwards


@final
@dataclass(frozen=True)
class Perch:
    """A point of the physical branch above the axis: z, the unknowns, du/dz, curvature there.

    The curvature is 1/length and heights are lengths, far outside float64's range if need be.
    """

    z: acb
    u: list[acb]
    slope: list[acb]
    curvature: arb


@final
@dataclass(frozen=True)
class BallNumbers:
    """Steps of one point in balls, at the precision of FLINT's context."""

    program: Program
    polishes: bool
    corrections: ClassVar[int] = _CORRECTIONS

    def on_powers(self, u: Entries, slope: Entries, before: acb, step: acb, asked: bool) -> Entries:
        """Ends of powers of z - a."""
        ends = zip(u.values, slope.values, strict=True)
        return Entries(middle([on_power(*end, before, step) for end in ends]))

    def exponents(self, u: Entries, slope: Entries, z: acb) -> Complexes:
        """Of powers of z."""
        pairs = zip(slope.values, u.values, strict=True)
        return np.array([complex((b * z / a).mid()) for b, a in pairs])

    def corrected(self, u: Entries, slope: Entries, z: acb, asked: bool) -> Corrected:
        """A Newton step; midpoints, as nothing is proved here."""
        start = middle(u.values)
        change, here = correction(self.program, start, z)
        following = middle([a + b for a, b in zip(start, change, strict=True)])
        return Corrected(Entries(following), Entries(here), Entries(change))

    def chosen(self, first: bool, one: Corrected, other: Corrected) -> Corrected:
        """One of the two."""
        return one if first else other

    def hastened(self, u: Entries, z: acb, move: Entries) -> tuple[Entries, list[float]]:
        """Newton's method in float64, where it resolves the step."""
        if not self.polishes:
            return u, []
        polished, sizes = _polished(self.program, u.values, z, move.values)
        return Entries(polished), sizes

    def is_enough(self, sizes: list[float], z: acb) -> bool:
        """Whether the last correction is small against the move."""
        return sizes[-1] <= 2.0 ** corrected_to(z)

    def relative(self, change: Entries, u: Entries, move: Entries) -> float:
        """Size of a change relative to the move, as for arrays."""
        return _relative(change.values, u.values, move.values)

    def is_physical(self, u: Entries, z: acb) -> bool:
        """Whether Im G ≤ 0 up to rounding, where it is known.

        On the cut of a function its value at the axis itself may be that of the other side.
        """
        if not self.program.has_mirror or (z.imag == 0 and not self.program.is_real):
            return True
        G = result(self.program, u.values)
        return not G.imag > abs(G) * ROUNDING


def advance(program: Program, perch: Perch, z: acb) -> Moved:
    """The step from a perch to another point, at the precision of FLINT's context."""
    numbers = BallNumbers(program, ctx.prec <= _SHALLOW)
    return moved(numbers, Entries(perch.u), Entries(perch.slope), perch.z, z)


def corrected_to(z: acb) -> int:
    """Bits of the last correction: from a start off by more than 1/|z|² far steps find no way."""
    return min(_CORRECTED, -2 * exponent(z))


def _polished(
    program: Program, u: list[acb], z: acb, move: list[acb]
) -> tuple[list[acb], list[float]]:
    """Newton's method in float64, which leaves one step to balls; u itself if it does not settle.

    Nothing is decided here: the step that follows measures how far all of this went, and the
    relative sizes of the first two corrections how directly.
    """
    sizes: list[float] = []
    try:
        values, moves = [complex(value) for value in u], [complex(value) for value in move]
        target = complex(z)
        with np.errstate(all="ignore"):
            for _ in range(_POLISHES):
                change = newton(program, values, target, _FLOATS)
                values = [a + b for a, b in zip(values, change, strict=True)]
                if len(sizes) < 2:
                    sizes.append(relative(change, values, moves))
                if all(abs(a) <= _CLOSE * abs(b) for a, b in zip(change, values, strict=True)):
                    return [acb(value) for value in values], sizes
    except (ArithmeticError, NotAlgebraicError):
        pass
    return u, []


def _relative(change: list[acb], u: list[acb], move: list[acb]) -> float:
    """The same as :func:`.relative` in balls, which may be far outside the range of floats."""
    weights = [(abs(a) + abs(b)).mid() for a, b in zip(u, move, strict=True)]
    changed, shares = (
        [_quotient(v, w) for v, w in zip(values, weights, strict=True)] for values in (change, move)
    )
    least = STILL * max(shares)
    if not (least > 0 and max(changed) < float("inf")):
        return float("inf")
    return max(a / max(b, least) for a, b in zip(changed, shares, strict=True))


def _quotient(value: acb, weight: arb) -> float:
    """|value|/weight, 0 for 0/0."""
    return size(abs(value) / weight) if weight != 0 else 0.0


def steps(program: Program, perch: Perch, x: Place) -> Iterator[tuple[Perch, bool]]:
    """Lower and lower perches above x, and whether the axis can be reached from each in one step.

    Raises
    ------
    ConvergenceError
        If the branch is lost.
    """
    fraction, earlier = 0.5, arb.pos_inf()
    least = x().imag
    while True:
        with ctx.workprec(30):
            height = (perch.z.imag * (1 - arb(fraction))).max(least).mid()
        place = Place(x.real, height.fmpq())
        with ctx.workprec(precision_at(perch.z)):
            z = place()
            there = advance(program, perch, z)
            good = there.counts and excess_inside(there.bend_at(z.imag)) <= 1
            curvature = (there.bend / abs(z - perch.z)).mid()
        if not good:
            fraction, earlier = fraction / 2, arb.pos_inf()
            if fraction < _LEAST:
                raise ConvergenceError(
                    f"the branch was lost at height {float(height):.3g} above {float(z.real):.17g}"
                )
            continue
        earlier = perch.curvature
        perch = Perch(z, there.u.values, middle(there.slope.values), curvature)
        fraction = float(stride(float(curvature * height)))
        yield perch, settled(perch, earlier, height)


def descend(program: Program, perch: Perch, x: Place, floor: int) -> tuple[Perch, list[acb]] | None:
    """The first perch from which x is one step away, and the unknowns there.

    None if there is no such perch above 2^floor.
    """
    height = x().imag
    for lower, is_settled in steps(program, perch, x):
        if lower.z.imag <= height * (1 + REACHED):
            # x lies above the axis, and this is it up to the rounding of heights
            return lower, lower.u
        u = land(program, lower, x) if is_settled else None
        if u is not None:
            return lower, u
        if exponent(acb(lower.z.imag)) < floor:
            return None
    raise AssertionError("steps never end")


def settled(perch: Perch, earlier: arb, height: arb) -> bool:
    """Whether the next singularity is far compared with the height, seen in the last two steps."""
    # relative to the height, since curvatures may be far outside float64's range
    before = float(earlier * height) if earlier.is_finite() else float("inf")
    bent = float(perch.curvature * height)
    return bool(settles(bent, bent, before))


def land(
    program: Program, perch: Perch, place: Place, turn: float = float("inf")
) -> list[acb] | None:
    """Unknowns at a point of the axis near the foot of a perch; None if too far for one step.

    ``turn`` bounds the relative change of the slope, for perches that were not reached on the
    way to this point: where u ~ z is nearly linear the correction alone is small even for a step
    across the whole spectrum, onto the mirror image of the branch.
    """
    with ctx.workprec(precision_at(perch.z)):
        there = advance(program, perch, place())
        foretold = float(perch.curvature * abs(there.step))
        good = there.counts and excess_onto(there.bend, foretold) <= 1 and there.turn() <= turn
    return there.u.values if good else None


def precision_at(z: acb) -> int:
    """Bits that resolve steps at a perch's height: twice the depth, for square-root edges."""
    order = exponent(z)
    depth = max(0, max(order, 0) - exponent(acb(z.imag)))
    return RESOLVED + 3 * depth + bits_far_out(z)


def bits_far_out(z: acb) -> int:
    """Bits beyond those of points near 0."""
    return _ORDERS * max(0, exponent(z) - _FAR)


def approach(program: Program, perch: Perch, target: Place) -> Perch:
    """The perch at a target in the half plane, in steps that Koebe's theorem allows.

    Raises
    ------
    ConvergenceError
        If the branch is lost.
    """
    while True:
        with ctx.workprec(precision_at(perch.z)):
            gap = float(abs(target() - perch.z) / perch.z.imag)
        if gap < REACHED:
            return perch
        share = min(1.0, 0.5 / gap)
        for _ in range(12):
            place = target if share == 1.0 else _between(perch, target, share)
            with ctx.workprec(precision_at(perch.z)):
                z = place()
                there = advance(program, perch, z)
                good = there.counts and excess_inside(there.bend_at(z.imag)) <= 1
            if good:
                break
            share /= 2
        else:
            raise ConvergenceError(f"the branch was lost next to {complex(target()):.6g}")
        perch = Perch(z, there.u.values, middle(there.slope.values), perch.curvature)
        if share == 1.0:
            return perch


def _between(perch: Perch, target: Place, share: float) -> Place:
    """A point on the way, not moved by more than a rounding of the height."""
    with ctx.workprec(precision_at(perch.z)):
        point = (perch.z + (target() - perch.z) * share).mid()
    return Place(point.real.fmpq(), point.imag.fmpq())


def climb(program: Program, perch: Perch, order: int) -> Perch:
    """The perch at i 2^order, from one on the imaginary axis below it and above the spectrum.

    Far out the unknowns go like powers of z: these are continued, and corrected.

    Raises
    ------
    ConvergenceError
        If the corrections are not small.
    """
    stride = 1
    while (here := exponent(perch.z) - 1) < order:
        stride = min(stride, order - here)
        place = Place(fmpq(0), fmpq(2) ** (here + stride))
        with ctx.workprec(precision_at(perch.z) + 4 * stride):
            z = place()
            ends = zip(perch.u, perch.slope, strict=True)
            guess = [on_power(u, slope, perch.z, z - perch.z) for u, slope in ends]
            u, change, slope = middle(guess), [acb(1)] * len(guess), list(perch.slope)
            for _ in range(8):
                change, slope = correction(program, u, z)
                u = middle([a + b for a, b in zip(u, change, strict=True)])
                if relative_exponent(change, u) < corrected_to(z):
                    break
            moved = [a - b for a, b in zip(u, guess, strict=True)]
            small = relative_exponent(moved, u) < -_SMALL
            good = relative_exponent(change, u) < corrected_to(z) and small
        if good:
            perch, stride = Perch(z, u, middle(slope), arb.pos_inf()), 2 * stride
        elif stride == 1:
            return approach(program, perch, Place(fmpq(0), fmpq(2) ** order))
        else:
            stride = max(stride // 4, 1)
    return perch
