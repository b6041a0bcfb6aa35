"""Multiplicative free operations: points of equal y = zG - 1, arguments multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.exact.cumulants import free_product_moments
from freeprob.exact.fields import Field
from freeprob.exact.moments import moment_series
from freeprob.exact.series import Series
from freeprob.exact.system import Gluing, Operation, Point, Relation, System


def moment_transform(point: Point) -> sp.Expr:
    """The value y = zG - 1 = Σ mₖ z⁻ᵏ at a point."""
    return point.z * point.G - 1


@final
@dataclass(frozen=True)
class FreeProduct(Operation):
    """μ₁ ⊠ … ⊠ μₙ: y₁(ω₁) = … = yₙ(ωₙ) = y, ω₁ ⋯ ωₙ = z ((1 + y)/y)ⁿ⁻¹.

    At most one factor may have mean zero, and then the others live on the half line.
    Source: Voiculescu 1987; Bercovici-Voiculescu 1993; Rao-Speicher 2007.
    """

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Glue along (1 + y)/y = zG/(zG - 1), which is nearly linear at infinity."""
        y = sp.Dummy("y")
        z = sp.Mul(*(point.z for point in points)) * (y / (1 + y)) ** (len(points) - 1)
        return Gluing(
            z=z,
            G=(1 + y) / z,
            relations=tuple(
                Relation(1 + 1 / moment_transform(point), 1 + 1 / y) for point in points
            ),
            unknowns=(y,),
            values=(moment_transform(points[0]),),
        )

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ωᵢ = z mᵢ/∏mⱼ to leading order; with one mean zero, ω = z/∏(others), ωᵢ ∝ z²."""
        means = [part[0] for part in moments]
        if sp.S.Zero not in means:
            total = sp.Mul(*means)
            return [z * mean / total for mean in means]
        centred = means.index(sp.S.Zero)
        others = sp.Mul(*(mean for i, mean in enumerate(means) if i != centred))
        own = z / others
        return [
            own if i == centred else mean * own**2 / moments[centred][1]
            for i, mean in enumerate(means)
        ]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Inverse series of ψ multiply."""
        return free_product_moments([moment_series(part, n, field) for part in parts])
