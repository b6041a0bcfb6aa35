"""Continuation of the physical branch in the upper half plane, many points at once.

All unknowns are analytic in the open upper half plane (subordination), so at height h nothing
singular is nearer than h. Steps are a fraction of h; Euler's prediction is corrected by Newton's
method, and a step counts only if the correction is small against the step: by Koebe's distortion
theorem the branch then takes the corrected value near by. Where the unknowns do not determine z
another sheet may take it at z itself, as G - 1/(2z) does on two sheets next to a common pole; so
Newton's corrections must also fall from the first step on, as they do only far nearer to one sheet
than to all others, and the trapezoidal rule, which knows the slopes at both ends, must come nearer
to the corrected point than Euler's: to another sheet it would not. The last step to the real axis
is taken only when the corrections show that the singularities are far compared with the height
left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping import step_rules as rules
from freeprob.numeric.stepping.rounded_sides import sided
from freeprob.numeric.stepping.starts import DOUBTED, on_powers

_FLOAT = FloatArithmetic()
# x + i0 for functions with branches: a height that decides their side and is below all rounding
LIFT = 1e-280
LOWEST = 1e-60  # height below which float64 tells no point from the axis
_DONE = 1e-14  # relative: smaller Newton corrections are rounding
_CLOSE = 1e-9  # relative: the next correction would be rounding
_NEARBY = 0.3  # share that Newton's method may move an unknown: a solution farther off is another
STEPS = 600
CORRECTIONS = 6


def newton_step(program: Program, u: Complexes, z: Complexes) -> tuple[Complexes, Complexes]:
    """Newton correction and du/dz at u, each of shape (k, n)."""
    matrix, residual = jacobian(program, u, z)
    size, count = u.shape
    right = np.zeros((size, 2, count), dtype=complex)
    right[:, 0] = -residual
    right[-1, 1] = 1
    solution = solve_batch(matrix, right)
    return solution[:, 0], solution[:, 1]


def jacobian(
    program: Program, u: Complexes, z: Complexes, rest: Sequence[np.ndarray] = ()
) -> tuple[Complexes, Complexes]:
    """Jacobian (k, k, n) and residual (k, n) of the relations and of z(u) - z.

    ``rest`` are the program's parameters, one entry for each column.
    """
    size, count = u.shape
    values, partials = linearise(program.equations, [*u, *rest], _FLOAT)
    residual = np.empty((size, count), dtype=complex)
    for i in range(size):
        residual[i] = values[i]
    residual[-1] -= z
    return matrix_of(partials, count), residual


def matrix_of(partials: Sequence[Mapping[int, Any]], count: int) -> Complexes:
    """Rows of partial derivatives as matrices (k, k, n)."""
    matrix = np.zeros((len(partials), len(partials), count), dtype=complex)
    for i, row in enumerate(partials):
        for j, derivative in row.items():
            matrix[i, j] = derivative
    return matrix


def polish(
    program: Program, u: Complexes, z: Complexes, iterations: int = 25
) -> tuple[Complexes, np.ndarray]:
    """Newton's method from an approximation; also whether each point converged nearby."""
    start, change = u, np.full_like(u, np.inf)
    with np.errstate(all="ignore"):
        for _ in range(iterations):
            change, _ = newton_step(program, u, z)
            u = u + change
            if not larger(change, u, _DONE).any():
                break
        moved = np.max(np.abs(u - start) / (np.abs(u) + np.abs(start)), axis=0)
        good = np.isfinite(u).all(axis=0) & ~larger(change, u, _CLOSE) & (moved < _NEARBY)
    return u, good


def larger(change: Complexes, u: Complexes, tolerance: float) -> np.ndarray:
    """Points where a change is larger than a tolerance, or not finite."""
    return ~np.all(np.abs(change) <= tolerance * np.abs(u), axis=0)


