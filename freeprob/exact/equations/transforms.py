"""Charts of a law: G, F, R, S, ψ, η as coordinates on one curve.

A chart names two functions of the point (z, G): an argument and a value. Its polynomial equation is
the minimal polynomial of the law after a birational substitution. A closed form exists where the
argument is a Möbius function of the one unknown of the curve (then even an analytic law has one),
where the operation is linear in the transform (R adds, S multiplies), or where the equation is at
most quadratic in the value; the sheet is then the one of the moment series, never a guess.

Sources: Voiculescu 1986, 1987; Speicher 1994; Bercovici-Voiculescu 1993 (ψ, η).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.errors import (
    InvalidParameterError,
    NoClosedFormError,
    NotAlgebraicError,
    UndefinedOperationError,
)
from freeprob.exact.algebra.costs import DEFAULT_BUDGET
from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.polynomials import degree, factors_in
from freeprob.exact.algebra.series import Series, lagrange
from freeprob.exact.equations.display import collected, shorter
from freeprob.exact.equations.elimination import Elimination, polynomial
from freeprob.exact.moments.cumulants import free_cumulant_series, one
from freeprob.exact.moments.moments import moment_field, moment_series
from freeprob.exact.moments.square_roots import quadratic_root
from freeprob.exact.systems.system import Node, Point, System, flatten, moebius_solution


@final
@dataclass(frozen=True)
class Chart:
    """Two coordinates of a point (z, G) of a law's curve.

    Parameters
    ----------
    value, argument
        The coordinates as functions of the point.
    point
        The point from (value, argument).
    series
        The value as a series in the argument t (in t = 1/z where the argument is z), from the
        moment series of the law.
    at_infinity
        Whether the argument is z, so that the series is in its inverse.
    """

    value: Callable[[Point], sp.Expr]
    argument: Callable[[Point], sp.Expr]
    point: Callable[[sp.Expr, sp.Expr], Point]
    series: Callable[[Series], Series]
    at_infinity: bool = False


def _psi(moments: Series) -> Series:
    return moments - one(moments)


def _s_series(moments: Series) -> Series:
    """S(y) = χ(y) (1 + y)/y with χ the inverse of ψ."""
    psi = _psi(moments).shifted(-1)
    inverse = lagrange(psi.inverse())
    y = Series.constant(moments.field, moments.field.integer(1), inverse.end).shifted(1)
    return inverse.shifted(-1) * (one(y) + y)


CHARTS: dict[str, Chart] = {
    "G": Chart(
        value=lambda at: at.G,
        argument=lambda at: at.z,
        point=lambda value, argument: Point(argument, value),
        series=lambda moments: moments.shifted(1),
        at_infinity=True,
    ),
    "F": Chart(
        value=lambda at: 1 / at.G,
        argument=lambda at: at.z,
        point=lambda value, argument: Point(argument, 1 / value),
        series=lambda moments: moments.shifted(1).inverse(),
        at_infinity=True,
    ),
    "R": Chart(
        value=lambda at: at.z - 1 / at.G,
        argument=lambda at: at.G,
        point=lambda value, argument: Point(value + 1 / argument, argument),
        series=lambda moments: (free_cumulant_series(moments) - one(moments)).shifted(-1),
    ),
    "S": Chart(
        value=lambda at: at.G / (at.z * at.G - 1),
        argument=lambda at: at.z * at.G - 1,
        point=lambda value, argument: Point((1 + argument) / (argument * value), argument * value),
        series=_s_series,
    ),
    "psi": Chart(
        value=lambda at: at.z * at.G - 1,
        argument=lambda at: 1 / at.z,
        point=lambda value, argument: Point(1 / argument, (1 + value) * argument),
        series=_psi,
    ),
    "eta": Chart(
        value=lambda at: 1 - 1 / (at.z * at.G),
        argument=lambda at: 1 / at.z,
        point=lambda value, argument: Point(1 / argument, argument / (1 - value)),
        series=lambda moments: one(moments) - moments.inverse(),
    ),
}


def chart(name: str, system: System) -> Chart:
    """The chart of this name.

    Raises
    ------
    InvalidParameterError
        For an unknown name.
    UndefinedOperationError
        For S of a law with mean zero.
    """
    if not isinstance(name, str) or name not in CHARTS:
        raise InvalidParameterError(
            f"there is no transform {name!r:.80}; the transforms are {', '.join(CHARTS)}"
        )
    if name == "S" and _first_moment(system) == 0:
        raise UndefinedOperationError(
            "S of a law with mean zero is not a function: y = zG - 1 starts with z⁻², so its "
            "inverse has two branches; use the R-transform, or S of the law of X²"
        )
    return CHARTS[name]


def _first_moment(system: System) -> sp.Expr | None:
    """The mean, or ``None`` for a law without moments."""
    try:
        field = moment_field(system, 1)
        return field.write(moment_series(system, 1, field).coefficient(1))
    except UndefinedOperationError:
        return None


def transform_equation(system: System, name: str, budget: int = DEFAULT_BUDGET) -> Elimination:
    """The minimal polynomial of a transform: ring (value, argument, parameters, constants).

    Raises
    ------
    InvalidParameterError, UndefinedOperationError
        As :func:`chart`.
    NotAlgebraicError, BudgetExceededError
        As :func:`freeprob.exact.equations.elimination.polynomial`.
    """
    own = chart(name, system)
    eliminated = polynomial(system, budget)
    value, argument = sp.Dummy(name), sp.Dummy("w")
    ring = Ring((value, argument, *eliminated.ring.generators[2:]))
    point = own.point(value, argument)
    z, G = ring.fraction(point.z), ring.fraction(point.G)
    substituted = _homogeneous(
        eliminated, ring, (G.numerator, G.denominator), (z.numerator, z.denominator)
    )
    # a birational map adds only factors of its own denominators to an irreducible polynomial
    foreign = z.denominator * G.denominator * G.numerator
    found = [
        factor for factor, _ in factors_in(substituted, [0]) if foreign.gcd(factor).is_constant()
    ]
    if len(found) != 1:
        raise NotAlgebraicError(f"the {name}-transform of this law has no equation of its own")
    return Elimination(ring, found[0])


def _homogeneous(
    eliminated: Elimination,
    ring: Ring,
    G: tuple[Polynomial, Polynomial],
    z: tuple[Polynomial, Polynomial],
) -> Polynomial:
    """P at two fractions, over its least common denominator."""
    tops = [degree(eliminated.polynomial, 0), degree(eliminated.polynomial, 1)]
    total = ring.constant(0)
    for (in_G, in_z, *rest), coefficient in eliminated.polynomial.terms():
        term = ring.context.from_dict({(0, 0, *rest): coefficient})
        for (top, bottom), power, most in zip((G, z), (in_G, in_z), tops, strict=True):
            term = term * top ** int(power) * bottom ** int(most - power)
        total += term
    return total


def closed_form(
    system: System, name: str, argument: sp.Expr, budget: int = DEFAULT_BUDGET
) -> sp.Expr:
    """A transform in closed form at an argument.

    Raises
    ------
    NoClosedFormError
        If the curve gives none and the equation has degree 3 or more in the value.
    InvalidParameterError, UndefinedOperationError
        As :func:`chart`.
    """
    own = chart(name, system)
    at = sp.Dummy("w")
    direct = _uniformised(system, own, at)
    if direct is None and name == "R":
        direct = _by_logarithm(system, at)
    if direct is None:
        direct = _from_parts(system, name, at, budget)
    if direct is None:
        direct = _quadratic(system, name, own, at, budget)
    return direct.xreplace({at: argument})


def _uniformised(system: System, own: Chart, at: sp.Dummy) -> sp.Expr | None:
    """The closed form where the argument is a Möbius function of the only unknown."""
    curve = flatten(system)
    if not curve.is_uniformised:
        return None
    point = Point(curve.z, curve.G)
    solution = moebius_solution(own.argument(point), at, curve.unknowns)
    if solution is None:
        return None
    unknown, value = solution
    return shorter(own.value(point).xreplace({unknown: value}))


def _by_logarithm(system: System, at: sp.Dummy) -> sp.Expr | None:
    """R where G is a multiple of the logarithm of a Möbius function of z, as for uniform laws.

    With E = exp(w/factor) the point z is a Möbius function of E.
    """
    curve = flatten(system)
    if not curve.is_uniformised or curve.z != curve.unknowns[0]:
        return None
    factor, inside = curve.G.as_independent(*curve.unknowns, as_Add=False)
    if not isinstance(inside, sp.log):
        return None
    power = sp.Dummy("E")
    solution = moebius_solution(inside.args[0], power, curve.unknowns)
    if solution is None:
        return None
    # (aE + b)/(cE + d) with c + d = 0 is (a - b)/2c + (a + b)/2c coth(w/2 factor)
    top, bottom = sp.fraction(sp.cancel(solution[1]))
    (a, b), (c, d) = (sp.Poly(part, power).all_coeffs() for part in (top, bottom))
    if sp.simplify(c + d) != 0:
        return None
    return (
        shorter((a - b) / (2 * c))
        + shorter((a + b) / (2 * c)) * sp.coth(at / (2 * factor))
        - 1 / at
    )


def _from_parts(system: System, name: str, at: sp.Dummy, budget: int) -> sp.Expr | None:
    """The closed form where the operation is linear in this transform and all parts have one."""
    if not isinstance(system, Node):
        return None
    slots = [sp.Dummy() for _ in system.parts]
    combined = system.operation.linearised(name, slots)
    if combined is None:
        return None
    try:
        values = [closed_form(part, name, at, budget) for part in system.parts]
    except NoClosedFormError:
        return None
    return combined.xreplace(dict(zip(slots, values, strict=True)))


def _quadratic(system: System, name: str, own: Chart, at: sp.Dummy, budget: int) -> sp.Expr:
    """The root of an equation of degree 1 or 2 in the value that has the right series."""
    try:
        equation = transform_equation(system, name, budget)
    except NotAlgebraicError as error:
        raise NoClosedFormError(
            f"no closed form of the {name}-transform of this law is known: it satisfies no "
            "polynomial equation; the numeric reading still works"
        ) from error
    power = degree(equation.polynomial, 0)
    if power > 2:
        raise NoClosedFormError(
            f"the equation of the {name}-transform of this law has degree {power} in the value; "
            f"transform_equation({name!r}, value, argument) gives it"
        )
    ring = equation.ring
    coefficients = sp.Poly(collected(equation.polynomial, ring, 0), ring.generators[0])
    values = {ring.generators[1]: at}
    low = [coefficients.coeff_monomial(ring.generators[0] ** k).xreplace(values) for k in range(3)]
    if power == 1:
        return shorter(-low[0] / low[1])
    terms = 3 + 2 * degree(equation.polynomial, 1)
    field = moment_field(system, terms)
    series = own.series(moment_series(system, terms, field))
    return quadratic_root(low, at, series, own.at_infinity)
