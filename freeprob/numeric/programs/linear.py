"""Small linear systems over any kind of number, and in batches."""

from __future__ import annotations

from typing import Any

import numpy as np


def solve_batch(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve one k × k system per column by elimination with pivoting, never raising.

    Parameters
    ----------
    matrix
        Shape (k, k, n).
    right
        Shape (k, m, n).

    Returns
    -------
    ndarray
        Shape (k, m, n); a singular system gives values that are not finite.
    """
    size = len(matrix)
    if size == 1:
        return right / matrix[0]
    if size == 2:
        return _by_determinants(matrix, right)
    table = np.concatenate([matrix, right], axis=1)
    columns = np.arange(table.shape[2])
    for i in range(size):
        pivot = i + np.argmax(np.abs(table[i:, i]), axis=0)
        swapped = table[pivot, :, columns].T.copy()
        table[pivot, :, columns] = table[i].T
        table[i] = swapped
        table[i, i:] /= table[i, i].copy()
        for j in range(i + 1, size):
            table[j, i:] -= table[j, i].copy() * table[i, i:]
    for i in reversed(range(size)):
        for j in range(i):
            table[j, size:] -= table[j, i].copy() * table[i, size:]
    return table[:, size:]


def _by_determinants(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cramer's rule, which is forward stable for two unknowns.

    Source: Higham 2002, section 1.10.1.
    """
    (a, b), (c, d) = matrix
    first, second = right
    return np.stack([d * first - b * second, a * second - c * first]) / (a * d - b * c)


def solve(matrix: list[list[Any]], *rights: list[Any]) -> list[list[Any]]:
    """Solve systems with one matrix over any numbers; ``ZeroDivisionError`` if it is singular."""
    size = len(matrix)
    if size == 2:
        (a, b), (c, d) = matrix
        determinant = a * d - b * c
        return [[(d * x - b * y) / determinant, (a * y - c * x) / determinant] for x, y in rights]
    table = [[*row, *values] for row, *values in zip(matrix, *rights, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda j: float(abs(table[j][i])))
        table[i], table[pivot] = table[pivot], table[i]
        for j in range(i + 1, size):
            factor = table[j][i] / table[i][i]
            table[j] = [
                a - factor * b if k > i else a
                for k, (a, b) in enumerate(zip(table[j], table[i], strict=True))
            ]
    results: list[list[Any]] = [[None] * size for _ in rights]
    for k, result in enumerate(results):
        for i in reversed(range(size)):
            known = table[i][size + k]
            for j in range(i + 1, size):
                known = known - table[i][j] * result[j]
            result[i] = known / table[i][i]
    return results
