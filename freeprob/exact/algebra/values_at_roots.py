"""Rational functions at the roots of an irreducible equation in one variable."""

from __future__ import annotations

from flint import fmpq, fmpz_poly

from freeprob.exact.algebra.door import Fraction, Polynomial
from freeprob.exact.algebra.polynomials import coefficients_in
from freeprob.exact.algebra.resultants_by_interpolation import formal_resultant, interpolated


def quotient_equation(
    equation: fmpz_poly, numerator: fmpz_poly, denominator: fmpz_poly
) -> fmpz_poly:
    """The irreducible equation of a quotient at the roots; 1 where it is infinite.

    The norm of numerator - x denominator, interpolated from its values at integers, is a power of
    it.
    """
    if equation.gcd(denominator).degree() > 0:
        return fmpz_poly([1])
    start, size = -(equation.degree() // 2), max(numerator.degree(), denominator.degree())
    values = []
    for x in range(start, start + equation.degree() + 1):
        level = numerator - x * denominator
        values.append(fmpq(formal_resultant(equation, level, equation.degree(), size)))
    norm = interpolated(values, start).numer()
    return norm // norm.gcd(norm.derivative())


def substituted(polynomial: Polynomial, indices: range, values: tuple[Fraction, ...]) -> Fraction:
    """A polynomial at fractions, by Horner's rule in one unknown after the other."""
    one = polynomial.context().constant(1)

    def at(part: Polynomial, position: int) -> Fraction:
        if position < 0:
            return Fraction(part, one)
        total = Fraction(one * 0, one)
        for coefficient in reversed(coefficients_in(part, indices[position])):
            total = total * values[position] + at(coefficient, position - 1)
        return total

    return at(polynomial, len(values) - 1)


def homogenised(
    polynomial: Polynomial,
    indices: range,
    values: list[tuple[fmpz_poly, fmpz_poly]],
    powers: list[int],
) -> fmpz_poly:
    """∏ bottomᵢ^powersᵢ times the polynomial at the unknowns topᵢ/bottomᵢ."""
    total = fmpz_poly([0])
    for exponents, coefficient in polynomial.terms():
        term = fmpz_poly([coefficient])
        for (top, bottom), index, power in zip(values, indices, powers, strict=True):
            term = term * top ** exponents[index] * bottom ** (power - exponents[index])
        total += term
    return total
