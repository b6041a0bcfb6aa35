"""How the block traces of a pencil move when a constant is added to it.

With Q = Λ(z)⁻¹ and a matrix W of scalars, Ġ = (id ⊗ tr) Q (W ⊗ 1) Q is the derivative of G in the
direction -W of Λ, so that Ġ = G (W + R'(Ġ)) G. Of a Gaussian letter R'(T) = weight · C T C*; of a
deterministic family R'(T) = U (F⁻¹ T_U F⁻¹ - A⁻¹(T_U)) U* with T_U = U* T U, F = U* G U and
A(T) = E (K - Σ λc)⁻¹ T (K - Σ λc)⁻¹, or that of Σ κₙ c (F c)ⁿ⁻¹; of a Haar letter that of
f (a L L* + d V V*). Where G is the average of resolvents over one family, so is Ġ, and R is that of
the others.
Source: Helton-Rashidi Far-Speicher 2007; Mingo-Speicher 2006.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import final

import sympy as sp
from flint import acb, acb_mat

from freeprob.exact.systems.system import Leaf, flatten
from freeprob.models.dyson.dyson import Covariance, Dyson, Rotation, Spectral
from freeprob.models.dyson.letter_shares import GaussianShare, HaarShare
from freeprob.models.pencils.scalars import Matrix
from freeprob.numeric.branch.functions import values_at, values_program
from freeprob.numeric.programs.lowering import read_place

Share = Callable[[acb_mat], acb_mat]


@final
@dataclass(frozen=True)
class Perturbation:
    """A pencil on its curve, as far as a change of its constant is concerned.

    Parameters
    ----------
    system
        The curve.
    dyson
        The letters.
    weights, shares
        Of the resolvents that G is the average of.
    families, points
        Deterministic families other than the one averaged over, and K of each, then f of each Haar
        letter, by the unknowns.
    few
        Letters with nilpotent F c, and their cumulants.
    """

    system: Leaf
    dyson: Dyson
    weights: tuple[sp.Expr, ...]
    shares: tuple[sp.ImmutableMatrix, ...]
    families: tuple[Spectral, ...]
    points: tuple[sp.ImmutableMatrix, ...]
    few: tuple[tuple[Spectral, tuple[sp.Expr, ...]], ...]

    def at(self, unknowns: Sequence[acb], bits: int) -> Moving:
        """At a point of the curve."""
        matrices = (*self.shares, *self.points)
        flat = [*self.weights, *(value for matrix in matrices for value in matrix)]
        values = values_at(values_program(flatten(self.system), flat), list(unknowns), bits)
        count = len(self.weights)
        weights, values = values[:count], values[count:]
        tables = []
        for matrix in matrices:
            tables.append(acb_mat(matrix.rows, matrix.rows, values[: matrix.rows**2]))
            values = values[matrix.rows**2 :]
        shares = tuple(zip(weights, tables[:count], strict=True))
        return Moving(self.dyson, shares, self.families, tuple(tables[count:]), self.few)


@final
@dataclass(frozen=True, eq=False)
class Moving:
    """Block traces at a point, and the derivative of each family's R there."""

    dyson: Dyson
    shares: tuple[tuple[acb, acb_mat], ...]
    families: tuple[Spectral, ...]
    points: tuple[acb_mat, ...]
    few: tuple[tuple[Spectral, tuple[sp.Expr, ...]], ...]

    @property
    def traces(self) -> acb_mat:
        """G."""
        return reduce(lambda one, other: one + other, (Q * weight for weight, Q in self.shares))

    def coefficients(self, matrix: Matrix) -> acb_mat:
        """Coefficients of the equation."""
        write = self.dyson.scalars.write
        rows = [[read_place(write(value))() for value in row] for row in matrix]
        return acb_mat(rows)

    def _responses(self) -> list[Share]:
        """R' of each family."""
        return [
            *map(self._gaussian, self.dyson.covariances),
            *map(self._spectral, self.families, self.points),
            *(self._nilpotent(family, cumulants) for family, cumulants in self.few),
            *map(self._haar, self.dyson.rotations, self.points[len(self.families) :]),
        ]

    def _gaussian(self, covariance: Covariance) -> Share:
        own = GaussianShare.of(_Balls(self), covariance)
        return lambda T: own.share(own.corner(T))

    def _spectral(self, family: Spectral, K: acb_mat) -> Share:
        U = self.coefficients(family.range)
        inverse = (_adjoint(U) * self.traces * U).inv()
        matrices, size = [self.coefficients(matrix) for matrix in family.matrices], family.rank
        average = acb_mat(size**2, size**2)
        for place, weight in family.atoms or ():
            moved = K
            for value, matrix in zip(place, matrices, strict=True):
                moved = moved - matrix * read_place(value)()
            average += _two_sided(moved.inv()) * read_place(weight)()
        back = average.inv()

        def share(T: acb_mat) -> acb_mat:
            own = _adjoint(U) * T * U
            flat = back * acb_mat(size**2, 1, own.entries())
            return U * (inverse * own * inverse - acb_mat(size, size, flat.entries())) * _adjoint(U)

        return share

    def _nilpotent(self, family: Spectral, cumulants: Sequence[sp.Expr]) -> Share:
        """Of Σ κₙ c (F c)ⁿ⁻¹."""
        U, (small,) = self.coefficients(family.range), family.matrices
        c = self.coefficients(small)
        step = (_adjoint(U) * self.traces * U) * c
        powers = [acb_mat(family.rank, family.rank, 1)]
        for _ in cumulants:
            powers.append(powers[-1] * step)

        def share(T: acb_mat) -> acb_mat:
            own, total = _adjoint(U) * T * U * c, T * 0
            for n, cumulant in enumerate(cumulants):
                for k in range(n):
                    term = c * powers[k] * own * powers[n - 1 - k] * read_place(cumulant)()
                    total = total + U * term * _adjoint(U)
            return total

        return share

    def _haar(self, rotation: Rotation, point: acb_mat) -> Share:
        own = HaarShare.of(_Balls(self), rotation)
        a, d = (corner[0, 0] for corner in own.corners(self.traces))
        f = point[0, 0]
        # f = 1 - a d f²
        slope = -(f**2) / (1 + 2 * a * d * f)

        def share(T: acb_mat) -> acb_mat:
            da, dd = (corner[0, 0] for corner in own.corners(T))
            df = slope * (a * dd + d * da)
            return own.spread(acb_mat([[df * a + f * da]]), acb_mat([[df * d + f * dd]]))

        return share

    def moved(self, direction: acb_mat) -> acb_mat:
        """Ġ for a direction W."""
        size = direction.nrows()
        responses = self._responses()
        columns = []
        for k in range(size**2):
            unit = acb_mat(size, size, [acb(int(j == k)) for j in range(size**2)])
            total = unit
            for response in responses:
                total = total - self._between(response(unit))
            columns.append(total.entries())
        system = acb_mat([list(row) for row in zip(*columns, strict=True)])
        right = acb_mat(size**2, 1, self._between(direction).entries())
        return acb_mat(size, size, system.solve(right).entries())

    def _between(self, matrix: acb_mat) -> acb_mat:
        """Σ p Q T Q."""
        terms = (Q * matrix * Q * weight for weight, Q in self.shares)
        return reduce(lambda one, other: one + other, terms)


@final
@dataclass(frozen=True)
class _Balls:
    """Matrices of balls."""

    moving: Moving

    def read(self, matrix: Matrix) -> acb_mat:
        return self.moving.coefficients(matrix)

    def inner(self, left: acb_mat, middle: acb_mat, right: acb_mat) -> acb_mat:
        return _adjoint(left) * middle * right

    def outer(self, left: acb_mat, middle: acb_mat, right: acb_mat) -> acb_mat:
        return left * middle * _adjoint(right)

    def product(self, one: acb_mat, other: acb_mat) -> acb_mat:
        return one * other

    def plus(self, one: acb_mat, other: acb_mat) -> acb_mat:
        return one + other


def _adjoint(matrix: acb_mat) -> acb_mat:
    return matrix.conjugate().transpose()


def _two_sided(matrix: acb_mat) -> acb_mat:
    """T ↦ M T M on entries row by row."""
    size = matrix.nrows()
    r = range(size)
    return acb_mat([[matrix[i, k] * matrix[l, j] for k in r for l in r] for i in r for j in r])
