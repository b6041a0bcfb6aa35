"""Float64 kernels E f(u) f(v) by the mean of f(v) given u: exact at any correlation, but slow.

Both integrals use Gauss-Legendre panels between the kinks, graded towards 0, so that a function
that bends over a width far below its standard deviation is resolved as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.gaussian_grids import REACH, Grid, panels

Array = NDArray[np.float64]

_ORDERS = (12, 18, 27, 40, 60)
_EVALUATIONS = 1 << 20  # of the function, held at a time
_FINEST = 0.125  # where grading starts, in units of the function's argument
_LAYER = 7.0  # standard deviations after which a smoothed kink is straight
_CHANGE = 1e-12  # between two orders, relative to the root of E f(u)^2 E f(v)^2
_UNCORRELATED = 1e-8  # cosines: the mean of f(v) given u bends over 10⁸ standard deviations of u
_NARROWEST = 1e-9  # standard deviations: what bends at 0 within fewer is a kink, an end of panels
_CERTAIN = 1e-17  # of v: noise that moves no float64 number
_WIDE = 8.0  # conditional standard deviations: what bends over more needs no panels of its own
_CORE = (-4.0, 0.0, 4.0)  # standard deviations: wide panels are halved towards the centre


def conditional_kernels(
    grid: Grid, q1: Array, angle: Array, q2: Array, scale: Array
) -> NDArray[np.float64]:
    """Return E f(u) f(v), shape (rows, columns).

    Parameters
    ----------
    grid
        The function f.
    q1
        Variances of u, shape (rows, columns).
    angle, q2
        Arccosines of the correlations and variances of v, shape (rows,).
    scale
        What errors are relative to, shape (rows, columns).

    Raises
    ------
    ConvergenceError
        If the rules do not settle.
    """
    order = _settled_order(grid, q1, angle, q2, scale)
    return _conditional(grid, q1, angle, q2, order)


def conditional_grid(grid: Grid, q1: Array, q2: Array, arcsine: Array, scale: Array) -> Array:
    """Return E f(u) f(v) for all variances and arcsines, relative to ``scale`` (q1, q2)."""
    values = conditional_kernels(
        grid,
        np.broadcast_to(q1, (arcsine.size * q2.size, q1.size)),
        np.repeat(np.pi / 2 - arcsine, q2.size),
        np.tile(q2, arcsine.size),
        np.tile(scale.T, (arcsine.size, 1)),
    )
    return values.reshape(arcsine.size, q2.size, q1.size).T


def kernel_of_pairs(grid: Grid, q1: Array, angle: Array, q2: Array) -> Array:
    """Return E f(u) f(v) for lists of variances and angles."""
    if not angle.size:
        return np.zeros(0)
    squared = Grid(lambda w: grid.function(w) ** 2, grid.breaks)
    scale = np.sqrt(squared.mean(q1) * squared.mean(q2))
    return conditional_kernels(grid, q1[:, None], angle, q2, scale[:, None])[:, 0]


def kernel_on_the_line(grid: Grid, q1: Array, k: Array, q2: Array) -> Array:
    """Return E f(sqrt(q1) Z) f(+-sqrt(q2) Z), the kernel at correlation 1 or -1."""
    return kernel_of_pairs(grid, q1, np.where(k > 0, 0.0, np.pi), q2)


def _settled_order(grid: Grid, q1: Array, angle: Array, q2: Array, scale: Array) -> int:
    """Return an order that serves the extreme rows, and so what lies between them."""
    noise = np.sin(angle)
    extremes = [noise.argmin(), noise.argmax(), angle.argmin(), angle.argmax()]
    extremes += [side.argmin() for side in (q1.min(axis=1), q2)]
    extremes += [side.argmax() for side in (q1.max(axis=1), q2)]
    rows, previous, change = np.unique(extremes), None, np.inf
    for order in _ORDERS:
        value = _conditional(grid, q1[rows], angle[rows], q2[rows], order)
        if previous is not None:
            change = np.max(np.abs(value - previous) / scale[rows])
            if change <= _CHANGE:
                return order
        previous = value
    raise ConvergenceError(
        f"the kernel still moves by {change:.1e} between two grids: the variance is too large for "
        "how sharply the function bends; use dual(...).evalf for these covariances"
    )


def _conditional(grid: Grid, q1: Array, angle: Array, q2: Array, order: int) -> Array:
    """Return E f(u) E[f(v) | u], a few rows at a time."""
    result = np.empty(q1.shape)
    for row in range(len(q1)):
        x, weights = panels(_outer_ends(grid, q1[row], angle[row], q2[row]), order)
        given = _given(grid, x, angle[row], q2[row], order)
        values = grid.function(np.sqrt(q1[row])[:, None] * x)
        result[row] = values @ (weights * given)
    return result


def _outer_ends(grid: Grid, q1: Array, angle: float, q2: float) -> Array:
    """Return where panels in u meet, in standard deviations.

    The mean of f(v) given u bends near the mirrored kinks over a width of the conditional noise:
    panels of their own serve these layers.
    """
    breaks, c, noise = np.asarray(grid.breaks), np.cos(angle), np.sin(angle)
    finest = _FINEST / np.sqrt(max(q1.max(), q2))
    if not breaks.size:
        return _graded(finest)
    layer = noise / max(abs(c), _UNCORRELATED)
    mirrored = breaks / np.sqrt(q2) / (c if abs(c) > _UNCORRELATED else _UNCORRELATED)
    own = (breaks / np.sqrt(q1)[:, None]).reshape(-1)
    layers = (mirrored[:, None] + layer * np.array([-_LAYER, 0.0, _LAYER])).reshape(-1)
    return np.unique(np.concatenate([_graded(min(finest, max(layer, _NARROWEST))), own, layers]))


def _given(grid: Grid, x: Array, angle: float, q2: float, order: int) -> Array:
    """Return E[f(v) | u] at the nodes x."""
    second, centre, noise = np.sqrt(q2), np.cos(angle) * x, np.sin(angle)
    if noise * REACH <= abs(np.cos(angle)) * _CERTAIN:
        return grid.function(second * centre)
    graded = _graded(_FINEST / second, min(_WIDE * noise, REACH))
    ends = np.concatenate([np.asarray(grid.breaks) / second, graded])
    with np.errstate(over="ignore"):
        kinks = np.clip((ends - centre[:, None]) / noise, -REACH, REACH)
    result = np.empty(x.size)
    height = max(1, _EVALUATIONS // (kinks.shape[1] * order))
    for start in range(0, x.size, height):
        rows = slice(start, start + height)
        y, weights = panels(
            np.concatenate([kinks[rows], np.broadcast_to(_CORE, (len(kinks[rows]), 3))], 1), order
        )
        values = grid.function(second * (centre[rows, None] + noise * y))
        result[rows] = np.einsum("xy,xy->x", weights, values)
    return result


def _graded(finest: float, widest: float = REACH) -> Array:
    """Return 0 and places that double from ``finest`` on, on both sides."""
    count = max(0, int(np.ceil(np.log2(widest / finest))))
    places = finest * 2.0 ** np.arange(count)
    return np.concatenate([-places[::-1], [0.0], places])
