"""Singular values of input-output Jacobians, as products of laws of slopes and of weights."""

from __future__ import annotations

from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.given.transform import TransformLaw
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.companion import companion
from freeprob.laws.operations.free_product import boxtimes, boxtimes_power
from freeprob.nets.activations.network_arguments import checked_activation, non_negative, positive
from freeprob.nets.spectra.preactivations import bias_square, preactivation_variances
from freeprob.parameters import count, one_of

_WEIGHTS = ("orthogonal", "iid")


def jacobian_law(
    f: Any,
    depth: int | sp.Symbol,
    weights: str | list[str] = "orthogonal",
    weight_variance: Any = 1,
    q: Any = 1,
    input_norm: Any = None,
    widths: Any = None,
    bias_law: Law | list[Law] | None = None,
) -> Law:
    r"""Law of J Jᵀ for J = D_L W_L ⋯ D_1 W_1, D_l = diag f'(h_l), of a wide random network.

    It is the free product of the laws of the squared slopes (:meth:`Activation.slope_law`) and of
    W Wᵀ, a point mass for orthogonal weights and a Marchenko-Pastur law for independent ones:

    .. math:: \nu_{JJ^T} = \nu_{D_1^2} \boxtimes \dots \boxtimes \nu_{D_L^2}
              \boxtimes \mathrm{MP}_1^{\boxtimes L}, \qquad
              S_{JJ^T}(x) = \prod_l \frac{S_{D_l^2}(x)}{\sigma_w^2\,(1 + x)},

    without MP and 1 + x for orthogonal weights. Layers of unequal widths n_l go one by one: the
    law of W M Wᵀ is the companion of that of M^(1/2) WᵀW M^(1/2).

    Parameters
    ----------
    f : Activation or list of them
        One for all layers, or one for each.
    depth : int or Symbol
        The number L of layers; a symbol where the free power is known for symbols.
    weights : {"orthogonal", "iid"}
        Haar orthogonal, W Wᵀ = σ_w², or independent entries of variance σ_w²/n_(l-1); or a list
        with one for each layer.
    weight_variance
        σ_w², or a list with one for each layer.
    q
        The variance of the preactivations, that of the biases included; or one for each layer.
    input_norm
        |x₀|²/n₀. Then q_1 = σ_w²|x₀|²/n₀ + σ_b² and q_l = σ_w² E f(h_(l-1))² + σ_b² in place of
        ``q``.
    widths
        Relative widths (n₀, …, n_L); equal by default. Orthogonal weights between unequal widths
        have orthogonal rows or columns, and rows of mean square σ_w².
    bias_law
        Law of the biases, or a list of laws by layer: its mean square is part of q. Unlike the
        law of the weights it changes the limit. A centred Gaussian one only enters q.

    Returns
    -------
    Law
        ``compare_to(eigenvalues, independent=depth)`` compares it with those of real networks,
        whose slopes are independent.

    Raises
    ------
    InvalidParameterError
        For variances, widths or lists that do not fit, or q below the variance of the biases.
    UndefinedOperationError
        If f jumps, so that f' has point masses, or grows so fast that E f'^2 is infinite.

    Notes
    -----
    Source: Pennington, Schoenholz and Ganguli 2017, 2018; Pastur 2020; Pastur-Slavin 2020,
    equations (1.7)-(1.20), for independent weights; Pastur 2022 for orthogonal ones.

    Examples
    --------
    >>> from freeprob import nets
    >>> law = nets.jacobian_law(nets.relu, 4, weight_variance=2)
    >>> law.support(), law.atoms()
    ([(0, 256/27)], {0: 1/2})
    >>> nets.jacobian_law(nets.relu, 2, "iid", weight_variance=2).moments(2)
    [1, 5]
    """
    for kind in weights if isinstance(weights, list | tuple) else [weights]:
        one_of(kind, "weights", _WEIGHTS)
    if isinstance(depth, sp.Symbol):
        return _any_depth(f, depth, weights, weight_variance, q, bias_law, input_norm, widths)
    depth = count(depth, "depth", least=1)
    activations = [checked_activation(g) for g in _per_layer(f, depth, "f")]
    variances = [
        positive(value, "weight_variance")
        for value in _per_layer(weight_variance, depth, "weight_variance")
    ]
    biases = _per_layer(bias_law, depth, "bias_law")
    if input_norm is None:
        lengths = [positive(value, "q") for value in _per_layer(q, depth, "q")]
    else:
        norm = non_negative(input_norm, "input_norm")
        laws: list[Law] = [law if law is not None else PointMass(0) for law in biases]
        lengths = preactivation_variances(activations, variances, norm, laws)
    slopes = [
        activation.slope_law(_without_bias(length, law), law)
        for activation, length, law in zip(activations, lengths, biases, strict=True)
    ]
    kinds = _per_layer(weights, depth, "weights")
    if widths is None:
        return _square(slopes, variances, kinds)
    sizes = [positive(value, "a width") for value in _per_layer(widths, depth + 1, "widths")]
    return _rectangular(slopes, variances, sizes, kinds)


