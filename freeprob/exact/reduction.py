"""Fewer unknowns for a coupled system, wherever an equation is linear in one of them.

Each step solves an equation that is linear in an unknown, u = -b/a, and puts u into the others.
Nothing is lost: where a and b do not vanish together, the curve is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sympy as sp

from freeprob.exact.door import Fraction, Polynomial, Ring, ring
from freeprob.exact.polynomials import coefficients_in, degree, primitive_in
from freeprob.exact.system import Curve, Relation

_MOST_TERMS = 400


class _Solution(NamedTuple):
    """One unknown by the others, and the equations that are left."""

    position: int
    value: Fraction
    equations: tuple[Polynomial, ...]

    @property
    def size(self) -> int:
        """Terms that it writes."""
        return sum(len(equation) for equation in self.equations) + sum(
            len(part) for part in (self.value.numerator, self.value.denominator)
        )


def reduced(curve: Curve) -> Curve:
    """The curve with every unknown solved for that some relation gives rationally by the others.

    Parameters
    ----------
    curve
        Algebraic, its relations polynomial or rational.

    Returns
    -------
    Curve
        With ``kept`` naming the unknowns that are left; the solved ones are replaced in z and G.
    """
    sides = [side for relation in curve.relations for side in relation]
    own = ring([curve.z, curve.G, *sides], first=curve.unknowns)
    equations = tuple(
        primitive_in((own.fraction(a) - own.fraction(b)).numerator, range(len(curve.unknowns)))
        for a, b in curve.relations
    )
    left = list(range(len(curve.unknowns)))
    z, G = own.fraction(curve.z), own.fraction(curve.G)
    while equations:
        best = _best(equations, left, own)
        if best is None:
            break
        left.remove(best.position)
        equations = best.equations
        z = _substituted(z, best, own)
        G = _substituted(G, best, own)
    return Curve(
        tuple(curve.unknowns[i] for i in left),
        tuple(Relation(own.expression(equation), sp.S.Zero) for equation in equations),
        own.factored(z),
        own.factored(G),
        tuple(curve.kept[i] for i in left),
    )


def _best(equations: Sequence[Polynomial], left: Sequence[int], own: Ring) -> _Solution | None:
    """The solution that leaves the shortest equations."""
    found = []
    for place, equation in enumerate(equations):
        for position in left:
            if degree(equation, position) != 1:
                continue
            constant, slope = coefficients_in(equation, position)
            value = Fraction.of(-constant, slope)
            rest = [other for k, other in enumerate(equations) if k != place]
            after = tuple(_put(other, position, value, left) for other in rest)
            # an equation that says nothing more, or too much, marks a part of the curve only
            if not any(other.is_constant() for other in after):
                found.append(_Solution(position, value, after))
    best = min(found, key=lambda solution: (solution.size, solution.position), default=None)
    return best if best is not None and best.size <= _MOST_TERMS else None


def _put(
    polynomial: Polynomial, position: int, value: Fraction, left: Sequence[int]
) -> Polynomial:
    """A polynomial with a fraction in place of one variable, without what depends on nothing."""
    top = degree(polynomial, position)
    if not top:
        return polynomial
    total = polynomial.context().constant(0)
    for power, coefficient in enumerate(coefficients_in(polynomial, position)):
        share = value.numerator**power * value.denominator ** (top - power)
        total += coefficient * share
    if total.is_zero():
        return total
    total = primitive_in(total, [i for i in left if i != position])
    # where the denominator vanishes the unknown is infinite, which no point of the branch is
    while not (common := total.gcd(value.denominator)).is_constant():
        total = total // common
    return total


def _substituted(fraction: Fraction, solution: _Solution, own: Ring) -> Fraction:
    """A fraction with one variable replaced."""
    position, value = solution.position, solution.value
    top = max(degree(fraction.numerator, position), degree(fraction.denominator, position))
    parts = []
    for polynomial in (fraction.numerator, fraction.denominator):
        total = own.constant(0)
        for power, coefficient in enumerate(coefficients_in(polynomial, position)):
            total += coefficient * value.numerator**power * value.denominator ** (top - power)
        parts.append(total)
    return Fraction.of(*parts)
