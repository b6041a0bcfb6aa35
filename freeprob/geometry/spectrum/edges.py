"""Edges of the spectrum: location, exponent and constant of the density."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, final

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import BudgetExceededError, CertificationError, NotAlgebraicError
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.systems.system import Node, System
from freeprob.geometry.signs.rounding import rounded
from freeprob.geometry.signs.sides import Location
from freeprob.geometry.spectrum.matching import Arrival, arrive
from freeprob.geometry.spectrum.outlines import (
    Analytic,
    Behaviour,
    Beside,
    beside,
    compare,
    has_digits_only,
)
from freeprob.geometry.spectrum.support import (
    Boundary,
    composed_outline,
    exact_place,
    outline_of,
    support,
)


class LocalBehaviour(NamedTuple):
    """How the density goes on one side of a boundary."""

    boundary: Boundary
    density: Behaviour


@final
@dataclass(frozen=True)
class Arrived:
    """ρ(x) ~ C |x - e|^exponent, from the singular term of the physical branch."""

    right: bool
    arrival: Arrival

    @property
    def exponent(self) -> fmpq:
        """The exponent of |x - e| in the leading term: 0 where the density stays positive."""
        return fmpq(0) if self.has_density else self.arrival.term.exponent

    @property
    def has_density(self) -> bool:
        """Whether the density tends to a positive number, so that this is no edge."""
        return self.arrival.term.has_density

    @property
    def root(self) -> int:
        """The density is analytic in |x - e|^(1/root)."""
        return self.arrival.term.p

    @property
    def angle(self) -> fmpq:
        """C = size · |sin(π angle)|/π."""
        return self.arrival.term.angle(self.arrival.turn, self.right)

    def exact_constant(self) -> sp.Expr:
        """C in radicals and sines of an exact real algebraic number."""
        term = self.arrival.term
        size = sp.root(term.exact_power().expression(), term.p)
        return sp.Abs(sp.sin(sp.pi * to_rational(self.angle))) * size / sp.pi

    def constant(self, bits: int) -> arb:
        """Digits of C."""
        with ctx.workprec(bits + 32):
            return self.arrival.term.size(bits) * abs(arb.sin_pi_fmpq(self.angle)) / arb.pi()


@final
@dataclass(frozen=True)
class Edge:
    """A point where the density starts, ends or has a cusp: ρ(x) ~ constant · |x - e|^exponent.

    Parameters
    ----------
    location
        e, an exact real algebraic number, or its digits.
    exponent
        1/2 at a regular edge, 1/3 at a cusp, -1/2 or -s/(s + 1) at a hard edge.
    constant
        The constant C, exact or digits.
    side
        Where the density is: "left" or "right" of e.
    """

    location: sp.Expr | Any
    exponent: sp.Rational
    constant: sp.Expr | Any
    side: str


def edges(system: System, dps: int | None = None) -> list[Edge]:
    """Edges from left to right; exact, or with ``dps`` right digits.

    A cusp inside a cut has two entries, one for each side.
    """
    return [
        _edge(system, boundary.location, density, dps)
        for boundary, density in local_behaviours(system)
        if not density.has_density
    ]


def _edge(system: System, location: Location, density: Behaviour, dps: int | None) -> Edge:
    exponent = to_rational(density.exponent)
    side = "right" if density.right else "left"
    if dps is None:
        return Edge(exact_place(system, location), exponent, density.exact_constant(), side)
    return Edge(rounded(location.ball, dps), exponent, rounded(density.constant, dps), side)


@lru_cache(maxsize=256)
def local_behaviours(system: System) -> tuple[LocalBehaviour, ...]:
    """The density next to each boundary of the support, from left to right."""
    composed = _composed(system)
    if composed is None:
        return _followed(system)
    if not any(has_digits_only(density) for _, density in composed):
        return composed
    try:
        return _followed(system)
    except (BudgetExceededError, CertificationError, NotAlgebraicError):
        return composed


def _followed(system: System) -> tuple[LocalBehaviour, ...]:
    """From the expansions of the physical branch."""
    found = []
    for boundary in support(system).boundaries:
        arrival = arrive(system, boundary.location, boundary.spacing)
        for right, positive in ((False, boundary.left), (True, boundary.right)):
            if positive:
                found.append(LocalBehaviour(boundary, Arrived(right, arrival)))
    return tuple(found)


def _composed(system: System) -> tuple[LocalBehaviour, ...] | None:
    """From the parts of a mixture or of an image; None for other operations."""
    found = composed_outline(system)
    if found is None:
        return None
    assert isinstance(system, Node)
    parts = []
    for part in system.parts:
        old = outline_of(part)
        known: list[Beside] = [{} for _ in old.places]
        for boundary, density in local_behaviours(part):
            known[old.places.index(boundary.location)][density.right] = density
        parts.append((old, known))
    middle = Analytic(system.parts[0])
    sides = beside(system.operation, found.places, parts, middle)
    known = list(zip(found.places, sides, strict=True))
    return tuple(
        LocalBehaviour(boundary, density)
        for boundary in support(system).boundaries
        for place, densities in known
        if compare(place, boundary.location) == 0
        for density in densities.values()
    )
