"""Changes of variable: Möbius maps, squares and symmetric square roots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import ClassVar, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.images.gaussian_transform import GaussianTransform, TransformAt
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.moments.places import point_over
from freeprob.exact.systems.facts import Atoms, Labels, gathered
from freeprob.exact.systems.operation import (
    Chart,
    Gluing,
    Known,
    Operation,
    Point,
    PotentialRule,
    Relation,
)
from freeprob.exact.systems.system import Node, System

_HALF = sp.Rational(1, 2)


@final
@dataclass(frozen=True)
class MobiusMap(Operation):
    """Law of m(X), m(x) = (ax + b)/(cx + d): G(m(z)) = (cz + d)((cz + d) G_X(z) - c)/(ad - bc).

    Build it with :func:`mobius_map`, which also turns the half planes when ad - bc < 0.
    """

    title: ClassVar[str] = "Rational image of degree one"
    source: ClassVar[str] = ""

    a: sp.Expr
    b: sp.Expr
    c: sp.Expr
    d: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """From 1/(m(z) - m(x)) = (cz + d)(cx + d)/((ad - bc)(z - x))."""
        (point,) = points
        a, b, c, d = self.a, self.b, self.c, self.d
        bottom = c * point.z + d
        G = bottom * (bottom * point.G - c) / (a * d - b * c)
        return Gluing(z=(a * point.z + b) / bottom, G=G)

    def resolvent(self, whole: Point, part: Point) -> sp.Expr | None:
        """Of an affine map, exact: z - (aX + b)/d = (ω - X) a/d."""
        return self.d / self.a if self.c == 0 else None

    def chart(self, whole: Point) -> Chart:
        """The inverse map."""
        place = (self.d * whole.z - self.b) / (self.a - self.c * whole.z)
        return Chart(Known.ARGUMENT, place)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """The inverse map, exact; it sends ∞ to the pole -d/c."""
        return [(self.d * z - self.b) / (self.a - self.c * z)]

    def constants(self, parts: Sequence[System]) -> tuple[sp.Expr, ...]:
        """A pole of m brings in the physical point over -d/c."""
        return () if self.c == 0 else point_over(parts[0], -self.d / self.c).constants

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Affine maps expand at infinity; a pole of m needs G_X around it."""
        (part,) = parts
        if self.c == 0:
            scale, shift = field.read(self.a / self.d), field.read(self.b / self.d)
            return affine_moments(moment_series(part, n, field), scale, shift)
        a, b, c, d = (field.read(entry) for entry in (self.a, self.b, self.c, self.d))
        # z = -d/c + h and m(z) = 1/t: h = -(ad - bc) t/(c (c - a t))
        delta = a * d - b * c
        around = point_over(part, -self.d / self.c).cauchy(field, n + 1)
        t = Series.of(field, [field.integer(1)] + [field.integer(0)] * (n + 1), 1)
        pole = Series.constant(field, c, n + 2)
        h = (t / (pole - t.scaled(a))).scaled(field.integer(-1) * delta / c)
        bottom = h.scaled(c)
        G = bottom * (bottom * around.compose(h) - pole)
        return G.scaled(field.integer(1) / delta).shifted(-1)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Atoms move with the map."""
        a, b, c, d = self.a, self.b, self.c, self.d
        return gathered(((a * x + b) / (c * x + d), mass) for x, mass in parts[0].items())

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From m(ω) - m(x) = (ad - bc)(ω - x)/((cω + d)(cx + d)), cω + d = (ad - bc)/(a - cz)."""
        a, c, d = self.a, self.c, self.d
        if c == 0:
            return PotentialRule((sp.S.One,), ((sp.S.One, a / d),))
        sides = ((sp.S.One, a / c - whole.z),)
        return PotentialRule((sp.S.One,), sides, fixed=((sp.S.NegativeOne, -d / c),))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """Differences of labels: a Möbius map sends a half line to an arc between two gaps."""
        pairs = product(parts[0], repeat=2)
        return frozenset(sign for one, other in pairs for sign in (one - other, 1 - (one - other)))


def affine_moments(series: Series, scale: object, shift: object) -> Series:
    """Moments of scale·X + shift: M(t) = M_X(scale t/(1 - shift t))/(1 - shift t)."""
    field = series.field
    scaled = series.stretched(scale, 1)
    if field.is_zero(shift):
        return scaled
    terms = series.end
    one = Series.constant(field, field.integer(1), terms)
    t = Series.constant(field, field.integer(1), terms).shifted(1)
    bottom = (one - t.scaled(shift)).inverse()
    return scaled.compose((t * bottom).truncated(terms)) * bottom


