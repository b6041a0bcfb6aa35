"""Polynomials whose coefficients are low-rank matrices, evaluated entry by entry.

In Newton's form h_0 + (x - s_0)(h_1 + (x - s_1)(h_2 + ...)) a step costs one product of thin
matrices, added in place, and one multiplication. A few nodes s_j spread over [-1, 1] and taken in
turn keep the coefficients of any degree small, which powers of x alone would not.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# powers of x on [-1, 1] grow like (1 + sqrt 2)^16 < 2e6, by what last coefficients below 1e-12 bear
_STEPS_PER_NODE = 16


def newton_nodes(length: int) -> Array:
    """Return the nodes s_j in [-1, 1] that serve a polynomial of so many coefficients."""
    count = -(-length // _STEPS_PER_NODE)
    roots = np.cos(np.pi * (2 * np.arange(count) + 1) / (2 * count))
    if count == 1:
        return np.zeros(1)
    # each as far from those before it as possible, after Leja
    distance = np.abs(roots)
    ordered: list[float] = []
    for _ in range(count):
        ordered.append(float(roots[distance.argmax()]))
        distance = distance * np.abs(roots - ordered[-1])
    return np.array(ordered)


@lru_cache(maxsize=64)
def from_chebyshev(length: int) -> Array:
    """Return the matrix from Chebyshev coefficients to those of Newton's form."""
    nodes = newton_nodes(length)
    matrix = np.zeros((length, length))
    matrix[0, 0] = 1.0
    for degree in range(1, length):
        # x N_m = N_(m+1) + s_m N_m, and T_(n+1) = 2 x T_n - T_(n-1)
        last = matrix[:, degree - 1]
        product = np.resize(nodes, length) * last
        product[1:] += last[:-1]
        matrix[:, degree] = product if degree == 1 else 2 * product - matrix[:, degree - 2]
    return matrix


def evaluate(left: Array, right: Array, shifted: list[Array]) -> Array:
    """Return the sum over m of (left[m] right) times the product of the first m factors.

    Parameters
    ----------
    left
        Shape (degrees, rows, rank).
    right
        Shape (rank, columns); then entries are those of a matrix. Or shape (rank, rows), for
        flat pairs.
    shifted
        x - s_j for each node, taken in turn; matrices, or flat arrays.
    """
    total = np.empty(shifted[0].shape)
    if total.ndim == 2:
        return _outer(left, right, shifted, total)
    np.einsum("pr,rp->p", left[-1], right, out=total)
    for degree in range(len(left) - 2, -1, -1):
        total *= shifted[degree % len(shifted)]
        total += np.einsum("pr,rp->p", left[degree], right)
    return total


def _outer(left: Array, right: Array, shifted: list[Array], total: Array) -> Array:
    from scipy.linalg.blas import dgemm

    np.matmul(left[-1], right, out=total)
    columns = np.ascontiguousarray(right).T
    for degree in range(len(left) - 2, -1, -1):
        total *= shifted[degree % len(shifted)]
        dgemm(1.0, columns, left[degree].T, beta=1.0, c=total.T, trans_a=0, overwrite_c=1)
    return total
