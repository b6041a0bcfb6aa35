"""Is the physical sheet analytic in the upper half plane? Critical points of z above the axis.

G is continued from i∞ down every vertical line. It meets a singularity iff it arrives at a critical
point of z on the curve, or at a pole of G, over a point of the upper half plane; the points are
finitely many and known exactly, so that none is overlooked. A transform that meets one is the
Cauchy transform of no measure.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from freeprob.errors import BudgetExceededError, ConvergenceError
from freeprob.exact.algebra.door import constants
from freeprob.exact.algebra.polynomials import univariate
from freeprob.exact.systems.critical_equations import CriticalSystem, Kind, critical_points
from freeprob.exact.systems.system import Curve, System, flatten
from freeprob.geometry.candidates.algebraic_numbers import other_roots
from freeprob.geometry.candidates.candidates import CurvePoint, fraction_at
from freeprob.geometry.candidates.eliminated_curve import eliminated_curve
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.continuation import Walk

_FLOAT = FloatArithmetic()
_BUDGET = 10**7
_BITS = 128
# heights above a point, relative to its own height, each an eighth of the one before
_HEIGHTS = (2.0**-6, 2.0**-9, 2.0**-12)
_NEARER = 0.75
"""Largest ratio of distances to a branch point of order up to 6, from one height to the next."""
_PASSED = 0.2
"""Below it the distance falls like the height: the sheet passes a crossing with another."""


class Singularity(NamedTuple):
    """A singular point of the physical sheet above the axis: why, its z, and 1/G there."""

    kind: Kind
    z: complex
    F: complex


def singularities_above(system: System) -> list[Singularity] | None:
    """Where the physical sheet is singular above the axis; None where the points are not known.

    They are known for algebraic curves with critical equations within a budget.

    Raises
    ------
    ConvergenceError
        If the branch could not be followed down to one of the points.
    """
    for curve in (flatten(system), eliminated_curve(system)):
        points = None if curve is None else _points_above(curve)
        if points is not None:
            return _met(system, points) if points else []
    return None


def _points_above(curve: Curve) -> list[Singularity] | None:
    """The critical points of z and poles of G with Im z > 0, on all sheets."""
    if not curve.is_algebraic or constants(curve.expressions):
        return None
    try:
        return _found_above(critical_points(curve))
    except BudgetExceededError:
        return None


def _found_above(system: CriticalSystem) -> list[Singularity]:
    found = []
    for points in system.points(_BUDGET):
        solved = points.equation
        equation = None if solved is None else univariate(solved, system.coordinate)
        for root in other_roots(equation) if equation is not None else ():
            point = _read(system, CurvePoint(system, points, root))
            if point is not None and point not in found:
                found.append(point)
    return found


def _read(system: CriticalSystem, point: CurvePoint) -> Singularity | None:
    """A point of the curve, if z lies above the axis."""
    z = fraction_at(system.z, point, _BITS)
    if not (z.is_finite() and z.imag > 0):
        return None
    kind = point.points.kind
    if kind is Kind.POLE:
        return Singularity(kind, complex(z), 0j)
    F = fraction_at(system.G.inverse(), point, _BITS)
    return Singularity(kind, complex(z), complex(F)) if F.is_finite() else None


def _met(system: System, points: list[Singularity]) -> list[Singularity]:
    """The points at which the branch arrives, straight down from far above."""
    branch = physical_branch(system)
    z = np.array([point.z for point in points], dtype=np.complex128)
    tops = z.real + 1j * (2 * branch.radius + 2 * np.abs(z))
    u, arrived = branch.tracked(tops)
    walk, distances = Walk.begin(branch.program, u, tops, tops), []
    for height in _HEIGHTS:
        target = z + 1j * height * z.imag
        walk, now = walk.towards(target).finish(branch.program)
        G = np.asarray(evaluate(branch.program.last, list(walk.u), _FLOAT)[0])
        with np.errstate(all="ignore"):
            gap = np.abs(1 / G - np.array([point.F for point in points]))
        distances.append(np.where(now & arrived, gap, np.nan))
    return [
        point
        for k, point in enumerate(points)
        if _arrives(point, [float(distance[k]) for distance in distances])
    ]


def _arrives(point: Singularity, distances: list[float]) -> bool:
    """Whether the distances tend to 0, as at a singular point of the sheet itself."""
    if not np.isfinite(distances[0]):
        raise ConvergenceError(f"the branch could not be followed down to {point.z:.6g}")
    known = [distance for distance in distances if np.isfinite(distance)]
    pairs = list(pairwise(known))
    if not pairs or not all(after <= _NEARER * before for before, after in pairs):
        return False
    before, after = pairs[-1]
    return point.kind is Kind.POLE or after >= _PASSED * before
