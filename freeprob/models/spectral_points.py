"""The points of deterministic letters: on a letter's own curve, or a matrix for atoms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import sympy as sp

from freeprob.exact.door import Fraction
from freeprob.exact.elimination import polynomial
from freeprob.exact.leaves import from_polynomial
from freeprob.exact.system import Leaf, Relation, System
from freeprob.models.block_series import BlockSeries, Lead
from freeprob.models.dyson import Dyson, Spectral
from freeprob.models.parts import Part, Place, finer, inverse_by_components, placed
from freeprob.models.scalars import Matrix, Scalars


@final
@dataclass(frozen=True)
class SpectralPoint(Part):
    """A letter that occurs with a coefficient of rank one: C = γ u u*.

    R = γ u u* (ζ - 1/w) with w = G(ζ) of the letter's own law at w = γ u* G u: the family's point
    (ζ, w) runs on the letter's own curve.
    """

    dyson: Dyson
    family: Spectral
    leaf: Leaf

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """Those of the letter's curve."""
        return self.leaf.unknowns

    def scalars(self) -> list[sp.Expr]:
        """Everything in the letter's curve."""
        sides = [side for relation in self.leaf.relations for side in relation]
        return [*self.unknowns, self.leaf.z, self.leaf.G, *sides]

    def _vector(self, scalars: Scalars) -> tuple[list[Fraction], Fraction]:
        old = self.dyson.scalars
        column = [scalars.read(old.write(row[0])) for row in self.family.range]
        return column, scalars.read(old.write(self.family.matrices[0][0][0]))

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """γ u u* (ζ - 1/w)."""
        self._add(total, scalars, -1)

    def _add(self, total: list[list[Fraction]], scalars: Scalars, sign: int) -> None:
        column, gamma = self._vector(scalars)
        place, value = scalars.read(self.leaf.z), scalars.read(self.leaf.G)
        scale = gamma * (place - value.inverse()) * scalars.read(sp.Integer(sign))
        for i, first in enumerate(column):
            for j, second in enumerate(column):
                if not first.is_zero() and not second.is_zero():
                    total[i][j] = total[i][j] + scale * first * scalars.star(second)

    def seen(self, matrix: Matrix, scalars: Scalars) -> dict[Place, Fraction]:
        """1/(γ u* M⁻¹ u) with M the matrix without this family: its subordination function."""
        without = [list(row) for row in matrix]
        self._add(without, scalars, 1)
        inverse = inverse_by_components(without, scalars)
        column, gamma = self._vector(scalars)
        total = scalars.zero
        for i, first in enumerate(column):
            for j, second in enumerate(column):
                if not first.is_zero() and not second.is_zero():
                    total = total + scalars.star(first) * inverse[i][j] * second
        return {(0, 0, 0): (gamma * total).inverse()}

    def relations(self, seen: dict[Place, Fraction], scalars: Scalars) -> list[Relation]:
        """ζ is the subordination function, and the equations of the letter's curve."""
        return [Relation(self.leaf.z, scalars.write(seen[0, 0, 0])), *self.leaf.relations]

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """The letter's point is its subordination function K/γ."""
        inverse = series.element(self.family.matrices[0][0][0].inverse())
        ((K,),) = series.point(self.family)
        if self.leaf.unknowns == (self.leaf.z,):
            return [series.written(K.scaled(inverse), known)]
        place = series.written(K.scaled(inverse), 1)
        return [
            lambda z, k=k: self.leaf.at_infinity(place(z))[k] for k in range(len(self.unknowns))
        ]


def letter_leaf(system: System) -> Leaf:
    """A letter's own curve, with fresh unknowns and monomials at infinity.

    Raises
    ------
    NotAlgebraicError
        If the letter's law has no polynomial equation.
    """
    if not isinstance(system, Leaf):
        found = polynomial(system)
        system = from_polynomial(lambda g, x: found.expression(g, x))
    fresh = {u: sp.Dummy(u.name) for u in system.unknowns}
    return replace(
        system,
        unknowns=tuple(fresh.values()),
        z=system.z.xreplace(fresh),
        G=system.G.xreplace(fresh),
        relations=tuple(
            Relation(left.xreplace(fresh), right.xreplace(fresh))
            for left, right in system.relations
        ),
    )


