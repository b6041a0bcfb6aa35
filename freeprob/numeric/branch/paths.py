"""Unknowns of a system carried along a short path by Euler's and Newton's methods."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from freeprob.numeric.branch.continuation import jacobian
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.straight_line import Program

_ROUNDING = 1e-10
_MOVE = 0.1  # largest correction, relative to the step
_STRIDE = 0.2  # largest step, relative to the unknowns
_SHORTEST = 2.0**-30


def carried(program: Program, u: np.ndarray, points: np.ndarray) -> np.ndarray | None:
    """The unknowns at the end of a path, or None where no step is short enough.

    Parameters
    ----------
    program
        Relations, then z, compiled.
    u
        The unknowns over the first point.
    points
        Values of z along the path; each leg is cut into as many steps as it needs.
    """
    for here, there in pairwise(points):
        done, step = 0.0, 1.0
        while done < 1.0:
            step = min(step, 1.0 - done)
            start, end = (complex(here + (there - here) * t) for t in (done, done + step))
            following = _step(program, u, start, end)
            if following is None:
                step /= 2
                if step < _SHORTEST:
                    return None
                continue
            u, done, step = following, done + step, 2 * step
    return u


def _step(program: Program, u: np.ndarray, here: complex, there: complex) -> np.ndarray | None:
    """One step; None where it is long against the unknowns, or its correction against the step."""
    with np.errstate(all="ignore"):
        matrix, _ = jacobian(program, u[:, None], np.array([here]))
        right = np.zeros((len(u), 1, 1), dtype=complex)
        right[-1] = 1
        change = solve_batch(matrix, right)[:, 0, 0] * (there - here)
        stride, new = np.max(np.abs(change)), u + change
        if not stride <= _STRIDE * np.max(np.abs(u)):
            return None
        for _ in range(8):
            matrix, residual = jacobian(program, new[:, None], np.array([there]))
            correction = solve_batch(matrix, -residual[:, None])[:, 0, 0]
            moved, size = np.max(np.abs(correction)), np.max(np.abs(new))
            if not moved <= _MOVE * stride + _ROUNDING * size:
                return None
            new = new + correction
            if moved < 1e-13 * size:
                return new
    return new
