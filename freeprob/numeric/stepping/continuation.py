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
from typing import Any, ClassVar, final

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping import step_rules as rules
from freeprob.numeric.stepping.one_step import Corrected, moved
from freeprob.numeric.stepping.rounded_sides import sided
from freeprob.numeric.stepping.starts import on_powers

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
            turn = rules.relative_of_many(
                (self.slope - start.slope) * step, self.u, self.slope * step
            )
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
        there = moved(ArrayNumbers(program), self.u, self.slope, self.z, z)
        inside = rules.excess_inside(there.bend_at(z.imag))
        onto = rules.excess_onto(there.bend, self.curvature * length)
        onto = np.maximum(onto, there.turn() / rules.NARROW)
        ratio = np.where(last, np.minimum(inside, onto), inside)
        good = there.counts & (ratio <= 1)
        curvature = np.where(there.converged, there.bend / length, np.inf)
        step = np.where(good, _stride(curvature, z), 0.5 * np.minimum(length, 0.9 * height))
        floor = np.maximum(rules.FOUND * np.abs(self.target.real), LOWEST)
        hopeless = ~good & rules.is_hopeless(step, height, self.z.real)
        lost = hopeless | (~last & (height < floor))
        walk = Walk(
            np.where(good, there.u, self.u),
            np.where(good, there.slope, self.slope),
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


@final
@dataclass(frozen=True)
class ArrayNumbers:
    """Steps of many points in float64."""

    program: Program
    corrections: ClassVar[int] = CORRECTIONS

    def on_powers(
        self, u: Complexes, slope: Complexes, before: Complexes, step: Complexes, asked: np.ndarray
    ) -> Complexes:
        """Ends of powers of z - a, of the points that ask for them."""
        ends = u.copy()
        ends[:, asked] = on_powers(u[:, asked], slope[:, asked], before[asked], step[asked])
        return ends

    def exponents(self, u: Complexes, slope: Complexes, z: Complexes) -> Complexes:
        """Of powers of z."""
        return slope * z / u

    def corrected(
        self, u: Complexes, slope: Complexes, z: Complexes, asked: np.ndarray | bool
    ) -> Corrected:
        """A Newton step of the points that ask for it, from the right side of cuts."""
        active = slice(None) if isinstance(asked, bool) else np.flatnonzero(asked)
        here, there = u[:, active], z[active]
        here = here if self.program.is_real else sided(here, slope[:, active], there)
        step, ahead = newton_step(self.program, here, there)
        u, slope, change = u.copy(), slope.copy(), np.zeros_like(u)
        u[:, active], slope[:, active], change[:, active] = here + step, ahead, step
        return Corrected(u, slope, change)

    def chosen(self, first: np.ndarray, one: Corrected, other: Corrected) -> Corrected:
        """The one of the points chosen, the other one of the rest."""
        pairs = zip(one, other, strict=True)
        return Corrected(*(np.where(first, mine, rest) for mine, rest in pairs))

    def hastened(
        self, u: Complexes, z: Complexes, move: Complexes
    ) -> tuple[Complexes, list[np.ndarray]]:
        """Nothing is faster than these numbers."""
        return u, []

    def is_enough(self, sizes: list[np.ndarray], z: Complexes) -> np.ndarray:
        """Whether corrections are a fraction of the first, or as small as rounding lets them be."""
        return rules.has_converged(sizes)

    def relative(self, change: Complexes, u: Complexes, move: Complexes) -> np.ndarray:
        """Size of a change relative to the move, the worst of all unknowns."""
        return rules.relative_of_many(change, u, move)

    def is_physical(self, u: Complexes, z: Complexes) -> np.ndarray:
        """Whether Im G ≤ 0 up to rounding."""
        return is_physical(self.program, u)
