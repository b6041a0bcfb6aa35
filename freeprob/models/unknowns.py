"""The unknowns of a Dyson equation: block traces, and the points of deterministic letters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.door import Fraction
from freeprob.exact.elimination import polynomial
from freeprob.exact.leaves import from_polynomial
from freeprob.exact.system import Leaf, Relation, System
from freeprob.models.block_series import BlockSeries
from freeprob.models.dyson import Dyson, Spectral
from freeprob.models.scalars import Matrix, Scalars

Place = tuple[int, int]
Lead = Callable[[sp.Expr], sp.Expr]
"""The leading behaviour of an unknown near i∞, from z."""


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
    def relations(self, inverse: Matrix, scalars: Scalars) -> list[Relation]:
        """One equation per unknown, from the matrix of all block traces."""

    def refuted(self, inverse: Matrix, scalars: Scalars) -> Self | None:
        """A finer part when unknowns taken to agree do not agree identically."""
        return None

    @abstractmethod
    def leads(self, series: BlockSeries) -> list[Lead]:
        """Leading behaviour of each unknown."""


@final
@dataclass(frozen=True)
class Traces(Part):
    """Block traces in Σ weight · C G C*; ``members`` maps places to (representative, sign)."""

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
        """Σ weight · C G C* in terms of the named traces."""
        write = self.dyson.scalars.write

        def moved(value: Fraction) -> Fraction:
            return scalars.read(write(value))

        for covariance in self.dyson.covariances:
            weight = moved(covariance.weight)
            right = [(place, moved(value)) for place, value in covariance.right.items()]
            for (a, i), first in covariance.left.items():
                scaled = moved(first) * weight
                for (j, b), second in right:
                    if (i, j) in self.members:
                        place, sign = self.members[i, j]
                        trace = scalars.read(sign * self.names[place])
                        total[a][b] = total[a][b] - scaled * second * trace

    def relations(self, inverse: Matrix, scalars: Scalars) -> list[Relation]:
        """Each named trace is its entry of the inverse."""
        return [Relation(name, scalars.write(inverse[i][j])) for (i, j), name in self.names.items()]

    def refuted(self, inverse: Matrix, scalars: Scalars) -> Traces | None:
        """Traces that differ from their representative get a name of their own."""
        members = dict(self.members)
        for (i, j), ((a, b), sign) in self.members.items():
            expected = inverse[a][b] if sign > 0 else -inverse[a][b]
            if inverse[i][j] != expected:
                members[i, j] = ((i, j), 1)
        return None if members == self.members else Traces(self.dyson, members)

    def leads(self, series: BlockSeries) -> list[Lead]:
        """First terms of the expansions."""
        return [_monomial(series, i, j) for i, j in self.names]


def _monomial(series: BlockSeries, i: int, j: int) -> Lead:
    coefficient, power = series.leading(i, j)
    return lambda z: coefficient * z**-power


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
        return [*self.unknowns, *_rational_parts([self.leaf.z, self.leaf.G, *sides])]

    def _vector(self, scalars: Scalars) -> tuple[list[Fraction], Fraction]:
        old = self.dyson.scalars
        column = [scalars.read(old.write(row[0])) for row in self.family.range]
        return column, scalars.read(old.write(self.family.matrices[0][0][0]))

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """γ u u* (ζ - 1/w)."""
        column, gamma = self._vector(scalars)
        place, value = scalars.read(self.leaf.z), scalars.read(self.leaf.G)
        scale = gamma * (place - value.inverse())
        for i, first in enumerate(column):
            for j, second in enumerate(column):
                if not first.is_zero() and not second.is_zero():
                    total[i][j] = total[i][j] - scale * first * scalars.star(second)

    def relations(self, inverse: Matrix, scalars: Scalars) -> list[Relation]:
        """γ u* G u = w, and the equations of the letter's curve."""
        column, gamma = self._vector(scalars)
        total = scalars.zero
        for i, first in enumerate(column):
            for j, second in enumerate(column):
                if not first.is_zero() and not second.is_zero():
                    total = total + scalars.star(first) * inverse[i][j] * second
        return [Relation(self.leaf.G, scalars.write(gamma * total)), *self.leaf.relations]

    def leads(self, series: BlockSeries) -> list[Lead]:
        """The letter's point goes to infinity like 1/(γ u* G u)."""
        old = self.dyson.scalars
        column = [row[0] for row in self.family.range]
        coefficient, power = series.leading_form(column, self.family.matrices[0][0][0])
        write = old.write
        return [
            (lambda z, k=k: self.leaf.at_infinity(z**power / coefficient)[k])
            for k in range(len(self.unknowns))
        ]


