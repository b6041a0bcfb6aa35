"""The largest eigenvalue of a real network's batch Hessian against the batch size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.landscapes.experiments.network import Training, the_training
from freeprob.parameters import count, generator, many
from freeprob.tables import Summarised

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False)
class BatchOutlier(Summarised):
    """Largest eigenvalues of batch Hessians, and two first-order predictions.

    λ = θ + slope (1/b - 1/m) with θ the eigenvalue of the Hessian of all m samples; batches are
    drawn without replacement.

    Parameters
    ----------
    sizes
        Batch sizes b.
    values
        Largest eigenvalues, sizes x draws, less vᵀEv, whose mean is 0 and which fluctuates most.
    outlier
        θ.
    slope
        Σ_j E(vᵀE u_j)²/(θ - λ_j) over the other eigenvectors u_j, E the noise of one sample and v
        the eigenvector of θ: of the noise as it is.
    wigner_slope
        σ² Σ_j 1/(θ - λ_j) with the same E|Ev|² spread evenly: of Wigner noise.
    samples
        m.
    """

    sizes: Array
    values: Array
    outlier: float
    slope: float
    wigner_slope: float
    samples: int

    @property
    def means(self) -> Array:
        """Over draws."""
        return self.values.mean(axis=1)

    @property
    def errors(self) -> Array:
        """Standard errors of the means."""
        return self.values.std(axis=1, ddof=1) / np.sqrt(self.values.shape[1])

    @property
    def shares(self) -> Array:
        """1/b - 1/m."""
        return 1 / self.sizes - 1 / self.samples

    def fitted_slope(self) -> tuple[float, float]:
        """Slope of a line through (0, θ) with weights of the errors, and its standard error."""
        weights = self.shares / self.errors**2
        bottom = (weights * self.shares).sum()
        return float((weights * (self.means - self.outlier)).sum() / bottom), float(bottom**-0.5)

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """What was seen and what was foretold, as text."""
        fitted, error = self.fitted_slope()
        lines = [
            f"eigenvalue {self.outlier:.4f} of all {self.samples} samples; slope in 1/b - 1/m: "
            f"seen {fitted:.3g} ± {error:.1g}, noise as it is {self.slope:.3g}, "
            f"Wigner noise {self.wigner_slope:.3g}",
            f"{'batch':>8}{'seen':>20}{'noise as it is':>16}{'Wigner noise':>14}",
        ]
        for size, mean, bar, share in zip(
            self.sizes, self.means, self.errors, self.shares, strict=True
        ):
            first, second = (
                self.outlier + slope * share for slope in (self.slope, self.wigner_slope)
            )
            lines.append(
                f"{size:>8.0f}{f'{mean:.4f} ± {bar:.4f}':>20}{first:>16.4f}{second:>14.4f}"
            )
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Eigenvalues against 1/b - 1/m, with both lines."""
        axes = axes_of(ax)
        ends = np.array([0, self.shares.max()])
        axes.errorbar(self.shares, self.means, self.errors, fmt="o", capsize=3, label="batches")
        axes.plot(ends, self.outlier + self.slope * ends, label="noise as it is")
        axes.plot(ends, self.outlier + self.wigner_slope * ends, "--", label="Wigner noise")
        axes.set(xlabel="1/b - 1/m", ylabel="largest eigenvalue")
        axes.legend()
        return axes


def batch_outlier(
    training: Training, theta: Array, sizes: Any, draws: int = 8, probes: int = 300, rng: Any = 0
) -> BatchOutlier:
    """Measure the largest eigenvalue of batch Hessians over batch sizes.

    Parameters
    ----------
    training, theta
        The loss and parameters.
    sizes
        Batch sizes, below the number of samples.
    draws
        Batches of each size, at least 2.
    probes
        Samples whose own Hessians give the noise, at most.
    rng
        Seed or generator.

    Raises
    ------
    InvalidParameterError
        For sizes and numbers out of range.

    Notes
    -----
    Second-order perturbation theory: good while the noise is small beside the gap to the next
    eigenvalue. Random matrix theory with invariant noise, :func:`freeprob.landscapes.outliers`,
    has the slope of Wigner noise at first order (Granziol et al. 2020); noise of real batches is
    not spread evenly over directions.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import nets
    >>> from freeprob.landscapes.experiments import Training, batch_outlier
    >>> x = np.random.default_rng(0).normal(size=(400, 3))
    >>> training = Training(nets.tanh, (4,), x, x[:, :1])
    >>> found = batch_outlier(training, training.initial(rng=1), [50, 100, 200], draws=20)
    >>> fitted, error = found.fitted_slope()
    >>> bool(abs(fitted - found.slope) < 0.25 * found.slope)
    True
    """
    the_training(training)
    numbers = [
        count(b, "a batch size", least=1, most=training.samples - 1) for b in many(sizes, "sizes")
    ]
    if not numbers:
        raise InvalidParameterError("give at least one batch size")
    repeats, most = count(draws, "draws", least=2), count(probes, "probes", least=2)
    stream = generator(rng)
    levels, vectors = np.linalg.eigh(training.hessian(theta))
    values = []
    for size in numbers:
        batches = [stream.choice(training.samples, size, replace=False) for _ in range(repeats)]
        hessians = [training.hessian(theta, batch) for batch in batches]
        values.append([_excess(hessian, vectors[:, -1]) + levels[-1] for hessian in hessians])
    chosen = stream.permutation(training.samples)[:most]
    pushes = np.array(
        [training.hessian_product(theta, vectors[:, -1], np.array([i])) for i in chosen]
    )
    profile = (((pushes - pushes.mean(axis=0)) @ vectors) ** 2).sum(axis=0) / (len(chosen) - 1)
    gaps = levels[-1] - levels[:-1]
    return BatchOutlier(
        np.array(numbers, dtype=float),
        np.array(values),
        float(levels[-1]),
        float((profile[:-1] / gaps).sum()),
        float(profile.mean() * (1 / gaps).sum()),
        training.samples,
    )


def _excess(hessian: Array, vector: Array) -> float:
    """The largest eigenvalue less the curvature along a vector."""
    return float(np.linalg.eigvalsh(hessian)[-1] - vector @ hessian @ vector)
