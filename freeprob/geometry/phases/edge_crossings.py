"""Where an edge reaches a place: the value of a parameter as a formula, with the edge's constant.

On a curve with one unknown u the conditions z = x and dz/du = 0 give the parameter c from an
equation of degree 1 or 2, and u as a rational function of c. Then ρ ~ C|y - e|^(1/2) with
C = |dG/du| (2/|d²z/du²|)^(1/2)/π, and the velocity de/dc is dz/dc at fixed u.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import final

import sympy as sp
from flint import arb, ctx

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.door import Fraction, Polynomial, Ring, to_fmpq
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import (
    coefficients_in,
    common_root,
    degree,
    factors_in,
    subresultants,
)
from freeprob.exact.algebra.values_at_roots import substituted
from freeprob.exact.systems.critical_equations import CriticalSystem, critical_points
from freeprob.exact.systems.system import System, flatten
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.phases.edge_conditions import edge_factors, eliminated, tends, zeros
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.samples import Instance, Values

_BITS = 128


@final
@dataclass(frozen=True)
class Crossing:
    """A soft edge at a place, formulas in the parameters left.

    Parameters
    ----------
    value
        The value of the parameter at which the edge is there.
    constant
        C of the density ρ ~ C|y - x|^(1/2).
    velocity
        The derivative of the edge by the parameter.
    """

    value: sp.Expr
    constant: sp.Expr
    velocity: sp.Expr


def edge_crossing(system: System, instance: Instance, x: sp.Expr, parameter: sp.Symbol) -> Crossing:
    """The one value of a parameter at which an edge is at x, for whatever values of the others.

    Raises
    ------
    NoClosedFormError
        If no formula of degree 1 or 2 gives it, or not the same one everywhere.
    """
    # the same samples as below, whose supports are known then
    ring, factors = edge_factors(system, instance, x, wanted=parameter)
    parameters = sorted(system.parameters, key=sp.default_sort_key)
    place = ring.index(parameter)
    found: dict[sp.Expr, tuple[Polynomial, list[Values]]] = {}
    for factor in factors:
        formulas = roots_in(ring, factor, place) if degree(factor, place) > 0 else []
        if not formulas and degree(factor, place) > 0:
            raise _undecided(x, parameter)
        for _, others, root in zeros(factor, factors, ring, parameters, instance, parameter):
            for formula in formulas:
                if _gives(formula, others, root) and tends(instance, x, parameter, others, root):
                    found.setdefault(formula, (factor, []))[1].append(others)
    if len(found) != 1:
        raise _undecided(x, parameter)
    ((value, (factor, witnesses)),) = found.items()
    condition = ring.expression(factor)
    return _Point.at(system, x, parameter, condition, value, witnesses).crossing()


def roots_in(ring: Ring, polynomial: Polynomial, place: int) -> list[sp.Expr]:
    """The roots in one variable of an equation of degree 1 or 2; none of others.

    √(s²d) is written s√d, whatever the sign of s: both signs are listed.
    """
    coefficients = coefficients_in(polynomial, place)
    if len(coefficients) == 2:
        return [ring.factored(Fraction.of(-coefficients[0], coefficients[1]))]
    if len(coefficients) != 3:
        return []
    c, b, a = coefficients
    content, powers = factorization(b * b - 4 * a * c)
    inside, outside = sp.Integer(int(content)), sp.S.One
    for factor, power in powers:
        outside *= ring.expression(factor) ** (power // 2)
        inside *= ring.expression(factor) ** (power % 2)
    bottom = ring.factored(Fraction.of(2 * a, ring.constant(1)))
    return [(sign * outside * sp.sqrt(inside) - ring.expression(b)) / bottom for sign in (-1, 1)]


def _undecided(x: sp.Expr, parameter: sp.Symbol) -> NoClosedFormError:
    return NoClosedFormError(
        f"no single formula says at which {parameter} there is an edge at {x}; law.edge_condition "
        "gives the equation"
    )


def _gives(formula: sp.Expr, values: Values, root: RealAlgebraic) -> bool:
    """Whether a formula takes a number at values of its parameters."""
    number = formula.xreplace(values)
    return bool(number.is_real) and root.ball(_BITS).overlaps(constant_ball(number)(_BITS))


@final
@dataclass(frozen=True)
class _Point:
    """The critical point over x, its unknown a fraction in the parameters on the condition.

    ``witnesses`` are values of the other parameters where it is known to be an edge.
    """

    equations: CriticalSystem
    x: Fraction
    unknown: Fraction
    condition: Polynomial
    parameter: sp.Symbol
    value: sp.Expr
    witnesses: list[Values]

    @staticmethod
    def at(
        system: System,
        x: sp.Expr,
        parameter: sp.Symbol,
        condition: sp.Expr,
        value: sp.Expr,
        witnesses: list[Values],
    ) -> _Point:
        """Solve z = x and dz = 0 for the unknown."""
        curve = flatten(system)
        if not curve.is_uniformised:
            curve = eliminated(system)
        if not curve.is_uniformised:
            raise NoClosedFormError(
                f"the edge at {x} lies on a curve that is not known to be rational: its constant "
                "has no formula"
            )
        equations = critical_points(curve)
        (u,) = equations.unknowns
        modulus = equations.ring.polynomial(condition)
        here = equations.ring.fraction(x)
        level = (equations.z - here).numerator
        root = common_root(subresultants(level, equations.jacobian(()), u), modulus, u)
        if root is None:
            raise NoClosedFormError(
                f"more than one critical point lies over {x}: its unknown has no formula"
            )
        return _Point(equations, here, Fraction.of(*root), modulus, parameter, value, witnesses)

    def crossing(self) -> Crossing:
        """The local behaviour in the parameters left."""
        ring, z, (u,) = self.equations.ring, self.equations.z, self.equations.unknowns
        place = ring.index(self.parameter)
        above, below = z.numerator, z.denominator
        slope = _derivative(ring.fraction(self.equations.curve.G), u)
        bend = self._beside(above.derivative(u).derivative(u), below.derivative(u).derivative(u))
        shape = self._formula(slope * slope / bend * Fraction(ring.constant(2), ring.constant(1)))
        velocity = self._formula(self._beside(above.derivative(place), below.derivative(place)))
        # of one sign for all parameters: d²z/du² vanishes only where two edges meet
        signs = {constant_ball(shape.xreplace(v))(_BITS) > 0 for v in self.witnesses}
        if len(signs) != 1:
            raise NoClosedFormError(
                f"the edge at {self.parameter} = {self.value} is a lower and an upper one: no "
                "single formula gives its constant"
            )
        (positive,) = signs
        return Crossing(self.value, sp.sqrt(shape if positive else -shape) / sp.pi, velocity)

    def _beside(self, above: Polynomial, below: Polynomial) -> Fraction:
        """A derivative of z = N/D at the point from those of N and D: (N' - xD')/D.

        From Dz = N, for the first one in a parameter and, as dz/du = 0, the second one in u.
        """
        one = self.equations.ring.constant(1)
        bottom = Fraction(one, self.equations.z.denominator)
        return (Fraction(above, one) - self.x * Fraction(below, one)) * bottom

    def _formula(self, fraction: Fraction) -> sp.Expr:
        """A function on the curve, at the point, in the parameters left.

        It satisfies an equation of the degree of the condition; numbers tell which root it is.
        """
        ring, x = self.equations.ring, self.equations.ring.index(self.equations.x)
        place, unknowns = ring.index(self.parameter), self.equations.unknowns
        above, below = (
            substituted(part, unknowns, (self.unknown,))
            for part in (fraction.numerator, fraction.denominator)
        )
        quotient = above / below
        level = quotient.numerator - ring.generator(self.equations.x) * quotient.denominator
        norm = self.condition.resultant(level, place)
        candidates = [
            formula for factor, _ in factors_in(norm, [x]) for formula in roots_in(ring, factor, x)
        ]
        for values in self.witnesses:
            number = self._number(fraction, values)
            candidates = [c for c in candidates if _is_number(c.xreplace(values), number)]
        if len(candidates) != 1:
            raise NoClosedFormError(f"the edge at {self.parameter} = {self.value} has no formula")
        return candidates[0]

    def _number(self, function: Fraction, values: Values) -> arb:
        """A function on the curve at the point, at values of the other parameters."""
        ring, (u,) = self.equations.ring, self.equations.unknowns
        with ctx.workprec(2 * _BITS):
            point = [arb(to_fmpq(values[g])) if g in values else arb(0) for g in ring.generators]
            value = self.value.xreplace(values)
            point[ring.index(self.parameter)] = constant_ball(value)(2 * _BITS)
            point[u] = _quotient(self.unknown, point)
            return _quotient(function, point)


def _derivative(fraction: Fraction, place: int) -> Fraction:
    """The derivative of a fraction in one variable."""
    above, below = fraction.numerator, fraction.denominator
    return Fraction.of(
        above.derivative(place) * below - above * below.derivative(place), below * below
    )


def _quotient(fraction: Fraction, point: Sequence[arb]) -> arb:
    """A fraction at a point of balls."""
    above, below = (
        sum(
            (arb(c) * prod(map(pow, point, map(int, powers))) for powers, c in part.terms()), arb(0)
        )
        for part in (fraction.numerator, fraction.denominator)
    )
    return above / below


def _is_number(value: sp.Expr, ball: arb) -> bool:
    """Whether an exact number may be the one in a ball."""
    return bool(value.is_real) and constant_ball(value)(_BITS).overlaps(ball)
