"""Array work a cache-sized block at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kernels = Callable[[Array, Array, Array], tuple[Array, ...]]

BLOCK = 1 << 14


def blockwise(functions: Kernels, q1: Any, k: Any, q2: Any) -> tuple[Array, ...]:
    """Evaluate functions of (q1, k, q2) over blocks of the broadcast covariance arrays.

    A column and a row of variances stay so in each block; otherwise blocks are flat.
    """
    shape = np.broadcast_shapes(*map(np.shape, (q1, k, q2)))
    q1, k, q2 = covariances(q1, k, q2)
    outer = q1.ndim == 2 and q1.shape[1] == 1
    rows = max(1, BLOCK // max(1, q2.shape[-1])) if outer else BLOCK
    parts = [
        functions(
            q1[start : start + rows],
            k[start : start + rows],
            q2 if outer else q2[start : start + rows],
        )
        for start in range(0, max(1, len(k)), rows)
    ]
    return tuple(np.concatenate(blocks).reshape(shape) for blocks in zip(*parts, strict=True))


def covariances(q1: Any, k: Any, q2: Any) -> tuple[Array, Array, Array]:
    """Return a column, a matrix and a row, or three flat arrays, from arrays that broadcast."""
    q1, k, q2 = (np.asarray(a, dtype=float) for a in (q1, k, q2))
    shape = np.broadcast_shapes(q1.shape, k.shape, q2.shape)
    if len(shape) == 2 and q1.shape == (shape[0], 1) and q2.shape in ((1, shape[1]), shape[1:]):
        return q1, np.broadcast_to(k, shape), q2.reshape(1, -1)
    first, cross, second = (np.broadcast_to(a, shape).reshape(-1) for a in (q1, k, q2))
    return first, cross, second


def tiles(rows: int, columns: int, symmetric: bool) -> list[tuple[slice, slice]]:
    """Return blocks of a matrix; of a symmetric one those that hold the lower triangle."""
    height = max(1, BLOCK // max(1, columns))
    stops = [min(start + height, rows) for start in range(0, rows, height)]
    return [
        (slice(start, stop), slice(0, stop if symmetric else columns))
        for start, stop in zip(range(0, rows, height), stops, strict=True)
    ]


def mirror(matrix: Array) -> None:
    """Copy the lower triangle, computed in blocks, to above the diagonal, in place."""
    for rows, _ in tiles(*matrix.shape, symmetric=True):
        matrix[: rows.start, rows] = matrix[rows, : rows.start].T
        square = np.tril(matrix[rows, rows])
        matrix[rows, rows] = square + np.tril(square, -1).T
