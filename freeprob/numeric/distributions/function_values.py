"""Distribution functions of functions of a Gaussian variable, by preimages.

Between two critical points g is monotone, so that g(Z) ≤ y on one side of the preimage of y: the
probability is a difference of values of the normal distribution function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from itertools import pairwise
from typing import Any, final

import numpy as np
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.operations.gaussian_mixtures import gaussian_mixture
from freeprob.exact.systems.system import System
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.precision import NOTHING
from freeprob.numeric.programs.arithmetic import BallArithmetic, FloatArithmetic
from freeprob.numeric.programs.gaussian_images import GaussianMap, Limit
from freeprob.numeric.programs.lowering import gaussian_map, read_place
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import evaluate

_FLOAT, _BALLS = FloatArithmetic(), BallArithmetic()
_REACH = 38.0  # beyond it the Gaussian has no mass in float64
_HALVINGS = 1100  # lead to neighbouring floats, next to 0 too
_SECTIONS, _FEW = 32, 8  # parts of an interval in each step for so few points
_STARTS, _DOUBLINGS = 2000, 1000  # values between which quantiles are looked for
_GUARD = 32
_GRID = 64  # values per unit that must be in order between critical points
_SAME = 4 * np.finfo(float).eps  # relative: what rounding leaves of the few terms of F
_JUMP = 1e-6  # relative to the largest value: a pole jumps by that value, rounding by 1e-16 of it


@final
@dataclass(frozen=True)
class Part:
    """The values of a map on all of its interval, with a weight."""

    weight: Place
    map: GaussianMap

    @cached_property
    def mass(self) -> float:
        """The weight as a float."""
        return float(self.weight().real.mid())

    @cached_property
    def segments(self) -> list[tuple[float, float, bool]]:
        """Intervals on which g is monotone, and whether it increases there."""
        low, high = (
            sign * _REACH
            if isinstance(end, Limit)
            else float(acb(evaluate(end, [], _BALLS)[0]).real)
            for sign, end in ((-1, self.map.left), (1, self.map.right))
        )
        found = []
        for a, b in pairwise((low, *self.map.turns, high)):
            middle = (max(a, -1 + min(b, 0)) + min(b, 1 + max(a, 0))) / 2
            rises = self.map.sign(middle, 1) > 0
            self._require_monotone(a, b, rises)
            found.append((a, b, rises))
        return found

    def _require_monotone(self, a: float, b: float, rises: bool) -> None:
        """Refuse a function that jumps back, as at a pole that is not known.

        Raises
        ------
        ConvergenceError
            If values between two critical points are not in order.
        """
        grid = np.linspace(a, b, max(_STARTS, int(_GRID * (b - a))))[1:-1]
        values = self.values(grid)
        values = values[np.isfinite(values)]
        steps = np.diff(values) if rises else -np.diff(values)
        if steps.size and np.min(steps) < -_JUMP * np.max(np.abs(values)):
            raise ConvergenceError(
                f"a function of a Gaussian variable jumps between {a:.6g} and {b:.6g} standard "
                "deviations, at a pole or another place where it is not analytic, which was not "
                "found: simulate it, or give a smaller variance if the place is far out"
            )

    def values(self, x: np.ndarray) -> np.ndarray:
        """Values of the function at real points."""
        with np.errstate(all="ignore"):
            (value,) = evaluate(self.map.value, [x.astype(complex)], _FLOAT)
        return np.broadcast_to(np.real(value), x.shape) + 0.0

    def density(self, y: np.ndarray) -> np.ndarray:
        """The sum of φ(x)/|g'(x)| over the preimages of y; ∞ where y is a critical value."""
        total = np.zeros(y.shape)
        for a, b, rises in self.segments:
            x = self._preimages(y, a, b, rises)
            inside = (x > a) & (x < b)
            with np.errstate(all="ignore"):
                (slope,) = evaluate(self.map.slope, [x.astype(complex)], _FLOAT)
                share = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) / np.abs(np.real(slope))
            total += np.where(inside & (share > 0), share, 0.0)
        flat = [end for end in self._finite_ends if self.map.sign(end, 1) == 0]
        return np.where(np.isin(y, self.values(np.array([*self.map.turns, *flat]))), np.inf, total)

    @property
    def _finite_ends(self) -> list[float]:
        """Ends that do not stand for infinity."""
        ends = (self.map.left, self.map.right)
        return [
            float(acb(evaluate(end, [], _BALLS)[0]).real)
            for end in ends
            if not isinstance(end, Limit)
        ]

    def _preimages(self, y: np.ndarray, a: float, b: float, rises: bool) -> np.ndarray:
        """Where g passes y between two points, and the last of them where it does not."""
        low, high = np.full(y.shape, a), np.full(y.shape, b)
        # one call of NumPy is as dear as some ten numbers: few points are cut in many parts at once
        shares = np.arange(1, _SECTIONS) / _SECTIONS if y.size <= _FEW else np.array([0.5])
        for _ in range(_HALVINGS):
            if np.all(np.nextafter(low, np.inf) >= high):
                break
            middle = low[..., None] + (high - low)[..., None] * shares
            passed = np.sum((self.values(middle) <= y[..., None]) == rises, axis=-1)[..., None]
            ends = np.concatenate([low[..., None], middle, high[..., None]], axis=-1)
            low, high = (np.take_along_axis(ends, passed + k, axis=-1)[..., 0] for k in (0, 1))
        return np.where(low == a, a, high)

    def probability(self, y: np.ndarray, upper: bool) -> np.ndarray:
        """The probability of g ≤ y, or of g > y, in the interval."""
        total = np.zeros(y.shape)
        for a, b, rises in self.segments:
            place = self._preimages(y, a, b, rises)
            left = rises != upper
            total += between(*np.broadcast_arrays(*((a, place) if left else (place, b))))
        return total

    def probability_ball(self, y: arb) -> arb:
        """The probability of g ≤ y, to about the bits of FLINT's context where y is no turn."""
        bits, total = int(ctx.prec), arb(0)
        ends = [
            sign * arb(2 * bits).sqrt()
            if isinstance(end, Limit)
            else acb(evaluate(end, [], _BALLS)[0]).real
            for sign, end in ((-1, self.map.left), (1, self.map.right))
        ]
        points = [ends[0], *(turn_ball(self.map, turn) for turn in self.map.turns), ends[1]]
        for (a, b), (_, _, rises) in zip(pairwise(points), self.segments, strict=True):
            place = self._preimage(y, a, b, rises)
            total += _normal(a, place) if rises else _normal(place, b)
        # what lies beyond an end that stands for infinity
        return total + arb(0, arb(2) ** -bits)

    def _preimage(self, y: arb, a: arb, b: arb, rises: bool) -> arb:
        """Where g passes y between two points, the last one where it does not; a ball."""

        def side(x: arb) -> int:
            gap = self.map.at(acb(x)).real - y
            return 0 if gap.contains(0) else 1 if gap > 0 else -1

        low, high, left = a, b, -1 if rises else 1
        for _ in range(2 * int(ctx.prec) + 16):
            middle = ((low + high) / 2).mid()
            here = side(middle)
            if not here:
                return beside(side, middle, left) or low.union(high)
            low, high = (middle, high) if here == left else (low, middle)
        return low.union(high)


