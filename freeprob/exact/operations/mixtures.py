"""Operations that are linear in the measure: mixtures, and densities times a polynomial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import ClassVar, final

import sympy as sp

from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.systems.facts import UNKNOWN, Atoms, Labels, Unknown, gathered, tidy
from freeprob.exact.systems.operation import (
    Chart,
    Gluing,
    Known,
    Operation,
    Point,
    PotentialRule,
    Relation,
)
from freeprob.exact.systems.system import System


def same_argument(points: Sequence[Point], value: sp.Expr, z: sp.Dummy) -> Gluing:
    """Glue along z itself."""
    return Gluing(
        z=z,
        G=value,
        relations=tuple(Relation(point.z, z) for point in points),
        unknowns=(z,),
        values=(points[0].z,),
    )


@final
@dataclass(frozen=True)
class Mixture(Operation):
    """Weighted average of measures: G = Σ pᵢ Gᵢ."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Mixture, Cauchy transforms averaged"
    source: ClassVar[str] = ""

    weights: tuple[sp.Expr, ...]

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Cauchy transforms at the same z."""
        terms = (weight * point.G for weight, point in zip(self.weights, points, strict=True))
        return same_argument(points, sp.Add(*terms), sp.Dummy("z"))

    def chart(self, whole: Point) -> Chart:
        """The same argument."""
        return Chart(Known.ARGUMENT, whole.z)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """The same z, exact."""
        return [z] * len(self.weights)

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Moments average."""
        first, *others = (
            moment_series(part, n, field).scaled(field.read(weight))
            for part, weight in zip(parts, self.weights, strict=True)
        )
        for other in others:
            first = first + other
        return first

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Masses average."""
        return gathered(
            (place, weight * mass)
            for weight, part in zip(self.weights, parts, strict=True)
            for place, mass in part.items()
        )

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """Potentials average."""
        return PotentialRule(self.weights)

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """Masses average."""
        return frozenset(
            sp.Add(*(weight * label for weight, label in zip(self.weights, choice, strict=True)))
            for choice in product(*parts)
        )


@final
@dataclass(frozen=True)
class Reweighting(Operation):
    """The measure p(x) μ(dx), p a polynomial: G = p(z) G_μ(z) - q(z), q the part that grows.

    ``weight`` and ``growing`` are the coefficients of p and q, constant terms first; with the
    moments mₖ of μ, q(z) = Σⱼ pⱼ Σ_{k<j} mₖ z^(j-k-1).
    """

    title: ClassVar[str] = "Density times a polynomial"
    source: ClassVar[str] = ""

    weight: tuple[sp.Expr, ...]
    growing: tuple[sp.Expr, ...]

    def glue(self, points: Sequence[Point]) -> Gluing:
        """From p(x)/(z - x) = p(z)/(z - x) - (p(z) - p(x))/(z - x)."""
        (point,) = points
        p, q = (
            sp.Add(*(value * point.z**k for k, value in enumerate(coefficients)))
            for coefficients in (self.weight, self.growing)
        )
        return Gluing(z=point.z, G=p * point.G - q)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """The same z, exact."""
        return [z]

    def order(self, n: int) -> int:
        """As many more as the degree of p."""
        return n + len(self.weight) - 1

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """mₙ becomes Σ pⱼ mₙ₊ⱼ."""
        (part,) = parts
        series = moment_series(part, self.order(n), field)
        total = Series.zero(field, n + 1)
        for k, value in enumerate(self.weight):
            moved = Series.of(field, [series.coefficient(k + i) for i in range(n + 1)])
            total = total + moved.scaled(field.read(value))
        return total

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """p(x) μ(dx) has the atoms of μ, each p(x) times as heavy."""
        return gathered(
            (x, tidy(mass * sp.Add(*(value * x**k for k, value in enumerate(self.weight)))))
            for x, mass in parts[0].items()
        )

    def potential(self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]) -> Unknown:
        """The potential of p(x) μ(dx) is none of μ."""
        return UNKNOWN

    def gap_labels(self, parts: Sequence[Labels]) -> Unknown:
        """Moments of the cuts of μ, which their masses do not give."""
        return UNKNOWN


def reweighting(weight: Sequence[sp.Expr], moments: Sequence[sp.Expr]) -> Reweighting:
    """The operation for a polynomial, from the part's moments m₀, m₁, … up to its degree."""
    growing = [sp.S.Zero] * max(len(weight) - 1, 0)
    for j, value in enumerate(weight):
        for k in range(j):
            growing[j - k - 1] += value * moments[k]
    return Reweighting(tuple(weight), tuple(growing))
