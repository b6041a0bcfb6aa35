"""The covariance of resolvents where it is made of differences of functions on a law's curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.derivatives import solve_along
from freeprob.numeric.fluctuations.circles import Grid
from freeprob.numeric.fluctuations.two_point import TwoPoint, turned
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.programs.taylor import implicit_series

Expression = Any  # of SymPy, compiled by lowering alone

_FLOAT = FloatArithmetic()
_MEETING = 1e-4  # share of a place within which points count as equal: rounding is 1e-8 there


class LogTerm(NamedTuple):
    """``times`` · log(Δabove/Δbelow)."""

    above: Expression
    below: Expression
    times: int


class PowerTerm(NamedTuple):
    """``factor`` · (Δabove/Δbelow)^``power``."""

    above: Expression
    below: Expression
    factor: float
    power: int


class Values(NamedTuple):
    """Functions on the curve and their derivatives by z, one row for each."""

    functions: np.ndarray
    slopes: np.ndarray


class _Germ(NamedTuple):
    """A function on the curve to third order, at each pole of each test function."""

    value: np.ndarray
    slope: np.ndarray
    half: np.ndarray
    sixth: np.ndarray

    def distances(self) -> np.ndarray:
        """How far x is from the point near it where the function is as at y, to first order."""
        gap = self.value[:, None] - np.conj(self.value)
        return np.abs(gap) / np.abs(self.slope[:, None])

    def pairs(self, meets: np.ndarray) -> np.ndarray:
        """∂x∂y log(e(x) - e(y)) at y the conjugates of the x, less the double pole where x meets.

        With m(y) the point near x where e is as at y, it is m' (1/(x - m)² + S/6), S the Schwarzian
        derivative of e at x. An even e has m = -y, and m = y of any other.
        """
        x, y = self.slope[:, None], np.conj(self.slope)
        gap = np.where(meets, 1.0, self.value[:, None] - np.conj(self.value))
        sixth_of_schwarzian = self.sixth / self.slope - (self.half / self.slope) ** 2
        return np.where(meets, y / x * sixth_of_schwarzian[:, None], x * y / gap**2)


def _germ(series: Sequence[np.ndarray], below: np.ndarray) -> _Germ:
    """From the values above the axis."""
    rows = (np.broadcast_to(own, below.size).reshape(below.shape) for own in series)
    return _Germ(*(np.where(below, np.conj(own), own) for own in rows))


@final
@dataclass(frozen=True)
class CurveKernel(TwoPoint):
    """L and Q as sums of terms, of functions of the unknowns of a system's curve."""

    system: System
    logs: tuple[LogTerm, ...]
    powers: tuple[PowerTerm, ...] = ()

    @cached_property
    def functions(self) -> tuple[Expression, ...]:
        """All functions, each once."""
        terms = [*self.logs, *self.powers]
        return tuple(dict.fromkeys(side for term in terms for side in (term.above, term.below)))

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """Relations and z, then one of the functions."""
        curve = physical_branch(self.system).curve
        return tuple(compile_curve(replace(curve, G=function)) for function in self.functions)

    def states(self, grid: Grid) -> Values:
        """Boundary values, by continuation."""
        u = list(physical_branch(self.system).unknowns(grid.places + 0j))
        functions, slopes = [], []
        with np.errstate(all="ignore"):
            for program in self.programs:
                value, slope = implicit_series(program, u, 1, _FLOAT, solve_along)
                functions.append(np.broadcast_to(value, grid.places.shape))
                slopes.append(np.broadcast_to(slope, grid.places.shape))
        return Values(np.array(functions), np.array(slopes))

    def _of(self, rows: np.ndarray, function: Expression) -> np.ndarray:
        return rows[self.functions.index(function)]

    def _difference(
        self, one: Values, other: Values, function: Expression, mirrored: bool
    ) -> np.ndarray:
        first, second = (self._of(values.functions, function) for values in (one, other))
        return first[:, None] - (second.conj() if mirrored else second)

    def covariance(self, one: Values, other: Values, mirrored: bool) -> np.ndarray:
        """The sum of the logarithms."""
        total = np.zeros((one.functions.shape[1], other.functions.shape[1]))
        for above, below, times in self.logs:
            for function, sign in ((above, times), (below, -times)):
                gap = self._difference(one, other, function, mirrored)
                total += sign * np.log(np.abs(gap))
        return total

    def extra(self, one: Values, other: Values, mirrored: bool) -> np.ndarray:
        """The sum of the powers."""
        total = np.zeros((one.functions.shape[1], other.functions.shape[1]))
        for above, below, factor, power in self.powers:
            top, bottom = (self._difference(one, other, f, mirrored) for f in (above, below))
            total += factor * ((top / bottom) ** power).real
        return total

    def diagonal(self, states: Values) -> np.ndarray:
        """The product of the derivatives."""
        total = np.ones(states.slopes.shape[1], dtype=complex)
        for above, below, times in self.logs:
            total *= (self._of(states.slopes, above) / self._of(states.slopes, below)) ** times
        return total

    def extra_diagonal(self, states: Values) -> np.ndarray:
        """The sum of powers of derivatives."""
        total = np.zeros(states.slopes.shape[1], dtype=complex)
        for above, below, factor, power in self.powers:
            ratio = self._of(states.slopes, above) / self._of(states.slopes, below)
            total += factor * ratio**power
        return total

    def resolvents(self, z: np.ndarray, residues: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Var |tr f| for β = 2 and the shift of tr f for β = 1, f = Σ r (z - M)⁻¹, no 1/n.

        Poles and residues have one row for each term of f. With one term the numbers are ∂x∂y L at
        (z, z̄), and the derivative of -L(z, z)/2.
        """
        below = np.imag(z) < 0
        u = list(physical_branch(self.system).unknowns(np.where(below, z.conj(), z).ravel()))
        germs = {
            function: _germ(implicit_series(program, u, 3, _FLOAT, solve_along), below)
            for function, program in zip(self.functions, self.programs, strict=True)
        }
        apart = {function: germ.distances() for function, germ in germs.items()}
        close = _MEETING * np.abs(z)
        near = np.min(list(apart.values()), axis=0) < close
        variance, shift = np.zeros(z.shape[1:]), np.zeros(z.shape[1:], dtype=complex)
        weights = residues[:, None] * np.conj(residues)
        for above, under, times in self.logs:
            for function, sign in ((above, times), (under, -times)):
                germ = germs[function]
                # one choice for all functions with the same images: their poles cancel in the sum
                pairs = germ.pairs(near & (apart[function] < 2 * close))
                variance += sign * np.sum(weights * pairs, axis=(0, 1)).real
                shift -= sign * np.sum(residues * germ.half / germ.slope, axis=0)
        return variance, shift

    def smooth(self, states: Values, grid: Grid) -> np.ndarray:
        """The functions, their derivatives by the angle, and L(z, z) in both its signs."""
        ends = turned(self.diagonal(states), grid)
        return np.array([*states.functions, *states.slopes * grid.steps, ends, 1 / ends])
