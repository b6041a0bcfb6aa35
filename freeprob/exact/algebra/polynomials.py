"""Polynomials of one ring seen in one of its variables: coefficients, factors, resultants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from flint import fmpz_poly

from freeprob.exact.algebra.costs import (
    DEFAULT_BUDGET,
    Meter,
    dense_cost,
    others,
    predicted_terms,
    resultant_cost,
    sequence_cost,
    shape,
)
from freeprob.exact.algebra.door import Polynomial
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.resultants_by_interpolation import dense_resultant


def degree(polynomial: Polynomial, index: int) -> int:
    """Degree in one variable; 0 for the zero polynomial."""
    return max(0, int(polynomial.degrees()[index]))


def depends_on(polynomial: Polynomial, indices: Iterable[int]) -> bool:
    """Whether one of the variables occurs."""
    degrees = polynomial.degrees()
    return any(degrees[index] > 0 for index in indices)


def coefficients_in(polynomial: Polynomial, index: int) -> list[Polynomial]:
    """Coefficients of 1, v, v², … for the variable v at this index."""
    slices: list[dict[tuple[int, ...], Any]] = [{} for _ in range(degree(polynomial, index) + 1)]
    for exponents, coefficient in polynomial.terms():
        rest = (*exponents[:index], 0, *exponents[index + 1 :])
        slices[exponents[index]][rest] = coefficient
    return [polynomial.context().from_dict(terms) for terms in slices]


def leading_coefficient_in(polynomial: Polynomial, index: int) -> Polynomial:
    """Coefficient of the highest power of one variable."""
    return coefficients_in(polynomial, index)[-1]


def primitive_in(polynomial: Polynomial, indices: Iterable[int]) -> Polynomial:
    """The polynomial without the factors that are free of all these variables."""
    slices: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    inside = frozenset(indices)
    for exponents, coefficient in polynomial.terms():
        key = tuple(e for i, e in enumerate(exponents) if i in inside)
        rest = tuple(0 if i in inside else e for i, e in enumerate(exponents))
        slices.setdefault(key, {})[rest] = coefficient
    contents = (polynomial.context().from_dict(terms) for terms in slices.values())
    content = reduce(lambda one, other: one.gcd(other), contents)
    return normal_sign(polynomial // content)


def divides(divisor: Polynomial, polynomial: Polynomial) -> bool:
    """Whether an irreducible polynomial divides another one."""
    return polynomial.is_zero() or not divisor.gcd(polynomial).is_constant()


def trimmed(polynomial: Polynomial, modulus: Polynomial, index: int) -> Polynomial:
    """The polynomial without leading terms, in one variable, that vanish modulo the modulus."""
    variable = polynomial.context().gens()[index]
    while not polynomial.is_zero():
        leading = leading_coefficient_in(polynomial, index)
        if not divides(modulus, leading):
            break
        polynomial = polynomial - leading * variable ** degree(polynomial, index)
    return polynomial


def normal_sign(polynomial: Polynomial) -> Polynomial:
    """The polynomial or its negative, with positive leading coefficient."""
    return -polynomial if polynomial.leading_coefficient() < 0 else polynomial


def irreducible_factors(polynomial: Polynomial) -> list[Polynomial]:
    """Distinct irreducible factors that are not constant.

    A polynomial of degree 1 in a variable, its two coefficients without common factor, is
    irreducible as it stands; only what the coefficients share needs factorisation.
    """
    degrees = [int(power) for power in polynomial.degrees()]
    if 1 not in degrees:
        return factorization(polynomial).factors
    constant, slope = coefficients_in(polynomial, degrees.index(1))
    common = constant.gcd(slope)
    return [polynomial // common, *factorization(common).factors]


def factors_in(polynomial: Polynomial, indices: Iterable[int]) -> list[tuple[Polynomial, int]]:
    """Irreducible factors that contain one of the variables, with their multiplicities."""
    inside = tuple(indices)
    return [
        (normal_sign(factor), int(power))
        for factor, power in factorization(polynomial).powers
        if depends_on(factor, inside)
    ]


def resultant(
    one: Polynomial, other: Polynomial, index: int, budget: float = DEFAULT_BUDGET
) -> Polynomial:
    """Resultant in one variable, refused beforehand when it would cost too much.

    Raises
    ------
    BudgetExceededError
        If the predicted number of word operations exceeds the budget.
    """
    shapes = shape(one), shape(other)
    sequence, dense = sequence_cost(*shapes, index), dense_cost(*shapes, index)
    terms = predicted_terms(shapes[0].degrees, shapes[1].degrees, index)
    Meter(budget).take(min(sequence, dense), f"eliminating one unknown, up to {terms} terms,")
    if dense < sequence:
        first, second = others(*shapes, index)
        return dense_resultant(one, other, index, (first, second))
    return one.resultant(other, index)


def metered_resultant(one: Polynomial, other: Polynomial, index: int, meter: Meter) -> Polynomial:
    """Resultant whose cost is taken from what is left of a budget.

    Raises
    ------
    BudgetExceededError
        If the budget does not hold it.
    """
    meter.take(resultant_cost(one, other, index), "eliminating one unknown")
    return resultant(one, other, index, meter.budget)


def subresultants(one: Polynomial, other: Polynomial, index: int) -> list[Polynomial]:
    """The subresultant remainder sequence in one variable, by falling degree, constants left out.

    Source: Collins 1967; Brown-Traub 1971.
    """
    if degree(one, index) < degree(other, index):
        one, other = other, one
    context, sequence = one.context(), [one, other]
    psi, gap = context.constant(-1), degree(one, index) - degree(other, index)
    beta = context.constant((-1) ** (gap + 1))
    while degree(other, index) > 1:
        remainder = pseudo_remainder(one, other, index)
        if remainder.is_zero():
            break
        leading = leading_coefficient_in(other, index)
        if gap > 0:
            psi = (-leading) ** gap // psi ** (gap - 1)
        one, other = other, remainder // beta
        sequence.append(other)
        gap = degree(one, index) - degree(other, index)
        beta = -leading_coefficient_in(one, index) * psi**gap
    return [entry for entry in sequence if degree(entry, index) > 0]


def common_root(
    sequence: Sequence[Polynomial], modulus: Polynomial, index: int
) -> tuple[Polynomial, Polynomial] | None:
    """(p, q) with p/q the only root, modulo an irreducible modulus, of a gcd of two polynomials.

    The last subresultant that does not vanish is the gcd; it has to be a power of one linear
    factor, as at a singular point where two curves touch. ``None`` where it has several roots.
    """
    for entry in reversed(sequence):
        found = trimmed(entry, modulus, index)
        size = degree(found, index)
        if found.is_zero():
            continue
        if size == 0 or size < degree(entry, index):
            return None
        *_, second, leading = coefficients_in(found, index)
        top, bottom = -second, size * leading
        variable = found.context().gens()[index]
        # found = leading (v - top/bottom)^size
        power = leading * (bottom * variable - top) ** size - bottom**size * found
        if all(divides(modulus, value) for value in coefficients_in(power, index)):
            return top, bottom
        return None
    return None


def pseudo_remainder(one: Polynomial, other: Polynomial, index: int) -> Polynomial:
    """Remainder of lcᵈ · one by other in one variable, d = deg(one) - deg(other) + 1."""
    variable = one.context().gens()[index]
    leading, low = leading_coefficient_in(other, index), degree(other, index)
    left = degree(one, index) - low + 1
    while not one.is_zero() and degree(one, index) >= low:
        head = leading_coefficient_in(one, index)
        one = leading * one - head * variable ** (degree(one, index) - low) * other
        left -= 1
    return leading**left * one


def univariate(polynomial: Polynomial, index: int) -> fmpz_poly | None:
    """The polynomial in its one variable as a dense one, or ``None`` if others occur."""
    others = (i for i in range(len(polynomial.degrees())) if i != index)
    if depends_on(polynomial, others):
        return None
    dense: list[Any] = [0] * (degree(polynomial, index) + 1)
    for exponents, coefficient in polynomial.terms():
        dense[exponents[index]] = coefficient
    return fmpz_poly(dense)