def mobius_map(part: System, a: sp.Expr, b: sp.Expr, c: sp.Expr, d: sp.Expr) -> System:
    """The system of m(X); a map with ad - bc < 0 exchanges the half planes."""
    if (a * d - b * c).is_negative:
        part = conjugated(part)
    return Node(MobiusMap(a, b, c, d), (part,))


def conjugated(system: System) -> System:
    """The system of z ↦ conj G(conj z): the same law, seen from the lower half plane."""
    if isinstance(system, Node):
        return Node(system.operation, tuple(conjugated(part) for part in system.parts))
    sides = [side for relation in system.relations for side in relation]
    whole = sp.Tuple(system.z, system.G, *sides)
    flip: dict[sp.Basic, sp.Basic] = {it: it.from_below() for it in whole.atoms(TransformAt)}
    if whole.has(sp.I):
        flip[sp.I] = -sp.I
    if not flip:
        return system
    relations = ((left.xreplace(flip), right.xreplace(flip)) for left, right in system.relations)
    return replace(
        system,
        z=system.z.xreplace(flip),
        G=system.G.xreplace(flip),
        at_infinity=system.at_infinity.replaced(flip),
        relations=tuple(Relation(left, right) for left, right in relations),
        anchor=None,
    )


def is_one_sided(system: System) -> bool:
    """Whether there are transforms that are continued from above the axis to below it."""
    if isinstance(system, Node):
        return any(is_one_sided(part) for part in system.parts)
    sides = [side for relation in system.relations for side in relation]
    return sp.Tuple(system.z, system.G, *sides).has(GaussianTransform)


@final
@dataclass(frozen=True)
class EvenSquare(Operation):
    """Law of X² for a symmetric law: G(ω²) = G_X(ω)/ω."""

    title: ClassVar[str] = "Square of a symmetric variable"
    source: ClassVar[str] = ""

    def glue(self, points: Sequence[Point]) -> Gluing:
        """No relation: z = ω²."""
        (point,) = points
        return Gluing(z=point.z**2, G=point.G / point.z)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ω = √z, exact."""
        return [sp.sqrt(z)]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """The moment of order n becomes that of order 2n."""
        (part,) = parts
        series = moment_series(part, 2 * n, field)
        if not all(field.is_zero(series.coefficient(2 * k + 1)) for k in range(n)):
            # odd terms of a symmetric law's formal expansion: its density has heavy tails
            raise UndefinedOperationError(
                "the law has no moments: zG(z) expands in powers of the square root of 1/z"
            )
        return Series.of(field, [series.coefficient(2 * k) for k in range(n + 1)])

    def order(self, n: int) -> int:
        """Twice as many."""
        return 2 * n

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Atoms at ±x move to x²."""
        return gathered((x**2, mass) for x, mass in parts[0].items())

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From |ω² - x²| = |ω - x||ω + x|."""
        return PotentialRule((sp.Integer(2),))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """Left of x² lies what is between ±x: of a symmetric law, 2l - 1 for the label l of x."""
        return frozenset((sp.S.Zero, *(2 * label - 1 for label in parts[0])))


@final
@dataclass(frozen=True)
class SymmetricRoot(Operation):
    """Law of ±√X, both signs equally likely, for X ≥ 0: G(s) = s G_X(s²)."""

    title: ClassVar[str] = "Symmetric square root"
    source: ClassVar[str] = ""

    def glue(self, points: Sequence[Point]) -> Gluing:
        """A new unknown s = z with s² in the part's plane."""
        (point,) = points
        root = sp.Dummy("s")
        return Gluing(
            z=root,
            G=root * point.G,
            relations=(Relation(point.z, root**2),),
            unknowns=(root,),
            # the root in the upper half plane; the cut of √(-z) is away from negative z
            values=(sp.I * sp.sqrt(-point.z),),
        )

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """z², exact."""
        return [z**2]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Moments move to even places."""
        (part,) = parts
        return moment_series(part, n // 2 + 1, field).stretched(field.integer(1), 2)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Half the mass of x moves to each of ±√x."""
        return gathered(
            (sign * sp.sqrt(x), mass * _HALF) for x, mass in parts[0].items() for sign in (-1, 1)
        )

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From |s² - x| = |s - √x||s + √x|."""
        return PotentialRule((_HALF,))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """Left of ±√x lies half of all, and half of what is left of x more or less."""
        return frozenset(_HALF * (1 + sign * label) for label in parts[0] for sign in (-1, 1))
