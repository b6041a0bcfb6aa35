"""Edges of mixtures and of images under maps, from the edges of their parts.

The density of Σ pᵢ μᵢ is Σ pᵢ ρᵢ, that of m(X) is ρ(x)/|m'(x)| summed over the preimages x: where
their edges lie and how the densities go there needs no equation of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key, singledispatch
from math import lcm
from typing import Any, NamedTuple, final

import sympy as sp
from flint import Ordering, arb, ctx, fmpq, fmpz_mpoly_ctx, fmpz_poly

from freeprob.errors import CertificationError
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.operations.maps import EvenSquare, MobiusMap
from freeprob.exact.operations.mixtures import Mixture
from freeprob.exact.systems.system import Operation, System
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic, real_roots
from freeprob.geometry.candidates.local_terms import LocalTerm
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.sides import RealNumber
from freeprob.geometry.spectrum.levels import Level

_SAME = 1024  # bits to which two places that are not known exactly must agree to be one
_LEVEL_BITS = 64  # to which a density inside a cut is seen not to vanish
_ZERO = RealAlgebraic((0, 1), 0)


class Outline(NamedTuple):
    """Places where a density is not analytic, and whether it is positive between them."""

    places: tuple[Any, ...]
    natures: tuple[bool, ...]


@final
@dataclass(frozen=True)
class Image:
    """The image of a place under a map."""

    operation: MobiusMap | EvenSquare
    place: Any

    def ball(self, bits: int) -> arb:
        """A ball around it."""
        with ctx.workprec(bits + 32):
            return mapped(self.operation, self.place.ball(bits + 16), bits)

    def expression(self) -> sp.Expr:
        """The image of the exact place."""
        x = self.place.expression()
        if isinstance(self.operation, EvenSquare):
            return sp.expand(x**2)
        a, b, c, d = _entries(self.operation)
        return sp.radsimp((a * x + b) / (c * x + d))


@final
@dataclass(frozen=True)
class Share:
    """Part of a density next to a place: weight · ρ_part(x)/stretch at the preimage."""

    term: LocalTerm
    weight: sp.Expr = sp.S.One
    source: Image | None = None

    def constant(self, bits: int) -> arb:
        """Its C: |x - e| = |y - m(e)|/stretch."""
        with ctx.workprec(bits + 16):
            value = constant_ball(self.weight)(bits) * self.term.constant(bits)
            if self.source is not None:
                stretch = stretched(self.source.operation, self.source.place.ball(bits), bits)
                value /= stretch ** arb(1 + self.term.exponent)
            return value

    def exact_constant(self) -> sp.Expr:
        """The same exactly."""
        value = self.weight * self.term.exact_constant()
        if self.source is None:
            return value
        x, operation = self.source.place.expression(), self.source.operation
        if isinstance(operation, EvenSquare):
            stretch = sp.Abs(2 * x)
        else:
            a, b, c, d = _entries(operation)
            stretch = sp.Abs(a * d - b * c) / (c * x + d) ** 2
        return value / stretch ** (1 + to_rational(self.term.exponent))


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

    def exact_constant(self) -> sp.Expr:
        """C."""
        return sp.Add(*(share.exact_constant() for share in self.shares))


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
        if self.outline.natures[_rank(self.outline.places, [place])]:
            levels = {side: Level(self.system, place, side) for side in (False, True)}
            if any(level.constant(_LEVEL_BITS) == 0 for level in levels.values()):
                raise CertificationError(
                    f"the density of a part vanishes at {float(place.ball(64).mid()):.12g} inside "
                    "a cut, to an order that is not known"
                )
            return levels
        return {}


def has_digits_only(density: LocalTerm) -> bool:
    """Whether the constant contains the value of a density that is not known exactly."""
    shares = density.shares if isinstance(density, Composed) else ()
    return any(isinstance(share.term, Level) for share in shares)


@singledispatch
def outline(operation: Operation, parts: Sequence[Outline]) -> Outline | None:
    """Where the density of the operation's law is not analytic; None where no rule is known."""
    return None


def has_outline(operation: Operation) -> bool:
    """Whether a rule is known, so that the parts are worth looking at."""
    return outline.dispatch(type(operation)) is not outline.dispatch(object)


@outline.register
def _(operation: Mixture, parts: Sequence[Outline]) -> Outline:
    places = _joined(place for part in parts for place in part.places)
    natures = [
        any(part.natures[_rank(part.places, places[:i])] for part in parts)
        for i in range(len(places) + 1)
    ]
    return Outline(tuple(places), tuple(natures))


@outline.register
def _(operation: MobiusMap, parts: Sequence[Outline]) -> Outline | None:
    (part,) = parts
    if operation.c != 0:
        # ∞ and the pole are places too
        return None
    places = [image(operation, place) for place in part.places]
    turned = _entries(operation)[0].is_negative
    return Outline(*((tuple(x[::-1]) if turned else tuple(x)) for x in (places, part.natures)))


