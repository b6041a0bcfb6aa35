"""Ridge regression on random features, by name."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.nets.activations.activations import Activation
from freeprob.nets.spectra.feature_laws import length_of
from freeprob.nets.spectra.features import one_feature
from freeprob.nets.spectra.gram import gram_data
from freeprob.nets.spectra.regressions import RandomFeatures
from freeprob.parameters import exact, one_of, require

_KERNELS = ("features", "tangent")


def random_features(
    f: Any,
    psi1: Any,
    psi2: Any,
    ridge: Any,
    noise: Any = 0,
    kernel: str = "features",
    data: Law | None = None,
) -> RandomFeatures:
    r"""Ridge regression on features f(Wx) of random inputs, and its errors in the limit.

    n₀ inputs x ~ N(0, 1), n₁ = ψ₁n₀ features, m = ψ₂n₀ samples, labels y = β·x/√n₀ + ε with
    |β|² = n₀ and Var ε = σ². The readout a minimises Σ(y - a·f(Wx))²/m + λ n₁ |a|²/n₀ and is

    .. math:: \hat y(x) = y K^{-1} F^T f(Wx)/n_1, \quad K = F^T F/n_1 + \gamma, \quad
              \gamma = \lambda \psi_2 .

    With φ = 1/ψ₂, ψ = 1/ψ₁ this is γ, φ, ψ of Adlam and Pennington, with μ₁² = ζ, μ_*² = η - ζ
    that of Mei and Montanari; errors are ``train()`` and ``test()``, the latter beyond the noise.

    Parameters
    ----------
    f
        An activation, which counts as centred by its mean; or a pair (η, ζ).
    psi1, psi2
        n₁/n₀ and m/n₀.
    ridge
        λ of Mei and Montanari.
    noise
        σ². A nonlinear target adds the variance of its nonlinear part.
    kernel : {"features", "tangent"}
        With "tangent" both layers are trained, in the tangent kernel with output weights of
        variance 1 and the network function at the start taken off.
    data
        Law of XᵀX/n₀, m x m, for m independent samples of one population; new inputs are further
        ones. Its mean is the squared length |x|²/n₀ that f sees. By default inputs are Gaussian and
        it is ``MarchenkoPastur(psi2)``; samples of a population law H have
        ``sample_covariance(H, 1/psi2).companion(1/psi2).dilate(psi2)``.

    Returns
    -------
    RandomFeatures

    Raises
    ------
    InvalidParameterError
        For ratios that are not positive, negative ridges or noise, ζ > η, other kernels, and a pair
        (η, ζ) for the tangent kernel, which needs E f'².
    UndefinedOperationError
        For a data law with mass below 0.

    Notes
    -----
    Source: Adlam and Pennington, ICML and NeurIPS 2020; Mei and Montanari 2022. The test error is
    that of generalised cross-validation, for any population: Hastie, Montanari, Rosset and
    Tibshirani 2022.

    Examples
    --------
    >>> from freeprob import nets
    >>> model = nets.random_features(nets.relu, 2, 3, "1/100", "1/5")
    >>> print(model.test(dps=20))
    0.56354807380091411967
    >>> from freeprob import Empirical
    >>> print(f"{nets.random_features(nets.relu, 2, 3, 1, data=Empirical([0, 0, 3])).test():.6f}")
    0.786566
    """
    one_of(kernel, "the kernel", _KERNELS)
    data = None if data is None else gram_data(data)
    length = sp.S.One if data is None else length_of(data)
    feature = one_feature(f, length)
    slope = None
    if kernel == "tangent":
        if not isinstance(f, Activation):
            raise InvalidParameterError(
                "the tangent kernel needs an activation: it depends on E f'² beside (eta, zeta)"
            )
        slope = length * f.expect(length, power=2, derivative=1)
        require(slope.is_finite is not False, f"E f'² of {f} is infinite: it has no tangent kernel")
    numbers = {"psi1": psi1, "psi2": psi2, "ridge": ridge, "noise": noise}
    read = {name: exact(value, name) for name, value in numbers.items()}
    for name in ("psi1", "psi2"):
        require(read[name] > 0, f"{name} must be positive, got {read[name]}")
    for name in ("ridge", "noise"):
        require(read[name] >= 0, f"{name} must not be negative, got {read[name]}")
    return RandomFeatures(feature.eta, feature.zeta, slope, **read, data=data)
