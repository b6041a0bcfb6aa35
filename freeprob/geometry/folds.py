"""Simple critical points of curves that are not eliminated: proved by interval Newton.

Where a curve has too many unknowns, or is not algebraic, the critical equations {relations = 0,
det d(relations, z) = 0} are solved by Newton's method. A proved solution is a simple zero of the
determinant along the curve, a fold: z = e + z₂ t² + …, so its edge is a square root.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import pi
from typing import final

import numpy as np
import sympy as sp
from flint import acb, acb_mat, arb, ctx, fmpq

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.geometry.algebraic import RealAlgebraic
from freeprob.geometry.charts import Chart
from freeprob.geometry.reality import real_solution
from freeprob.numeric.balls import BALLS
from freeprob.numeric.digits import Start
from freeprob.numeric.lowering import compile_program
from freeprob.numeric.places import Place
from freeprob.numeric.straight_line import Program, evaluate, linearise

_ZERO = Place(fmpq(0))


@final
@dataclass(frozen=True)
class CriticalEquations:
    """Relations and the critical determinant of a curve in a chart, compiled, then z and G."""

    chart: Chart

    @cached_property
    def program(self) -> Program:
        """Relations, det d(relations, z), z, G."""
        curve = self.chart.curve
        differences = [left - right for left, right in curve.relations]
        rows = [[f.diff(u) for u in curve.unknowns] for f in (*differences, curve.z)]
        return compile_program([*differences, _determinant(rows), curve.z, curve.G], curve.unknowns)


@lru_cache(maxsize=64)
def critical_equations(chart: Chart) -> CriticalEquations:
    """The critical equations of a curve in a chart, compiled once."""
    return CriticalEquations(chart)


def _determinant(rows: list[list[sp.Expr]]) -> sp.Expr:
    """Determinant by expansion along the first row, which is sparse."""
    if len(rows) == 1:
        return rows[0][0]
    return sp.Add(
        *(
            (-1) ** j * entry * _determinant([row[:j] + row[j + 1 :] for row in rows[1:]])
            for j, entry in enumerate(rows[0])
            if entry != 0
        )
    )


@final
@dataclass(frozen=True)
class Fold:
    """A real simple critical point; ``start`` are its unknowns, close enough for a proof."""

    equations: CriticalEquations
    start: tuple[float, ...]

    @property
    def chart(self) -> Chart:
        """The chart of the unknowns."""
        return self.equations.chart

    @property
    def original(self) -> np.ndarray:
        """The curve's own unknowns, rounded once: a chart's float64 would lose large ones."""
        own = zip(self.balls(128), self.chart.inverted, strict=True)
        return np.array([_unchanged(value.real, flag) for value, flag in own])

    @property
    def p(self) -> int:
        """Ramification of z."""
        return 2

    @property
    def has_density(self) -> bool:
        """G is real at a real point."""
        return False

    @property
    def exponent(self) -> fmpq:
        """Exponent of the density next to the edge."""
        return fmpq(1, 2)

    def balls(self, bits: int) -> list[acb]:
        """The unknowns, proved.

        Raises
        ------
        CertificationError
            If interval Newton proves no simple critical point.
        """
        start = Start([acb(value) for value in self.start], 64)
        solution = real_solution(self.equations.program, _ZERO, bits + 32, start)
        if solution is None:
            raise CertificationError(f"no simple critical point near {self.start} could be proved")
        return solution

    def ball(self, bits: int) -> arb:
        """The value of z at the point."""
        return _location(self, bits)

    def unknowns(self, height: float, turn: int) -> np.ndarray:
        """The unknowns at e + i height to first order in t."""
        start = np.array([complex(u).real for u in self.balls(64)])
        velocity, _, z_2 = self._local(64)
        angle = pi * (2 * turn + (1 if z_2 < 0 else 0) + 0.5) / 2
        time = (height / abs(float(z_2))) ** 0.5 * complex(np.cos(angle), np.sin(angle))
        return start + np.array([float(v.mid()) for v in velocity]) * time

    def angle(self, turn: int, right: bool) -> fmpq:
        """Argument of the singular term in units of π on one side of e."""
        _, _, z_2 = self._local(64)
        return fmpq(2 * turn + (1 if z_2 < 0 else 0) + (0 if right else 1), 2)

    def size(self, bits: int) -> arb:
        """|G₁| |z₂|^(-1/2)."""
        _, slope, z_2 = self._local(bits)
        with ctx.workprec(bits + 32):
            return abs(slope) / abs(z_2).sqrt()

    def exact_power(self) -> RealAlgebraic:
        """Not known exactly."""
        raise NoClosedFormError(
            "the constant of this edge has no exact form here: ask for digits with dps="
        )

    def _local(self, bits: int) -> tuple[list[arb], arb, arb]:
        """Velocity of the unknowns along the curve, dG/dt and z₂, at the point."""
        solution = self.balls(bits)
        size = len(solution)
        with ctx.workprec(bits + 48):
            _, partials = linearise(self.equations.program, solution, BALLS)
            rows = [[acb(row.get(j, 0)) for j in range(size)] for row in partials]
            relations = rows[: size - 1]
            velocity = [(-1) ** (size - 1 + j) * _minor(relations, j) for j in range(size)]
            along = [
                sum((a * v for a, v in zip(row, velocity, strict=True)), acb(0))
                for row in (rows[size + 1], rows[size - 1])
            ]
        return [v.real for v in velocity], along[0].real, along[1].real / 2


def _unchanged(value: arb, inverted: bool) -> float:
    """An unknown of the curve itself from its value in a chart."""
    if not inverted:
        return float(value.mid())
    with ctx.workprec(160):
        above = value - 1
        return float("inf") if above.contains(0) else float((1 / above).mid())


def _minor(rows: list[list[acb]], column: int) -> acb:
    """Determinant of the rows without one column."""
    if not rows:
        return acb(1)
    return acb_mat([row[:column] + row[column + 1 :] for row in rows]).det()


@lru_cache(maxsize=1024)
def _location(fold: Fold, bits: int) -> arb:
    solution = fold.balls(bits)
    with ctx.workprec(bits + 48):
        return acb(evaluate(fold.equations.program, solution, BALLS)[-2]).real
