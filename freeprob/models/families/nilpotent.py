"""Letters of which a pencil sees finitely many free cumulants.

R = Σ κₙ c (F c)ⁿ⁻¹ with F = U* G U ends where F c is nilpotent: where the letter stands next to
nothing but a matrix of fixed rank, as D in D S D. There F has no inverse, and the subordination
function is infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.dyson import Dyson, Spectral
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.resolvents import Average, Resolvent
from freeprob.models.families.family import Part, Place, class_names, finer, grouped, moved, placed
from freeprob.models.pencils.scalars import Matrix, Scalars


@final
@dataclass(frozen=True)
class NilpotentPart(Part):
    """A single letter with nilpotent F c.

    ``members`` maps places of F that do not vanish to (representative, sign), ``cumulants`` are
    κ₁, …, κᵣ for r rows.
    """

    dyson: Dyson
    hidden: Spectral
    cumulants: tuple[sp.Expr, ...]
    members: Mapping[Place, tuple[Place, int]]

    @staticmethod
    def of(dyson: Dyson, family: Spectral, series: BlockSeries) -> NilpotentPart | None:
        """The part, if F c is nilpotent."""
        if len(family.letters) > 1 or not series.is_nilpotent(family):
            return None
        members = grouped(placed(0, series.coordinates(series.corner(family))))
        cumulants = tuple(family.law.free_cumulants(family.rank))
        return NilpotentPart(dyson, family, cumulants, members)

    @cached_property
    def names(self) -> dict[Place, sp.Dummy]:
        """An unknown for each class of entries."""
        return class_names(self.members, "f")

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """One per class of entries of F."""
        return tuple(self.names.values())

    def scalars(self) -> list[sp.Expr]:
        """The unknowns and the cumulants."""
        return [*self.unknowns, *self.cumulants]

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """Σ κₙ U c (F c)ⁿ⁻¹ U*."""
        U = moved(self.hidden.range, self.dyson.scalars, scalars)
        share = scalars.product(scalars.product(U, self._response(scalars)), scalars.adjoint(U))
        for mine, row in zip(total, share, strict=True):
            mine[:] = [a - b for a, b in zip(mine, row, strict=True)]

    def _response(self, scalars: Scalars) -> Matrix:
        rank = range(self.hidden.rank)
        F = [[scalars.zero for _ in rank] for _ in rank]
        for (_, i, j), (place, sign) in self.members.items():
            F[i][j] = scalars.read(sign * self.names[place])
        (small,) = self.hidden.matrices
        c = moved(small, self.dyson.scalars, scalars)
        step, power = scalars.product(scalars.hermitian(F), c), c
        R = [[scalars.zero for _ in rank] for _ in rank]
        for cumulant in self.cumulants:
            factor = scalars.read(cumulant)
            R = [[R[i][j] + factor * power[i][j] for j in rank] for i in rank]
            power = scalars.product(power, step)
        if any(not value.is_zero() for row in power for value in row):
            raise NotAlgebraicError(
                f"{self.hidden.letters[0].name} is seen only next to a matrix of fixed rank, where "
                "no equations are known for it: give it finitely many eigenvalues by Atomic"
            )
        return tuple(map(tuple, R))

    def seen(self, resolvent: Resolvent) -> dict[Place, Average]:
        """U* G U."""
        U = moved(self.hidden.range, self.dyson.scalars, resolvent.scalars)
        return placed(0, resolvent.corner(U))

    def relations(self, seen: dict[Place, Average], scalars: Scalars) -> list[Relation]:
        """Each named entry is what the equation says."""
        return [Relation(name, seen[place].written(scalars)) for place, name in self.names.items()]

    def refuted(self, seen: dict[Place, Average], scalars: Scalars) -> NilpotentPart | None:
        """Entries that differ from their representative get a name of their own."""
        members = finer(self.members, seen)
        return None if members == self.members else replace(self, members=members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the expansions."""
        F = series.coordinates(series.corner(self.hidden))
        return [series.written(F[i][j], known) for _, i, j in self.names]

    def numbers(self, solution: Solution) -> list[complex]:
        """Coordinates of U* G U."""
        corner = solution.coordinates(solution.corner(self.hidden.range))
        return [complex(corner[i, j]) for _, i, j in self.names]
