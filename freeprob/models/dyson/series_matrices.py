"""Matrices of power series: products, sandwiches and Gauss-Jordan elimination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.fields import Element
from freeprob.exact.algebra.series import Series

SeriesMatrix: TypeAlias = list[list[Series]]
Weights: TypeAlias = list[list[Element]]


def times(matrix: SeriesMatrix, size: int) -> SeriesMatrix:
    """A matrix times tˢ, as many terms as before."""
    if not size:
        return matrix
    return [[value.shifted(size).truncated(value.end) for value in row] for row in matrix]


def vanishes(series: Series) -> bool:
    """Whether no term is known to differ from 0."""
    return series.dense.length() == 0 or series.is_zero()


def added(one: Series, other: Series) -> Series:
    """The sum; zeros are not added to, which most entries of shares are."""
    if vanishes(other):
        return one
    return other if vanishes(one) and one.end >= other.end else one + other


def eliminated(rows: SeriesMatrix, size: int) -> SeriesMatrix:
    """Gauss-Jordan elimination over power series, pivots of least valuation."""
    for column in range(size):
        pivots = [
            (rows[r][column].normalised().valuation, r)
            for r in range(column, size)
            if not vanishes(rows[r][column])
        ]
        if not pivots:
            raise UndefinedOperationError("the block traces have no expansion at infinity")
        pivot = min(pivots)[1]
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column].normalised().inverse()
        rows[column] = [v if vanishes(v) else v * scale for v in rows[column]]
        for other in range(size):
            factor = rows[other][column]
            if other != column and not vanishes(factor):
                rows[other] = [
                    mine if vanishes(theirs) else mine - factor * theirs
                    for mine, theirs in zip(rows[other], rows[column], strict=True)
                ]
    return rows


def corner(G: SeriesMatrix, left: Weights, right: Weights, null: Series) -> SeriesMatrix:
    """V* G W, from the transposed V* and from W."""
    found = [[null] * len(right[0]) for _ in left[0]]
    for i, row in enumerate(G):
        for j, value in enumerate(row):
            if vanishes(value):
                continue
            for a, first in enumerate(left[i]):
                for b, second in enumerate(right[j]):
                    weight = first * second
                    if not null.field.is_zero(weight):
                        found[a][b] = found[a][b] + value.scaled(weight)
    return found


def spread(total: SeriesMatrix, small: SeriesMatrix, left: Weights, right: Weights) -> None:
    """Add L X M* to a matrix, from L and from the transposed M*."""
    for i, row in enumerate(left):
        for j, column in enumerate(right):
            for first, line in zip(row, small, strict=True):
                for second, value in zip(column, line, strict=True):
                    weight = first * second
                    if not (vanishes(value) or value.field.is_zero(weight)):
                        total[i][j] = added(total[i][j], value.scaled(weight))


def combined(row: Sequence[Series], weights: Sequence[Element], null: Series) -> Series:
    """A sum with weights."""
    total = null
    for value, weight in zip(row, weights, strict=True):
        total = total + value.scaled(weight)
    return total


def difference(one: SeriesMatrix, other: SeriesMatrix) -> SeriesMatrix:
    """One matrix minus the other."""
    return [[a - b for a, b in zip(x, y, strict=True)] for x, y in zip(one, other, strict=True)]


def product(left: SeriesMatrix, right: SeriesMatrix, null: Series) -> SeriesMatrix:
    """The matrix product."""
    rows = []
    for row in left:
        sums = []
        for column in zip(*right, strict=True):
            total = null
            for first, second in zip(row, column, strict=True):
                if not (vanishes(first) or vanishes(second)):
                    total = total + first * second
            sums.append(total)
        rows.append(sums)
    return rows
