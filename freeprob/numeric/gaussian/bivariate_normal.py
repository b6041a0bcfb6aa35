"""Upper tails of a pair of centred Gaussians: float64 arrays, or any number of digits.

Both readings go through Owen's T function, whose arguments are formed from the covariance
entries themselves, not from a rounded correlation, and so keep their digits near correlation 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.tanh_sinh import integrate_panels
from freeprob.numeric.precision import fresh_context

_SPLITTER = 134217729.0  # 2^27 + 1: halves of a float64 whose products are exact
_MOST_BITS = 2600  # of Owen's T by quadrature: two seconds; three times as many take a minute
_NEAR = 0.05  # below this relative size the determinant is recomputed without cancellation


def determinant(q1: Any, k: Any, q2: Any) -> np.ndarray:
    """Return max(q1 q2 - k^2, 0) with full relative accuracy for float64 arrays.

    Near |k| = sqrt(q1 q2) the two products are expanded without error (Dekker 1971), so that
    the only error left is one rounding.
    """
    product = np.asarray(q1 * q2, dtype=float)
    gap = product - k * k
    near = gap < _NEAR * product
    if not near.any():
        return gap
    q1, k, q2 = np.broadcast_arrays(q1, k, q2)
    high, low = _two_product(q1[near], q2[near])
    high_k, low_k = _two_product(k[near], k[near])
    gap = np.asarray(gap)
    gap[near] = np.maximum((high - high_k) + (low - low_k), 0.0)
    return gap


def balanced(
    q1: Any, k: Any, q2: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return covariances of variances about 1 and the powers of 2 that u, v were divided by.

    Products of variances then stay within the range of float64; nothing is rounded.
    """
    q1, k, q2 = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (q1, k, q2)))
    first, second = np.frexp(q1)[1] // 2, np.frexp(q2)[1] // 2
    return (
        np.ldexp(q1, -2 * first),
        np.ldexp(np.ldexp(k, -first), -second),
        np.ldexp(q2, -2 * second),
        first,
        second,
    )


def _two_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded product and its rounding error, exactly."""
    product = a * b
    a_high = _SPLITTER * a - (_SPLITTER * a - a)
    b_high = _SPLITTER * b - (_SPLITTER * b - b)
    a_low, b_low = a - a_high, b - b_high
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, error


def tail_float64(t1: Any, t2: Any, q1: Any, k: Any, q2: Any) -> np.ndarray:
    """Return P(u > t1, v > t2) for centred Gaussians of covariance [[q1, k], [k, q2]]."""
    t1, t2, q1, k, q2 = (np.asarray(a, dtype=float) for a in (t1, t2, q1, k, q2))
    over1, over2 = t2 * q1 - k * t1, t1 * q2 - k * t2
    return stable_tail(t1, t2, q1, k, q2, determinant(q1, k, q2), over1, over2)


def stable_tail(
    t1: Any, t2: Any, q1: Any, k: Any, q2: Any, gap: Any, over1: Any, over2: Any
) -> np.ndarray:
    """Return the tail, given q1 q2 - k^2, t2 q1 - k t1 and t1 q2 - k t2 to full accuracy."""
    from scipy.special import ndtr, owens_t

    t1, t2, q1, k, q2, gap, over1, over2 = np.broadcast_arrays(
        *(np.asarray(a, dtype=float) for a in (t1, t2, q1, k, q2, gap, over1, over2))
    )
    root = np.sqrt(gap)
    x, y = -t1 / np.sqrt(q1), -t2 / np.sqrt(q2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope_x, slope_y = over1 / (t1 * root), over2 / (t2 * root)
        # T(0, +-inf) is +-1/4; the side is that of the limit through positive arguments
        slope_x = np.where(t1 == 0, -np.sign(t2) * np.inf, slope_x)
        slope_y = np.where(t2 == 0, -np.sign(t1) * np.inf, slope_y)
        value = (ndtr(x) + ndtr(y)) / 2 - owens_t(x, slope_x) - owens_t(y, slope_y)
    opposite = (x * y < 0) | ((x * y == 0) & (x + y < 0))
    value = np.where(opposite, value - 0.5, value)
    centred = 0.25 + np.arctan2(k, root) / (2 * np.pi)
    value = np.where((t1 == 0) & (t2 == 0), centred, value)
    value = np.where(np.isnan(value), _degenerate(x, y, k), value)
    return np.clip(value, 0.0, 1.0)


def _degenerate(x: np.ndarray, y: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return the tail when the correlation is exactly 1 or -1."""
    from scipy.special import ndtr

    return np.where(k > 0, ndtr(np.minimum(x, y)), np.maximum(ndtr(x) - ndtr(-y), 0.0))


