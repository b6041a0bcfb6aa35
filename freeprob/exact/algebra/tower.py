"""Eliminating unknowns from polynomial equations, one resultant after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.costs import predicted_terms
from freeprob.exact.algebra.door import Polynomial
from freeprob.exact.algebra.polynomials import (
    divides,
    irreducible_factors,
    resultant,
    trimmed,
)

_DEPENDENT = "the relations of this system do not determine a curve"


class Equation(NamedTuple):
    """A polynomial, its degrees as plain integers, and its irreducible factors if known."""

    polynomial: Polynomial
    degrees: tuple[int, ...]
    factors: tuple[Polynomial, ...] = ()


def _read(polynomial: Polynomial, factors: Sequence[Polynomial] = ()) -> Equation:
    degrees = tuple(int(power) for power in polynomial.degrees())
    return Equation(polynomial, degrees, tuple(factors))


def eliminated(
    polynomials: Sequence[Polynomial],
    unknowns: Sequence[int],
    moving: Sequence[int],
    budget: int,
    linear_only: bool = False,
) -> list[Equation]:
    """What is left after eliminating unknowns, cheapest first.

    Parameters
    ----------
    polynomials
        Equations that hold on a curve.
    unknowns
        Positions of the variables to eliminate.
    moving
        Positions of all variables that are not constant on the curve.
    budget
        As in :func:`freeprob.exact.algebra.polynomials.resultant`.
    linear_only
        Stop where the next unknown occurs linearly in no equation.
    """
    if any(polynomial.is_zero() for polynomial in polynomials):
        raise NotAlgebraicError(_DEPENDENT)
    equations = [_read(polynomial) for polynomial in polynomials]
    left = list(unknowns)
    while left:
        steps = [
            _step(equations, unknown, pivot)
            for unknown in left
            for pivot, equation in enumerate(equations)
            if equation.degrees[unknown] == 1 or (equation.degrees[unknown] > 1 and not linear_only)
        ]
        if not steps:
            break
        _, unknown, pivot = min(steps)
        used = equations.pop(pivot)
        equations = [
            _resolved(used, equation, unknown, moving, budget)
            if equation.degrees[unknown] > 0
            else equation
            for equation in equations
        ]
        left.remove(unknown)
    return equations


def _factors(polynomial: Polynomial, moving: Sequence[int]) -> list[Polynomial]:
    """Irreducible factors in two or more functions on the curve.

    No function on the curve but a constant satisfies an equation by itself over the parameters:
    where no other factor is left, a constant it is.
    """
    if polynomial.is_zero():
        raise NotAlgebraicError(_DEPENDENT)
    found: dict[bool, list[Polynomial]] = {True: [], False: []}
    for factor in irreducible_factors(polynomial):
        degrees = factor.degrees()
        several = sum(degrees[index] > 0 for index in moving)
        if several:
            found[several > 1].append(factor)
    return found[True] or found[False]


def _resolved(
    used: Equation, other: Equation, unknown: int, moving: Sequence[int], budget: int
) -> Equation:
    """The resultant, cleaned of factors on which the eliminated unknown would be infinite."""
    common = used.polynomial.gcd(other.polynomial)
    # on a factor that both share the two would be one equation
    rest = other.polynomial if common.is_constant() else other.polynomial // common
    factors = _factors(resultant(used.polynomial, rest, unknown, budget), moving)
    if len(factors) > 1:
        pair = (used.polynomial, rest)
        factors = [f for f in factors if not _only_at_infinity(f, *pair, unknown, budget)]
    total = rest.context().constant(1)
    for factor in factors:
        total *= factor
    return _read(total, factors)


def _only_at_infinity(
    factor: Polynomial, one: Polynomial, other: Polynomial, unknown: int, budget: int
) -> bool:
    """Whether the two equations share no finite value of the unknown where the factor vanishes."""
    low, low_too = (trimmed(part, factor, unknown) for part in (one, other))
    if low == one or low_too == other or low.is_zero() or low_too.is_zero():
        return False
    return not divides(factor, resultant(low, low_too, unknown, budget))


def _step(
    equations: Sequence[Equation], unknown: int, pivot: int
) -> tuple[tuple[int, int], int, int]:
    """Equations touched and predicted terms when one equation eliminates an unknown."""
    own = equations[pivot].degrees
    touched, terms = 0, 0
    for place, equation in enumerate(equations):
        power = equation.degrees[unknown]
        if place != pivot and power:
            touched += 1
            terms += predicted_terms(own, equation.degrees, unknown)
    return (touched, terms * own[unknown]), unknown, pivot
