"""Float64 dual kernels E f(u) f(v) of any function, tabulated once for many pairs.

Divided by sqrt(E f(u)^2 E f(v)^2) the kernel is a smooth function of log(1 + sqrt(q1)),
log(1 + sqrt(q2)) and the angle theta = arccos c, up to theta = 0 and also where f has a kink. It
is sampled at Chebyshev points of the box that the pairs fill, by Mehler's series where that
converges and by panels elsewhere, and its Chebyshev expansion is compressed to few functions of
each variance. Evaluating many pairs is then a product of thin matrices and a step of Clenshaw's
recurrence for each power of theta.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError
from freeprob.numeric.bivariate_normal import determinant
from freeprob.numeric.conditional_rules import conditional_kernels, kernel_of_pairs
from freeprob.numeric.gaussian_grids import Grid
from freeprob.numeric.hermite_series import TOLERANCE, hermite_series, mehler_values

Array = NDArray[np.float64]
Interval = tuple[float, float]

_SETTLED = 1e-13  # size of the last coefficients of a resolved expansion
_RANK = 1e-14  # singular values kept, relative to the first
_CHECKED = 1e-11  # agreement wanted between the nodes
_START, _MOST_VARIANCES, _MOST_ANGLES = 9, 129, 257
_FAR = 0.97  # correlation up to which kinks away from 0 are told apart
_ONE_VARIANCE = 1e-13  # relative difference of variances that are one but for rounding


def angles(q1: Array, k: Array, q2: Array) -> Array:
    """Return the arccosine of the correlation, accurate also next to 0 and pi."""
    return np.arctan2(np.sqrt(determinant(q1, k, q2)), k)


def with_zero_variances(grid: Grid, kernel: Array, q1: Array, q2: Array) -> Array:
    """Return a kernel with E f(u) E f(v) in the places where a variance is 0."""
    if q1.all() and q2.all():
        return kernel
    return np.where((q1 == 0) | (q2 == 0), grid.mean(q1) * grid.mean(q2), kernel)


@dataclass(frozen=True)
class Box:
    """Ranges of the two positive variances and of the angle between two Gaussians."""

    first: Interval
    second: Interval
    angle: Interval


def box_around(tiles: Iterable[tuple[Array, Array, Array]]) -> Box | None:
    """Return the box that the pairs (q1, k, q2) fill, or None if all have a variance 0."""
    ranges = []
    for q1, k, q2 in tiles:
        if not k.size:
            continue
        theta, low, high = angles(q1, k, q2), q1, q2
        if not (q1.all() and q2.all()):
            theta = theta[np.broadcast_to((q1 > 0) & (q2 > 0), theta.shape)]
            low, high = q1[q1 > 0], q2[q2 > 0]
        if theta.size:
            ranges.append([(part.min(), part.max()) for part in (low, high, theta)])
    if not ranges:
        return None
    table = np.array(ranges)
    lows, highs = table[:, :, 0].min(axis=0), table[:, :, 1].max(axis=0)
    # inputs of one length differ by roundings, which are no interval to interpolate on
    flat = highs[:2] - lows[:2] <= _ONE_VARIANCE * highs[:2]
    middle = (lows[:2] + highs[:2]) / 2
    lows[:2], highs[:2] = np.where(flat, middle, lows[:2]), np.where(flat, middle, highs[:2])
    return Box(*((float(low), float(high)) for low, high in zip(lows, highs, strict=True)))


@dataclass(frozen=True)
class _Side:
    """Functions of one variance: Chebyshev expansions, scaled by sqrt(E f^2).

    E f^2 is written as (q/(1 + q))^power times the exponential of an expansion.
    """

    interval: Interval
    basis: Array
    power: float
    log_squares: Array

    def rows(self, q: Array) -> Array:
        """Return the values of the functions, one row for each variance."""
        q = np.clip(q, *self.interval)
        x = _unit(_stretched(q), *_stretched(np.array(self.interval)))
        waves = np.polynomial.chebyshev.chebvander(x, len(self.basis) - 1)
        log_squares = waves @ self.log_squares + self.power * np.log(q / (1 + q))
        return (waves @ self.basis) * np.exp(log_squares / 2)[:, None]


@dataclass(frozen=True)
class DualTable:
    """The kernel of one function on a box; pairs outside its angles are summed one by one."""

    grid: Grid
    first: _Side
    second: _Side
    core: Array
    angle: Interval

    def __call__(self, q1: Array, theta: Array, q2: Array) -> Array:
        """Return E f(u) f(v) for a column and a row of variances, or for equal shapes."""
        low, high = self.angle
        if not (q1.all() and q2.all()):
            theta = np.where((q1 == 0) | (q2 == 0), low, theta)
        total = self._sum(q1, _unit(np.clip(theta, low, high), low, high), q2)
        outside = (theta < low) | (theta > high)
        if outside.any():
            a, b = (np.broadcast_to(q, theta.shape)[outside] for q in (q1, q2))
            total[outside] = kernel_of_pairs(self.grid, a, theta[outside], b)
        return with_zero_variances(self.grid, total, q1, q2)

    def _sum(self, q1: Array, x: Array, q2: Array) -> Array:
        """Return the expansion at x in [-1, 1] by Clenshaw's recurrence."""
        left, right = self.first.rows(q1.reshape(-1)), self.second.rows(q2.reshape(-1))
        halves = np.tensordot(self.core, left, (1, 1)).transpose(0, 2, 1)
        outer = x.ndim == 2 and q1.shape == (len(x), 1)
        columns = np.ascontiguousarray(right.T)
        term, older, newer, double = np.empty(x.shape), np.zeros(x.shape), np.zeros(x.shape), 2 * x
        for degree in range(len(halves) - 1, -1, -1):
            if outer:
                np.matmul(halves[degree], columns, out=term)
            else:
                np.einsum("pr,pr->p", halves[degree], right, out=term.reshape(-1))
            term -= older
            np.multiply(newer, double if degree else x, out=older)
            older += term
            older, newer = newer, older
        return newer


