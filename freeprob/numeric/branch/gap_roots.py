"""Where a function that rises along every gap of a spectrum has a given value.

Subordination functions map the upper half plane into itself, so they rise on the gaps, from pole
to pole. A second function, positive measures' Cauchy transform, falls on each gap and is 0 at the
poles: so a gap holds one at most, found by its sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from freeprob.numeric.branch.branch import PhysicalBranch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import Program, evaluate

_FLOAT = FloatArithmetic()
_NEAREST, _FARTHEST = -15.5, 12.0  # decimal orders of the distances to an edge that are looked at
_LARGEST = 300.0  # decimal order of the largest points
_ORDER = 4  # points for each decimal order
_SECTIONS = 16
_ROUNDS = 20
_FALL = 1e-3  # relative to the values near by: rounding is far below, a pole far above
_BESIDE = 16  # units of rounding from a pole at which its sign is sure
_REAL = 1e-6  # |Im G| or an error of G, relative to its size, with which nothing is told of a gap

Height = Callable[[np.ndarray, Sequence[np.ndarray]], np.ndarray]


class Gap(NamedTuple):
    """An open interval without spectrum; ends as sums of two floats."""

    left: tuple[float, float]
    right: tuple[float, float]

    def holds(self, x: np.ndarray) -> np.ndarray:
        """Which points lie inside."""
        right = np.isinf(self.right[0]) | (x - self.right[0] < self.right[1])
        return (np.isinf(self.left[0]) | (x - self.left[0] > self.left[1])) & right


class Reach(NamedTuple):
    """The size of the spectrum, and how far out there may be a root."""

    size: float
    far: float


class Root(NamedTuple):
    """A point next to a root: unknowns there, and the interval that the root must lie in."""

    unknowns: np.ndarray
    low: float
    high: float


@final
@dataclass(frozen=True)
class Rise:
    """Points of one piece of a gap, between poles, with the values of what rises there."""

    gap: Gap
    piece: Gap
    x: np.ndarray
    u: np.ndarray
    values: tuple[np.ndarray, ...]


@final
@dataclass(frozen=True)
class Rising:
    """Values of a program along the gaps of a branch.

    ``zeros`` are the positions of the results that fall along gaps, ``level`` a rising function,
    ``bounded`` says that what rises tends to no infinity at ±∞.
    """

    branch: PhysicalBranch
    program: Program
    zeros: tuple[int, ...]
    level: Callable[[Sequence[np.ndarray]], np.ndarray]
    bounded: bool = False

    def pieces(self, gap: Gap, reach: Reach) -> list[Rise]:
        """The gap cut at its poles."""
        rise = self._read(gap, gap, _grid(gap, reach))
        if np.isinf(gap.left[0]) or np.isinf(gap.right[0]):
            # beyond the whole spectrum no transform of a positive measure is 0
            return [rise] if len(rise.x) > 1 else []
        poles = sorted(pole for zero in self.zeros for pole in self._poles(rise, zero))
        if not poles:
            return [rise] if len(rise.x) > 1 else []
        ends = [gap.left, *(end for low, high in poles for end in ((low, 0.0), (high, 0.0)))]
        cut = [Gap(*pair) for pair in zip(ends[::2], [*ends[1::2], gap.right], strict=True)]
        pieces = [self._read(gap, piece, _grid(piece, reach)) for piece in cut]
        return [piece for piece in pieces if len(piece.x) > 1]

    def _poles(self, rise: Rise, zero: int) -> list[tuple[float, float]]:
        """Narrow intervals about the poles, among the places where a falling function is 0.

        A pole leads from +∞ down; elsewhere the rising function goes on rising.
        """
        values = np.real(rise.values[zero])
        level = self.level(rise.values)
        found = []
        for i in np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0)):
            low, high, _ = self._narrowed(rise, int(i), lambda _, results: -np.real(results[zero]))
            # at the pole itself rounding chooses the sign
            beside = _BESIDE * np.spacing(max(abs(low), abs(high)))
            ends = self._read(rise.gap, rise.gap, np.array([low - beside, high + beside]))
            heights = self.level(ends.values)
            fall = heights[0] - heights[-1] if len(heights) == 2 else np.inf
            if fall > _FALL * max(abs(level[i]), abs(level[i + 1])):
                found.append((low, high))
        return found

    def roots(self, rise: Rise, height: Height) -> list[Root]:
        """Where a rising height is 0 on a piece: inside, or next to its ends."""
        heights = height(rise.x, rise.values)
        inside = np.flatnonzero((heights[:-1] <= 0) & (heights[1:] > 0))
        if not len(inside):
            return self._beyond(rise, heights)
        # it rises, so that more changes of sign than one are rounding next to the root
        i = inside[np.argmin(np.abs(heights[inside]))]
        _, _, u = self._narrowed(rise, i, height)
        return [Root(u, float(rise.x[inside[0]]), float(rise.x[inside[-1] + 1]))]

    def _beyond(self, rise: Rise, heights: np.ndarray) -> list[Root]:
        """A root between the last point of a piece and its end: always next to a pole, and to ∞.

        Next to an edge a rising function falls short of its limit by a root of the distance, of
        which two points show the size.
        """
        first, last = heights[0], heights[-1]
        left, right = rise.gap.left[0], rise.gap.right[0]
        far = np.nan if self.bounded else np.inf
        # a level of 0 there is that of a singular value of which the other block has the sign
        # against it, and no pole
        grown = self.level([value[[0, -1]] for value in rise.values]) != 0
        if (rise.piece.left[0] > left or left == -far) and first > 0 and grown[0]:
            return [Root(rise.u[:, 0], rise.piece.left[0], float(rise.x[0]))]
        if (rise.piece.right[0] < right or right == far) and last <= 0 and grown[-1]:
            return [Root(rise.u[:, -1], float(rise.x[-1]), rise.piece.right[0])]
        if not np.isfinite([first, last]).all():
            return []  # a height beyond float64 is far from 0 at every edge
        if rise.piece.left[0] == left and 0 < first <= 4 * (heights[1] - first):
            return [Root(rise.u[:, 0], left, float(rise.x[0]))]
        if rise.piece.right[0] == right and 0 <= -last <= 4 * (last - heights[-2]):
            return [Root(rise.u[:, -1], float(rise.x[-1]), right)]
        return []

    def _narrowed(self, rise: Rise, i: int, height: Height) -> tuple[float, float, np.ndarray]:
        """A narrow interval about a change of sign, and the unknowns at the end nearer to 0."""
        low, high = rise.x[i], rise.x[i + 1]
        best = rise.u[:, i]
        for _ in range(_ROUNDS):
            here = self._read(rise.gap, rise.piece, np.linspace(low, high, _SECTIONS + 1)[1:-1])
            if not len(here.x):
                break
            heights = height(here.x, here.values)
            best = here.u[:, np.argmin(np.abs(heights))]
            below, above = here.x[heights <= 0], here.x[heights > 0]
            size = high - low
            low, high = max([low, *below]), min([high, *above])
            if high - low >= size or high - low <= 4 * np.spacing(max(abs(low), abs(high))):
                break
        return float(low), float(high), best

    def _read(self, gap: Gap, piece: Gap, x: np.ndarray) -> Rise:
        """Points inside the gap where float64 knows the sheet."""
        x = x[gap.holds(x)]
        arrival = self.branch.follow(x.astype(complex))
        with np.errstate(all="ignore"):
            results = evaluate(self.program, list(arrival.unknowns), _FLOAT)
        values = [np.broadcast_to(np.asarray(value, dtype=complex), x.shape) for value in results]
        heights = self.level(values)
        good = arrival.on_sheet & np.isfinite(heights)
        # next to its zeros G is known by its size around; far out all may be rounding
        size = np.maximum(np.abs(arrival.G), 1 / (gap.right[0] - gap.left[0]))
        good &= (np.abs(arrival.G.imag) <= _REAL * size) & (arrival.G_errors <= _REAL * size)
        return _part(Rise(gap, piece, x, arrival.unknowns, tuple(values)), good)


def _part(rise: Rise, chosen: np.ndarray) -> Rise:
    """Some of the points."""
    values = tuple(value[chosen] for value in rise.values)
    return Rise(rise.gap, rise.piece, rise.x[chosen], rise.u[:, chosen], values)


def _grid(gap: Gap, reach: Reach) -> np.ndarray:
    """Points of a gap, denser towards its ends, and far out where it has none."""
    left, right = gap.left[0], gap.right[0]
    if np.isfinite(left) and np.isfinite(right):
        count = round(-_NEAREST * _ORDER)
        steps = 0.5 * (right - left) * 10 ** -np.linspace(0, -_NEAREST, count)
        return np.unique(np.concatenate([left + steps, right - steps]))
    farthest = np.log10(reach.far / reach.size) + _FARTHEST
    farthest = min(farthest, _LARGEST - np.log10(reach.size))
    count = round((farthest - _NEAREST) * _ORDER)
    steps = reach.size * 10 ** np.linspace(_NEAREST, farthest, count)
    if np.isfinite(left):
        return np.unique(left + steps)
    if np.isfinite(right):
        return np.unique(right - steps)
    return np.unique(np.concatenate([-steps, steps]))
