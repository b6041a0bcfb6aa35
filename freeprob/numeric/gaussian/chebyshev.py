"""Chebyshev interpolation of float64 functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Interval = tuple[float, float]

_NODES = 24  # on an octave
_MANY = 2 * _NODES  # places in an octave from which interpolation pays
_RESTING = 1e-14  # size of the last coefficients, relative to the values
_ONE = 1e-13  # relative difference of numbers that are one but for rounding


def range_of(values: Array) -> Interval:
    """Return the range of positive numbers, one number if they differ by roundings only."""
    low, high = float(values.min()), float(values.max())
    if high - low <= _ONE * high:
        # that is no interval to interpolate on
        low = high = (low + high) / 2
    return low, high


def unit(value: Array, low: float, high: float) -> Array:
    """Return where values lie in an interval, from -1 to 1."""
    if high <= low:
        return np.zeros(np.shape(value))
    return np.clip((2 * value - (low + high)) / (high - low), -1.0, 1.0)


def nodes(low: float, high: float, size: int) -> Array:
    """Return Chebyshev points of an interval, decreasing, ends included."""
    if size == 1:
        return np.array([(low + high) / 2])
    x = np.cos(np.pi * np.arange(size) / (size - 1))
    return np.clip((low + high) / 2 + (high - low) / 2 * x, low, high)


@lru_cache(maxsize=32)
def to_chebyshev(size: int) -> Array:
    """Return the matrix from values at the nodes to Chebyshev coefficients."""
    if size == 1:
        return np.ones((1, 1))
    order = np.arange(size)
    matrix = 2 / (size - 1) * np.cos(np.pi * np.outer(order, order) / (size - 1))
    for end in (0, -1):
        matrix[end] /= 2
        matrix[:, end] /= 2
    return matrix


def by_octaves(function: Callable[[Array], Array], places: Array) -> Array:
    """Return a function of positive places, interpolated in octaves that hold many of them.

    One octave at a time keeps the accuracy relative. An octave on which the expansion does not
    rest is evaluated place by place.
    """
    result = np.empty(places.shape)
    octave = np.frexp(places)[1]
    alone = np.ones(places.shape, dtype=bool)
    for which in np.unique(octave):
        inside = octave == which
        if np.count_nonzero(inside) < _MANY:
            continue
        low, high = range_of(places[inside])
        series = to_chebyshev(_NODES) @ function(nodes(low, high, _NODES))
        if np.abs(series[-2:]).max() <= _RESTING * np.abs(series).max():
            x = unit(places[inside], low, high)
            result[inside] = np.polynomial.chebyshev.chebval(x, series)
            alone &= ~inside
    if alone.any():
        result[alone] = function(places[alone])
    return result
