"""Float64 dual kernels E f(u) f(v) of any function, tabulated once for many pairs.

Divided by sqrt(E f(u)^2 E f(v)^2) the kernel is a smooth function of log(1 + sqrt(q1)),
log(1 + sqrt(q2)) and a variable of the correlation, up to correlation 1 and also where f has a
kink; odd and even functions leave a function of the variable's square. It is sampled at Chebyshev
points of the box that the pairs fill, by Mehler's series where that converges and by nested rules
elsewhere, and its Chebyshev expansion is compressed to few functions of each variance. Evaluating
many pairs is then a product of thin matrices and a multiplication for each power of the variable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.blocks import Block, Pairs
from freeprob.numeric.gaussian.chebyshev import Interval, nodes, to_chebyshev, unit
from freeprob.numeric.gaussian.conditional_rules import conditional_grid, kernel_of_pairs
from freeprob.numeric.gaussian.correlation_box import Box
from freeprob.numeric.gaussian.correlation_variable import Variable, variable_of
from freeprob.numeric.gaussian.gaussian_grids import Grid
from freeprob.numeric.gaussian.hermite_series import (
    TOLERANCE,
    hermite_series,
    mehler_values,
    settled_level,
)
from freeprob.numeric.gaussian.newton_form import evaluate, from_chebyshev, newton_nodes
from freeprob.numeric.gaussian.semigroup_rules import semigroup_kernels

Array = NDArray[np.float64]

_SETTLED = 1e-13  # size of the last coefficients of a resolved expansion
_RANK = 1e-14  # singular values kept, relative to the first
_CHECKED = 1e-11  # agreement wanted between the nodes
_START, _FEW = 17, 3  # nodes of each axis
_MOST = (129, 129, 257)
_FAR = 0.97  # correlation up to which kinks away from 0 are told apart


def with_zero_variances(grid: Grid, kernel: Array, q1: Array, q2: Array) -> Array:
    """Return a kernel with E f(u) E f(v) in the places where a variance is 0."""
    if q1.all() and q2.all():
        return kernel
    return np.where((q1 == 0) | (q2 == 0), grid.mean(q1) * grid.mean(q2), kernel)


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
        x = unit(_stretched(q), *_stretched(np.array(self.interval)))
        waves = np.polynomial.chebyshev.chebvander(x, len(self.basis) - 1)
        log_squares = waves @ self.log_squares + self.power * np.log(q / (1 + q))
        return (waves @ self.basis) * np.exp(log_squares / 2)[:, None]


@dataclass(frozen=True)
class DualTable:
    """The kernel of one function on a box; pairs outside its arcsines are summed one by one."""

    grid: Grid
    first: _Side
    second: _Side
    core: Array
    variable: Variable
    arcsine: Interval
    covers: bool

    def on(self, pairs: Pairs) -> Callable[[Block, Array], Array]:
        """Return E f(u) f(v) as a function of a block of the pairs and the variable in it."""
        parity = self.grid.parity
        low, high = self.variable.range(self.arcsine, parity)
        half, middle = (high - low) / 2 or 1.0, (high + low) / 2
        core = np.tensordot(from_chebyshev(len(self.core)), self.core, 1)
        places = newton_nodes(len(core)) + middle / half
        whole = []
        if pairs.is_outer:
            whole = [self.first.rows(pairs.first), self.second.rows(pairs.second)]

        def kernel(block: Block, variable: Array) -> Array:
            if whole:
                first, second = whole[0][block[0]], whole[1][block[1]]
            else:
                first = self.first.rows(pairs.first[block[0]])
                second = self.second.rows(pairs.second[block[0]])
            inside = variable if self.covers else np.clip(variable, *self.arcsine)
            scaled = inside * (1 / half)
            if parity:
                scaled *= inside
            total = evaluate(first @ core, second.T, [scaled - place for place in places])
            if parity == -1:
                total *= inside
            q1, _, q2 = pairs.part(block)
            if not self.covers:
                # with kinks, and then the variable is the arcsine
                outside = inside != variable
                a, b = (np.broadcast_to(q, variable.shape)[outside] for q in (q1, q2))
                total[outside] = kernel_of_pairs(self.grid, a, np.pi / 2 - variable[outside], b)
            return with_zero_variances(self.grid, total, q1, q2)

        return kernel


@lru_cache(maxsize=64)
def dual_table(grid: Grid, box: Box) -> DualTable:
    """Return a table for a box, with more nodes until the expansions rest.

    Raises
    ------
    ConvergenceError
        If that takes too many.
    """
    wanted = box
    same = box.first == box.second and box.first[0] == box.first[1]
    if any(grid.breaks) and not same:
        # kinks away from 0 meet as the correlation tends to 1: smooth for no pair of variances
        far = float(np.arcsin(_FAR))
        low, high = (float(np.clip(end, -far, far)) for end in box.arcsine)
        box = Box(box.first, box.second, (low, high))
    table = _resolved(grid, box, covers=box == wanted)
    if table is None:
        raise ConvergenceError(
            f"the kernel is not resolved on variances {box.first} and {box.second}: they are too "
            "large for how sharply the function bends, or too far apart; use dual(...).evalf"
        )
    return table


def _resolved(grid: Grid, box: Box, covers: bool) -> DualTable | None:
    """Return a table whose last coefficients are negligible and which is right between nodes."""
    intervals = (box.first, box.second, box.arcsine)
    sizes = [1 if low == high else _START for low, high in intervals]
    while all(size <= limit for size, limit in zip(sizes, _MOST, strict=True)):
        table, open_axes = _expanded(grid, box, sizes, covers)
        if not open_axes and not _agrees(table, box):
            open_axes = [axis for axis in range(3) if sizes[axis] > 1]
        if not open_axes:
            return table
        for axis in open_axes:
            sizes[axis] = 2 * sizes[axis] - 1
        if box.first == box.second:
            sizes[0] = sizes[1] = max(sizes[:2])
        if 2 in open_axes:
            sizes[2] = _resolved_variable(grid, box, sizes[2], covers)
    return None


def _resolved_variable(grid: Grid, box: Box, size: int, covers: bool) -> int:
    """Return so many nodes, or what serves few variances, or more than the limit."""
    few = [1 if low == high else _FEW for low, high in (box.first, box.second)]
    while size <= _MOST[2] and 2 in _expanded(grid, box, [*few, size], covers)[1]:
        size = 2 * size - 1
    return size


def _expanded(grid: Grid, box: Box, sizes: list[int], covers: bool) -> tuple[DualTable, list[int]]:
    """Return the table with given numbers of nodes, and the axes that need more."""
    symmetric = box.first == box.second
    first = _variance_nodes(box.first, sizes[0])
    second = first if symmetric else _variance_nodes(box.second, sizes[1])
    variable = variable_of(grid, box)
    places = nodes(*variable.range(box.arcsine, grid.parity), sizes[2])
    if grid.parity:
        places = np.sqrt(places)
    arcsine = variable.arcsine(places)
    ratio = variable.ratio(places) if grid.parity == -1 else None
    values, squares = _sampled(grid, first, second, arcsine, ratio)
    for axis in range(3):
        values = np.moveaxis(np.tensordot(to_chebyshev(sizes[axis]), values, (1, axis)), 0, axis)
    powers = [_power(*sides) for sides in zip((first, second), squares, strict=True)]
    log_squares = [
        to_chebyshev(q.size) @ (np.log(square) - power * np.log(q / (1 + q)))
        for q, square, power in zip((first, second), squares, powers, strict=True)
    ]
    last = [np.abs(np.moveaxis(values, axis, 0)[-2:]).max() for axis in range(3)]
    for axis in range(2):
        last[axis] = max(last[axis], np.abs(log_squares[axis][-2:]).max())
    open_axes = [axis for axis in range(3) if sizes[axis] > 1 and last[axis] > _SETTLED]
    left = _leading(values.reshape(sizes[0], -1))
    right = left if symmetric else _leading(np.swapaxes(values, 0, 1).reshape(sizes[1], -1))
    bases = [left, right]
    core = np.einsum("abm,ar,bs->mrs", values, *bases, optimize=True)
    sizes_left = np.cumsum(np.abs(core).max(axis=(1, 2))[::-1])[::-1]
    core = core[: max(1, int(np.count_nonzero(sizes_left > _SETTLED)))]
    first, second = (
        _Side(*parts)
        for parts in zip((box.first, box.second), bases, powers, log_squares, strict=True)
    )
    return DualTable(grid, first, second, core, variable, box.arcsine, covers), open_axes


def _sampled(
    grid: Grid, q1: Array, q2: Array, arcsine: Array, ratio: Array | None = None
) -> tuple[Array, tuple[Array, Array]]:
    """Return normalised kernels at all nodes, and E f^2 on both sides.

    If c over the variable is given, kernels of an odd function are divided by the variable.
    """
    c = np.sin(arcsine)
    reach, level = float(np.abs(c).max()), settled_level(grid, q1, q2)
    first = hermite_series(grid, q1, level, reach)
    if q1 is q2:
        second = first
    else:
        second = hermite_series(grid, q2, level, reach, first.coefficients.shape[1])
        first = hermite_series(grid, q1, level, reach, second.coefficients.shape[1])
    squares = (first.squares, second.squares)
    values, bounds = mehler_values(first, second, c, 0 if ratio is None else 1)
    if ratio is not None:
        values *= ratio
    poor = np.flatnonzero(bounds > TOLERANCE)
    if poor.size:
        rule = conditional_grid if grid.breaks else semigroup_kernels
        scale = np.sqrt(np.outer(*squares))
        near = rule(grid, q1, q2, arcsine[poor], scale) / scale[:, :, None]
        values[:, :, poor] = near if ratio is None else near * ratio[poor] / c[poor]
    return values, squares


def _agrees(table: DualTable, box: Box) -> bool:
    """Whether the table is right at points between its nodes."""
    steps = np.array([0.754877666246693, 0.569840290998053, 0.430159709001947])
    parts = (np.arange(1, 4)[:, None] * steps) % 1
    intervals = np.array([box.first, box.second, box.arcsine])
    q1, q2, arcsine = intervals[:, :1] + np.diff(intervals) * parts.T
    if box.first == box.second:
        q2 = q1
    values, squares = _sampled(table.grid, q1, q2, arcsine)
    rows, columns, places = (
        axis.reshape(-1) for axis in np.meshgrid(q1, q2, table.variable.of(arcsine), indexing="ij")
    )
    found = table.on(Pairs(rows, rows, columns, ()))((slice(None),), places)
    scale = np.sqrt(np.outer(*squares))[:, :, None]
    return bool(np.abs(found.reshape(values.shape) / scale - values).max() <= _CHECKED)


def _leading(matrix: Array) -> Array:
    """Return an orthonormal basis of the columns' space, negligible directions left out."""
    u, sizes, _ = np.linalg.svd(matrix, full_matrices=False)
    return u[:, : max(1, int(np.count_nonzero(sizes > _RANK * sizes[0])))]


def _stretched(q: Array) -> Array:
    """Return the variable that kernels are smooth in, down to variance 0."""
    return np.log1p(np.sqrt(q))


def _variance_nodes(interval: Interval, size: int) -> Array:
    """Return variances at Chebyshev points of the stretched variable, decreasing."""
    low, high = _stretched(np.array(interval))
    places = nodes(low, high, size)
    return np.clip(np.expm1(places) ** 2, *interval)


def _power(q: Array, squares: Array) -> float:
    """Return how E f^2 vanishes with the variance, to the nearest half."""
    if q.size == 1:
        return 0.0
    return round(2 * np.log(squares[-2] / squares[-1]) / np.log(q[-2] / q[-1])) / 2
