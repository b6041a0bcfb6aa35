"""What edges of mixtures and images are made of: places of parts, and shares of densities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from math import lcm
from typing import Any, NamedTuple, Protocol, final

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import CertificationError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.candidates.local_terms import LocalTerm
from freeprob.geometry.outlines.levels import Level
from freeprob.geometry.outlines.observed import Observed
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.sides import RealNumber

_SAME = 1024  # bits to which two places that are not known exactly must agree to be one
_LEVEL_BITS = 64  # to which a density inside a cut is seen not to vanish


class Outline(NamedTuple):
    """Places where a density is not analytic, and whether it is positive between them."""

    places: tuple[Any, ...]
    natures: tuple[bool, ...]


class Stretch(Protocol):
    """What a map does to distances from a place: |f(x) - f(e)| ~ A|x - e|^order."""

    @property
    def order(self) -> int:
        """1 where the map has a slope."""
        ...

    def ball(self, bits: int) -> arb:
        """A as a ball."""
        ...

    def expression(self) -> sp.Expr:
        """A."""
        ...


@final
@dataclass(frozen=True)
class Share:
    """Part of a density next to a place: weight · ρ_part(x) dx/dy, at a preimage for maps."""

    term: LocalTerm
    weight: sp.Expr = sp.S.One
    stretch: Stretch | None = None

    @property
    def order(self) -> int:
        """That of the map."""
        return 1 if self.stretch is None else self.stretch.order

    @property
    def p(self) -> int:
        """The order of the root in which the share is analytic."""
        return self.term.p * self.order

    @property
    def exponent(self) -> fmpq:
        """With |y - f(e)| = A|x - e|^m a power of order s becomes one of order (s + 1)/m - 1."""
        return (self.term.exponent + 1) / self.order - 1

    def constant(self, bits: int) -> arb:
        """Its C, C_part/(m A^((s + 1)/m))."""
        with ctx.workprec(bits + 16):
            value = constant_ball(self.weight)(bits) * self.term.constant(bits)
            if self.stretch is not None:
                value /= self.order * self.stretch.ball(bits) ** arb(self.exponent + 1)
            return value

    def exact_constant(self, meter: Meter) -> sp.Expr:
        """The same exactly."""
        value = self.weight * self.term.exact_constant(meter)
        if self.stretch is None:
            return value
        return value / (self.order * self.stretch.expression() ** to_rational(self.exponent + 1))


@final
@dataclass(frozen=True)
class Composed:
    """The leading part of a density next to a place, on one side."""

    right: bool
    exponent: fmpq
    p: int
    shares: tuple[Share, ...]

    @property
    def has_density(self) -> bool:
        """Whether the density tends to a positive number."""
        return self.exponent == 0

    def constant(self, bits: int) -> arb:
        """C as a ball."""
        with ctx.workprec(bits + 16):
            return sum((share.constant(bits) for share in self.shares), arb(0))

    def exact_constant(self, meter: Meter) -> sp.Expr:
        """C."""
        return sp.Add(*(share.exact_constant(meter) for share in self.shares))


def composed(right: bool, shares: Sequence[Share]) -> Composed:
    """The leading terms of a sum of densities."""
    least = min(share.exponent for share in shares)
    leading = tuple(share for share in shares if share.exponent == least)
    return Composed(right, least, lcm(*(share.p for share in shares)), leading)


Beside = Mapping[bool, LocalTerm]  # what is known next to a place, by side


class Part(NamedTuple):
    """A part's outline, and what is known beside each of its places."""

    system: System
    outline: Outline
    known: Sequence[Beside]

    def beside(self, place: RealNumber) -> Beside:
        """The local terms of the part's density next to any place."""
        for here, terms in zip(self.outline.places, self.known, strict=True):
            if compare(here, place) == 0:
                return terms
        if not self.outline.natures[rank(self.outline.places, [place])]:
            return {}
        return {side: self._inside(place, side) for side in (False, True)}

    def _inside(self, place: RealNumber, side: bool) -> LocalTerm:
        """The density where it is analytic: its value, or the power that it vanishes with."""
        level = Level(self.system, place, side)
        if level.constant(_LEVEL_BITS) != 0:
            return level
        seen = Observed(self.system, place, 1).on_side(0, side)
        if seen is None:
            raise CertificationError(
                f"the density of a part vanishes at {float(place.ball(64).mid()):.12g} inside "
                "a cut, to an order that is not known"
            )
        return seen


def has_digits_only(density: LocalTerm) -> bool:
    """Whether the constant contains the value of a density that is not known exactly."""
    shares = density.shares if isinstance(density, Composed) else ()
    return any(isinstance(share.term, Level) for share in shares)


def rank(places: Sequence[Any], before: Sequence[Any]) -> int:
    """How many places lie at or left of the last of some others."""
    if not before:
        return 0
    return sum(compare(place, before[-1]) <= 0 for place in places)


def joined(places: Iterable[Any]) -> list[Any]:
    """Places from left to right, equal ones once."""
    found: list[Any] = []
    for place in sorted(places, key=cmp_to_key(compare)):
        if not found or compare(found[-1], place) != 0:
            found.append(place)
    return found


def compare(one: RealNumber, other: RealNumber) -> int:
    """Order of two places; those that are not algebraic are equal if 1024 bits agree."""
    if one == other:
        return 0
    exact = isinstance(one, RealAlgebraic) and isinstance(other, RealAlgebraic)
    bits = 64
    while exact or bits <= _SAME:
        x, y = one.ball(bits), other.ball(bits)
        if not x.overlaps(y):
            return -1 if x < y else 1
        bits *= 2
    return 0