def dual_table(grid: Grid, box: Box) -> DualTable:
    """Return a table for a box, with more nodes until the expansions rest.

    Raises
    ------
    ConvergenceError
        If that takes too many.
    """
    same = box.first == box.second and box.first[0] == box.first[1]
    if any(grid.breaks) and not same:
        # kinks away from 0 meet as the correlation tends to 1: smooth for no pair of variances
        near = float(np.arccos(_FAR))
        low, high = (float(np.clip(end, near, np.pi - near)) for end in box.angle)
        box = Box(box.first, box.second, (low, high))
    table = _resolved(grid, box)
    if table is None:
        raise ConvergenceError(
            f"the kernel is not resolved on variances {box.first} and {box.second}: they are too "
            "large for how sharply the function bends, or too far apart; use dual(...).evalf"
        )
    return table


def _resolved(grid: Grid, box: Box) -> DualTable | None:
    """Return a table whose last coefficients are negligible and which is right between nodes."""
    intervals = (box.first, box.second, box.angle)
    sizes = [1 if low == high else _START for low, high in intervals]
    most = (_MOST_VARIANCES, _MOST_VARIANCES, _MOST_ANGLES)
    while all(size <= limit for size, limit in zip(sizes, most, strict=True)):
        table, open_axes = _expanded(grid, box, sizes)
        if not open_axes and not _agrees(table, box):
            open_axes = [axis for axis in range(3) if sizes[axis] > 1]
        if not open_axes:
            return table
        for axis in open_axes:
            sizes[axis] = 2 * sizes[axis] - 1
        if box.first == box.second:
            sizes[0] = sizes[1] = max(sizes[:2])
    return None


def _expanded(grid: Grid, box: Box, sizes: list[int]) -> tuple[DualTable, list[int]]:
    """Return the table with given numbers of nodes, and the axes that need more."""
    variances = [
        _variance_nodes(interval, size)
        for interval, size in zip((box.first, box.second), sizes[:2], strict=True)
    ]
    theta = _nodes(*box.angle, sizes[2])
    values, squares = _sampled(grid, *variances, theta)
    for axis in range(3):
        values = np.moveaxis(np.tensordot(_to_chebyshev(sizes[axis]), values, (1, axis)), 0, axis)
    powers = [_power(*sides) for sides in zip(variances, squares, strict=True)]
    log_squares = [
        _to_chebyshev(q.size) @ (np.log(square) - power * np.log(q / (1 + q)))
        for q, square, power in zip(variances, squares, powers, strict=True)
    ]
    last = [np.abs(np.moveaxis(values, axis, 0)[-2:]).max() for axis in range(3)]
    for axis in range(2):
        last[axis] = max(last[axis], np.abs(log_squares[axis][-2:]).max())
    open_axes = [axis for axis in range(3) if sizes[axis] > 1 and last[axis] > _SETTLED]
    bases = [
        _leading(values.reshape(sizes[0], -1)),
        _leading(np.swapaxes(values, 0, 1).reshape(sizes[1], -1)),
    ]
    core = np.einsum("abm,ar,bs->mrs", values, *bases, optimize=True)
    sizes_left = np.cumsum(np.abs(core).max(axis=(1, 2))[::-1])[::-1]
    core = core[: max(1, int(np.count_nonzero(sizes_left > _SETTLED)))]
    first, second = (
        _Side(*parts)
        for parts in zip((box.first, box.second), bases, powers, log_squares, strict=True)
    )
    return DualTable(grid, first, second, core, box.angle), open_axes


