"""How edges move with a parameter: de/dc = -E_c/E_x on their equation E(x; c) = 0, exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import sympy as sp
from flint import arb, arb_poly, ctx, fmpq_poly, fmpz_poly

from freeprob.errors import CertificationError, InvalidParameterError, NoClosedFormError
from freeprob.exact.algebra.door import Polynomial, to_fmpq, to_rational
from freeprob.exact.systems.system import System, specialised
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.phases.cells import at, dense_in
from freeprob.geometry.phases.edge_conditions import edge_equations
from freeprob.geometry.signs.samples import Values
from freeprob.geometry.signs.sides import RealNumber
from freeprob.geometry.spectrum.edges import Edges, edges, local_behaviours
from freeprob.numeric.precision import rounded

_BITS = 256


@final
@dataclass(frozen=True)
class Motion:
    """An edge of a law with parameters at values of them.

    ``system`` has the parameters as symbols; ``place`` is the edge at ``values``.
    """

    system: System
    values: tuple[tuple[sp.Symbol, sp.Rational], ...]
    place: RealNumber
    location: sp.Expr | Any

    def velocity(self, parameter: sp.Symbol, dps: int | None) -> Any:
        """de/dc at the values, exact or with ``dps`` right digits.

        Raises
        ------
        InvalidParameterError
            If the law does not depend on the parameter.
        CertificationError
            If the edge meets another critical value there, so that it has no velocity.
        """
        slope, speed = self._partials(parameter)
        if dps is not None:
            return rounded(lambda bits: self._ball(slope, speed, bits), dps)
        if not isinstance(self.place, RealAlgebraic):
            raise NoClosedFormError(
                "this edge is known by its digits only: ask for its velocity with dps="
            )
        modulus = fmpq_poly(fmpz_poly(list(self.place.coefficients)))
        common, inverse, _ = fmpq_poly(slope).xgcd(modulus)
        # the modulus is irreducible, so that only 1 is common
        assert common == 1
        quotient = (-fmpq_poly(speed) * inverse) % modulus
        powers = (to_rational(c) * self.location**i for i, c in enumerate(quotient.coeffs()))
        return sp.expand(sp.Add(*powers))

    def _partials(self, parameter: sp.Symbol) -> tuple[fmpz_poly, fmpz_poly]:
        """E_x and E_c at the values, as polynomials in x."""
        if not isinstance(parameter, sp.Symbol) or parameter not in self._symbols:
            names = ", ".join(map(str, sorted(self._symbols, key=sp.default_sort_key)))
            raise InvalidParameterError(
                f"{parameter!s:.80} is no parameter that a value was given to; these are {names}"
            )
        values = dict(self.values)
        value = values.pop(parameter)
        equations, images = edge_equations(specialised(self.system, values))
        x = equations.ring.index(equations.x)
        if parameter not in equations.ring.generators:
            return fmpz_poly([1]), fmpz_poly([0])
        c = equations.ring.index(parameter)
        found = []
        for image in images:
            here = at(image, c, to_fmpq(value))
            with ctx.workprec(_BITS):
                if not arb_poly(dense_in(here, x))(self.place.ball(_BITS)).contains(0):
                    continue
            found.append(_derivatives(image, x, c, value))
        (slope, speed), *others = found
        with ctx.workprec(_BITS):
            still = arb_poly(slope)(self.place.ball(_BITS)).contains(0)
        if still or others:
            raise CertificationError(
                f"at {parameter} = {value} the edge at {self.location} meets another critical "
                "value, as where cuts merge: it has no velocity there"
            )
        return slope, speed

    @cached_property
    def _symbols(self) -> set[sp.Symbol]:
        return {symbol for symbol, _ in self.values}

    def _ball(self, slope: fmpz_poly, speed: fmpz_poly, bits: int) -> arb:
        with ctx.workprec(bits + 64):
            x = self.place.ball(bits + 64)
            return -arb_poly(speed)(x) / arb_poly(slope)(x)


def _derivatives(
    image: Polynomial, x: int, c: int, value: sp.Rational
) -> tuple[fmpz_poly, fmpz_poly]:
    """E_x and E_c at a value of c, with one common factor."""
    slope, speed = image.derivative(x), image.derivative(c)
    degrees = [max(0, int(part.degrees()[c])) for part in (slope, speed)]
    number = to_fmpq(value)
    # each is cleared of its own powers of the denominator
    scale = [number.q ** (max(degrees) - degree) for degree in degrees]
    parts = (at(part, c, number) for part in (slope, speed))
    first, second = (dense_in(part, x) * factor for part, factor in zip(parts, scale, strict=True))
    return first, second


def moving_edges(
    system: System, values: Values, instance: System, dps: int | None, budget: int
) -> Edges:
    """The edges of a system at values of its parameters, which know how they move."""
    return Edges(
        replace(edge, motion=Motion(system, tuple(values.items()), b.location, edge.location))
        for edge, (b, _) in zip(
            edges(instance, dps, budget), local_behaviours(instance, budget), strict=True
        )
    )
