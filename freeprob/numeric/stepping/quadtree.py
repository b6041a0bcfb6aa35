"""Perches: points of the branch above the axis, from which every point is a short walk away.

Squares of size h = 2^level, [j h, (j + 1) h) wide and as high, carry a perch above their middle at
height h, which is reached from the perch of the square of twice the size above them. Squares
are halved only where a point of the axis is more than one step away, towards singularities, and
only where points are asked for, all that are needed at once. Nothing depends on what was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.numeric.programs.arithmetic import Complexes
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.continuation import LOWEST, Walk
from freeprob.numeric.stepping.step_rules import NEAR

LOW = NEAR / 3  # size of a square with no more below, times the curvature: it grows on the way
HOPS = 24  # most steps from a perch to the next: more are made where rounding hides the way
LARGEST = 1e300  # squares a few times as wide as this |x| are still float64 numbers
RELATIVE = 1e-14  # lowest height over |x|: float64 sees nothing nearer to a singularity


@final
@dataclass(frozen=True)
class Row:
    """Squares of one size, from left to right, with their perches.

    ``low`` are the perches from which the axis below their squares is one step away, ``lost``
    those that could not be reached; nothing is below either.
    """

    squares: np.ndarray
    perches: Walk
    low: np.ndarray
    lost: np.ndarray

    def joined(self, other: Row) -> Row:
        """Both, in order."""
        squares = np.concatenate([self.squares, other.squares])
        order = np.argsort(squares)
        perches = Walk.joined([self.perches, other.perches]).keep(order)
        low, lost = (
            np.concatenate(pair)[order] for pair in ((self.low, other.low), (self.lost, other.lost))
        )
        return Row(squares[order], perches, low, lost)


@final
@dataclass(frozen=True)
class Tiles:
    """Squares next to each other over an interval.

    Parameters
    ----------
    bounds
        Left and right ends in increasing order, (n, 2).
    perches
        The perches of the squares.
    singular
        Squares below which the axis is not one step away. Every singularity of the branch on the
        interval lies in one of them, and so do points within some thirty times their size of it.
    """

    bounds: np.ndarray
    perches: Walk
    singular: np.ndarray

    def keep(self, chosen: np.ndarray) -> Tiles:
        """Only some of the squares."""
        return Tiles(self.bounds[chosen], self.perches.keep(chosen), self.singular[chosen])


def _among(squares: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which squares are among some sorted ones."""
    if not len(known):
        return np.zeros(len(squares), dtype=bool)
    return known[np.minimum(np.searchsorted(known, squares), len(known) - 1)] == squares


def top_level(radius: float, extent: Any) -> Any:
    """Level of the widest square over points: next to 0, with an anchor above.

    Over none it is the one whose perch is reached from the anchor at the radius.

    Raises
    ------
    InvalidParameterError
        If float64 has no squares of that size.
    """
    if np.any(np.asarray(extent) > LARGEST):
        raise InvalidParameterError(
            f"points as far as 10^{np.log10(LARGEST):.0f} are outside the range of float64, in "
            "which the branch is found: use units in which the law is of moderate size"
        )
    # the next power of 2 above, so that |x| is less
    return np.floor(np.log2(np.maximum(radius / 4, extent))).astype(int) + 1


