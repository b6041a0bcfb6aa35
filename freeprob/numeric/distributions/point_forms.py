"""Points of any form (numbers, text, exact ones, arrays), and values in the form of the points."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np
from flint import arb, ctx

from freeprob.array_reader import array_of
from freeprob.errors import InvalidParameterError
from freeprob.numeric.precision import rounded
from freeprob.numeric.programs.arithmetic import Complexes
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place

_BLOCK = 1 << 15


def at_real_points(
    function: Callable[[np.ndarray], np.ndarray],
    x: Any,
    ball: Callable[[Place], Callable[[int], arb]] | None = None,
    dps: int | None = None,
) -> Any:
    """A function of real points of any form: float64 arrays, or balls by bits with ``dps``."""
    if dps is None or ball is None:
        return shaped(function(real_points(x)), x)
    return each(lambda y: rounded(ball(real_place(y)), dps), x)


def real_place(value: Any) -> Place:
    """A real place."""
    place = read_place(value)
    if not place.is_real:
        raise InvalidParameterError(f"the point must be real, got {value}")
    return place


def in_blocks(function: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    """A function of many points, in blocks that keep memory small."""
    flat = points.ravel()
    blocks = [function(flat[i : i + _BLOCK]) for i in range(0, max(flat.size, 1), _BLOCK)]
    return np.concatenate(blocks).reshape(points.shape)


def each(function: Callable[[Any], Any], values: Any) -> Any:
    """A function of one number, of every entry of an array."""
    if isinstance(values, list | tuple | np.ndarray):
        table = np.array(values, dtype=object)
        results = np.empty(table.shape, dtype=object)
        for index in np.ndindex(table.shape):
            results[index] = function(table[index])
        return results
    return function(values)


def split_points(values: Any, kind: type) -> tuple[np.ndarray, dict[int, Place]]:
    """Numbers rounded to float64, and those among them that are exact numbers and no float64.

    Text such as '1/4' is the number it writes. An edge is an exact number as a rule, and next to
    one all digits count.
    """
    table = array_of(values, "points")
    if table.dtype.kind in "biuf" or (table.dtype.kind == "c" and kind is complex):
        with np.errstate(over="ignore"):  # wider floats beyond the range are infinite
            return _numbers(table.astype(kind, copy=False)), {}
    rounded = np.empty(table.shape, dtype=kind)
    exact: dict[int, Place] = {}
    for i, value in enumerate(table.ravel()):
        rounded.flat[i], place = _number(value, kind)
        if place is not None:
            exact[i] = place
    return _numbers(rounded), exact


def _numbers(points: np.ndarray) -> np.ndarray:
    """The points, NaN refused."""
    if np.isnan(points).any():
        raise InvalidParameterError("points must be numbers, got NaN")
    return points


def _number(value: Any, kind: type) -> tuple[Any, Place | None]:
    """One number rounded, and exactly if that is not the same; infinite reals stay infinite."""
    if isinstance(value, float | np.floating) or _is_infinite(value):
        return kind(value), None
    with ctx.workprec(120):
        value = str(value) if isinstance(value, str) else value
        place = real_place(value) if kind is float else read_place(value)
        z = complex(place())
    if not np.isfinite(z):
        # beyond float64: the value itself comes from the exact number
        return (np.copysign(np.inf, z.real) if kind is float else 1j), place
    number = z.real if kind is float else z
    return number, None if _same(place, z) else place


def _is_infinite(value: Any) -> bool:
    """Whether a real number of any kind is ±∞ or NaN."""
    if isinstance(value, str | int | complex) or getattr(value, "is_Number", True) is False:
        return False  # SymPy's expressions are read exactly
    try:
        return not isfinite(value)
    except (TypeError, ValueError, OverflowError):
        return False


def _same(place: Place, z: complex) -> bool:
    """Whether a place is a float64 number."""
    there = Place.of(z)
    return place.real == there.real and place.imag == there.imag


def real_points(x: Any) -> np.ndarray:
    """Points as float64, NaN refused."""
    return split_points(x, float)[0]


def complex_points(z: Any) -> tuple[Complexes, dict[int, Place]]:
    """Points as complex128, only finite ones, and what of them is no complex128."""
    points, exact = split_points(z, complex)
    if not np.isfinite(points).all():
        raise InvalidParameterError("points must be finite numbers")
    return points, exact


def shaped(values: np.ndarray, like: Any) -> Any:
    """A Python number for a number, an array for an array."""
    return values.item() if np.ndim(like) == 0 else values
