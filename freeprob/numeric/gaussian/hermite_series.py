"""Float64 Hermite coefficients of functions of a Gaussian variable, and the sums made of them.

With u = sqrt(q) Z, f(u) = sum_n a_n(q) He_n(Z)/sqrt(n!), and E f(u) f(v) = sum_n a_n(q1) a_n(q2)
c^n at correlation c (Mehler 1866). What a truncation leaves out is known: the squares of all
coefficients add up to E f^2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.gaussian_grids import (
    SMOOTH_LEVELS,
    TINY,
    Grid,
    beside,
    octaves,
    panels,
    trapezoid,
    with_ladder,
)

Array = NDArray[np.float64]

TOLERANCE = 1e-13  # bound on what a series leaves out, relative to the kernel's size
_SMOOTH_LENGTHS = (64, 256)
_KINKED_LENGTHS = (64, 256, 1024)
_PLACES = 32  # of singular kinks that panels are graded towards
_WAVES = 256  # Hermite functions held at a time


@dataclass(frozen=True)
class HermiteSeries:
    """Rows of coefficients of f(sqrt(q) Z)/sqrt(E f^2), the tails behind each, and E f^2."""

    coefficients: Array
    tails: Array
    squares: Array


def settled_level(grid: Grid, *variances: Array) -> int:
    """Return a level of the rules at which E f^2 rests for all variances, and E f if f has kinks.

    Raises
    ------
    ConvergenceError
        If E f^2 does not settle.
    """
    squared = Grid(lambda w: grid.function(w) ** 2, grid.breaks)
    ends = [end for q in variances for end in (q.min(), q.max())]
    roots = _roots(np.unique(ends))
    # a root at a kink has a smooth square: f itself is resolved as well
    return max(
        each.settled_level(roots) for each in ((squared, grid) if grid.breaks else (squared,))
    )


def hermite_series(grid: Grid, q: Array, level: int, reach: float, least: int = 1) -> HermiteSeries:
    """Return series for variances ``q``, long enough for correlations up to ``reach`` if possible.

    They have at least ``least`` terms: what two series leave out is bounded by both tails, of
    which the smaller may be lost in rounding, so both need the length of the longer one.

    Raises
    ------
    ConvergenceError
        If E f^2 vanishes.
    """
    root = _roots(q)
    *shorter, longest = _KINKED_LENGTHS if grid.breaks else _SMOOTH_LENGTHS
    for length in shorter:
        series = _of_length(grid, root, level, length)
        with np.errstate(under="ignore"):
            bound = series.tails.max(axis=0) * reach ** np.arange(1, length + 1)
        if length >= least and bound.min() <= TOLERANCE:
            return series
    return _of_length(grid, root, level, longest)


def _roots(q: Array) -> Array:
    return np.maximum(np.sqrt(q), TINY)


def _of_length(grid: Grid, root: Array, level: int, length: int) -> HermiteSeries:
    """Return series with a given number of terms."""
    z, weights, waves = _rule(grid, root, level, length)
    values = grid.function(root[:, None] * z)
    squares = (weights * values * values).sum(axis=1)
    if not squares.all():
        raise ConvergenceError("E f^2 is too small for float64; rescale the function")
    damped = weights * np.exp(z * z / 4) * values / np.sqrt(squares)[:, None]
    a = np.concatenate([damped @ part.T for part in waves], axis=1)
    return HermiteSeries(a, np.maximum(1 - np.cumsum(a * a, axis=1), 0.0), squares)


def mehler_values(
    first: HermiteSeries, second: HermiteSeries, c: Array, divisions: int
) -> tuple[Array, Array]:
    """Return normalised kernels over c^divisions, shape (first, second, c), and error bounds.

    The bounds are those of the kernels themselves, one for each c. Divided kernels are those of
    functions whose first coefficients vanish.
    """
    length = min(first.coefficients.shape[1], second.coefficients.shape[1])
    with np.errstate(under="ignore"):
        powers = c ** np.arange(length - divisions)[:, None]
        left, right = (side.coefficients[:, divisions:length] for side in (first, second))
        values = np.stack([(right * row) @ powers for row in left])
        tails = (side.tails[:, length - 1].max() for side in (first, second))
        return values, np.sqrt(np.prod(list(tails))) * np.abs(c) ** (length + 1)


def _rule(grid: Grid, root: Array, level: int, length: int) -> tuple[Array, Array, Iterable[Array]]:
    """Return nodes and weights that resolve f times Hermite functions, and those functions.

    Hermite functions oscillate sqrt(length) fast.
    """
    depth = octaves(root)
    if not grid.breaks:
        needed = np.log2(2.0**level + np.sqrt(length) / (2 * np.pi))
        level = max(int(np.ceil(needed)), level + 1, 4)
        return *trapezoid(level, depth), [_short_waves(level, depth, length)]
    # one rule that is cut at the kinks of all variances
    places = np.unique(np.asarray(grid.breaks) / root[:, None])
    order = max(8 * 2 ** min(level, SMOOTH_LEVELS), 16 + int(np.sqrt(length) / 2))
    if level > SMOOTH_LEVELS:
        if places.size > _PLACES:
            raise ConvergenceError(
                "the function is singular at its kinks, and its kernel is not resolved for so many "
                "variances at once; use dual(...).evalf"
            )
        places, order = beside(places), max(12 * (level - SMOOTH_LEVELS + 1), order // 4)
    z, weights = panels(with_ladder(places, depth, widest=1.0), order)
    return z, weights, _hermite_functions(z, length)


@lru_cache(maxsize=16)
def _short_waves(level: int, depth: int, length: int) -> Array:
    """Return the first Hermite functions at the nodes of a trapezoidal rule."""
    return next(_hermite_functions(trapezoid(level, depth)[0], length))


def _hermite_functions(z: Array, length: int) -> Iterator[Array]:
    """Yield He_n(z)/sqrt(n!) exp(-z^2/4) for n < length, some orders at a time."""
    older, newer = np.zeros_like(z), np.exp(-z * z / 4)
    for start in range(0, length, _WAVES):
        waves = np.empty((min(_WAVES, length - start), z.size))
        for n, wave in enumerate(waves, start):
            wave[:] = newer
            older, newer = newer, (z * newer - np.sqrt(n) * older) / np.sqrt(n + 1)
        yield waves
