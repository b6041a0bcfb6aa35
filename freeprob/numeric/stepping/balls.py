"""Newton's method over FLINT balls: corrections, digit doubling, and the proof of a root.

Every function works at the precision of FLINT's context; callers set it for the time of a call.
"""

from __future__ import annotations

from typing import Any

from flint import acb, arb, ctx

from freeprob.numeric.programs.arithmetic import BallArithmetic
from freeprob.numeric.programs.instructions import Arithmetic
from freeprob.numeric.programs.linear import solve
from freeprob.numeric.programs.points import Point
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise

BALLS = BallArithmetic()
RESOLVED = 112  # bits that resolve the equations far from edges, twice what float64 knows
_NEWTON_STEPS = 64


def residuals(program: Program, u: list[acb], z: acb) -> list[acb]:
    """Relations and z(u) - z."""
    values = evaluate(program.equations, u, BALLS)
    values[-1] = values[-1] - z
    return values


def matrix(program: Program, u: list[acb]) -> list[list[acb]]:
    """Jacobian of the relations and of z(u)."""
    _, partials = linearise(program.equations, u, BALLS)
    zero = acb(0)
    return [[acb(row.get(j, zero)) for j in range(len(u))] for row in partials]


def correction(
    program: Program, u: list[Any], z: Any, arithmetic: Arithmetic = BALLS
) -> tuple[list[Any], list[Any]]:
    """Newton correction and du/dz over balls or other numbers, from one linearisation."""
    rows, right = _linear_system(program, u, z, arithmetic)
    number = type(z)
    change, slope = solve(rows, right, [number(0)] * (len(u) - 1) + [number(1)])
    return change, slope


def newton(program: Program, u: list[Any], z: Any, arithmetic: Arithmetic = BALLS) -> list[Any]:
    """Newton correction over balls, or over other numbers of the type of z."""
    (change,) = solve(*_linear_system(program, u, z, arithmetic))
    return change


def _linear_system(
    program: Program, u: list[Any], z: Any, arithmetic: Arithmetic
) -> tuple[list[list[Any]], list[Any]]:
    """Jacobian, and z and 0 less the values."""
    values, partials = linearise(program.equations, u, arithmetic)
    number = type(z)
    rows = [[number(row.get(j, 0)) for j in range(len(u))] for row in partials]
    right = [-number(value) for value in values]
    right[-1] = right[-1] + z
    return rows, right


def middle(u: list[acb]) -> list[acb]:
    """Midpoints."""
    return [value.mid() for value in u]


def size(value: acb | arb) -> float:
    """Absolute value as a float, infinite when unknown."""
    upper = value.abs_upper()
    return float(upper) if upper.is_finite() else float("inf")


def exponent(value: acb) -> int:
    """Binary exponent of the absolute value's upper bound; very small for zero."""
    upper = value.abs_upper().mid()
    if not upper.is_finite():
        return 10**9
    mantissa, power = upper.man_exp()
    return int(power) + int(mantissa).bit_length() if mantissa else -(10**9)


def relative_exponent(change: list[acb], u: list[acb]) -> int:
    """Largest binary exponent of change/u."""
    return max(exponent(a) - exponent(b) for a, b in zip(change, u, strict=True))


def double(
    program: Program, u: list[acb], place: Point, bits: int, working: int = 64
) -> list[acb] | None:
    """Improve u until a last step would give ``bits`` right bits; None without convergence.

    ``working`` bits resolve the equations: more next to an edge.
    """
    expected, least, before = 10, working, 0
    floor = least
    # a start may be right to all its bits: the first step has room to double them
    working = max(working, min(2 * working + 40, bits))
    # the bits by which a step falls short of doubling: many near a singularity of u(z)
    loss = 16 + max(0, least - RESOLVED) // 3
    for _ in range(_NEWTON_STEPS):
        if working > 4 * bits + 4 * least:
            return None
        with ctx.workprec(working):
            change = newton(program, u, place())
            u = middle([a + b for a, b in zip(u, change, strict=True)])
            known = -relative_exponent(change, u)
        if known < expected - 24:
            # rounding hides the digits, or the start was rough: no doubling yet
            working, expected, before = 2 * working, max(known, 10), 0
            floor = working
            continue
        if before:
            loss = max(16, 2 * before - known + 8)
        before = known
        expected = min(max(2 * known - loss, known), working - 24)
        # what is expected may be too good by a few bits, and a proof needs half of all bits
        if 2 * expected >= bits + 48:
            return u
        # no more than half of all bits and a few are looked for
        working = max(min(2 * expected, bits // 2 + 32) + 40, floor)
    return None


def proved(
    program: Program,
    u: list[acb],
    place: Point,
    bits: int,
    radius_bits: int,
    defect: list[acb] | None = None,
) -> list[acb] | None:
    """Balls with exactly one root inside, by one interval Newton step; None without proof.

    The Jacobian over the box of relative radius 2^-radius_bits needs half the working precision.
    ``defect`` are the residuals at u to ``bits`` bits, where they are known. Source: Krawczyk 1969;
    Moore 1977.
    """
    with ctx.workprec(bits):
        defect = residuals(program, u, place()) if defect is None else defect
        with ctx.workprec(min(bits, radius_bits + 64)):
            box = [widened(value, radius_bits) for value in u]
            rows = matrix(program, box)
        try:
            (step,) = solve(rows, defect)
        except ZeroDivisionError:
            return None
        image = [a - b for a, b in zip(u, step, strict=True)]
    with ctx.workprec(bits + 8):
        inside = all(a.contains_interior(b) for a, b in zip(box, image, strict=True))
    return image if inside else None


def widened(value: acb, radius_bits: int) -> acb:
    """A ball of relative radius 2^-radius_bits about a midpoint."""
    radius = arb(1) * arb(2) ** (exponent(value) - radius_bits)
    radius = radius.mid()
    return acb(value.real + arb(0, radius), value.imag + arb(0, radius))


def result(program: Program, u: list[acb]) -> acb:
    """G at the unknowns."""
    (G,) = evaluate(program.last, u, BALLS)
    return G