@final
@dataclass(frozen=True)
class Walk:
    """Points of the branch under way to their targets, all in the upper half plane.

    Unknowns u and their slope du/dz at z, the target, the length of the next step, and the
    curvature seen in the last step and in the one before: about 1/(distance to a singularity).
    """

    u: Complexes
    slope: Complexes
    z: Complexes
    target: Complexes
    step: np.ndarray
    curvature: np.ndarray
    earlier: np.ndarray

    @staticmethod
    def begin(program: Program, u: Complexes, z: Complexes, target: Complexes) -> Walk:
        """At the start, with a cautious first step."""
        with np.errstate(all="ignore"):
            _, slope = newton_step(program, u, z) if u.shape[1] else (u, u)
        unknown = np.full(len(z), np.inf)
        return Walk(u.astype(complex), slope, z, target, 0.5 * z.imag, unknown, unknown)

    def towards(self, target: Complexes) -> Walk:
        """On to other targets from where the points are."""
        step = np.where(np.isfinite(self.curvature), _stride(self.curvature, self.z), self.step)
        return Walk(self.u, self.slope, self.z, target, step, self.curvature, self.earlier)

    @property
    def settled(self) -> np.ndarray:
        """Whether the curvature no longer grows, as it does far above the spectrum."""
        return rules.grows_no_more(self.curvature, self.earlier)

    def curvature_since(self, start: Walk) -> np.ndarray:
        """The curvature by which the slope has turned since a start of this walk."""
        step = self.z - start.z
        with np.errstate(all="ignore"):
            turn = _relative((self.slope - start.slope) * step, self.u, self.slope * step)
            return turn / (2 * np.abs(step))

    def finish(self, program: Program, steps: int = STEPS) -> tuple[Walk, np.ndarray]:
        """Go on until every point has arrived or is lost; the walk's end and who arrived.

        Points that did not arrive stay where the branch was last known.
        """
        end = self
        arrived = self.z == self.target
        active = np.flatnonzero(~arrived)
        with np.errstate(all="ignore"):
            state = self.keep(active)
            for _ in range(steps):
                if not len(active):
                    break
                state, done, lost = state.advance(program)
                ended = done | lost
                if ended.any():
                    end = end.updated(active[ended], state.keep(ended))
                    arrived[active[done]] = True
                    active, state = active[~ended], state.keep(~ended)
        return end.updated(active, state), arrived

    @staticmethod
    def joined(walks: Sequence[Walk]) -> Walk:
        """All points of several walks."""
        columns = zip(*(walk._columns for walk in walks), strict=True)
        return Walk(*(np.concatenate(column, axis=-1) for column in columns))

    def updated(self, places: np.ndarray, other: Walk) -> Walk:
        """With the points at some places taken from another walk."""
        columns = []
        for own, new in zip(self._columns, other._columns, strict=True):
            column = own.copy()
            column[..., places] = new
            columns.append(column)
        return Walk(*columns)

    @property
    def _columns(self) -> tuple[np.ndarray, ...]:
        return (
            self.u, self.slope, self.z, self.target, self.step, self.curvature, self.earlier
        )  # fmt: skip

    def keep(self, chosen: np.ndarray | slice) -> Walk:
        """Only some of the points, by mask or by position."""
        return Walk(*(column[..., chosen] for column in self._columns))

    def advance(self, program: Program) -> tuple[Walk, np.ndarray, np.ndarray]:
        """One step for every point; also who arrived and who is lost."""
        left = self.target - self.z
        distance, height = np.abs(left), self.z.imag
        # far above the spectrum the bend is small too, but then it grows from step to step
        tiny = (distance * self.curvature <= rules.UNSEEN) & np.isfinite(self.earlier)
        settled = rules.settles(distance * self.curvature, self.curvature, self.earlier) | tiny
        near = settled | ((distance <= 0.25 * height) & (self.target.imag > 0))
        # a step that failed is not tried again
        near &= distance < 2 * self.step
        length = np.where(near, distance, np.minimum(self.step, distance))
        last = length == distance
        z: Complexes = np.where(last, self.target, self.z + left * (length / distance))
        move = self.slope * (z - self.z)
        guess = self.u + move
        u, slope, converged, steady = _correct(program, self, z, move)
        bend = _relative(u - guess, guess, move)
        rest = _relative(u - self.u - 0.5 * (self.slope + slope) * (z - self.z), guess, move)
        # a logarithm near 1 loses too many digits far up to tell
        steady &= rules.is_straight(rest, bend) | (not program.is_real)
        # the disk of radius h about z maps onto at least a disk of radius |u'| h/4 (Koebe)
        inside = rules.excess_inside(_relative(u - guess, guess, slope * z.imag))
        onto = rules.excess_onto(bend, self.curvature * length)
        onto = np.maximum(
            onto, _relative((slope - self.slope) * length, guess, move) / rules.NARROW
        )
        ratio = np.where(last, np.minimum(inside, onto), inside)
        good = converged & steady & (ratio <= 1) & is_physical(program, u)
        curvature = np.where(converged, bend / length, np.inf)
        step = np.where(good, _stride(curvature, z), 0.5 * np.minimum(length, 0.9 * height))
        floor = np.maximum(rules.FOUND * np.abs(self.target.real), LOWEST)
        lost = (~good & (step < rules.LEAST * height)) | (~last & (height < floor))
        walk = Walk(
            np.where(good, u, self.u),
            np.where(good, slope, self.slope),
            np.where(good, z, self.z),
            self.target,
            step,
            np.where(good, curvature, self.curvature),
            np.where(good, self.curvature, np.inf),
        )
        return walk, good & last, lost


