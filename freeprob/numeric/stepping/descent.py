"""Continuation down to the real axis over FLINT balls, one point at a time.

The rules are those of :mod:`freeprob.numeric.stepping.continuation`; precision grows with depth, so
that points may lie 1e-30 from an edge, or at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NotAlgebraicError
from freeprob.numeric.programs.arithmetic import FloatArithmetic
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
from freeprob.numeric.stepping.starts import DOUBTED, on_power
from freeprob.numeric.stepping.step_rules import (
    REACHED,
    ROUNDING,
    STILL,
    contracts,
    excess_inside,
    excess_onto,
    is_straight,
    settles,
    stride,
)

_FLOATS = FloatArithmetic()
_SHALLOW = RESOLVED + 30  # bits at perches so high that float64 resolves the steps from them
_POLISHES = 5
_CORRECTED = -20  # bits: the square of such a correction is far below what steps measure
_CLOSE = 1e-9  # relative: the next correction in float64 would be rounding
_LEAST = 1e-3  # of the height: balls lose no digits, so that shorter steps mean a lost branch
_FAR = 46  # binary order of |z| from which precision grows with it, to hold twice that and more
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


def advance(program: Program, perch: Perch, place: Place) -> tuple[list[acb], list[acb], float]:
    """Predict and correct at another point; unknowns, slope, and the correction over the move.

    The correction is infinite where Newton's method does not converge, or not at once as it does
    far nearer to one sheet than to all others, or not to Im G ≤ 0.
    """
    z = place()
    step = z - perch.z
    move = [slope * step for slope in perch.slope]
    guess = [a + b for a, b in zip(perch.u, move, strict=True)]
    u, slope, sizes = _start(program, perch, z, middle(guess), move), perch.slope, []
    if precision_at(perch) <= _SHALLOW:
        u, sizes = _polished(program, u, z, move)
    corrected = 2.0 ** _corrected(z)
    for _ in range(8):
        change, slope = correction(program, u, z)
        u = middle([a + b for a, b in zip(u, change, strict=True)])
        sizes.append(relative(change, u, move))
        if sizes[-1] <= corrected:
            break
    else:
        return u, slope, float("inf")
    if len(sizes) > 1 and not contracts(sizes[0], sizes[1]):
        return u, slope, float("inf")
    G = result(program, u)
    # on the cut of a function its value at the axis itself may be that of the other side
    if (program.is_real or not place.is_real) and G.imag > abs(G) * ROUNDING:
        # a mirror image of the branch
        return u, slope, float("inf")
    bend = relative([a - b for a, b in zip(u, guess, strict=True)], guess, move)
    ends = zip(u, perch.u, perch.slope, slope, strict=True)
    rest = relative([b - a - (p + q) * step / 2 for b, a, p, q in ends], guess, move)
    # the trapezoidal rule must come nearer than Euler's, or the sheet is another one
    near = is_straight(rest, bend) or not program.is_real
    return u, middle(slope), bend if near else float("inf")


def _corrected(z: acb) -> int:
    """Bits of the last correction: slopes are right to 1/|z|, as far steps need their start."""
    return min(_CORRECTED, -exponent(z))


def _start(
    program: Program, perch: Perch, z: acb, tangent: list[acb], move: list[acb]
) -> list[acb]:
    """Where Newton's method is to start: the tangent's end, unless a power leads nearer."""
    first = relative(newton(program, tangent, z), tangent, move)
    if first <= DOUBTED:
        return tangent
    step = z - perch.z
    ends = zip(perch.u, perch.slope, strict=True)
    power = middle([on_power(u, slope, perch.z, step) for u, slope in ends])
    return power if relative(newton(program, power, z), power, move) < first else tangent


def _polished(
    program: Program, u: list[acb], z: acb, move: list[acb]
) -> tuple[list[acb], list[float]]:
    """Newton's method in float64, which leaves one step to balls; u itself if it does not settle.

    Nothing is decided here: the step that follows measures how far all of this went, and the
    relative sizes of the first two corrections how directly.
    """
    sizes: list[float] = []
    try:
        values, target = [complex(value) for value in u], complex(z)
        with np.errstate(all="ignore"):
            for _ in range(_POLISHES):
                change = newton(program, values, target, _FLOATS)
                values = [a + b for a, b in zip(values, change, strict=True)]
                if len(sizes) < 2:
                    sizes.append(relative(list(map(acb, change)), list(map(acb, values)), move))
                if all(abs(a) <= _CLOSE * abs(b) for a, b in zip(change, values, strict=True)):
                    return [acb(value) for value in values], sizes
    except (ArithmeticError, NotAlgebraicError):
        pass
    return u, []


def relative(change: list[acb], u: list[acb], move: list[acb]) -> float:
    """Size of a change relative to the move, as ``relative`` of the float continuation."""
    weights = [abs(a) + abs(b) for a, b in zip(u, move, strict=True)]
    changed, moved = (
        [_quotient(v, w) for v, w in zip(values, weights, strict=True)] for values in (change, move)
    )
    least = STILL * max(moved)
    if not (least > 0 and max(changed) < float("inf")):
        return float("inf")
    return max(a / max(b, least) for a, b in zip(changed, moved, strict=True))


def _quotient(value: acb, weight: arb) -> float:
    """|value|/weight, 0 for 0/0."""
    if weight.mid() == 0:
        return 0.0
    return size(acb(abs(value) / weight.mid()))


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
        with ctx.workprec(precision_at(perch)):
            u, slope, bend = advance(program, perch, place)
            z = place()
            # the correction against |u'| h, the scale of the disk that is free of singularities
            ratio = bend * relative(
                [s * (z - perch.z) for s in perch.slope], u, [s * z.imag for s in slope]
            )
            curvature = (bend / abs(z - perch.z)).mid()
        if not excess_inside(ratio) <= 1:
            fraction, earlier = fraction / 2, arb.pos_inf()
            if fraction < _LEAST:
                raise ConvergenceError(
                    f"the branch was lost at height {float(height):.3g} above {float(z.real):.17g}"
                )
            continue
        earlier, perch = perch.curvature, Perch(z, u, slope, curvature)
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
    with ctx.workprec(precision_at(perch)):
        u, slope, bend = advance(program, perch, place)
        step = place() - perch.z
        turned = relative(
            [(b - a) * step for a, b in zip(perch.slope, slope, strict=True)],
            u,
            [a * step for a in perch.slope],
        )
        foretold = float(perch.curvature * abs(step))
    if excess_onto(bend, foretold) <= 1 and turned <= turn:
        return u
    return None


def precision_at(perch: Perch) -> int:
    """Bits that resolve steps at the perch's height: twice the depth, for square-root edges."""
    order = exponent(perch.z)
    depth = max(0, max(order, 0) - exponent(acb(perch.z.imag)))
    # far out unknowns differ from their leading behaviour by a power of 1/z
    return RESOLVED + 3 * depth + 2 * max(0, order - _FAR)


