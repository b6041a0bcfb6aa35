"""Zeros of many functions at once between two points where their signs differ.

SciPy's ``find_root`` answers the same; importing it costs more than all zeros of a law's edges.
Source: Chandrupatla 1997.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_EPS = float(np.finfo(float).eps)
_STEPS = 2000  # halvings of any bracket of float64 numbers end before


def bracketed_roots(
    function: Callable[..., np.ndarray],
    low: np.ndarray,
    high: np.ndarray,
    *places: np.ndarray,
    relative: float = 4 * _EPS,
) -> np.ndarray:
    """One zero of ``function(x, *places)`` between each low and high, to a relative error.

    Values at the two ends have different signs, or one is 0.
    """
    # a and b enclose the zero, and c is the end that was left last
    a, b = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    found, rows = np.empty(len(a)), np.arange(len(a))
    fa, fb = function(a, *places), function(b, *places)
    share = np.full(len(a), 0.5)
    for _ in range(_STEPS):
        x = a + share * (b - a)
        fx = function(x, *(place[rows] for place in places))
        kept = np.sign(fx) == np.sign(fa)
        c, fc = np.where(kept, a, b), np.where(kept, fa, fb)
        b, fb = np.where(kept, b, a), np.where(kept, fb, fa)
        a, fa = x, fx
        nearer = np.abs(fa) < np.abs(fb)
        best = np.where(nearer, a, b)
        with np.errstate(all="ignore"):  # brackets without width are done
            least = (relative * np.abs(best) + np.finfo(float).tiny) / np.abs(b - a)
        done = ~(least < 0.5) | (np.where(nearer, fa, fb) == 0)
        found[rows[done]] = best[done]
        left = ~done
        if not left.any():
            return found
        a, b, c, fa, fb, fc, rows, least = (v[left] for v in (a, b, c, fa, fb, fc, rows, least))
        share = np.clip(_interpolated(a, b, c, fa, fb, fc), least, 1 - least)
    found[rows] = a
    return found


def _interpolated(
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    fa: np.ndarray,
    fb: np.ndarray,
    fc: np.ndarray,
) -> np.ndarray:
    """The zero of the inverse parabola as a share from a to b where that is monotone, else 1/2."""
    with np.errstate(all="ignore"):  # equal values divide by 0 and are halved
        x, y = (a - b) / (c - b), (fa - fb) / (fc - fb)
        inverse = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
            fc - fb
        )
        monotone = (y**2 < x) & ((1 - y) ** 2 < 1 - x)
    return np.where(monotone, inverse, 0.5)
