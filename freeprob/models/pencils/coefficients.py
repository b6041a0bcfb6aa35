"""Names for what the coefficients of a matrix expression are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import sympy as sp

from freeprob.errors import InvalidParameterError

_LARGEST_PRIME = 10**6
"""Up to which primes are divided out under roots: what is left over is taken for one prime."""


@final
class Names:
    """What the caller's parameters, roots and constants are in the generators, and back."""

    def __init__(self, expressions: Iterable[sp.Expr]) -> None:
        self._orders: dict[sp.Expr, int] = {}
        self._opaque: dict[sp.Expr, None] = {}
        symbols: set[sp.Symbol] = set()
        for expression in expressions:
            symbols |= expression.free_symbols
            self._collect(expression)
        self.known: dict[sp.Expr, sp.Symbol] = {}
        self.written: dict[sp.Symbol, sp.Expr] = {}
        self.bases: list[tuple[sp.Symbol, sp.Expr, int]] = []
        self._scales: dict[sp.Expr, sp.Expr] = {}
        for symbol in sorted(symbols, key=sp.default_sort_key):
            order = self._orders.get(symbol, 1)
            self._name(symbol, sp.Dummy(symbol.name) if order > 1 else symbol, order)
        for constant in self._opaque:
            self._name(constant, sp.Dummy("r"), self._orders.get(constant, 1))
        # what stands under a root is named before the root
        for base in sorted(self._orders, key=lambda b: (sp.count_ops(b), sp.default_sort_key(b))):
            order = self._orders[base]
            if base not in self.known:
                # r times the denominator d of its base is a root of a polynomial
                top, bottom = sp.fraction(sp.together(base))
                self._scales[base] = bottom
                self._name(base, sp.Dummy("r"), order)
                self.written[self.known[base]] *= bottom
                self.bases.append((self.known[base], top * bottom ** (order - 1), order))

    def _name(self, base: sp.Expr, generator: sp.Symbol, order: int) -> None:
        self.known[base] = generator
        self.written[generator] = sp.Pow(base, sp.Rational(1, order))

    def _collect(self, expression: sp.Expr) -> None:
        if expression.is_Rational or expression.is_Symbol:
            return
        if expression.is_Add or expression.is_Mul:
            for part in expression.args:
                self._collect(part)
        elif expression.is_Pow and expression.exp.is_Integer:
            self._collect(expression.base)
        elif expression is sp.I:
            self._orders.setdefault(sp.S.NegativeOne, 2)
        elif expression.is_Pow and expression.exp.is_Rational:
            for base, power in _split(expression):
                self._collect(base)
                self._orders[base] = sp.ilcm(self._orders.get(base, 1), power.q)
        else:
            self._opaque[expression] = None

    def plain(self, expression: sp.Expr) -> sp.Expr:
        """An expression in the generators."""
        if expression.is_Rational:
            return expression
        if expression is sp.I:
            return self.known[sp.S.NegativeOne]
        if expression.is_Symbol:
            return self.known[expression] ** self._orders.get(expression, 1)
        if expression.is_Add or expression.is_Mul:
            return expression.func(*(self.plain(part) for part in expression.args))
        if expression.is_Pow and expression.exp.is_Integer:
            return self.plain(expression.base) ** expression.exp
        if expression.is_Pow and expression.exp.is_Rational:
            return sp.Mul(*(self._root(*factor) for factor in _split(expression)))
        return self.known[expression] ** self._orders.get(expression, 1)

    def constants(self, expressions: Iterable[sp.Expr]) -> list[sp.Expr]:
        """All symbols, roots and other constants, as they stand in the expressions."""
        found: dict[sp.Expr, None] = {}
        stack = list(expressions)
        while stack:
            node = stack.pop()
            if node.is_Add or node.is_Mul:
                stack += node.args
            elif node.is_Pow and node.exp.is_Integer:
                stack.append(node.base)
            elif not node.is_Rational:
                found[node] = None
                if node.is_Pow:
                    stack.append(node.base)
        return list(found)

    def _root(self, base: sp.Expr, power: sp.Rational) -> sp.Expr:
        """A power of a base that was collected."""
        times = power * self._orders[base]
        scale = self.plain(self._scales.get(base, sp.S.One))
        return (self.known[base] / scale) ** times


def _split(power: sp.Pow) -> list[tuple[sp.Expr, sp.Rational]]:
    """A root as a product of roots of primes, of symbols or of other expressions."""
    base, exponent = power.as_base_exp()
    if base.is_real is False or base.is_negative or base.has(sp.I):
        raise InvalidParameterError(
            f"the factor {power} is a root of a number that is not positive: write it as a + b*I"
        )
    if not base.is_Rational:
        return [(base, exponent)]
    factors = sp.Rational(base).factors(limit=_LARGEST_PRIME)
    return [(sp.Integer(prime), k * exponent) for prime, k in factors.items()]
