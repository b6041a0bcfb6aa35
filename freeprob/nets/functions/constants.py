"""Parameters and irrational constants of an activation, renamed so that derivations stay real
and rational.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.nets.functions.pieces import Pieces

Table = dict[sp.Symbol, sp.Expr]


@lru_cache(maxsize=1024)
def prepared(
    *functions: Pieces,
) -> tuple[tuple[Pieces, ...], tuple[tuple[sp.Symbol, sp.Expr], ...]]:
    """Return the functions with real parameters and named constants, and the names' meanings.

    The same functions always come back with the same names, so results can be cached by them.
    """
    names: dict[sp.Expr, sp.Symbol] = {}
    result = tuple(
        Pieces(
            function.variable,
            function.breaks,
            tuple(hoist(part, function.variable, names) for part in function.parts),
            function.masses,
        )
        for function in functions
    )
    symbols = set().union(*(f.expression().free_symbols for f in result))
    reality = {
        symbol: sp.Dummy(symbol.name, real=True)
        for symbol in sorted(symbols, key=str)
        if symbol.is_extended_real is None
    }
    meanings = {dummy: symbol for symbol, dummy in reality.items()}
    meanings |= {symbol: constant for constant, symbol in names.items()}
    return tuple(f.substituted(reality) for f in result), tuple(meanings.items())


def hoist(expr: sp.Expr, x: sp.Symbol, names: dict[sp.Expr, sp.Symbol]) -> sp.Expr:
    """Replace constants other than products of rational powers of integers and pi by symbols."""

    def named(constant: sp.Expr) -> sp.Expr:
        if not constant.is_number or is_plain(constant):
            return constant
        if constant not in names:
            names[constant] = _symbol(constant)
        return names[constant]

    def walk(node: sp.Basic) -> sp.Basic:
        if not isinstance(node, sp.Expr):
            return node.func(*map(walk, node.args)) if node.args else node
        if not node.has(x):
            return named(node)
        if node.is_Add or node.is_Mul:
            constant = [part for part in node.args if part.is_number]
            rest = [walk(part) for part in node.args if not part.is_number]
            return node.func(named(node.func(*constant)), *rest)
        return node.func(*map(walk, node.args)) if node.args else node

    return walk(expr)


def is_plain(constant: sp.Expr) -> bool:
    """Whether a constant is a product of rational powers of integers and pi."""
    for factor in sp.Mul.make_args(constant):
        base, power = factor.as_base_exp()
        if not (power.is_Rational and (base.is_Rational or base == sp.pi)):
            return False
    return True


def _symbol(constant: sp.Expr) -> sp.Symbol:
    """Return a symbol that knows the sign of its constant."""
    value = constant.evalf(20)
    if not value.is_extended_real:
        raise InvalidParameterError(f"a function must be real, and {constant!s:.80} is not")
    return sp.Dummy("c", positive=True) if value > 0 else sp.Dummy("c", negative=True)
