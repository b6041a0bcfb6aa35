"""Edges of mixtures and of images under maps, from the edges of their parts.

The density of Σ pᵢ μᵢ is Σ pᵢ ρᵢ, that of f(X) is ρ(x)/|f'(x)| summed over the preimages x: where
their edges lie and how the densities go there needs no equation of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from freeprob.exact.operations.maps import EvenSquare, MobiusMap
from freeprob.exact.operations.mixtures import Mixture
from freeprob.exact.operations.rational_maps import RationalMap
from freeprob.exact.systems.operation import Operation
from freeprob.geometry.spectrum.map_outlines import beside_images, image_outline
from freeprob.geometry.spectrum.map_places import Map
from freeprob.geometry.spectrum.shares import Beside, Outline, Part, Share, composed, joined, rank


@singledispatch
def outline(operation: Operation, parts: Sequence[Outline]) -> Outline | None:
    """Where the density of the operation's law is not analytic; None where no rule is known."""
    return None


def has_outline(operation: Operation) -> bool:
    """Whether a rule is known, so that the parts are worth looking at."""
    return outline.dispatch(type(operation)) is not outline.dispatch(object)


@outline.register
def _(operation: Mixture, parts: Sequence[Outline]) -> Outline:
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


def beside(operation: Operation, places: Sequence[Any], parts: Sequence[Part]) -> list[Beside]:
    """How the density goes on both sides of each place of :func:`outline`."""
    if isinstance(operation, Mixture):
        return [_averaged(operation, place, parts) for place in places]
    assert isinstance(operation, Map), "all other operations have no outline"
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
