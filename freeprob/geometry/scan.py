"""Candidates for edges where elimination is out of reach: folds found from the physical branch.

Newton's method for the critical equations starts from the physical unknowns above a grid of real
points. It finds the folds that end cuts even where gaps are far narrower than the grid. What is
found is proved; that nothing was missed is checked, not proved: no grid point may contradict the
sides, and the window holds all the mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
import sympy as sp
from flint import arb, ctx

from freeprob.errors import (
    CertificationError,
    ConvergenceError,
    NoClosedFormError,
    NotAlgebraicError,
    UndefinedOperationError,
)
from freeprob.exact.door import ring
from freeprob.exact.moments import moments
from freeprob.exact.polynomials import coefficients_in
from freeprob.exact.system import Curve, System, flatten
from freeprob.geometry.charts import Chart, chart
from freeprob.geometry.contour import mass_left
from freeprob.geometry.folds import Fold, critical_equations
from freeprob.numeric.branch import physical_branch
from freeprob.numeric.continuation import polish
from freeprob.numeric.lowering import compile_program
from freeprob.numeric.places import Place

_GRID = 400
_BITS = 128
_DOUBLINGS = 24
_ROUNDS = 5  # of refining where the branch turns complex, each into _PARTS intervals
_PARTS = 24
_LARGE = 2.0
_LOW = 1e-7
_REAL = 1e-200  # the float64 branch marks real values by a vanishing imaginary part


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


@final
@dataclass(frozen=True)
class FunctionEnd:
    """A point where an analytic function in the law's Cauchy transform is singular."""

    value: sp.Expr

    def ball(self, bits: int) -> arb:
        """The value."""
        with ctx.workprec(bits + 16):
            return Place(compile_program([self.value], ()))().real

    def expression(self) -> sp.Expr:
        """The value, exact."""
        return self.value


@lru_cache(maxsize=64)
def scanned(system: System) -> tuple[FoldLocation | FunctionEnd, ...]:
    """Candidates for edges in increasing order, from a grid over the whole spectrum."""
    curve = flatten(system)
    low, high = window(system)
    grid = _grid(low, high)
    spacing = (high - low) / _GRID
    changes = _turns(system, grid)
    everywhere = np.concatenate([grid + 1j * h * spacing for h in (0.1, 1.0)])
    nearby = np.concatenate([changes + 1j * h * spacing for h in (1e-5, 1e-3)])
    folds = _folds(system, chart(curve, [False] * len(curve.unknowns)), everywhere)
    for inverted in _large_unknowns(system, nearby) if changes.size else ():
        folds += _folds(system, chart(curve, inverted), nearby)
    locations: list[FoldLocation | FunctionEnd] = list(_grouped(folds))
    locations += [FunctionEnd(value) for value in _function_ends(curve)]
    return tuple(sorted(locations, key=lambda location: float(location.ball(_BITS).mid())))


def check_grid(system: System, balls: Sequence[arb], natures: Sequence[bool]) -> None:
    """Raise when the float64 branch on the grid contradicts the sides of the candidates.

    Raises
    ------
    ConvergenceError
        If a gap or a cut was missed.
    """
    x = _grid(*window(system))
    arrival = physical_branch(system).follow(x.astype(complex))
    inside = np.searchsorted([float(ball.mid()) for ball in balls], x)
    expected = np.array(natures)[inside]
    wrong = ~arrival.undecided & ((arrival.G.imag < -_REAL) != expected)
    if wrong.any():
        raise ConvergenceError(
            f"the edges next to {x[np.argmax(wrong)]} were not found: the critical point is "
            "degenerate or at infinite unknowns"
        )


def _turns(system: System, x: np.ndarray) -> np.ndarray:
    """Where the float64 branch turns from real to complex between neighbours of a grid."""
    height = _LOW * (x[1] - x[0])
    real = _is_real(system, x, height)
    change = np.flatnonzero(real[1:] != real[:-1])
    low, high = x[change], x[change + 1]
    for _ in range(_ROUNDS):
        finer = np.linspace(low, high, _PARTS + 1)
        real = _is_real(system, finer.ravel(), height).reshape(finer.shape)
        turn = np.argmax(real[1:] != real[:-1], axis=0)
        columns = np.arange(len(low))
        low, high = finer[turn, columns], finer[turn + 1, columns]
    return low


def _is_real(system: System, x: np.ndarray, height: float) -> np.ndarray:
    """Whether Im G falls like the height above x, as over a gap, not slower, as over a cut."""
    branch = physical_branch(system)
    upper, lower = (branch.follow(x + 1j * h).G.imag for h in (height, height / 4))
    return upper < 2 * lower


