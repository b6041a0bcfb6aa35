"""Edges of the spectrum: location, exponent and constant of the density."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, final

import sympy as sp

from freeprob.errors import BudgetExceededError, CertificationError, NotAlgebraicError
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.operations.maps import EvenSquare
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.system import Node, System
from freeprob.geometry.candidates.local_terms import LocalTerm
from freeprob.geometry.signs.sides import Location
from freeprob.geometry.spectrum.matching import local_terms
from freeprob.geometry.spectrum.outlines import Beside, Part, beside, compare, has_digits_only
from freeprob.geometry.spectrum.support import (
    Boundary,
    composed_outline,
    exact_place,
    outline_of,
    support,
)
from freeprob.numeric.precision import rounded


class LocalBehaviour(NamedTuple):
    """How the density goes on one side of a boundary."""

    boundary: Boundary
    density: LocalTerm


@final
@dataclass(frozen=True)
class Edge:
    """A point where the density is not analytic: ρ(x) ~ constant · |x - e|^exponent.

    Parameters
    ----------
    location
        e, an exact real algebraic number, or its digits.
    exponent
        1/2 at a regular edge, 1/3 at a cusp, -1/2 or -s/(s + 1) at a hard edge, 0 where the
        density tends to a positive number.
    constant
        The constant C, exact or digits.
    side
        Where the density is: "left" or "right" of e.
    """

    location: sp.Expr | Any
    exponent: sp.Rational
    constant: sp.Expr | Any
    side: str


def edges(system: System, dps: int | None = None, budget: int = POINTS_BUDGET) -> list[Edge]:
    """Edges from left to right; exact, or with ``dps`` right digits.

    A place inside a cut has two entries, one for each side: a cusp, or the edge of a part.
    """
    return [
        _edge(system, boundary.location, density, dps)
        for boundary, density in local_behaviours(system, budget)
    ]


def _edge(system: System, location: Location, density: LocalTerm, dps: int | None) -> Edge:
    exponent = to_rational(density.exponent)
    side = "right" if density.right else "left"
    if dps is None:
        return Edge(exact_place(system, location), exponent, density.exact_constant(), side)
    return Edge(rounded(location.ball, dps), exponent, rounded(density.constant, dps), side)


def local_behaviours(system: System, budget: int = POINTS_BUDGET) -> tuple[LocalBehaviour, ...]:
    """The density next to each boundary of the support, from left to right."""
    return _local_behaviours(system, budget)


@lru_cache(maxsize=256)
def _local_behaviours(system: System, budget: int) -> tuple[LocalBehaviour, ...]:
    try:
        composed = _composed(system, budget)
    except CertificationError as error:
        # the whole may show what its parts do not
        try:
            return _followed(system, budget)
        except NotAlgebraicError:
            raise error from None
    if composed is None:
        return _followed(system, budget)
    assert isinstance(system, Node)
    # the whole shows the constant of a square at 0 exactly, where its part has no exact density
    unknown = any(has_digits_only(density) for _, density in composed)
    if not unknown or not isinstance(system.operation, EvenSquare):
        return composed
    try:
        return _followed(system, budget)
    except (BudgetExceededError, CertificationError, NotAlgebraicError):
        return composed


def _followed(system: System, budget: int) -> tuple[LocalBehaviour, ...]:
    """From the expansions of the physical branch."""
    return tuple(
        LocalBehaviour(boundary, term)
        for boundary in support(system, budget).boundaries
        for term in local_terms(system, boundary, budget)
    )


def _composed(system: System, budget: int) -> tuple[LocalBehaviour, ...] | None:
    """From the parts of a mixture or of an image; None for other operations."""
    found = composed_outline(system, budget)
    if found is None:
        return None
    assert isinstance(system, Node)
    parts = []
    for part in system.parts:
        old = outline_of(part, budget)
        known: list[Beside] = [{} for _ in old.places]
        for boundary, density in local_behaviours(part, budget):
            known[old.places.index(boundary.location)][density.right] = density
        parts.append(Part(part, old, known))
    sides = beside(system.operation, found.places, parts)
    known = list(zip(found.places, sides, strict=True))
    return tuple(
        LocalBehaviour(boundary, density)
        for boundary in support(system, budget).boundaries
        for place, densities in known
        if compare(place, boundary.location) == 0
        for density in densities.values()
    )
