"""Float64 kernels E f(u) f(v) of functions without kinks, at correlations up to +-1.

Both Gaussians are cut into a shared part of correlation 1 and independent rests: with
F_s(x) = E f(x + s b), the kernel is E F_s(sqrt(q1 |c|) z) F_t(+-sqrt(q2 |c|) z), where
s^2 = q1 (1 - |c|) and t^2 = q2 (1 - |c|) (the Ornstein-Uhlenbeck semigroup, halfway from both
sides). Trapezoidal rules graded to the argument of f serve all means, whatever the variances.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.gaussian_grids import Grid, graded, octaves, trapezoid

Array = NDArray[np.float64]

_LEVELS = np.arange(2, 7.5, 0.5)
_CHANGE = 3e-14  # to the next level, relative to the root of E f(u)^2 E f(v)^2
_WIDTH = 8.5  # standard deviations of the rests
_FAR = 10.0  # standard deviations from 0 from which f bends little within the rests' width


def semigroup_kernels(grid: Grid, q1: Array, q2: Array, arcsine: Array, scale: Array) -> Array:
    """Return E f(u) f(v) for all variances and arcsines of the correlation.

    Parameters
    ----------
    grid
        The function f, without kinks.
    q1, q2, arcsine
        Flat arrays.
    scale
        What errors are relative to, shape (q1.size, q2.size).

    Returns
    -------
    ndarray, shape (q1.size, q2.size, arcsine.size)

    Raises
    ------
    ConvergenceError
        If the rules do not settle.
    """
    rows, columns = ([int(q.argmin()), int(q.argmax())] for q in (q1, q2))
    places = np.unique([arcsine.argmin(), arcsine.argmax(), np.abs(arcsine).argmin()])
    change, value = np.inf, None
    for level in _LEVELS:
        coarser, value = value, _of_level(grid, q1[rows], q2[columns], arcsine[places], level)
        if coarser is not None:
            moved = np.abs(value - coarser) / scale[np.ix_(rows, columns)][:, :, None]
            change = float(moved.max())
            if change <= _CHANGE:
                return _of_level(grid, q1, q2, arcsine, level - 0.5)
    raise ConvergenceError(
        f"the kernel still moves by {change:.1e} between two grids: the function has an "
        "undeclared kink or bends too sharply for the variance; use dual(...).evalf"
    )


def _of_level(grid: Grid, q1: Array, q2: Array, arcsine: Array, level: float) -> Array:
    z, weights = trapezoid(level, octaves(np.sqrt(np.concatenate([q1, q2]))))
    result = np.empty((q1.size, q2.size, arcsine.size))
    for place, angle in enumerate(arcsine):
        rest = 2 * np.sin((np.pi / 2 - abs(angle)) / 2) ** 2
        first = _smoothed(grid, q1, rest, z, level)
        second = first if q2 is q1 else _smoothed(grid, q2, rest, z, level)
        result[:, :, place] = (first * weights) @ (second if angle > 0 else second[:, ::-1]).T
    return result


def _smoothed(grid: Grid, q: Array, rest: float, z: Array, level: float) -> Array:
    """Return E f(sqrt(q (1 - rest)) z + sqrt(q rest) b), one row for each variance."""
    rows = [_mean_around(grid, np.sqrt(a * (1 - rest)) * z, np.sqrt(a * rest), level) for a in q]
    return np.array(rows)


def _mean_around(grid: Grid, x: Array, deviation: float, level: float) -> Array:
    """Return E f(x + deviation b): far from 0 by steps around x, else by steps graded to 0."""
    if deviation == 0:
        return grid.function(x)
    near = np.abs(x) <= _FAR * deviation
    y, steps = graded(level, octaves(np.array([deviation])), _FAR + _WIDTH)
    bell = np.exp(-((y - x[near, None] / deviation) ** 2) / 2) / np.sqrt(2 * np.pi)
    step = 2.0 ** (1 - level)
    b = np.arange(-_WIDTH, _WIDTH + step / 2, step)
    result = np.empty(x.shape)
    result[near] = bell @ (steps * grid.function(deviation * y))
    values = grid.function(x[~near, None] + deviation * b)
    result[~near] = values @ (step * np.exp(-b * b / 2) / np.sqrt(2 * np.pi))
    return result