def turn_ball(function: GaussianMap, turn: float) -> arb:
    """A critical point to the bits of FLINT's context: g' changes its sign in the ball."""
    order = 1
    low, high = (arb(turn) + sign * arb(abs(turn) + 1) * arb(2) ** -48 for sign in (-1, 1))
    if function.sign(low, 1) == function.sign(high, 1):
        order = 2
    left = function.sign(low, order)
    for _ in range(int(ctx.prec)):
        middle = ((low + high) / 2).mid()
        here = function.sign(middle, order)
        if not here:
            found = beside(lambda x: function.sign(x, order), middle, left)
            if found is None:
                raise InvalidParameterError(
                    "a critical point of the function was not told from its neighbours"
                )
            return found
        low, high = (middle, high) if here == left else (low, middle)
    return low.union(high)


def beside(sign: Callable[[arb], int], middle: arb, left: int) -> arb | None:
    """A ball about a point at which no sign is known, so wide that there are two at its ends."""
    bits = int(ctx.prec)
    for loss in range(0, bits, 4):
        radius = arb(2) ** (loss - bits)
        if sign(middle - radius) == left == -sign(middle + radius):
            return (middle - radius).union(middle + radius)
    return None


def between(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """P(low < Z < high), relatively accurate in both tails and next to 0."""
    from scipy.special import erf, ndtr

    root = np.sqrt(2)
    tails = np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
    return np.where((low <= 0) & (high >= 0), (erf(high / root) - erf(low / root)) / 2, tails)


def _normal(low: arb, high: arb) -> arb:
    """The same over balls."""
    root = arb(2).sqrt()
    if low > 0:
        return ((low / root).erfc() - (high / root).erfc()) / 2
    return ((-high / root).erfc() - (-low / root).erfc()) / 2


@final
@dataclass(frozen=True)
class FunctionDistribution:
    """The distribution of a mixture of parts and of atoms; as ``Distribution`` answers."""

    parts: tuple[Part, ...]
    jumps: tuple[Atom, ...]

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (-∞, x]."""
        return self._mass(x, upper=False)

    def density(self, x: np.ndarray) -> np.ndarray:
        """Density of the part without atoms."""
        x = np.asarray(x, dtype=float)
        return sum((part.mass * part.density(x) for part in self.parts), np.zeros(x.shape))

    def sf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (x, ∞)."""
        return self._mass(x, upper=True)

    def _mass(self, x: np.ndarray, upper: bool) -> np.ndarray:
        total = np.zeros(np.shape(x))
        for part in self.parts:
            total += part.mass * part.probability(np.asarray(x, dtype=float), upper)
        for atom in self.jumps:
            total += atom.weight * ((x < atom.location) if upper else (x >= atom.location))
        return np.clip(total, 0.0, 1.0)

    def cdf_ball(self, x: Place) -> Callable[[int], arb]:
        """Mass of (-∞, x] as balls."""

        def ball(bits: int) -> arb:
            with ctx.workprec(bits + _GUARD):
                return self.mass_until(x().real)

        return ball

    def mass_until(self, y: arb) -> arb:
        """Mass of (-∞, y] to about the bits of FLINT's context."""
        total = arb(0)
        for part in self.parts:
            total += part.weight().real * part.probability_ball(y)
        for atom in self.jumps:
            if not y < atom.place().real:
                total += atom.mass().real
        return total

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The least and the largest point of the support."""
        ranges = [part.map.range for part in self.parts]
        places = [atom.location for atom in self.jumps]
        return (
            min([float(low) for low, _ in ranges] + places),
            max([float(high) for _, high in ranges] + places),
        )

    @cached_property
    def tops(self) -> tuple[float, ...]:
        """Where a part ends and F may stay as it is for a while, from left to right."""
        tops = {float(part.map.range[1]) for part in self.parts}
        return tuple(sorted(top for top in tops if np.isfinite(top)))

    def top_balls(self) -> list[arb]:
        """The same to the bits of FLINT's context; 0 where no number of bits tells it from 0."""
        tops = [self._range(part)[1] for part in self.parts]
        if any(top.contains(0) for top in tops):
            with ctx.workprec(NOTHING * int(ctx.prec)):
                tops = [self._range(part)[1] for part in self.parts]
        exact = (arb(0) if top.contains(0) else top for top in tops if top.is_finite())
        return sorted(exact, key=float)

    def end(self, upper: bool) -> arb:
        """The least or the largest point of the support, to the bits of FLINT's context."""
        values = [atom.place().real for atom in self.jumps]
        values += [self._range(part)[upper] for part in self.parts]
        return reduce(arb.max if upper else arb.min, values)

    @staticmethod
    def _range(part: Part) -> tuple[arb, arb]:
        """The least and the largest value of a part."""
        return part.map.range_of([turn_ball(part.map, turn) for turn in part.map.turns])

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """The smallest x with F(x) ≥ p; the ends of the support for p = 0 and 1.

        Raises
        ------
        InvalidParameterError
            If p is outside [0, 1].
        """
        p = np.asarray(p, dtype=float)
        if np.any(p < 0):
            raise InvalidParameterError("probabilities must lie in [0, 1]")
        out = self._inverted(p, self.cdf)
        return np.where(p == 0, self.ends[0], np.where(p == 1, self.ends[1], out))

    def isf(self, q: np.ndarray) -> np.ndarray:
        """The smallest x with 1 - F(x) ≤ q, relatively accurate in the right tail."""
        out = self._inverted(-np.asarray(q, dtype=float), lambda x: -self.sf(x))
        return np.where(q == 0, self.ends[1], np.where(q == 1, self.ends[0], out))

    def _inverted(
        self, level: np.ndarray, rising: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """Where a function of the values reaches some levels, by bisection."""
        if not np.all(np.abs(level) <= 1):
            raise InvalidParameterError("probabilities must lie in [0, 1]")
        flat, grid = level.ravel(), self._starts
        reached = rising(grid)
        first = np.minimum(np.searchsorted(reached, flat), len(grid) - 1)
        low, high = grid[np.maximum(first - 1, 0)], grid[first]
        for _ in range(_HALVINGS):
            middle = low + (high - low) / 2
            if np.all((middle == low) | (middle == high)):
                break
            done = rising(middle) >= flat
            low, high = np.where(done, low, middle), np.where(done, middle, high)
        # what no value reaches in float64 lies at the end, which may be infinite
        found = np.where(flat > reached[-1], self.ends[1], high)
        for top in self.tops[::-1]:
            # the last place before a gap, where rounding does not tell the level from that of a gap
            same = np.abs(rising(np.array(top)) - flat) <= _SAME * np.abs(flat)
            found = np.where(same, top, found)
        return found.reshape(level.shape)

    @cached_property
    def _starts(self) -> np.ndarray:
        """Values of all functions at places that their variable takes, and beside all atoms."""
        values: list[Any] = []
        for part in self.parts:
            low, high = part.segments[0][0], part.segments[-1][1]
            values.append(part.values(np.linspace(low, high, _STARTS)))
            # towards the ends, where a function may be infinite
            steps = (high - low) / 2.0 ** np.arange(1, _DOUBLINGS)
            values += [part.values(low + steps), part.values(high - steps)]
        places = np.array([atom.location for atom in self.jumps])
        values += [places, np.nextafter(places, -np.inf)]
        joined = np.concatenate(values)
        return np.unique(joined[np.isfinite(joined)])


@lru_cache(maxsize=64)
def function_distribution(system: System) -> FunctionDistribution | None:
    """The distribution of a mixture of functions of a Gaussian variable; None for other laws."""
    found = gaussian_mixture(system)
    if found is None or not found.parts:
        return None
    parts = (
        Part(read_place(part.weight), gaussian_map(part.function, part.low, part.high))
        for part in found.parts
    )
    atoms = (Atom.of(place, mass) for place, mass in found.atoms.items())
    return FunctionDistribution(tuple(parts), tuple(atoms))
