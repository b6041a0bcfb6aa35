"""Gap probabilities of the bulk: the sine kernel, its even and odd parts.

With S(u) = sin(πu)/(πu) and D±(s) = det(1 - K±), K±(x, y) = S(x - y) ± S(x + y) on (0, s/2), the
probability E_β(s) that an interval of s mean spacings holds no eigenvalue is D₊(s) for β = 1,
D₊(s) D₋(s) for β = 2 and (D₊ + D₋)(2s)/2 for β = 4; the spacing density is E_β''
(M. L. Mehta, Random Matrices, ch. 6, 7 and 11). All are entire in s, so derivatives are means over
circles.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import factorial
from numbers import Integral
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from numpy.polynomial.chebyshev import chebinterpolate, chebval

from freeprob.errors import InvalidParameterError
from freeprob.numeric.determinants.fredholm import ball_determinant, doubled, nodes, real_ball
from freeprob.numeric.precision import bits_of, to_mpf

# nodes that resolve six periods of sin(πu), those of the farthest interval, to rounding
_NODES = 44
# points and radius of the circle on which float64 derivatives are read off: E is entire of order
# two, its Taylor coefficient of order 42 below 1e-19
_CIRCLE, _RADIUS = 40, 1.0
_TURNS = 8
# degree that resolves E_β'' on the whole interval to rounding
_DEGREE = 96
# beyond this many spacings float64 determinants are all rounding: E_1(12) is 1e-37
_FARTHEST = 12.0


def gap_probability(beta: int, s: Any, dps: int | None = None) -> Any:
    """E_β(s), the probability that an interval of s mean spacings holds no eigenvalue.

    Parameters
    ----------
    beta
        1, 2 or 4.
    s
        Length in mean spacings, at least 0: an array in float64, or one number with ``dps``.
    dps
        Digits, or float64 (right to about 1e-15, absolutely).

    Returns
    -------
    float or array, mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        For another β or a negative length.
    ConvergenceError
        If the determinants do not settle.

    Notes
    -----
    Source: Mehta 2004, chapters 6, 7 and 11. Nodes are doubled until the digits agree: the accuracy
    is controlled, not proved.

    Examples
    --------
    >>> gap_probability(1, 1, dps=20)
    mpf('0.21416678762663637334')
    """
    _check_beta(beta)
    if dps is not None:
        place = _length(s, dps)
        return to_mpf(_ball_gap(beta, acb(place), dps + 3).real, dps)
    lengths = _lengths(s)
    values = np.real(_float_gap(beta, lengths.astype(complex)))
    return float(values) if lengths.ndim == 0 else values


def spacing_density(beta: int, s: Any, dps: int | None = None) -> Any:
    """p_β(s) = E_β''(s), the density of spacings between neighbours in the bulk, of mean 1.

    Parameters, errors and source as :func:`gap_probability`. Wigner's surmise is within 3 % of it.

    Parameters
    ----------
    beta
        1, 2 or 4; 0 for independent eigenvalues.
    s
        Spacings in units of their mean, a number or an array.
    dps
        Digits; by default float64.

    Returns
    -------
    float or array, mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        If ``beta`` is another number, or a spacing is none.

    Examples
    --------
    >>> print(f"{spacing_density(1, 1.0):.8f}")
    0.70182265
    """
    _check_beta(beta)
    if dps is not None:
        place = _length(s, dps)
        return to_mpf(_ball_density(beta, acb(place), dps + 3), dps)
    lengths = _lengths(s)
    values = np.maximum(_float_derivative(beta, lengths, 2), 0.0)
    return float(values) if lengths.ndim == 0 else values


def gap_slope(beta: int, s: Any) -> Any:
    """E_β'(s) in float64: minus the probability that a spacing from a level is longer than s.

    Examples
    --------
    >>> gap_slope(2, 0.0)
    -1.0
    """
    _check_beta(beta)
    lengths = _lengths(s)
    values = np.clip(_float_derivative(beta, lengths, 1), -1.0, 0.0)
    return float(values) if lengths.ndim == 0 else values


def _float_derivative(beta: int, lengths: np.ndarray, order: int) -> np.ndarray:
    """E_β' or E_β'' from its Chebyshev polynomial; 0 where it is below rounding."""
    farthest = _FARTHEST / (2 if beta == 4 else 1)
    near = np.minimum(lengths, farthest)
    values = chebval(2 * near / farthest - 1, _derivative_polynomial(beta, order))
    return np.where(lengths > farthest, 0.0, values)


