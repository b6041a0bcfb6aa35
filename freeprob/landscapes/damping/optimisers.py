"""Optimisers with damping in their denominators, in NumPy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.landscapes.damping.curvature_noise import curvature_noise
from freeprob.landscapes.damping.objectives import (
    LayeredObjective,
    Objective,
    the_objective,
    the_parameters,
)
from freeprob.landscapes.damping.schedules import FixedDamping, Schedule
from freeprob.parameters import count, finite, generator, reals, require
from freeprob.tables import Tabled

Array = NDArray[np.float64]


_WINDOW = 10  # batch losses whose mean tells whether a training has arrived
_SMALL, _MODERATE, _WHOLE = FixedDamping(1e-8), FixedDamping(1e-2), FixedDamping(1.0)


class _Memory(ABC):
    """What an optimiser carries from step to step."""

    @abstractmethod
    def direction(
        self,
        objective: Objective,
        theta: Array,
        gradient: Array,
        batch: NDArray[np.integer],
        delta: float,
    ) -> Array:
        """The step of rate 1, downhill being negative."""


class Optimiser(ABC):
    """A rule of steps θ ← θ - α C⁻¹ g with a damped curvature C."""

    rate: float
    damping: Schedule

    @abstractmethod
    def fresh(self) -> _Memory:
        """An empty memory."""


@final
@dataclass(frozen=True)
class GradientDescent(Optimiser):
    """θ ← θ - α v, v ← ρv + g: C = 0 and δ = 1.

    Parameters
    ----------
    rate
        α.
    momentum
        ρ in [0, 1).

    Raises
    ------
    InvalidParameterError
        For numbers out of range.
    """

    rate: float = 0.1
    momentum: float = 0.9
    damping: Schedule = field(default=_WHOLE, init=False)

    def __post_init__(self) -> None:
        """Read the numbers."""
        object.__setattr__(self, "rate", _rate(self.rate, self.damping))
        object.__setattr__(self, "momentum", _memory(self.momentum, "momentum"))

    def fresh(self) -> _Memory:
        """An empty memory."""
        return _Velocity(self)


@final
@dataclass(frozen=True)
class Adam(Optimiser):
    """θ ← θ - α m̂/(√v̂ + δ), m and v running means of g and g² (Kingma and Ba 2015).

    Parameters
    ----------
    rate
        α.
    damping
        δ, usually 1e-8: a schedule.
    first, second
        Memories β₁ and β₂.

    Raises
    ------
    InvalidParameterError
        For numbers out of range.
    """

    rate: float = 0.01
    damping: Schedule = _SMALL
    first: float = 0.9
    second: float = 0.999

    def __post_init__(self) -> None:
        """Read the numbers."""
        object.__setattr__(self, "rate", _rate(self.rate, self.damping))
        object.__setattr__(self, "first", _memory(self.first, "first"))
        object.__setattr__(self, "second", _memory(self.second, "second"))

    def fresh(self) -> _Memory:
        """An empty memory."""
        return _Moments(self)


@final
@dataclass(frozen=True)
class Kronecker(Optimiser):
    """θ ← θ - α (S ⊗ A + δ)⁻¹ m, layer by layer (KFAC of Martens and Grosse 2015).

    S and A are running means of the Gauss-Newton factors, and the damped inverse is exact in their
    eigenvectors. m is a running mean of g.

    Parameters
    ----------
    rate
        α.
    damping
        δ, a schedule.
    first, second
        Memories of m and of the factors.
    gap
        Steps between refreshed factors.

    Raises
    ------
    InvalidParameterError
        For numbers out of range.
    """

    rate: float = 0.05
    damping: Schedule = _MODERATE
    first: float = 0.9
    second: float = 0.95
    gap: int = 10

    def __post_init__(self) -> None:
        """Read the numbers."""
        object.__setattr__(self, "rate", _rate(self.rate, self.damping))
        object.__setattr__(self, "first", _memory(self.first, "first"))
        object.__setattr__(self, "second", _memory(self.second, "second"))
        object.__setattr__(self, "gap", count(self.gap, "gap", least=1))

    def fresh(self) -> _Memory:
        """An empty memory."""
        return _Factors(self)


@final
@dataclass(frozen=True, eq=False)
class TrainingPath(Tabled):
    """What a training did.

    Parameters
    ----------
    theta
        The last parameters.
    losses
        Loss of the batch before each step.
    dampings, rates
        δ and the learning rate of each step.
    """

    theta: Array
    losses: Array
    dampings: Array
    rates: Array


def train(
    objective: Objective,
    optimiser: Optimiser,
    start: Array,
    steps: int = 200,
    batch_size: int = 32,
    rng: Any = 0,
    until: float = -np.inf,
) -> TrainingPath:
    """Take steps on mini-batches, the samples of each drawn without replacement.

    Parameters
    ----------
    objective
        The loss, such as :class:`freeprob.landscapes.experiments.Training`.
    optimiser
        :class:`GradientDescent`, :class:`Adam` or :class:`Kronecker`.
    start
        Parameters.
    steps, batch_size
        Numbers.
    rng
        Seed or generator.
    until
        Stop once the mean of the last ten batch losses is below it; by default take all steps.

    Returns
    -------
    TrainingPath

    Raises
    ------
    InvalidParameterError
        If a batch has more samples than there are, and for other things than optimisers.
    ConvergenceError
        If the loss is no number any more: the rate is too large.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> from freeprob.landscapes.damping import Adam, AdaptiveDamping, train
    >>> from freeprob.landscapes.experiments import Training
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> training = Training(nets.tanh, (4,), x, x[:, :1])
    >>> path = train(training, Adam(0.02, AdaptiveDamping()), training.initial(rng=1))
    >>> bool(training.value(path.theta) < 0.1 * path.losses[0])
    True
    """
    if not isinstance(optimiser, Optimiser):
        raise InvalidParameterError(
            f"the optimiser is one such as Adam(), got {type(optimiser).__name__}"
        )
    most = the_objective(objective).samples
    size = count(batch_size, "the batch size", least=1, most=most)
    number = count(steps, "steps", least=1, most=10**7)
    stream, memory, schedule = generator(rng), optimiser.fresh(), optimiser.damping
    theta = the_parameters(objective, start, "start").copy()
    delta = 0.0
    level = reals(until, "until")
    require(level.ndim == 0 and not np.isnan(level), f"until must be a number, got {until!r:.80}")
    rows = np.empty((number, 3))
    for step in range(number):
        noise = partial(_noise, objective, theta, size, stream)
        delta = schedule.delta_at(step, delta, noise)
        batch = stream.choice(objective.samples, size, replace=False)
        rate = schedule.rate(optimiser.rate, delta)
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number is told
            value, gradient = objective.value_and_gradient(theta, batch)
            _require_finite("the loss is", value, step, optimiser)
            theta = theta - rate * memory.direction(objective, theta, gradient, batch, delta)
        _require_finite("parameters are", theta, step + 1, optimiser)
        rows[step] = value, delta, rate
        if step + 1 >= _WINDOW and rows[step + 1 - _WINDOW : step + 1, 0].mean() < level:
            return TrainingPath(theta, *rows[: step + 1].T)
    return TrainingPath(theta, *rows.T)


def _require_finite(what: str, values: Any, steps: int, optimiser: Optimiser) -> None:
    beyond = np.extract(~np.isfinite(values), values)
    if beyond.size:
        raise ConvergenceError(
            f"{what} {beyond[0]} after {steps} steps: take a smaller rate than {optimiser.rate}"
        )


def _noise(
    objective: Objective, theta: Array, size: int, rng: np.random.Generator, batches: int
) -> float:
    return curvature_noise(objective, theta, size, batches, rng=rng).variance


@final
class _Velocity(_Memory):
    def __init__(self, rule: GradientDescent) -> None:
        self._rule, self._velocity = rule, 0.0

    def direction(
        self,
        objective: Objective,
        theta: Array,
        gradient: Array,
        batch: NDArray[np.integer],
        delta: float,
    ) -> Array:
        """Of momentum."""
        self._velocity = self._rule.momentum * self._velocity + gradient
        return self._velocity


@final
class _Moments(_Memory):
    def __init__(self, rule: Adam) -> None:
        self._rule, self._steps = rule, 0
        self._first, self._second = 0.0, 0.0

    def direction(
        self,
        objective: Objective,
        theta: Array,
        gradient: Array,
        batch: NDArray[np.integer],
        delta: float,
    ) -> Array:
        """Of unbiased running means."""
        rule = self._rule
        self._steps += 1
        self._first = rule.first * self._first + (1 - rule.first) * gradient
        self._second = rule.second * self._second + (1 - rule.second) * gradient**2
        mean = self._first / (1 - rule.first**self._steps)
        square = self._second / (1 - rule.second**self._steps)
        return mean / (np.sqrt(square) + delta)


@final
class _Factors(_Memory):
    def __init__(self, rule: Kronecker) -> None:
        self._rule, self._steps = rule, 0
        self._mean: Any = 0.0
        self._factors: list[list[Array]] = []
        self._bases: list[list[tuple[Array, Array]]] = []

    def direction(
        self,
        objective: Objective,
        theta: Array,
        gradient: Array,
        batch: NDArray[np.integer],
        delta: float,
    ) -> Array:
        """Of the damped Kronecker products."""
        rule = self._rule
        if self._steps % rule.gap == 0:
            self._refresh(objective, theta, batch)
        self._steps += 1
        self._mean = rule.first * self._mean + (1 - rule.first) * gradient
        mean = self._mean / (1 - rule.first**self._steps)
        blocks, start = [], 0
        for (slopes, left), (sizes, right) in self._bases:
            shape = (len(slopes), len(sizes))
            block = mean[start : start + shape[0] * shape[1]].reshape(shape)
            turned = left.T @ block @ right / (np.outer(slopes, sizes) + delta)
            blocks.append((left @ turned @ right.T).ravel())
            start += block.size
        return np.concatenate(blocks)

    def _refresh(self, objective: Objective, theta: Array, batch: NDArray[np.integer]) -> None:
        if not isinstance(objective, LayeredObjective):
            raise InvalidParameterError("a Kronecker step needs an objective made of layers")
        fresh = [list(pair) for pair in objective.kronecker_factors(theta, batch)]
        keep = self._rule.second if self._factors else 0.0
        old = self._factors or fresh
        self._factors = [
            [keep * before + (1 - keep) * now for before, now in zip(pair, new, strict=True)]
            for pair, new in zip(old, fresh, strict=True)
        ]
        self._bases = [[_basis(factor) for factor in pair] for pair in self._factors]


def _basis(factor: Array) -> tuple[Array, Array]:
    """Eigenvalues of a positive matrix, none below 0 by rounding, and eigenvectors."""
    values, vectors = np.linalg.eigh(factor)
    return np.maximum(values, 0), vectors


def _rate(value: object, damping: object) -> float:
    rate = finite(value, "the rate")
    if rate <= 0:
        raise InvalidParameterError(f"the rate must be positive, got {value}")
    if not isinstance(damping, Schedule):
        raise InvalidParameterError(
            f"damping is a schedule such as FixedDamping(0.1), got {damping!r:.40}"
        )
    return rate


def _memory(value: object, name: str) -> float:
    memory = finite(value, name)
    if not 0 <= memory < 1:
        raise InvalidParameterError(f"{name} lies in [0, 1), got {value}")
    return memory
