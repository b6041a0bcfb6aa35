"""Two routes to one value: agreement, or an ``AssertionError`` that shows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import mpmath
import sympy as sp

from freeprob.laws.base import Law
from freeprob.numeric import precision

DIGITS = 30
FLOAT = 1e-9  # relative, between two float64 routes of a dozen digits each


def fail(law: Law, what: str, left: object, right: object) -> NoReturn:
    """Report two values that should agree."""
    raise AssertionError(f"{law}: {what}\n  one route: {left}\n  another:   {right}")


def same(law: Law, what: str, left: Any, right: Any, tolerance: float = FLOAT) -> None:
    """Two numbers agree, relatively above 1 and absolutely below."""
    if not abs(left - right) <= tolerance * max(1, abs(left), abs(right)):
        fail(law, f"{what} (tolerance {tolerance:.0e})", left, right)


def same_exactly(law: Law, what: str, left: sp.Expr, right: sp.Expr) -> None:
    """Two expressions are equal, by algebra."""
    if sp.expand(left - right) != 0 and not sp.cancel(sp.together(left - right)).equals(0):
        fail(law, what, left, right)


def context(digits: int = DIGITS + 10) -> mpmath.MPContext:
    """A private context of so many digits."""
    return precision.context(digits)


def residual(
    polynomial: sp.Poly, at: Mapping[sp.Symbol, object], own: mpmath.MPContext
) -> tuple[Any, Any]:
    """A polynomial's value at a point, and the size of its terms there."""
    total, size = own.mpc(0), own.mpf(0)
    for powers, coefficient in polynomial.terms():
        term = own.mpc(1) * own.convert(sp.N(coefficient, own.dps)._to_mpmath(own.prec))
        for symbol, exponent in zip(polynomial.gens, powers, strict=True):
            term *= own.convert(at[symbol]) ** exponent
        total, size = total + term, size + abs(term)
    return total, size


def vanishes(law: Law, what: str, polynomial: sp.Poly, at: Mapping[sp.Symbol, object]) -> None:
    """A polynomial is zero at a point known to :data:`DIGITS` digits."""
    total, size = residual(polynomial, at, context())
    if not abs(total) <= 10.0 ** (8 - DIGITS) * size:
        fail(law, f"{what} must vanish", total, f"0, against terms of size {size}")