def _grid(low: float, high: float) -> np.ndarray:
    """Points inside a window, irrational fractions of it."""
    return low + (high - low) * (np.arange(_GRID) + 0.4142) / _GRID


@lru_cache(maxsize=64)
def window(system: System) -> tuple[float, float]:
    """An interval with all the mass inside, or the widest tried for unbounded laws."""
    try:
        first, second = (float(moment) for moment in moments(system, 2))
        centre, radius = first, 2 * max(second - first**2, 1e-12) ** 0.5
    except (UndefinedOperationError, NoClosedFormError):
        centre, radius = 0.0, 4.0
    low, high = centre - radius, centre + radius
    for _ in range(_DOUBLINGS):
        low, high = centre - 1.0123 * radius, centre + 1.0321 * radius
        if _is_outside(system, low, radius, 0) and _is_outside(system, high, radius, 1):
            break
        radius *= 1.5
    return low, high


def _is_outside(system: System, x: float, width: float, mass: int) -> bool:
    """Whether x lies in a gap with no mass, or all of it, on its left."""
    arrival = physical_branch(system).follow(np.array([complex(x)]))
    if arrival.undecided[0] or arrival.G[0].imag < -_REAL:
        return False
    return abs(mass_left(system, x, width) - mass) < 1e-9


def _physical(system: System, z: np.ndarray) -> np.ndarray:
    """Physical unknowns at the points of z that float64 reaches."""
    unknowns = physical_branch(system).follow(z).unknowns
    return unknowns[:, np.isfinite(unknowns).all(axis=0)]


def _large_unknowns(system: System, z: np.ndarray) -> set[tuple[bool, ...]]:
    """Which unknowns are large together at points of z."""
    return {tuple(map(bool, flags)) for flags in (np.abs(_physical(system, z)) > _LARGE).T}


def _folds(system: System, chart: Chart, z: np.ndarray) -> list[Fold]:
    """Proved folds that Newton's method reaches in a chart from the physical unknowns at z."""
    equations = critical_equations(chart)
    start = chart.from_original(_physical(system, z))
    nothing = np.zeros(start.shape[1])
    u, _ = polish(equations.program, start, nothing, iterations=40)
    _, settled = polish(equations.program, u, nothing, iterations=2)
    real = settled & (np.abs(u.imag) <= 1e-7 * np.abs(u)).all(axis=0)
    folds: list[Fold] = []
    for column in np.unique(np.round(u[:, real].real, 12), axis=1).T:
        fold = Fold(equations, tuple(map(float, column)))
        try:
            balls = fold.balls(_BITS)
        except CertificationError:
            continue
        if not any(_same(balls, other.balls(_BITS)) for other in folds):
            folds.append(fold)
    return folds


def _same(one: Sequence, other: Sequence) -> bool:
    return all(u.overlaps(v) for u, v in zip(one, other, strict=True))


def _grouped(folds: Sequence[Fold]) -> list[FoldLocation]:
    """Folds with the same value of z together, each once whatever its chart."""
    groups: list[list[Fold]] = []
    for fold in folds:
        ball = fold.ball(_BITS)
        group = next((g for g in groups if g[0].ball(_BITS).overlaps(ball)), None)
        if group is None:
            groups.append([fold])
        elif not any(np.allclose(fold.original, other.original, 1e-9) for other in group):
            group.append(fold)
    return [FoldLocation(tuple(group)) for group in groups]


def _function_ends(curve: Curve) -> set[sp.Expr]:
    """Z where the argument of a function of the one unknown is 0 or infinite, if z is rational."""
    if not curve.is_uniformised:
        return set()
    (unknown,) = curve.unknowns
    found: set[sp.Expr] = set()
    for function in curve.G.atoms(sp.Function, sp.Pow):
        argument = function.args[0]
        if not argument.has(unknown) or (function.is_Pow and function.exp.is_Integer):
            continue
        symbols = ring([argument], first=[unknown])
        try:
            fraction = symbols.fraction(argument)
            ring([curve.z], first=[unknown]).fraction(curve.z)
        except NotAlgebraicError:
            continue
        for polynomial in (fraction.numerator, fraction.denominator):
            for base, _ in polynomial.factor()[1]:
                if base.degrees()[0] == 1:
                    constant, slope = (symbols.expression(c) for c in coefficients_in(base, 0))
                    found.add(sp.expand(curve.z.xreplace({unknown: -constant / slope})))
    return found
