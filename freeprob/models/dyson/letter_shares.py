"""R of Gaussian and of Haar letters, stated once for matrices of every kind.

A letter x occurs as A ⊗ x + A' ⊗ x* with A = L V* and A' = L' V'*, of as many columns as ranks; in
a self-adjoint pencil L' = V and V' = L. Matrices of fractions, of power series, of float64 numbers
and of balls read R here by four operations.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeAlias, TypeVar, final

from freeprob.models.dyson.dyson import Covariance, Rotation
from freeprob.models.pencils.scalars import Matrix, Scalars

C = TypeVar("C")
"""Matrices of coefficients, as they are read."""

M = TypeVar("M")
"""Matrices of values."""

Factors: TypeAlias = tuple[Matrix, Matrix]
"""L and V."""


class Sandwiches(Protocol[C, M]):
    """Arithmetic of matrices of one kind."""

    def read(self, matrix: Matrix) -> C:
        """Coefficients of an expression."""
        ...

    def inner(self, left: C, middle: M, right: C) -> M:
        """The block traces left* · middle · right."""
        ...

    def outer(self, left: C, middle: M, right: C) -> M:
        """The share left · middle · right* of a matrix."""
        ...

    def product(self, one: M, other: M) -> M:
        """The matrix product."""
        ...

    def plus(self, one: M, other: M) -> M:
        """The sum."""
        ...


@final
class GaussianShare(Generic[C, M]):
    """R(G) = E[A x G A' x'] = L (V* G L') V'*, weights of the letter in the factors."""

    def __init__(self, algebra: Sandwiches[C, M], first: Factors, second: Factors) -> None:
        self._algebra = algebra
        self._L, self._V = map(algebra.read, first)
        self._M, self._W = map(algebra.read, second)

    @staticmethod
    def of(algebra: Sandwiches[C, M], own: Covariance) -> GaussianShare[C, M]:
        """Of a self-adjoint pencil, the weight in the first L."""
        scaled = tuple(tuple(own.weight * value for value in row) for row in own.left)
        return GaussianShare(algebra, (scaled, own.inner), (own.inner, own.left))

    def corner(self, G: M) -> M:
        """X = V* G L'."""
        return self._algebra.inner(self._V, G, self._M)

    def share(self, corner: M) -> M:
        """L X V'*."""
        return self._algebra.outer(self._L, corner, self._W)


@final
class HaarShare(Generic[C, M]):
    """R(G) = L X F V'* + L' F Y V* with X = V* G L', Y = V'* G L and F = 1 - Y X F².

    The alternating free cumulants of u are signed Catalan numbers, of which F is the series.
    """

    def __init__(self, algebra: Sandwiches[C, M], first: Factors, second: Factors) -> None:
        self._algebra = algebra
        self._L, self._V = map(algebra.read, first)
        self._M, self._W = map(algebra.read, second)

    @staticmethod
    def of(algebra: Sandwiches[C, M], own: Rotation) -> HaarShare[C, M]:
        """Of a self-adjoint pencil."""
        return HaarShare(algebra, (own.left, own.inner), (own.inner, own.left))

    def corners(self, G: M) -> tuple[M, M]:
        """X and Y."""
        inner = self._algebra.inner
        return inner(self._V, G, self._M), inner(self._W, G, self._L)

    def lost(self, X: M, Y: M, F: M) -> M:
        """Y X F², by which F is less than 1."""
        product = self._algebra.product
        return product(product(Y, X), product(F, F))

    def share(self, X: M, Y: M, F: M) -> M:
        """The share of corners and of F."""
        product = self._algebra.product
        return self.spread(product(X, F), product(F, Y))

    def spread(self, first: M, second: M) -> M:
        """L X V'* + L' Y V*."""
        outer = self._algebra.outer
        return self._algebra.plus(outer(self._L, first, self._W), outer(self._M, second, self._V))


@final
class ExactSandwiches:
    """Matrices over a field of coefficients, where those of ``old`` are read; None if it is old."""

    def __init__(self, scalars: Scalars, old: Scalars | None = None) -> None:
        self._scalars, self._old = scalars, old

    def read(self, matrix: Matrix) -> Matrix:
        """In the larger field."""
        if self._old is None:
            return matrix
        read, write = self._scalars.read, self._old.write
        return tuple(tuple(read(write(value)) for value in row) for row in matrix)

    def inner(self, left: Matrix, middle: Matrix, right: Matrix) -> Matrix:
        """The products."""
        return self.product(self.product(self._scalars.adjoint(left), middle), right)

    def outer(self, left: Matrix, middle: Matrix, right: Matrix) -> Matrix:
        """The products."""
        return self.product(self.product(left, middle), self._scalars.adjoint(right))

    def product(self, one: Matrix, other: Matrix) -> Matrix:
        """Zeros skipped."""
        return self._scalars.product(one, other)

    def plus(self, one: Matrix, other: Matrix) -> Matrix:
        """Entry by entry."""
        return tuple(
            tuple(
                b if a.is_zero() else a if b.is_zero() else a + b for a, b in zip(x, y, strict=True)
            )
            for x, y in zip(one, other, strict=True)
        )
