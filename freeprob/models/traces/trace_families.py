"""What free families of letters say of the block traces of any pencil, self-adjoint or not.

Each family has matrices of unknowns, its corners, a share R of the matrix G⁻¹ = 1 - ΣR in terms of
them, and the equations that give the corners back from G. The size s of the letters is part of
their coefficients.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import TypeAlias, final

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.door import Fraction
from freeprob.models.dyson.letter_shares import ExactSandwiches, GaussianShare, HaarShare
from freeprob.models.pencils.scalars import Matrix, Scalars, inverse_by_components

_MOST_TERMS = 3000
"""Of a polynomial in block traces: sums and inverses of matrices of these take seconds."""

Corners: TypeAlias = Mapping[str, Matrix]


class Family(ABC):
    """Letters that are free from all others."""

    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Names and shapes of its corners."""

    @abstractmethod
    def share(self, corners: Corners, scalars: Scalars) -> Matrix:
        """Its R."""

    @abstractmethod
    def seen(
        self, corners: Corners, total: Matrix, G: Matrix, share: Matrix, scalars: Scalars
    ) -> dict[str, Matrix]:
        """What its corners are, from G⁻¹, G and its own share of G⁻¹."""


@final
@dataclass(frozen=True)
class Pair(Family):
    """E[A x G A' x'] = L (w ∘ V* G L') V'*: the corner is V* G L' of :class:`GaussianShare`.

    The columns of L and L' start with 1: what they are multiples of is in the weights, in which
    most radicals of parameters meet themselves again.
    """

    first: tuple[Matrix, Matrix]
    second: tuple[Matrix, Matrix]
    weights: Matrix

    @staticmethod
    def of(first: tuple[Matrix, Matrix], second: tuple[Matrix, Matrix], weight: Fraction) -> Pair:
        """A pair from factors, the multiples in their columns taken out."""
        (left, scales), (right, others) = (_normalised(matrix) for matrix, _ in (first, second))
        weights = tuple(tuple(weight * a * b for b in others) for a in scales)
        return Pair((left, first[1]), (right, second[1]), weights)

    def shapes(self) -> dict[str, tuple[int, int]]:
        """One corner."""
        return {"X": (len(self.first[1][0]), len(self.second[0][0]))}

    def share(self, corners: Corners, scalars: Scalars) -> Matrix:
        """L (w ∘ X) V'*."""
        X = tuple(
            tuple(weight * value for weight, value in zip(weights, row, strict=True))
            for weights, row in zip(self.weights, corners["X"], strict=True)
        )
        return self._own(scalars).share(X)

    def _own(self, scalars: Scalars) -> GaussianShare[Matrix, Matrix]:
        return GaussianShare(ExactSandwiches(scalars), self.first, self.second)

    def seen(
        self, corners: Corners, total: Matrix, G: Matrix, share: Matrix, scalars: Scalars
    ) -> dict[str, Matrix]:
        """V* G L'."""
        return {"X": self._own(scalars).corner(G)}


