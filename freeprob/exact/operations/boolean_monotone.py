"""Boolean and monotone sums: points at one argument, or one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import sympy as sp

from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import (
    boolean_cumulant_series,
    moments_of_boolean_cumulants,
    one,
)
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.operations.mixtures import same_argument
from freeprob.exact.systems.facts import UNKNOWN, Atoms, Labels, Unknown, gathered, only_atom
from freeprob.exact.systems.operation import Gluing, Operation, Point, Relation, Sign
from freeprob.exact.systems.system import System


@final
@dataclass(frozen=True)
class BooleanSum(Operation):
    """μ₁ ⊎ … ⊎ μₙ: z - F adds, F = 1/G."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Boolean convolution, $z - 1/G$ added"
    source: ClassVar[str] = "Speicher-Woroudi 1997"
    sign: ClassVar[Sign | None] = Sign(r"\uplus", "⊎")

    def glue(self, points: Sequence[Point]) -> Gluing:
        """F = Σ Fᵢ - (n - 1) z."""
        z = sp.Dummy("z")
        F = sp.Add(*(1 / point.G for point in points)) - (len(points) - 1) * z
        return same_argument(points, 1 / F, z)

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

    def atoms(self, parts: Sequence[Atoms]) -> Atoms | Unknown:
        """Where F = Σ Fᵢ - (n - 1)z vanishes; its slope Σ Fᵢ' - (n - 1) is finite if all Fᵢ' are.

        Im Fᵢ ≥ Im z, so the theorem of Julia and Carathéodory leaves no other atoms (Bercovici and
        Voiculescu 1998, section 7, for the free sum). What Fᵢ is away from the atoms of its part
        is not seen here: with point masses, of sum c, F = F₁ - c needs the places with F₁ = c.
        """
        moving = [part for part in parts if only_atom(part) is None]
        total = sp.expand(sp.Add(*(only_atom(part) or 0 for part in parts)))
        if not moving:
            return {total: sp.S.One}
        return dict(moving[0]) if len(moving) == 1 and total == 0 else UNKNOWN

    def sure_atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Where all Fᵢ vanish F = -(n - 1)z does: at 0, with slope Σ 1/mᵢ - (n - 1)."""
        masses = [part.get(sp.S.Zero, sp.S.Zero) for part in parts]
        if sp.S.Zero in masses:
            return {}
        return {sp.S.Zero: sp.expand(1 / (sp.Add(*(1 / m for m in masses)) - (len(parts) - 1)))}

    def potential(self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]) -> Unknown:
        """The integral of dz/F is none of the parts' potentials."""
        return UNKNOWN

    def gap_labels(self, parts: Sequence[Labels]) -> Unknown:
        """Masses change with the parts' densities: G dz is no sum of the Gᵢ dz."""
        return UNKNOWN


@final
@dataclass(frozen=True)
class MonotoneSum(Operation):
    """μ ▷ ν: F = F_μ ∘ F_ν."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Monotone convolution, reciprocal Cauchy transforms composed"
    source: ClassVar[str] = "Muraki 2000"
    sign: ClassVar[Sign | None] = Sign(r"\rhd", "▷")

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

    def atoms(self, parts: Sequence[Atoms]) -> Atoms | Unknown:
        """Where F_ν(a) = b for an atom b of μ, of mass μ{b}/F_ν'(a).

        Im F ≥ Im z for both, so by the theorem of Julia and Carathéodory F_μ ∘ F_ν vanishes with
        a finite slope only there. Without atoms of μ there is none; F_ν(a) = 0 at the atoms of ν;
        a point mass ν shifts.
        """
        outer, inner = parts
        amount = only_atom(inner)
        if amount is not None:
            return gathered((place + amount, mass) for place, mass in outer.items())
        if any(place != 0 for place in outer):
            return UNKNOWN
        return self.sure_atoms(parts)

    def sure_atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """F_ν vanishes at the atoms of ν."""
        outer, inner = parts
        kept = outer.get(sp.S.Zero, sp.S.Zero)
        return gathered((place, kept * mass) for place, mass in inner.items())

    def potential(self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]) -> Unknown:
        """G_μ(F_ν) dz is no G_μ dF_ν."""
        return UNKNOWN

    def gap_labels(self, parts: Sequence[Labels]) -> Unknown:
        """Masses change with the densities: G_μ(F_ν) dz is no G_μ dF_ν."""
        return UNKNOWN
