"""Which field the coefficients of a system live in."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from freeprob.exact.algebra.door import Ring
from freeprob.exact.algebra.fields import Field, FunctionField, RationalField
from freeprob.exact.algebra.number_field import number_field


def field_of(expressions: Iterable[sp.Expr], unknowns: Iterable[sp.Expr] = ()) -> Field:
    """The smallest field here that contains the constants of the expressions.

    ℚ, a number field, or fractions whose generators are the parameters and every constant that is
    not rational in them, such as π or √c.
    """
    bound, found = set(unknowns), set()
    stack = list(expressions)
    while stack:
        node = stack.pop()
        if node.is_Rational or node in bound or node is sp.S.Infinity:
            continue
        if node.is_Symbol:
            found.add(node)
        elif _is_rational_node(node) or bound.intersection(node.free_symbols):
            stack.extend(node.args)
        else:
            found.add(node)
            stack.extend(node.free_symbols)
    if not found:
        return RationalField()
    generators = tuple(sorted(found, key=_generator_key))
    algebraic = None if generators[0].is_Symbol else number_field(generators)
    return algebraic or FunctionField(Ring(generators))


def _is_rational_node(node: sp.Expr) -> bool:
    return node.is_Add or node.is_Mul or (node.is_Pow and node.exp.is_Integer)


def _generator_key(generator: sp.Expr) -> tuple[bool, object]:
    """Symbols first, then other constants."""
    return (not generator.is_Symbol, sp.default_sort_key(generator))
