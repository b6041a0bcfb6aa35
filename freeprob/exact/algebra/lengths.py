"""How long an expression is, as it is written."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp


def has_minus(expression: sp.Expr) -> bool:
    """Whether an expression starts with a minus, so that as a term it is better subtracted.

    SymPy's own method deduces all facts about a number first.
    """
    lead = expression.args[0] if expression.is_Mul else expression
    if lead.is_Rational:
        return bool(lead.p < 0)
    numeric = lead.is_Number or not expression.is_Mul
    return bool(numeric and expression.could_extract_minus_sign())


@lru_cache(maxsize=4096)
def length(expression: sp.Expr) -> int:
    """How many operations an expression takes as it is written, signs and quotients among them.

    SymPy's own count builds every product anew, which takes longer than a density.
    """
    if expression.is_Rational:
        return int(expression.p < 0) + int(expression.q != 1)
    if expression.is_Add:
        negative = sum(map(has_minus, expression.args))
        signs = int(negative == len(expression.args)) - negative
        return len(expression.args) - 1 + signs + sum(map(length, expression.args))
    if expression.is_Mul:
        return _length_of_product(expression)
    if expression.is_Pow:
        base, exponent = expression.args
        return 1 + length(base) + (length(exponent) if exponent != -1 else 0)
    return len(expression.args) and 1 + sum(map(length, expression.args))


def _length_of_product(product: sp.Mul) -> int:
    """The same of a product: one quotient over what has negative exponents."""
    above = below = inside = 0
    for factor in product.args:
        if factor.is_Rational:
            above += int(abs(factor.p) != 1)
            below += int(factor.q != 1)
        elif factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            below += 1
            inside += length(factor) - 1  # the quotient, or the sign of the exponent
        else:
            above += 1
            inside += length(factor)
    return int(has_minus(product)) + below + max(above - 1, 0) + inside
