"""Interval Newton: a box of balls that contains exactly one solution of a square system."""

from __future__ import annotations

from collections.abc import Sequence

from flint import acb, acb_mat, arb, ctx

from freeprob.numeric.arithmetic import BallArithmetic
from freeprob.numeric.straight_line import Program, linearise

BALLS = BallArithmetic()


def solve_nearby(
    program: Program, right: Sequence[acb], start: Sequence[acb], bits: int
) -> list[acb] | None:
    """Balls proved to contain exactly one solution of f(u) = right, found from a start.

    Newton's method on midpoints, then Krawczyk's test on a box around the limit.

    Parameters
    ----------
    program
        Its first outputs, as many as unknowns, are f.
    right
        Right-hand sides.
    start
        Approximate solution.
    bits
        Working precision.

    Returns
    -------
    list of acb or None
        ``None`` when nothing was proved.

    Notes
    -----
    Source: Krawczyk 1969; Neumaier, Interval Methods for Systems of Equations, 1990, section 5.2.
    """
    with ctx.workprec(bits + 32):
        middle = [acb(u).mid() for u in start]
        radius = [arb(0) for _ in middle]
        for _ in range(8 + bits.bit_length()):
            step = _newton_step(program, right, middle)
            if step is None:
                return None
            middle = [(m + s).mid() for m, s in zip(middle, step, strict=True)]
            radius = [abs(s).upper() for s in step]
            if all(r <= abs(m) * arb(2) ** -bits for r, m in zip(radius, middle, strict=True)):
                break
        floor = arb(2) ** (8 - bits)
        for attempt in range(4):
            box = [
                _square(m, (r + floor * (abs(m) + floor)) * 16**attempt)
                for m, r in zip(middle, radius, strict=True)
            ]
            image = _krawczyk(program, right, middle, box)
            if image is not None:
                return image
    return None


def is_real(program: Program, right: Sequence[acb], solution: Sequence[acb], bits: int) -> bool:
    """Whether a solution of a real system, alone in its balls, is proved to be real.

    In a box symmetric under conjugation that contains the balls there is one solution, so it is
    its own conjugate.
    """
    if not all(u.imag.contains(0) for u in solution):
        return False
    with ctx.workprec(bits + 32):
        middle = [acb(u.real.mid()) for u in solution]
        box = [
            _square(m, 2 * (abs(u - m).upper() + arb(2) ** -bits * abs(m)))
            for m, u in zip(middle, solution, strict=True)
        ]
        return _krawczyk(program, right, middle, box) is not None


def _square(middle: acb, radius: arb) -> acb:
    """The box m + [-r, r] + i[-r, r]."""
    interval = arb(0, radius.upper())
    return middle + acb(interval, interval)


def _jacobian(program: Program, point: list[acb]) -> tuple[list[acb], acb_mat]:
    """Values of f and the matrix of its partial derivatives."""
    size = len(point)
    values, partials = linearise(program, point, BALLS)
    rows = [[acb(partials[i].get(j, 0)) for j in range(size)] for i in range(size)]
    return [acb(value) for value in values[:size]], acb_mat(rows)


def _newton_step(program: Program, right: Sequence[acb], middle: list[acb]) -> list[acb] | None:
    values, matrix = _jacobian(program, middle)
    residual = acb_mat([[r - v] for r, v in zip(right, values, strict=True)])
    try:
        step = [row[0] for row in matrix.solve(residual).tolist()]
    except ZeroDivisionError:
        return None
    return step if all(s.is_finite() for s in step) else None


def _krawczyk(
    program: Program, right: Sequence[acb], middle: list[acb], box: list[acb]
) -> list[acb] | None:
    """Krawczyk's image of the box when it lies inside the box, else ``None``."""
    size = len(middle)
    values, centre = _jacobian(program, middle)
    _, slopes = _jacobian(program, box)
    try:
        inverse = centre.mid().inv()
    except ZeroDivisionError:
        return None
    identity = acb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    shift = inverse * acb_mat([[v - r] for v, r in zip(values, right, strict=True)])
    spread = (identity - inverse * slopes) * acb_mat(
        [[b - m] for b, m in zip(box, middle, strict=True)]
    )
    image = [middle[i] - shift[i, 0] + spread[i, 0] for i in range(size)]
    inside = all(b.contains_interior(k) for b, k in zip(box, image, strict=True))
    return image if inside else None
