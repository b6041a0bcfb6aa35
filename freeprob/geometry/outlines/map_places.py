"""Places under a rational map: images, preimages, critical points, and stretched distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, final

import sympy as sp
from flint import Ordering, arb, ctx, fmpq, fmpz_mpoly_ctx, fmpz_poly

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.exact.operations.maps import EvenSquare, MobiusMap
from freeprob.exact.operations.rational_maps import RationalMap
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic, real_roots
from freeprob.geometry.signs.rounding import Constant, constant_ball
from freeprob.geometry.signs.sides import RealNumber

Map: TypeAlias = MobiusMap | EvenSquare | RationalMap
_X = sp.Dummy("x")
_PRECISE = 1 << 14  # bits at which a sign that is still open is one of 0


@final
@dataclass(frozen=True)
class Function:
    """P/Q without common roots, with coefficients from the constant terms upwards."""

    top: tuple[sp.Expr, ...]
    bottom: tuple[sp.Expr, ...]

    @cached_property
    def slope(self) -> tuple[sp.Expr, ...]:
        """The coefficients of P'Q - PQ', the numerator of the derivative."""
        P, Q = (sp.Poly(side[::-1], _X) for side in (self.top, self.bottom))
        return tuple((P.diff(_X) * Q - P * Q.diff(_X)).all_coeffs()[::-1])

    @property
    def is_rational(self) -> bool:
        """Whether all coefficients are rational numbers."""
        return all(value.is_Rational for value in (*self.top, *self.bottom))

    def ball(self, x: arb, bits: int) -> arb:
        """The value."""
        return value_at(self.top, x, bits) / value_at(self.bottom, x, bits)

    def expression(self, x: sp.Expr) -> sp.Expr:
        """The value at an exact number."""
        top, bottom = (_formula(side, x) for side in (self.top, self.bottom))
        return sp.radsimp(sp.expand(top) / sp.expand(bottom))


IDENTITY = Function((sp.S.Zero, sp.S.One), (sp.S.One,))


def function_of(operation: Map) -> Function:
    """The function of a map."""
    if isinstance(operation, EvenSquare):
        return Function((sp.S.Zero, sp.S.Zero, sp.S.One), (sp.S.One,))
    if isinstance(operation, RationalMap):
        return Function(operation.top, operation.bottom)
    a, b, c, d = operation.a, operation.b, operation.c, operation.d
    return Function((b / d, a / d), (sp.S.One,)) if c == 0 else Function((b, a), (d, c))


@final
@dataclass(frozen=True)
class Image:
    """The image of a place under a map."""

    function: Function
    place: RealNumber

    def ball(self, bits: int) -> arb:
        """A ball around it."""
        with ctx.workprec(bits + 32):
            return self.function.ball(self.place.ball(bits + 16), bits)

    def expression(self) -> sp.Expr:
        """The image of the exact place."""
        return self.function.expression(self.place.expression())


@final
@dataclass(frozen=True)
class Preimage:
    """The place on an arc that a map sends to a given one; found by bisection."""

    function: Function
    image: RealNumber
    low: fmpq
    high: fmpq

    def ball(self, bits: int) -> arb:
        """A ball around it."""
        low, high = self.low, self.high
        rising = self._side(high, bits)
        scale = max(abs(low), abs(high))
        while (high - low) * 2**bits > scale:
            middle = (low + high) / 2
            if self._side(middle, bits) == rising:
                high = middle
            else:
                low = middle
        with ctx.workprec(bits + 32):
            return arb((low + high) / 2, (high - low) / 2)

    def _side(self, x: fmpq, bits: int) -> bool:
        """Whether the map is above the image at a point."""
        while bits <= _PRECISE:
            bits *= 2
            with ctx.workprec(bits):
                gap = self.function.ball(arb(x), bits) - self.image.ball(bits)
            if not gap.contains(0):
                return bool(gap > 0)
        return True

    def expression(self) -> sp.Expr:
        """Refuse: it is known by its digits."""
        raise NoClosedFormError(
            "a preimage of an edge is known by its digits only: ask for digits with dps="
        )


@final
@dataclass(frozen=True)
class LocalStretch:
    """A of |f(x) - f(e)| ~ A|x - e|^order: a derivative of P'Q - PQ' over order! Q²."""

    function: Function
    place: RealNumber
    order: int

    def _derivative(self) -> tuple[sp.Expr, ...]:
        slope = sp.Poly(self.function.slope[::-1], _X)
        for _ in range(self.order - 1):
            slope = slope.diff(_X)
        return tuple(value / sp.factorial(self.order) for value in slope.all_coeffs()[::-1])

    def ball(self, bits: int) -> arb:
        """A as a ball."""
        x = self.place.ball(bits + 16)
        return (
            abs(value_at(self._derivative(), x, bits))
            / value_at(self.function.bottom, x, bits) ** 2
        )

    def expression(self) -> sp.Expr:
        """A."""
        x = self.place.expression()
        above, below = _formula(self._derivative(), x), _formula(self.function.bottom, x)
        return sp.radsimp(sp.Abs(sp.expand(above)) / sp.expand(below) ** 2)


def roots_of(coefficients: Sequence[sp.Expr]) -> list[tuple[RealNumber, int]]:
    """Real roots with multiplicities.

    Raises
    ------
    CertificationError
        If irrational coefficients hide them.
    """
    polynomial = sp.Poly(coefficients[::-1], _X)
    found: list[tuple[RealNumber, int]] = []
    for factor, power in sp.factor_list(polynomial)[1]:
        values = factor.all_coeffs()
        if all(value.is_Rational for value in values):
            scale = sp.ilcm(*(value.q for value in values))
            dense = fmpz_poly([int(value * scale) for value in reversed(values)])
            found += [(root, power) for root in real_roots(dense)]
        elif factor.degree() <= 2:
            found += [(Constant(root), power) for root in sp.roots(factor) if root.is_real]
        else:
            raise CertificationError(
                f"the critical points of a function with irrational coefficients, roots of "
                f"{factor.as_expr()}, are not isolated: use rational coefficients"
            )
    return found


def related(
    function: Function, known: RealAlgebraic, sought: RealNumber, of_image: bool
) -> RealAlgebraic:
    """The algebraic number y or x of y = f(x), from the other one, next to its digits."""
    symbols = fmpz_mpoly_ctx.get(("x", "y"), Ordering.lex)
    x, y = symbols.gens()
    scale = sp.ilcm(*(value.q for value in (*function.top, *function.bottom)))
    top, bottom = (
        sum((int(value * scale) * x**k for k, value in enumerate(side)), symbols.constant(0))
        for side in (function.top, function.bottom)
    )
    own = y if of_image else x
    total = sum((c * own**k for k, c in enumerate(known.coefficients)), symbols.constant(0))
    eliminated = total.resultant(y * bottom - top, 1 if of_image else 0)
    index = 0 if of_image else 1
    dense = [0] * (int(eliminated.degrees()[index]) + 1)
    for powers, coefficient in eliminated.terms():
        dense[int(powers[index])] = int(coefficient)
    candidates, bits = real_roots(fmpz_poly(dense)), 64
    while len(candidates) > 1:  # ends: different numbers have disjoint balls
        ball = sought.ball(bits)
        candidates = [number for number in candidates if number.ball(bits).overlaps(ball)]
        bits *= 2
    return candidates[0]


def value_at(coefficients: Sequence[sp.Expr], x: arb, bits: int) -> arb:
    """A polynomial at a ball, by Horner's rule."""
    with ctx.workprec(bits + 16):
        total = arb(0)
        for value in reversed(coefficients):
            own = constant_ball(value)(bits + 16)
            total = total * x + own
        return total


def _formula(coefficients: Sequence[sp.Expr], x: sp.Expr) -> sp.Expr:
    return sp.Add(*(value * x**k for k, value in enumerate(coefficients)))
