"""Simple critical points of curves that are not eliminated: proved by interval Newton.

Where a curve has too many unknowns, or is not algebraic, the critical equations for the unknowns
and a tangent are solved by Newton's method. A proved solution is regular, so it is a fold:
z = e + z₂ t² + … with z₂ ≠ 0, and its edge is a square root, or its inverse where G has a pole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import pi
from typing import final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import CertificationError
from freeprob.geometry.candidates.charts_at_infinity import Chart
from freeprob.geometry.candidates.local_terms import PowerLaw
from freeprob.geometry.signs.reality import real_solution, real_step
from freeprob.numeric.branch.digits import Start
from freeprob.numeric.programs.linear import solve
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping.balls import BALLS
from freeprob.numeric.stepping.simple_folds import LIFT, ZERO, tangent_program

_SPARE = 4  # bits that a step at once leaves for the value of z
_STEP = 80  # bits: 17 digits and all that tells edges apart come from one proof


@final
@dataclass(frozen=True)
class Fold:
    """A real simple critical point of a curve in a chart.

    ``start`` are its unknowns and its tangent, as inputs of the tangent program, close enough for
    a proof.
    """

    chart: Chart
    start: tuple[float, ...]

    @cached_property
    def _program(self) -> Program:
        """The equations of critical points in the chart; G may be singular there."""
        curve = self.chart.curve
        return tangent_program(compile_curve(replace(curve, G=curve.z)))

    @cached_property
    def _full_program(self) -> Program:
        """The same with G."""
        return tangent_program(compile_curve(self.chart.curve))

    @cached_property
    def _pole_program(self) -> Program:
        """The same with 1/G in place of G."""
        curve = self.chart.curve
        return tangent_program(compile_curve(replace(curve, G=1 / curve.G)))

    def reciprocal(self, bits: int) -> acb:
        """1/G."""
        with ctx.workprec(bits):
            (value,) = evaluate(self._pole_program.last, _proved(self, bits), BALLS)
            return acb(value)

    @property
    def original(self) -> np.ndarray:
        """The curve's own unknowns, rounded once: a chart's float64 would lose large ones."""
        own = zip(self.balls(128), self.chart.inverted, self.chart.raised, strict=True)
        return np.array([_unchanged(value.real, *flags) for value, *flags in own])

    @property
    def p(self) -> int:
        """Ramification of z."""
        return 2

    @property
    def exponent(self) -> fmpq:
        """Exponent of the density next to the edge."""
        return fmpq(-1 if _is_pole(self) else 1, 2)

    def balls(self, bits: int) -> list[acb]:
        """The unknowns, proved.

        Raises
        ------
        CertificationError
            If interval Newton proves no simple critical point.
        """
        return _proved(self, bits)[: len(self.start) // 2]

    def proved(self, bits: int) -> list[acb]:
        """Unknowns and tangent as inputs of the tangent program."""
        u = [acb(value) for value in self.start]
        solution = real_step(self._program, ZERO, bits + _SPARE, u)
        if solution is None:
            solution = real_solution(self._program, ZERO, bits + 32, Start(u, 64))
        if solution is None:
            raise CertificationError(f"no simple critical point near {self.start} could be proved")
        return solution

    def ball(self, bits: int) -> arb:
        """The value of z at the point, to at least so many bits."""
        return _value(self, _stepped(bits))

    def unknowns(self, height: fmpq, turn: int) -> np.ndarray:
        """The unknowns at e + i height to first order in t."""
        start = np.array([complex(u).real for u in self.balls(64)])
        velocity, _, z_2 = _local(self, 64)
        if float(z_2) == 0:
            raise CertificationError(f"the critical point near {self.start} is no simple fold")
        angle = pi * (2 * turn + (1 if z_2 < 0 else 0) + 0.5) / 2
        time = (float(height) / abs(float(z_2))) ** 0.5 * complex(np.cos(angle), np.sin(angle))
        return start + np.array([float(v.mid()) for v in velocity]) * time

    def agrees(self, turn: int, left: bool, right: bool) -> bool:
        """Whether the root is real where the density is 0, and only there."""
        _, _, z_2 = _local(self, 64)
        return not _is_real(self) or (left, right) == ((True, False) if z_2 > 0 else (False, True))

    def on_side(self, turn: int, right: bool) -> PowerLaw | None:
        """A root or its inverse where G is real at the point and t is not on this side."""
        _, _, z_2 = _local(self, 64)
        # t² z₂ = x - e, so that t is real on one side
        if right == bool(z_2 > 0) or not _is_real(self):
            return None

        def constant(bits: int) -> arb:
            with ctx.workprec(bits + 32):
                return self.size(bits) / arb.pi()

        return PowerLaw(right, 2, self.exponent, constant)

    def size(self, bits: int) -> arb:
        """|G₁| |z₂|^(-1/2) for G = G₀ + G₁ t + …, |G₋₁| |z₂|^(1/2) for G = G₋₁/t + …."""
        _, slope, z_2 = _local(self, bits)
        with ctx.workprec(bits + 32):
            root = abs(z_2).sqrt()
            return root / abs(slope) if _is_pole(self) else abs(slope) / root

    def second_order(self, bits: int) -> tuple[list[arb], arb, arb]:
        """Tangent v = du/dt, dG/dt, or d(1/G)/dt at a pole, and z₂ = (d²z/dt²)/2 at the point.

        d²u/dt² = w solves d(relations) w = -d²(relations)(v, v), and 2 z₂ = dz w + d²z(v, v).
        """
        solution = _proved(self, bits)
        size = len(solution) // 2
        program = self._pole_program if _is_pole(self) else self._full_program
        with ctx.workprec(bits + 48):
            _, partials = linearise(program, solution, BALLS)
            tangent = [value - LIFT for value in solution[size:]]
            # d(relations, z) v by u and by v, in the rows after the relations
            bends, slopes = (
                [
                    [acb(row.get(j, 0)) for j in range(shift, shift + size)]
                    for row in partials[size - 1 : 2 * size - 1]
                ]
                for shift in (0, size)
            )
            bend = [_product(row, tangent) for row in bends]
            rows = [*slopes[:-1], tangent]
            right = [*(-value for value in bend[:-1]), acb(0)]
            (curvature,) = solve(rows, right)
            z_2 = (_product(slopes[-1], curvature) + bend[-1]) / 2
            slope = _product([acb(partials[-1].get(j, 0)) for j in range(size)], tangent)
        return [v.real for v in tangent], slope.real, z_2.real


def _product(row: Sequence[acb], column: Sequence[acb]) -> acb:
    return sum((a * b for a, b in zip(row, column, strict=True)), acb(0))


def _unchanged(value: arb, inverted: bool, raised: bool) -> float:
    """An unknown of the curve itself from its value in a chart."""
    if not inverted and not raised:
        return float(value.mid())
    with ctx.workprec(160):
        above = value - 1
        if raised:
            return float(above.mid())
        return float("inf") if above.contains(0) else float((1 / above).mid())


def _proved(fold: Fold, bits: int) -> list[acb]:
    """The proof to at least so many bits: few different precisions are asked for."""
    return _proved_to(fold, _stepped(bits))


def _stepped(bits: int) -> int:
    return -(-bits // _STEP) * _STEP


@lru_cache(maxsize=1024)
def _value(fold: Fold, bits: int) -> arb:
    with ctx.workprec(bits + 32):
        return acb(evaluate(fold._program.last, _proved_to(fold, bits), BALLS)[0]).real


@lru_cache(maxsize=1024)
def _proved_to(fold: Fold, bits: int) -> list[acb]:
    return fold.proved(bits)


@lru_cache(maxsize=256)
def _is_pole(fold: Fold) -> bool:
    """Whether G is infinite at the fold, seen to 128 bits; the law's mass confirms it."""
    return fold.reciprocal(128).contains(0)


@lru_cache(maxsize=256)
def _is_real(fold: Fold) -> bool:
    """Whether G, or 1/G, is real at the fold, as far as 128 bits tell."""
    value = fold.reciprocal(128)
    return bool(abs(value.imag) <= abs(value) * arb(2) ** -64)


@lru_cache(maxsize=256)
def _local(fold: Fold, bits: int) -> tuple[list[arb], arb, arb]:
    return fold.second_order(bits)
