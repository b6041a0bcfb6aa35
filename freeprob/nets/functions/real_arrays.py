"""Matrices of data as users write them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError
from freeprob.parameters import finite_reals

Array = NDArray[np.float64]


def data_matrix(value: ArrayLike, name: str = "data") -> Array:
    """Return a matrix of samples by features.

    Raises
    ------
    InvalidParameterError
        If it has another shape, is empty, or an entry is no finite real number.
    """
    array = finite_reals(value, name)
    if array.ndim != 2 or array.size == 0:
        raise InvalidParameterError(
            f"{name} must be a matrix of samples by features, not of shape {array.shape}"
        )
    return array
