"""Pairs of inputs that are equal, opposite, of one direction or nearly so, layer by layer.

Their covariances would leave the angle to rounding, and a layer multiplies it by chi_1. Here the
distance E (u - v)^2 of the inputs themselves is carried along instead: 0 stays 0, and roundings
grow no faster than the distance does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from freeprob.numeric.gaussian.blocks import KnownAngles
from freeprob.numeric.gaussian.gaussian_grids import Grid
from freeprob.numeric.gaussian.near_pairs import angles_of, mean_square_differences

Array = NDArray[np.float64]
Indices = NDArray[np.int_]

# 1 - |c| of inputs whose angle is worked out from their difference
_NEAR = 1e-7
# distances relative to the smaller variance below which they start and stay to be carried on
_CLOSE, _FAR = 1e-8, 1e-4
_ALIGNED = 1e-15  # an angle of so few roundings is 0
_ENTRIES = 1 << 20  # of differences of inputs, held at a time


@dataclass(frozen=True)
class AlikePairs:
    """Places in a matrix of pairs, u near sign v, with E (u - sign v)^2 and the angle of each.

    ``aligned`` pairs are multiples of each other and stay so; they need no distance.
    """

    rows: Indices
    columns: Indices
    signs: Array
    distances: Array
    angles: Array
    aligned: NDArray[np.bool_]

    @property
    def known_angles(self) -> KnownAngles:
        """The angles, for the kernels of one layer."""
        return KnownAngles(self.rows, self.columns, self.angles)

    @property
    def none(self) -> AlikePairs:
        """No pairs at all."""
        return self.kept(np.zeros(self.rows.shape, dtype=bool))

    def kept(self, here: NDArray[np.bool_]) -> AlikePairs:
        """The pairs chosen."""
        return AlikePairs(
            self.rows[here],
            self.columns[here],
            self.signs[here],
            self.distances[here],
            self.angles[here],
            self.aligned[here],
        )

    def lasting(self, grid: Grid, q1: Array, q2: Array, bias: float, degree: object) -> AlikePairs:
        """The pairs whose distance after a layer follows from the one before.

        Opposite inputs stay opposite or become equal if f is odd or even and there is no bias.
        Multiples stay multiples if f is homogeneous, of any ``degree``, and there is no bias.
        """
        near = self.distances <= _CLOSE * np.minimum(q1[self.rows], q2[self.columns])
        aligned = (self.angles <= _ALIGNED) & (degree is not None and bias == 0)
        reflected = bias == 0 and grid.parity != 0
        pairs = replace(self, aligned=aligned)
        return pairs.kept((near | aligned) & ((self.signs > 0) | reflected))

    def after(
        self, grid: Grid, weight: float, before: tuple[Array, Array], now: tuple[Array, Array]
    ) -> tuple[AlikePairs, Array]:
        """The pairs still near each other after a layer, and their new covariances.

        ``before`` and ``now`` are the variances of all rows and all columns.
        """
        q1, q2 = before[0][self.rows], before[1][self.columns]
        r1, r2 = now[0][self.rows], now[1][self.columns]
        signs = np.where(self.signs > 0, 1.0, float(grid.parity))
        moved = np.where(self.aligned, 0.0, self.distances)
        distances = weight * mean_square_differences(grid, q1, moved, q2)
        roots = np.sqrt(r1) * np.sqrt(r2)
        products = signs * np.where(self.aligned, roots, r1 / 2 + r2 / 2 - distances / 2)
        angles = np.where(self.aligned, 0.0, angles_of(r1, distances, r2))
        with np.errstate(invalid="ignore"):
            here = self.aligned | (distances <= _FAR * np.minimum(r1, r2))
        pairs = replace(self, signs=signs, distances=distances, angles=angles)
        return pairs.kept(here), products[here]


def alike_pairs(
    left: Array, right: Array, kernel: Array, blocks: list[tuple[slice, slice]], variances: tuple
) -> AlikePairs:
    """The pairs of rows of two matrices in almost one line through 0, after the first layer.

    Parameters
    ----------
    left, right
        The inputs, samples by features.
    kernel
        Their inner products over the number of features.
    blocks
        The blocks of ``kernel`` that count.
    variances
        Weight variance and bias variance of the first layer.
    """
    squares = [_mean_squares(x) for x in (left, right)]
    rows, columns = _near_the_line(kernel, [np.sqrt(s) for s in squares], blocks)
    step = max(1, _ENTRIES // left.shape[1])
    parts = [
        _measured(left[i], right[j], squares[0][i], squares[1][j], *variances)
        for i, j in (
            (rows[start : start + step], columns[start : start + step])
            for start in range(0, max(1, rows.size), step)
        )
    ]
    signs, distances, angles = (np.concatenate(part) for part in zip(*parts, strict=True))
    return AlikePairs(rows, columns, signs, distances, angles, np.zeros(rows.shape, dtype=bool))


def _measured(
    x: Array, y: Array, s1: Array, s2: Array, weight: float, bias: float
) -> tuple[Array, Array, Array]:
    """Return signs, distances and angles of pairs of inputs of mean squares s1, s2."""
    products = np.einsum("ij,ij->i", x, y) / x.shape[1]
    signs, (q1, q2) = np.sign(products), (weight * s + bias for s in (s1, s2))
    apart, along = _mean_squares(x - y), _mean_squares(x - signs[:, None] * y)
    across = _mean_squares(x - (products / s2)[:, None] * y)
    with np.errstate(divide="ignore", invalid="ignore"):
        # q1 q2 - k^2 is a sum of squares, of what is across and of the difference
        sines = (weight * s2 / q2) * (weight * across / q1) + (bias / q2) * (weight * apart / q1)
        cosines = np.abs(weight * products + bias) / np.sqrt(q1) / np.sqrt(q2)
    return signs, weight * along, np.nan_to_num(np.arctan2(np.sqrt(sines), cosines))


def _mean_squares(x: Array) -> Array:
    return np.einsum("ij,ij->i", x, x) / x.shape[1]


def _near_the_line(
    kernel: Array, roots: list[Array], blocks: list[tuple[slice, slice]]
) -> tuple[Indices, Indices]:
    """The places where |c| is 1 but for _NEAR; rows of zeros have no direction."""
    found = [(np.zeros(0, dtype=int), np.zeros(0, dtype=int))]
    for rows, columns in blocks:
        bound = (1 - _NEAR) * roots[0][rows, None] * roots[1][columns]
        near = np.nonzero((np.abs(kernel[rows, columns]) >= bound) & (bound > 0))
        found.append((near[0] + rows.start, near[1] + columns.start))
    rows, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return rows, columns
