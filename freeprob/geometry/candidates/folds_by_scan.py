"""Candidates for edges where elimination is out of reach: folds found from the physical branch.

Squares over the real axis are halved until steps reach the axis below them; those that are left
over enclose the singularities of the branch, and Newton's method for the critical equations starts
from them, for one unknown also from the roots of a polynomial. What is found is proved. That
nothing was missed rests on the steps between squares, which are controlled but not proved, on the
nature of the branch on both sides of each singularity, and on the mass to the left of gaps, which
does not change inside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import sympy as sp
from flint import arb

from freeprob.errors import (
    CertificationError,
    ConvergenceError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.exact.moments.moments import moments
from freeprob.exact.systems.system import System, flatten
from freeprob.geometry.candidates.charts_at_infinity import Chart, chart
from freeprob.geometry.candidates.folds import Fold
from freeprob.geometry.candidates.folds_of_maps import degenerate_values, folds_of_map
from freeprob.geometry.candidates.function_ends import FunctionEnd, function_ends
from freeprob.geometry.signs.mass_integral import mass_left
from freeprob.geometry.signs.rounding import Constant
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.distributions.evaluate import density
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.stepping.continuation import Walk
from freeprob.numeric.stepping.quadtree import Tiles
from freeprob.numeric.stepping.simple_folds import approached, float_location
from freeprob.parameters import finite
from freeprob.routes import remembered

_TOLD = 64  # bits that tell most folds apart: they come from one proof with their digits
_BITS = 128  # tell all apart, as on both sides of a narrow gap
_DOUBLINGS = 24
_WIDEST = 4 * 1.5**_DOUBLINGS
_FINEST = 1e-7  # size of the squares next to singularities, in units of the law or its place
_EVERY = 4  # of these squares one is a start for Newton's method
OWN = 60  # how near squares belong together, in units of their size
_CLOSE = 200  # times its size, how far from it a fold is looked for
_HEIGHTS = 4  # points above a place, each ten times as near as the one before
_REAL = 1e-7  # imaginary parts, relative, of a start that is tried as a real fold: balls decide
_ALIKE = 1e-12  # relative distance of starts that are one seen in two charts, as in one chart
_TOGETHER = 1e-9  # folds whose unknowns agree to this are one seen in two charts
_ABOUT = 0.1  # how near an exponent must be to that of a hard edge
_ASIDE = 0.5  # of the smallest square, how far from singular squares natures are compared
_MASS = 1e-9  # that may be missing beside a window: no cut carries less in float64


@final
@dataclass(frozen=True)
class FoldLocation:
    """A critical value of z with the folds over it."""

    folds: tuple[Fold, ...]

    def ball(self, bits: int) -> arb:
        """The value."""
        return self.folds[0].ball(bits)

    def expression(self) -> sp.Expr:
        """Not known exactly."""
        raise NoClosedFormError(
            "the edges of this law are not eliminated to exact numbers: ask for digits with dps="
        )


Scanned = FoldLocation | Constant | FunctionEnd


@remembered(maxsize=64)
def scanned(system: System) -> tuple[Scanned, ...]:
    """Critical values and ends of functions in increasing order, from the whole window."""
    curve = flatten(system)
    near = singular_squares(system)[1].keep(slice(None, None, _EVERY))
    folds = folds_of_map(curve, _TOLD)
    plain = (False,) * len(curve.unknowns)
    for inverted, raised in {(plain, plain)} | _singular_unknowns(near):
        shown = chart(curve, inverted, raised)
        folds += _folds(shown, near, folds)
        folds += _folds(shown, _beside_singular_squares(system), folds)
    locations: list[Scanned] = list(_grouped(folds))
    locations += degenerate_values(curve)
    locations += function_ends(system, tiles(system))
    return tuple(sorted(locations, key=lambda location: float(location.ball(_TOLD).mid())))


@remembered(maxsize=8)
def tiles(system: System) -> Tiles:
    """The squares that cover the window."""
    low, high = window(system)
    branch = physical_branch(system)
    # a window may reach far beyond what the law is about
    core = min(high - low, branch.radius / 16)
    return branch.perches.tiles(low, high, _FINEST * core, _FINEST)


def singular_squares(system: System) -> tuple[np.ndarray, Walk]:
    """Ends and perches of the squares of the window in which the branch may be singular."""
    found = tiles(system)
    return found.bounds[found.singular], found.perches.keep(found.singular)


def _beside_singular_squares(system: System) -> Walk:
    """Perches of regular squares next to singular ones, where the branch may have been lost."""
    found = tiles(system)
    beside = np.zeros_like(found.singular)
    beside[1:] |= found.singular[:-1]
    beside[:-1] |= found.singular[1:]
    return found.perches.keep(beside & ~found.singular)


@remembered(maxsize=8)
def singular_intervals(system: System) -> tuple[tuple[float, float], ...]:
    """Intervals around single singularities or groups of them, with the squares around each."""
    bounds, _ = singular_squares(system)
    size = bounds[:, 1] - bounds[:, 0]
    apart = bounds[1:, 0] - bounds[:-1, 1] > OWN * np.maximum(size[1:], size[:-1])
    groups = np.split(np.arange(len(bounds)), 1 + np.flatnonzero(apart))
    return tuple(
        (float(bounds[group[0], 0]), float(bounds[group[-1], 1])) for group in groups if len(group)
    )


def has_density(system: System, x: Sequence[float] | np.ndarray) -> np.ndarray:
    """Whether the density is positive at points away from singular places."""
    points = np.asarray(x, dtype=float)
    seen = physical_branch(system).follow(points.astype(complex))
    # next to an edge float64 may know the sign of a density and few of its digits
    positive = seen.on_sheet & (-seen.G.imag > seen.G_errors)
    unknown = ~positive
    positive[unknown] = density(system, points[unknown]) > 0
    return positive


def check_scan(system: System, balls: Sequence[arb], natures: Sequence[bool]) -> None:
    """Raise when the float64 branch beside singular places contradicts what was decided.

    Away from those places the branch is analytic, so its nature does not change.

    Raises
    ------
    ConvergenceError
        If a gap or a cut was missed.
    """
    low, high = window(system)
    bounds, _ = singular_squares(system)
    # a singularity may be the corner of its square, and at it nothing is decided
    room = _ASIDE * np.min(bounds[:, 1] - bounds[:, 0], initial=high - low)
    ends = [
        end + step
        for interval in singular_intervals(system)
        for end, step in zip(interval, (-room, room), strict=True)
    ]
    x = np.array([max(low, min(high, end)) for end in [low, *ends, high]])
    inside = np.searchsorted([float(ball.mid()) for ball in balls], x)
    wrong = has_density(system, x) != np.array(natures)[inside]
    if wrong.any():
        raise ConvergenceError(
            f"the edges next to {x[np.argmax(wrong)]} were not found: the critical point is "
            "degenerate or at infinite unknowns"
        )


@remembered(maxsize=64)
def window(system: System) -> tuple[float, float]:
    """An interval with all the mass inside, or the widest tried for unbounded laws."""
    try:
        first, second = moments(system, 2)
        spread = finite(second - first**2, "the variance of a law, whose spectrum is looked for,")
        centre, radius = finite(first, "the mean"), 2 * max(spread, 1e-12) ** 0.5
    except NoClosedFormError:
        centre, radius = 0.0, 4.0
    except UndefinedOperationError:
        # heavy tails leave mass outside of all windows
        return -_WIDEST, _WIDEST
    low, high = centre - radius, centre + radius
    try:
        for _ in range(_DOUBLINGS):
            low, high = centre - 1.0123 * radius, centre + 1.0321 * radius
            if _is_outside(system, low, radius, 0) and _is_outside(system, high, radius, 1):
                break
            radius *= 1.5
    except ConvergenceError:
        # a tail with logarithms, on which the integral of the mass is not to be had
        return -_WIDEST, _WIDEST
    return low, high


def _is_outside(system: System, x: float, width: float, mass: int) -> bool:
    """Whether x lies in a gap with no mass, or all of it, on its left."""
    if has_density(system, [x])[0]:
        return False
    return abs(mass_left(system, x, width) - mass) < _MASS


def _singular_unknowns(perches: Walk) -> set[tuple[tuple[bool, ...], tuple[bool, ...]]]:
    """Which unknowns are infinite, and which are 0, at an edge, like (z - e)^(±1/2)."""
    with np.errstate(all="ignore"):
        power = perches.z.imag / (perches.u / perches.slope).imag
    flags = (np.abs(power + sign * 0.5) < _ABOUT for sign in (1, -1))
    return {
        (tuple(map(bool, infinite)), tuple(map(bool, zero)))
        for infinite, zero in zip(*(each.T for each in flags), strict=True)
    }


def _folds(chart: Chart, perches: Walk, known: Sequence[Fold]) -> list[Fold]:
    """Proved folds that Newton's method reaches in a chart from perches next to them.

    Those that are ``known`` from another chart, as far as float64 tells, are not proved again.
    """
    program = compile_curve(chart.curve)
    u, settled = approached(program, chart.from_original(perches.u))
    real = settled & (np.abs(u.imag) <= _REAL * np.abs(u)).all(axis=0)
    u, z = u[:, real].real, perches.z[real]
    near = np.abs(float_location(program, u) - z) <= _CLOSE * z.imag
    folds: list[Fold] = []
    u = u[:, near]
    _, first = np.unique(np.round(u, 12), axis=1, return_index=True)
    for column in u[:, first].T:
        fold = Fold(chart, tuple(map(float, column)))
        if any(_alike(fold, other) for other in known):
            continue
        try:
            balls = fold.balls(_TOLD)
        except CertificationError:
            continue
        if not any(_same(balls, other.balls(_TOLD)) for other in folds):
            folds.append(fold)
    return folds


def fold_beside(system: System, low: float, high: float) -> FoldLocation | None:
    """The proved fold in an interval at whose ends the density differs, from points above it."""
    curve, place, room = flatten(system), (low + high) / 2, high - low
    heights = room * 10.0 ** -np.arange(_HEIGHTS)
    above = (place + 1j * heights).astype(complex, copy=False)
    walk, arrived = physical_branch(system).perches.walk(above)
    plain = (False,) * len(curve.unknowns)
    folds = _folds(chart(curve, plain, plain), walk.keep(arrived), ())
    inside = [fold for fold in folds if low < float(fold.ball(_TOLD).mid()) < high]
    return FoldLocation((inside[0],)) if len(inside) == 1 else None


def _alike(one: Fold, other: Fold) -> bool:
    """Whether Newton's method came to the same float64 point in two charts."""
    first, second = (
        fold.chart.to_original(np.array(fold.start[: len(fold.start) // 2]))
        for fold in (one, other)
    )
    return bool(np.all(np.abs(first - second) <= _ALIKE * np.abs(second)))


def _same(one: Sequence, other: Sequence) -> bool:
    """Whether two proved solutions are one: each is alone in a box far wider than its balls."""
    return all(u.overlaps(v) for u, v in zip(one, other, strict=True))


def _meet(one: Fold, other: Fold) -> bool:
    """Whether z is the same at two folds, as far as many bits tell."""
    return all(one.ball(bits).overlaps(other.ball(bits)) for bits in (_TOLD, _BITS))


def _grouped(folds: Sequence[Fold]) -> list[FoldLocation]:
    """Folds with the same value of z together, each once whatever its chart."""
    groups: list[list[Fold]] = []
    for fold in folds:
        group = next((g for g in groups if _meet(g[0], fold)), None)
        if group is None:
            groups.append([fold])
        elif not any(np.allclose(fold.original, other.original, _TOGETHER) for other in group):
            group.append(fold)
    return [FoldLocation(tuple(group)) for group in groups]