def approach(program: Program, perch: Perch, target: Place) -> Perch:
    """The perch at a target in the half plane, in steps that Koebe's theorem allows.

    Raises
    ------
    ConvergenceError
        If the branch is lost.
    """
    while True:
        with ctx.workprec(precision_at(perch)):
            gap = float(abs(target() - perch.z) / perch.z.imag)
        if gap < REACHED:
            return perch
        share = min(1.0, 0.5 / gap)
        for _ in range(12):
            place = target if share == 1.0 else _between(perch, target, share)
            with ctx.workprec(precision_at(perch)):
                u, slope, bend = advance(program, perch, place)
                z = place()
                reach = relative(
                    [s * (z - perch.z) for s in perch.slope], u, [s * z.imag for s in slope]
                )
            if excess_inside(bend * reach) <= 1:
                break
            share /= 2
        else:
            raise ConvergenceError(f"the branch was lost next to {complex(target()):.6g}")
        perch = Perch(z, u, slope, perch.curvature)
        if share == 1.0:
            return perch


def _between(perch: Perch, target: Place, share: float) -> Place:
    """A point on the way, not moved by more than a rounding of the height."""
    with ctx.workprec(precision_at(perch)):
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
        with ctx.workprec(precision_at(perch) + 4 * stride):
            z = place()
            ends = zip(perch.u, perch.slope, strict=True)
            guess = [on_power(u, slope, perch.z, z - perch.z) for u, slope in ends]
            u, change, slope = middle(guess), [acb(1)] * len(guess), list(perch.slope)
            for _ in range(8):
                change, slope = correction(program, u, z)
                u = middle([a + b for a, b in zip(u, change, strict=True)])
                if relative_exponent(change, u) < _corrected(z):
                    break
            moved = [a - b for a, b in zip(u, guess, strict=True)]
            small = relative_exponent(moved, u) < -_SMALL
            good = relative_exponent(change, u) < _corrected(z) and small
        if good:
            perch, stride = Perch(z, u, middle(slope), arb.pos_inf()), 2 * stride
        elif stride == 1:
            return approach(program, perch, Place(fmpq(0), fmpq(2) ** order))
        else:
            stride = max(stride // 4, 1)
    return perch
