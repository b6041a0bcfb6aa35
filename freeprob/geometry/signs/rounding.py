"""Balls for exact real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

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


@final
@dataclass(frozen=True)
class Constant:
    """An exact real number as a place."""

    value: sp.Expr

    def ball(self, bits: int) -> arb:
        """A ball around it."""
        return constant_ball(self.value)(bits)

    def expression(self) -> sp.Expr:
        """The number."""
        return self.value
