"""Edges of the spectrum: location, exponent and constant of the density."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.exact.door import to_rational
from freeprob.exact.system import System
from freeprob.geometry.matching import Arrival, arrive
from freeprob.geometry.rounding import rounded
from freeprob.geometry.support import Boundary, support


@final
@dataclass(frozen=True)
class LocalBehaviour:
    """ρ(x) ~ C |x - e|^exponent on one side of a boundary."""

    boundary: Boundary
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
        _edge(behaviour, dps) for behaviour in local_behaviours(system) if not behaviour.has_density
    ]


def _edge(behaviour: LocalBehaviour, dps: int | None) -> Edge:
    location = behaviour.boundary.location
    exponent = to_rational(behaviour.exponent)
    side = "right" if behaviour.right else "left"
    if dps is None:
        return Edge(location.expression(), exponent, behaviour.exact_constant(), side)
    return Edge(rounded(location.ball, dps), exponent, rounded(behaviour.constant, dps), side)


@lru_cache(maxsize=256)
def local_behaviours(system: System) -> tuple[LocalBehaviour, ...]:
    """The density next to each boundary of the support, from left to right."""
    found = []
    for boundary in support(system).boundaries:
        arrival = arrive(system, boundary.location, boundary.spacing)
        for right, positive in ((False, boundary.left), (True, boundary.right)):
            if positive:
                found.append(LocalBehaviour(boundary, right, arrival))
    return tuple(found)
