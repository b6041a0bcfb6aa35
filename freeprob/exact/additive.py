"""Additive free operations: points of equal F = 1/G, arguments added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.exact.cumulants import (
    free_cumulant_series,
    moments_of_free_cumulants,
    one,
)
from freeprob.exact.fields import Field
from freeprob.exact.moments import moment_series
from freeprob.exact.series import Series
from freeprob.exact.system import Gluing, Operation, Point, Relation, System


@final
@dataclass(frozen=True)
class FreeSum(Operation):
    """μ₁ ⊞ … ⊞ μₙ: F₁(ω₁) = … = Fₙ(ωₙ) = F, ω₁ + … + ωₙ = z + (n - 1) F.

    Source: Voiculescu 1986; Biane 1998; Belinschi-Bercovici 2007.
    """

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Glue along F, which is nearly linear at infinity and finite off the axis."""
        g = sp.Dummy("g")
        return Gluing(
            z=sp.Add(*(point.z for point in points)) - (len(points) - 1) / g,
            G=g,
            relations=tuple(Relation(1 / point.G, 1 / g) for point in points),
            unknowns=(g,),
            values=(points[0].G,),
        )

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ωᵢ = z - (sum of the other means) + O(1/z)."""
        means = [part[0] if part else sp.S.Zero for part in moments]
        return [z - (sp.Add(*means) - mean) for mean in means]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Free cumulants add."""
        first, *others = (free_cumulant_series(moment_series(part, n, field)) for part in parts)
        for other in others:
            first = first + other - one(other)
        return moments_of_free_cumulants(first)


@final
@dataclass(frozen=True)
class FreePower(Operation):
    """μ^{⊞t}, t ≥ 1: K_t(g) = t K(g) - (t - 1)/g.

    Source: Nica-Speicher 1996; Belinschi-Bercovici 2004.
    """

    exponent: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """One part, no relation: R is multiplied by t."""
        (point,) = points
        t = self.exponent
        return Gluing(z=t * point.z - (t - 1) / point.G, G=point.G)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ω = z - (t - 1) m₁ + O(1/z)."""
        (part,) = moments
        return [z - (self.exponent - 1) * (part[0] if part else sp.S.Zero)]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Free cumulants times t."""
        (part,) = parts
        cumulants = free_cumulant_series(moment_series(part, n, field))
        unit = one(cumulants)
        return moments_of_free_cumulants(
            unit + (cumulants - unit).scaled(field.read(self.exponent))
        )
