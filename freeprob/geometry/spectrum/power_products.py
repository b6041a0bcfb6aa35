"""Curves where z is a product of powers whose exponents are no integers, but symbols or numbers.

Such are free multiplicative powers μ^{⊠L} and products of them: z(u) = ∏ fᵢ(u)^{eᵢ} with rational
fᵢ, and zG rational in u. No polynomial relates G and z, but d log z/du = Σ eᵢ fᵢ'/fᵢ is rational in
u and the exponents: critical points of z are roots of polynomials, and so are the places where z
vanishes or zG is infinite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import final

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import Fraction, Polynomial, Ring, functions, ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import (
    coefficients_in,
    degree,
    leading_coefficient_in,
    metered_resultant,
)
from freeprob.exact.systems.facts import Weighted, tidy
from freeprob.exact.systems.system import Curve, System, flatten

_Power = tuple[sp.Expr, sp.Expr]


def leading(symbols: Ring, fraction: Fraction) -> tuple[int, sp.Expr]:
    """Order at 0 in the first generator and the coefficient there."""
    if fraction.is_zero():
        return 0, sp.S.Zero

    def lowest(polynomial: Polynomial) -> tuple[int, Polynomial]:
        coefficients = coefficients_in(polynomial, 0)
        order = next(i for i, c in enumerate(coefficients) if not c.is_zero())
        return order, coefficients[order]

    (m, above), (n, below) = lowest(fraction.numerator), lowest(fraction.denominator)
    return m - n, symbols.quotient(Fraction.of(above, below))


@final
@dataclass(frozen=True)
class PowerProduct:
    """z = ∏ fᵢ^{eᵢ} and zG in one unknown."""

    unknown: sp.Dummy
    powers: tuple[_Power, ...]
    mass: sp.Expr

    @cached_property
    def ring(self) -> Ring:
        """Of the unknown, first, and the parameters, exponents among them."""
        parts = [part for power in self.powers for part in power]
        return ring([*parts, self.mass], first=[self.unknown])

    @property
    def exponents(self) -> frozenset[sp.Symbol]:
        """Symbols in exponents."""
        return frozenset().union(*(exponent.free_symbols for _, exponent in self.powers))

    @cached_property
    def slope(self) -> Fraction:
        """D log z/du."""
        return self._slope(self.powers, self.unknown, self.ring)

    @staticmethod
    def _slope(powers: tuple[_Power, ...], u: sp.Symbol, symbols: Ring) -> Fraction:
        terms = (exponent * base.diff(u) / base for base, exponent in powers)
        return symbols.fraction(sp.Add(*terms))

    @cached_property
    def marks(self) -> tuple[Polynomial, ...]:
        """Irreducible polynomials at whose roots z or zG vanishes or is infinite."""
        fractions = [self.ring.fraction(base) for base, _ in self.powers]
        sides = [side for f in fractions for side in (f.numerator, f.denominator)]
        sides.append(self.ring.fraction(self.mass).denominator)
        found = (factor for side in sides for factor in factorization(side).factors)
        distinct: list[Polynomial] = []
        for factor in found:
            if degree(factor, 0) > 0 and factor not in distinct:
                distinct.append(factor)
        return tuple(distinct)

    @cached_property
    def stationary(self) -> tuple[Polynomial, ...]:
        """Irreducible equations of the points with dz = 0 and z neither 0 nor infinite."""
        factors = factorization(self.slope.numerator).factors
        return tuple(factor for factor in factors if degree(factor, 0) > 0)

    def local(self) -> Iterator[_Local]:
        """The curve near each mark and near u = ∞.

        Raises
        ------
        NoClosedFormError
            If a mark is no rational function of the parameters.
        """
        t = sp.Dummy("t")
        values = [1 / t]
        for mark in self.marks:
            if degree(mark, 0) > 1:
                raise _no_formula("they stand at roots of equations of degree 2 or more")
            constant, slope = (self.ring.expression(c) for c in coefficients_in(mark, 0))
            values.append(t - constant / slope)
        for value in values:
            powers = tuple((b.xreplace({self.unknown: value}), e) for b, e in self.powers)
            mass = self.mass.xreplace({self.unknown: value})
            parts = [part for power in powers for part in power]
            symbols = ring([*parts, mass], first=[t])
            ends = [(leading(symbols, symbols.fraction(base)), e) for base, e in powers]
            order = sp.expand(sp.Add(*(m * e for (m, _), e in ends)))
            yield _Local(
                symbols,
                symbols.fraction(mass),
                order,
                sp.powsimp(sp.Mul(*(c**e for (_, c), e in ends))),
                self._slope(powers, t, symbols),
            )

    def atoms(self) -> list[Weighted]:
        """Places and masses where z is finite and (z - a)G has a limit, on all sheets."""
        found: dict[Weighted, None] = {}
        for near in self.local():
            poles, size = leading(near.ring, near.mass)
            if near.order.is_zero:
                m, speed = leading(near.ring, near.slope)
                # z/a - 1 ~ speed t^(m + 1)/(m + 1)
                if poles == -(m + 1) and not near.slope.is_zero():
                    found[(near.place, tidy(size * speed / (m + 1)))] = None
            elif poles == 0 and near.order.is_positive is None:
                raise _no_formula(f"whether z vanishes depends on the sign of {near.order}")
            elif poles == 0 and near.order.is_positive:
                found[(sp.S.Zero, tidy(size))] = None
        return list(found)

    def ends(self) -> list[sp.Expr]:
        """Formulas of all places where the density may begin or end."""
        found = [self._value(root) for factor in self.stationary for root in self._roots(factor)]
        for near in self.local():
            if near.order.is_zero and leading(near.ring, near.slope)[0] > 0:
                found.append(near.place)
            elif not near.order.is_nonpositive:
                found.append(sp.S.Zero)
        return list(dict.fromkeys(found))

    def walls(self, meter: Meter) -> list[Polynomial]:
        """Polynomials in the parameters where stationary points meet each other or a mark."""
        events = [leading_coefficient_in(factor, 0) for factor in (*self.stationary, *self.marks)]
        events += [
            metered_resultant(factor, factor.derivative(0), 0, meter)
            for factor in self.stationary
            if degree(factor, 0) > 1
        ]
        pairs = [*combinations(self.stationary, 2)]
        pairs += [(factor, mark) for factor in self.stationary for mark in self.marks]
        events += [metered_resultant(*pair, 0, meter) for pair in pairs]
        return [f for event in events if not event.is_zero() for f in factorization(event).factors]

    def _roots(self, factor: Polynomial) -> list[sp.Expr]:
        """Roots in u of an equation of degree 1 or 2."""
        coefficients = [self.ring.expression(c) for c in coefficients_in(factor, 0)]
        if len(coefficients) == 2:
            return [sp.factor(-coefficients[0] / coefficients[1])]
        if len(coefficients) == 3:
            c, b, a = coefficients
            root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
            return [(-b + sign * root) / (2 * a) for sign in (-1, 1)]
        raise _no_formula("its ends come from roots of an equation of degree 3 or more")

    def _value(self, root: sp.Expr) -> sp.Expr:
        """Z at a value of the unknown."""
        at = {self.unknown: root}
        powers = ((sp.factor(sp.radsimp(base.xreplace(at))), e) for base, e in self.powers)
        return sp.Mul(*(base**exponent for base, exponent in powers))


@final
@dataclass(frozen=True)
class _Local:
    """z ~ place · t^order, zG and d log z/dt near a point, as fractions in t."""

    ring: Ring
    mass: Fraction
    order: sp.Expr
    place: sp.Expr
    slope: Fraction


def _no_formula(reason: str) -> NoClosedFormError:
    return NoClosedFormError(
        f"places of this law have no formula in its parameters: {reason}; give values with "
        "law.subs({...})"
    )


@lru_cache(maxsize=256)
def power_product(system: System) -> PowerProduct | None:
    """The system so read; None for others, rational curves among them."""
    curve = _without_names(flatten(system))
    if not curve.is_uniformised:
        return None
    (u,) = curve.unknowns
    powers = tuple(_power(factor, u) for factor in sp.Mul.make_args(_joined(curve.z)))
    mass = _joined(curve.z * curve.G)
    if all(exponent.is_Integer for _, exponent in powers):
        return None
    if functions([*(part for power in powers for part in power), mass]):
        return None
    return PowerProduct(u, powers, mass)


def _joined(product: sp.Expr) -> sp.Expr:
    """A product with powers of one base put together."""
    return sp.powsimp(product, combine="exp")


def _power(factor: sp.Expr, u: sp.Symbol) -> _Power:
    """A factor of z as base and exponent; only exponents beyond ℤ are taken apart."""
    base, exponent = factor.as_base_exp()
    if exponent.has(u) or exponent.is_Integer:
        return factor, sp.S.One
    return base, exponent


def _without_names(curve: Curve) -> Curve:
    """Unknowns that a relation names outright, such as bases of powers, written out."""
    for position, (left, right) in enumerate(curve.relations):
        for name, value in ((left, right), (right, left)):
            if name in curve.unknowns and not value.has(name):
                pairs = zip(curve.unknowns, curve.kept, strict=True)
                left_over = [(u, place) for u, place in pairs if u != name]
                rest = Curve(
                    tuple(u for u, _ in left_over),
                    (*curve.relations[:position], *curve.relations[position + 1 :]),
                    curve.z,
                    curve.G,
                    tuple(place for _, place in left_over),
                )
                return _without_names(rest.replace({name: value}))
    return curve
