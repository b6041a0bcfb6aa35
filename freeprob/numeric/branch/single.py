"""One point of the physical branch in Python's own numbers: SciPy's integrators ask for hundreds.

From a remembered perch a point is one step away. The step is accepted under the conditions of
:mod:`freeprob.numeric.stepping.continuation`, whose arrays would cost ten times as much for one
point; where they are not met, the answer is left to the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import floor, log2
from typing import NamedTuple, final

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import FAR, PhysicalBranch, physical_branch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.linear import solve
from freeprob.numeric.programs.rounding_errors import rounding_errors
from freeprob.numeric.programs.straight_line import evaluate, linearise
from freeprob.numeric.stepping.arrivals import GROWN
from freeprob.numeric.stepping.balls import newton
from freeprob.numeric.stepping.continuation import LIFT
from freeprob.numeric.stepping.one_point import Perch, PointPerches
from freeprob.numeric.stepping.rounded_sides import sided_numbers
from freeprob.numeric.stepping.step_rules import (
    NARROW,
    RIGHT,
    RIGHT_DENSITY,
    ROUNDING,
    SETTLED,
    SURE,
    contracts,
    excess_inside,
    excess_onto,
    relative,
)

_FLOAT = FloatArithmetic()
_CORRECTIONS = 8
_SQUARES = 4096  # perches that are remembered


@final
class Stop(NamedTuple):
    """Where a step ended."""

    u: list[complex]
    G: complex


@lru_cache(maxsize=256)
def single(system: System) -> Single:
    """The evaluator of a system at one point, with the perches it has met."""
    return Single(physical_branch(system))


@final
@dataclass(frozen=True)
class Single:
    """G at one point with Im z ≥ 0, or ``None`` where the arrays or more digits must decide."""

    branch: PhysicalBranch
    feet: dict[tuple[int, int], Perch] = field(default_factory=dict, compare=False)

    def cauchy(self, z: complex) -> complex | None:
        """G(z); real z means z + i0."""
        here = self.place(z)
        return None if here is None else here.G

    def place(self, z: complex) -> Stop | None:
        """The unknowns and G; real z means z + i0."""
        if not abs(z) <= FAR * self.branch.radius:
            return None
        program = self.branch.program
        if z.imag == 0 and not program.is_real:
            z = complex(z.real, LIFT)
        try:
            foot = self._foot(z)
            return None if foot is None else self._stepped(foot, z)
        except (ArithmeticError, ValueError):  # a function's pole, or out of range
            return None

    @cached_property
    def perches(self) -> PointPerches:
        """The perches met so far."""
        return PointPerches(self.branch.program, self.branch.radius, self.branch.anchor)

    def _foot(self, z: complex) -> Perch | None:
        """A remembered perch near enough, or a new one."""
        for level in sorted({level for level, _ in self.feet}, reverse=True):
            size = 2.0**level
            if z.imag <= size:
                foot = self.feet.get((level, floor(z.real / size)))
                if foot is not None and (foot.low or size < 2 * z.imag):
                    return foot
        if len(self.feet) >= _SQUARES:
            return None
        return self._found(z)

    def _found(self, z: complex) -> Perch | None:
        """The perch over a point, walked to."""
        try:
            foot = self.perches.above(z)
        except ConvergenceError:
            return None  # the arrays say the same, with more about it
        if foot is None:
            return None
        size = foot.z.imag
        self.feet[round(log2(size)), floor(z.real / size)] = foot
        return foot if foot.low or size < 2 * z.imag else None

    def _stepped(self, foot: Perch, z: complex) -> Stop | None:
        """Where one accepted step leads."""
        program, step = self.branch.program, z - foot.z
        move = [slope * step for slope in foot.slope]
        guess = [a + b for a, b in zip(foot.u, move, strict=True)]
        u, sizes = guess, []
        for _ in range(_CORRECTIONS):
            u = u if program.is_real else sided_numbers(u, foot.slope, z)
            change = newton(program, u, z, _FLOAT)
            u = [a + b for a, b in zip(u, change, strict=True)]
            if len(sizes) < 2:
                sizes.append(relative(change, u, move))
                if len(sizes) == 2 and not contracts(sizes[0], sizes[1]):
                    return None  # another sheet may be near
            if all(abs(a) <= SETTLED * abs(b) for a, b in zip(change, u, strict=True)):
                break
        else:
            return None
        values, partials = linearise(program, u, _FLOAT)
        rows = [[complex(row.get(j, 0)) for j in range(len(u))] for row in partials[: len(u)]]
        units = [[complex(i == j) for i in range(len(u))] for j in range(len(u))]
        columns = solve(rows, *units)
        slope = columns[-1]
        bend = [a - b for a, b in zip(u, guess, strict=True)]
        turn = [(a - b) * step for a, b in zip(slope, foot.slope, strict=True)]
        if not self._accepted(foot, z, guess, move, (bend, turn, slope)):
            return None
        # next to a pole bounds leave the range of floats, and the step is refused
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            residual = [float(error) for error in rounding_errors(program, u, _FLOAT)]
        errors = [
            sum(abs(column[i]) * e for column, e in zip(columns, residual, strict=False))
            for i in range(len(u))
        ]
        if not residual[len(u) - 1] * foot.curvature < SURE:
            return None
        G, own = complex(values[-1]), u
        if not program.is_real:
            own = sided_numbers(u, slope, z, [8 * error for error in errors])
            G = complex(evaluate(program.last, own, _FLOAT)[0])
        error = residual[-1] + sum(abs(d) * errors[i] for i, d in partials[-1].items())
        if z.imag > LIFT:
            physical = not (program.has_mirror and G.imag > ROUNDING * abs(G))
            return Stop(own, G) if physical and error <= RIGHT * abs(G) else None
        if all(abs(value.imag) <= 8 * e for value, e in zip(u, errors, strict=True)):
            return self._in_gap(u, z, error) if program.is_real else None
        steep = abs(sum(d * slope[i] for i, d in partials[-1].items()))
        grown = not program.is_real and LIFT * steep > GROWN * abs(G)
        return Stop(own, G) if not grown and error <= RIGHT_DENSITY * -G.imag else None

    def _in_gap(self, u: list[complex], z: complex, error: float) -> Stop | None:
        """The same at a real point where all unknowns are real to rounding error, so real."""
        program = self.branch.program
        real = [complex(value.real) for value in u]
        change = newton(program, real, z, _FLOAT)
        real = [complex((a + b).real) for a, b in zip(real, change, strict=True)]
        G = complex(evaluate(program.last, real, _FLOAT)[0])
        return Stop(real, complex(G.real)) if error <= RIGHT * abs(G) else None

    def _accepted(
        self,
        foot: Perch,
        z: complex,
        guess: list[complex],
        move: list[complex],
        changes: tuple[list[complex], list[complex], list[complex]],
    ) -> bool:
        """Whether a step stays on the branch, as for walks of many points."""
        bend, turn, slope = changes
        bent = relative(bend, guess, move)
        if z.imag > LIFT:
            inside = relative(bend, guess, [s * z.imag for s in slope])
            if excess_inside(inside) <= 1:
                return True
        onto = excess_onto(bent, foot.curvature * abs(z - foot.z))
        return foot.low and bool(onto <= 1) and relative(turn, guess, move) <= NARROW
