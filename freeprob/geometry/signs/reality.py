"""Proof that a solution of a system is real."""

from __future__ import annotations

from flint import acb, ctx

from freeprob.numeric.branch.digits import Start
from freeprob.numeric.programs.linear import solve
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import double, exponent, matrix, proved, residuals, widened

_STARTED = 46  # bits of a float64 solution that Newton's method polished
_STEPS = 3  # the second triples them about
_SPARE = 24  # bits for sums that cancel


def real_solution(program: Program, place: Place, bits: int, start: Start) -> list[acb] | None:
    """Real balls with one solution near a start, or None when it was not proved to be real.

    Around a real centre where the equations take real values they are their own mirror images,
    as long as the proof's box meets no cut of a logarithm, over which it could not succeed. The
    box is symmetric, so its only solution is its own conjugate.
    """
    for own in (bits, 2 * bits, 4 * bits):
        centre = _real_centre(program, place, own, start)
        if centre is None:
            return None
        # where the equations bend much only a smaller box holds one root
        u, defect = centre
        balls = proved(program, u, place, own + 16, own // 2 - 2, defect)
        if balls is not None:
            return [acb(ball.real) for ball in balls]
    return None


def real_step(program: Program, place: Place, bits: int, u: list[acb]) -> list[acb] | None:
    """The same from a real float64 solution by steps of the proof, which square its error.

    One Jacobian over the box serves all steps, as every centre lies inside. None where the box
    holds no proved root, or few steps do not give so many right bits.
    """
    with ctx.workprec(bits + _SPARE):
        box = [widened(value, _STARTED) for value in u]
        rows = matrix(program, box)
        for _ in range(_STEPS):
            defects = residuals(program, u, place())
            if any(not defect.imag.is_zero() for defect in defects):
                return None
            try:
                (step,) = solve(rows, defects)
            except ZeroDivisionError:
                return None
            image = [a - b for a, b in zip(u, step, strict=True)]
            if not all(a.contains_interior(b) for a, b in zip(box, image, strict=True)):
                return None
            if all(value.real.rel_accuracy_bits() >= bits for value in image):
                return [acb(value.real) for value in image]
            u = [acb(value.real.mid()) for value in image]
    return None


def _real_centre(
    program: Program, place: Place, bits: int, start: Start
) -> tuple[list[acb], list[acb]] | None:
    """A numerical solution with real unknowns, and its real defects; None if they are not real."""
    u = double(program, start.u, place, bits, start.bits)
    if u is None or any(
        exponent(acb(value.imag)) >= exponent(value) - bits // 2 + 4 for value in u
    ):
        return None
    u = [acb(value.real) for value in u]
    with ctx.workprec(bits + 16):
        defects = residuals(program, u, place())
    return (u, defects) if all(defect.imag.is_zero() for defect in defects) else None
