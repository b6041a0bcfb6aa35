"""What every family of letters shows to a Dyson equation, and the tools they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.dyson import Dyson
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.resolvents import Average, Resolvent
from freeprob.models.pencils.scalars import Matrix, Scalars

Place = tuple[int, int, int]


class Part(ABC):
    """One family's share of R, with its own unknowns and equations."""

    @property
    @abstractmethod
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """Its unknowns."""

    @abstractmethod
    def scalars(self) -> list[sp.Expr]:
        """All scalar expressions that its equations contain."""

    @abstractmethod
    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """Subtract its R from a matrix."""

    @abstractmethod
    def seen(self, resolvent: Resolvent) -> dict[Place, Any]:
        """What its equations are about, from the block traces."""

    @abstractmethod
    def relations(self, seen: dict[Place, Any], scalars: Scalars) -> list[Relation]:
        """One equation per unknown."""

    def refuted(self, seen: dict[Place, Any], scalars: Scalars) -> Self | None:
        """A finer part when unknowns taken to agree do not agree identically."""
        return None

    @abstractmethod
    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """Leading behaviour of each unknown, to a number of terms."""

    @abstractmethod
    def numbers(self, solution: Solution) -> list[complex]:
        """Each unknown where the equation was solved in floating point."""

    def entries(self, scalars: Scalars) -> Matrix | None:
        """G, from a part whose unknowns are all its entries."""
        return None


@dataclass(frozen=True)
class GaussianPart(Part):
    """What all Gaussian letters see, an unknown for each class that agrees up to sign.

    ``members`` maps places of what does not vanish to a representative and a sign.
    """

    dyson: Dyson
    members: Mapping[Place, tuple[Place, int]]

    @cached_property
    def names(self) -> dict[Place, sp.Dummy]:
        """An unknown for each class."""
        return class_names(self.members, "g")

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """One per class."""
        return tuple(self.names.values())

    def scalars(self) -> list[sp.Expr]:
        """The unknowns."""
        return list(self.unknowns)


def class_names(members: Mapping[Place, tuple[Place, int]], letter: str) -> dict[Place, sp.Dummy]:
    """An unknown for each class of entries, by its representative."""
    places = sorted({place for place, _ in members.values()})
    return {place: sp.Dummy(f"{letter}{k + 1}") for k, place in enumerate(places)}


def taken(total: list[list[Fraction]], share: Matrix) -> None:
    """Subtract a share from a matrix."""
    for mine, row in zip(total, share, strict=True):
        mine[:] = [a if b.is_zero() else a - b for a, b in zip(mine, row, strict=True)]


def moved(matrix: Matrix, old: Scalars, new: Scalars) -> Matrix:
    """A matrix read in a larger field."""
    return tuple(tuple(new.read(old.write(value)) for value in row) for row in matrix)


def placed(k: int, matrix: Sequence[Sequence[object]]) -> dict:
    """The entries of a matrix by place."""
    return {(k, i, j): value for i, row in enumerate(matrix) for j, value in enumerate(row)}


def finer(
    members: Mapping[Place, tuple[Place, int]],
    seen: Mapping[Place, Any],
    agree: Callable[[Any, Any], bool] = Average.agrees,
) -> dict[Place, tuple[Place, int]]:
    """Classes split by what the equations say of their members."""
    finer: dict[Place, tuple[Place, int]] = {}
    known: list[tuple[Place, Any, Place]] = []
    for place, (other, sign) in members.items():
        value = seen[place] if sign > 0 else -seen[place]
        same = (at for name, found, at in known if name == other and agree(found, value))
        first = next(same, place)
        if first == place:
            known.append((other, value, place))
        finer[place] = (first, sign * members[first][1])
    return finer


def grouped(entries: Mapping[Place, Any]) -> dict[Place, tuple[Place, int]]:
    """Entries that do not vanish, each with the first one that agrees with it up to sign."""
    members: dict[Place, tuple[Place, int]] = {}
    for place, value in entries.items():
        if value.is_zero():
            continue
        for other in dict.fromkeys(known for known, _ in members.values()):
            if (value - entries[other]).is_zero():
                members[place] = (other, 1)
            elif (value + entries[other]).is_zero():
                members[place] = (other, -1)
            else:
                continue
            break
        else:
            members[place] = (place, 1)
    return members
