"""Unknowns of a system carried along a short path by Euler's and Newton's methods."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from freeprob.numeric.continuation import jacobian
from freeprob.numeric.linear import solve_batch
from freeprob.numeric.straight_line import Program

_PIECES = (1, 4, 16, 64, 256)


def carried(program: Program, u: np.ndarray, points: np.ndarray) -> np.ndarray | None:
    """The unknowns at the end of a path, or None where a correction never gets small.

    Parameters
    ----------
    program
        Relations, then z, compiled.
    u
        The unknowns over the first point.
    points
        Values of z along the path; each leg is cut into more pieces where it has to be.
    """
    for here, there in pairwise(points):
        for pieces in _PIECES:
            legs = here + (there - here) * np.arange(pieces + 1) / pieces
            moved = _along(program, u, legs)
            if moved is not None:
                break
        else:
            return None
        u = moved
    return u


def _along(program: Program, u: np.ndarray, legs: np.ndarray) -> np.ndarray | None:
    for here, there in pairwise(legs):
        following = _step(program, u, complex(here), complex(there))
        if following is None:
            return None
        u = following
    return u


def _step(program: Program, u: np.ndarray, here: complex, there: complex) -> np.ndarray | None:
    """One step; None where the correction is not small against the step."""
    with np.errstate(all="ignore"):
        matrix, _ = jacobian(program, u[:, None], np.array([here]))
        right = np.zeros((len(u), 1, 1), dtype=complex)
        right[-1] = 1
        change = solve_batch(matrix, right)[:, 0, 0] * (there - here)
        new = u + change
        for _ in range(8):
            matrix, residual = jacobian(program, new[:, None], np.array([there]))
            correction = solve_batch(matrix, -residual[:, None])[:, 0, 0]
            if not np.isfinite(correction).all():
                return None
            if np.max(np.abs(correction)) > 0.1 * np.max(np.abs(change)) + 1e-13:
                return None
            new = new + correction
            if np.max(np.abs(correction)) < 1e-13 * np.max(np.abs(new)):
                return new
    return new
