"""A drawn self-adjoint matrix, kept in the form in which its spectrum is cheapest and sharpest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from freeprob.errors import UndefinedOperationError
from freeprob.memory import require_memory

# below this ratio of extreme eigenvalues, squaring the factor has cost half of the digits
_SQUARING_LIMIT = 1e-10
# eigenvalues this close below zero, relative to the largest, are rounding errors of zero
_NEGATIVE_ZERO = 1e-10


class SelfAdjoint(ABC):
    """A self-adjoint matrix: :class:`Diagonal`, :class:`Dense` or :class:`Gram`."""

    @abstractmethod
    def matrix(self) -> np.ndarray:
        """The ``n × n`` array."""

    @abstractmethod
    def eigenvalues(self) -> np.ndarray:
        """All ``n`` eigenvalues, ascending."""

    @abstractmethod
    def conjugated(self, left: np.ndarray) -> SelfAdjoint:
        """The matrix ``left @ self @ left*`` for ``left`` of shape ``(k, n)``."""

    @abstractmethod
    def scaled(self, roots: np.ndarray) -> SelfAdjoint:
        """The matrix ``diag(roots) @ self @ diag(roots)``."""

    @abstractmethod
    def corner(self, size: int) -> SelfAdjoint:
        """The first ``size`` rows and columns."""

    @abstractmethod
    def affine(self, scale: float, shift: float) -> SelfAdjoint:
        """The matrix ``scale · self + shift``."""


@dataclass(frozen=True, eq=False)
class Diagonal(SelfAdjoint):
    """Matrix known by its eigenvalues, written in its eigenbasis.

    Parameters
    ----------
    values
        The eigenvalues, in any order.
    """

    values: np.ndarray

    def matrix(self) -> np.ndarray:
        """The diagonal array."""
        require_memory(2 * self.values.shape, "a matrix")
        return np.diag(self.values)

    def eigenvalues(self) -> np.ndarray:
        """The values, ascending."""
        return np.sort(self.values)

    def conjugated(self, left: np.ndarray) -> SelfAdjoint:
        """Positive values give a factor, without the columns that vanish."""
        if np.any(self.values < 0):
            return Dense((left * self.values) @ left.conj().T)
        keep = self.values != 0
        return Gram(left[:, keep] * np.sqrt(self.values[keep]))

    def scaled(self, roots: np.ndarray) -> Diagonal:
        """The values times the squares."""
        return Diagonal(self.values * roots**2)

    def corner(self, size: int) -> Diagonal:
        """The first values."""
        return Diagonal(self.values[:size])

    def affine(self, scale: float, shift: float) -> Diagonal:
        """The values, mapped."""
        return Diagonal(scale * self.values + shift)

    def roots(self) -> np.ndarray:
        """Square roots of the values, ascending.

        Raises
        ------
        UndefinedOperationError
            When a value is negative beyond rounding.
        """
        if self.values.min() < -_NEGATIVE_ZERO * np.abs(self.values).max():
            raise UndefinedOperationError(
                f"a matrix with eigenvalue {self.values.min():.6g} has no square root; "
                "only one factor of a free product may take negative values, singular values none"
            )
        return np.sqrt(np.maximum(np.sort(self.values), 0))


@dataclass(frozen=True, eq=False)
class Dense(SelfAdjoint):
    """Matrix known by its entries.

    Parameters
    ----------
    entries
        A self-adjoint array; LAPACK reads its lower triangle.
    """

    entries: np.ndarray

    def matrix(self) -> np.ndarray:
        """The entries."""
        return self.entries

    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues by LAPACK, ascending."""
        return np.linalg.eigvalsh(self.entries)

    def conjugated(self, left: np.ndarray) -> Dense:
        """The product of the three arrays."""
        return Dense(left @ self.entries @ left.conj().T)

    def scaled(self, roots: np.ndarray) -> Dense:
        """Rows and columns, scaled."""
        return Dense(roots[:, None] * self.entries * roots)

    def corner(self, size: int) -> Dense:
        """The upper left block."""
        return Dense(self.entries[:size, :size])

    def affine(self, scale: float, shift: float) -> Dense:
        """The entries, with the shift on the diagonal."""
        entries = self.entries if scale == 1 else scale * self.entries
        if shift != 0:
            entries = entries + shift * np.eye(len(entries))
        return Dense(entries)


@dataclass(frozen=True, eq=False)
class Gram(SelfAdjoint):
    """Positive semidefinite matrix F F*, known by its factor.

    Squared singular values are non-negative, tiny ones are right, and those that vanish because
    the rank is deficient vanish exactly; computed eigenvalues of F F* are none of this.

    Parameters
    ----------
    factor
        F, of shape ``(n, m)``.
    """

    factor: np.ndarray

    def matrix(self) -> np.ndarray:
        """The product F F*."""
        require_memory(2 * self.factor.shape[:1], "a matrix")
        return self.factor @ self.factor.conj().T

    def eigenvalues(self) -> np.ndarray:
        """Squared singular values and exact zeros, ascending."""
        size = len(self.factor)
        factor = self.factor
        if not factor[:, :1].all():
            factor = factor[factor.any(axis=1)]
        if factor.shape[1] < len(factor):
            factor = factor.conj().T
        if not factor.size:
            return np.zeros(size)
        values = np.linalg.eigvalsh(factor @ factor.conj().T)
        if values[0] < _SQUARING_LIMIT * values[-1]:
            values = np.linalg.svd(factor, compute_uv=False)[::-1] ** 2
        return np.concatenate([np.zeros(size - len(values)), values])

    def conjugated(self, left: np.ndarray) -> Gram:
        """The factor, multiplied from the left."""
        return Gram(left @ self.factor)

    def scaled(self, roots: np.ndarray) -> Gram:
        """The rows of the factor, scaled."""
        return Gram(roots[:, None] * self.factor)

    def corner(self, size: int) -> Gram:
        """The first rows of the factor."""
        return Gram(self.factor[:size])

    def affine(self, scale: float, shift: float) -> SelfAdjoint:
        """A factor as long as the matrix stays positive semidefinite with the same kernel."""
        if scale > 0 and shift == 0:
            return Gram(np.sqrt(scale) * self.factor)
        return Dense(self.matrix()).affine(scale, shift)

    def coroot(self) -> np.ndarray:
        """L of at most n rows, with L* L the matrix."""
        rows, columns = self.factor.shape
        adjoint = self.factor.conj().T
        return adjoint if columns <= rows else np.asarray(np.linalg.qr(adjoint, mode="r"))
