"""Critical points of z on a structured system: where edges, cusps, poles and branch points can be.

On the curve of a law the Cauchy transform can fail to be analytic at a real x only where z is
stationary on the curve, where G has a pole, or where an unknown goes to infinity. These are
finitely many points of the *structured* curve, given by equations much smaller than the
discriminant of the eliminated polynomial, which would add every crossing of two sheets. Which of
them lie on the physical branch is not decided here.

Sources: Silverstein-Choi 1995 (dz = 0 for sample covariance matrices); Olver-Nadakuditi 2012.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from itertools import product
from typing import final

import sympy as sp
from flint import fmpz_poly

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.costs import (
    Meter,
    factoring_cost,
    norm_cost,
    subresultants_cost,
    values_cost,
)
from freeprob.exact.algebra.door import Fraction, Polynomial, Ring, ring
from freeprob.exact.algebra.polynomials import (
    common_root,
    degree,
    depends_on,
    divides,
    factors_in,
    leading_coefficient_in,
    metered_resultant,
    normal_sign,
    primitive_in,
    subresultants,
    trimmed,
    univariate,
)
from freeprob.exact.algebra.values_at_roots import homogenised, quotient_equation, substituted
from freeprob.exact.systems.system import Curve

_SHEARS = (0, 1, -1, 2, -2, 3, -3, 5, -5)
POINTS_BUDGET = 4 * 10**7  # a few seconds: past it the branch itself shows where edges can be


class Kind(Enum):
    """Why a point of the curve matters."""

    STATIONARY = "dz = 0"
    POLE = "G = infinity"
    INFINITY = "an unknown is infinite"


@final
@dataclass(frozen=True)
class CriticalPoints:
    """Finitely many points of a curve, conjugate to each other over the field of parameters.

    All polynomials live in the ring of the :class:`CriticalSystem` they belong to.

    Parameters
    ----------
    kind
        Stationary point of z, pole of G, or a point at infinity.
    equation
        Irreducible equation of the coordinate w of the points, written in generator
        ``CriticalSystem.coordinate`` of the ring;
        ``None`` at infinity.
    multiplicity
        Multiplicity of this factor in the eliminated condition (1 is a simple stationary point).
    unknowns
        Every unknown as a fraction in w (at the same place): one root w, one point.
        With one unknown u, w = u. Empty at infinity.
    image
        Irreducible equation in x of the values x = z at these points; ``None`` when with symbolic
        parameters it is past the budget.
    zeros
        Polynomials in the unknowns that vanish at the points, because they were solved there.
    """

    kind: Kind
    equation: Polynomial | None
    multiplicity: int
    unknowns: tuple[Fraction, ...]
    image: Polynomial | None
    zeros: tuple[Polynomial, ...] = ()


@final
@dataclass(frozen=True)
class CriticalSystem:
    """The equations of the critical points, before elimination.

    Parameters
    ----------
    curve
        The curve they belong to.
    ring
        Generators: x (a ``Dummy`` for the value of z), the unknowns of the curve in its order,
        the parameters, irrational constants.
    relations
        For each relation of the curve, its irreducible polynomial factors that contain unknowns.
        The law's branch lies on one factor of each.
    z, G
        The two functions, in lowest terms.
    """

    curve: Curve
    ring: Ring
    relations: tuple[tuple[Polynomial, ...], ...]
    z: Fraction
    G: Fraction

    @property
    def x(self) -> sp.Dummy:
        """The generator that stands for the value of z."""
        return self.ring.generators[0]

    @property
    def unknowns(self) -> range:
        """Positions of the unknowns among the ring's generators."""
        return range(1, 1 + len(self.curve.unknowns))

    @property
    def coordinate(self) -> int:
        """Position of the generator in which eliminated equations are written.

        It is the unknown of highest degree in z, so that images stay small.
        """
        degrees = self.level().degrees()
        return max(self.unknowns, key=lambda i: (degrees[i], -i))

    def components(self) -> Iterator[tuple[Polynomial, ...]]:
        """Choices of one irreducible factor of each relation."""
        return product(*self.relations)

    def jacobian(self, component: tuple[Polynomial, ...]) -> Polynomial:
        """Determinant of d(relations, z) by the unknowns, z's denominators cleared."""
        numerator, denominator = self.z.numerator, self.z.denominator
        rows = [[relation.derivative(i) for i in self.unknowns] for relation in component]
        rows.append(
            [
                denominator * numerator.derivative(i) - numerator * denominator.derivative(i)
                for i in self.unknowns
            ]
        )
        return determinant(rows)

    def level(self) -> Polynomial:
        """The polynomial whose zeros on the curve are the points with z = x."""
        x = self.ring.generator(self.x)
        return self.z.numerator - x * self.z.denominator

    def points(
        self, budget: int = POINTS_BUDGET, kinds: Collection[Kind] = tuple(Kind)
    ) -> tuple[CriticalPoints, ...]:
        """Critical points of these kinds, eliminated to one coordinate, and their images in x.

        Raises
        ------
        BudgetExceededError
            If elimination would be too large; the equations themselves remain.
        """
        if len(self.relations) > 1:
            raise BudgetExceededError(
                f"critical points of a curve with {len(self.unknowns)} unknowns are not "
                "eliminated; solve their equations numerically"
            )
        meter, found = Meter(budget), []
        for place, component in enumerate(self.components()):
            for kind in (kind for kind in Kind if kind in kinds):
                key = place, kind, budget
                if key not in self._solved:
                    self._solved[key] = tuple(self._of_kind(component, kind, meter))
                found += self._solved[key]
        return tuple(found)

    def _of_kind(
        self, component: tuple[Polynomial, ...], kind: Kind, meter: Meter
    ) -> Iterator[CriticalPoints]:
        """Critical points of one component and kind."""
        if kind is Kind.INFINITY:
            return self._at_infinity(component, meter)
        stationary = kind is Kind.STATIONARY
        condition = self.jacobian(component) if stationary else self.G.denominator
        return self._zeros(component, condition, kind, meter)

    @cached_property
    def _solved(self) -> dict[tuple[int, Kind, int], tuple[CriticalPoints, ...]]:
        """Critical points by component, kind, and the budget they were found with."""
        return {}

    def candidates(self, budget: int = POINTS_BUDGET) -> tuple[Polynomial, ...]:
        """Distinct irreducible equations in x: the branch is analytic away from their roots."""
        seen: list[Polynomial] = []
        for points in self.points(budget):
            if points.image is None:
                raise BudgetExceededError(
                    "the values of z at the critical points are past the elimination budget; "
                    "their equations in the unknowns remain"
                )
            if points.image not in seen:
                seen.append(points.image)
        return tuple(seen)

    def _zeros(
        self, component: tuple[Polynomial, ...], condition: Polynomial, kind: Kind, meter: Meter
    ) -> Iterator[CriticalPoints]:
        """Points of one component where a polynomial vanishes."""
        for factor, power in _factors(condition, self.unknowns, meter):
            for equation, times, unknowns in self._solve(component, factor, meter):
                image = self._image(equation, unknowns, meter)
                if image is None or not image.is_one():
                    zeros = (*component, factor)
                    yield CriticalPoints(kind, equation, power * times, unknowns, image, zeros)

    def _solve(
        self, component: tuple[Polynomial, ...], condition: Polynomial, meter: Meter
    ) -> list[tuple[Polynomial, int, tuple[Fraction, ...]]]:
        """Irreducible equations of a coordinate w and the unknowns as fractions in w."""
        if not component:
            first = self.coordinate
            own = Fraction(self.ring.context.gens()[first], self.ring.constant(1))
            return [(f, power, (own,)) for f, power in _factors(condition, [first], meter)]
        (relation,) = component
        for shear in _SHEARS:
            solution = self._solve_plane(relation, condition, shear, meter)
            if solution is not None:
                return solution
        raise BudgetExceededError(
            "no linear coordinate separates the critical points; solve their equations numerically"
        )

    def _solve_plane(
        self, relation: Polynomial, condition: Polynomial, shear: int, meter: Meter
    ) -> list[tuple[Polynomial, int, tuple[Fraction, ...]]] | None:
        """Solve two equations in (u, v) by w = u + shear v; ``None`` if w separates no points."""
        first = self.coordinate
        (second,) = set(self.unknowns) - {first}
        variables = list(self.ring.context.gens())
        v = variables[second]
        variables[first] = variables[first] - shear * v
        one, other = relation.compose(*variables), condition.compose(*variables)
        eliminated = metered_resultant(one, other, second, meter)
        if eliminated.is_zero():
            return []
        solutions = []
        w = Fraction(self.ring.context.gens()[first], self.ring.constant(1))
        for equation, power in _factors(eliminated, [first], meter):
            # where both leading coefficients vanish the second unknown is infinite
            low, low_too = (trimmed(part, equation, second) for part in (one, other))
            if not _meet(equation, low, low_too, second, meter):
                continue
            meter.take(subresultants_cost(low, low_too, second), "a remainder sequence")
            root = common_root(subresultants(low, low_too, second), equation, second)
            if root is None:
                return None
            v_value = Fraction.of(*root)
            u_value = w - Fraction(self.ring.constant(shear), self.ring.constant(1)) * v_value
            values = (u_value, v_value) if first < second else (v_value, u_value)
            solutions.append((equation, power, values))
        return solutions

    def _image(
        self, equation: Polynomial, unknowns: tuple[Fraction, ...], meter: Meter
    ) -> Polynomial | None:
        """Equation in x of z at the points: 1 where z is infinite, ``None`` past the budget."""
        dense = self._dense_value(equation, unknowns, meter)
        if dense is not None:
            meter.take(norm_cost(*dense), "the values of z at critical points")
            return self._in_x(quotient_equation(*dense))
        numerator, denominator = (
            substituted(part, self.unknowns, unknowns)
            for part in (self.z.numerator, self.z.denominator)
        )
        if divides(equation, denominator.numerator):
            return self.ring.constant(1)
        x = Fraction(self.ring.generator(self.x), self.ring.constant(1))
        level = (numerator - x * denominator).numerator
        try:
            eliminated = metered_resultant(equation, level, self.coordinate, meter)
        except BudgetExceededError:
            return None
        found = factors_in(eliminated, [self.ring.index(self.x)])
        return found[0][0] if found else self.ring.constant(1)

    def _dense_value(
        self, equation: Polynomial, unknowns: tuple[Fraction, ...], meter: Meter
    ) -> tuple[fmpz_poly, fmpz_poly, fmpz_poly] | None:
        """Without parameters: the equation, and z at its roots as a quotient."""
        first = self.coordinate
        modulus = univariate(equation, first)
        values: list[tuple[fmpz_poly, fmpz_poly]] = []
        for u in unknowns:
            above, below = univariate(u.numerator, first), univariate(u.denominator, first)
            if above is None or below is None:
                return None
            values.append((above, below))
        parts = (self.z.numerator, self.z.denominator)
        others = range(self.unknowns.stop, len(self.ring.generators))
        if modulus is None or any(depends_on(part, others) for part in parts):
            return None
        powers = [max(0, *(int(part.degrees()[i]) for part in parts)) for i in self.unknowns]
        pairs = list(zip(powers, values, strict=True))
        degree, bits = (
            sum(power * max(measure(part) for part in value) for power, value in pairs)
            for measure in (fmpz_poly.degree, fmpz_poly.height_bits)
        )
        meter.take(
            values_cost(sum(map(len, parts)), degree, bits), "the values of z at critical points"
        )
        top, bottom = (homogenised(part, self.unknowns, values, powers) for part in parts)
        common = top.gcd(bottom)
        return modulus, top // common, bottom // common

    def _in_x(self, dense: fmpz_poly) -> Polynomial:
        """A polynomial in one variable as one in x, primitive."""
        content, rest = dense.content(), (0,) * (len(self.ring.generators) - 1)
        terms = {(power, *rest): c // content for power, c in enumerate(dense.coeffs())}
        return normal_sign(self.ring.context.from_dict(terms))

    def _at_infinity(
        self, component: tuple[Polynomial, ...], meter: Meter
    ) -> Iterator[CriticalPoints]:
        """Values of z at points where an unknown is infinite."""
        position = self.ring.index(self.x)
        for unknown in self.unknowns:
            level = self.level()
            others = (index for index in self.unknowns if index != unknown)
            for other, relation in zip(others, component, strict=True):
                level = metered_resultant(relation, level, other, meter)
            level = primitive_in(level, [unknown])
            for image, power in factors_in(leading_coefficient_in(level, unknown), [position]):
                yield CriticalPoints(Kind.INFINITY, None, power, (), image)


@lru_cache(maxsize=256)
def critical_points(curve: Curve) -> CriticalSystem:
    """The structured critical equations of a law's curve.

    Raises
    ------
    NotAlgebraicError
        If z, G or a relation is not rational in the unknowns.
    """
    symbols = ring(curve.expressions, first=(sp.Dummy("x"), *curve.unknowns))
    unknowns = range(1, 1 + len(curve.unknowns))
    relations = []
    for left, right in curve.relations:
        cleared = (symbols.fraction(left) - symbols.fraction(right)).numerator
        relations.append(tuple(factor for factor, _ in factors_in(cleared, unknowns)))
    return CriticalSystem(
        curve, symbols, tuple(relations), symbols.fraction(curve.z), symbols.fraction(curve.G)
    )


def _factors(
    polynomial: Polynomial, indices: Collection[int], meter: Meter
) -> list[tuple[Polynomial, int]]:
    """Irreducible factors with powers, large polynomials in one variable refused beforehand."""
    if sum(power > 0 for power in polynomial.degrees()) == 1:
        meter.take(factoring_cost(polynomial), "factoring the equation of critical points")
    return factors_in(polynomial, indices)


def determinant(rows: list[list[Polynomial]]) -> Polynomial:
    """Determinant by expansion along the first row; the matrices are small and sparse."""
    if len(rows) == 1:
        return rows[0][0]
    total = rows[0][0] * 0
    for column, entry in enumerate(rows[0]):
        if not entry.is_zero():
            minor = [row[:column] + row[column + 1 :] for row in rows[1:]]
            total += (-1) ** column * entry * determinant(minor)
    return total


def _meet(
    equation: Polynomial, one: Polynomial, other: Polynomial, index: int, meter: Meter
) -> bool:
    """Whether two polynomials share a zero in one variable above the roots of the equation."""
    if one.is_zero() or other.is_zero():
        return degree(one, index) + degree(other, index) > 0
    return divides(equation, metered_resultant(one, other, index, meter))
