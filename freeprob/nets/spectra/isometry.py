"""Initialisations of a prescribed spread of singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.network_arguments import checked_activation
from freeprob.parameters import count, finite, one_of

# lengths that are tried; the spread of a bounded f grows to infinity with q, that of the others
# tends to a constant well within them
_LENGTHS = np.geomspace(1e-8, 1e8, 321)
_SAME = 1e-12  # spreads that differ less are equal: they are computed to about 1e-13
_FIRST = {"orthogonal": 0.0, "iid": 1.0}  # -s₁ of S_W = 1 + s₁ x + …


def isometry_design(
    f: Any, depth: int, variance: Any, weights: str = "orthogonal"
) -> tuple[float, float, float]:
    r"""The critical network of this depth whose J Jᵀ has a given variance.

    On the critical line the spectrum of J Jᵀ has mean 1 and variance

    .. math:: \sigma^2 = L \left(\frac{E f'(\sqrt q Z)^4}{(E f'(\sqrt q Z)^2)^2} - 1 - s_1\right),
              \qquad s_1 = 0 \text{ (orthogonal)}, \; -1 \text{ (iid)}.

    Parameters
    ----------
    f : Activation
    depth : int
        L.
    variance
        σ², positive; at least L for independent weights.
    weights : {"orthogonal", "iid"}

    Returns
    -------
    (q, weight_variance, bias_variance)
        The smallest such length, σ_w² = 1/E f'² and σ_b² = q - σ_w² E f², to 12 digits. Weights
        are √σ_w² times a Haar orthogonal matrix, or normal of variance σ_w²/fan-in. In PyTorch:
        ``init.orthogonal_(w, gain=weight_variance**0.5)`` and
        ``init.normal_(b, std=bias_variance**0.5)``.

    Raises
    ------
    InvalidParameterError
        If the variance is not positive.
    UndefinedOperationError
        If no critical point of this activation has that spread.

    Source: Pennington, Schoenholz and Ganguli 2018.

    Examples
    --------
    >>> from freeprob import nets
    >>> q, weight_variance, bias_variance = nets.isometry_design(nets.hard_tanh, 16, 0.25)
    >>> print(f"{q:.10f} {weight_variance:.10f} {bias_variance:.10f}")
    0.1703032136 1.0156250000 0.0021259814
    """
    activation, depth = checked_activation(f), count(depth, "depth", least=1)
    spread = finite(variance, "variance")
    one_of(weights, "weights", tuple(_FIRST))
    if spread <= 0:
        raise InvalidParameterError(f"the variance must be positive, got {variance}")
    second, fourth = (activation.expect_function(power, 1) for power in (2, 4))
    square = activation.expect_function(2)
    if not np.all(second(_LENGTHS) > 0):
        raise UndefinedOperationError(
            f"{activation} is constant for some lengths of its inputs, and then no network is "
            "critical: take an activation with a slope"
        )

    def excess(q: Any) -> Any:
        return fourth(q) / second(q) ** 2 - 1 + _FIRST[weights] - spread / depth

    values = excess(_LENGTHS)
    if np.all(np.abs(values) < _SAME * (1 + spread / depth)):
        lengths = [1.0]
    else:
        lengths = _crossings(excess, values)
    for q in lengths:
        weight = 1 / float(second(q))
        bias = q - weight * float(square(q))
        if bias >= -_SAME * q:
            return q, weight, max(bias, 0.0)
    reachable = (depth * (values + spread / depth))[np.isfinite(values)]
    raise UndefinedOperationError(
        f"no critical network of {depth} layers of {activation} with {weights} weights has "
        f"variance {variance}: over all lengths q it runs from {reachable.min():.6g} to "
        f"{reachable.max():.6g}, and the bias variance must not be negative; change the depth or "
        "the activation"
    )


def _crossings(excess: Any, values: np.ndarray) -> list[float]:
    """Zeros between neighbouring lengths, in order."""
    from scipy.optimize import brentq

    signs = np.sign(values)
    return [
        float(np.exp(brentq(lambda s: float(excess(np.exp(s))), a, b, xtol=1e-15, rtol=1e-14)))
        for a, b, left, right in zip(
            np.log(_LENGTHS), np.log(_LENGTHS[1:]), signs, signs[1:], strict=False
        )
        if left * right < 0
    ]
