"""From balls of any precision to mpmath numbers with all digits right."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import mpmath
from flint import arb

from freeprob.errors import CertificationError

_GUARD_BITS = 16
_MAX_DOUBLINGS = 8


@lru_cache(maxsize=64)
def context(dps: int) -> mpmath.MPContext:
    """A private context with this many decimal digits."""
    private = mpmath.MPContext()
    private.dps = dps
    return private


def rounded(ball: Callable[[int], arb], dps: int) -> mpmath.mpf:
    """The number that ``ball(bits)`` encloses ever more tightly, rounded once to dps digits.

    Raises
    ------
    CertificationError
        If the balls do not shrink.
    """
    private = context(dps)
    bits = private.prec + _GUARD_BITS
    for doubling in range(_MAX_DOUBLINGS):
        value = ball(bits << doubling)
        if value.is_zero():
            return private.mpf(0)
        if value.rel_accuracy_bits() >= bits - 4:
            mantissa, exponent = value.mid().man_exp()
            return private.ldexp(private.mpf(int(mantissa)), int(exponent))
    raise CertificationError(f"{dps} digits of a number could not be secured")
