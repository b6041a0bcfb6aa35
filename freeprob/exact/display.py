"""Eliminated polynomials as expressions a paper could print: collected, coefficients factored."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.door import Polynomial, Ring, ring
from freeprob.exact.polynomials import coefficients_in


def factored(polynomial: Polynomial, ring: Ring) -> sp.Expr:
    """The product of a polynomial's irreducible factors."""
    content, factors = polynomial.factor()
    powers = [ring.expression(base) ** int(power) for base, power in factors]
    return sp.Mul(sp.Integer(int(content)), *powers)


def signed_coefficients(polynomial: Polynomial, ring: Ring, index: int) -> list[sp.Expr]:
    """Coefficients of 1, v, v², …, each factored with its sign outside."""
    found = []
    for coefficient in coefficients_in(polynomial, index):
        negative = not coefficient.is_zero() and _looks_negative(coefficient)
        value = factored(-coefficient if negative else coefficient, ring)
        found.append(sp.Mul(-1, value, evaluate=False) if negative else value)
    return found


def _looks_negative(polynomial: Polynomial) -> bool:
    """Whether most of its terms have a minus sign, the leading one deciding a tie."""
    signs = sum(1 if coefficient > 0 else -1 for coefficient in polynomial.coeffs())
    return signs < 0 or (signs == 0 and polynomial.leading_coefficient() < 0)


def collected(polynomial: Polynomial, ring: Ring, index: int) -> sp.Expr:
    """Σ (factored coefficient) vᵏ for the generator v at this index."""
    variable = ring.generators[index]
    terms = []
    for power, coefficient in enumerate(signed_coefficients(polynomial, ring, index)):
        factors = sp.Mul.make_args(coefficient)
        # three or more arguments: SymPy would multiply a lone sign into a sum
        terms.append(sp.Mul(*factors, variable**power) if power else coefficient.doit())
    return sp.Add(*terms)


def renamed(ring: Ring, first: Sequence[sp.Expr]) -> Ring:
    """The ring with its first generators replaced, position by position."""
    return Ring((*first, *ring.generators[len(first) :]))


def shorter(expression: sp.Expr) -> sp.Expr:
    """The expression in lowest terms, numerator and denominator factored, if that is shorter."""
    symbols = ring([expression])
    try:
        fraction = symbols.fraction(expression)
    except NotAlgebraicError:
        return expression
    reduced = factored(fraction.numerator, symbols) / factored(fraction.denominator, symbols)
    return reduced if reduced.count_ops() <= expression.count_ops() else expression
