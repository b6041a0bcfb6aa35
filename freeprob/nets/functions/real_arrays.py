"""Arrays of real numbers as users write them: floats, exact numbers, or text."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError
from freeprob.parameters import finite

Array = NDArray[np.float64]


def real_array(value: ArrayLike, name: str) -> Array:
    """Return a finite float64 array.

    Entries may be numbers of any real type, or numbers as text such as "1/3".

    Raises
    ------
    InvalidParameterError
        If the rows differ in length, or an entry is complex, not finite, or no number.
    """
    array = _as_array(value, name)
    if array.dtype.kind not in "fiub":
        array = np.array(
            [finite(entry, f"an entry of {name}") for entry in array.reshape(-1)]
        ).reshape(array.shape)
    with np.errstate(over="ignore"):
        array = array.astype(float)
    if not np.isfinite(array).all():
        raise InvalidParameterError(f"{name} must be finite: an entry is NaN or infinite")
    return array


def data_matrix(value: ArrayLike, name: str = "data") -> Array:
    """Return a matrix of samples by features.

    Raises
    ------
    InvalidParameterError
        If it has another shape, is empty, or :func:`real_array` refuses it.
    """
    array = real_array(value, name)
    if array.ndim != 2 or array.size == 0:
        raise InvalidParameterError(
            f"{name} must be a matrix of samples by features, not of shape {array.shape}"
        )
    return array


def _as_array(value: ArrayLike, name: str) -> np.ndarray:
    """Return an array of floats, or of the objects as they are."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "SU":
            array = np.asarray(value, dtype=object)
    except (TypeError, ValueError) as reason:
        raise InvalidParameterError(f"{name} must be an array of numbers: {reason}") from reason
    return array
