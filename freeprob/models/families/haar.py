"""The unknowns of a Haar letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.dyson import Dyson, Rotation
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.letter_shares import ExactSandwiches, HaarShare
from freeprob.models.dyson.resolvents import Average, Resolvent
from freeprob.models.families.family import Part, Place, moved, placed, taken
from freeprob.models.pencils.scalars import Matrix, Scalars


@final
@dataclass(frozen=True)
class HaarPart(Part):
    """A Haar letter's a = V* G V, d = L* G L and f = 1 - a d f²."""

    dyson: Dyson
    rotation: Rotation
    names: tuple[sp.Dummy, sp.Dummy, sp.Dummy]

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """The traces a, d and f."""
        return self.names

    def scalars(self) -> list[sp.Expr]:
        """The unknowns."""
        return list(self.names)

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """In terms of the unknowns."""
        own = HaarShare.of(ExactSandwiches(scalars, self.dyson.scalars), self.rotation)
        taken(total, own.share(*self._read(scalars)))

    def _read(self, scalars: Scalars) -> tuple[Matrix, Matrix, Matrix]:
        """The unknowns as matrices of one entry."""
        a, d, f = (((scalars.read(name),),) for name in self.names)
        return a, d, f

    def seen(self, resolvent: Resolvent) -> dict[Place, Average]:
        """V* G V and L* G L."""
        found = {}
        for k, side in enumerate((self.rotation.inner, self.rotation.left)):
            own = moved(side, self.dyson.scalars, resolvent.scalars)
            found.update(placed(k, resolvent.corner(own)))
        return found

    def relations(self, seen: dict[Place, Average], scalars: Scalars) -> list[Relation]:
        """Block traces a and d, and the quadratic equation of f."""
        a, d, f = self.names
        own = HaarShare.of(ExactSandwiches(scalars, self.dyson.scalars), self.rotation)
        ((lost,),) = own.lost(*self._read(scalars))
        return [
            Relation(a, seen[0, 0, 0].written(scalars)),
            Relation(d, seen[1, 0, 0].written(scalars)),
            Relation(f, 1 - scalars.write(lost)),
        ]

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the expansions."""
        place = self.dyson.rotations.index(self.rotation)
        values = series.rotations[place].seen(series.matrix)
        return [series.written(value, known) for value in values]

    def numbers(self, solution: Solution) -> list[complex]:
        """V* G V and L* G L, and f from f V* G V = 1/k_V."""
        (a,), (d,) = (
            solution.corner(side).diagonal() for side in (self.rotation.inner, self.rotation.left)
        )
        return [complex(a), complex(d), complex(1 / (a * solution.point(self.rotation)[1, 1]))]
