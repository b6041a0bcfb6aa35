"""Initialisations of a prescribed spread of singular values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import checked_activation
from freeprob.nets.expectations.closed_forms import VARIANCE
from freeprob.nets.expectations.expectation import growth_condition
from freeprob.nets.mean_field.gaussian_maps import moment, private_context
from freeprob.nets.mean_field.roots import simple_roots
from freeprob.parameters import count, finite, one_of

# lengths that are tried; the spread of a bounded f grows to infinity with q, that of the others
# tends to a constant well within them
_LENGTHS = np.geomspace(1e-8, 1e8, 321)
_SAME = 1e-12  # spreads that differ less are equal: they are computed to about 1e-13
# of E f'⁴/(E f'²)², which starts at 1: twelve are left of spreads at the shortest length
_DIGITS = 30
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
    lengths, spreads, biases = _floats(activation)
    spreads = spreads + _FIRST[weights]
    # neighbours that are equal to the one asked for tell no sign
    told = np.abs(spreads - spread / depth) >= _SAME * (1 + spread / depth)
    for point in _points(activation, spread / depth - _FIRST[weights], lengths[told]):
        if point is not None:
            return point
    raise _unreachable(
        f"no critical network of {depth} layers of {activation} with {weights} weights has "
        f"variance {variance}",
        depth * spreads[biases >= -_SAME * lengths],
    )


def _floats(activation: Activation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lengths, E f'⁴/(E f'²)² - 1 and the critical bias variance there."""
    slopes = activation.derivative_for_kernel()
    squares = slopes.times(slopes)
    growth = growth_condition(squares.times(squares))
    finite_at = [
        all(one.xreplace({VARIANCE: q}) > 0 for one in growth) for q in map(sp.Float, _LENGTHS)
    ]
    lengths = _LENGTHS[finite_at]
    energy, second, fourth = (
        activation.expect_function(*orders)(lengths) for orders in ((2, 0), (2, 1), (4, 1))
    )
    if not np.all(second > 0):
        raise UndefinedOperationError(
            f"{activation} is constant for some lengths of its inputs, and then no network is "
            "critical: take an activation with a slope"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        spreads, biases = fourth / second**2 - 1, lengths - energy / second
    known = np.isfinite(spreads) & np.isfinite(biases)
    return lengths[known], spreads[known], biases[known]


def _points(
    activation: Activation, excess: float, lengths: np.ndarray
) -> Iterator[tuple[float, float, float] | None]:
    """Lengths in order, and their variances, at which E f'⁴/(E f'²)² - 1 has this value.

    Any length does where no other value is told apart. None stands for one whose bias variance
    would be negative.
    """
    context = private_context(_DIGITS)
    energy, second, fourth = (
        moment(activation, context, *orders) for orders in ((2, 0), (2, 1), (4, 1))
    )
    fast_second, fast_fourth = (activation.expect_function(power, 1) for power in (2, 4))
    roots = (
        simple_roots(
            lambda q: fast_fourth(q) / fast_second(q) ** 2 - 1 - excess,
            lambda q: fourth(q) / second(q) ** 2 - 1 - context.mpf(excess),
            context,
            lengths,
        )
        if len(lengths)
        else [context.one]
    )
    for q in roots:
        weight = 1 / second(q)
        bias = q - weight * energy(q)
        is_none = abs(bias) < q * context.mpf(10) ** -_DIGITS
        yield (
            None
            if bias < 0 and not is_none
            else (float(q), float(weight), 0.0 if is_none else float(bias))
        )


def _unreachable(start: str, reachable: np.ndarray) -> UndefinedOperationError:
    """What is told of a variance that is not found."""
    tried = f"lengths q from {_LENGTHS[0]:g} to {_LENGTHS[-1]:g}"
    if not len(reachable):
        return UndefinedOperationError(
            f"{start}: at all {tried} the bias variance would be negative; change the activation"
        )
    return UndefinedOperationError(
        f"{start}: over {tried}, where the bias variance is not negative, it runs from "
        f"{reachable.min():.6g} to {reachable.max():.6g}; ask for one between, or change the depth "
        "or the activation"
    )
