"""Optimisers against each other over seeds: training loss and test error, with error bars."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.landscapes.damping.optimisers import Optimiser, train
from freeprob.landscapes.experiments.network import Training, the_training
from freeprob.parameters import count, mapper, mapping, one_of, reals
from freeprob.tables import Summarised

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False)
class OptimiserComparison(Summarised):
    """Trainings of each optimiser from the same starts on the same batches.

    Parameters
    ----------
    names
        Of the optimisers.
    losses
        Loss on the training set at the end: optimisers x seeds.
    errors
        Fraction of test samples whose largest output is not the label's: optimisers x seeds.
    dampings
        The last δ: optimisers x seeds.
    """

    names: tuple[str, ...]
    losses: Array
    errors: Array
    dampings: Array

    def difference(self, first: str, second: str) -> tuple[float, float]:
        """Mean test error of the first minus the second, seed by seed, and its standard error.

        Raises
        ------
        InvalidParameterError
            For another name.
        """
        return _mean(self.errors[self._row(first)] - self.errors[self._row(second)])

    def _row(self, name: str) -> int:
        return self.names.index(one_of(name, "name", self.names))

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """Means over seeds with standard errors, as text."""
        width = max(map(len, self.names)) + 2
        lines = [f"{'':<{width}}{'training loss':>20}{'test error':>20}{'last damping':>14}"]
        for name, loss, error, delta in zip(
            self.names, self.losses, self.errors, self.dampings, strict=True
        ):
            shown = "".join(
                f"{f'{mean:.4f} ± {bar:.4f}':>20}" for mean, bar in (_mean(loss), _mean(error))
            )
            lines.append(f"{name:<{width}}{shown}{delta.mean():>14.2g}")
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Test errors with standard errors, and each seed."""
        axes = axes_of(ax)
        places = np.arange(len(self.names))
        means, bars = np.transpose([_mean(row) for row in self.errors])
        for place, row in zip(places, self.errors, strict=True):
            axes.plot(row, np.full(len(row), place), ".", color="0.75", zorder=1)
        axes.errorbar(means, places, xerr=bars, fmt="o", capsize=3, zorder=2)
        axes.set_yticks(places, self.names)
        axes.invert_yaxis()
        axes.set_xlabel("test error")
        return axes


def compare_optimisers(
    optimisers: Mapping[str, Optimiser],
    training: Training,
    test_inputs: Any,
    test_labels: Any,
    seeds: int = 10,
    steps: int = 200,
    batch_size: int = 32,
    weight_variance: float = 1.0,
    executor: Executor | None = None,
) -> OptimiserComparison:
    """Train by each optimiser over seeds; a seed fixes the start and the order of batches.

    Parameters
    ----------
    optimisers
        Name to optimiser.
    training
        The loss; outputs are classes.
    test_inputs, test_labels
        Samples that were held out, and the position of each one's class among the outputs.
    seeds, steps, batch_size
        Numbers.
    weight_variance
        Of the starts.
    executor
        A ``concurrent.futures.Executor`` over all trainings.

    Raises
    ------
    InvalidParameterError
        If there are fewer than 2 seeds, no optimisers, or labels do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> from freeprob.landscapes.damping import Adam, GradientDescent
    >>> from freeprob.landscapes.experiments import Training, compare_optimisers
    >>> x = np.random.default_rng(0).normal(size=(300, 3))
    >>> labels = (x[:, 0] > x[:, 1]).astype(int)
    >>> training = Training(nets.tanh, (4,), x[:200], np.eye(2)[labels[:200]], "softmax")
    >>> both = {"Adam": Adam(0.02), "descent": GradientDescent()}
    >>> found = compare_optimisers(both, training, x[200:], labels[200:], seeds=3, steps=50)
    >>> bool((found.errors < 0.2).all())
    True
    """
    the_training(training)
    rules = mapping(optimisers, "optimisers", "{'Adam': Adam()}")
    number = count(seeds, "seeds", least=2)
    labels = reals(test_labels, "test_labels")
    if not rules:
        raise InvalidParameterError("there are no optimisers to compare")
    inputs = reals(test_inputs, "test_inputs")
    if labels.ndim != 1 or len(labels) != len(np.atleast_1d(inputs)):
        raise InvalidParameterError("there is one label for each test sample")
    task = partial(_one, training, inputs, labels, steps, batch_size, weight_variance)
    jobs = [(rule, seed) for rule in rules.values() for seed in range(number)]
    results = mapper(executor)(task, jobs)
    table = np.array(list(results)).reshape(len(rules), number, 3)
    return OptimiserComparison(tuple(map(str, rules)), *np.moveaxis(table, 2, 0))


def _one(
    training: Training,
    inputs: Array,
    labels: Array,
    steps: int,
    batch_size: int,
    variance: float,
    job: tuple[Optimiser, int],
) -> tuple[float, float, float]:
    rule, seed = job
    start = training.initial(rng=seed, weight_variance=variance)
    path = train(training, rule, start, steps, batch_size, rng=seed)
    wrong = training.outputs(path.theta, inputs).argmax(axis=1) != labels
    return training.value(path.theta), float(wrong.mean()), float(path.dampings[-1])


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
