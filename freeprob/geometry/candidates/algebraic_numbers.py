"""Exact real algebraic numbers: an irreducible integer polynomial and the rank of a real root."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from typing import final

import sympy as sp
from flint import acb, arb, arb_poly, ctx, fmpz_poly

from freeprob.exact.algebra.isolation import isolated_roots

_LEAST = 64


@final
@dataclass(frozen=True)
class RealAlgebraic:
    """The real root of the given rank, counted from the left, of an irreducible polynomial.

    ``coefficients`` run from the constant term upwards and are primitive, so that equal numbers
    are equal as values.
    """

    coefficients: tuple[int, ...]
    index: int

    def ball(self, bits: int) -> arb:
        """A ball that contains the number, of relative radius about 2^-bits."""
        return _real_root_ball(self.coefficients, self.index, _rung(bits))

    def __neg__(self) -> RealAlgebraic:
        """The opposite number."""
        sign = (-1) ** (len(self.coefficients) - 1)
        flipped = tuple(sign * (-1) ** i * c for i, c in enumerate(self.coefficients))
        count = len(_real_root_balls(self.coefficients, _LEAST))
        return RealAlgebraic(flipped, count - 1 - self.index)

    def expression(self) -> sp.Expr:
        """As SymPy number: in radicals up to degree 2 in x or x², else ``CRootOf``."""
        degree = len(self.coefficients) - 1
        if degree == 1:
            return sp.Rational(-self.coefficients[0], self.coefficients[1])
        if degree == 2 or (degree == 4 and not any(self.coefficients[1::2])):
            return self._radical()
        x = sp.Symbol("x")
        polynomial = sp.Poly(self.coefficients[::-1], x, domain=sp.ZZ)
        return sp.CRootOf(polynomial, self.index, radicals=False)

    def _radical(self) -> sp.Expr:
        """The quadratic formula, once for x or twice for x²."""
        c, b, a = self.coefficients[:: len(self.coefficients) // 2]
        half = sp.Rational(-b, 2 * a)
        root = sp.sqrt(sp.Rational(b * b - 4 * a * c, 4 * a * a))
        values = [half - root, half + root]
        if len(self.coefficients) == 5:
            positive = [value for value in values if value.is_positive]
            values = sorted(
                (sign * sp.sqrt(sp.sqrtdenest(value)) for value in positive for sign in (-1, 1)),
                key=lambda value: value.evalf(30),
            )
        return values[self.index]


@final
@dataclass(frozen=True)
class ComplexAlgebraic:
    """A root that is not real, of an irreducible polynomial, by its rank in FLINT's order."""

    coefficients: tuple[int, ...]
    index: int

    def ball(self, bits: int) -> acb:
        """A ball that contains the number, of relative radius about 2^-bits."""
        centre = _other_root_balls(self.coefficients, _LEAST)[self.index]
        near = [b for b in _other_root_balls(self.coefficients, _rung(bits)) if b.overlaps(centre)]
        return near[0]


def other_roots(polynomial: fmpz_poly) -> list[ComplexAlgebraic]:
    """The distinct roots of an integer polynomial that are not real."""
    return [
        ComplexAlgebraic(coefficients, index)
        for coefficients in _irreducible_factors(polynomial)
        for index in range(len(_other_root_balls(coefficients, _LEAST)))
    ]


def _rung(bits: int) -> int:
    """The next precision at which roots are isolated: all roots at once, so at few precisions."""
    return max(_LEAST, 1 << (bits - 1).bit_length())


@lru_cache(maxsize=1024)
def _root_balls(coefficients: tuple[int, ...], bits: int) -> tuple[acb, ...]:
    """All roots; FLINT gives the real ones an imaginary part that is exactly 0."""
    with ctx.workprec(bits + 10):
        return tuple(root for root, _ in isolated_roots(fmpz_poly(list(coefficients))))


@lru_cache(maxsize=1024)
def _other_root_balls(coefficients: tuple[int, ...], bits: int) -> tuple[acb, ...]:
    return tuple(root for root in _root_balls(coefficients, bits) if root.imag != 0)


@lru_cache(maxsize=4096)
def _real_root_balls(coefficients: tuple[int, ...], bits: int) -> tuple[arb, ...]:
    """The real roots in increasing order."""
    real = [root.real for root in _root_balls(coefficients, bits) if root.imag == 0]
    return tuple(sorted(real, key=lambda ball: ball.mid()))


@lru_cache(maxsize=4096)
def _real_root_ball(coefficients: tuple[int, ...], index: int, bits: int) -> arb:
    """One real root, by interval Newton steps from the ball that isolates it."""
    ball, known = _real_root_balls(coefficients, _LEAST)[index], _LEAST
    polynomial = fmpz_poly(list(coefficients))
    # what cancels between the terms
    largest = arb(1).max(ball.abs_upper()).log() / arb(2).log()
    spare = max(abs(c).bit_length() + i * float(largest) for i, c in enumerate(coefficients))
    while known < bits:
        known = min(2 * known, bits)
        with ctx.workprec(known + 10 + int(spare)):
            slope = arb_poly(polynomial.derivative())(ball)
            image = ball.mid() - arb_poly(polynomial)(ball.mid()) / slope
        if not (image.is_finite() and image.rel_accuracy_bits() >= known):
            # a slope near 0: all roots at once know the precision they need
            return _real_root_balls(coefficients, bits)[index]
        ball = image
    return ball


def real_roots(polynomial: fmpz_poly) -> list[RealAlgebraic]:
    """The distinct real roots of an integer polynomial, in increasing order."""
    return in_order(
        RealAlgebraic(coefficients, index)
        for coefficients in _irreducible_factors(polynomial)
        for index in range(len(_real_root_balls(coefficients, _LEAST)))
    )


def _irreducible_factors(polynomial: fmpz_poly) -> list[tuple[int, ...]]:
    """Primitive irreducible factors of positive degree and positive leading coefficient."""
    if polynomial.degree() < 1:
        return []
    factors = []
    for base, _ in polynomial.factor()[1]:
        coefficients = [int(c) for c in base.coeffs()]
        if len(coefficients) > 1:
            sign = 1 if coefficients[-1] > 0 else -1
            factors.append(tuple(sign * c for c in coefficients))
    return factors


def in_order(numbers: Iterable[RealAlgebraic]) -> list[RealAlgebraic]:
    """Distinct numbers in increasing order, decided by balls refined until they are apart."""
    return sorted(set(numbers), key=cmp_to_key(_compare))


def _compare(left: RealAlgebraic, right: RealAlgebraic) -> int:
    if left == right:
        return 0
    bits = 53
    while True:  # ends: different values of this type are different numbers
        x, y = left.ball(bits), right.ball(bits)
        if not x.overlaps(y):
            return -1 if x < y else 1
        bits *= 2
