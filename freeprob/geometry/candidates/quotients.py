"""Functions on the curve as quotients of polynomials, and their values at a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

from flint import acb, ctx, fmpq_poly

from freeprob.errors import CertificationError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import Polynomial
from freeprob.geometry.candidates import field_elements

_MAX_DOUBLINGS = 8
_DOUBLE_BITS = 48  # phases are read to 1e-6 only


@final
@dataclass(frozen=True)
class Quotient:
    """A function on the curve as a quotient of two polynomials."""

    numerator: Polynomial
    denominator: Polynomial

    def __mul__(self, other: Quotient) -> Quotient:
        return Quotient(self.numerator * other.numerator, self.denominator * other.denominator)

    def __truediv__(self, other: Quotient) -> Quotient:
        return Quotient(self.numerator * other.denominator, self.denominator * other.numerator)

    def __neg__(self) -> Quotient:
        return Quotient(-self.numerator, self.denominator)


class Point(Protocol):
    """A point of the curve at which polynomials in the unknowns have digits and exact values."""

    @property
    def equation(self) -> fmpq_poly:
        """The irreducible equation of w there."""
        ...

    def ball(self, polynomial: Polynomial, bits: int) -> acb:
        """A polynomial's digits."""
        ...

    def exact(self, polynomial: Polynomial) -> fmpq_poly:
        """A polynomial as an element of ℚ(w)."""
        ...


def quotient_ball(point: Point, quotient: Quotient, bits: int) -> acb:
    """A quotient's digits at a point."""
    above, below = (point.ball(q, bits) for q in (quotient.numerator, quotient.denominator))
    with ctx.workprec(bits + 32):
        return above / below


def known_ball(point: Point, quotient: Quotient, bits: int) -> acb:
    """A quotient that is not 0 to ``bits`` relative bits: large coefficients may cancel in it."""
    for doubling in range(_MAX_DOUBLINGS):
        value = quotient_ball(point, quotient, (bits + 16) << doubling)
        if value.is_finite() and value.rel_accuracy_bits() >= bits:
            return value
    raise CertificationError("a coefficient at a critical point cannot be told from 0")


def quotient_double(point: Point, quotient: Quotient) -> complex:
    """The same in double precision."""
    return complex(known_ball(point, quotient, _DOUBLE_BITS))


def quotient_exact(point: Point, quotient: Quotient, meter: Meter) -> fmpq_poly:
    """A quotient as an element of ℚ(w)."""
    above, below = (point.exact(q) for q in (quotient.numerator, quotient.denominator))
    return above * field_elements.inverse(below, point.equation, meter) % point.equation
