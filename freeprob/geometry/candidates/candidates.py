"""Where the physical branch may fail to be analytic on the real axis: exact candidates.

The candidates are the values of z at the critical points of the structured curve, on all of its
sheets. They are a superset; :mod:`freeprob.geometry.spectrum.support` decides which ones matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

from flint import acb, acb_poly, ctx, fmpz_poly

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import Fraction, Polynomial
from freeprob.exact.algebra.polynomials import univariate
from freeprob.exact.systems.critical_equations import (
    POINTS_BUDGET,
    CriticalPoints,
    CriticalSystem,
    Kind,
    critical_points,
)
from freeprob.exact.systems.system import Curve
from freeprob.geometry.candidates.algebraic_numbers import (
    ComplexAlgebraic,
    RealAlgebraic,
    in_order,
    other_roots,
    real_roots,
)
from freeprob.geometry.signs.sides import RealNumber


@final
@dataclass(frozen=True)
class CurvePoint:
    """One critical point of a curve, by the root w of its equation.

    The unknowns of the point are rational functions of w, all real if w is.
    """

    system: CriticalSystem
    points: CriticalPoints
    root: RealAlgebraic | ComplexAlgebraic

    @property
    def is_real(self) -> bool:
        """Whether the point is real."""
        return isinstance(self.root, RealAlgebraic)

    @cached_property
    def _balls(self) -> dict[int, list[acb]]:
        """Unknowns by the bits that they were asked for with."""
        return {}

    def unknowns(self, bits: int) -> list[acb]:
        """Balls that contain the unknowns."""
        if bits not in self._balls:
            position = self.system.coordinate
            ball = acb(self.root.ball(bits))
            with ctx.workprec(bits + 32):
                self._balls[bits] = [
                    value_at(fraction, position, ball) for fraction in self.points.unknowns
                ]
        return self._balls[bits]


def value_at(fraction: Fraction, position: int, ball: acb) -> acb:
    """A fraction in one variable at a ball."""
    above, below = (univariate(p, position) for p in (fraction.numerator, fraction.denominator))
    return acb_poly(above)(ball) / acb_poly(below)(ball)


@lru_cache(maxsize=256)
def candidates(curve: Curve, budget: int = POINTS_BUDGET) -> tuple[RealAlgebraic, ...]:
    """All real values of z at critical points of an algebraic curve without parameters.

    Raises
    ------
    BudgetExceededError
        If elimination would be too large.
    NotAlgebraicError
        If the curve is not algebraic.
    """
    system = critical_points(curve)
    position = system.ring.index(system.x)
    found: set[RealAlgebraic] = set()
    for image in system.candidates(budget):
        found.update(real_roots(_dense(image, position)))
    return tuple(in_order(found))


def points_over(
    curve: Curve, location: RealNumber, real: bool, budget: int = POINTS_BUDGET
) -> list[CurvePoint]:
    """The critical points of a curve, at finite unknowns, whose z is the given number.

    A point that is critical for two reasons is listed once. ``real`` asks for real points only.
    """
    distinct: list[CurvePoint] = []
    for point, image in (real_points if real else all_points)(curve, budget):
        if image == location and not any(_coincide(point, other) for other in distinct):
            distinct.append(point)
    return distinct


@lru_cache(maxsize=256)
def real_points(curve: Curve, budget: int) -> tuple[tuple[CurvePoint, RealAlgebraic], ...]:
    """Real critical points of a curve with their images."""
    return tuple(_points(curve, real_roots, budget, tuple(Kind)))


@lru_cache(maxsize=64)
def all_points(curve: Curve, budget: int) -> tuple[tuple[CurvePoint, RealAlgebraic], ...]:
    """Critical points of a curve, real or not, with their images where these are real."""
    return tuple(_points(curve, _all_roots, budget, tuple(Kind)))


@lru_cache(maxsize=64)
def real_poles(curve: Curve, budget: int) -> tuple[tuple[CurvePoint, RealAlgebraic], ...]:
    """Real poles of G at finite unknowns, with their images."""
    return tuple(_points(curve, real_roots, budget, (Kind.POLE,)))


def _all_roots(equation: fmpz_poly) -> list[RealAlgebraic | ComplexAlgebraic]:
    return [*real_roots(equation), *other_roots(equation)]


def _points(
    curve: Curve,
    roots: Callable[[fmpz_poly], Sequence[RealAlgebraic | ComplexAlgebraic]],
    budget: int,
    kinds: Sequence[Kind],
) -> Iterator[tuple[CurvePoint, RealAlgebraic]]:
    """Critical points at the chosen roots of their equations that have real images."""
    system = critical_points(curve)
    position = system.ring.index(system.x)
    for points in system.points(budget, kinds):
        if points.equation is None:
            continue
        equation = _dense(points.image, position)
        real = real_roots(equation)
        for root in roots(_dense(points.equation, system.coordinate)):
            point = CurvePoint(system, points, root)
            # z is real at real points
            image = _matching(point, real if point.is_real else [*real, *other_roots(equation)])
            if isinstance(image, RealAlgebraic):
                yield point, image


def _coincide(one: CurvePoint, other: CurvePoint) -> bool:
    """Whether two points agree to 128 bits."""
    pairs = zip(one.unknowns(128), other.unknowns(128), strict=True)
    return all(u.overlaps(v) for u, v in pairs)


def _matching(
    point: CurvePoint, images: Sequence[RealAlgebraic | ComplexAlgebraic]
) -> RealAlgebraic | ComplexAlgebraic | None:
    """The image of a point among the roots of the image's equation.

    ``None`` where z is an indeterminate quotient 0/0 in this chart; another chart shows the point.
    """
    for bits in (64, 256, 1024):
        z = fraction_at(point.system.z, point, bits)
        near = [image for image in images if acb(image.ball(bits)).overlaps(z)]
        if len(near) == 1 and z.is_finite():
            return near[0]
    return None


def fraction_at(fraction: Fraction, point: CurvePoint, bits: int) -> acb:
    """A function on the curve at a critical point."""
    unknowns = point.unknowns(bits)
    with ctx.workprec(bits + 32):
        above, below = (
            polynomial_at(p, point.system, unknowns)
            for p in (fraction.numerator, fraction.denominator)
        )
        return above / below


def polynomial_at(polynomial: Polynomial, system: CriticalSystem, unknowns: Sequence[acb]) -> acb:
    """A polynomial of a critical system's ring, in the unknowns only, at balls."""
    total = acb(0)
    for exponents, coefficient in polynomial.terms():
        term = acb(coefficient)
        for position, value in zip(system.unknowns, unknowns, strict=True):
            term *= value ** int(exponents[position])
        total += term
    return total


def _dense(polynomial: Polynomial | None, position: int) -> fmpz_poly:
    """The polynomial as a dense one in its only variable."""
    dense = None if polynomial is None else univariate(polynomial, position)
    if dense is None:
        raise NotAlgebraicError(
            "edges with irrational constants in their equations have no integer polynomial here"
        )
    return dense