def _without_bias(length: sp.Expr, bias_law: Law | None) -> sp.Expr:
    """The variance of the Gaussian part of the preactivations."""
    if bias_law is None:
        return length
    second = bias_square(bias_law)
    rest = sp.expand(length - second)
    if rest.is_nonpositive:
        raise InvalidParameterError(
            f"q = {length} includes the mean square {second} of the biases and must exceed it"
        )
    return rest


def _per_layer(value: Any, number: int, name: str) -> list[Any]:
    """A list with one entry for each layer."""
    if isinstance(value, list | tuple):
        if len(value) != number:
            raise InvalidParameterError(f"{name} must have {number} entries, it has {len(value)}")
        return list(value)
    if name == "widths":
        raise InvalidParameterError(f"widths are a list (n0, ..., nL), got {value!r}")
    return [value] * number


def _square(slopes: list[Law], variances: list[sp.Expr], kinds: list[str]) -> Law:
    """Equal widths: all factors commute, and like ones become powers."""
    factors = [boxtimes_power(law, slopes.count(law)) for law in dict.fromkeys(slopes)]
    if "iid" in kinds:
        factors.append(boxtimes_power(MarchenkoPastur(1), kinds.count("iid")))
    return boxtimes(*factors).dilate(sp.Mul(*variances))


def _any_depth(
    f: Any, depth: sp.Symbol, weights: Any, variance: Any, q: Any, bias_law: Any, *rest: Any
) -> Law:
    """A symbolic number of like layers."""
    given = (f, weights, variance, q, bias_law)
    if any(isinstance(value, list | tuple) for value in given) or rest != (None, None):
        raise InvalidParameterError(
            "a symbolic depth needs like layers: one f, weights, weight_variance, q and bias_law, "
            "no input_norm and no widths"
        )
    scale = positive(variance, "weight_variance")
    length = _without_bias(positive(q, "q"), bias_law)
    factors = [boxtimes_power(checked_activation(f).slope_law(length, bias_law), depth)]
    if weights == "iid":
        factors.append(boxtimes_power(MarchenkoPastur(1), depth))
    return boxtimes(*factors).dilate(scale**depth)


def _rectangular(
    slopes: list[Law], variances: list[sp.Expr], sizes: list[sp.Expr], kinds: list[str]
) -> Law:
    """Layer by layer, from the identity on the inputs."""
    law: Law = PointMass(1)
    layers = zip(slopes, variances, kinds, sizes[:-1], sizes[1:], strict=True)
    for slope, variance, kind, before, after in layers:
        inner = boxtimes(law, _gram(after / before, kind)).dilate(variance * after / before)
        law = boxtimes(companion(inner, before / after), slope)
    return law


def _gram(ratio: sp.Expr, kind: str) -> Law:
    """Law of WᵀW of mean 1, ratio = rows over columns of W."""
    if kind == "iid":
        return MarchenkoPastur(1 / ratio)
    if (ratio - 1).is_nonnegative:
        return PointMass(1)
    return Atomic({0: 1 - ratio, 1 / ratio: ratio})


def double_scaling_law(kind: str, variance: Any) -> Law:
    r"""Limit law of J Jᵀ, depth L → ∞ with orthogonal weights tuned to a spread of order 1.

    On the critical line E[f'^4]/E[f'^2]² - 1 = σ₀²/L the S-transform tends to

    .. math:: S(x) = e^{-\sigma_0^2 x/(1 + x)} \text{ (Bernoulli)}, \qquad
              S(x) = e^{-\sigma_0^2 x} \text{ (smooth)} .

    Parameters
    ----------
    kind : {"bernoulli", "smooth"}
        f' is 0 or 1, as of hard_tanh; or f is smooth, as erf and tanh.
    variance
        σ₀², the variance of the spectrum of J Jᵀ, whose mean is 1.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If the kind is unknown or the variance is not positive.

    Notes
    -----
    Source: Pennington, Schoenholz and Ganguli 2018.

    Examples
    --------
    >>> from freeprob import nets
    >>> nets.double_scaling_law("bernoulli", "1/4").atoms()
    {exp(1/4): 3/4}
    """
    spread = positive(variance, "variance")
    w = sp.Symbol("w")
    exponents = {"bernoulli": -spread * w / (1 + w), "smooth": -spread * w}
    return TransformLaw("S", sp.exp(exponents[one_of(kind, "the kind", tuple(exponents))]), w)
