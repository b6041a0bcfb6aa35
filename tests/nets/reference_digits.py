"""Comparison with printed digits: an error of one unit in the last printed digit is allowed."""

from __future__ import annotations

from decimal import Decimal

import mpmath
import sympy as sp


def agrees(value: object, printed: str) -> bool:
    """Whether a number agrees with all printed digits."""
    context = mpmath.MPContext()
    context.dps = 60
    if isinstance(value, sp.Expr):
        value = value.evalf(50)
    number = context.mpf(getattr(value, "_mpf_", value))
    last = Decimal(printed).as_tuple().exponent
    return bool(abs(number - context.mpf(printed)) <= context.mpf(10) ** last)
