"""Local expansions of z and G at a critical point of the structured curve.

The curve is followed by the vector field D = (d relations ∧ d·), whose flow time t is a local
parameter; D maps polynomials to polynomials, so that every Taylor coefficient is a polynomial in
the unknowns, its vanishing is decided in ℚ(w), and its digits come from balls.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import final

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq, fmpq_poly

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import Polynomial, to_rational
from freeprob.exact.algebra.polynomials import divides, univariate
from freeprob.exact.systems.critical_equations import POINTS_BUDGET, determinant
from freeprob.geometry.candidates import field_elements
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.candidates.candidates import CurvePoint, polynomial_at
from freeprob.geometry.candidates.local_terms import PowerLaw
from freeprob.geometry.candidates.quotients import (
    Quotient,
    known_ball,
    quotient_ball,
    quotient_double,
    quotient_exact,
)

_MAX_ORDER = 24
_MAX_TERMS = 400
_MAX_DERIVATIVES = 3
_WHOLE = 1e-6  # an argument in float64 is a multiple of π/p or differs from all by far more


@final
@dataclass(frozen=True)
class Germ:
    """The curve near one of its points."""

    point: CurvePoint

    @cached_property
    def _relations(self) -> list[Polynomial]:
        """For each relation its factor that vanishes at the point."""
        chosen = []
        for factors in self.point.system.relations:
            inside = [factor for factor in factors if self.vanishes(factor)]
            if len(inside) != 1:
                raise CertificationError("two components of the curve meet at a critical point")
            chosen += inside
        return chosen

    @property
    def is_real(self) -> bool:
        """Whether the point is real, and so is the curve."""
        system = self.point.system
        return self.point.is_real and not any(
            expression.has(sp.I) for expression in system.curve.expressions
        )

    @property
    def _is_uniformised(self) -> bool:
        """Whether D is the derivative by the only unknown, which is w."""
        return len(self.point.system.unknowns) == 1

    @property
    def equation(self) -> fmpq_poly:
        """The irreducible equation of w."""
        return self._equation

    @cached_property
    def _equation(self) -> fmpq_poly:
        return field_elements.modulus(self.point.system, self.point.points)

    @cached_property
    def _elements(self) -> list[fmpq_poly]:
        return field_elements.elements(self.point.system, self.point.points)

    def ball(self, polynomial: Polynomial, bits: int) -> acb:
        """A polynomial in the unknowns at the point."""
        unknowns = self.point.unknowns(bits)
        with ctx.workprec(bits + 32):
            return polynomial_at(polynomial, self.point.system, unknowns)

    def exact(self, polynomial: Polynomial) -> fmpq_poly:
        """A polynomial in the unknowns as an element of ℚ(w)."""
        return field_elements.evaluate(polynomial, self.point.system, self._elements, self.equation)

    def vanishes(self, polynomial: Polynomial) -> bool:
        """Whether a polynomial in the unknowns is zero at the point.

        A ball refutes it; a factor that the point was solved from proves it, else exact arithmetic.

        Raises
        ------
        CertificationError
            If the exact test would be too long.
        """
        if not self.ball(polynomial, 128).contains(0):
            return False
        if any(divides(zero, polynomial) for zero in self.point.points.zeros):
            return True
        if len(polynomial) > _MAX_TERMS:
            raise CertificationError("a coefficient at a critical point is too large to decide")
        return not self.exact(polynomial)

    def derivative(self, polynomial: Polynomial) -> Polynomial:
        """D of a polynomial."""
        positions = self.point.system.unknowns
        rows = [[p.derivative(i) for i in positions] for p in (*self._relations, polynomial)]
        return determinant(rows)

    def order(self, polynomial: Polynomial) -> tuple[int, Polynomial]:
        """Order of vanishing n along the curve, and Dⁿ of the polynomial."""
        position = self.point.system.coordinate
        dense = univariate(polynomial, position) if self._is_uniformised else None
        if dense:
            n = _multiplicity(fmpq_poly(dense), self.equation)
            for _ in range(n):
                polynomial = self.derivative(polynomial)
            return n, polynomial
        for n in range(_MAX_ORDER):
            if not self.vanishes(polynomial):
                return n, polynomial
            polynomial = self.derivative(polynomial)
        raise CertificationError("a function vanishes to high order at a critical point")

    def slope(self, function: Quotient) -> Quotient:
        """D of a quotient."""
        above, below = function.numerator, function.denominator
        return Quotient(
            below * self.derivative(above) - above * self.derivative(below), below * below
        )

    def leading(self, function: Quotient) -> tuple[int, Quotient]:
        """Order n and value a of a tⁿ, the first term of a quotient that is not zero."""
        m, above = self.order(function.numerator)
        k, below = self.order(function.denominator)
        return m - k, Quotient(above * factorial(k), below * factorial(m))

    def nonconstant(self, function: Quotient) -> tuple[int, Quotient]:
        """The same for the quotient without its constant term."""
        n, value = self.leading(self.slope(function))
        return n + 1, Quotient(value.numerator, value.denominator * (n + 1))

    @cached_property
    def z(self) -> tuple[int, Quotient]:
        """Ramification p of z at the point, and z_p, in z = e + z_p tᵖ + …."""
        z = self.point.system.z
        return self.nonconstant(Quotient(z.numerator, z.denominator))

    def residue(self, budget: int = POINTS_BUDGET) -> RealAlgebraic | None:
        """Lim (z - e)G, exact, where it is finite and not zero."""
        G = self.point.system.G
        n, value = self.leading(Quotient(G.numerator, G.denominator))
        p, scale = self.z
        if n + p != 0:
            return None
        meter = Meter(budget)
        element = quotient_exact(self, value * scale, meter)
        return field_elements.real_value(element, self.equation, self.point.root, meter)

    @cached_property
    def singular_term(self) -> SingularTerm | None:
        """The first term of G in τ = (z - e)^(1/p) that is no integer power of z - e.

        ``None`` when p = 1: G is meromorphic there.
        """
        p, scale = self.z
        if p == 1:
            return None
        G = self.point.system.G
        function = Quotient(G.numerator, G.denominator)
        n, value = self.nonconstant(function)
        if n > 0 or n % p:
            order, value = self._branching(function)
            return SingularTerm(self, p, order, value, scale)
        # G = W tⁿ + … with an integer power of z - e: the singular term of 1/G decides
        order, other = self._branching(Quotient(G.denominator, G.numerator))
        return SingularTerm(self, p, order + 2 * n, -(other * value * value), scale)

    def _branching(self, function: Quotient) -> tuple[int, Quotient]:
        """First term a tⁿ with n not a multiple of p; d/dz removes the ones before it."""
        p, scale = self.z
        velocity = self.slope(
            Quotient(self.point.system.z.numerator, self.point.system.z.denominator)
        )
        for times in range(_MAX_DERIVATIVES):
            n, value = self.nonconstant(function)
            if n % p:
                n += p * times
                for i in range(times):
                    value = value * scale * Quotient(self._constant(p), self._constant(n - i * p))
                return n, value
            function = self.slope(function) / velocity
        raise CertificationError("G is analytic at a ramified point to the order examined")

    def _constant(self, value: int) -> Polynomial:
        return self.point.system.ring.constant(value)

    @cached_property
    def velocity(self) -> list[Polynomial]:
        """D of each unknown."""
        gens = self.point.system.ring.context.gens()
        return [self.derivative(gens[i]) for i in self.point.system.unknowns]


@final
@dataclass(frozen=True)
class SingularTerm:
    """z = e + z_p tᵖ + … and G = (integer powers of z - e) + a tⁿ + …, p not dividing n."""

    germ: Germ
    p: int
    n: int
    a: Quotient
    z_p: Quotient

    @property
    def exponent(self) -> fmpq:
        """The power of |x - e| in the singular part of G."""
        return fmpq(self.n, self.p)

    def flow_time(self, height: fmpq, turn: int) -> complex:
        """Value of t at z = e + i height, the p-th root chosen by ``turn`` = 0, …, p - 1."""
        z_p = self._z_p_double
        with ctx.workprec(64):
            # heights may be below all floats
            root = complex(acb((arb(height) / abs(z_p)) ** (arb(1) / self.p)))
        phase = (math.pi / 2 - cmath.phase(z_p) + 2 * math.pi * turn) / self.p
        return root * cmath.exp(1j * phase)

    def unknowns(self, height: fmpq, turn: int) -> np.ndarray:
        """The unknowns at e + i height to first order in t."""
        start, velocity = self._first_order
        return start + velocity * self.flow_time(height, turn)

    @cached_property
    def _first_order(self) -> tuple[np.ndarray, np.ndarray]:
        """The unknowns at the point, and D of them."""
        start = np.array([complex(u) for u in self.germ.point.unknowns(64)])
        return start, np.array([complex(self.germ.ball(v, 64)) for v in self.germ.velocity])

    @cached_property
    def _a_double(self) -> complex:
        """The coefficient a in float64."""
        return quotient_double(self.germ, self.a)

    @cached_property
    def _z_p_double(self) -> complex:
        """The coefficient z_p in float64."""
        return quotient_double(self.germ, self.z_p)

    def on_side(self, turn: int, right: bool) -> PowerLaw | None:
        """The leading term of the density, where the powers before a tⁿ are known to be real.

        At a real point of a real curve the integer powers of z - e are real. Elsewhere the value
        of G at e is looked at, and nothing beyond it.
        """
        if not self.germ.is_real:
            if self.n > self.p:
                return None
            level = self._level if self.n > 0 else None
            if level is not None:
                return PowerLaw(right, self.p, fmpq(0), level)
        angle = self._angle(turn, right)
        # G has a negative imaginary part on the physical branch
        if angle is None or not math.sin(math.pi * float(angle.p) / float(angle.q)) < -_WHOLE:
            return None

        def constant(bits: int) -> arb:
            with ctx.workprec(bits + 32):
                return self.size(bits) * abs(arb.sin_pi_fmpq(angle)) / arb.pi()

        def exact(meter: Meter) -> sp.Expr:
            size = sp.root(self.exact_power(meter).expression(), self.p)
            return sp.Abs(sp.sin(sp.pi * to_rational(angle))) * size / sp.pi

        return PowerLaw(right, self.p, self.exponent, constant, exact)

    def agrees(self, turn: int, left: bool, right: bool) -> bool:
        """Whether the leading term is real and not as the density is positive on the two sides."""
        for side, positive in ((False, left), (True, right)):
            if positive and self.on_side(turn, side) is None:
                return False
            angle = self._angle(turn, side)
            if not positive and self.germ.is_real and (angle is None or angle.q != 1):
                return False
        return True

    def _angle(self, turn: int, right: bool) -> fmpq | None:
        """Argument of a tⁿ on one side of e, in units of π; None where it is no rational number.

        At a real point a tⁿ to the power p is real. Between the two sides, z turns around e
        through the upper half plane.
        """
        a = self._a_double
        quarter = -math.pi / 2 if right else math.pi / 2
        t = cmath.phase(self.flow_time(fmpq(1), turn)) + quarter / self.p
        phase = (cmath.phase(a) + self.n * t) / math.pi * self.p
        if abs(phase - round(phase)) > _WHOLE:
            return None
        return fmpq(round(phase), self.p)

    def size(self, bits: int) -> arb:
        """|a| |z_p|^(-n/p): the singular part of G has this modulus times |x - e|^(n/p)."""
        a, z_p = (known_ball(self.germ, q, bits) for q in (self.a, self.z_p))
        with ctx.workprec(bits + 32):
            return abs(a) / abs(z_p) ** arb(self.exponent)

    @property
    def _level(self) -> Callable[[int], arb] | None:
        """Density at e, the value of G there, if it is not 0."""
        G = self.germ.point.system.G
        if self.germ.vanishes(G.denominator):
            return None

        def level(bits: int) -> arb:
            value = quotient_ball(self.germ, Quotient(G.numerator, G.denominator), bits)
            with ctx.workprec(bits + 32):
                return abs(value.imag) / arb.pi()

        return None if level(128).contains(0) else level

    def exact_power(self, meter: Meter) -> RealAlgebraic:
        """The size to the power p, exactly.

        Raises
        ------
        NoClosedFormError
            At a point that is not real.
        BudgetExceededError
            If its length is past what the meter holds.
        """
        germ = self.germ
        if not germ.point.is_real:
            raise NoClosedFormError(
                "the constant of an edge at complex unknowns has no exact form here: ask for "
                "digits with dps="
            )
        above, below = (quotient_exact(germ, q, meter) for q in (self.a, self.z_p))
        equation = germ.equation
        element = (
            field_elements.power(above, self.p, equation)
            * field_elements.power(below, -self.n, equation, meter)
            % equation
        )
        value = field_elements.real_value(element, equation, germ.point.root, meter)
        return value if value.ball(53) > 0 else -value


def _multiplicity(polynomial: fmpq_poly, root: fmpq_poly) -> int:
    """How often an irreducible polynomial divides another, which is not 0."""
    n = 0
    while True:  # ends: degrees fall
        polynomial, rest = divmod(polynomial, root)
        if rest != 0:
            return n
        n += 1
