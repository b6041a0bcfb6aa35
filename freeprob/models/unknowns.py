"""The unknowns of a Dyson equation: block traces, and the points of deterministic letters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.door import Fraction
from freeprob.exact.elimination import polynomial
from freeprob.exact.leaves import from_polynomial
from freeprob.exact.system import Leaf, Relation, System
from freeprob.models.block_series import BlockSeries, Lead
from freeprob.models.dyson import Dyson, Rotation, Spectral
from freeprob.models.scalars import Matrix, Scalars

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
    def seen(self, matrix: Matrix, scalars: Scalars) -> dict[Place, Fraction]:
        """What its equations are about, from z E - Λ₀ - R."""

    @abstractmethod
    def relations(self, seen: dict[Place, Fraction], scalars: Scalars) -> list[Relation]:
        """One equation per unknown."""

    def refuted(self, seen: dict[Place, Fraction], scalars: Scalars) -> Self | None:
        """A finer part when unknowns taken to agree do not agree identically."""
        return None

    @abstractmethod
    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """Leading behaviour of each unknown, to a number of terms."""


@final
@dataclass(frozen=True)
class Traces(Part):
    """Block traces V* G V of all Gaussian letters.

    ``members`` maps places (letter, row, column) of those that do not vanish to a representative
    and a sign.
    """

    dyson: Dyson
    members: Mapping[Place, tuple[Place, int]]

    @cached_property
    def names(self) -> dict[Place, sp.Dummy]:
        """An unknown for each class of traces that agree up to sign."""
        places = sorted({place for place, _ in self.members.values()})
        return {place: sp.Dummy(f"g{k + 1}") for k, place in enumerate(places)}

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """One per class."""
        return tuple(self.names.values())

    def scalars(self) -> list[sp.Expr]:
        """The unknowns."""
        return list(self.unknowns)

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """Σ weight · L (V* G V) L* in terms of the named traces."""
        old = self.dyson.scalars
        for k, covariance in enumerate(self.dyson.covariances):
            weight = scalars.read(old.write(covariance.weight))
            small = [
                [weight * self._named((k, a, b), scalars) for b in range(covariance.rank)]
                for a in range(covariance.rank)
            ]
            left = moved(covariance.left, old, scalars)
            share = scalars.product(
                scalars.product(left, tuple(map(tuple, small))), scalars.adjoint(left)
            )
            for mine, row in zip(total, share, strict=True):
                mine[:] = [a - b for a, b in zip(mine, row, strict=True)]

    def _named(self, place: Place, scalars: Scalars) -> Fraction:
        if place not in self.members:
            return scalars.zero
        other, sign = self.members[place]
        return scalars.read(sign * self.names[other])

    def seen(self, matrix: Matrix, scalars: Scalars) -> dict[Place, Fraction]:
        """All block traces of the Gaussian letters."""
        inverse = inverse_by_components(matrix, scalars)
        found = {}
        for k, covariance in enumerate(self.dyson.covariances):
            V = moved(covariance.inner, self.dyson.scalars, scalars)
            small = scalars.product(scalars.product(scalars.adjoint(V), inverse), V)
            found.update(placed(k, small))
        return found

    def relations(self, seen: dict[Place, Fraction], scalars: Scalars) -> list[Relation]:
        """Each named trace is what the equation says."""
        return [Relation(name, scalars.write(seen[place])) for place, name in self.names.items()]

    def refuted(self, seen: dict[Place, Fraction], scalars: Scalars) -> Traces | None:
        """Traces that differ from their representative get a name of their own."""
        members = _finer(self.members, seen)
        return None if members == self.members else Traces(self.dyson, members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the expansions."""
        traces = [series.traces(covariance) for covariance in self.dyson.covariances]
        return [series.written(traces[k][a][b], known) for k, a, b in self.names]


def moved(matrix: Matrix, old: Scalars, new: Scalars) -> Matrix:
    """A matrix read in a larger field."""
    return tuple(tuple(new.read(old.write(value)) for value in row) for row in matrix)


