"""What exact steps will cost, known before they start.

FLINT's calls cannot be interrupted (they hold the interpreter's lock), so their cost is predicted
from degrees, densities and coefficient sizes, and refused where it is past a budget. The unit is
one predicted machine-word operation, about 10⁻⁷ s; the constants are measured, not proved.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import prod
from typing import NamedTuple, final

from flint import fmpz, fmpz_poly

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.door import Polynomial

DEFAULT_BUDGET = 5 * 10**8


@final
@dataclass
class Meter:
    """A budget of predicted word operations that the steps of one task use up together."""

    budget: float
    spent: float = 0

    def take(self, cost: float, step: str) -> None:
        """Take the predicted cost of a step, or refuse it.

        Raises
        ------
        BudgetExceededError
            If the budget does not hold that much any more.
        """
        total = self.spent + cost
        if total > self.budget:
            raise BudgetExceededError(
                f"{step} is predicted to take {cost:.1e} operations, {total:.1e} with the "
                f"steps before it, and the budget is {self.budget:.1e}; raise the budget, give "
                "values to parameters, or use the numeric reading, which never eliminates"
            )
        self.spent = total


class Shape(NamedTuple):
    """What the cost of a resultant depends on."""

    degrees: tuple[int, ...]
    terms: int
    bits: int

    @property
    def density(self) -> float:
        """Number of terms divided by the number of monomials of no larger degrees."""
        return self.terms / prod(power + 1 for power in self.degrees)


def shape(polynomial: Polynomial) -> Shape:
    """Degrees, number of terms, and bit length of the largest coefficient."""
    coefficients = polynomial.coeffs()
    bits = max((abs(coefficient) for coefficient in coefficients), default=fmpz(0)).bit_length()
    degrees = tuple(max(0, int(power)) for power in polynomial.degrees())
    return Shape(degrees, len(coefficients), int(bits))


def predicted_terms(one: tuple[int, ...], other: tuple[int, ...], index: int) -> int:
    """An upper bound for the number of terms of a resultant, from the degrees alone."""
    m, n = one[index], other[index]
    sizes = [n * mine + m * theirs + 1 for mine, theirs in zip(one, other, strict=True)]
    return prod(sizes) // sizes[index]


def sequence_cost(one: Shape, other: Shape, index: int) -> int:
    """Of a remainder sequence in one variable.

    Its min(m, n) steps multiply and divide polynomials of nearly the size of the result; that size
    is the box of its degrees, thinned out as the inputs are. A linear polynomial needs one
    substitution only.
    """
    least = min(one.degrees[index], other.degrees[index])
    terms = predicted_terms(one.degrees, other.degrees, index) * one.density * other.density
    return int(terms**2 * (least if least > 1 else 0.05) * _words(one, other, index))


def dense_cost(one: Shape, other: Shape, index: int) -> int:
    """Of a resultant by evaluation and interpolation; only for two other variables."""
    if len(others(one, other, index)) != 2:
        return sys.maxsize
    size = one.degrees[index] + other.degrees[index]
    each = 10_000 + 2 * size**2 * _words(one, other, index)
    return int(predicted_terms(one.degrees, other.degrees, index) * each)


def others(one: Shape, other: Shape, index: int) -> list[int]:
    """Positions of the other variables that occur."""
    pairs = enumerate(zip(one.degrees, other.degrees, strict=True))
    return [i for i, (mine, theirs) in pairs if i != index and (mine or theirs)]


def _words(one: Shape, other: Shape, index: int) -> float:
    """Predicted machine words of a coefficient of the resultant."""
    return 1 + (other.degrees[index] * one.bits + one.degrees[index] * other.bits) / 64


def factoring_cost(polynomial: Polynomial) -> int:
    """Of factors over ℚ in one variable: many primes, then lattices of large coefficients."""
    found = shape(polynomial)
    size, words = max(found.degrees, default=0), 1 + found.bits / 64
    return int(15 * size**2 + 15 * size * words**2)


def values_cost(terms: int, degree: int, bits: int) -> int:
    """Of a polynomial with this many terms at fractions, from the size of the result."""
    return 6 * terms * degree * (1 + bits // 64)


def norm_cost(equation: fmpz_poly, numerator: fmpz_poly, denominator: fmpz_poly) -> int:
    """Of the equation of a quotient at the roots of another one.

    It is interpolated from as many resultants as the equation has roots; each takes one remainder
    sequence modulo every prime that its size needs.
    """
    count, size = equation.degree(), max(numerator.degree(), denominator.degree())
    height = max(part.height_bits() for part in (numerator, denominator))
    words = 1 + (count * height + size * equation.height_bits()) // 64
    # before each remainder sequence the coefficients are reduced, which is most where they are long
    return count * size * words * (count + height // 128) // 5


def inverse_cost(equation: fmpz_poly, element: fmpz_poly) -> int:
    """Of a reciprocal modulo an equation, by remainder sequences modulo primes."""
    count, height = equation.degree(), element.height_bits()
    words = 1 + count * (height + equation.height_bits()) // 64
    return 3 * count * words * (count + height // 64) // 2


def resultant_cost(one: Polynomial, other: Polynomial, index: int) -> int:
    """Of a resultant in one variable, by the cheaper of two ways."""
    shapes = shape(one), shape(other)
    return min(sequence_cost(*shapes, index), dense_cost(*shapes, index))


def subresultants_cost(one: Polynomial, other: Polynomial, index: int) -> int:
    """Of the whole remainder sequence, kept: three times its end alone."""
    return 3 * sequence_cost(shape(one), shape(other), index)
