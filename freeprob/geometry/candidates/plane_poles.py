"""Poles of G on the curve P(G, z) = 0, from the Newton polygon of P.

Where z tends to a and G ~ m/(z - a), the terms of least order of P(m/h, a + h) make an equation for
m. This needs no smooth point over a: several branches of a coupled system may meet there.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.polynomials import coefficients_in, degree, factors_in
from freeprob.exact.equations.elimination import Elimination


def plane_poles(eliminated: Elimination) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Places a rational in the parameters, with every candidate for lim (z - a)G there."""
    own, P = eliminated.ring, eliminated.polynomial
    leading = coefficients_in(P, 0)[-1]
    for factor, _ in factors_in(leading, [1]):
        if degree(factor, 1) == 1:
            constant, slope = coefficients_in(factor, 1)
            place = own.expression(-constant) / own.expression(slope)
            for mass in _masses(P, own, constant, slope):
                yield sp.factor(place), mass


def irrational_places(eliminated: Elimination) -> bool:
    """Whether G may have poles at places that :func:`plane_poles` leaves out."""
    leading = coefficients_in(eliminated.polynomial, 0)[-1]
    return any(degree(factor, 1) > 1 for factor, _ in factors_in(leading, [1]))


def _masses(P: Polynomial, own: Ring, constant: Polynomial, slope: Polynomial) -> list[sp.Expr]:
    """Roots of the equation of the residue: P(m/h, a + h) to lowest order, a = -constant/slope."""
    h, variables = own.context.gens()[1], list(own.context.gens())
    top = degree(P, 1)
    rows: list[tuple[int, int, Polynomial]] = []
    for power, coefficient in enumerate(coefficients_in(P, 0)):
        # slope^top · c(a + h)
        shifted = own.constant(0)
        for k, part in enumerate(coefficients_in(coefficient, 1)):
            shifted += part * (slope * h - constant) ** k * slope ** (top - k)
        for order, part in enumerate(coefficients_in(shifted, 1)):
            if not part.is_zero():
                rows.append((order - power, power, part))
                break
    least = min(order for order, _, _ in rows)
    m = variables[0]
    equation = own.constant(0)
    for order, power, part in rows:
        if order == least:
            equation += part * m**power
    found = []
    for factor, _ in factors_in(equation, [0]):
        expression = own.expression(factor)
        symbol = own.generators[0]
        if degree(factor, 0) == 1:
            found.append(sp.factor(sp.solve(expression, symbol)[0]))
        elif not expression.free_symbols - {symbol}:
            found += sp.Poly(expression, symbol).real_roots()
    return [mass for mass in found if mass != 0]
