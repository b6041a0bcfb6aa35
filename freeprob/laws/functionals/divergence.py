"""Expectations that are infinite: powers of the function against those of the density at ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath
import sympy as sp
from flint import ctx

from freeprob.errors import UndefinedOperationError
from freeprob.laws.functionals.integrands import special_places
from freeprob.laws.numbers.spectrum_for_numbers import cuts_of
from freeprob.numeric.precision import bits_of, fresh_context, from_ball
from freeprob.numeric.programs.lowering import compile_mpmath, read_place

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_DEPTHS = (200, 400)  # decimal orders of the distances at which a power is read off
_UNSURE = 0.01  # of a power, which logarithms in the function change by less at these depths


def infinite_expectation(law: Law, f: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """±∞ where f grows so at an end or at a pole inside the support; None where it does not.

    Raises
    ------
    UndefinedOperationError
        If it is infinite with both signs.
    """
    own = fresh_context(3 * _DEPTHS[1])
    function = compile_mpmath(f, [x], own)
    signs = set()
    for distance, power in _approaches(law, f, x, own):
        near, nearer = (function(distance(depth)) for depth in _DEPTHS)
        if not all(
            isinstance(value, mpmath.mpf) or hasattr(value, "_mpf_") for value in (near, nearer)
        ):
            continue
        if nearer == 0 or near == 0 or not own.isfinite(nearer):
            continue
        growth = own.log10(abs(nearer / near)) / (_DEPTHS[1] - _DEPTHS[0])
        if growth >= power + 1 - _UNSURE:
            signs.add(sp.oo if nearer > 0 else -sp.oo)
    if len(signs) > 1:
        raise UndefinedOperationError(
            f"the expectation of {f} does not exist: it is infinite with both signs"
        )
    return signs.pop() if signs else None


def _approaches(
    law: Law, f: sp.Expr, x: sp.Symbol, own: mpmath.MPContext
) -> Iterator[tuple[Callable[[int], Any], Fraction | int]]:
    """Points at 10^-depth of each end, and the power of the distance in the density there."""
    bits = 2 * bits_of(_DEPTHS[1])
    poles = [place for place in special_places(f, x) if place.is_finite]
    for cut in cuts_of(law):
        for end, side in ((cut.left, 1), (cut.right, -1)):
            if not end.is_finite:
                # with r = 1/|x| the density |x|^e dx is r^(-e-2) dr
                yield (lambda depth, side=side: -side * own.mpf(10) ** depth), -end.exponent - 2
                continue
            with ctx.workprec(bits):
                place = from_ball(end.at(bits).mid(), own)
            yield (lambda depth, e=place, s=side: e + s * own.mpf(10) ** -depth), end.exponent
        for pole in poles:
            if cut.left.location[0] < float(pole) < cut.right.location[0]:
                with ctx.workprec(bits):
                    place = from_ball(read_place(pole)().real.mid(), own)
                for side in (1, -1):
                    yield (lambda depth, e=place, s=side: e + s * own.mpf(10) ** -depth), 0
