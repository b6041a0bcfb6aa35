"""Expressions in lowest terms, where these are shorter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import prod

import sympy as sp

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.costs import factoring_cost
from freeprob.exact.algebra.door import functions, ring
from freeprob.exact.algebra.lengths import length
from freeprob.exact.algebra.powers import FLOAT_ORDERS, binary_orders

_COMPACTING = 10**7  # about a second: a shorter way to write a curve is worth no more
_EXPANDED = 10**4  # terms, likewise


def _degree_bounds(expression: sp.Expr, values: Mapping[sp.Expr, sp.Expr]) -> Counter[sp.Expr]:
    """The degree that a rational expression has at most in each symbol, before anything cancels."""
    total: Counter[sp.Expr] = Counter()
    for part, degree in _degrees(expression).items():
        if part.is_Symbol:
            total[part] += degree
        elif part in values:
            for symbol, inside in _degree_bounds(values[part], {}).items():
                total[symbol] += degree * inside
    return total


@lru_cache(maxsize=1024)
def _degrees(expression: sp.Expr) -> Counter[sp.Expr]:
    """The same in symbols and in whatever else is not rational."""
    if expression.is_Pow and expression.exp.is_Integer:
        power, inside = abs(int(expression.exp)), _degrees(expression.base)
        return Counter({part: power * degree for part, degree in inside.items()})
    if not (expression.is_Add or expression.is_Mul):
        return Counter() if expression.is_Rational else Counter({expression: 1})
    total: Counter[sp.Expr] = Counter()
    for argument in expression.args:
        total.update(_degrees(argument))
    return total


def shortened(expression: sp.Expr, values: Mapping[sp.Expr, sp.Expr] | None = None) -> sp.Expr:
    """An expression in lowest terms, where that is the shorter way to write it.

    Over the common denominator of many decimals numbers may outgrow floats: then it stays.
    ``values`` are put in the place of some functions, in the ring: SymPy builds the result alone.
    """
    values = {f: value for f, value in (values or {}).items() if expression.has(f)}
    size = prod(power + 1 for power in _degree_bounds(expression, values).values())
    if expression.is_Atom or size > _EXPANDED:
        return expression.xreplace(values)
    # functions stand for themselves: what is rational in them cancels too
    parts = [_without(expression, tuple(values)), *values.values()]
    symbols = ring(parts, first=functions(parts))
    try:
        fraction = symbols.fraction(expression, values)
    except BudgetExceededError:
        return expression.xreplace(values)
    if sum(map(factoring_cost, (fraction.numerator, fraction.denominator))) > _COMPACTING:
        return expression.xreplace(values)
    reduced = symbols.factored(fraction)
    written = length(expression) + sum(
        _uses(expression, f) * (length(value) - length(f)) for f, value in values.items()
    )
    if length(reduced) >= written:
        return expression.xreplace(values)
    reach = binary_orders(reduced).reach
    if reach <= FLOAT_ORDERS:
        return reduced
    # built where it is asked for only: SymPy takes longer for it than a density
    whole = expression.xreplace(values)
    return whole if reach > binary_orders(whole).reach else reduced


@lru_cache(maxsize=1024)
def _without(expression: sp.Expr, named: tuple[sp.Expr, ...]) -> sp.Expr:
    """An expression without some functions: the same for all laws that differ in their values."""
    return expression.xreplace(dict.fromkeys(named, sp.S.One))


@lru_cache(maxsize=1024)
def _uses(expression: sp.Expr, function: sp.Expr) -> int:
    """How often a function stands in an expression, equal parts counted each."""
    return sum(part == function for part in sp.preorder_traversal(expression))
