"""Which spikes make an outlier in which gap: what ω tends to at the ends of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from flint import arb, ctx

from freeprob.exact.systems.system import flatten
from freeprob.laws.description.described import Described
from freeprob.laws.subordination.gap_places import Ends, reach_of
from freeprob.laws.subordination.subordination import Standing
from freeprob.numeric.branch.functions import at_edge
from freeprob.numeric.branch.gap_roots import Rise
from freeprob.numeric.precision import FLOAT_DIGITS, rounded

_PLACES = 9  # polynomials of higher order gain no digits of float64


class Threshold(NamedTuple):
    """Spikes between ``low`` and ``high`` make an outlier in the gap ``(left, right)``.

    A gap is cut where ω has a pole. The limits have the digits asked for at square-root edges, and
    those of float64 at others.
    """

    left: float
    right: float
    low: Any
    high: Any


def thresholds_of(
    law: Described,
    pieces: Sequence[tuple[Ends, Rise]],
    place: Standing,
    kind: str | None,
    dps: int | None,
) -> list[Threshold]:
    """The spikes that make an outlier in each piece of each gap."""
    found = []
    for ends, rise in pieces:
        left, right = rise.piece.left[0], rise.piece.right[0]
        low, high = sorted(_limit(law, ends, rise, place, end, kind, dps) for end in (0, -1))
        if place.squared:
            # singular values: the positive places stand for both signs
            if right <= 0:
                continue
            low = 0.0 if left < 0 else low
            left = max(left, 0.0)
            low, high = sorted((abs(low), abs(high)))
        if place.of_squares:
            left, right = left**0.5, right**0.5
        low = max(low, 0.0) if place.by_place else low
        if low < high:
            found.append(Threshold(left, right, low, high))
    return found


def _limit(
    law: Described,
    ends: Ends,
    rise: Rise,
    place: Standing,
    end: int,
    kind: str | None,
    dps: int | None,
) -> Any:
    """What ω tends to at an end of a piece: exactly at a simple edge, ±∞ at ∞ and at a pole."""
    side, piece = rise.gap[end][0], rise.piece[end][0]
    values = place.omega(rise.values)
    value = float(values[end])
    if place.squared and value == 0:
        return 0.0
    if not np.isfinite(side):
        return _far(law, place, side)
    if side != piece:
        return float(np.copysign(np.inf, value))
    if kind is not None and ends.infinite[end] and not (place.squared and side == 0):
        return _at_infinite(law, side, kind)
    found = _at_simple_edge(place, rise, end, value, dps)
    if found is not None:
        return found
    ordered = slice(None, None, 1 if end == 0 else -1)
    distances = np.abs((rise.x[ordered] - side) - rise.gap[end][1])
    left, right = rise.gap.left[0], rise.gap.right[0]
    size = min((right - left) / 2, reach_of(law, []).size)
    return _extrapolated((distances / size) ** (1 / ends.roots[end]), values[ordered])


def _extrapolated(t: np.ndarray, values: np.ndarray) -> float:
    """The value at t = 0 of an analytic function, t the share of a distance or a root of it.

    By polynomials through places that double, from the first place and of the order that leave the
    least error: the move from the order before and rounding, which a branch point divides by t.
    That is an absolute error, so that a value below it is 0.
    """
    chosen, last = [], 0.0
    for i in np.flatnonzero(t <= max(1, t[0])):
        if t[i] >= 2 * last:
            chosen, last = [*chosen, i], t[i]
    best, error = float(values[0]), np.inf
    least = np.finfo(float).eps * np.max(np.abs(values[chosen]))
    for first in range(len(chosen)):
        places, column = t[chosen[first:]][:_PLACES], values[chosen[first:]][:_PLACES]
        rounding = np.finfo(float).eps * np.max(np.abs(column)) / places[0]
        for order in range(1, len(places)):
            near, far = places[:-order], places[order:]
            before, column = column[0], (far * column[:-1] - near * column[1:]) / (far - near)
            left = abs(column[0] - before) + max(rounding, least)
            if left < error:
                best, error = float(column[0]), left
    return 0.0 if abs(best) <= error else best


def _at_simple_edge(
    place: Standing, rise: Rise, end: int, value: float, dps: int | None
) -> Any | None:
    """ω at the end of a gap to all digits, where that is a square-root edge."""
    curve, near, side = flatten(place.system), rise.u[:, end], rise.gap[end][0]
    if at_edge(curve, place.argument, near, side, 0) is None:
        return None

    def ball(bits: int) -> arb:
        exact = at_edge(curve, place.argument, near, side, bits)
        assert exact is not None
        with ctx.workprec(bits + 16):
            exact = exact.mid() + arb(0, abs(exact) * arb(2) ** -bits)
            if place.squared:
                exact = abs(exact).sqrt() * int(np.sign(value))
        return exact

    found = rounded(ball, dps or FLOAT_DIGITS)
    return float(found) if dps is None else found


def _far(law: Described, place: Standing, side: float) -> float:
    """ω ~ z at infinity, up to a positive factor; z divided by a mean of any sign, or z²."""
    if place.turned:
        return -side
    if not place.by_place:
        return side
    (mean,) = law.moments(1)
    return np.inf if mean == 0 else side * float(sp.sign(mean))


def _at_infinite(law: Described, side: float, kind: str) -> float:
    """ω where G is infinite, without a part: 1/G = 0, and zG/(zG - 1) is 1 but at 0."""
    if kind != "multiplicative":
        return 0.0
    if side != 0:
        return 1.0
    mass = float(law.atoms().get(sp.S.Zero, 0))
    return mass / (mass - 1) + 0.0 if mass < 1 else -np.inf


def reason_for(spikes: Sequence[Any], thresholds: Sequence[Threshold]) -> str:
    """Why nothing was found."""
    if not spikes:
        return "there are no spikes"
    ranges = " or ".join(
        f"({float(t.low):.10g}, {float(t.high):.10g})" for t in thresholds if t.low < t.high
    )
    listed = ", ".join(map(str, spikes))
    return (
        f"a spike makes an outlier if it lies in {ranges or 'no interval'}, "
        f"and {listed} {'does' if len(spikes) == 1 else 'do'} not"
    )
