"""What functions of spacings and spectra are given."""

from __future__ import annotations

from typing import Any

import numpy as np

from freeprob.errors import InvalidParameterError


def index(beta: Any) -> float:
    """A Dyson index β ≥ 0."""
    try:
        value = float(beta)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"beta must be a number, got {beta!r}") from error
    if isinstance(beta, bool) or not (np.isfinite(value) and value >= 0):
        raise InvalidParameterError(f"beta must be at least 0, got {beta!r}")
    return value


def lengths(s: Any) -> np.ndarray:
    """Finite lengths of at least 0."""
    values = reals(s, "spacings")
    if (values < 0).any():
        raise InvalidParameterError("spacings, ratios and lengths are at least 0")
    return values


def reals(values: Any, name: str) -> np.ndarray:
    """Finite real numbers."""
    try:
        array = np.asarray(values)
        real = array.astype(float) if array.dtype.kind in "iufO" else None
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"{name} must be real numbers, got {values!r}") from error
    if real is None or not np.isfinite(real).all():
        raise InvalidParameterError(f"{name} must be finite real numbers")
    return real


def spectra(eigenvalues: Any) -> list[np.ndarray]:
    """Sorted spectra, one for each draw: a draws x n array, one spectrum, or a list of spectra."""
    if isinstance(eigenvalues, list | tuple) and eigenvalues and np.ndim(eigenvalues[0]) == 1:
        rows = [reals(row, "eigenvalues") for row in eigenvalues]
    else:
        array = reals(eigenvalues, "eigenvalues")
        if array.ndim not in (1, 2):
            raise InvalidParameterError(
                f"eigenvalues are a draws x n array or one spectrum, got shape {array.shape}"
            )
        rows = list(np.atleast_2d(array))
    if not rows or any(row.ndim != 1 or len(row) < 4 for row in rows):
        raise InvalidParameterError("a spectrum must hold at least four eigenvalues")
    return [np.sort(row) for row in rows]
