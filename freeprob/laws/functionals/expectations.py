"""E f(X) of a law: a formula where there is one, else a number; ±∞ where it is infinite."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from math import ceil
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import sympy as sp
from flint import acb, arb, ctx

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.laws.functionals.closed_expectations import closed_expectation, value_at
from freeprob.laws.functionals.divergence import infinite_expectation
from freeprob.laws.functionals.integrands import Integrand, read, special_places
from freeprob.laws.functionals.potentials import potential_ball, potential_floats
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of, require_numbers
from freeprob.numeric.distributions.function_values import function_distribution
from freeprob.numeric.integrals.expectation import expectation
from freeprob.numeric.integrals.function_means import function_mean
from freeprob.numeric.integrals.panels import quadrature
from freeprob.numeric.integrals.precise_panels import integral
from freeprob.numeric.precision import (
    BITS_PER_DIGIT,
    FLOAT_DIGITS,
    bits_of,
    converted,
    fresh_context,
    from_ball,
    to_ball,
    to_mpf,
)
from freeprob.numeric.programs.lowering import compile_mpmath, compile_numpy, read_place
from freeprob.numeric.programs.points import Place
from freeprob.numeric.stepping.balls import exponent

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_GUARD = 15  # digits of f, and of parts that cancel, beyond those asked for
_SPARE = 8  # digits to which a quadrature is asked for more: so many may be zeros
_ROUNDING = 1e-13  # of ax + b, where an end of the support is -b/a itself
_COMPLEX = "the function is not real on the whole support: take a modulus, as in log(Abs(x))"


def expect(law: Law, f: Any, x: Any, dps: int | None) -> Any:
    """E f(X)."""
    integrand = read(f, x, law.parameters)
    if not isinstance(integrand, Integrand):
        require_numbers(law)
        return _of_callable(law, integrand, dps)
    symbols = (integrand.expression.free_symbols | law.free_symbols) - {integrand.variable}
    if not symbols:
        require_real(law, integrand)
    formula = closed_expectation(law, integrand)
    if formula is not None:
        asked = None if formula.free_symbols else dps
        return formula if asked is None else digits_of_formula(formula, asked)
    if symbols:
        names = ", ".join(sorted(map(str, symbols)))
        raise NoClosedFormError(
            f"there is no closed form of this expectation: give values to {names} for a number"
        )
    return _number(law, integrand, dps)


def digits_of_formula(formula: sp.Expr, dps: int) -> mpmath.mpf:
    """A formula as a number."""
    if formula.is_infinite:
        return fresh_context(dps).mpf(float(formula))
    # N leaves an exact zero as an integer
    read = sp.N(formula, dps + _GUARD)
    if not read.is_real:
        raise UndefinedOperationError(_COMPLEX)
    value = sp.Float(read, dps + _GUARD)
    with ctx.workprec(bits_of(dps + _GUARD)):
        return to_mpf(to_ball(value._to_mpmath(bits_of(dps + _GUARD))), dps)


def require_real(law: Law, integrand: Integrand) -> None:
    """Refuse logarithms of numbers that are negative somewhere on the support."""
    signed = [log for log in integrand.logarithms if not log.modulus]
    if not signed:
        return
    places = [end.location[0] for cut in cuts_of(law) for end in cut.ends]
    places += [atom.location for atom in atoms_of(law)]
    for log in signed:
        a, b = float(log.slope), float(log.shift)
        if min(a * place + b for place in places) < -_ROUNDING * max(abs(b), 1.0):
            raise UndefinedOperationError(_COMPLEX)


def _number(law: Law, integrand: Integrand, dps: int | None) -> Any:
    """The number in float64 or to digits; ±∞ where it is so."""
    infinite = infinite_at_atoms(law, integrand)
    if infinite is None:
        try:
            if dps is None:
                return _in_floats(law, integrand)
            return to_mpf(significant(partial(_precise, law, integrand), dps), dps)
        except ConvergenceError:
            infinite = infinite_expectation(law, integrand.expression, integrand.variable)
            if infinite is None:
                raise
    return float(infinite) if dps is None else fresh_context(dps).mpf(float(infinite))


@lru_cache(maxsize=256)
def _places_of_atoms(law: Law) -> tuple[sp.Expr, ...]:
    """Where a law has atoms."""
    return tuple(law.atoms())


@lru_cache(maxsize=1024)
def infinite_at_atoms(law: Law, integrand: Integrand) -> sp.Expr | None:
    """±∞ where the function is so at an atom."""
    if not (integrand.logarithms or integrand.rest.has(integrand.variable)):
        return None
    f, x = integrand.expression, integrand.variable
    infinite = {value_at(f, x, place) for place in _places_of_atoms(law)} & {sp.oo, -sp.oo}
    if len(infinite) > 1:
        raise UndefinedOperationError("the function is ∞ at one atom of the law and -∞ at another")
    return infinite.pop() if infinite else None


def _in_floats(law: Law, integrand: Integrand) -> float:
    """The expectation in float64, or by digits where f is steep at an end."""
    smooth = integrand.without_logarithms
    total = 0.0
    for factor, slope, shift, _ in integrand.logarithms:
        (U,) = potential_floats(law, np.array([complex(-shift / slope)]))
        total += float(factor) * (np.log(abs(float(slope))) + U)
    if smooth == 0:
        return float(total)
    function, places = _compiled(smooth, integrand.variable)
    plain = function_distribution(law.system)
    if plain is not None:
        # the mean over the variable itself needs no cuts
        with suppress(ConvergenceError):
            return float(total + function_mean(plain, function, places))
    try:
        rule = quadrature(law.system, cuts_of(law), atoms_of(law))
        return float(total + expectation(rule, function, places))
    except ConvergenceError:
        return float(to_mpf(_precise(law, integrand, FLOAT_DIGITS), FLOAT_DIGITS))


@lru_cache(maxsize=256)
def _compiled(f: sp.Expr, x: sp.Symbol) -> tuple[Callable[[Any], Any], tuple[float, ...]]:
    """A function of arrays, and the places where it may not be smooth."""
    function = compile_numpy(f, [x])

    def values(points: np.ndarray) -> np.ndarray:
        found = np.broadcast_to(np.asarray(function(points)), points.shape)
        return np.where(np.isreal(found), np.real(found), np.nan)

    return values, tuple(float(place) for place in special_places(f, x))


def significant(value: Callable[[int], arb], dps: int) -> arb:
    """A number known to digits behind the point, to ``dps`` digits of its own; 0 below 10^-2dps."""
    working = dps
    while True:
        found = value(working)
        order = -exponent(acb(found)) / BITS_PER_DIGIT
        if order <= working - dps + _SPARE:
            return found
        if working == 3 * dps:
            return arb(0)
        working = dps + min(ceil(order), 2 * dps)


def _called(law: Law, function: Callable[[Any], Any], dps: int) -> arb:
    """The expectation of a Python function to digits behind the point."""
    return _precise_sum(law, function, fresh_context(dps + _GUARD), dps, [])


def _precise(law: Law, integrand: Integrand, dps: int) -> arb:
    """The expectation to digits behind the point."""
    x, smooth = integrand.variable, integrand.without_logarithms
    more = dps + _GUARD
    with ctx.workprec(bits_of(more)):
        total = arb(0)
        for factor, slope, shift, _ in integrand.logarithms:
            U = potential_ball(law, read_place(-shift / slope), more)
            scale = abs(read_place(slope)().real)
            total += read_place(factor)().real * (scale.log() + U)
    if smooth == 0:
        return total
    places = [read_place(place) for place in special_places(smooth, x)]
    own = fresh_context(more)
    rest = _precise_sum(law, compile_mpmath(smooth, [x], own), own, dps, places)
    with ctx.workprec(bits_of(more)):
        return total + rest


def _precise_sum(
    law: Law,
    function: Callable[[Any], Any],
    own: mpmath.MPContext,
    dps: int,
    places: list[Place],
) -> arb:
    """The integral of a function of a context's numbers, and its sum over the atoms."""

    def values(x: arb, density: arb) -> arb:
        try:
            value = converted(function(from_ball(x, own)), own)
        except (TypeError, ValueError) as error:
            raise UndefinedOperationError(_COMPLEX) from error
        if hasattr(value, "_mpc_"):
            raise UndefinedOperationError(_COMPLEX)
        return to_ball(value)

    cuts, atoms = cuts_of(law), atoms_of(law)
    total = integral(law.system, cuts, atoms, values, dps + _SPARE + 2, places)
    with ctx.workprec(bits_of(dps + _GUARD)):
        for atom in atoms:
            total += atom.mass().real * values(atom.place().real, arb(0))
    return total


def _of_callable(law: Law, function: Callable[[Any], Any], dps: int | None) -> Any:
    """The expectation of a Python function, called with one float or mpf at a time."""
    try:
        if dps is not None:
            return to_mpf(significant(partial(_called, law, function), dps), dps)
        rule = quadrature(law.system, cuts_of(law), atoms_of(law))
        return expectation(rule, _elementwise(function))
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(
            f"the function must take a number and give a real number: {error}"
        ) from error


def _elementwise(function: Callable[[Any], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """A function of one number, of all entries of an array."""

    def values(points: np.ndarray) -> np.ndarray:
        found = [float(function(float(point))) for point in points.flat]
        return np.array(found).reshape(points.shape)

    return values
