"""Array work a cache-sized block at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int_]
Block = tuple[slice, ...]
Kernels = Callable[[Array, Array, Array], tuple[Array, ...]]

BLOCK = 1 << 14


@dataclass(frozen=True)
class KnownAngles:
    """Angles (arccosines of |c|) of single entries of a matrix of pairs."""

    rows: Indices
    columns: Indices
    angles: Array

    def inside(self, block: Block) -> tuple[tuple[Indices, Indices], Array]:
        """Return the places in a block, counted from its corner, and the angles there."""
        (top, bottom), (left, right) = ((s.start, s.stop) for s in block)
        here = (self.rows >= top) & (self.rows < bottom)
        here &= (self.columns >= left) & (self.columns < right)
        return (self.rows[here] - top, self.columns[here] - left), self.angles[here]


@dataclass(frozen=True)
class Pairs:
    """Covariances (q1, k, q2) of many pairs of Gaussians and the blocks to work on.

    Either all pairs of rows and columns of a matrix ``cross``, with flat ``first`` and ``second``,
    or three flat arrays of one length. Of a matrix some angles may be known better than from
    ``cross``.
    """

    first: Array
    cross: Array
    second: Array
    blocks: tuple[Block, ...]
    known: KnownAngles | None = None

    @property
    def is_outer(self) -> bool:
        """Whether the pairs form a matrix."""
        return self.cross.ndim == 2

    def part(self, block: Block) -> tuple[Array, Array, Array]:
        """Return a block as a column, a matrix and a row, or as three flat arrays."""
        first, second = self.first[block[0]], self.second[block[-1]]
        if self.is_outer:
            return first[:, None], self.cross[block], second[None, :]
        return first, self.cross[block], second

    def known_angles(self, block: Block) -> tuple[tuple[Indices, Indices], Array] | None:
        """Return the places of a block, from its corner, whose angles are known, and these."""
        if self.known is None or not self.known.angles.size:
            return None
        places, angles = self.known.inside(block)
        return (places, angles) if angles.size else None


def pairs_of(q1: Any, k: Any, q2: Any) -> Pairs:
    """Return pairs from arrays that broadcast: a matrix of them where variances allow it."""
    q1, k, q2 = (np.asarray(a, dtype=float) for a in (q1, k, q2))
    shape = np.broadcast_shapes(q1.shape, k.shape, q2.shape)
    if len(shape) == 2 and q1.shape == (shape[0], 1) and q2.shape in ((1, shape[1]), shape[1:]):
        cross = np.broadcast_to(k, shape)
        return Pairs(q1[:, 0], cross, q2.reshape(-1), tuple(tiles(*shape, symmetric=False)))
    first, cross, second = (np.broadcast_to(a, shape).reshape(-1) for a in (q1, k, q2))
    starts = range(0, cross.size, BLOCK)
    return Pairs(first, cross, second, tuple((slice(start, start + BLOCK),) for start in starts))


def tiles(rows: int, columns: int, symmetric: bool) -> list[tuple[slice, slice]]:
    """Return blocks of a matrix; of a symmetric one those that hold the lower triangle."""
    blocks: list[tuple[slice, slice]] = []
    start = 0 if columns else rows
    while start < rows:
        if symmetric:
            # height times width is a block, the width being where the rows stop
            height = int(np.sqrt(start * start / 4 + BLOCK) - start / 2)
        else:
            height = BLOCK // max(1, columns)
        stop = min(start + max(1, height), rows)
        blocks.append((slice(start, stop), slice(0, stop if symmetric else columns)))
        start = stop
    return blocks


def mirror(matrix: Array) -> None:
    """Copy the lower triangle, computed in blocks, to above the diagonal, in place."""
    for rows, _ in tiles(*matrix.shape, symmetric=True):
        matrix[: rows.start, rows] = matrix[rows, : rows.start].T
        square = np.tril(matrix[rows, rows])
        matrix[rows, rows] = square + np.tril(square, -1).T