@final
@dataclass(frozen=True)
class Perches:
    """The perches of a branch, remembered.

    ``anchor`` gives the unknowns at i height, for heights from ``radius`` on.
    """

    program: Program
    radius: float
    anchor: Callable[[float], np.ndarray]
    rows: dict[int, Row] = field(default_factory=dict, compare=False)

    def walk(self, z: Complexes) -> tuple[Walk, np.ndarray]:
        """The branch at points with Im z ≥ 0: the ends of the walks, and which points arrived."""
        start = self.above(z).towards(z)
        # below the lowest perches rounding hides the way
        lost = (start.z.imag < 2 * RELATIVE * np.abs(z.real)) & (z.imag < start.z.imag)
        end, arrived = start.keep(~lost).finish(self.program)
        reached = ~lost
        reached[~lost] = arrived
        return start.updated(np.flatnonzero(~lost), end), reached

    def above(self, z: Complexes) -> Walk:
        """For every point the first perch that is low, or as low as the point, or the last."""
        nothing = np.empty((self.program.inputs, 0), dtype=complex)
        parts = [Walk.begin(self.program, nothing, z[:0], z[:0])]
        places = [np.arange(0)]
        lowest = np.maximum(np.maximum(RELATIVE * np.abs(z.real), LOWEST), z.imag)
        top = top_level(self.radius, np.maximum(np.abs(z.real), z.imag))
        waiting, level = np.arange(len(z)), int(top.max(initial=0))
        while len(waiting):
            size = 2.0**level
            now = top[waiting] >= level
            here = waiting[now]
            if len(here):
                row, columns = self._row(level, np.floor(z.real[here] / size))
                ended = (row.low | row.lost)[columns] | (size / 2 < lowest[here])
                parts.append(row.perches.keep(columns[ended]))
                places.append(here[ended])
                waiting = np.concatenate([waiting[~now], here[~ended]])
            level -= 1
        return Walk.joined(parts).keep(np.argsort(np.concatenate(places)))

    def tiles(self, low: float, high: float, finest: float, relative: float = 0.0) -> Tiles:
        """Squares that cover an interval, halved where the axis is not one step away.

        They are no smaller than ``finest``, or ``relative`` times their distance from 0.
        """
        level = int(top_level(self.radius, max(abs(low), abs(high))))
        squares, bounds, perches, flags = np.array([-1.0, 0.0]), [], [], []
        while len(squares):
            size = 2.0**level
            row, columns = self._row(level, squares)
            least = np.maximum(finest, relative * np.abs(squares * size))
            ended = (row.lost | row.low)[columns] | (size <= least)
            left = squares[ended] * size
            bounds.append(np.stack([left, left + size], axis=1))
            perches.append(row.perches.keep(columns[ended]))
            flags.append(~row.low[columns[ended]])
            squares = squares[~ended]
            squares = np.sort(np.concatenate([2 * squares, 2 * squares + 1]))
            inside = ((squares + 1) * size / 2 > low) & (squares * size / 2 < high)
            squares, level = squares[inside], level - 1
        found = np.concatenate(bounds)
        order = np.argsort(found[:, 0])
        joined = Walk.joined(perches).keep(order)
        return Tiles(found[order], joined, np.concatenate(flags)[order])

    def _row(self, level: int, squares: np.ndarray) -> tuple[Row, np.ndarray]:
        """The squares of a level with all that are asked for, and the columns of those."""
        row = self.rows.get(level)
        known = np.empty(0) if row is None else row.squares
        missing = np.sort(squares[~_among(squares, known)])
        if row is None or len(missing):
            new = self._made(level, missing[np.diff(missing, prepend=-np.inf) > 0])
            row = self.rows[level] = new if row is None else row.joined(new)
        return row, np.searchsorted(row.squares, squares)

    def _made(self, level: int, squares: np.ndarray) -> Row:
        """New squares of a level; those above them are there."""
        size = 2.0**level
        target = ((squares + 0.5 + 1j) * size).astype(complex, copy=False)
        first = _among(squares, np.array([-1.0, 0.0])) & (level >= top_level(self.radius, 0.0))
        starts = []
        if first.any():
            height = np.full(first.sum(), 2j * size)
            unknowns = np.repeat(self.anchor(2 * size)[:, None], len(height), axis=1)
            starts.append(Walk.begin(self.program, unknowns, height, height))
        if not first.all():
            upper = self.rows[level + 1]
            columns = np.searchsorted(upper.squares, np.floor(squares[~first] / 2))
            starts.append(upper.perches.keep(columns))
        order = np.argsort(np.concatenate([np.flatnonzero(first), np.flatnonzero(~first)]))
        start = Walk.joined(starts).keep(order)
        perches, arrived = start.towards(target).finish(self.program, HOPS)
        # seen alike in all rows: far above the spectrum it must grow from row to row
        seen = perches.curvature_since(start)
        perches = replace(perches, curvature=seen, earlier=start.curvature)
        low = (size * perches.curvature <= LOW) & perches.settled
        return Row(squares, perches, arrived & low, ~arrived)

    def low(self, x: float) -> tuple[tuple[int, float], Walk] | None:
        """The level and square over x from whose perch the axis is one step away, and the perch."""
        perch = self.above(np.array([complex(x)]))
        size = float(perch.z.imag[0])
        level = round(np.log2(size)) if size else 0
        row = self.rows.get(level)
        if row is None or 2.0**level != size:
            return None
        square = np.floor(x / size)
        return ((level, float(square)), perch) if row.low[row.squares == square].any() else None
