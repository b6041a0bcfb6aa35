"""A critical point of z on the curve next to a given point: an edge to any number of digits."""

from __future__ import annotations

from collections.abc import Sequence

from flint import acb, acb_mat, arb, ctx

from freeprob.numeric.balls import BALLS, matrix, middle, relative_exponent
from freeprob.numeric.linear import solve
from freeprob.numeric.straight_line import Program, evaluate

_ITERATIONS = 30


def critical_unknowns(program: Program, start: Sequence[acb], bits: int) -> list[acb] | None:
    """Real unknowns with all relations and det ∂(relations, z)/∂u = 0, by Newton's method.

    None if Newton does not converge.
    """
    u = [acb(value.real) for value in start]
    with ctx.workprec(3 * bits + 64):
        for _ in range(_ITERATIONS):
            try:
                change = _correction(program, u, bits)
            except ZeroDivisionError:
                return None
            if not all(value.is_finite() for value in change):
                return None
            u = [
                acb(value.real) for value in middle([a + b for a, b in zip(u, change, strict=True)])
            ]
            if relative_exponent(change, u) < -bits:
                return u
    return None


def _correction(program: Program, u: list[acb], bits: int) -> list[acb]:
    """One Newton correction; the gradient of the determinant is a difference quotient."""
    size = len(u)
    rows = matrix(program, u)
    determinant = acb_mat(rows).det()
    relations = evaluate(program, u, BALLS)[: size - 1]
    gradient = []
    for i in range(size):
        step = (1 + abs(u[i])).mid() * arb(2) ** -(bits + 16)
        moved = [value + step if i == j else value for j, value in enumerate(u)]
        gradient.append((acb_mat(matrix(program, middle(moved))).det() - determinant) / step)
    (change,) = solve([*rows[:-1], gradient], [-value for value in [*relations, determinant]])
    return change


def location(program: Program, u: list[acb], bits: int) -> arb:
    """The value of z at a critical point."""
    with ctx.workprec(bits + 32):
        return evaluate(program, u, BALLS)[len(u) - 1].real