@lru_cache(maxsize=6)
def _derivative_polynomial(beta: int, order: int) -> np.ndarray:
    """Chebyshev coefficients of a derivative of E_β, which is a mean over circles."""
    turns = np.exp(2j * np.pi * np.arange(_CIRCLE) / _CIRCLE)
    farthest = _FARTHEST / (2 if beta == 4 else 1)

    def derivative(x: np.ndarray) -> Any:
        lengths = farthest * (x + 1) / 2
        means = [np.mean(_float_gap(beta, s + _RADIUS * turns) * turns**-order) for s in lengths]
        return factorial(order) * np.real(means) / _RADIUS**order

    return chebinterpolate(derivative, _DEGREE)


def _check_beta(beta: object) -> None:
    if isinstance(beta, bool) or not isinstance(beta, Integral) or beta not in (1, 2, 4):
        raise InvalidParameterError(f"beta is 1, 2 or 4, got {beta!r}")


def _lengths(s: Any) -> np.ndarray:
    try:
        lengths = np.asarray(s)
        if lengths.dtype.kind not in "iufO":
            raise TypeError(f"{lengths.dtype} is no real type")
        lengths = lengths.astype(float)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InvalidParameterError(f"lengths must be real numbers, got {s!s:.80}") from error
    if not ((lengths >= 0) & np.isfinite(lengths)).all():
        raise InvalidParameterError("lengths of intervals are finite and at least 0")
    return lengths


def _length(s: Any, dps: int) -> arb:
    length = real_ball(s, dps)
    if length < 0:
        raise InvalidParameterError(f"the length of an interval is at least 0, got {s}")
    return length


def _float_gap(beta: int, s: np.ndarray) -> np.ndarray:
    """E_β at complex lengths."""
    scaled = 2 * s if beta == 4 else s
    far = np.real(scaled) > _FARTHEST
    even, odd = _float_determinants(np.where(far, 0, scaled))
    combined = {1: even, 2: even * odd, 4: (even + odd) / 2}[beta]
    return np.where(far, 0.0, combined)


def _float_determinants(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """D₊ and D₋, all lengths at once."""
    points, weights = nodes(_NODES)
    half = s[..., None] / 4
    x = half * (1 + points)
    difference, total = x[..., :, None] - x[..., None, :], x[..., :, None] + x[..., None, :]
    scale = half[..., None] * np.sqrt(weights[:, None] * weights)
    minus, plus = np.sinc(difference) * scale, np.sinc(total) * scale
    one = np.eye(_NODES)
    return np.linalg.det(one - minus - plus), np.linalg.det(one - minus + plus)


def _ball_gap(beta: int, s: acb, digits: int) -> acb:
    """E_β to relative digits."""
    count, bits = _effort(beta, s, digits)
    with ctx.workprec(bits):
        return doubled(lambda n: _gap_with_nodes(beta, s, n, bits), digits, first=count)


def _ball_density(beta: int, s: acb, digits: int) -> arb:
    """E_β'' by a mean over a small circle: 8 points err by r⁸ E^(10)/10!, and lose r² in digits."""
    shrink = digits // 6 + 1
    spare = digits + 2 * shrink + 4 + int(float(abs(s).mid()) ** 2)
    count, bits = _effort(beta, s + 1, spare)
    with ctx.workprec(bits):
        radius = arb(10) ** -shrink
        turns = [(acb(2) * k / _TURNS).exp_pi_i() for k in range(_TURNS)]

        def mean(nodes_now: int) -> acb:
            values = [_gap_with_nodes(beta, s + radius * t, nodes_now, bits) for t in turns]
            total = sum((v * t**-2 for v, t in zip(values, turns, strict=True)), acb(0))
            return 2 * total / (_TURNS * radius**2)

        return doubled(mean, digits, first=count).real


def _effort(beta: int, s: acb, digits: int) -> tuple[int, int]:
    """Nodes to begin with, and bits: E falls like exp(-(πs)²/16), relative digits need as many."""
    length = float(abs(s).mid()) * (2 if beta == 4 else 1)
    return 8 + digits // 3 + int(2 * length), bits_of(digits) + int(2 * length**2) + 64


def _gap_with_nodes(beta: int, s: acb, count: int, bits: int) -> acb:
    scaled = 2 * s if beta == 4 else s

    def determinant(sign: int) -> acb:
        def kernel(points: Sequence[acb]) -> list[list[acb]]:
            return [[(x - y).sinc_pi() + sign * (x + y).sinc_pi() for y in points] for x in points]

        return ball_determinant(kernel, acb(0), scaled / 2, count, bits)

    even = determinant(1)
    if beta == 1:
        return even
    odd = determinant(-1)
    return even * odd if beta == 2 else (even + odd) / 2
