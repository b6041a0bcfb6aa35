"""Roots among the coefficients: √2, √c, i, as generators whose powers are reduced.

In a field ℚ(parameters) with roots rᵏ = b adjoined, a polynomial in which every power of r is below
k vanishes exactly where it looks it. This holds for independent roots, which those of different
primes and of i are; a root of a symbol takes the place of the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from freeprob.exact.algebra.door import Fraction, Polynomial


@final
@dataclass(frozen=True)
class Root:
    """A generator r and its power rᵏ in terms of earlier generators."""

    position: int
    order: int
    power: Polynomial


Roots = tuple[Root, ...]


@final
@dataclass(frozen=True, eq=False)
class Algebraic:
    """A quotient whose parts are reduced; it answers the calls of a :class:`Fraction`.

    An element has several such forms: roots stay in denominators, which are shorter than norms.
    """

    value: Fraction
    roots: Roots

    @staticmethod
    def of(value: Fraction, roots: Roots) -> Algebraic:
        """Any fraction of the generators; ``ZeroDivisionError`` if its denominator is 0."""
        top, bottom = (reduced(part, roots) for part in (value.numerator, value.denominator))
        if bottom.is_zero():
            raise ZeroDivisionError("a denominator vanishes")
        changed = top is not value.numerator or bottom is not value.denominator
        return Algebraic(Fraction.of(top, bottom) if changed else value, roots)

    def __add__(self, other: Algebraic) -> Algebraic:
        return Algebraic.of(self.value + other.value, self.roots)

    def __neg__(self) -> Algebraic:
        return Algebraic(-self.value, self.roots)

    def __sub__(self, other: Algebraic) -> Algebraic:
        return Algebraic.of(self.value - other.value, self.roots)

    def __mul__(self, other: Algebraic) -> Algebraic:
        return Algebraic.of(self.value * other.value, self.roots)

    def inverse(self) -> Algebraic:
        """The reciprocal; raises ``ZeroDivisionError`` for 0."""
        return Algebraic(self.value.inverse(), self.roots)

    def __truediv__(self, other: Algebraic) -> Algebraic:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> Algebraic:
        return Algebraic.of(self.value**exponent, self.roots)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Algebraic):
            return NotImplemented
        return self.value == other.value or (self - other).is_zero()

    __hash__ = None  # type: ignore[assignment]

    def is_zero(self) -> bool:
        """Exact."""
        return self.value.is_zero()


def reduced(polynomial: Polynomial, roots: Roots) -> Polynomial:
    """The same element with powers of every root below its order."""
    for root in reversed(roots):
        if polynomial.degrees()[root.position] < root.order:
            continue
        parts = _parts(polynomial, root)
        total = parts[max(parts)]
        for k in range(max(parts) - 1, -1, -1):
            total = total * root.power + parts.get(k, 0)
        polynomial = total
    return polynomial


def _parts(polynomial: Polynomial, root: Root) -> dict[int, Polynomial]:
    """Pₖ with P = Σ Pₖ r^(k order), powers of r in Pₖ below the order."""
    parts: dict[int, dict[tuple[int, ...], int]] = {}
    place = root.position
    for powers, coefficient in polynomial.terms():
        k, rest = divmod(int(powers[place]), root.order)
        own = (*powers[:place], rest, *powers[place + 1 :])
        parts.setdefault(k, {})[own] = int(coefficient)
    context = polynomial.context()
    return {k: context.from_dict(terms) for k, terms in parts.items()}