def placed(k: int, matrix: Sequence[Sequence[object]]) -> dict:
    """The entries of a matrix by place."""
    return {(k, i, j): value for i, row in enumerate(matrix) for j, value in enumerate(row)}


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
        gamma = self.family.matrices[0][0][0]
        ((K,),) = series.point(self.family)
        place = series.written(K.scaled(gamma.inverse()), known)
        if self.leaf.unknowns == (self.leaf.z,):
            return [place]
        place = series.written(K.scaled(gamma.inverse()), 1)
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
        members = _finer(self.members, seen)
        for place, value in seen.items():
            if place not in members and not value.is_zero():
                members[place] = (place, 1)
        return None if members == self.members else replace(self, members=members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of K = (U* G U)⁻¹ + R."""
        K = series.point(self.family)
        return [series.written(K[i][j], known) for _, i, j in self.names]


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
        """R = f (a L L* + d V V*)."""
        a, d, f = map(scalars.read, self.names)
        for matrix, trace in ((self.rotation.left, a), (self.rotation.inner, d)):
            own = moved(matrix, self.dyson.scalars, scalars)
            share = scalars.product(own, scalars.adjoint(own))
            for mine, row in zip(total, share, strict=True):
                mine[:] = [x - f * trace * y for x, y in zip(mine, row, strict=True)]

    def seen(self, matrix: Matrix, scalars: Scalars) -> dict[Place, Fraction]:
        """V* G V and L* G L."""
        inverse = inverse_by_components(matrix, scalars)
        found = {}
        for k, side in enumerate((self.rotation.inner, self.rotation.left)):
            own = moved(side, self.dyson.scalars, scalars)
            found.update(
                placed(k, scalars.product(scalars.product(scalars.adjoint(own), inverse), own))
            )
        return found

    def relations(self, seen: dict[Place, Fraction], scalars: Scalars) -> list[Relation]:
        """Block traces a and d, and the quadratic equation of f."""
        a, d, f = self.names
        return [
            Relation(a, scalars.write(seen[0, 0, 0])),
            Relation(d, scalars.write(seen[1, 0, 0])),
            Relation(f, 1 - a * d * f**2),
        ]

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the expansions."""
        place = self.dyson.rotations.index(self.rotation)
        values = series.rotations[place].seen(series.matrix)
        return [series.written(value, known) for value in values]


def parts_of(dyson: Dyson, series: BlockSeries) -> list[Part]:
    """The parts, traces grouped by their expansions."""
    parts: list[Part] = []
    if dyson.covariances:
        traces = [series.traces(covariance) for covariance in dyson.covariances]
        entries = [placed(k, matrix) for k, matrix in enumerate(traces)]
        parts.append(Traces(dyson, _grouped({p: v for some in entries for p, v in some.items()})))
    for rotation in dyson.rotations:
        a, d, f = (sp.Dummy(name) for name in ("a", "d", "f"))
        parts.append(HaarPart(dyson, rotation, (a, d, f)))
    for family in dyson.spectral:
        if family.rank == 1 and len(family.letters) == 1:
            parts.append(SpectralPoint(dyson, family, letter_leaf(family.law.system)))
        elif family.atoms is not None:
            K = series.point(family)
            parts.append(SpectralMatrix(dyson, family, _grouped(placed(0, K))))
        else:
            (letter,) = family.letters
            raise NotAlgebraicError(
                f"{letter.name} occurs {family.rank} times in the pencil and its law "
                f"{letter.law} is neither atomic nor built from Gaussian matrices: no closed "
                "system is known here; approximate it by atoms, or write it by Gaussian matrices"
            )
    return parts


def _finer(
    members: Mapping[Place, tuple[Place, int]], seen: Mapping[Place, Fraction]
) -> dict[Place, tuple[Place, int]]:
    """Classes split by what the equations say of their members."""
    finer: dict[Place, tuple[Place, int]] = {}
    known: list[tuple[Place, Fraction, Place]] = []
    for place, (other, sign) in members.items():
        value = seen[place] if sign > 0 else -seen[place]
        same = (at for name, found, at in known if name == other and found == value)
        first = next(same, place)
        if first == place:
            known.append((other, value, place))
        finer[place] = (first, sign * members[first][1])
    return finer


def _grouped(entries: Mapping[Place, object]) -> dict[Place, tuple[Place, int]]:
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


def inverse_by_components(matrix: Sequence[Sequence[Fraction]], scalars: Scalars) -> Matrix:
    """The inverse, computed on each connected set of rows."""
    size = len(matrix)
    left = set(range(size))
    result = [[scalars.zero] * size for _ in range(size)]
    while left:
        block: set[int] = set()
        front = [min(left)]
        while front:
            row = front.pop()
            if row not in block:
                block.add(row)
                front += [
                    j
                    for j in range(size)
                    if not (matrix[row][j].is_zero() and matrix[j][row].is_zero())
                ]
        rows = sorted(block)
        small = scalars.inverse(tuple(tuple(matrix[i][j] for j in rows) for i in rows))
        for i, row in zip(rows, small, strict=True):
            for j, value in zip(rows, row, strict=True):
                result[i][j] = value
        left -= block
    return tuple(map(tuple, result))
