"""Expressions in lowest terms, where these are shorter."""

from __future__ import annotations

from collections import Counter
from math import prod

import sympy as sp

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.costs import factoring_cost
from freeprob.exact.algebra.door import functions, ring

_COMPACTING = 10**7  # about a second: a shorter way to write a curve is worth no more
_EXPANDED = 10**4  # terms, likewise


def _degree_bounds(expression: sp.Expr) -> Counter[sp.Expr]:
    """The degree that a rational expression has at most in each symbol, before anything cancels."""
    if expression.is_Symbol:
        return Counter({expression: 1})
    if expression.is_Pow and expression.exp.is_Integer:
        power, inside = abs(int(expression.exp)), _degree_bounds(expression.base)
        return Counter({symbol: power * degree for symbol, degree in inside.items()})
    total: Counter[sp.Expr] = Counter()
    if expression.is_Add or expression.is_Mul:
        for argument in expression.args:
            total.update(_degree_bounds(argument))
    return total


def shortened(expression: sp.Expr) -> sp.Expr:
    """An expression in lowest terms, where that is the shorter way to write it."""
    size = prod(power + 1 for power in _degree_bounds(expression).values())
    if expression.is_Atom or size > _EXPANDED:
        return expression
    # functions stand for themselves: what is rational in them cancels too
    symbols = ring([expression], first=functions([expression]))
    try:
        fraction = symbols.fraction(expression)
    except BudgetExceededError:
        return expression
    if sum(map(factoring_cost, (fraction.numerator, fraction.denominator))) > _COMPACTING:
        return expression
    reduced = symbols.factored(fraction)
    return reduced if reduced.count_ops() < expression.count_ops() else expression
