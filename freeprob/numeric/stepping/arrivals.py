"""The ends of walks: polished to rounding, told real or not, with bounds on what rounding left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.rounding_errors import rounding_errors
from freeprob.numeric.programs.straight_line import Program, linearise
from freeprob.numeric.stepping import step_rules as rules
from freeprob.numeric.stepping.continuation import (
    CORRECTIONS,
    LIFT,
    is_lower,
    is_physical,
    larger,
    matrix_of,
    newton_step,
)
from freeprob.numeric.stepping.rounded_sides import sided

_FLOAT = FloatArithmetic()
_UNSURE = 8.0  # bounds of first order: near crossings of sheets errors are a few times as large
_FLAT = LIFT**0.5  # relative: what the lift leaves next to a square root
GROWN = 1e-12  # share of G that the lift may change: less is lost to rounding anyway


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


def settle(program: Program, u: Complexes, z: Complexes) -> Complexes:
    """Unknowns to rounding error at the ends of walks, which are exact to a fraction of a step."""
    u, active = u.copy(), np.arange(len(z))
    with np.errstate(all="ignore"):
        for i in range(CORRECTIONS):
            here, there = u[:, active], z[active]
            change, slope = newton_step(program, here, there)
            moved = here + change if program.is_real else sided(here + change, slope, there)
            u[:, active] = here = np.where(np.isfinite(change), moved, here)
            # next to a crossing of sheets the first steps only halve the error
            if i > 0:
                active = active[larger(change, here, rules.SETTLED)]
            if not active.size:
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
            over = z.imag <= LIFT
            over[over] = ~is_physical(program, u[:, over])
            if over.any():
                u[:, over] = settle(program, u[:, over].conj(), z[over])
        bounds = _bounds(program, u, z)
        # an unknown that is z itself has no error, and the height of z
        least = _UNSURE * bounds.unknowns + _FLAT * np.abs(u)
        flat = (z.imag <= LIFT) & (np.abs(u.imag) <= least).all(axis=0)
        if flat.any():
            # du/dz is real there, so it carries the height over to the unknowns
            real, there = u[:, flat].real, z[flat]
            _, slope = newton_step(program, real.astype(complex), there)
            raised = real + 1j * slope.real * there.imag
            change, _ = newton_step(program, raised, there)
            u[:, flat] = raised + change.real
            for column, new in zip(bounds, _bounds(program, u[:, flat], there), strict=True):
                column[..., flat] = new
        G = bounds.G
        on_sheet = arrived & np.isfinite(u).all(axis=0) & (bounds.place * curvature < rules.SURE)
        on_sheet &= is_lower(program, G)
        # over a gap Im G is the lift times a slope, which may be large
        density = (z.imag <= LIFT) & (np.abs(G.imag) > _FLAT * np.abs(G))
        allowed = rules.RIGHT_DENSITY * np.abs(G.imag), rules.RIGHT * np.abs(G)
        exact = bounds.G_errors <= np.where(density, *allowed)
        if not program.is_real:
            # x + iε stands for x + i0 only where G does not grow on the way down
            exact &= ~((z.imag == LIFT) & (LIFT * bounds.steepness > GROWN * np.abs(G)))
    undecided = ~(on_sheet & np.isfinite(G) & exact)
    return Arrival(u, G, bounds.unknowns, bounds.G_errors, on_sheet, undecided)


class _Bounds(NamedTuple):
    """Rounding bounds on the unknowns and on z(u); G with its bound and |dG/dz|."""

    unknowns: np.ndarray
    place: np.ndarray
    G: Complexes
    G_errors: np.ndarray
    steepness: np.ndarray


def _bounds(program: Program, u: Complexes, z: Complexes) -> _Bounds:
    """First-order bounds at solutions; G where the unknowns have the sides that rounding hides."""
    size, count = u.shape
    values, partials = linearise(program, list(u), _FLOAT)
    unit = np.broadcast_to(np.eye(size, dtype=complex)[:, :, None], (size, size, count))
    inverse = solve_batch(matrix_of(partials[:size], count), unit.copy())
    steps = [np.broadcast_to(e, (count,)) for e in rounding_errors(program, list(u), _FLOAT)]
    residual = np.array(steps[:size])
    errors = np.einsum("ijn,jn->in", np.abs(inverse), residual)
    G, gradient = _on_columns(values[size], partials[size], u)
    if not program.is_real:
        beside = sided(u, inverse[:, -1], z, _UNSURE * errors)
        moved = (beside != u).any(axis=0)
        if moved.any():
            values, partials = linearise(program, list(beside[:, moved]), _FLOAT)
            new = _on_columns(values[size], partials[size], beside[:, moved])
            G[moved], gradient[:, moved] = new
    steepness = np.abs(np.sum(gradient * inverse[:, -1], axis=0))
    bound = steps[size] + np.sum(np.abs(gradient) * errors, axis=0)
    return _Bounds(errors, residual[-1], G, bound, steepness)


def _on_columns(value: Any, row: Mapping[int, Any], u: Complexes) -> tuple[Complexes, Complexes]:
    """A result and its gradient at every point."""
    gradient = np.zeros(u.shape, dtype=complex)
    for i, derivative in row.items():
        gradient[i] = derivative
    return np.full(u.shape[1:], value, dtype=complex), gradient
