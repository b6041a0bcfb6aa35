"""Regression with the Gaussian process of a wide network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.functions.real_arrays import data_matrix
from freeprob.nets.kernels.deep_kernels import DeepKernel
from freeprob.parameters import exact, finite, finite_reals, flag
from freeprob.tables import Tabled

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GaussianProcess(Tabled):
    r"""Gaussian-process regression with noise of variance :math:`\sigma_\epsilon^2`.

    Parameters
    ----------
    kernel : DeepKernel
        The prior covariance, from :func:`nngp` (or :func:`ntk`, for which the mean is that of a
        wide network trained to convergence with ridge ``noise``).
    noise : float
        :math:`\sigma_\epsilon^2`, added to the diagonal; part of the model.
    jitter : float
        Added to the diagonal as well, relative to its mean, for numerical reasons only; 0 unless
        you say otherwise, and never raised behind your back.

    References
    ----------
    C. Rasmussen, C. Williams, *Gaussian Processes for Machine Learning* (2006), algorithm 2.1.

    Examples
    --------
    >>> from freeprob import nets
    >>> K = nets.nngp(nets.relu, depth=3, weight_variance=1.6, bias_variance=0.1)
    >>> fitted = nets.GaussianProcess(K, noise=0.01).fit([[1, 0, 1], [0, 1, 1]], [1, -1])
    >>> fitted.predict([[2, -1, 0.5]]).round(6)
    array([1.6155])
    >>> round(fitted.log_evidence, 6)
    -7.320106
    """

    kernel: DeepKernel
    noise: float = 0.0
    jitter: float = 0.0

    def __post_init__(self) -> None:
        if not callable(getattr(self.kernel, "matrix", None)) or isinstance(self.kernel, type):
            raise InvalidParameterError(
                f"the kernel must be a DeepKernel, such as nets.nngp(...), not {self.kernel!r:.80}"
            )
        for name in ("noise", "jitter"):
            value = exact(getattr(self, name), name)
            if not value.is_number or value < 0:
                raise InvalidParameterError(f"{name} must be a number, not negative, not {value}")
            object.__setattr__(self, name, finite(value, name))

    def fit(self, X: ArrayLike, y: ArrayLike) -> FittedGaussianProcess:
        """Condition on targets ``y``, shape (samples,) or (samples, outputs), at the rows of X."""
        data, targets = data_matrix(X), finite_reals(y, "y")
        covariance = self.kernel.matrix(data)
        if targets.ndim not in (1, 2) or len(targets) != len(data):
            raise InvalidParameterError(
                f"y must hold one target per sample: {len(data)} samples, y of {targets.shape}"
            )
        diagonal = np.einsum("ii->i", covariance)
        diagonal += self.noise + self.jitter * diagonal.mean()
        return FittedGaussianProcess(self, data, targets, _cholesky(covariance))


@dataclass(frozen=True, eq=False)
class FittedGaussianProcess(Tabled):
    """The posterior process; ``factor`` is the Cholesky factor of K + noise."""

    process: GaussianProcess
    data: Array
    targets: Array
    factor: Array

    def predict(self, X: ArrayLike, return_variance: bool = False) -> Array | tuple[Array, Array]:
        r"""Posterior mean :math:`K_{*D} (K_{DD} + \sigma_\epsilon^2)^{-1} y` at the rows of X.

        With ``return_variance`` also the posterior variances of the noiseless function,
        shape (samples,).
        """
        cross = self.process.kernel.matrix(X, self.data)
        mean = cross @ self._dual_weights
        if not flag(return_variance, "return_variance"):
            return mean
        half = self._solve_half(cross.T)
        return mean, self.process.kernel.diagonal(X) - np.einsum("ij,ij->j", half, half)

    def covariance(self, X: ArrayLike) -> Array:
        """Posterior covariance matrix of the noiseless function at the rows of X."""
        half = self._solve_half(self.process.kernel.matrix(X, self.data).T)
        return self.process.kernel.matrix(X) - half.T @ half

    @cached_property
    def log_evidence(self) -> float:
        r""":math:`-\frac12 y^T A^{-1} y - \frac12 \log\det A - \frac n2 \log 2\pi`, A = K + noise.

        Summed over the outputs, which are independent.
        """
        outputs = 1 if self.targets.ndim == 1 else self.targets.shape[1]
        fit = float(np.vdot(self.targets, self._dual_weights))
        log_det = 2 * float(np.log(np.diag(self.factor)).sum())
        return float(-fit / 2 - outputs * (log_det + len(self.data) * np.log(2 * np.pi)) / 2)

    @cached_property
    def _dual_weights(self) -> Array:
        from scipy.linalg import cho_solve

        return cho_solve((self.factor, True), self.targets)

    def _solve_half(self, right: Array) -> Array:
        """The triangular solve whose squares make posterior variances."""
        from scipy.linalg import solve_triangular

        return solve_triangular(self.factor, right, lower=True)


def _cholesky(covariance: Array) -> Array:
    """The lower Cholesky factor, or an error that says what to add."""
    try:
        return np.linalg.cholesky(covariance).astype(float, copy=False)
    except np.linalg.LinAlgError:
        raise UndefinedOperationError(
            "the kernel matrix is not positive definite in float64, usually because inputs repeat "
            "or the kernel is nearly constant; add noise=, or jitter= (such as 1e-10)"
        ) from None
