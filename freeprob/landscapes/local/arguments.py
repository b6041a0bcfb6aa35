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


def lengths(s: Any, name: str = "spacings") -> np.ndarray:
    """Finite lengths of at least 0."""
    values = finite_reals(s, name)
    if (values < 0).any():
        raise InvalidParameterError(f"{name} are at least 0, got {values.min()}")
    return values


def spectra(eigenvalues: Any) -> list[np.ndarray]:
    """Sorted spectra, one for each draw: a draws x n array, one spectrum, or a list of spectra."""
    if _are_rows(eigenvalues):
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


def _are_rows(eigenvalues: Any) -> bool:
    """Whether spectra of several lengths may be meant."""
    ragged = isinstance(eigenvalues, np.ndarray) and eigenvalues.dtype == object
    listed = isinstance(eigenvalues, list | tuple) or ragged
    return listed and len(eigenvalues) > 0 and np.ndim(eigenvalues[0]) == 1