@final
@dataclass(frozen=True)
class SpectralMatrix(Part):
    """Commuting letters with finitely many joint eigenvalues λ of weights p.

    R = U (K - F(K)⁻¹) U* with F(K) = Σ p (K - Σ λ c)⁻¹ and K⁻¹ = U* M⁻¹ U, M without this family.
    ``members`` maps places of K that do not vanish to (representative, sign).
    """

    dyson: Dyson
    family: Spectral
    members: Mapping[Place, tuple[Place, int]]

    @cached_property
    def names(self) -> dict[Place, sp.Dummy]:
        """An unknown for each class of entries."""
        places = sorted({place for place, _ in self.members.values()})
        return {place: sp.Dummy(f"k{k + 1}") for k, place in enumerate(places)}

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """One per class."""
        return tuple(self.names.values())

    def scalars(self) -> list[sp.Expr]:
        """The unknowns."""
        return list(self.unknowns)

    def _K(self, scalars: Scalars) -> list[list[Fraction]]:
        rank = self.family.rank
        K = [[scalars.zero] * rank for _ in range(rank)]
        for (_, i, j), (place, sign) in self.members.items():
            K[i][j] = scalars.read(sign * self.names[place])
        return K

    def _F(self, scalars: Scalars) -> Matrix:
        """Σ p (K - Σ λ c)⁻¹."""
        rank, K = self.family.rank, self._K(scalars)
        write = self.dyson.scalars.write
        total = [[scalars.zero] * rank for _ in range(rank)]
        for place, weight in self.family.atoms or ():
            shifted = [list(row) for row in K]
            for value, matrix in zip(place, self.family.matrices, strict=True):
                scale = scalars.read(value)
                for i in range(rank):
                    for j in range(rank):
                        shifted[i][j] = shifted[i][j] - scale * scalars.read(write(matrix[i][j]))
            share = scalars.inverse(tuple(map(tuple, shifted)))
            p = scalars.read(weight)
            for i in range(rank):
                for j in range(rank):
                    total[i][j] = total[i][j] + p * share[i][j]
        return tuple(map(tuple, total))

    def _U(self, scalars: Scalars) -> Matrix:
        write = self.dyson.scalars.write
        return tuple(tuple(scalars.read(write(v)) for v in row) for row in self.family.range)

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """U (K - F(K)⁻¹) U*."""
        for mine, row in zip(total, self._share(scalars), strict=True):
            mine[:] = [a - b for a, b in zip(mine, row, strict=True)]

    def _share(self, scalars: Scalars) -> Matrix:
        inverse = scalars.inverse(self._F(scalars))
        R = tuple(
            tuple(a - b for a, b in zip(mine, other, strict=True))
            for mine, other in zip(self._K(scalars), inverse, strict=True)
        )
        U = self._U(scalars)
        return scalars.product(scalars.product(U, R), scalars.adjoint(U))

    def seen(self, matrix: Matrix, scalars: Scalars) -> dict[Place, Fraction]:
        """(U* M⁻¹ U)⁻¹ with M the matrix without this family: its subordination function."""
        without = tuple(
            tuple(a + b for a, b in zip(mine, row, strict=True))
            for mine, row in zip(matrix, self._share(scalars), strict=True)
        )
        U = self._U(scalars)
        inverse = inverse_by_components(without, scalars)
        corner = scalars.product(scalars.product(scalars.adjoint(U), inverse), U)
        return placed(0, scalars.inverse(corner))

    def relations(self, seen: dict[Place, Fraction], scalars: Scalars) -> list[Relation]:
        """K is the subordination function."""
        return [Relation(name, scalars.write(seen[place])) for place, name in self.names.items()]

    def refuted(self, seen: dict[Place, Fraction], scalars: Scalars) -> SpectralMatrix | None:
        """Entries that differ from their representative get a name of their own."""
        members = finer(self.members, seen)
        for place, value in seen.items():
            if place not in members and not value.is_zero():
                members[place] = (place, 1)
        return None if members == self.members else replace(self, members=members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of K = (U* G U)⁻¹ + R."""
        K = series.point(self.family)
        return [series.written(K[i][j], known) for _, i, j in self.names]
