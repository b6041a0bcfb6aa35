"""Where networks are critical: the line chi_1 = 1, points on it, and half-stable points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import checked_activation, non_negative, positive
from freeprob.nets.mean_field.gaussian_maps import (
    near_zeros,
    numeric,
    private_context,
    rounded,
    to_digits,
)
from freeprob.nets.mean_field.roots import simple_roots

# lengths between which critical points are looked for, and how finely
LENGTHS = np.geomspace(1e-4, 2e2, 253)
_ONE_EXPRESSION = 1e-9  # relative: float means differ by less if their integrands are one


@dataclass(frozen=True)
class CriticalPoint:
    """Variances at which chi_1 = 1, and the fixed length there."""

    weight_variance: Any
    bias_variance: Any
    length: Any


def critical_line(activation: sp.Basic, q: object, dps: int | None = None) -> tuple[Any, Any]:
    r"""The variances for which q is a fixed length and :math:`\chi_1 = 1`.

    .. math:: \sigma_w^2 = \frac1{E f'(\sqrt q Z)^2}, \qquad
              \sigma_b^2 = q - \frac{E f(\sqrt q Z)^2}{E f'(\sqrt q Z)^2} .

    Parameters
    ----------
    activation : Activation
    q : number or SymPy expression
        The length, positive.
    dps : int, optional
        Digits; without it exact expressions are returned.

    Returns
    -------
    (weight_variance, bias_variance)

    Raises
    ------
    UndefinedOperationError
        No network with this fixed length is critical: the bias variance would be negative.

    References
    ----------
    S. Schoenholz et al., *Deep Information Propagation*, ICLR 2017, section 3.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import nets
    >>> nets.critical_line(nets.erf, sp.Symbol("q", positive=True))[0]
    pi*sqrt(4*q + 1)/4
    >>> nets.critical_line(nets.relu, 1)
    (2, 0)
    """
    checked_activation(activation)
    length = positive(q, "the length q")
    energy = activation.expect(length, power=2, derivative=1)
    if energy is sp.oo:
        raise UndefinedOperationError(f"{activation} jumps, so chi_1 is infinite at every length")
    weight = 1 / energy
    bias = length - activation.expect(length, power=2) / energy
    if not length.is_number:
        return weight, bias
    context = private_context(15 if dps is None else dps)
    value = to_digits(bias, {}, context)
    if value < -(context.mpf(10) ** (-context.dps + 5)) * (1 + to_digits(length, {}, context)):
        raise UndefinedOperationError(
            f"chi_1 = 1 at length {length} would need the negative bias_variance "
            f"{mpmath.nstr(value, 8)}; no such network exists"
        )
    if dps is None:
        return weight, bias
    return rounded(to_digits(weight, {}, context), dps), rounded(max(value, context.zero), dps)


def critical_points(
    activation: sp.Basic,
    *,
    weight_variance: object = None,
    bias_variance: object = None,
    dps: int = 30,
) -> tuple[CriticalPoint, ...]:
    """The points of the critical line with one given variance, in order of length.

    Parameters
    ----------
    activation : Activation
    weight_variance, bias_variance : number
        Exactly one of the two.
    dps : int

    Returns
    -------
    tuple of CriticalPoint
        Empty if the line does not pass there at lengths between 1e-4 and 200.

    Raises
    ------
    InvalidParameterError
        If not exactly one variance is given, or a negative one.

    Examples
    --------
    >>> from freeprob import nets
    >>> point, = nets.critical_points(nets.erf, bias_variance="0.05", dps=20)
    >>> round(float(point.weight_variance), 12)
    1.375839007347
    """
    checked_activation(activation)
    if (weight_variance is None) == (bias_variance is None):
        raise InvalidParameterError("give exactly one of weight_variance and bias_variance")
    context = private_context(dps)
    energy = _average(activation, context, power=2, derivative=1)
    second = _average(activation, context, power=2, derivative=0)
    fast_energy = activation.expect_function(power=2, derivative=1)
    fast_second = activation.expect_function(power=2, derivative=0)
    if weight_variance is None:
        given = non_negative(bias_variance, "bias_variance")
        target = to_digits(given, {}, context)
        lengths = simple_roots(
            lambda q: q - fast_second(q) / fast_energy(q) - float(given),
            lambda q: q - second(q) / energy(q) - target,
            context,
            LENGTHS,
        )
    else:
        given = positive(weight_variance, "weight_variance")
        target = to_digits(given, {}, context)
        lengths = simple_roots(
            lambda q: 1 / fast_energy(q) - float(given),
            lambda q: 1 / energy(q) - target,
            context,
            LENGTHS,
        )
    found = []
    for q in lengths:
        weight = 1 / energy(q)
        bias = q - second(q) * weight
        if bias > -(context.mpf(10) ** -dps):
            values = (weight, max(bias, context.zero), q)
            found.append(CriticalPoint(*(rounded(x, dps) for x in values)))
    return tuple(found)


def half_stable_points(activation: sp.Basic, dps: int = 30) -> tuple[CriticalPoint, ...]:
    r"""Critical points where lengths are marginal as well: :math:`\chi_1 = \chi_q = 1`.

    There :math:`E f f'' = 0`; the length attracts from one side only (D. Roberts, S. Yaida,
    *The Principles of Deep Learning Theory* (2022), section 5.3).

    Parameters
    ----------
    activation : Activation
    dps : int

    Returns
    -------
    tuple of CriticalPoint

    Raises
    ------
    UndefinedOperationError
        Every length has this property, as for positively homogeneous activations.

    Examples
    --------
    >>> from freeprob import nets
    >>> point, = nets.half_stable_points(nets.gelu, dps=20)
    >>> round(float(point.length), 12)
    3.561552812809
    """
    checked_activation(activation)
    context = private_context(dps)
    q = sp.Dummy("q", positive=True)
    second = activation.expect(q, power=2)
    energy = activation.expect(q, power=2, derivative=1)
    # d/dq E f^2 = E w f f'/q for w of variance q, whatever the kinks of f
    w = sp.Dummy("w", real=True)
    slope = activation.derivative(1).expression(w)
    product = Activation(w * activation.expression(w) * slope, w)
    excess = product.expect(q) / q - energy
    weighted = product.expect_function()
    fast_energy = activation.expect_function(power=2, derivative=1)
    probes = np.array([0.5, 2.0])
    if _vanishes(weighted(probes) / probes, fast_energy(probes)) and sp.simplify(excess) == 0:
        raise UndefinedOperationError(
            "E f f'' vanishes at every length: lengths are marginal on the whole critical line"
        )
    points = []
    for length in simple_roots(
        lambda at: weighted(at) / at - fast_energy(at),
        near_zeros(lambda: excess, (q,), context),
        context,
        LENGTHS,
    ):
        weight = 1 / to_digits(energy, {q: length}, context)
        bias = length - weight * to_digits(second, {q: length}, context)
        if bias >= 0:
            points.append(CriticalPoint(*(rounded(x, dps) for x in (weight, bias, length))))
    return tuple(points)


def _vanishes(left: Any, right: Any) -> bool:
    """Whether two sides agree but for roundings, as they do if they are one expression."""
    return bool(np.all(np.abs(left - right) <= _ONE_EXPRESSION * np.abs(right)))


def _average(
    activation: sp.Basic, context: mpmath.MPContext, power: int, derivative: int
) -> Callable[[Any], Any]:
    """A Gaussian moment as a function of the length."""
    q = sp.Dummy("q", positive=True)
    return numeric(lambda: activation.expect(q, power=power, derivative=derivative), (q,), context)
