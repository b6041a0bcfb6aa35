"""Dampings over the steps of a training, and the learning rates that go with them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from freeprob.errors import InvalidParameterError
from freeprob.parameters import count, finite, flag


class Schedule(ABC):
    """A damping that may follow the noise of the curvature."""

    scales_rate: bool

    @abstractmethod
    def delta_at(self, step: int, last: float, measure: Callable[[int], float]) -> float:
        """δ of this step, from the last one and the noise of so many batch Hessians, if asked."""

    def rate(self, rate: float, delta: float) -> float:
        """The learning rate α(1 + δ), or α itself.

        α(1 + δ)/(λ + δ) = α/(βλ + 1 - β) with β = 1/(1 + δ): flat directions keep the step α
        (1 + δ)/δ, and where λ = 1 nothing changes.
        """
        return rate * (1 + delta) if self.scales_rate else rate


@final
@dataclass(frozen=True)
class FixedDamping(Schedule):
    """The same δ at every step.

    Parameters
    ----------
    delta
        δ > 0.
    scales_rate
        Whether the learning rate is multiplied by 1 + δ.

    Raises
    ------
    InvalidParameterError
        For δ ≤ 0.

    Examples
    --------
    >>> from freeprob.landscapes.damping import FixedDamping
    >>> FixedDamping(1, scales_rate=True).rate(0.25, 1)
    0.5
    """

    delta: float
    scales_rate: bool = False

    def __post_init__(self) -> None:
        """Read δ."""
        object.__setattr__(self, "delta", _positive(self.delta, "delta"))
        object.__setattr__(self, "scales_rate", flag(self.scales_rate, "scales_rate"))

    def delta_at(self, step: int, last: float, measure: Callable[[int], float]) -> float:
        """δ, and nothing is measured."""
        return self.delta


@final
@dataclass(frozen=True)
class AdaptiveDamping(Schedule):
    """δ follows the variance of batch Hessians: δ ← (1 - w) δ + w (δ_min + variance).

    The first time δ = δ_min + variance. The learning rate is multiplied by 1 + δ, which takes
    back what damping takes from the step where the curvature is 1.

    Parameters
    ----------
    least
        δ_min > 0.
    gap
        Steps between measurements.
    weight
        w in (0, 1].
    batches
        Hessians of a measurement, see :func:`curvature_noise`.
    scales_rate
        Whether the learning rate is multiplied by 1 + δ.

    Raises
    ------
    InvalidParameterError
        For numbers out of range.

    Notes
    -----
    Source: Granziol-Baskerville 2020, as their public code has it (w = 0.3), whose printed text was
    not compared. The variance is a squared curvature, so δ changes its meaning when the loss is
    multiplied by a number.

    Examples
    --------
    >>> from freeprob.landscapes.damping import AdaptiveDamping
    >>> schedule = AdaptiveDamping(least=0.01)
    >>> first = schedule.delta_at(0, 0.0, lambda batches: 0.04)
    >>> round(first, 6), round(schedule.delta_at(20, first, lambda batches: 0.14), 6)
    (0.05, 0.08)
    """

    least: float = 1e-3
    gap: int = 20
    weight: float = 0.3
    batches: int = 4
    scales_rate: bool = True

    def __post_init__(self) -> None:
        """Read the numbers."""
        object.__setattr__(self, "least", _positive(self.least, "least"))
        object.__setattr__(self, "gap", count(self.gap, "gap", least=1))
        object.__setattr__(self, "batches", count(self.batches, "batches", least=2))
        object.__setattr__(self, "weight", _positive(self.weight, "weight"))
        object.__setattr__(self, "scales_rate", flag(self.scales_rate, "scales_rate"))
        if self.weight > 1:
            raise InvalidParameterError(f"the weight lies in (0, 1], got {self.weight}")

    def delta_at(self, step: int, last: float, measure: Callable[[int], float]) -> float:
        """Every ``gap`` steps, from the first on, δ after a measurement; between, the last one."""
        if step % self.gap:
            return last
        fresh = self.least + measure(self.batches)
        return fresh if step == 0 else (1 - self.weight) * last + self.weight * fresh


def _positive(value: object, name: str) -> float:
    number = finite(value, name)
    if number <= 0:
        raise InvalidParameterError(f"{name} must be positive, got {value}")
    return number
