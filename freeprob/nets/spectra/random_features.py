"""Ridge regression on random features, by name."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import checked_activation, finite_mean_square
from freeprob.nets.spectra.feature_arrays import ArrayFeatures, read_samples
from freeprob.nets.spectra.features import one_feature
from freeprob.nets.spectra.gram import gram_data, positive_length
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
    data: Any = None,
) -> RandomFeatures | ArrayFeatures:
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
        ``sample_covariance(H, 1/psi2).companion(1/psi2).dilate(psi2)``. Or arrays, ``(X, y)`` or
        ``(X, y, X_new, y_new)`` with samples as rows of X: errors are those of these labels, to
        which noise is added, f counts as it is, and ψ₂ = m/n₀ may be None.

    Returns
    -------
    RandomFeatures
        Or the same of given arrays: ``train()``, ``test()``, ``curve(ridges)``, ``equations()``,
        ``derive()`` and ``tau1()``, as floats.

    Raises
    ------
    InvalidParameterError
        For ratios that are not positive, negative ridges or noise, ζ > η, other kernels, and a pair
        (η, ζ) for the tangent kernel, which needs E f'².
        For arrays also if they do not fit each other or ψ₂, and without a ridge.
    UndefinedOperationError
        For a data law with mass below 0, for the tangent kernel of arrays, and for that of an
        activation with infinite E f'².

    Notes
    -----
    Source: Adlam-Pennington 2020, 2020b; Mei-Montanari 2022. The test error is that of generalised
    cross-validation, for any population: Hastie, Montanari, Rosset and Tibshirani 2022. Arrays:
    Louart, Liao and Couillet 2018.

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
    if not (data is None or isinstance(data, Law)):
        return _of_arrays(f, psi1, psi2, (ridge, noise), kernel, data)
    data = None if data is None else gram_data(data)
    length = sp.S.One if data is None else positive_length(data)
    feature = one_feature(f, length)
    slope = None
    if kernel == "tangent":
        if not isinstance(f, Activation):
            raise InvalidParameterError(
                "the tangent kernel needs an activation: it depends on E f'² beside (eta, zeta)"
            )
        slope = length * finite_mean_square(f, length, derivative=1)
    read = _numbers(psi1=psi1, psi2=psi2, ridge=ridge, noise=noise)
    return RandomFeatures(feature.eta, feature.zeta, slope, **read, data=data)


def _numbers(**values: Any) -> dict[str, sp.Expr]:
    """Positive ratios, ridge and noise that are not negative."""
    read = {name: exact(value, name) for name, value in values.items()}
    for name, value in read.items():
        if name in ("ridge", "noise"):
            require(value >= 0, f"{name} must not be negative, got {value}")
        else:
            require(value > 0, f"{name} must be positive, got {value}")
    return read


def _of_arrays(
    f: Any, psi1: Any, psi2: Any, ridge_and_noise: tuple[Any, Any], kernel: str, data: Any
) -> ArrayFeatures:
    """Regression on given samples, after checks that tell what does not fit."""
    old, new = read_samples(data)
    if kernel == "tangent":
        raise UndefinedOperationError(
            "the tangent kernel of given inputs adds X Xᵀ/n₀ times a kernel of f' entry by entry, "
            "and for arrays only features have an equivalent here: take kernel='features', or the "
            "law Empirical(X @ X.T / n0) for labels that are linear in independent inputs"
        )
    samples, inputs = old.inputs.shape
    own = sp.Rational(samples, inputs)
    ridge, noise = ridge_and_noise
    read = _numbers(psi1=psi1, psi2=own if psi2 is None else psi2, ridge=ridge, noise=noise)
    for name, value in read.items():
        require(not value.free_symbols, f"arrays need numbers and {name} = {value} is a symbol")
    require(
        read.pop("psi2") == own,
        f"X has {samples} samples of {inputs} inputs, so psi2 is {own} or None, got {psi2}",
    )
    require(read["ridge"] > 0, "regression on random features of arrays needs a ridge > 0")
    activation = checked_activation(f)
    require(
        not activation.free_symbols,
        f"arrays need numbers and {activation} has parameters: substitute them first",
    )
    return ArrayFeatures(activation, **read, old=old, new=new)
