"""The symbol that every activation is written in, and exact reading of numbers."""

from __future__ import annotations

from numbers import Integral

import sympy as sp

from freeprob.errors import InvalidParameterError

_BASE = 1729_000_001


def _bound(level: int) -> sp.Dummy:
    # a Dummy of fixed index: never equal to a caller's symbol, yet equal to itself after pickling
    return sp.Dummy("x", dummy_index=_BASE + level, real=True)


ARGUMENT = _bound(0)


def fresh_argument(*bodies: sp.Expr) -> sp.Dummy:
    """Return the bound symbol one level above those already bound inside the bodies."""
    bound = set().union(*(body.atoms(sp.Dummy) - body.free_symbols for body in bodies))
    levels = [symbol.dummy_index - _BASE for symbol in bound]
    return _bound(1 + max((level for level in levels if 0 <= level < 1000), default=0))


def exact(value: object, name: str) -> sp.Expr:
    """Return a number or symbol exactly; a float is read as the decimal it prints.

    Raises
    ------
    InvalidParameterError
        If the value is no real finite number or expression.
    """
    if isinstance(value, str):
        raise InvalidParameterError(f"{name} is text ({value!r}); give a number or an expression")
    expr = sp.sympify(value)
    if not isinstance(expr, sp.Expr):
        raise InvalidParameterError(f"{name} must be a number or an expression, not {value!r}")
    floats = {number: sp.Rational(str(number)) for number in expr.atoms(sp.Float)}
    expr = expr.xreplace(floats)
    if expr.has(sp.nan, sp.zoo, sp.oo) or expr.is_extended_real is False:
        raise InvalidParameterError(f"{name} must be real and finite, not {value}")
    return expr


def natural(value: object, name: str, least: int = 0) -> int:
    """Return a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, Integral | sp.Integer) or value < least:
        raise InvalidParameterError(
            f"{name} must be a whole number of at least {least}, not {value!r}"
        )
    return int(value)


def shown(expr: sp.Expr) -> sp.Expr:
    """Return an expression as a person reads it, internal symbols under their plain names."""
    return expr.xreplace({dummy: sp.Symbol(dummy.name) for dummy in expr.atoms(sp.Dummy)})


def variance(value: object, name: str = "the variance q") -> sp.Expr:
    """Return a variance exactly, refusing negative numbers."""
    expr = exact(value, name)
    if expr.is_negative:
        raise InvalidParameterError(f"{name} is {value}: a variance cannot be negative")
    return expr
