"""Ratios of consecutive spacings, which need no unfolding."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.integrate import quad

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.local.arguments import index, lengths
from freeprob.parameters import flag

# errors of integrals: means divide by constants, which are better known
_NORM, _MEAN = 1e-14, 1e-13
# fitted by Atas et al. (table I) to spectra of size 1000: C of the large-size correction
_CORRECTION = {1: 0.233378, 2: 0.578846, 4: 3.60123}


def ratio_density(beta: float, r: Any, folded: bool = False, corrected: bool = False) -> Any:
    """Density of the ratio r of neighbouring spacings, (r + r²)^β / (Z (1 + r + r²)^(1 + 3β/2)).

    Exact for 3 x 3 matrices; 1/(1 + r)² at β = 0.

    Parameters
    ----------
    beta
        β ≥ 0; 0 are independent levels.
    r
        Ratios, an array or a number.
    folded
        The density of min(r, 1/r) on [0, 1] instead.
    corrected
        With the correction for large matrices, whose constant is a fit: β = 0, 1, 2 or 4.

    Returns
    -------
    float or array

    Raises
    ------
    InvalidParameterError
        For a negative β or ratios below 0, and ``corrected`` with another β.

    Notes
    -----
    Source: Atas, Bogomolny, Giraud, Roux 2013.

    Examples
    --------
    >>> print(f"{ratio_density(1, 1.0):.6f}")
    0.433013
    """
    b, points = index(beta), lengths(r, "ratios")
    folded = flag(folded, "folded")
    if flag(corrected, "corrected") and b not in (0, 1, 2, 4):
        raise InvalidParameterError(f"the correction is known for beta 0, 1, 2 and 4, got {beta!r}")
    values = _unfolded(b, points, corrected)
    if folded:
        values = np.where(points <= 1, 2 * values, 0.0)
    return float(values) if points.ndim == 0 else values


def mean_ratio(beta: float, folded: bool = False, corrected: bool = False) -> float:
    """Mean of the ratio of neighbouring spacings, or of min(r, 1/r) with ``folded``.

    4 - 2√3 for the folded ratio at β = 1; ``corrected`` for large matrices (0.5307 there).
    Infinite for independent levels unless folded.

    Parameters, errors and source as :func:`ratio_density`.

    Parameters
    ----------
    beta
        Dyson's index; 0 for independent eigenvalues.
    folded
        Whether the mean is that of min(r, 1/r).
    corrected
        Whether the surmise is corrected to large matrices.

    Returns
    -------
    float

    Raises
    ------
    InvalidParameterError
        If ``beta`` is negative, or none is known for it.

    Examples
    --------
    >>> print(f"{mean_ratio(1):.6f} {mean_ratio(1, folded=True):.6f}")
    1.750000 0.535898
    """
    b = index(beta)
    if flag(corrected, "corrected") and b not in (0, 1, 2, 4):
        raise InvalidParameterError(f"the correction is known for beta 0, 1, 2 and 4, got {beta!r}")
    return _mean_ratio(b, flag(folded, "folded"), bool(corrected))


@lru_cache(maxsize=64)
def _mean_ratio(b: float, folded: bool, corrected: bool) -> float:
    if b == 0 and not folded:
        return math.inf
    if b > 0 and not corrected:
        return _mean_of_surmise(b, folded)

    def below_one(r: float) -> float:
        # a ratio above 1 is the inverse of one below it, with the same density
        density = float(_unfolded(b, np.asarray(r), corrected))
        return density * (2 * r if folded else r + (1 / r if r else 0.0))

    return float(quad(below_one, 0, 1, epsabs=_MEAN, epsrel=_MEAN)[0])


def _mean_of_surmise(beta: float, folded: bool) -> float:
    """Powers of r at 0 are a weight of the quadrature; r^(β-1) has the integral 1/β."""

    def shape(r: float) -> float:
        return (1 + r) ** beta / (1 + r + r**2) ** (1 + 1.5 * beta)

    def rest(r: float) -> float:
        return ((1 + r**2) * shape(r) - 1) / r if r else -(1 + beta / 2)

    if folded:
        return 2 * _weighted(lambda r: r * shape(r), beta) / _norm(beta)
    if beta >= 1:
        return _weighted(lambda r: (1 + r**2) * shape(r), beta - 1) / _norm(beta)
    return (1 / beta + _weighted(rest, beta)) / _norm(beta)


def _unfolded(beta: float, r: np.ndarray, corrected: bool) -> np.ndarray:
    # the density at r is that at 1/r over r², and no power of 1/r leaves float64
    inverse = 1 / np.maximum(r, 1.0)
    return inverse**2 * _below_one(beta, np.minimum(r, inverse), corrected)


def _below_one(beta: float, r: np.ndarray, corrected: bool) -> np.ndarray:
    """The density at ratios up to 1."""
    if beta == 0:
        return 1 / (1 + r) ** 2
    values = (r + r**2) ** beta / (_norm(beta) * (1 + r + r**2) ** (1 + 1.5 * beta))
    if corrected:
        with np.errstate(divide="ignore", over="ignore"):
            lifted = r + 1 / r
        shape = lifted**-beta - _balance(beta) * lifted ** (-beta - 1)
        values = values + _CORRECTION[int(beta)] / (1 + r) ** 2 * shape
    return values


def _norm(beta: float) -> float:
    """∫ (r + r²)^β / (1 + r + r²)^(1 + 3β/2) dr over r > 0, by r ↔ 1/r twice that below 1."""
    return 2 * _weighted(lambda r: (1 + r) ** beta / (1 + r + r**2) ** (1 + 1.5 * beta), beta)


def _balance(beta: float) -> float:
    """The constant with which the correction has mass 0."""
    first = _integral(lambda r: (r + 1 / r) ** -beta / (1 + r) ** 2 if r else 0.0)
    second = _integral(lambda r: (r + 1 / r) ** (-beta - 1) / (1 + r) ** 2 if r else 0.0)
    return first / second


def _weighted(function: Any, power: float) -> float:
    """∫ r^power f(r) dr over (0, 1)."""
    if power >= 1:  # all of it lies near 1, where the weight would be of no use
        return float(quad(lambda r: r**power * function(r), 0, 1, epsabs=0, epsrel=_MEAN)[0])
    rule = {"weight": "alg", "wvar": (power, 0)}
    return float(quad(function, 0, 1, epsabs=0, epsrel=_MEAN, **rule)[0])


def _integral(function: Any) -> float:
    return float(quad(function, 0, 1, epsabs=_NORM, epsrel=_NORM)[0])
