"""Edges of mixtures, of images under maps and of Boolean sums, from the edges of their parts.

The density of Σ pᵢ μᵢ is Σ pᵢ ρᵢ, that of f(X) is ρ(x)/|f'(x)| summed over the preimages x: where
their edges lie and how the densities go there needs no equation of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import Any

import sympy as sp

from freeprob.exact.operations.additive import Compression, FreePower, FreeSum
from freeprob.exact.operations.boolean_monotone import BooleanSum, MonotoneSum
from freeprob.exact.operations.maps import EvenSquare, MobiusMap
from freeprob.exact.operations.mixtures import Mixture
from freeprob.exact.operations.rational_maps import RationalMap
from freeprob.exact.systems.operation import Operation
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.outlines.map_outlines import beside_images, image_outline
from freeprob.geometry.outlines.map_places import IDENTITY, Image, Map
from freeprob.geometry.outlines.shares import Beside, Outline, Part, Share, composed, joined, rank

Rule = Callable[[Operation, Sequence[Outline]], Outline | None]


@singledispatch
def outline(operation: Operation, parts: Sequence[Outline]) -> Outline | None:
    """Where the density of the operation's law is not analytic; None where no rule is known."""
    return None


def has_outline(operation: Operation) -> bool:
    """Whether a rule is known, so that the parts are worth looking at."""
    return outline.dispatch(type(operation)) is not outline.dispatch(object)


@outline.register
def _(operation: Mixture, parts: Sequence[Outline]) -> Outline:
    return _union(parts)


def _union(parts: Sequence[Outline]) -> Outline:
    """Places of all parts; a density between them where one part has one."""
    places = joined(place for part in parts for place in part.places)
    natures = [
        any(part.natures[rank(part.places, places[:i])] for part in parts)
        for i in range(len(places) + 1)
    ]
    return Outline(tuple(places), tuple(natures))


@outline.register(MobiusMap)
@outline.register(EvenSquare)
@outline.register(RationalMap)
def _(operation: Map, parts: Sequence[Outline]) -> Outline | None:
    return image_outline(operation, parts[0])


@outline.register
def _(operation: BooleanSum, parts: Sequence[Outline]) -> Outline:
    """Im F is the sum of those of the parts: the density is positive where one of them is."""
    return _union([_moved(part) for part in parts])


@outline.register
def _(operation: MonotoneSum, parts: Sequence[Outline]) -> Outline | None:
    """G = G₁(F₂): where F₂ is not real it is in the upper half plane, and elsewhere G₁ decides."""
    first, second = parts
    # edges of the first law have preimages in gaps of the second, which are not looked for here
    return None if first.places or any(first.natures) else _moved(second)


def maps_gaps(operation: Operation) -> bool:
    """Whether subordination functions map gaps into gaps of the parts.

    Those of free sums, of powers from 1 on and of corners do (Belinschi-Bercovici 2004, 2007).
    """
    power = isinstance(operation, FreePower) and (operation.exponent >= 1) == sp.true
    return power or isinstance(operation, FreeSum | Compression)


def filled(operation: Operation, parts: Sequence[Outline]) -> Outline | None:
    """The outline of an operation that maps gaps, where a part has none; else None."""
    whole = Outline((), (True,))
    return whole if whole in parts else None


def composes(operation: Operation) -> bool:
    """Whether the density of the operation's law is a sum of densities of the parts."""
    return isinstance(operation, Mixture | Map)


def _moved(part: Outline) -> Outline:
    """The same places, of another law: what is known of them there belongs to the part."""
    return Outline(
        tuple(
            place if isinstance(place, RealAlgebraic) else Image(IDENTITY, place)
            for place in part.places
        ),
        part.natures,
    )


def beside(operation: Operation, places: Sequence[Any], parts: Sequence[Part]) -> list[Beside]:
    """How the density goes on both sides of each place of :func:`outline`."""
    if isinstance(operation, Mixture):
        return [_averaged(operation, place, parts) for place in places]
    assert isinstance(operation, Map), "all others compose no densities"
    return beside_images(operation, places, parts[0])


def _averaged(operation: Mixture, place: Any, parts: Sequence[Part]) -> Beside:
    """The leading terms of a sum of densities."""
    here = [part.beside(place) for part in parts]
    shares = {
        side: [
            Share(known[side], weight)
            for weight, known in zip(operation.weights, here, strict=True)
            if side in known
        ]
        for side in (False, True)
    }
    return {side: composed(side, found) for side, found in shares.items() if found}
