"""Balls for exact real numbers."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from flint import arb, ctx

from freeprob.exact.algebra.door import to_fmpq
from freeprob.numeric.precision import digits_in


def constant_ball(number: sp.Expr) -> Callable[[int], arb]:
    """Balls for an exact real number."""

    def ball(bits: int) -> arb:
        if number.is_Rational:
            with ctx.workprec(bits + 16):
                return arb(to_fmpq(number))
        digits = digits_in(bits) + 5
        with ctx.workprec(bits + 64):
            value = arb(str(sp.N(number, digits)))
            return value + arb(0, abs(value) * arb(10) ** (2 - digits))

    return ball
