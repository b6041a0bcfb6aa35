"""Images under rational functions: a law's transform at all preimages of a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import ClassVar, NamedTuple, final

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.moments.places import point_over
from freeprob.exact.operations.maps import conjugated
from freeprob.exact.systems.facts import UNKNOWN, Atoms, Labels, Unknown, gathered
from freeprob.exact.systems.operation import Gluing, Operation, Point, PotentialRule, Relation
from freeprob.exact.systems.system import Node, System

Coefficients = tuple[sp.Expr, ...]


@final
@dataclass(frozen=True)
class RationalMap(Operation):
    """Law of f(X), f = P/Q: G(z) = Σ G_X(y)/f'(y) over all y with f(y) = z.

    When P has no higher degree than Q, 1/(z - f(∞)) is added: the residue of 1/(z - f(x)) at ∞.
    ``top`` and ``bottom`` are the coefficients of P and Q, constant terms first, without common
    roots. The parts are copies of one law, a copy for each preimage: preimages of the upper half
    plane never meet the axis, and those below it see the law from there.
    """

    title: ClassVar[str] = "Image under a rational function, a sum over preimages"
    source: ClassVar[str] = ""

    top: Coefficients
    bottom: Coefficients

    @property
    def degree(self) -> int:
        """The number of preimages."""
        return max(len(self.top), len(self.bottom)) - 1

    def value(self, x: sp.Expr) -> sp.Expr:
        """f(x)."""
        return _at(self.top, x) / _at(self.bottom, x)

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Divided differences of P - zQ at the preimages vanish: the preimages are all there are.

        Equations f(y) = z alone would allow two copies to be one. With z = f(y), y the first, the
        difference of P - zQ at y and x is a polynomial in x, whose own differences are the others.
        """
        places = [point.z for point in points]
        x, first = sp.Dummy("x"), places[0]
        slope = sp.together(self.value(x).diff(x))
        terms = [point.G / slope.xreplace({x: point.z}) for point in points]
        z = self.value(first)
        if len(self.top) <= len(self.bottom):
            below = self.bottom[-1]
            above = self.top[-1] if len(self.top) == len(self.bottom) else sp.S.Zero
            terms.append(below / (below * z - above))
        others = self._others(first)
        relations = tuple(
            Relation(divided(others, places[1:count]), sp.S.Zero)
            for count in range(2, len(places) + 1)
        )
        return Gluing(z=z, G=sp.Add(*terms), relations=relations)

    def _others(self, y: sp.Expr) -> Coefficients:
        """Coefficients in x of (P(x)Q(y) - P(y)Q(x))/(x - y), zero at the other preimages of f(y).

        They are written out: with P(y) and Q(y) as they are, a large y would hide a small x.
        """
        x, t = sp.Dummy("x"), sp.Dummy("t")
        whole = _at(self.top, x) * _at(self.bottom, t) - _at(self.top, t) * _at(self.bottom, x)
        quotient = sp.Poly(sp.cancel(sp.expand(whole) / (x - t)), x)
        return tuple(sp.horner(c, t).xreplace({t: y}) for c in quotient.all_coeffs()[::-1])

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """Preimages of a large z: near ∞ and near the poles of f."""
        return [
            end.base
            + (end.scale / z if end.is_pole else z / end.scale) ** sp.Rational(1, end.power)
            * unity(end.power, k)
            for end in ends(self.top, self.bottom)
            for k in range(end.power)
        ]

    @property
    def below(self) -> tuple[bool, ...]:
        """Which of the arguments lie in the lower half plane, z in the upper one."""
        return tuple(
            end.is_below(k) for end in ends(self.top, self.bottom) for k in range(end.power)
        )

    def constants(self, parts: Sequence[System]) -> tuple[sp.Expr, ...]:
        """Poles of f bring in the physical points over them."""
        poles = [pole for pole, _ in _real_poles(self.bottom)]
        found = [constant for pole in poles for constant in point_over(parts[0], pole).constants]
        return (*found, *(pole for pole in poles if not pole.is_Rational))

    def order(self, n: int) -> int:
        """As many times more as f grows in degree at infinity."""
        return n * max(len(self.top) - len(self.bottom), 0)

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Means of powers of f: residues of fᵏ G_X at ∞ and at the poles of f, which are real."""
        part, found = parts[0], [field.integer(1)]
        around = [
            (self._series(field, pole, n), point_over(part, pole).cauchy(field, power * n))
            for pole, power in _real_poles(self.bottom)
        ]
        far, known = self._series(field, None, n), moment_series(part, self.order(n), field)
        for k in range(1, n + 1):
            total = (far**k * known).coefficient(0)
            for near, cauchy in around:
                total -= (near**k * cauchy).coefficient(-1)
            found.append(total)
        return Series.of(field, found)

    def _series(self, field: Field, pole: sp.Expr | None, n: int) -> Series:
        """F next to a pole, or at 1/s, to as many terms as residues of its n-th power need."""
        x = sp.Dummy("x")
        degree = self.degree
        sides = []
        for side in (self.top, self.bottom):
            moved = [*reversed(side)] if pole is None else _shifted(side, pole, x)
            series = Series.of(field, [field.read(value) for value in moved])
            if pole is None:
                series = series.shifted(1 - len(side))
            sides.append(series.normalised().extended(series.valuation + (n + 1) * degree + 1))
        return sides[0] / sides[1]

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Atoms move with the map."""
        return gathered((sp.radsimp(self.value(x)), mass) for x, mass in parts[0].items())

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule | Unknown:
        """From zQ(x) - P(x) = c Π (y - x) over the preimages y, and Q(x), which has the poles."""
        try:
            poles = _real_poles(self.bottom)
        except NoClosedFormError:
            return UNKNOWN
        leads = [side[-1] if len(side) > self.degree else 0 for side in (self.top, self.bottom)]
        lead = (whole.z * leads[1] - leads[0]) / self.bottom[-1]
        return PotentialRule(
            (sp.S.One,) * len(parts),
            ((sp.S.One, lead),),
            fixed=tuple((sp.Integer(-power), pole) for pole, power in poles),
        )

    def gap_labels(self, parts: Sequence[Labels]) -> Labels | Unknown:
        """Below a point of a gap lie the intervals between its preimages, of a polynomial f."""
        if len(self.bottom) > 1:
            return UNKNOWN
        sums = reduce(
            lambda found, _: frozenset(label - other for label in parts[0] for other in found),
            range(self.degree),
            frozenset({sp.S.Zero}),
        )
        return frozenset(1 - label for label in sums) if self.top[-1].is_negative else sums