def _sampled(grid: Grid, q1: Array, q2: Array, theta: Array) -> tuple[Array, tuple[Array, Array]]:
    """Return normalised kernels at all nodes, and E f(u)^2, E f(v)^2."""
    c = np.cos(theta)
    reach = float(np.abs(c).max())
    first = hermite_series(grid, q1, reach)
    if np.array_equal(q1, q2):
        second = first
    else:
        second = hermite_series(grid, q2, reach, first.coefficients.shape[1])
        first = hermite_series(grid, q1, reach, second.coefficients.shape[1])
    values, bounds = mehler_values(first, second, c)
    squares = (first.squares, second.squares)
    poor = np.flatnonzero(bounds > TOLERANCE)
    if poor.size:
        rows = (poor.size * q2.size, q1.size)
        scale = np.sqrt(np.outer(*squares))
        near = conditional_kernels(
            grid,
            np.broadcast_to(q1, rows),
            np.repeat(theta[poor], q2.size),
            np.tile(q2, poor.size),
            np.tile(scale.T, (poor.size, 1)),
        )
        values[:, :, poor] = near.reshape(poor.size, *scale.T.shape).T / scale[:, :, None]
    return values, squares


def _agrees(table: DualTable, box: Box) -> bool:
    """Whether the table is right at points between its nodes."""
    steps = np.array([0.754877666246693, 0.569840290998053, 0.430159709001947])
    for place in (np.arange(1, 4)[:, None] * steps) % 1:
        (q1, q2, theta) = (
            low + (high - low) * part
            for (low, high), part in zip((box.first, box.second, box.angle), place, strict=True)
        )
        point = [np.array([part]) for part in (q1, q2, theta)]
        values, squares = _sampled(table.grid, *point)
        scale = np.sqrt(squares[0] * squares[1])
        found = table(point[0], point[2], point[1]) / scale
        if np.abs(found - values.reshape(-1)).max() > _CHECKED:
            return False
    return True


def _leading(matrix: Array) -> Array:
    """Return an orthonormal basis of the columns' space, negligible directions left out."""
    u, sizes, _ = np.linalg.svd(matrix, full_matrices=False)
    return u[:, : max(1, int(np.count_nonzero(sizes > _RANK * sizes[0])))]


def _nodes(low: float, high: float, size: int) -> Array:
    """Return Chebyshev points of an interval, ends included."""
    if size == 1:
        return np.array([(low + high) / 2])
    x = np.cos(np.pi * np.arange(size) / (size - 1))
    return np.clip((low + high) / 2 + (high - low) / 2 * x, low, high)


def _stretched(q: Array) -> Array:
    """Return the variable that kernels are smooth in, down to variance 0."""
    return np.log1p(np.sqrt(q))


def _variance_nodes(interval: Interval, size: int) -> Array:
    """Return variances at Chebyshev points of the stretched variable, decreasing."""
    nodes = _nodes(*_stretched(np.array(interval)), size)
    return np.clip(np.expm1(nodes) ** 2, *interval)


def _power(q: Array, squares: Array) -> float:
    """Return how E f^2 vanishes with the variance, to the nearest half."""
    if q.size == 1:
        return 0.0
    return round(2 * np.log(squares[-2] / squares[-1]) / np.log(q[-2] / q[-1])) / 2


def _unit(value: Array, low: float, high: float) -> Array:
    """Return where values lie in an interval, from -1 to 1."""
    if high <= low:
        return np.zeros(np.shape(value))
    return (2 * value - (low + high)) / (high - low)


def _to_chebyshev(size: int) -> Array:
    """Return the matrix from values at the nodes to Chebyshev coefficients."""
    if size == 1:
        return np.ones((1, 1))
    order = np.arange(size)
    matrix = 2 / (size - 1) * np.cos(np.pi * np.outer(order, order) / (size - 1))
    for end in (0, -1):
        matrix[end] /= 2
        matrix[:, end] /= 2
    return matrix
