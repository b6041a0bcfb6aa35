"""Eliminated polynomials as expressions a paper could print: collected, coefficients factored."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.costs import factoring_cost
from freeprob.exact.algebra.door import Polynomial, Ring, ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import coefficients_in


def factored(polynomial: Polynomial, ring: Ring) -> sp.Expr:
    """The product of a polynomial's irreducible factors."""
    return sp.Mul(*_factors(polynomial, ring))


_SHOWING = 10**6  # a tenth of a second for the factors of one coefficient


def _factors(polynomial: Polynomial, ring: Ring) -> list[sp.Expr]:
    """Content and irreducible factors, the content made negative if most signs are."""
    if polynomial.is_zero():
        return [sp.S.Zero]
    if factoring_cost(polynomial) > _SHOWING:
        return [ring.expression(polynomial)]
    negative = _looks_negative(polynomial)
    content, factors = factorization(-polynomial if negative else polynomial)
    powers = [ring.expression(base) ** int(power) for base, power in factors]
    return [sp.Integer(int(-content if negative else content)), *powers]


def _looks_negative(polynomial: Polynomial) -> bool:
    """Whether most of its terms have a minus sign, the leading one deciding a tie."""
    signs = sum(1 if coefficient > 0 else -1 for coefficient in polynomial.coeffs())
    return signs < 0 or (signs == 0 and polynomial.leading_coefficient() < 0)


def collected(polynomial: Polynomial, ring: Ring, index: int) -> sp.Expr:
    """Σ (factored coefficient) vᵏ for the generator v at this index."""
    variable = ring.generators[index]
    # one product of all factors: SymPy would multiply a lone number into a sum
    terms = [
        sp.Mul(*_factors(coefficient, ring), variable**power)
        for power, coefficient in enumerate(coefficients_in(polynomial, index))
    ]
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


def over_label(G: sp.Expr, z: sp.Expr, label: sp.Expr) -> sp.Expr:
    """G written with a label for z where that is shorter, as in (1 + y)/z."""
    times = shorter(G * z)
    return times / label if times.count_ops() + 1 < G.count_ops() else G
