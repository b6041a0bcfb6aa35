"""From balls of any precision to mpmath numbers with all digits right."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp
from flint import arb, ctx

from freeprob.errors import CertificationError
from freeprob.exact.algebra.door import to_fmpq

_GUARD_BITS = 16
_MAX_DOUBLINGS = 8


@lru_cache(maxsize=64)
def context(dps: int) -> mpmath.MPContext:
    """A private context with this many decimal digits."""
    private = mpmath.MPContext()
    private.dps = dps
    return private


def constant_ball(number: sp.Expr) -> Callable[[int], arb]:
    """Balls for an exact real number."""

    def ball(bits: int) -> arb:
        if number.is_Rational:
            with ctx.workprec(bits + 16):
                return arb(to_fmpq(number))
        digits = int(bits * 0.302) + 5
        with ctx.workprec(bits + 64):
            value = arb(str(sp.N(number, digits)))
            return value + arb(0, abs(value) * arb(10) ** (2 - digits))

    return ball


def rounded(ball: Callable[[int], arb], dps: int) -> Any:
    """The number that ``ball(bits)`` encloses ever more tightly, rounded once to dps digits.

    A number that cannot be told from 0 is 0 once it is below 10^(-40 dps).

    Raises
    ------
    CertificationError
        If the balls do not shrink.
    """
    private = context(dps)
    bits = private.prec + _GUARD_BITS
    least = arb(2) ** (-40 * bits)
    for doubling in range(_MAX_DOUBLINGS):
        value = ball(bits << doubling)
        if value.is_zero() or (value.contains(0) and value.abs_upper() < least):
            return private.mpf(0)
        if value.rel_accuracy_bits() >= bits - 4:
            mantissa, exponent = value.mid().man_exp()
            return private.ldexp(private.mpf(int(mantissa)), int(exponent))
    raise CertificationError(f"{dps} digits of a number could not be secured")
