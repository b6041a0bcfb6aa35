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
from freeprob.exact.algebra.powers import longest_number

_COMPACTING = 10**7  # about a second: a shorter way to write a curve is worth no more
_EXPANDED = 10**4  # terms, likewise
_FLOAT_BITS = 500  # of numbers whose products float64 holds


def _degree_bounds(expression: sp.Expr, values: Mapping[sp.Expr, sp.Expr]) -> Counter[sp.Expr]:
    """The degree that a rational expression has at most in each symbol, before anything cancels."""
    if expression.is_Symbol:
        return Counter({expression: 1})
    if expression in values:
        return _degree_bounds(values[expression], {})
    if expression.is_Pow and expression.exp.is_Integer:
        power, inside = abs(int(expression.exp)), _degree_bounds(expression.base, values)
        return Counter({symbol: power * degree for symbol, degree in inside.items()})
    total: Counter[sp.Expr] = Counter()
    if expression.is_Add or expression.is_Mul:
        for argument in expression.args:
            total.update(_degree_bounds(argument, values))
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
    parts = [expression.xreplace(dict.fromkeys(values, sp.S.One)), *values.values()]
    symbols = ring(parts, first=functions(parts))
    try:
        fraction = symbols.fraction(expression, values)
    except BudgetExceededError:
        return expression.xreplace(values)
    if sum(map(factoring_cost, (fraction.numerator, fraction.denominator))) > _COMPACTING:
        return expression.xreplace(values)
    reduced = symbols.factored(fraction)
    whole = _operations(expression) + sum(
        _uses(expression, f) * (_operations(value) - _operations(f)) for f, value in values.items()
    )
    if reduced.count_ops() >= whole:
        return expression.xreplace(values)
    longest = max(map(longest_number, [expression, *values.values()]))
    overflows = longest_number(reduced) > _FLOAT_BITS >= longest
    return expression.xreplace(values) if overflows else reduced


@lru_cache(maxsize=1024)
def _operations(expression: sp.Expr) -> int:
    """How long an expression is."""
    return expression.count_ops()


def _uses(expression: sp.Expr, function: sp.Expr) -> int:
    """How often a function stands in an expression, equal parts counted each."""
    return sum(part == function for part in sp.preorder_traversal(expression))
