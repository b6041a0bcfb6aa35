"""The density of a part at a place where it is analytic and positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import sympy as sp
from flint import arb, fmpq

from freeprob.exact.algebra.costs import Meter
from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.eliminated_curve import eliminated_curve
from freeprob.geometry.candidates.local_terms import digits_only
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.sides import RealNumber
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.precision import digits_in
from freeprob.numeric.programs.points import Place

_BITS = 128  # to which the density and the root of a quadratic equation must agree


@final
@dataclass(frozen=True)
class Level:
    """The local term ρ(e)|x - e|⁰ on one side of e."""

    system: System
    location: RealNumber
    right: bool

    @property
    def p(self) -> int:
        """The density is analytic."""
        return 1

    @property
    def exponent(self) -> fmpq:
        """The density tends to a positive number."""
        return fmpq(0)

    @property
    def has_density(self) -> bool:
        """The density tends to a positive number."""
        return True

    def constant(self, bits: int) -> arb:
        """The density, by a rational number so near that no digit asked for changes."""
        x = self.location.ball(2 * bits + 64).mid().fmpq()
        return digits_of(self.system).density(Place(x), digits_in(bits) + 6)

    def exact_constant(self, meter: Meter) -> sp.Expr:
        """The density, where the equation of G has a quadratic factor that shows it.

        Raises
        ------
        NoClosedFormError
            Elsewhere.
        """
        curve, place = eliminated_curve(self.system), self.location.expression()
        if curve is None:
            return digits_only(meter)
        ((left, right),) = curve.relations
        G, z = curve.unknowns
        equation = sp.expand((left - right).xreplace({z: place}))
        for factor, _ in sp.factor_list(equation, G)[1]:
            if sp.degree(factor, G) != 2:
                continue
            a, b, c = sp.Poly(factor, G).all_coeffs()
            square = sp.radsimp(sp.expand((4 * a * c - b**2) / (4 * a**2)))
            density = sp.sqrt(square) / sp.pi
            if square.is_positive and constant_ball(density)(_BITS).overlaps(self.constant(_BITS)):
                return density
        return digits_only(meter)
