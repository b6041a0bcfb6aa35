"""Critical points of a network's loss, found by descent: their energies and Hessians."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.landscapes.damping.objectives import the_parameters
from freeprob.landscapes.experiments.network import Training, the_training
from freeprob.memory import require_memory
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.named import relu
from freeprob.parameters import count, finite, generator

Array = NDArray[np.float64]

# an eigenvalue of this part of the largest is a zero mode with rounding
_ZERO = 1e-9


@final
@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """Where a descent ended.

    Parameters
    ----------
    training
        The loss.
    theta
        The parameters.
    value
        The loss there.
    gradient
        |∇L| there: 0 only up to what the descent reached. At kinks of ReLU it may stay.
    """

    training: Training
    theta: Array
    value: float
    gradient: float

    @property
    def energy(self) -> float:
        """ε = ½⟨e²⟩ over samples and outputs, of the square loss."""
        return self.value / self.training.targets.shape[1]

    @cached_property
    def eigenvalues(self) -> Array:
        """Of the full Hessian."""
        return np.linalg.eigvalsh(self.training.hessian(self.theta)).astype(float, copy=False)

    @property
    def index(self) -> float:
        """The fraction of negative eigenvalues, zero modes left out.

        A unit of ReLU can be multiplied and its outputs divided by the same number: where ∇L is
        not quite 0 these directions, one for each hidden unit, have curvatures near 0 of either
        sign.
        """
        values = self.eigenvalues
        return float(np.mean(values < -_ZERO * np.abs(values).max()))


def random_labels(n: int, phi: Any, rng: Any = 0, activation: Activation = relu) -> Training:
    """The square loss of n inputs, n hidden units and n outputs on labels that are pure noise.

    m = 2n/φ samples, so φ is parameters over data as for ``hessian_law(..., "relu")``; inputs and
    labels are independent standard Gaussian, and there are no biases.

    Parameters
    ----------
    n
        Width.
    phi
        φ > 0; m is rounded to a whole number.
    rng
        Seed or generator.
    activation
        ReLU in Pennington and Bahri.

    Raises
    ------
    InvalidParameterError
        If n is no positive whole number, φ not positive, or no sample is left.

    Examples
    --------
    >>> from freeprob.landscapes.experiments import random_labels
    >>> training = random_labels(10, "1/2")
    >>> training.samples, training.size
    (40, 200)
    """
    width, ratio = count(n, "n", least=1), finite(phi, "phi")
    samples = round(2 * width / Fraction(ratio)) if ratio > 0 else 0
    if samples < 1:
        raise InvalidParameterError(f"phi = {phi} leaves {samples} samples: take 0 < phi <= 2n")
    require_memory((2, samples, width), "random inputs and labels")
    stream = generator(rng)
    inputs, labels = stream.normal(size=(2, samples, width))
    return Training(activation, (width,), inputs, labels, "square", biases=False)


def minimise(training: Training, start: Array, steps: int = 400) -> CriticalPoint:
    """Descend on the loss by L-BFGS (SciPy's), at most so many steps.

    Examples
    --------
    >>> from freeprob.landscapes.experiments import minimise, random_labels
    >>> training = random_labels(8, "1/2")
    >>> start = training.initial(rng=1)
    >>> found = minimise(training, start, 100)
    >>> 0.1 < found.energy < 0.3 and found.value < training.value(start)
    True
    """
    the_training(training)
    return _found(training, _descend(training, training.value_and_gradient, start, steps))


def critical_point(training: Training, start: Array, steps: int = 400) -> CriticalPoint:
    """Descend on ½|∇L|² by L-BFGS, its gradient H∇L: saddles of many energies.

    A descent may end where |∇L| is least without being 0: look at ``.gradient``.
    """
    the_training(training)

    def half_square(theta: Array) -> tuple[float, Array]:
        gradient = training.gradient(theta)
        return float(gradient @ gradient) / 2, training.hessian_product(theta, gradient)

    return _found(training, _descend(training, half_square, start, steps))


def _descend(training: Training, function: Any, start: Array, steps: int) -> Array:
    start = the_parameters(training, start, "start")
    most = count(steps, "steps", least=1, most=10**7)
    limits = {"maxiter": most, "maxfun": 2 * most, "ftol": 0.0, "gtol": 1e-9}

    def told(theta: Array) -> tuple[float, Array]:
        # of an infinite loss L-BFGS makes steps to NaN
        _require_floats(theta)
        value, gradient = function(theta)
        _require_floats(value, gradient)
        return value, gradient

    with np.errstate(over="ignore", invalid="ignore"):
        return minimize(told, start, jac=True, method="L-BFGS-B", options=limits).x


def _require_floats(*values: Any) -> None:
    if not all(np.isfinite(value).all() for value in values):
        raise ConvergenceError(
            "the descent left the range of floats: start from smaller parameters, such as "
            "training.initial()"
        )


def _found(training: Training, theta: Array) -> CriticalPoint:
    with np.errstate(over="ignore", invalid="ignore"):
        value, gradient = training.value_and_gradient(theta)
    _require_floats(value, gradient)
    return CriticalPoint(training, theta, value, float(np.linalg.norm(gradient)))
