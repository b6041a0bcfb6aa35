"""Spacings between neighbours: Wigner's surmise, the exact distribution, the number variance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.special import gamma, sici, xlogy

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.local.arguments import index, lengths
from freeprob.numeric.determinants.sine_kernel import gap_slope
from freeprob.parameters import one_of

_LONGEST = 10_000  # of an interval: beyond, the variance is known by its logarithm
_FARTHEST = 1e100  # spacings whose square is a float; the surmise is 0 from far below on
_ERROR = 1e-12  # of an integral over many oscillations
_FIRST_TERM = 1e-8  # below it the next term of the series, a square, is rounding


def surmise(beta: float, s: Any) -> Any:
    """Wigner's surmise p(s) = a s^β exp(-b s²) of mass and mean 1; exp(-s) at β = 0.

    Exact for 2 x 2 matrices, within 3 % for large ones (:func:`spacing_density` is exact there).

    Parameters
    ----------
    beta
        Any β ≥ 0; 0 are independent levels (Poisson).
    s
        Spacings in units of their mean, an array or a number.

    Returns
    -------
    float or array

    Raises
    ------
    InvalidParameterError
        For a negative β or negative spacings.

    Notes
    -----
    Source: Mehta 2004, (1.5.1) for β = 1, the same integral for others.

    Examples
    --------
    >>> print(f"{surmise(1, 1.0):.8f}")
    0.71618594
    """
    b, s = index(beta), lengths(s)
    if b == 0:
        values = np.exp(-s)
    else:
        rate = (gamma((b + 2) / 2) / gamma((b + 1) / 2)) ** 2
        constant = 2 * rate ** ((b + 1) / 2) / gamma((b + 1) / 2)
        # a power may leave float64 where its product with the exponential does not
        values = constant * np.exp(xlogy(b, s) - rate * np.minimum(s, _FARTHEST) ** 2)
    return float(values) if values.ndim == 0 else values


def spacing_distribution(beta: int, s: Any) -> Any:
    """The distribution function of spacings, 1 + E_β'(s); 1 - exp(-s) at β = 0.

    Parameters, errors and source as :func:`spacing_density`, with β = 0 for independent levels.

    Parameters
    ----------
    beta
        1, 2 or 4; 0 for independent eigenvalues.
    s
        Spacings in units of their mean, a number or an array.

    Returns
    -------
    float or array

    Raises
    ------
    InvalidParameterError
        If ``beta`` is another number, or a spacing is none.

    Examples
    --------
    >>> print(f"{spacing_distribution(1, 1.0):.6f}")
    0.548173
    """
    beta, s = one_of(beta, "beta", (0, 1, 2, 4)), lengths(s)
    # at β = 0 without the cancellation of 1 - exp(-s)
    rising = -np.expm1(-s) if beta == 0 else 1 + np.asarray(gap_slope(beta, s))
    values = np.clip(rising, 0.0, 1.0)
    return float(values) if values.ndim == 0 else values


def number_variance(beta: int, length: Any) -> Any:
    """Variance of the number of levels in an interval of this many mean spacings.

    Σ²(L) = L - 2 ∫_0^L (L - r) Y(r) dr with Dyson's two-level cluster function Y of the bulk; L at
    β = 0.

    Parameters
    ----------
    beta
        1, 2 or 4; 0 for independent eigenvalues.
    length
        Of the interval in mean spacings, a number or an array.

    Returns
    -------
    float or array

    Raises
    ------
    InvalidParameterError
        For β other than 0, 1, 2, 4 or negative lengths.

    Notes
    -----
    Source: Mehta 2004, (6.2.14), (7.2.41), (11.7.6) and (16.1.3).

    Examples
    --------
    >>> print(f"{number_variance(2, 1.0):.6f}")
    0.344163
    """
    beta = one_of(beta, "beta", (0, 1, 2, 4))
    sizes = lengths(length, "lengths")
    if (sizes > _LONGEST).any():
        raise InvalidParameterError(f"lengths are at most {_LONGEST} mean spacings")
    values = np.array([_number_variance(beta, float(size)) for size in sizes.ravel()])
    return float(values[0]) if sizes.ndim == 0 else values.reshape(sizes.shape)


def _number_variance(beta: int, length: float) -> float:
    if beta == 0 or length == 0:
        return length
    lost, _ = quad(
        lambda r: (length - r) * _cluster(beta, r),
        0,
        length,
        epsabs=_ERROR,
        epsrel=_ERROR,
        limit=200 + 20 * int(length),
    )
    return length - 2 * lost


def _cluster(beta: int, r: float) -> float:
    """Dyson's two-level cluster function with mean spacing 1."""
    x = 2 * r if beta == 4 else r
    s = float(np.sinc(x))
    if beta == 2:
        return s * s
    slope = (math.cos(math.pi * x) - s) / x if x > _FIRST_TERM else -(math.pi**2) * x / 3
    integral = sici(math.pi * x)[0] / math.pi
    return s * s + (0.5 - integral) * slope if beta == 1 else s * s - slope * integral
