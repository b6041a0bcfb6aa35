"""Points on the real axis, and those just above: what unknowns there say of the axis."""

from __future__ import annotations

from collections.abc import Sequence

from flint import acb, arb

from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import correction, exponent, middle, relative_exponent, result

_HEIGHT = 2.0**-60  # of the point that is compared, in units of the place
_NEAR = -30  # binary order of the way of unknowns from there


def are_from_above(program: Program, unknowns: list[acb], place: Place) -> bool:
    """Whether functions are asked off their cuts, so that the axis is no special place.

    Functions are of unknowns, which then are not real, or of z itself: on a cut the equations would
    be others just above, and Newton's step would be long. The mirror image of the branch solves
    them on the axis, too, and is as near as unknowns are to it: there Im G > 0.
    """
    if any(u.imag.contains(0) for u in unknowns) or result(program, unknowns).imag > 0:
        return False
    z, u = place(), middle(unknowns)
    size = abs(z.real).upper() if z.real != 0 else arb(1)
    change, _ = correction(program, u, acb(z.real, size * arb(_HEIGHT)))
    return bool(relative_exponent(change, u) < _NEAR)


def is_nearly_real(unknowns: Sequence[acb], bits: int) -> bool:
    """Whether imaginary parts are below so many bits of the values."""
    return all(exponent(acb(u.imag)) <= exponent(u) - bits for u in unknowns)


def lowest_order(place: Place) -> int:
    """Binary order of the height below which a point counts as lying at an edge itself.

    An edge that differs from a number of b bits is hardly nearer to it than 2^-2b.
    """
    least = -2 * place.depth - 100
    # above the axis the way ends at the point
    return least if place.is_real else min(least, exponent(acb(place().imag)) - 2)
