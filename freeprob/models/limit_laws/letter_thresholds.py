"""Which eigenvalues of a letter make an outlier in which gap of the whole matrix.

t⁻¹ - A rises along a gap, so as many outliers lie in it as eigenvalues are negative at its left end
and no more at its right one. These numbers change where t⁻¹ - A is singular at an end: where
1/(θ - λ₀) is an eigenvalue of c A there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, acb_mat, arb, ctx

from freeprob.errors import CertificationError
from freeprob.exact.systems.system import flatten
from freeprob.laws.subordination.gap_places import Ends
from freeprob.laws.subordination.thresholds import Threshold
from freeprob.models.limit_laws.letter_blocks import LetterBlock, Piece
from freeprob.numeric.branch.functions import at_edge
from freeprob.numeric.branch.gap_roots import Rise
from freeprob.numeric.precision import FLOAT_DIGITS, rounded
from freeprob.numeric.programs.lowering import read_place

_STEP = 1.05
"""A ratio of neighbours on the grid, of four to a decade: powers of the distance change by more."""

_REAL = 1e-6  # relative imaginary part of an eigenvalue that is real but for rounding

_APART = 4.0
"""How many times farther than itself the next threshold must be from what float64 says of one."""


def thresholds_of(block: LetterBlock, pieces: Sequence[Piece], dps: int | None) -> list[Threshold]:
    """The spikes that make an outlier in each gap, one entry for each outlier."""
    found = []
    for ends, rise in pieces:
        limits = [_limits(block, ends, rise, end, dps) for end in (0, -1)]
        base = float(block.seen.base)
        values = sorted([-np.inf, base, base, np.inf, *limits[0], *limits[1]], key=float)
        # the empty interval at λ₀, which is no spike, parts those beside it
        counts = [
            _count(block, rise, _between(*pair)) if pair[0] < pair[1] else 0
            for pair in pairwise(values)
        ]
        gap = rise.piece.left[0], rise.piece.right[0]
        found += [Threshold(*gap, *ends) for ends in _layers(values, counts)]
    return found


def _layers(values: Sequence[Any], counts: Sequence[int]) -> list[tuple[Any, Any]]:
    """The longest intervals with at least one outlier, with at least two, and so on."""
    found = []
    for least in range(1, max(counts, default=0) + 1):
        enough = [False, *(count >= least for count in counts), False]
        starts = [
            value for value, pair in zip(values, pairwise(enough), strict=True) if pair[1] > pair[0]
        ]
        ends = [
            value for value, pair in zip(values, pairwise(enough), strict=True) if pair[0] > pair[1]
        ]
        found += zip(starts, ends, strict=True)
    return found


def _between(low: Any, high: Any) -> float:
    low, high = float(low), float(high)
    if np.isinf(low) and np.isinf(high):
        return 1.0
    if np.isinf(low):
        return high - 1 - abs(high)
    return low + 1 + abs(low) if np.isinf(high) else (low + high) / 2


def _count(block: LetterBlock, rise: Rise, value: float) -> int:
    """How many outliers the eigenvalue makes."""
    heights = block.heights([v[[0, -1]] for v in rise.values], value)
    first, last = (int(np.sum(row < 0)) for row in heights)
    return first - last


def _limits(block: LetterBlock, ends: Ends, rise: Rise, end: int, dps: int | None) -> list[Any]:
    """λ₀ + 1/μ for the real eigenvalues μ of c A at an end; λ₀ where A is infinite."""
    base = float(block.seen.base)
    inner = 1 if end == 0 else -2
    near, next_to = (block.products([v[[k]] for v in rise.values])[0] for k in (end, inner))
    side = rise.gap[end][0]
    if np.isfinite(side):
        ratio = np.sqrt(abs(rise.x[end] - side) / abs(rise.x[inner] - side))
        limit = near - (next_to - near) * ratio / (1 - ratio)
    else:
        ratio = rise.x[end] / rise.x[inner]
        limit = (ratio * near - next_to) / (ratio - 1)
    values = []
    for mine, other, exact in zip(*map(_sorted, (near, next_to, limit)), strict=True):
        if abs(mine) > _STEP * abs(other):
            values.append(base)
        elif abs(mine) * _STEP > abs(other) and abs(exact.imag) <= _REAL * abs(exact):
            values.append(base + 1 / exact.real)
    if np.isfinite(side):
        values = [_digits(block, rise, end, value, dps) for value in values]
    return values


def _sorted(matrix: np.ndarray) -> np.ndarray:
    """Eigenvalues in an order that keeps their places at near points."""
    values = np.linalg.eigvals(matrix)
    return values[np.lexsort((values.imag.round(9), values.real))]


def _digits(block: LetterBlock, rise: Rise, end: int, near: float, dps: int | None) -> Any:
    """A threshold to all digits at a simple edge with a real A, as it is in float64 elsewhere."""
    curve, u, side = flatten(block.seen.system), rise.u[:, end], rise.gap[end][0]
    entries = list(block.response)
    simple = not any(entry.has(sp.I) for entry in (*entries, *block.inverse))
    if not simple or any(at_edge(curve, entry, u, side, 0) is None for entry in entries):
        return near
    size = len(block.rows)

    def ball(bits: int) -> arb:
        with ctx.workprec(2 * bits + 64):
            found = (at_edge(curve, entry, u, side, bits) for entry in entries)
            values = [value for value in found if value is not None]
            if len(values) < len(entries):
                if near == float(block.seen.base):
                    # at a pole of A, of which few bits only may give a finite ball
                    return read_place(block.seen.base)().real
                raise CertificationError(f"a threshold near {near} is known in float64 only")
            inverse = acb_mat(size, size, [read_place(v)() for v in block.inverse])
            A = acb_mat(size, size, [acb(value) for value in values])
            base = read_place(block.seen.base)().real
            roots = [base + 1 / mu.real for mu in inverse.solve(A).eig(nonstop=True)]
            first, *others = sorted(roots, key=lambda root: abs(float(root.mid()) - near))
            least = abs(float(first.mid()) - near)
            if others and abs(float(others[0].mid()) - near) <= _APART * least:
                raise CertificationError(f"a threshold near {near} is not told from another one")
            return first

    found = rounded(ball, dps or FLOAT_DIGITS)
    return float(found) if dps is None else found
