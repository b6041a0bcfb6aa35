"""Roots to full precision from few evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from freeprob.errors import ConvergenceError

ITERATIONS = 400
SECANT_STEPS = 12
# how far from its float64 value a root may move
STRAY = 1e-5


def bracketed_root(
    function: Callable[[Any], Any], low: Any, high: Any, context: mpmath.MPContext
) -> Any:
    """The root of a continuous function with opposite signs at ``low`` and ``high``.

    Chandrupatla's scheme: inverse quadratic interpolation where it is safe,
    bisection elsewhere; the bracket never loses the root (T. Chandrupatla, 1997).
    """
    a, b = context.mpf(high), context.mpf(low)
    fa, fb = function(a), function(b)
    if fb == 0:
        return b
    if fa == 0:
        return a
    if context.sign(fa) == context.sign(fb):
        raise ConvergenceError(f"no change of sign between {low} and {high}")
    c, fc = a, fa
    fraction = context.mpf(1) / 2
    for _ in range(ITERATIONS):
        x = a + fraction * (b - a)
        fx = function(x)
        if context.sign(fx) == context.sign(fa):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = x, fx
        best, fbest = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        tolerance = 4 * context.eps * abs(best) / abs(b - a)
        if fbest == 0 or tolerance > 0.5:
            return best
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
            fraction = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
                fc - fb
            )
        else:
            fraction = context.mpf(1) / 2
        fraction = min(1 - tolerance, max(tolerance, fraction))
    raise ConvergenceError(f"no root to full precision between {low} and {high}")


def polished_root(
    function: Callable[[Any], Any], seed: float, context: mpmath.MPContext
) -> Any | None:
    """The simple root next to a float64 one by the secant rule, or None if it strays."""
    older, newer = context.mpf(seed), context.mpf(seed) * (1 + context.mpf(2) ** -40)
    f_older, f_newer = function(older), function(newer)
    for _ in range(SECANT_STEPS):
        if f_newer == 0:
            return newer
        if f_newer == f_older:
            return None
        step = f_newer * (newer - older) / (f_newer - f_older)
        older, f_older, newer = newer, f_newer, newer - step
        if abs(newer - seed) > abs(seed) * STRAY:
            return None
        # the next step would be of the order of the square of this one
        if step**2 < context.eps * newer**2 / 4:
            return newer
        f_newer = function(newer)
    return None


def simple_roots(
    fast: Callable[[Any], Any],
    function: Callable[[Any], Any],
    context: mpmath.MPContext,
    grid: np.ndarray,
) -> list:
    """All simple roots that a grid tells apart: float64 first, then digits."""
    from scipy.optimize import brentq

    positive_at = fast(grid) > 0
    roots = []
    for i in np.flatnonzero(positive_at[:-1] != positive_at[1:]):
        low, high = float(grid[i]), float(grid[i + 1])
        seed = brentq(lambda q: float(fast(np.array([q]))[0]), low, high, rtol=1e-14)
        root = polished_root(function, seed, context)
        roots.append(bracketed_root(function, low, high, context) if root is None else root)
    return roots
