"""Arithmetic in ℚ(w) at the critical points: zero tests and exact values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb, ctx, fmpq, fmpq_poly, fmpz_poly

from freeprob.errors import CertificationError
from freeprob.exact.algebra.costs import Meter, inverse_cost, norm_cost
from freeprob.exact.algebra.door import Polynomial
from freeprob.exact.algebra.polynomials import univariate
from freeprob.exact.algebra.resultants_by_interpolation import interpolated
from freeprob.exact.systems.critical_equations import CriticalPoints, CriticalSystem
from freeprob.geometry.candidates.algebraic_numbers import (
    ComplexAlgebraic,
    RealAlgebraic,
    real_roots,
)


def modulus(system: CriticalSystem, points: CriticalPoints) -> fmpq_poly:
    """The irreducible equation of w."""
    return _dense(points.equation, system.coordinate)


def elements(system: CriticalSystem, points: CriticalPoints) -> list[fmpq_poly]:
    """The unknowns of the points as elements of ℚ(w)."""
    position, equation = system.coordinate, modulus(system, points)
    return [
        _dense(fraction.numerator, position)
        * inverse(_dense(fraction.denominator, position), equation)
        % equation
        for fraction in points.unknowns
    ]


def _dense(polynomial: Polynomial | None, position: int) -> fmpq_poly:
    """A polynomial in w alone, as those of solved points are."""
    dense = None if polynomial is None else univariate(polynomial, position)
    if dense is None:
        raise CertificationError("the critical points were not solved for one unknown")
    return fmpq_poly(dense)


def inverse(element: fmpq_poly, equation: fmpq_poly, meter: Meter | None = None) -> fmpq_poly:
    """The reciprocal in ℚ[w] modulo an irreducible equation.

    Raises
    ------
    BudgetExceededError
        If there is a meter whose budget does not hold it.
    """
    element %= equation
    if meter is not None:
        cost = inverse_cost(equation.numer(), element.numer())
        meter.take(cost, f"a reciprocal in a field of degree {equation.degree()}")
    common, factor, _ = element.xgcd(equation)
    return factor / common[0]


def power(
    element: fmpq_poly, exponent: int, equation: fmpq_poly, meter: Meter | None = None
) -> fmpq_poly:
    """An integer power in ℚ[w] modulo an irreducible equation."""
    base = element if exponent >= 0 else inverse(element, equation, meter)
    result = fmpq_poly([1])
    for _ in range(abs(exponent)):
        result = result * base % equation
    return result


def evaluate(
    polynomial: Polynomial, system: CriticalSystem, values: Sequence[fmpq_poly], equation: fmpq_poly
) -> fmpq_poly:
    """A polynomial in the unknowns at elements of ℚ(w)."""
    total = fmpq_poly([0])
    for exponents, coefficient in polynomial.terms():
        term = fmpq_poly([fmpq(coefficient)])
        for position, value in zip(system.unknowns, values, strict=True):
            term = term * power(value, int(exponents[position]), equation) % equation
        total += term
    return total


def real_value(
    element: fmpq_poly,
    equation: fmpq_poly,
    root: RealAlgebraic | ComplexAlgebraic,
    meter: Meter,
) -> RealAlgebraic:
    """The real algebraic number that an element is at a real root w of the equation.

    Its equation is the resultant of x - element(w) with the equation, by interpolation.

    Raises
    ------
    BudgetExceededError
        If that is predicted to be past what the meter holds; the digits are known all the same.
    """
    numerator, denominator = element.numer(), element.denom()
    base, start = equation.numer(), -(equation.degree() // 2)
    cost = norm_cost(base, numerator, fmpz_poly([denominator]))
    meter.take(cost, f"an exact number of degree {base.degree()} at a critical point")
    levels = (
        fmpz_poly([int((start + i) * denominator)]) - numerator for i in range(base.degree() + 1)
    )
    norm = interpolated([fmpq(base.resultant(level)) for level in levels], start).numer()
    bits = 64
    candidates = real_roots(norm)
    while True:  # ends: exactly one of these distinct numbers is the element
        with ctx.workprec(bits + 32):
            ball = ball_of(element, root.ball(bits))
        near = [number for number in candidates if number.ball(bits).overlaps(ball)]
        if len(near) == 1:
            return near[0]
        bits *= 2


def ball_of(element: fmpq_poly, w: Any) -> Any:
    """An element of ℚ(w) at a ball."""
    total = arb(0)
    for coefficient in reversed(element.coeffs()):
        total = total * w + coefficient
    return total
