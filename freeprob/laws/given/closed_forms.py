"""Closed forms with roots as polynomial equations: v = f(w) as M(v, w) = 0."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.polynomials import factors_in, resultant

_BUDGET = 10**8
DIGITS = 400
_VANISHING = sp.Rational(1, 10**250)
"""Value, relative to its terms, of the factor that a closed form satisfies, at 400 digits.

Other factors differ by powers of 1/z at a point near i∞, far more than that.
"""


def has_roots(expression: sp.Expr, w: sp.Symbol) -> bool:
    """Whether the expression is algebraic in w and not rational."""
    return any(power.has(w) for power in _radicals(expression)) and not any(
        function.has(w) for function in expression.atoms(sp.Function, sp.exp)
    )


def annihilator(
    expression: sp.Expr, value: sp.Symbol, w: sp.Symbol, near: Mapping[sp.Symbol, sp.Expr]
) -> sp.Expr:
    """The irreducible M with M(f(w), w) = 0 for the branch of f at the point ``near``.

    ``near`` holds numbers for w and all parameters. Radicals, those of constants too, become
    unknowns, which resultants eliminate.

    Raises
    ------
    NotAlgebraicError
        If the expression is not algebraic in w.
    BudgetExceededError
        If the elimination would be too large.
    """
    plain, relations = _without_radicals(expression)
    roots = [root for root, _, _ in relations]
    sides = [plain, *(base for _, base, _ in relations)]
    symbols = ring([value, *sides], first=[value, w, *roots])
    found = symbols.polynomial(value * sp.S.One - plain)
    for root, base, order in reversed(relations):
        other = symbols.polynomial(root**order - base)
        found = resultant(found, other, symbols.index(root), _BUDGET)
    at = {**near, value: sp.N(expression.subs(near), DIGITS)}
    return vanishing_factor(symbols.expression(found), value, at)


def vanishing_factor(
    expression: sp.Expr, first: sp.Symbol, at: Mapping[sp.Symbol, sp.Expr]
) -> sp.Expr:
    """The irreducible factor with the symbol ``first`` that vanishes at numbers.

    Raises
    ------
    NotAlgebraicError
        If it is not the only one.
    """
    symbols = ring([expression], first=[first])
    factors = factors_in(symbols.polynomial(expression), [0])
    written = [symbols.expression(factor) for factor, _ in factors]
    vanishing = [factor for factor in written if _vanishes(factor, at)]
    if len(vanishing) != 1:
        raise NotAlgebraicError(f"no single factor of {expression} vanishes at the branch")
    return vanishing[0]


def _radicals(expression: sp.Expr) -> list[sp.Pow]:
    """Powers with a fractional exponent, inner ones first."""
    powers = [
        node
        for node in sp.postorder_traversal(expression)
        if isinstance(node, sp.Pow) and node.exp.is_Rational and not node.exp.is_Integer
    ]
    return list(dict.fromkeys(powers))


def _without_radicals(expression: sp.Expr) -> tuple[sp.Expr, list[tuple[sp.Dummy, sp.Expr, int]]]:
    """The expression in roots r, with (r, base, order): r^order = base in earlier roots."""
    relations: list[tuple[sp.Dummy, sp.Expr, int]] = []
    while radicals := _radicals(expression):
        base, order = radicals[0].base, radicals[0].exp.q
        root = sp.Dummy("r")
        powers = {
            node: root**node.exp.p for node in radicals if node.base == base and node.exp.q == order
        }
        relations.append((root, base, order))
        expression = expression.xreplace(powers)
    return expression, relations


def _vanishes(factor: sp.Expr, at: Mapping[sp.Symbol, sp.Expr]) -> bool:
    terms = [sp.N(term.subs(at), DIGITS) for term in sp.Add.make_args(sp.expand(factor))]
    return bool(abs(sp.Add(*terms)) <= _VANISHING * max(map(abs, terms)))
