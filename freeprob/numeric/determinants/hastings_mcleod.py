"""The Hastings-McLeod solution of Painlevé II and its integrals, as one table of Taylor series.

q'' = s q + 2 q³ with q ~ Ai at +∞. With w(s) = ∫_s^∞ q and U(s) = ∫_s^∞ (x - s) q(x)² dx, the
operators V_s with kernel Ai((x + y)/2)/2 on (s, ∞) have log det(1 ∓ V_s) = -(U ± w)/2
(C. A. Tracy and H. Widom, Comm. Math. Phys. 159 (1994) and 177 (1996)). Steps to the left are
stable for s > 0; for s < 0 errors grow like exp(2√2/3 |s|^(3/2)), which the guard bits hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import arb, ctx

from freeprob.numeric.precision import fresh_context

# the table's ends: left of it the laws are below the least float, right of it survival is
LEFT, RIGHT = -27.0, 110.0
STEP = 0.25  # width of a cell of the tables, of which the Taylor series is taken
_FLOAT_BITS = 60
# bits by which errors grow from 0 to s: 2√2/3 |s|^(3/2) in bits; right of _STABLE they shrink
_GROWTH, _STABLE = 1.37, 4.0
_GUARD = 32
# terms that float64 tables keep: (STEP/2)^26 is far below rounding
_TERMS = 26


@dataclass(frozen=True)
class Cell:
    """Taylor coefficients of q, U and w about one centre."""

    centre: float
    q: tuple[arb, ...]
    potential: tuple[arb, ...]
    integral: tuple[arb, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """Float64 Taylor coefficients of U and w about the cells' centres, right to left."""

    potential: np.ndarray
    integral: np.ndarray

    def at(self, s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """U, U', w, w' at points of [LEFT, RIGHT]."""
        cell = np.clip(np.rint((RIGHT - s) / STEP).astype(int), 0, len(self.potential) - 1)
        away = s - (RIGHT - STEP * cell)
        u, du = _horner(self.potential[cell], away)
        w, dw = _horner(self.integral[cell], away)
        return u, du, w, dw


def _horner(coefficients: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of one polynomial for each point."""
    value, slope = np.zeros_like(h), np.zeros_like(h)
    for column in np.moveaxis(coefficients, -1, 0)[::-1]:
        slope = slope * h + value
        value = value * h + column
    return value, slope


@lru_cache(maxsize=1)
def table() -> Table:
    """The table for float64, computed once in about a second."""
    u, w = [], []
    for cell in cells(LEFT, RIGHT, _FLOAT_BITS):
        u.append([float(c.mid()) for c in cell.potential[:_TERMS]])
        w.append([float(c.mid()) for c in cell.integral[:_TERMS]])
    return Table(np.array(u), np.array(w))


def cells(left: float, right: float, bits: int) -> Iterator[Cell]:
    """Cells from right to left. At ``right`` the solution is Ai up to a relative error Ai(right)².

    ``bits`` are those wanted in U and w; what errors grow by on the left is added here.
    """
    spare = int(_GROWTH * max(0.0, -left) ** 1.5) + _GUARD
    with ctx.workprec(bits + spare):
        state = _start(right, bits + spare)
    for index in range(round((right - left) / STEP) + 1):
        centre = right - STEP * index
        carried = bits + spare if centre < _STABLE else bits + _GUARD
        with ctx.workprec(bits + spare):
            cell = _cell(centre, state, carried)
            state = _next(cell)
        yield cell


def _start(s: float, bits: int) -> tuple[arb, ...]:
    """q, q', U, U', w where q is Ai to all digits carried."""
    x = arb(s)
    ai, slope = x.airy_ai(), x.airy_ai(derivative=1)
    first = x * ai**2 - slope**2
    potential = (2 * x**2 * ai**2 - 2 * x * slope**2 - ai * slope) / 3
    # ∫_s^∞ Ai = Ai(s) ∫_0^∞ exp(-…): the ratio is of order one, and smooth
    context = fresh_context()
    context.prec = bits
    lead = context.airyai(s)
    ratio = context.quad(lambda t: context.airyai(s + t) / lead, [0, 0.5, 2, 8, 32], maxdegree=14)
    value = ai * arb(int(ratio.man)) * arb(2) ** int(ratio.exp)
    return tuple(number.mid() for number in (ai, slope, potential, first, value))


def _cell(centre: float, state: tuple[arb, ...], bits: int) -> Cell:
    """Taylor coefficients until they fall below the bits carried."""
    q, u, w = list(state[:2]), list(state[2:4]), [state[4]]
    squares: list[arb] = []
    least = abs(q[0]) * arb(2) ** -bits
    s, step, k = arb(centre), arb(STEP), 0
    while k < _TERMS or (abs(q[-1]) + abs(q[-2])) * step ** len(q) > least:
        squares.append(sum((q[i] * q[k - i] for i in range(k + 1)), arb(0)))
        cube = sum((q[i] * squares[k - i] for i in range(k + 1)), arb(0))
        shifted = q[k - 1] if k else arb(0)
        q.append((s * q[k] + shifted + 2 * cube) / ((k + 1) * (k + 2)))
        u.append(squares[k] / ((k + 1) * (k + 2)))
        w.append(-q[k] / (k + 1))
        k += 1
    return Cell(centre, tuple(q), tuple(u), tuple(w))


def _next(cell: Cell) -> tuple[arb, ...]:
    """The state at the next centre to the left, as midpoints."""
    h = arb(-STEP)
    pairs = [value_and_slope(series, h) for series in (cell.q, cell.potential, cell.integral)]
    (q, dq), (u, du), (w, _) = pairs
    return tuple(number.mid() for number in (q, dq, u, du, w))


def value_and_slope(coefficients: tuple[arb, ...], h: arb) -> tuple[arb, arb]:
    """A Taylor series and its derivative."""
    value, slope = arb(0), arb(0)
    for coefficient in reversed(coefficients):
        slope = slope * h + value
        value = value * h + coefficient
    return value, slope
