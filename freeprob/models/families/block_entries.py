"""All block traces as unknowns, where a block is too large for its inverse to be written out.

An inverse of n rows in k unknowns has about kⁿ terms. The equation itself does not: with every
entry of G an unknown it says G M G = G, M = z E - Λ₀ - R(G), which is regular at invertible G.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import final

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.letter_shares import ExactSandwiches, GaussianShare
from freeprob.models.dyson.resolvents import Resolvent
from freeprob.models.families.family import GaussianPart, Place, finer, taken
from freeprob.models.pencils.random_fields import random_field
from freeprob.models.pencils.scalars import Matrix, Scalars


@final
@dataclass(frozen=True)
class Entries(GaussianPart):
    """Entries of G, and the share of all Gaussian letters; places are (0, row, column)."""

    def written(self) -> list[list[sp.Expr]]:
        """G in the unknowns."""
        size = self.dyson.pencil.size
        G = [[sp.S.Zero] * size for _ in range(size)]
        for (_, i, j), (place, sign) in self.members.items():
            G[i][j] = sign * self.names[place]
        return G

    def entries(self, scalars: Scalars) -> Matrix:
        """G in the unknowns, read."""
        return tuple(tuple(map(scalars.read, row)) for row in self.written())

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """From all entries."""
        algebra, G = ExactSandwiches(scalars, self.dyson.scalars), self.entries(scalars)
        for covariance in self.dyson.covariances:
            own = GaussianShare.of(algebra, covariance)
            taken(total, own.share(own.corner(G)))

    def seen(self, resolvent: Resolvent) -> dict[Place, sp.Expr]:
        """G M G, not multiplied out."""
        G, ((_, matrix),) = self.written(), resolvent.shares
        M = [[resolvent.scalars.write(value) for value in row] for row in matrix]
        product = _product(G, _product(M, G))
        return {(0, i, j): value for i, row in enumerate(product) for j, value in enumerate(row)}

    def relations(self, seen: Mapping[Place, sp.Expr], scalars: Scalars) -> list[Relation]:
        """G = G M G for each named entry."""
        return [Relation(name, seen[place]) for place, name in self.names.items()]

    def refuted(self, seen: Mapping[Place, sp.Expr], scalars: Scalars) -> Entries | None:
        """Entries that differ from their representative, or do not vanish, get names.

        Identities between the long expressions are decided at random points modulo a prime.
        """
        field = random_field(list(seen.values()), Random(len(seen)))
        values = {place: field.read(value) for place, value in seen.items()}
        members = finer(self.members, values, lambda a, b: field.is_zero(a - b))
        for place, value in values.items():
            if place not in members and not field.is_zero(value):
                members[place] = (place, 1)
        return None if members == self.members else replace(self, members=members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the expansions."""
        return [series.written(series.matrix[i][j], known) for _, i, j in self.names]

    def numbers(self, solution: Solution) -> list[complex]:
        """Entries of G."""
        return [complex(solution.matrix[i, j]) for _, i, j in self.names]


def _product(left: list[list[sp.Expr]], right: list[list[sp.Expr]]) -> list[list[sp.Expr]]:
    columns = list(zip(*right, strict=True))
    return [
        [sp.Add(*(a * b for a, b in zip(row, column, strict=True))) for column in columns]
        for row in left
    ]
