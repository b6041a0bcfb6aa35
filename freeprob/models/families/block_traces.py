"""The block traces that Gaussian letters ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.letter_shares import ExactSandwiches, GaussianShare
from freeprob.models.dyson.resolvents import Average, Resolvent
from freeprob.models.families.family import GaussianPart, Place, finer, moved, placed, taken
from freeprob.models.pencils.scalars import Scalars


@final
@dataclass(frozen=True)
class Traces(GaussianPart):
    """Real coordinates of the block traces V* G V; places are (letter, row, column)."""

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """In terms of the named traces."""
        algebra = ExactSandwiches(scalars, self.dyson.scalars)
        for k, covariance in enumerate(self.dyson.covariances):
            r = range(covariance.rank)
            small = scalars.hermitian([[self._named((k, a, b), scalars) for b in r] for a in r])
            taken(total, GaussianShare.of(algebra, covariance).share(small))

    def _named(self, place: Place, scalars: Scalars) -> Fraction:
        if place not in self.members:
            return scalars.zero
        other, sign = self.members[place]
        return scalars.read(sign * self.names[other])

    def seen(self, resolvent: Resolvent) -> dict[Place, Average]:
        """All block traces of the Gaussian letters."""
        found = {}
        for k, covariance in enumerate(self.dyson.covariances):
            V = moved(covariance.inner, self.dyson.scalars, resolvent.scalars)
            found.update(placed(k, resolvent.corner(V)))
        return found

    def relations(self, seen: dict[Place, Average], scalars: Scalars) -> list[Relation]:
        """Each named trace is what the equation says."""
        return [Relation(name, seen[place].written(scalars)) for place, name in self.names.items()]

    def refuted(self, seen: dict[Place, Average], scalars: Scalars) -> Traces | None:
        """Traces that differ from their representative get a name of their own."""
        members = finer(self.members, seen)
        return None if members == self.members else Traces(self.dyson, members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the expansions."""
        traces = [series.coordinates(series.traces(c)) for c in self.dyson.covariances]
        return [series.written(traces[k][a][b], known) for k, a, b in self.names]

    def numbers(self, solution: Solution) -> list[complex]:
        """Coordinates of V* G V."""
        corners = [
            solution.coordinates(solution.corner(covariance.inner))
            for covariance in self.dyson.covariances
        ]
        return [complex(corners[k][a, b]) for k, a, b in self.names]