def tail(t1: Any, t2: Any, q1: Any, k: Any, q2: Any, *, context: mpmath.MPContext) -> Any:
    """Return P(u > t1, v > t2) in the private mpmath ``context``, to its precision.

    Raises
    ------
    ConvergenceError
        For thresholds so far out, next to the digits wanted, that the time is minutes.
    """
    work = fresh_context()
    work.prec = 2 * context.prec + 40
    t1, t2, q1, k, q2 = (work.convert(a) for a in (t1, t2, q1, k, q2))
    root = work.sqrt(max(q1 * q2 - k * k, work.zero))
    x, y = -t1 / work.sqrt(q1), -t2 / work.sqrt(q2)
    if root > 0 and (t1 != 0 or t2 != 0):
        # the tail is a difference of numbers that are larger by what it lies below them
        bits = work.prec + _least_exponent(-x, -y, k / work.sqrt(q1 * q2), work) / work.ln2
        if bits > _MOST_BITS:
            raise ConvergenceError(
                "Gaussian thresholds are too far out for so many digits: ask for fewer, or rescale "
                "the inputs or variances"
            )
        work.prec = int(bits)
    if t1 == 0 and t2 == 0:
        value = work.mpf(1) / 4 + work.atan2(k, root) / (2 * work.pi)
    elif root == 0:
        normal = _distribution(work)
        value = normal(min(x, y)) if k > 0 else max(normal(x) - normal(-y), work.zero)
    else:
        value = _tail_by_owen(
            x, y, (t2 * q1 - k * t1) / root, (t1 * q2 - k * t2) / root, t1, t2, work
        )
    return context.mpf(value)


def _least_exponent(a: Any, b: Any, r: Any, context: mpmath.MPContext) -> Any:
    """The least of (u² - 2r uv + v²)/2(1 - r²) over u ≥ a, v ≥ b; P(u > a, v > b) is exp(-it)."""
    if r * a >= b or r * b >= a:  # one threshold takes the other with it
        return max(a, b, context.zero) ** 2 / 2
    if a <= 0 and b <= 0:
        return context.zero
    return (a * a - 2 * r * a * b + b * b) / (2 * (1 - r) * (1 + r))


def _distribution(context: mpmath.MPContext) -> Callable[[Any], Any]:
    """Return the standard normal distribution function in ``context``."""
    return lambda x: context.erfc(-x / context.sqrt(2)) / 2


def _tail_by_owen(
    x: Any, y: Any, over_x: Any, over_y: Any, t1: Any, t2: Any, context: mpmath.MPContext
) -> Any:
    """Return the tail by two values of Owen's T (Owen 1956, eq. 2.1)."""
    normal = _distribution(context)
    quarter = context.mpf(1) / 4
    value = (normal(x) + normal(y)) / 2
    value -= owens_t(x, over_x / t1, context) if t1 else (-quarter if t2 > 0 else quarter)
    value -= owens_t(y, over_y / t2, context) if t2 else (-quarter if t1 > 0 else quarter)
    if x * y < 0 or (x * y == 0 and x + y < 0):
        value -= context.mpf(1) / 2
    return value


def owens_t(h: Any, slope: Any, context: mpmath.MPContext) -> Any:
    """Return Owen's T(h, a) = (1/2 pi) int_0^a exp(-h^2 (1 + x^2)/2)/(1 + x^2) dx."""
    if slope < 0:
        return -owens_t(h, -slope, context)
    h = abs(h)
    if slope > 1:
        normal = _distribution(context)
        first, second = normal(h), normal(slope * h)
        mixed = (first + second) / 2 - first * second
        return mixed - owens_t(slope * h, 1 / slope, context)
    if slope == 0:
        return context.zero
    half = h * h / 2
    integral, _ = integrate_panels(
        lambda x: context.exp(-half * (1 + x * x)) / (1 + x * x),
        [context.zero, slope],
        context,
        tolerance=context.ldexp(1, -context.prec + 16),
    )
    return integral / (2 * context.pi)