def _rational_parts(expressions: Sequence[sp.Expr]) -> list[sp.Expr]:
    """The expressions, for a field of scalars to be made of them."""
    return [e for e in expressions if isinstance(e, sp.Expr)]


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

    R = U (K - F(K)⁻¹) U* with F(K) = Σ p (K - Σ λ c)⁻¹, and U* G U = F(K). ``members`` maps places
    of K that do not vanish to (representative, sign).
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
        for (i, j), (place, sign) in self.members.items():
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
        inverse = scalars.inverse(self._F(scalars))
        R = tuple(
            tuple(a - b for a, b in zip(mine, other, strict=True))
            for mine, other in zip(self._K(scalars), inverse, strict=True)
        )
        U = self._U(scalars)
        share = scalars.product(scalars.product(U, R), scalars.adjoint(U))
        for mine, row in zip(total, share, strict=True):
            mine[:] = [a - b for a, b in zip(mine, row, strict=True)]

    def relations(self, inverse: Matrix, scalars: Scalars) -> list[Relation]:
        """U* G U = F(K) at each named place."""
        U = self._U(scalars)
        g = scalars.product(scalars.product(scalars.adjoint(U), inverse), U)
        F = self._F(scalars)
        return [Relation(scalars.write(F[i][j]), scalars.write(g[i][j])) for i, j in self.names]

    def refuted(self, inverse: Matrix, scalars: Scalars) -> SpectralMatrix | None:
        """Entries whose equations differ from those of their representative get their own name."""
        U = self._U(scalars)
        g = scalars.product(scalars.product(scalars.adjoint(U), inverse), U)
        F = self._F(scalars)
        rank, members = self.family.rank, dict(self.members)
        for i in range(rank):
            for j in range(rank):
                if (i, j) not in members:
                    if not (g[i][j].is_zero() and F[i][j].is_zero()):
                        members[i, j] = ((i, j), 1)
                    continue
                (a, b), sign = members[i, j]
                pair = (g[a][b], F[a][b]) if sign > 0 else (-g[a][b], -F[a][b])
                if (g[i][j], F[i][j]) != pair:
                    members[i, j] = ((i, j), 1)
        return None if members == self.members else replace(self, members=members)

    def leads(self, series: BlockSeries) -> list[Lead]:
        """First terms of K = (U* G U)⁻¹ + R."""
        K = series.point(self.family)
        found = []
        for i, j in self.names:
            coefficient, power = series.written(K[i][j])
            found.append(lambda z, c=coefficient, p=power: c * z**-p)
        return found


def parts_of(dyson: Dyson, series: BlockSeries) -> list[Part]:
    """The parts, traces grouped by their expansions."""
    parts: list[Part] = []
    used = sorted({(i, j) for c in dyson.covariances for _, i in c.left for j, _ in c.right})
    entries = {place: series.matrix[place[0]][place[1]] for place in used}
    if dyson.covariances:
        parts.append(Traces(dyson, _grouped(entries)))
    for family in dyson.spectral:
        if family.rank == 1 and len(family.letters) == 1:
            parts.append(SpectralPoint(dyson, family, letter_leaf(family.law.system)))
        elif family.atoms is not None:
            K = series.point(family)
            places = {(i, j): K[i][j] for i in range(family.rank) for j in range(family.rank)}
            parts.append(SpectralMatrix(dyson, family, _grouped(places)))
        else:
            (letter,) = family.letters
            raise NotAlgebraicError(
                f"{letter.name} occurs {family.rank} times in the pencil and its law "
                f"{letter.law} is neither atomic nor built from Gaussian matrices: no closed system "
                "is known here; approximate it by atoms, or write it by Gaussian matrices"
            )
    return parts


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
