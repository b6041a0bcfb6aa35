"""The noise of a Hessian between mini-batches, seen along random directions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.damping.objectives import Objective, the_objective
from freeprob.parameters import count, generator

Array = NDArray[np.float64]


class CurvatureNoise(NamedTuple):
    """What Hessians of some batches say along a random unit vector z.

    Parameters
    ----------
    variance
        ⟨|H_i z|²⟩ - |H̄z|², over the batches i: near tr E²/P for the noise E of one batch.
    mean
        μ = zᵀH̄z, near tr H/P.
    spread
        Δ = |H̄z - μz|², near tr (H̄ - μ)²/P, the noise of H̄ included.
    batches
        Their number n.
    """

    variance: float
    mean: float
    spread: float
    batches: int

    @property
    def shrinkage(self) -> float:
        """β = max(0, 1 - variance/(nΔ)), of the optimal shrinkage βH̄ + (1 - β)μI.

        Of :func:`optimal_shrinkage` with Δ for the signal and its noise together (Ledoit and
        Wolf 2004).
        """
        return max(0.0, 1 - self.variance / (self.batches * self.spread))


def curvature_noise(
    objective: Objective,
    theta: Array,
    batch_size: int,
    batches: int = 8,
    probes: int = 1,
    rng: Any = 0,
) -> CurvatureNoise:
    """Estimate the noise of mini-batch Hessians by products with random unit vectors.

    Parameters
    ----------
    objective
        The loss, such as :class:`freeprob.landscapes.experiments.Training`.
    theta
        Parameters.
    batch_size
        b; samples of a batch are distinct, so its noise has 1/b - 1/m in place of 1/b.
    batches
        Hessians that are compared, at least 2.
    probes
        Random vectors that are averaged over.
    rng
        Seed or generator.

    Returns
    -------
    CurvatureNoise

    Raises
    ------
    InvalidParameterError
        If a batch has as many samples as there are, or fewer than 1; for fewer than 2 batches.

    Notes
    -----
    Source: Granziol-Baskerville 2020, as their public code has it (one probe), whose printed text
    was not compared.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> from freeprob.landscapes.damping import curvature_noise
    >>> from freeprob.landscapes.experiments import Training
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> training = Training(nets.tanh, (4,), x, x[:, :1])
    >>> theta = training.initial(rng=1)
    >>> small, large = (curvature_noise(training, theta, b, 20, 20) for b in (5, 50))
    >>> 5 < small.variance / large.variance < 30
    True
    """
    size = count(batch_size, "the batch size", least=1)
    number = count(batches, "the number of batches", least=2)
    directions = count(probes, "the number of probes", least=1)
    if size >= the_objective(objective).samples:
        raise InvalidParameterError(
            f"batches of {size} of {objective.samples} samples have no noise: take fewer"
        )
    stream = generator(rng)
    found = [_along(objective, theta, size, number, stream) for _ in range(directions)]
    variance, mean, spread = np.mean(found, axis=0)
    return CurvatureNoise(float(variance), float(mean), float(spread), number)


def _along(
    objective: Objective, theta: Array, size: int, batches: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    z = rng.normal(size=objective.size)
    z /= np.linalg.norm(z)
    products = np.array(
        [
            objective.hessian_product(theta, z, rng.choice(objective.samples, size, replace=False))
            for _ in range(batches)
        ]
    )
    whole = products.mean(axis=0)
    mean = float(z @ whole)
    variance = float((products**2).sum() / batches - whole @ whole)
    return variance, mean, float(((whole - mean * z) ** 2).sum())
