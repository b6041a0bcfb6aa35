"""What functions of spacings and spectra are given."""

from __future__ import annotations

from typing import Any

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.parameters import finite, finite_reals

_LARGEST_INDEX = 200


def index(beta: Any) -> float:
    """A Dyson index β ≥ 0 for which float64 holds the gamma functions of the laws."""
    value = finite(beta, "beta")
    if not 0 <= value <= _LARGEST_INDEX:
        raise InvalidParameterError(
            f"beta must be at least 0 and at most {_LARGEST_INDEX}, got {beta!s:.80}"
        )
    return value


def flag(value: Any, name: str) -> bool:
    """A truth value."""
    if not isinstance(value, bool | np.bool_):
        raise InvalidParameterError(f"{name} must be True or False, got {value!s:.80}")
    return bool(value)


def lengths(s: Any) -> np.ndarray:
    """Finite lengths of at least 0."""
    values = finite_reals(s, "spacings")
    if (values < 0).any():
        raise InvalidParameterError("spacings, ratios and lengths are at least 0")
    return values


def spectra(eigenvalues: Any) -> list[np.ndarray]:
    """Sorted spectra, one for each draw: a draws x n array, one spectrum, or a list of spectra."""
    if isinstance(eigenvalues, list | tuple) and eigenvalues and np.ndim(eigenvalues[0]) == 1:
        rows = [finite_reals(row, "eigenvalues") for row in eigenvalues]
    else:
        array = finite_reals(eigenvalues, "eigenvalues")
        if array.ndim not in (1, 2):
            raise InvalidParameterError(
                f"eigenvalues are a draws x n array or one spectrum, got shape {array.shape}"
            )
        rows = list(np.atleast_2d(array))
    if not rows or any(row.ndim != 1 or len(row) < 4 for row in rows):
        raise InvalidParameterError("a spectrum must hold at least four eigenvalues")
    return [np.sort(row) for row in rows]
