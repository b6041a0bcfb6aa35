"""Losses of a network's outputs: value, slope and curvature of each sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from freeprob.errors import InvalidParameterError

Array = NDArray[np.float64]

_ROUNDING = 1e-9  # of a sum of some hundred probabilities


class Loss(ABC):
    """A loss ℓ(y, t) of outputs and targets, both samples x outputs."""

    @abstractmethod
    def check(self, targets: Array) -> None:
        """Refuse targets that the loss has no meaning for.

        Raises
        ------
        InvalidParameterError
            If there are such.
        """

    @abstractmethod
    def value(self, outputs: Array, targets: Array) -> float:
        """The mean over samples."""

    @abstractmethod
    def slope(self, outputs: Array, targets: Array) -> Array:
        """∂ℓ/∂y of each sample."""

    @abstractmethod
    def curvature(self, outputs: Array, targets: Array, moved: Array) -> Array:
        """∂²ℓ/∂y² times changes of the outputs (directions x samples x outputs)."""

    @abstractmethod
    def roots(self, outputs: Array) -> Iterator[Array]:
        """Columns r of each sample with Σ r rᵀ = ∂²ℓ/∂y²."""


@final
class Square(Loss):
    """½|y - t|²."""

    def check(self, targets: Array) -> None:
        """All numbers are targets."""

    def value(self, outputs: Array, targets: Array) -> float:
        """The mean over samples."""
        return float(((outputs - targets) ** 2).sum() / (2 * len(targets)))

    def slope(self, outputs: Array, targets: Array) -> Array:
        """∂ℓ/∂y = y - t."""
        return outputs - targets

    def curvature(self, outputs: Array, targets: Array, moved: Array) -> Array:
        """The identity."""
        return moved

    def roots(self, outputs: Array) -> Iterator[Array]:
        """The unit vectors."""
        for k in range(outputs.shape[1]):
            unit = np.zeros_like(outputs)
            unit[:, k] = 1
            yield unit


@final
class Softmax(Loss):
    """Cross entropy: -t·log p, p = softmax(y), for targets that are probabilities."""

    def check(self, targets: Array) -> None:
        """Rows are probabilities.

        Raises
        ------
        InvalidParameterError
            If they are not.
        """
        if (targets < 0).any() or (np.abs(targets.sum(axis=1) - 1) > _ROUNDING).any():
            raise InvalidParameterError(
                "targets of the softmax loss are probabilities, rows ≥ 0 of sum 1: np.eye(classes)"
                "[labels] for labels"
            )

    def value(self, outputs: Array, targets: Array) -> float:
        """The mean over samples."""
        return float(-(targets * log_softmax(outputs, axis=1)).sum() / len(targets))

    def slope(self, outputs: Array, targets: Array) -> Array:
        """∂ℓ/∂y = p - t."""
        return softmax(outputs, axis=1) - targets

    def curvature(self, outputs: Array, targets: Array, moved: Array) -> Array:
        """diag(p) - p pᵀ."""
        p = softmax(outputs, axis=1)
        return p * (moved - (p * moved).sum(axis=-1, keepdims=True))

    def roots(self, outputs: Array) -> Iterator[Array]:
        """√p_k (e_k - p), whose squares sum to diag(p) - p pᵀ."""
        p = softmax(outputs, axis=1)
        for k in range(outputs.shape[1]):
            column = -p.copy()
            column[:, k] += 1
            yield np.sqrt(p[:, [k]]) * column


LOSSES: dict[str, Loss] = {"square": Square(), "softmax": Softmax()}
