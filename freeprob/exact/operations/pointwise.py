"""Operations whose parts are taken at one argument z: mixtures, Boolean and monotone sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import (
    boolean_cumulant_series,
    moments_of_boolean_cumulants,
    one,
)
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.systems.system import Gluing, Operation, Point, Relation, System


def _same_argument(points: Sequence[Point], value: sp.Expr, z: sp.Dummy) -> Gluing:
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

    weights: tuple[sp.Expr, ...]

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Cauchy transforms at the same z."""
        terms = (weight * point.G for weight, point in zip(self.weights, points, strict=True))
        return _same_argument(points, sp.Add(*terms), sp.Dummy("z"))

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


@final
@dataclass(frozen=True)
class BooleanSum(Operation):
    """μ₁ ⊎ … ⊎ μₙ: z - F adds, F = 1/G.

    Source: Speicher-Woroudi 1997.
    """

    def glue(self, points: Sequence[Point]) -> Gluing:
        """F = Σ Fᵢ - (n - 1) z."""
        z = sp.Dummy("z")
        F = sp.Add(*(1 / point.G for point in points)) - (len(points) - 1) * z
        return _same_argument(points, 1 / F, z)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """The same z, exact."""
        return [z] * len(moments)

    def linearised(self, transform: str, values: Sequence[sp.Expr]) -> sp.Expr | None:
        """η adds."""
        return sp.Add(*values) if transform == "eta" else None

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Boolean cumulants add."""
        first, *others = (boolean_cumulant_series(moment_series(part, n, field)) for part in parts)
        for other in others:
            first = first + other - one(other)
        return moments_of_boolean_cumulants(first)


@final
@dataclass(frozen=True)
class MonotoneSum(Operation):
    """μ ▷ ν: F = F_μ ∘ F_ν.

    Source: Muraki 2000.
    """

    def glue(self, points: Sequence[Point]) -> Gluing:
        """The outer law stands at F_ν(z)."""
        outer, inner = points
        return Gluing(z=inner.z, G=outer.G, relations=(Relation(outer.z, 1 / inner.G),))

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """F_ν(z) = z - mean + O(1/z), and z."""
        return [z - (moments[1][0] if moments[1] else sp.S.Zero), z]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """T M(t) composes, because G_{μ▷ν} = G_μ(1/G_ν)."""
        outer, inner = (moment_series(part, n, field).shifted(1) for part in parts)
        return outer.compose(inner).shifted(-1)


@final
@dataclass(frozen=True)
class Reweighting(Operation):
    """The measure p(x) μ(dx), p a polynomial: G = p(z) G_μ(z) - q(z), q the part that grows.

    ``weight`` and ``growing`` are the coefficients of p and q, constant terms first; with the
    moments mₖ of μ, q(z) = Σⱼ pⱼ Σ_{k<j} mₖ z^(j-k-1).
    """

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


def reweighting(weight: Sequence[sp.Expr], moments: Sequence[sp.Expr]) -> Reweighting:
    """The operation for a polynomial, from the part's moments m₀, m₁, … up to its degree."""
    growing = [sp.S.Zero] * max(len(weight) - 1, 0)
    for j, value in enumerate(weight):
        for k in range(j):
            growing[j - k - 1] += value * moments[k]
    return Reweighting(tuple(weight), tuple(growing))
