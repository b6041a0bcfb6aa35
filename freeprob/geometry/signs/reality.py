"""Proof that a solution of a system is real."""

from __future__ import annotations

from flint import acb, ctx

from freeprob.numeric.branch.digits import Start
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import double, exponent, proved, residuals

_STARTED = 48  # bits of a float64 solution that Newton's method polished
_SPARE = 40  # bits for sums that cancel


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
    """The same from a float64 solution by the proof's own step, which squares its error.

    None where that does not give so many right bits.
    """
    if bits > 2 * _STARTED or any(not value.imag.is_zero() for value in u):
        return None
    working = bits + _SPARE
    with ctx.workprec(working):
        defects = residuals(program, u, place())
    if any(not defect.imag.is_zero() for defect in defects):
        return None
    balls = proved(program, u, place, working, _STARTED, defects)
    if balls is None or any(ball.real.rel_accuracy_bits() < bits for ball in balls):
        return None
    return [acb(ball.real) for ball in balls]


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
