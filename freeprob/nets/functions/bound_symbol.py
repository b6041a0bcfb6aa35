"""The symbol that every activation is written in, and reading of orders and variances."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.law_symbols import distinct_symbols
from freeprob.parameters import count, exact, expression

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


def integrand(expr: object, symbol: object) -> sp.Expr:
    """Return a function of a symbol, written in the internal variable.

    Raises
    ------
    InvalidParameterError
        If it is no SymPy expression, or the symbol is none.
    """
    told = "a function is a SymPy expression and its symbol; text is never evaluated"
    distinct_symbols((symbol,), told)
    return expression(expr, "a function").xreplace({symbol: ARGUMENT})


def natural(value: object, name: str, least: int = 0) -> int:
    """Return a whole number of at least ``least``, such as the order of a derivative."""
    return count(value, name, least=least, most=10_000)


def index(value: Any, name: str) -> int | sp.Symbol:
    """Return a whole number, 0 or more, or a symbol that may stand for one."""
    if not isinstance(value, sp.Symbol):
        return natural(value, name)
    if not value.is_commutative or value.is_integer is False or value.is_negative:
        raise InvalidParameterError(
            f"{name} must be a whole number, 0 or more, or a symbol for one, and {value!s:.80} "
            "stands for others: sympy.Symbol('n', integer=True, nonnegative=True)"
        )
    return value


def shown(expr: sp.Expr) -> sp.Expr:
    """Return an expression as a person reads it, internal symbols under their plain names."""
    return expr.xreplace({dummy: sp.Symbol(dummy.name) for dummy in expr.atoms(sp.Dummy)})


def variance(value: object, name: str = "the variance q") -> sp.Expr:
    """Return a variance exactly, refusing negative numbers."""
    expr = exact(value, name)
    if expr.is_negative:
        raise InvalidParameterError(f"{name} is {value}: a variance cannot be negative")
    return expr
