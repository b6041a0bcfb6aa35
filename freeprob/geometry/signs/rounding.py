"""Balls for exact real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import sympy as sp
from flint import arb, ctx

from freeprob.errors import InvalidParameterError
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
            value = arb(str(_real_part(number, sp.N(number, digits), digits)))
            return value + arb(0, abs(value) * arb(10) ** (2 - digits))

    return ball


def _real_part(number: sp.Expr, value: sp.Expr, digits: int) -> sp.Expr:
    """Digits of a real number that may be written with complex ones, as roots of cubics are."""
    real, imaginary = value.as_real_imag()
    if not (real.is_Float or real.is_Rational):
        raise InvalidParameterError(f"{number!s:.80} has no digits")
    if abs(imaginary) > sp.Float(10) ** (2 - digits) * abs(real):
        raise InvalidParameterError(f"a real number is needed, got {number!s:.80}")
    return real


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