@final
@dataclass(frozen=True)
class Commuting(Family):
    """Σ A_y ⊗ y for deterministic y with finitely many joint eigenvalues: Σ λ_y A_y = L c_λ V*.

    The corner is W = V* M⁻¹ L, M without this family; R = L (1 + Y W)⁻¹ Y V* with
    Y = Σ p c_λ (1 - W c_λ)⁻¹.
    """

    left: Matrix
    inner: Matrix
    atoms: tuple[tuple[Matrix, Fraction], ...]

    def shapes(self) -> dict[str, tuple[int, int]]:
        """One corner."""
        return {"W": (len(self.inner[0]), len(self.left[0]))}

    def share(self, corners: Corners, scalars: Scalars) -> Matrix:
        """L (1 + Y W)⁻¹ Y V*."""
        W = corners["W"]
        self._require_short(sum(not value.is_zero() for row in W for value in row))
        Y: Matrix = tuple((scalars.zero,) * len(W) for _ in W[0])
        for small, weight in self.atoms:
            below = _difference(unit(len(W), scalars), scalars.product(W, small))
            above = scalars.product(small, scalars.inverse(below))
            Y = _difference(Y, tuple(tuple(-weight * value for value in row) for row in above))
        negative = tuple(tuple(-value for value in row) for row in scalars.product(Y, W))
        bottom = scalars.inverse(_difference(unit(len(Y), scalars), negative))
        return _chain(scalars, self.left, bottom, Y, scalars.adjoint(self.inner))

    def _require_short(self, unknowns: int) -> None:
        """Refuse a sum over eigenvalues whose common denominator is too long to be written.

        Raises
        ------
        BudgetExceededError
            Before anything is added.
        """
        degree = min(len(self.inner[0]), len(self.left[0])) * len(self.atoms)
        terms = comb(degree + unknowns, unknowns)
        if terms > _MOST_TERMS:
            raise BudgetExceededError(
                f"a letter of {len(self.atoms)} eigenvalues that occurs with {unknowns} block "
                f"traces would have a denominator of {terms} terms: take fewer eigenvalues, or "
                "fewer factors with this letter in one trace; simulate() draws the matrix"
            )

    def seen(
        self, corners: Corners, total: Matrix, G: Matrix, share: Matrix, scalars: Scalars
    ) -> dict[str, Matrix]:
        """V* (G⁻¹ + R)⁻¹ L."""
        without = _difference(total, tuple(tuple(-value for value in row) for row in share))
        inverse = inverse_by_components(without, scalars)
        return {"W": _chain(scalars, scalars.adjoint(self.inner), inverse, self.left)}


@final
@dataclass(frozen=True)
class Haar(Family):
    """A ⊗ u + A' ⊗ u* with A = L V* and A' = L' V'*, the size of the letters in L.

    The corners are X, Y and D = F - 1 of :class:`HaarShare`.
    """

    first: tuple[Matrix, Matrix]
    second: tuple[Matrix, Matrix]

    def shapes(self) -> dict[str, tuple[int, int]]:
        """X, Y, and D, which vanishes with the letters."""
        rank, other = len(self.first[1][0]), len(self.second[1][0])
        return {"X": (rank, other), "Y": (other, rank), "D": (other, other)}

    def share(self, corners: Corners, scalars: Scalars) -> Matrix:
        """L X F V'* + L' F Y V*."""
        return self._own(scalars).share(corners["X"], corners["Y"], self._F(corners, scalars))

    def _own(self, scalars: Scalars) -> HaarShare[Matrix, Matrix]:
        return HaarShare(ExactSandwiches(scalars), self.first, self.second)

    def seen(
        self, corners: Corners, total: Matrix, G: Matrix, share: Matrix, scalars: Scalars
    ) -> dict[str, Matrix]:
        """Corners of G, and -Y X F²."""
        own = self._own(scalars)
        X, Y = own.corners(G)
        lost = own.lost(corners["X"], corners["Y"], self._F(corners, scalars))
        return {"X": X, "Y": Y, "D": tuple(tuple(-value for value in row) for row in lost)}

    def _F(self, corners: Corners, scalars: Scalars) -> Matrix:
        D = tuple(tuple(-value for value in row) for row in corners["D"])
        return _difference(unit(len(D), scalars), D)


def unit(size: int, scalars: Scalars) -> Matrix:
    """The identity matrix."""
    r = range(size)
    return tuple(tuple(scalars.one if i == j else scalars.zero for j in r) for i in r)


def subtracted(matrix: Matrix, shares: Sequence[Matrix]) -> Matrix:
    """A matrix without all shares."""
    for share in shares:
        matrix = _difference(matrix, share)
    return matrix


def _difference(one: Matrix, other: Matrix) -> Matrix:
    return tuple(
        tuple(a if b.is_zero() else a - b for a, b in zip(mine, row, strict=True))
        for mine, row in zip(one, other, strict=True)
    )


def _chain(scalars: Scalars, *matrices: Matrix) -> Matrix:
    first, *others = matrices
    for other in others:
        first = scalars.product(first, other)
    return first


def _normalised(matrix: Matrix) -> tuple[Matrix, list[Fraction]]:
    """Columns that start with 1, and what they were multiplied with."""
    scales = [
        next(value for value in column if not value.is_zero())
        for column in zip(*matrix, strict=True)
    ]
    return tuple(
        tuple(value / scale for value, scale in zip(row, scales, strict=True)) for row in matrix
    ), scales