@outline.register
def _(operation: EvenSquare, parts: Sequence[Outline]) -> Outline:
    (part,) = parts
    below = [place for place in part.places if compare(place, _ZERO) < 0]
    upper = [place for place in part.places if compare(place, _ZERO) > 0]
    natures = part.natures[len(part.places) - len(upper) :]
    inside = natures[0] or len(below) + len(upper) < len(part.places)
    places = [*([_ZERO] if inside else []), *(image(operation, place) for place in upper)]
    return Outline(tuple(places), (*([False] if inside else []), *natures))


def beside(operation: Operation, places: Sequence[Any], parts: Sequence[Part]) -> list[Beside]:
    """How the density goes on both sides of each place of :func:`outline`."""
    if isinstance(operation, Mixture):
        return [_averaged(operation, place, parts) for place in places]
    assert isinstance(operation, MobiusMap | EvenSquare), "all other operations have no outline"
    (part,) = parts
    found: list[Beside] = []
    for place in places:
        if isinstance(operation, EvenSquare) and place == _ZERO:
            found.append(_at_zero(part))
            continue
        (i,) = (i for i, x in enumerate(part.outline.places) if _is_image(operation, x, place))
        turned = isinstance(operation, MobiusMap) and _entries(operation)[0].is_negative
        weight = sp.Integer(2) if isinstance(operation, EvenSquare) else sp.S.One
        source = Image(operation, part.outline.places[i])
        found.append(
            {
                side != turned: Composed(
                    side != turned, term.exponent, term.p, (Share(term, weight, source),)
                )
                for side, term in part.known[i].items()
            }
        )
    return found


def _is_image(operation: MobiusMap | EvenSquare, x: Any, place: Any) -> bool:
    """Whether a place is the image of another; of ±x the positive one counts."""
    if isinstance(operation, EvenSquare) and compare(x, _ZERO) <= 0:
        return False
    return compare(image(operation, x), place) == 0


def _averaged(operation: Mixture, place: Any, parts: Sequence[Part]) -> Beside:
    """The leading terms of a sum of densities."""
    found: Beside = {}
    here = [part.beside(place) for part in parts]
    for side in (False, True):
        shares = [
            Share(known[side], weight)
            for weight, known in zip(operation.weights, here, strict=True)
            if side in known
        ]
        if shares:
            least = min(share.term.exponent for share in shares)
            leading = tuple(share for share in shares if share.term.exponent == least)
            found[side] = Composed(side, least, lcm(*(share.term.p for share in shares)), leading)
    return found


def _at_zero(part: Part) -> Beside:
    """The density of X² at 0: ρ(√y)/√y for a symmetric ρ; an edge, as there is none below."""
    term = part.beside(_ZERO)[True]
    return {True: Composed(True, (term.exponent - 1) / 2, 2 * term.p, (Share(term),))}


def image(operation: MobiusMap | EvenSquare, place: Any) -> Any:
    """The image of a place, an exact algebraic number where it can be one."""
    moved = Image(operation, place)
    if not isinstance(place, RealAlgebraic):
        return moved
    if isinstance(operation, MobiusMap) and not all(e.is_Rational for e in _entries(operation)):
        return moved
    symbols = fmpz_mpoly_ctx.get(("x", "y"), Ordering.lex)
    x, y = symbols.gens()
    if isinstance(operation, EvenSquare):
        relation = y - x**2
    else:
        scale = sp.ilcm(*(entry.q for entry in _entries(operation)))
        a, b, c, d = (int(entry * scale) for entry in _entries(operation))
        relation = y * (c * x + d) - (a * x + b)
    total = symbols.constant(0)
    for power, coefficient in enumerate(place.coefficients):
        total += coefficient * x**power
    eliminated = total.resultant(relation, 0)
    dense = [0] * (int(eliminated.degrees()[1]) + 1)
    for (_, power), coefficient in eliminated.terms():
        dense[int(power)] = int(coefficient)
    candidates, bits = real_roots(fmpz_poly(dense)), 64
    while len(candidates) > 1:  # ends: different numbers have disjoint balls
        ball = moved.ball(bits)
        candidates = [number for number in candidates if number.ball(bits).overlaps(ball)]
        bits *= 2
    return candidates[0]


def mapped(operation: MobiusMap | EvenSquare, x: arb, bits: int) -> arb:
    """The value of the map."""
    if isinstance(operation, EvenSquare):
        return x * x
    a, b, c, d = (constant_ball(entry)(bits + 16) for entry in _entries(operation))
    return (a * x + b) / (c * x + d)


def stretched(operation: MobiusMap | EvenSquare, x: arb, bits: int) -> arb:
    """The modulus of its derivative."""
    if isinstance(operation, EvenSquare):
        return abs(2 * x)
    a, b, c, d = (constant_ball(entry)(bits + 16) for entry in _entries(operation))
    return abs(a * d - b * c) / (c * x + d) ** 2


def _entries(operation: MobiusMap) -> tuple[sp.Expr, ...]:
    """The matrix of the map, d = 1 for affine ones."""
    entries = (operation.a, operation.b, operation.c, operation.d)
    return tuple(e / operation.d for e in entries) if operation.c == 0 else entries


def _rank(places: Sequence[Any], before: Sequence[Any]) -> int:
    """How many places lie at or left of the last of some others."""
    if not before:
        return 0
    return sum(compare(place, before[-1]) <= 0 for place in places)


def _joined(places: Iterable[Any]) -> list[Any]:
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
