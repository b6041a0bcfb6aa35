"""Unknowns of a system carried along short paths by Euler's and Newton's methods."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

import numpy as np

from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import correction, newton
from freeprob.numeric.stepping.continuation import jacobian

_FLOAT = FloatArithmetic()
_ROUNDING = 1e-10  # moves below this share of the unknowns are rounding
_MOVE = 0.1  # largest correction, relative to the step
_STRIDE = 0.2  # largest step, relative to the unknowns
_SHORTEST = 2.0**-30  # share of the path: a point that needs shorter steps is left to the balls
# size of the last correction, relative to the unknowns, at which a step has arrived: its square is
# left, and far less than the next step corrects anyway
_UNDERWAY = 1e-6
# and at the end of the path, where nothing corrects what is left
_SETTLED = 1e-13
_CORRECTIONS = 8  # of one step, which double the digits each


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
    # in Python's own numbers: arrays of one point cost several times as much
    here, step = [complex(value) for value in u], 1.0
    with np.errstate(all="ignore"):
        for start, end in pairwise(map(complex, points)):
            done = 0.0
            while done < 1.0:
                length = min(step, 1.0 - done)
                ends = (start + (end - start) * t for t in (done, done + length))
                following = _one_step(program, here, *ends)
                if following is None:
                    step = length / 2
                    if step < _SHORTEST:
                        return None
                else:
                    here, done, step = following, done + length, min(2 * length, 1.0)
        return np.array(_one_polished(program, here, complex(points[-1])))


def _one_step(
    program: Program, u: list[complex], here: complex, there: complex
) -> list[complex] | None:
    """One step by the rules of :func:`_step`; None where it is not good."""
    try:
        _, slope = correction(program, u, here, _FLOAT)
        change = [value * (there - here) for value in slope]
        stride, new = max(map(abs, change)), [a + b for a, b in zip(u, change, strict=True)]
        is_long = not stride <= _STRIDE * max(map(abs, u))
        for _ in range(_CORRECTIONS):
            change = newton(program, new, there, _FLOAT)
            moved, size = max(map(abs, change)), max(map(abs, new))
            # a value that is no number is not near either
            if not moved <= (_ROUNDING * stride if is_long else _MOVE * stride + _ROUNDING * size):
                return None
            new = [a + b for a, b in zip(new, change, strict=True)]
            if moved < _UNDERWAY * size:
                break
    except (ArithmeticError, ValueError):  # a pole, or beyond the range of floats
        return None
    return new


def _one_polished(program: Program, u: list[complex], end: complex) -> list[complex]:
    """The end of a path to rounding error."""
    for _ in range(_CORRECTIONS):
        try:
            change = newton(program, u, end, _FLOAT)
        except (ArithmeticError, ValueError):
            break
        moved, size = max(map(abs, change)), max(map(abs, u))
        if not isfinite(moved):
            break
        u = [a + b for a, b in zip(u, change, strict=True)]
        if moved < _SETTLED * size:
            break
    return u


def carried_together(
    program: Program, u: np.ndarray, points: np.ndarray, rest: Sequence[np.ndarray] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """The same for many systems that differ by parameters; the ends, and which were reached.

    Parameters
    ----------
    program
        As before, with inputs for the parameters after the unknowns.
    u
        Unknowns over the first point, one column for each system.
    points
        Values of z along the path, which all go, or one column of them for each system; each cuts
        its legs into its own steps.
    rest
        The parameters, one entry for each system.
    """
    u, alive = u.astype(complex), np.ones(u.shape[1], dtype=bool)
    leg, done, step = np.zeros(u.shape[1], dtype=int), np.zeros(u.shape[1]), np.ones(u.shape[1])
    points = np.broadcast_to(points.reshape(len(points), -1), (len(points), u.shape[1]))
    while True:
        (places,) = np.nonzero(alive & (leg < len(points) - 1))
        if not len(places):
            return _polished(program, u, points[-1], alive, rest), alive
        here, there = points[leg[places], places], points[leg[places] + 1, places]
        length = np.minimum(step[places], 1.0 - done[places])
        start, end = (here + (there - here) * t for t in (done[places], done[places] + length))
        following, good = _step(program, u[:, places], start, end, [row[places] for row in rest])
        u[:, places[good]] = following[:, good]
        done[places] += np.where(good, length, 0.0)
        step[places] = np.where(good, 2 * length, length / 2)
        alive[places] &= good | (step[places] >= _SHORTEST)
        ended = places[done[places] == 1.0]
        leg[ended] += 1
        # the next leg is much like this one: steps too long for it would be refused again
        done[ended], step[ended] = 0.0, np.minimum(step[ended], 1.0)


def _step(
    program: Program, u: np.ndarray, here: np.ndarray, there: np.ndarray, rest: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """One step of each; not good where it is long against the unknowns, or its correction is."""
    with np.errstate(all="ignore"):
        matrix, _ = jacobian(program, u, here, rest)
        right = np.zeros((len(u), 1, u.shape[1]), dtype=complex)
        right[-1] = 1
        change = solve_batch(matrix, right)[:, 0] * (there - here)
        stride, new = np.max(np.abs(change), axis=0), u + change
        # a step may be longer, as from 0, where the unknowns are linear in z, as z itself is
        long = ~(stride <= _STRIDE * np.max(np.abs(u), axis=0))
        good = np.isfinite(stride)
        active = good.copy()
        for _ in range(_CORRECTIONS):
            if not active.any():
                break
            matrix, residual = jacobian(program, new, there, rest)
            correction = solve_batch(matrix, -residual[:, None])[:, 0]
            moved, size = np.max(np.abs(correction), axis=0), np.max(np.abs(new), axis=0)
            near = moved <= np.where(long, _ROUNDING * stride, _MOVE * stride + _ROUNDING * size)
            good &= near | ~active
            active &= near
            new = np.where(active, new + correction, new)
            active &= moved >= _UNDERWAY * size
    return new, good


def _polished(
    program: Program, u: np.ndarray, ends: np.ndarray, alive: np.ndarray, rest: Sequence[np.ndarray]
) -> np.ndarray:
    """The ends of paths to rounding error."""
    u, active = u.copy(), np.flatnonzero(alive)
    with np.errstate(all="ignore"):
        for _ in range(_CORRECTIONS):
            if not len(active):
                break
            here = u[:, active]
            matrix, residual = jacobian(program, here, ends[active], [row[active] for row in rest])
            correction = solve_batch(matrix, -residual[:, None])[:, 0]
            finite = np.isfinite(correction).all(axis=0)
            u[:, active] = np.where(finite, here + correction, here)
            moved, size = (np.max(np.abs(value), axis=0) for value in (correction, here))
            active = active[finite & (moved >= _SETTLED * size)]
    return u
