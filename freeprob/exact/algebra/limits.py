"""Limits of real functions by the laws of limits; SymPy's series only where a form has no value."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

# continuous on the real line, with limits at both ends: f of a limit is the limit of f
_CONTINUOUS = (sp.exp, sp.erf, sp.erfc, sp.tanh, sp.sinh, sp.cosh, sp.atan)


@lru_cache(maxsize=256)
def limits_of(function: sp.Lambda, end: sp.Expr, side: str) -> tuple[sp.Expr, sp.Expr]:
    """The least and the largest limit of a real function at an end; ±∞ where they are not known."""
    x = sp.Dummy("x", real=True)
    try:
        value = _limit(function(x), x, end, side)
    except (NotImplementedError, ValueError, sp.PoleError):
        return -sp.oo, sp.oo
    if isinstance(value, sp.AccumBounds):
        return value.min, value.max
    return (value, value) if _is_known(value) else (-sp.oo, sp.oo)


def _limit(function: sp.Expr, x: sp.Symbol, end: sp.Expr, side: str) -> sp.Expr:
    """The limit at an end, as ``sympy.limit`` gives it and with its errors.

    Sums, products, powers and continuous functions of limits are taken apart, so that what is left
    to the series is as short as x exp(-x²).
    """
    if not function.has(x):
        return function
    if function == x:
        return end
    if function.func in (sp.Add, sp.Mul, sp.Pow, *_CONTINUOUS):
        parts = [_limit(part, x, end, side) for part in function.args]
        if all(map(_is_known, parts)) and _is_determined(function.func, parts):
            value = function.func(*parts)
            if _is_known(value):
                return value
    return sp.limit(function, x, end, side)


def _is_known(value: sp.Expr) -> bool:
    """Whether a limit is a real number or ±∞."""
    return bool(value.is_number and value.is_extended_real and not value.has(sp.nan, sp.zoo))


def _is_determined(operation: type, parts: list[sp.Expr]) -> bool:
    """Whether the limits of the parts decide that of the whole."""
    if operation is sp.Add:
        return not {sp.oo, -sp.oo} <= set(parts)
    if operation is sp.Mul:
        is_bounded = all(part.is_finite for part in parts)
        return is_bounded or all(part.is_nonzero or part.is_infinite for part in parts)
    if operation is sp.Pow:
        # 0 to a negative power has a sign that only the function knows, and 1 to ∞ a rate
        base, exponent = parts
        if not exponent.is_Rational:
            return bool(base == sp.E)
        whole = exponent.is_Integer and (exponent > 0 or base.is_extended_nonzero)
        return bool(whole or base.is_extended_positive)
    return True
