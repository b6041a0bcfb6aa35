"""Pairs of Gaussians so near each other that their covariance no longer tells them apart.

For u, v of variances q1, q2 what matters is D = E (u - v)^2, or the angle between them. Both are
carried beside the covariance, to digits of their own: E f(u) f(v) = (E f(u)^2 + E f(v)^2 - D')/2
with D' = E (f(u) - f(v))^2, a sum of squares without cancellation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from freeprob.numeric.gaussian.gaussian_grids import REACH, Grid, octaves, panels, trapezoid

Array = NDArray[np.float64]

_ORDERS = (8, 16, 32)  # of the panels in the difference
_REST = 1e-9  # relative change of D' between two orders that counts as settled
_CORE = (-3.0, -1.0, 0.0, 1.0, 3.0)  # ends of panels in the difference; kinks are met at 0


def angles_of(q1: Array, distance: Array, q2: Array) -> Array:
    """Return the angles of pairs of variances q1, q2 with E (u - v)^2 = distance.

    sin^2(angle/2) = (D - (sqrt(q1) - sqrt(q2))^2)/(4 sqrt(q1 q2)).
    """
    a, b = np.sqrt(q1), np.sqrt(q2)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = (distance / a - (q1 - q2) ** 2 / (a + b) ** 2 / a) / (4 * b)
    return 2 * np.arcsin(np.sqrt(np.clip(np.nan_to_num(half), 0.0, 1.0)))


def mean_square_differences(grid: Grid, q1: Array, distance: Array, q2: Array) -> Array:
    """Return E (f(u) - f(v))^2 of pairs with E (u - v)^2 = distance; NaN if it is not settled."""
    result = np.zeros(distance.shape)
    for index in np.flatnonzero(distance):
        result[index] = _settled(grid, q1[index], distance[index], q2[index])
    return result


def _settled(grid: Grid, q1: float, distance: float, q2: float) -> float:
    previous = np.nan
    for order in _ORDERS:
        value = _mean_square(grid, q1, distance, q2, order)
        if abs(value - previous) <= _REST * value:
            return value
        previous = value
    return float("nan")


def _mean_square(grid: Grid, q1: float, distance: float, q2: float, order: int) -> float:
    """Return the mean with u, v = m +- r y/2 and m = tilt y + spread x for normal x, y."""
    root = np.sqrt(distance)
    tilt = (q1 / root - q2 / root) / 2
    spread = np.sqrt(max((q1 + q2) / 2 - distance / 4 - tilt * tilt, 0.0))
    core = np.array(_CORE)
    deep = 2.0 ** -np.arange(1, octaves(np.array([abs(tilt)])) + 4)
    y, outer = panels(np.concatenate([-deep, core, deep]), order)
    middle, half = tilt * y[:, None], root * y[:, None] / 2
    if grid.breaks and spread > 0:
        breaks = np.asarray(grid.breaks)
        kinks = np.concatenate([(breaks - middle - half), (breaks - middle + half)], axis=1)
        x, inner = panels(np.concatenate([kinks / spread, _outer(spread, y.size)], axis=1), order)
    else:
        x, inner = trapezoid(np.log2(order), octaves(np.array([spread])))
        x, inner = x[None, :], inner[None, :]
    with np.errstate(over="ignore", invalid="ignore"):
        m = middle + spread * x
        squares = (grid.function(m + half) - grid.function(m - half)) ** 2
        return float(outer @ (squares * inner).sum(axis=1))


def _outer(spread: float, rows: int) -> Array:
    """Return ends of panels graded towards the unit of the function's argument, for each row."""
    places = REACH * 2.0 ** -np.arange(1, octaves(np.array([spread])) + 6)
    ends = np.concatenate([-places, [0.0], places])
    return np.broadcast_to(ends, (rows, ends.size))