def _stride(curvature: np.ndarray, z: Complexes) -> np.ndarray:
    """Length of a step that stays well inside the disk free of singularities."""
    return z.imag * rules.stride(curvature * z.imag)


def _relative(change: Complexes, u: Complexes, move: Complexes) -> np.ndarray:
    """Size of a change relative to the move, the worst of all unknowns.

    An unknown that hardly moves is measured by a small part of how far the others move, each on
    its own scale. No larger part: y = -1 + O(z^(2/3)) bends at 0 on a scale far below 1.
    """
    weight = np.abs(u) + np.abs(move) + 1e-300
    moved = np.abs(move) / weight
    least = rules.STILL * np.max(moved, axis=0) + 1e-300
    ratio = np.max(np.abs(change) / weight / np.maximum(moved, least), axis=0)
    return np.where(np.isfinite(ratio), ratio, np.inf)


def is_physical(program: Program, u: Complexes) -> np.ndarray:
    """Whether Im G ≤ 0 up to rounding: the mirror image of a branch has it positive.

    A curve that is no mirror image of itself may be one half of a law, of either sign.
    """
    if not program.has_mirror:
        return np.ones(u.shape[1], dtype=bool)
    return is_lower(program, np.asarray(evaluate(program.last, list(u), _FLOAT)[0]))


def is_lower(program: Program, G: Complexes) -> np.ndarray:
    """Whether Im G ≤ 0 up to rounding, where G has mirror images."""
    return ~(program.has_mirror & (G.imag > rules.ROUNDING * np.abs(G)))


def _correct(
    program: Program, walk: Walk, z: Complexes, move: Complexes
) -> tuple[Complexes, Complexes, np.ndarray, np.ndarray]:
    """Newton corrections until they are far below the move; the slope; who converged, and how."""
    u, slope = walk.u + move, walk.slope.copy()
    steady = np.ones(len(z), dtype=bool)
    first, active = np.zeros(len(z)), np.arange(len(z))
    before = np.full(len(z), np.inf)
    for i in range(CORRECTIONS):
        # each point on its own: what others need must not move it
        here, there = u[:, active], z[active]
        here = here if program.is_real else sided(here, slope[:, active], there)
        change, ahead = newton_step(program, here, there)
        if i == 0:
            here, change, ahead = _from_nearer(program, walk, z, move, (here, change, ahead))
        slope[:, active] = ahead
        u[:, active] = here + change
        size = _relative(change, u[:, active], move[:, active])
        if i == 0:
            first = np.minimum(size, rules.TURNED)
        elif i == 1:
            steady[active] = rules.contracts(before, size)
        # the slope's turn is of the order of the first correction: it is known to a fraction
        enough = np.maximum(rules.CONVERGED, rules.FRACTION * first[active])
        # or as near as rounding lets them come
        left = ~((size <= enough) | ((size <= rules.ROUNDED) & (size > 0.5 * before)))
        active, before = active[left], size[left]
        if not active.size:
            break
    converged = np.ones(len(z), dtype=bool)
    converged[active] = False
    return u, slope, converged, steady


def _from_nearer(
    program: Program, walk: Walk, z: Complexes, move: Complexes, first: Sequence[Complexes]
) -> Sequence[Complexes]:
    """The start of a step, Newton's correction and the slope there: on a power, if that is nearer.

    ``first`` is what the tangent's end has.
    """
    size = _relative(first[1], first[0], move)
    far = np.flatnonzero(~(size <= DOUBTED))
    if not len(far):
        return first
    before = walk.keep(far)
    end = on_powers(before.u, before.slope, before.z, z[far] - before.z)
    other = (end, *newton_step(program, end, z[far]))
    better = _relative(other[1], end, move[:, far]) < size[far]
    columns = [own.copy() for own in first]
    for column, new in zip(columns, other, strict=True):
        column[:, far[better]] = new[:, better]
    return columns
