"""The branch of laws with z(ω) = Aω + B + Σ wᵢ/(ω - aᵢ), A > 0 and wᵢ > 0, next to its edges.

The right inverse ω(z) maps the upper half plane into itself. At a real x all solutions of
z(ω) = x but two lie one by one between neighbouring poles; the physical one of these two lies in
the upper half plane, or, in a gap, is the real one with z'(ω) > 0. So a proved solution tells by
itself whether it is physical, and edges are zeros of z' = A - Σ wᵢ/(ω - aᵢ)². Between neighbouring
poles the sum is convex, hence none or two zeros; beyond the outermost poles it is monotone, hence
one. Sources: Silverstein-Choi 1995; Biane 1997; Belinschi-Bercovici 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.pole_maps import pole_map
from freeprob.exact.systems.system import System, flatten
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import compile_curve, pole_table
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.pole_sums import PoleStep, PoleTable
from freeprob.numeric.programs.straight_line import Program, evaluate
from freeprob.numeric.stepping.balls import exponent
from freeprob.numeric.stepping.simple_folds import critical_unknowns, location

_MERGED = 1e-9  # relative distance of the least sum from A at which two edges are not told apart
_BESIDE = 1e-3  # distance from a critical point, relative to the next pole, with one more term off
_BITS = 96  # tell a float64 number from an edge; more are tried where they do not
_STARTED = 1e-11  # distance from a critical point, relative to its pole, from which it is polished
_RESOLVED = 64  # bits that resolve z far from its critical values
_TOLD = 16  # right bits of the distance from it, of which Newton's method makes all others


@final
@dataclass(frozen=True, eq=False)
class RightInverse:
    """z(ω) by its slope at infinity, its poles, and the program that computes it."""

    slope: float
    table: PoleTable
    program: Program

    @cached_property
    def places(self) -> np.ndarray:
        """The poles rounded once, from left to right."""
        return np.array([_float(place) for place in self.table.places])

    @cached_property
    def _weights(self) -> np.ndarray:
        """Their weights."""
        return np.array([_float(weight) for weight in self.table.weights])

    def sums(self, u: np.ndarray, order: int = 2) -> np.ndarray:
        """Σ wᵢ/(u - aᵢ)ᵏ at real points."""
        return PoleStep(self.table, order).floats(u).real

    @cached_property
    def critical_points(self) -> np.ndarray:
        """Zeros of z' from left to right; their values of z rise, too.

        Raises
        ------
        ConvergenceError
            If two edges are too near each other to be told apart.
        """
        a = self.places
        reach = np.sqrt(self._weights.sum() / self.slope)
        low, high = a[:-1], a[1:]
        # |ω - aᵢ| ≤ 2 |middle - aᵢ| inside: no value is below a quarter of that in the middle, to
        # which the two poles beside it give this alone
        open_ = (self._weights[:-1] + self._weights[1:]) <= self.slope * (high - low) ** 2
        low, high = low[open_], high[open_]
        open_ = self.sums((low + high) / 2) <= 4 * self.slope
        low, high = low[open_], high[open_]
        least = self._least(low, high)
        depth = self.sums(least) / self.slope - 1
        if np.any(np.abs(depth) < _MERGED):
            raise ConvergenceError(
                f"two edges near the image of {least[np.argmin(np.abs(depth))]:.12g} are not told "
                "apart"
            )
        low, high, least = (values[depth < 0] for values in (low, high, least))
        beside = np.concatenate([a[:1], low, high, a[-1:]])
        return np.sort(
            self._decreasing(beside, np.concatenate([[-reach], least - low, least - high, [reach]]))
        )

    @cached_property
    def critical_values(self) -> np.ndarray:
        """Values of z there: the edges."""
        values = evaluate(self.program, [self.critical_points + 0j], FloatArithmetic())
        return np.real(np.asarray(values[-2]))

    def beside_edge(self, x: Place) -> tuple[acb, int] | None:
        """About the physical ω at a real point next to an edge, and the bits that resolve z there.

        z - e = s² Σ w/(c - a)³ (1 + …) at ω = c + s. None where that does not lead to ω.
        """
        z = float(x().real)
        i = int(np.argmin(np.abs(self.critical_values - z)))
        c, e = float(self.critical_points[i]), float(self.critical_values[i])
        room = float(np.min(np.abs(self.places - c)))
        bend = float(self.sums(np.array([c]), 3)[0])
        if not abs(z - e) < abs(bend) * (_BESIDE * room) ** 2:
            return None
        for bits in (_BITS, 2 * _BITS + 2 * x.depth):
            found = critical_unknowns(self.program, [acb(c)], bits)
            if found is None or abs(float(found[0].real) - c) > _BESIDE * room:
                return None
            with ctx.workprec(bits):
                distance = x().real - location(self.program, found, bits)
                if distance.rel_accuracy_bits() >= _TOLD:
                    step = acb(distance / bend).sqrt()
                    # z' ~ 2 bend s is positive in gaps
                    step = -step if bend < 0 and step.imag.is_zero() else step
                    depth = exponent(acb(abs(x().real) + room)) - exponent(acb(distance))
                    return (found[0] + step).mid(), _RESOLVED + max(0, depth)
        return None

    def is_physical(self, u: acb) -> bool:
        """Whether a proved ω is the branch at its z."""
        if not u.imag.is_zero():
            return bool(u.imag > 0)
        return bool(PoleStep(self.table, 2).balls(u).real < arb(self.slope))

    def _decreasing(self, pole: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """The zero of z' between a pole and pole + reach, where the sum falls from ∞ to below A.

        The inverse root of the sum rises from 0 at the pole, about like the distance.
        """

        def excess(share: np.ndarray, pole: np.ndarray, reach: np.ndarray) -> np.ndarray:
            sums = self.sums(pole + reach * share)
            return np.where(np.isfinite(sums), sums, np.inf) ** -0.5 - self.slope**-0.5

        return pole + reach * _zero(excess, pole, reach)

    def _least(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Where the convex sum is least between two poles: its derivative -2 Σ w/(u - a)³ rises.

        Its cube root is finite at both poles when it is multiplied by the distances from them.
        """

        def slope(share: np.ndarray, low: np.ndarray, width: np.ndarray) -> np.ndarray:
            root = np.cbrt(-self.sums(low + width * share, 3)) * share * (1 - share)
            return np.where(np.isfinite(root), root, np.where(share < 0.5, -1.0, 1.0))

        return low + (high - low) * _zero(slope, low, high - low)


def _zero(function: Callable[..., np.ndarray], *places: np.ndarray) -> np.ndarray:
    """Where functions of shares, one for each place, that rise from 0 to 1 change sign."""
    from scipy.optimize.elementwise import find_root

    if not len(places[0]):
        return np.zeros(0)
    bracket = np.zeros(len(places[0])), np.ones(len(places[0]))
    return np.asarray(find_root(function, bracket, args=places, tolerances={"xrtol": _STARTED}).x)


@lru_cache(maxsize=64)
def right_inverse(system: System) -> RightInverse | None:
    """The map of such a law; None for other laws."""
    curve = flatten(system)
    found = pole_map(curve)
    if found is None:
        return None
    return RightInverse(_float(found.slope), pole_table(found.poles), compile_curve(curve))


def _float(value: fmpq) -> float:
    """Rounded once."""
    return int(value.p) / int(value.q)
