"""Edges of the law of f(X), f rational: images of the law's edges, and of critical points of f.

The real line falls into arcs between places of the law, critical points and poles. Each arc that
carries density is mapped to an interval, one to one; the density of f(X) is that of all arcs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.exact.operations.maps import EvenSquare
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.outlines.map_places import (
    Function,
    Image,
    LocalStretch,
    Map,
    Preimage,
    function_of,
    related,
    roots_of,
    value_at,
)
from freeprob.geometry.outlines.shares import (
    Beside,
    Outline,
    Part,
    Share,
    compare,
    composed,
    joined,
    rank,
)
from freeprob.geometry.signs.sides import RealNumber

_ZERO = RealAlgebraic((0, 1), 0)
_SIGN = 512  # bits to which the slope inside an arc is told from 0


class Break(NamedTuple):
    """A place between arcs: with the order of f there, which is negative at poles."""

    place: RealNumber
    order: int


class Arc(NamedTuple):
    """An interval on which f is one to one and the law has a density; None are infinite ends."""

    ends: tuple[Break | None, Break | None]
    rising: bool
    low: Any
    high: Any

    def covers(self, low: Any, high: Any) -> bool:
        """Whether the image contains an interval between neighbouring places."""
        return _is_below(self.low, low) and _is_above(self.high, high)


def _is_below(end: Any, place: Any) -> bool:
    return end is None or (place is not None and compare(end, place) <= 0)


def _is_above(end: Any, place: Any) -> bool:
    return end is None or (place is not None and compare(end, place) >= 0)


def image_outline(operation: Map, part: Outline) -> Outline | None:
    """The outline of f(X); None where f is finite at infinity, and so far out the law has mass."""
    arcs = _arcs(operation, part)
    if arcs is None:
        return None
    places = joined(end for arc in arcs for end in (arc.low, arc.high) if end is not None)
    bounds = [None, *places, None]
    natures = tuple(any(arc.covers(low, high) for arc in arcs) for low, high in pairwise(bounds))
    return Outline(tuple(places), natures)


def beside_images(operation: Map, places: Sequence[Any], part: Part) -> list[Beside]:
    """How the density of f(X) goes on both sides of each place of its outline."""
    arcs = _arcs(operation, part.outline)
    assert arcs is not None, "what has no outline has no places"
    return [_beside(operation, place, arcs, part) for place in places]


def _beside(operation: Map, place: Any, arcs: Sequence[Arc], part: Part) -> Beside:
    """The leading terms at one place: of arcs that end there, and of others that pass it."""
    function = function_of(operation)
    weight = sp.Integer(2) if isinstance(operation, EvenSquare) else sp.S.One
    shares: dict[bool, list[Share]] = {False: [], True: []}
    passing = []
    for arc in arcs:
        for upper, end in enumerate((arc.low, arc.high)):
            if end is None or compare(end, place) != 0:
                continue
            right = bool(upper) != arc.rising  # the arc is on the right of its left end
            here = arc.ends[0 if right else 1]
            assert here is not None, "an infinite end has no finite image"
            stretch = LocalStretch(function, here.place, here.order)
            shares[not upper].append(Share(part.beside(here.place)[right], weight, stretch))
        if _is_inside(arc, place):
            passing.append(arc)
    for side, found in shares.items():
        if passing and not any(share.exponent < 0 for share in found):
            found += [_level(function, place, arc, part, side, weight) for arc in passing]
    return {side: composed(side, found) for side, found in shares.items() if found}


def _is_inside(arc: Arc, place: Any) -> bool:
    """Whether a place is no end of an arc's image, and inside."""
    return (arc.low is None or compare(arc.low, place) < 0) and (
        arc.high is None or compare(arc.high, place) > 0
    )


def _level(
    function: Function, place: Any, arc: Arc, part: Part, side: bool, weight: sp.Expr
) -> Share:
    """The share of an arc that passes a place."""
    here = _preimage(function, place, arc)
    return Share(part.beside(here)[side == arc.rising], weight, LocalStretch(function, here, 1))


def _arcs(operation: Map, part: Outline) -> list[Arc] | None:
    """All arcs with a density, from left to right."""
    function = function_of(operation)
    breaks = _breaks(function, part)
    arcs = []
    for low, high in zip([None, *breaks], [*breaks, None], strict=True):
        if isinstance(operation, EvenSquare) and (low is None or compare(low.place, _ZERO) < 0):
            continue  # of a symmetric law the positive half counts twice
        if not part.natures[rank(part.places, [low.place] if low else [])]:
            continue
        if (low is None or high is None) and len(function.top) <= len(function.bottom):
            return None
        inside = _between(low, high)
        with ctx.workprec(_SIGN):
            slope = value_at(function.slope, arb(inside), _SIGN)
        rising = bool(slope > 0)
        images = [_image(function, end) for end in (low, high)]
        arcs.append(Arc((low, high), rising, *(images if rising else images[::-1])))
    return arcs


def _breaks(function: Function, part: Outline) -> list[Break]:
    """Places of the part, real critical points and poles, from left to right."""
    critical = roots_of(function.slope)
    poles = roots_of(function.bottom)
    places = joined([*part.places, *(root for root, _ in (*critical, *poles))])

    def order(place: RealNumber) -> int:
        for root, power in poles:
            if compare(root, place) == 0:
                return -power
        return next((power + 1 for root, power in critical if compare(root, place) == 0), 1)

    return [Break(place, order(place)) for place in places]


def _between(low: Break | None, high: Break | None) -> fmpq:
    """A rational number between two places."""
    if low is None or high is None:
        end = low or high
        if end is None:
            return fmpq(0)
        reach = 1 + abs(end.place.ball(64).mid().fmpq())
        return end.place.ball(64).mid().fmpq() + (reach if high is None else -reach)
    bits = 64
    while True:  # ends: the places are different
        left, right = low.place.ball(bits), high.place.ball(bits)
        if left < right:
            return (left.mid().fmpq() + right.mid().fmpq()) / 2
        bits *= 2


def _image(function: Function, end: Break | None) -> Any:
    """Where an end of an arc goes; None to infinity. Exact algebraic where it can be."""
    if end is None or end.order < 0:
        return None
    moved = Image(function, end.place)
    if not (isinstance(end.place, RealAlgebraic) and function.is_rational):
        return moved
    return related(function, end.place, moved, of_image=False)


def _preimage(function: Function, place: RealNumber, arc: Arc) -> RealNumber:
    """The place of an arc with a given image."""
    # ends by which the place is passed: an infinite one is approached until it is
    low, high = _reached(function, place, arc)
    found = Preimage(function, place, low, high)
    if not (isinstance(place, RealAlgebraic) and function.is_rational):
        return found
    return related(function, place, found, of_image=True)


def _reached(function: Function, place: RealNumber, arc: Arc) -> tuple[fmpq, fmpq]:
    """Rational numbers on an arc between whose images a place lies."""
    middle = _between(*arc.ends)
    ends = []
    for end, sign in zip(arc.ends, (-1, 1), strict=True):
        step = fmpq(1, 2)
        while True:  # ends: images come as near to that of the end as is asked
            if end is None:
                x = middle + sign / step
            else:
                bits = 64 + 2 * int(step.q).bit_length()
                with ctx.workprec(bits):
                    near = end.place.ball(bits).mid().fmpq()
                x = near + (middle - near) * step
            with ctx.workprec(_SIGN):
                gap = function.ball(arb(x), _SIGN) - place.ball(_SIGN)
            if (gap > 0) if (sign > 0) == arc.rising else (gap < 0):
                break
            step /= 2
        ends.append(x)
    return ends[0], ends[1]