def rational_map(part: System, top: Coefficients, bottom: Coefficients) -> System:
    """The system of P(X)/Q(X), coefficients from the constant terms upwards."""
    operation = RationalMap(top, bottom)
    mirrored = conjugated(part)
    return Node(operation, tuple(mirrored if below else part for below in operation.below))


class End(NamedTuple):
    """Where ``power`` preimages of a large z go: base + (scale/z)^(1/power), or (z/scale)^…."""

    base: sp.Expr
    scale: sp.Expr
    power: int
    is_pole: bool

    def is_below(self, k: int) -> bool:
        """Whether the k-th of them is in the lower half plane when z is in the upper one."""
        height = sp.im(self.base) if self.base.is_number else sp.S.Zero
        if height != 0:
            return bool(height < 0)
        if self.scale.is_negative is None or (self.is_pole and not self.base.is_number):
            raise NoClosedFormError(
                f"the preimages of the upper half plane depend on the sign of {self.scale}: give "
                "values to the parameters, or declare them positive"
            )
        turn = -1 if self.scale.is_negative != self.is_pole else 1
        # the argument of the root, in units of pi: never whole, as turn is odd
        return sp.Rational(turn + 4 * k, 2 * self.power) % 2 > 1


@lru_cache(maxsize=256)
def ends(top: Coefficients, bottom: Coefficients) -> tuple[End, ...]:
    """The poles of P/Q with multiplicities, ∞ first where it is one."""
    x, found = sp.Dummy("x"), []
    power = len(top) - len(bottom)
    if power > 0:
        whole, _ = sp.div(sp.Poly(top[::-1], x), sp.Poly(bottom[::-1], x))
        lead, next_one, *_ = whole.all_coeffs()
        found.append(End(-next_one / (power * lead), lead, power, False))
    for pole, count in _poles(bottom):
        slope = _at(bottom, x).diff(x, count).xreplace({x: pole}) / sp.factorial(count)
        found.append(End(pole, sp.radsimp(_at(top, pole) / slope), count, True))
    return tuple(found)


@lru_cache(maxsize=256)
def _poles(bottom: Coefficients) -> tuple[tuple[sp.Expr, int], ...]:
    """Roots with multiplicities: in radicals, or so near that Newton's method finds them."""
    x, found = sp.Dummy("x"), []
    for factor, power in sp.factor_list(sp.Poly(bottom[::-1], x))[1]:
        if factor.degree() <= 2:
            roots = list(sp.roots(factor))
        else:
            roots = [root.eval_rational(n=_DIGITS) for root in factor.all_roots()]
        found += [(root, power) for root in roots]
    return tuple(found)


_DIGITS = 40  # of poles from which preimages of a large z are followed


def _real_poles(bottom: Coefficients) -> tuple[tuple[sp.Expr, int], ...]:
    """Poles with multiplicities, exact.

    Raises
    ------
    NoClosedFormError
        If there are others than real ones in radicals.
    """
    x = sp.Dummy("x")
    poles = sp.roots(sp.Poly(bottom[::-1], x)) if len(bottom) > 1 else {}
    if sum(poles.values()) < len(bottom) - 1 or not all(pole.is_real for pole in poles):
        raise NoClosedFormError(
            "the moments of this image need the law's transform at poles of the function that are "
            "not real numbers in radicals; numbers of G and of the density do not"
        )
    return tuple(poles.items())


def _at(coefficients: Coefficients, x: sp.Expr) -> sp.Expr:
    """A polynomial at x."""
    return sp.Add(*(value * x**k for k, value in enumerate(coefficients)))


def _shifted(coefficients: Coefficients, pole: sp.Expr, x: sp.Dummy) -> list[sp.Expr]:
    """Coefficients of a polynomial around a point."""
    return sp.Poly(sp.expand(_at(coefficients, pole + x)), x).all_coeffs()[::-1]


def divided(coefficients: Coefficients, places: Sequence[sp.Expr]) -> sp.Expr:
    """The divided difference of a polynomial: coefficients times sums of products of places."""
    above = coefficients[len(places) - 1 :]
    sums = [sp.S.One, *[sp.S.Zero] * (len(above) - 1)]
    for place in places:
        for degree in range(1, len(sums)):
            sums[degree] = sums[degree] + place * sums[degree - 1]
    return sp.Add(*(value * total for value, total in zip(above, sums, strict=False)))


def unity(power: int, k: int) -> sp.Expr:
    """A root of unity."""
    angle = 2 * sp.pi * sp.Rational(k, power)
    return sp.cos(angle) + sp.I * sp.sin(angle)
