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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.rounding_errors import rounding_errors
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping import step_rules as rules
from freeprob.numeric.stepping.rounded_sides import sided

_FLOAT = FloatArithmetic()
# x + i0 for functions with branches: a height that decides their side and is below all rounding
LIFT = 1e-280
LOWEST = 1e-60  # height below which float64 tells no point from the axis
GROWN = 1e-12  # share of G that the lift may change: less is lost to rounding anyway
_DONE = 1e-14  # relative: smaller Newton corrections are rounding
_CLOSE = 1e-9  # relative: the next correction would be rounding
_NEARBY = 0.3  # share that Newton's method may move an unknown: a solution farther off is another
STEPS = 600
_CORRECTIONS = 6


@final
@dataclass(frozen=True)
class Arrival:
    """Where a continuation ended.

    ``unknowns`` (k, n), ``G`` (n), first-order bounds on their rounding errors. ``on_sheet`` are
    the points where the unknowns are near the physical ones and no others; ``undecided`` those
    that were lost on the way or whose error is too large to be told.
    """

    unknowns: Complexes
    G: Complexes
    unknown_errors: np.ndarray
    G_errors: np.ndarray
    on_sheet: np.ndarray
    undecided: np.ndarray

    def among(self, chosen: np.ndarray) -> Arrival:
        """The same points among more, of which the others are undecided."""
        others = (np.nan, np.nan, np.inf, np.inf, False, True)
        columns = []
        for own, other in zip(vars(self).values(), others, strict=True):
            column = np.full((*own.shape[:-1], len(chosen)), other, dtype=own.dtype)
            column[..., chosen] = own
            columns.append(column)
        return Arrival(*columns)


def _newton(program: Program, u: Complexes, z: Complexes) -> tuple[Complexes, Complexes]:
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
    matrix = np.zeros((size, size, count), dtype=complex)
    residual = np.empty((size, count), dtype=complex)
    for i in range(size):
        residual[i] = values[i]
        for j, derivative in partials[i].items():
            matrix[i, j] = derivative
    residual[-1] -= z
    return matrix, residual


def polish(
    program: Program, u: Complexes, z: Complexes, iterations: int = 25
) -> tuple[Complexes, np.ndarray]:
    """Newton's method from an approximation; also whether each point converged nearby."""
    start, change = u, np.full_like(u, np.inf)
    with np.errstate(all="ignore"):
        for _ in range(iterations):
            change, _ = _newton(program, u, z)
            u = u + change
            if not _larger(change, u, _DONE).any():
                break
        moved = np.max(np.abs(u - start) / (np.abs(u) + np.abs(start)), axis=0)
        good = np.isfinite(u).all(axis=0) & ~_larger(change, u, _CLOSE) & (moved < _NEARBY)
    return u, good


def _larger(change: Complexes, u: Complexes, tolerance: float) -> np.ndarray:
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
            _, slope = _newton(program, u, z) if u.shape[1] else (u, u)
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
        u, slope, converged, steady = _correct(program, guess, z, move, self.slope)
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
        good = converged & steady & (ratio <= 1) & _is_physical(program, u)
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


def _is_physical(program: Program, u: Complexes) -> np.ndarray:
    """Whether Im G ≤ 0 up to rounding: the mirror image of a branch has it positive.

    A curve that is no mirror image of itself may be one half of a law, of either sign.
    """
    if not program.has_mirror:
        return np.ones(u.shape[1], dtype=bool)
    G = np.asarray(evaluate(program.last, list(u), _FLOAT)[0])
    return ~(np.imag(G) > rules.ROUNDING * np.abs(G))


def _correct(
    program: Program, u: Complexes, z: Complexes, move: Complexes, ahead: Complexes
) -> tuple[Complexes, Complexes, np.ndarray, np.ndarray]:
    """Newton corrections until they are far below the move; the slope; who converged, and how.

    ``ahead`` is the slope before the move.
    """
    slope, converged = ahead, np.zeros(len(z), dtype=bool)
    steady = np.ones(len(z), dtype=bool)
    before, first = np.full(len(z), np.inf), np.zeros(len(z))
    for i in range(_CORRECTIONS):
        u = u if program.is_real else np.where(converged, u, sided(u, slope, z))
        change, here = _newton(program, u, z)
        # each point on its own: what others need must not move it
        u, slope = np.where(converged, u, u + change), np.where(converged, slope, here)
        size = _relative(change, u, move)
        if i == 0:
            first = np.minimum(size, rules.TURNED)
        elif i == 1:
            steady = rules.contracts(before, size)
        # the slope's turn is of the order of the first correction: it is known to a fraction
        enough = np.maximum(rules.CONVERGED, rules.FRACTION * first)
        # or as near as rounding lets them come
        converged |= (size <= enough) | ((size <= rules.ROUNDED) & (size > 0.5 * before))
        if converged.all():
            break
        before = size
    return u, slope, converged, steady


