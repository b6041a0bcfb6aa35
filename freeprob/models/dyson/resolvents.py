"""The block traces of a Dyson equation, averaged over the joint eigenvalues of one family.

One deterministic family needs no unknowns of its own: where its letters stand at their joint
eigenvalues λ, the other letters see G = Σ p (z E - Λ₀ - Σ λ C - R)⁻¹ with R of the others only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.models.dyson.dyson import Spectral
from freeprob.models.pencils.scalars import Matrix, Scalars, inverse_by_components


@final
@dataclass(frozen=True)
class Average:
    """Σ weight · value, kept as this sum: put on one denominator it would lose digits.

    Equal values and opposite ones are joined, so that equal averages look alike in all cases that
    symmetries produce; the order of the shares does not matter.
    """

    shares: tuple[tuple[Fraction, Fraction], ...]

    @staticmethod
    def of(shares: Sequence[tuple[Fraction, Fraction]]) -> Average:
        """From weights and values."""
        joined: list[tuple[Fraction, Fraction]] = []
        for weight, value in shares:
            for place, (known, other) in enumerate(joined):
                if other == value:
                    joined[place] = (known + weight, other)
                    break
                if other == -value:
                    joined[place] = (known - weight, other)
                    break
            else:
                joined.append((weight, value))
        left = [(w, value) for w, value in joined if not (w.is_zero() or value.is_zero())]
        return Average(tuple(left))

    def __neg__(self) -> Average:
        return Average(tuple((-weight, value) for weight, value in self.shares))

    def __sub__(self, other: Average) -> Average:
        return Average.of((*self.shares, *(-other).shares))

    def agrees(self, other: Average) -> bool:
        """Whether the two are one sum."""
        return not (self - other).shares

    def scaled(self, factor: Fraction) -> Average:
        """Times a number."""
        return Average(tuple((weight, value * factor) for weight, value in self.shares))

    def is_zero(self) -> bool:
        """Whether nothing is left."""
        return not self.shares

    def written(self, scalars: Scalars) -> sp.Expr:
        """The sum in the caller's symbols."""
        return sp.Add(*(scalars.write(w) * scalars.write(value) for w, value in self.shares))


@final
@dataclass(frozen=True)
class Resolvent:
    """G = Σ weight · M⁻¹ over the eigenvalues of one family; one share if there is no such family.

    Parameters
    ----------
    scalars
        Field of all entries.
    shares
        Weights and matrices M.
    named
        The only inverse, where its entries are unknowns.
    """

    scalars: Scalars
    shares: tuple[tuple[Fraction, Matrix], ...]
    named: Matrix | None = None

    @cached_property
    def inverses(self) -> list[tuple[Fraction, Matrix]]:
        """Weights and M⁻¹."""
        if self.named is not None:
            return [(self.scalars.one, self.named)]
        return [(weight, inverse_by_components(M, self.scalars)) for weight, M in self.shares]

    def corner(self, vectors: Matrix) -> list[list[Average]]:
        """The real coordinates of V* G V."""
        scalars = self.scalars
        left = scalars.adjoint(vectors)
        corners = [
            (weight, scalars.coordinates(scalars.product(scalars.product(left, G), vectors)))
            for weight, G in self.inverses
        ]
        r = range(len(vectors[0]))
        return [[Average.of([(w, c[i][j]) for w, c in corners]) for j in r] for i in r]

    def entry(self, i: int, j: int) -> Average:
        """One entry of G."""
        return Average.of([(weight, G[i][j]) for weight, G in self.inverses])

    def diagonal(self, rows: int) -> list[Average]:
        """The first diagonal entries of G."""
        real = self.scalars.real
        return [Average.of([(w, real(G[i][i])) for w, G in self.inverses]) for i in range(rows)]

    def subordination(self, share: Matrix, vectors: Matrix) -> Matrix | None:
        """Coordinates of (U* (M + share)⁻¹ U)⁻¹, M the only matrix; None where that is not built.

        It is not where G is an average, or a matrix of unknowns.
        """
        if len(self.shares) > 1 or self.named is not None:
            return None
        scalars, (_, M) = self.scalars, next(iter(self.shares))
        without = tuple(
            tuple(a + b for a, b in zip(mine, row, strict=True))
            for mine, row in zip(M, share, strict=True)
        )
        inverse = inverse_by_components(without, scalars)
        left = scalars.adjoint(vectors)
        corner = scalars.product(scalars.product(left, inverse), vectors)
        return scalars.coordinates(scalars.inverse(corner))


def lowered(
    matrix: Matrix, family: Spectral, place: Sequence[sp.Expr], old: Scalars, scalars: Scalars
) -> Matrix:
    """A matrix on a family's own space minus Σ λ c, at joint eigenvalues λ."""
    total = [list(row) for row in matrix]
    for value, small in zip(place, family.matrices, strict=True):
        scale = scalars.read(value)
        for mine, row in zip(total, small, strict=True):
            mine[:] = [
                a - scale * scalars.read(old.write(b)) for a, b in zip(mine, row, strict=True)
            ]
    return tuple(map(tuple, total))


def resolvent_of(
    matrix: Matrix,
    family: Spectral | None,
    old: Scalars,
    scalars: Scalars,
    named: Matrix | None = None,
) -> Resolvent:
    """From z E - Λ₀ - R of all families but one."""
    if family is None or family.atoms is None:
        return Resolvent(scalars, ((scalars.one, matrix),), named)
    U = tuple(tuple(scalars.read(old.write(v)) for v in row) for row in family.range)
    adjoint = scalars.adjoint(U)
    null = tuple((scalars.zero,) * family.rank for _ in range(family.rank))
    shares = []
    for place, weight in family.atoms:
        small = lowered(null, family, place, old, scalars)
        move = scalars.product(scalars.product(U, small), adjoint)
        M = tuple(
            tuple(a + b for a, b in zip(mine, row, strict=True))
            for mine, row in zip(matrix, move, strict=True)
        )
        shares.append((scalars.read(weight), M))
    return Resolvent(scalars, tuple(shares))
