"""Array work a cache-sized block at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_SIZE = 1 << 13


def blockwise(
    function: Callable[..., np.ndarray],
    q1: Any,
    k: Any,
    q2: Any,
    prepare: Callable[[np.ndarray], tuple[np.ndarray, ...]] | None = None,
) -> np.ndarray:
    """Evaluate ``function(q1, k, q2)`` over blocks of rows of the broadcast covariance arrays.

    ``prepare`` computes arrays that depend on one variance only (their last axes match it); they
    are cut along with it and passed on, so that an outer product of n variances with n prepares
    2 n values, not n^2.
    """
    q1, k, q2 = (np.asarray(a, dtype=float) for a in (q1, k, q2))
    shape = np.broadcast_shapes(q1.shape, k.shape, q2.shape)
    outer = len(shape) == 2 and q1.shape == (shape[0], 1) and q2.shape == (1, shape[1])
    if outer and shape[1] <= 8 * _SIZE:
        k = np.broadcast_to(k, shape)
        height = max(1, _SIZE // max(1, shape[1]))
    else:
        q1, k, q2 = (np.broadcast_to(a, shape).reshape(-1) for a in (q1, k, q2))
        outer, height = False, _SIZE if prepare is None else _SIZE // 16
    result = np.empty(k.shape)
    whole = _prepared_sides(prepare, q1, q2) if outer and prepare else None
    for start in range(0, len(k), height):
        rows = slice(start, start + height)
        entries = (q1[rows], k[rows], q2 if outer else q2[rows])
        if whole is not None:
            given = (tuple(_rows(a, q1.ndim, rows) for a in whole[0]), whole[1])
        elif prepare is not None:
            given = (prepare(entries[0]), prepare(entries[2]))
        else:
            given = ()
        result[rows] = function(*entries, *given)
    return result.reshape(shape)


def _prepared_sides(
    prepare: Callable[[np.ndarray], tuple[np.ndarray, ...]], q1: np.ndarray, q2: np.ndarray
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Prepare a column and a row of variances, once if they are the same."""
    column, row = q1.reshape(-1), q2.reshape(-1)
    first = prepare(column)
    second = first if np.array_equal(column, row) else prepare(row)
    return tuple(a[..., :, None] for a in first), tuple(a[..., None, :] for a in second)


def _rows(array: np.ndarray, dims: int, rows: slice) -> np.ndarray:
    """Cut the axis that belongs to the rows, the first of the last ``dims``."""
    return array[(..., rows, *(slice(None),) * (dims - 1))]