def settle(program: Program, u: Complexes, z: Complexes) -> Complexes:
    """Unknowns to rounding error at the ends of walks, which are exact to a fraction of a step."""
    settled = np.zeros(len(z), dtype=bool)
    with np.errstate(all="ignore"):
        for i in range(_CORRECTIONS):
            change, slope = _newton(program, u, z)
            moved = u + change if program.is_real else sided(u + change, slope, z)
            u = np.where(np.isfinite(change) & ~settled, moved, u)
            # next to a crossing of sheets the first steps only halve the error
            settled |= (i > 0) & ~_larger(change, u, rules.SETTLED)
            if settled.all():
                break
    return u


def arrive(
    program: Program, u: Complexes, curvature: np.ndarray, arrived: np.ndarray, z: Complexes
) -> Arrival:
    """Polish the ends of a continuation, decide which are real, and bound the rounding."""
    u = settle(program, u, z)
    with np.errstate(all="ignore"):
        if program.has_mirror and not program.is_real:
            # over the cut of a logarithm Newton's method settles on either of two mirror images
            over = (z.imag <= LIFT) & ~_is_physical(program, u)
            if over.any():
                u = np.where(over, settle(program, np.where(over, u.conj(), u), z), u)
        errors, place_error, G, G_errors = _bounds(program, u, z)
        # an unknown that is z itself has no error, and the height of z
        least = 8 * errors + LIFT**0.5 * np.abs(u)
        flat = (z.imag <= LIFT) & (np.abs(u.imag) <= least).all(axis=0)
        if flat.any():
            # du/dz is real there, so it carries the height over to the unknowns
            _, slope = _newton(program, u.real.astype(complex), z)
            real = np.where(flat, u.real + 1j * slope.real * z.imag, u)
            change, _ = _newton(program, real, z)
            u = np.where(flat, real + change.real, u)
            errors, place_error, G, G_errors = _bounds(program, u, z)
        on_sheet = arrived & np.isfinite(u).all(axis=0) & (place_error * curvature < rules.SURE)
        on_sheet &= _is_physical(program, u)
        # over a gap Im G is the lift times a slope, which may be large
        density = (z.imag <= LIFT) & (np.abs(G.imag) > LIFT**0.5 * np.abs(G))
        allowed = rules.RIGHT_DENSITY * np.abs(G.imag), rules.RIGHT * np.abs(G)
        exact = G_errors <= np.where(density, *allowed)
        if not program.is_real:
            # x + iε stands for x + i0 only where G does not grow on the way down
            exact &= ~((z.imag == LIFT) & (LIFT * _steepness(program, u, z) > GROWN * np.abs(G)))
    return Arrival(u, G, errors, G_errors, on_sheet, ~(on_sheet & np.isfinite(G) & exact))


def _steepness(program: Program, u: Complexes, z: Complexes) -> np.ndarray:
    """|dG/dz|."""
    _, slope = _newton(program, u, z)
    _, partials = linearise(program, list(u), _FLOAT)
    return np.abs(sum((d * slope[i] for i, d in partials[-1].items()), np.zeros(len(z))))


def _bounds(
    program: Program, u: Complexes, z: Complexes
) -> tuple[np.ndarray, np.ndarray, Complexes, np.ndarray]:
    """Rounding bounds on the unknowns and on z(u); G with its bound."""
    size, count = u.shape
    matrix, _ = jacobian(program, u, z)
    unit = np.broadcast_to(np.eye(size, dtype=complex)[:, :, None], (size, size, count))
    inverse = solve_batch(matrix, unit.copy())
    steps = [np.broadcast_to(e, (count,)) for e in rounding_errors(program, list(u), _FLOAT)]
    residual = np.array(steps[:size])
    errors = np.einsum("ijn,jn->in", np.abs(inverse), residual)
    if not program.is_real:
        u = sided(u, inverse[:, -1], z, 8 * errors)
    values, partials = linearise(program, list(u), _FLOAT)
    G = np.broadcast_to(np.asarray(values[size], dtype=complex), (count,))
    slopes = np.zeros((size, count))
    for i, derivative in partials[size].items():
        slopes[i] = np.abs(derivative)
    return errors, residual[-1], G, steps[size] + np.sum(slopes * errors, axis=0)
