"""Probabilities of a law: its distribution function and quantiles, and the routes to them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, NoClosedFormError, UndefinedOperationError
from freeprob.laws.numbers.far_laws import near_law
from freeprob.laws.numbers.half_line import zero_below
from freeprob.laws.numbers.spectrum_for_numbers import (
    atoms_of,
    ends_of,
    of_several_variables,
    require_numbers,
    require_points,
    spectrum_of,
)
from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.distribution import Distribution, distribution
from freeprob.numeric.distributions.function_quantiles import quantile_ball
from freeprob.numeric.distributions.function_values import function_distribution
from freeprob.numeric.distributions.newton_quantiles import quantiles
from freeprob.numeric.distributions.point_forms import at_real_points
from freeprob.numeric.distributions.pole_distribution import pole_distribution
from freeprob.numeric.precision import FLOAT_DIGITS
from freeprob.routes import REFUSALS, Route, first

if TYPE_CHECKING:
    from scipy.stats._distn_infrastructure import rv_continuous_frozen

    from freeprob.laws.base import Law


def _require_floats(dps: int | None) -> None:
    """Refuse digits of probabilities that are integrals of a function that jumps."""
    if dps is not None:
        raise ConvergenceError(
            "probabilities of a function of several variables are known in float64: ask for them "
            "without dps; densities have digits"
        )


def cdf(law: Law, x: Any, dps: int | None) -> Any:
    """Distribution function."""
    require_numbers(law)
    require_points(x)
    known = function_distribution(law.system)
    if known is not None:
        return at_real_points(known.cdf, x, known.cdf_ball, dps)
    several = of_several_variables(law)
    if several is not None:
        _require_floats(dps)
        return at_real_points(several.cdf, x)
    near = near_law(law)
    if near is not None:
        return cdf(near.law, near.points(x, dps), dps)

    def by_routes(points: Any) -> Any:
        routes = _cdf_routes(law, points, dps)
        return first(lambda: f"the distribution function of {law} was not found", routes).value

    return zero_below(law, by_routes, x, dps)


def masses(law: Law, x: np.ndarray) -> np.ndarray:
    """Distribution function on an array, right to 1e-12: small ones need not have their digits."""
    closed = function_distribution(law.system), pole_distribution(law.system), near_law(law)
    plain = any(way is not None for way in closed)
    long = evaluate.is_costly(law.system) and not evaluate.is_short(law.system, x.size)
    if plain or not long:
        return law.cdf(x)
    routes = [
        Route("panels of the density", lambda: _by_table(law, x)),
        Route("point by point", lambda: law.cdf(x)),
    ]
    return first(f"the distribution function of {law} was not found", routes).value


def _by_table(law: Law, x: np.ndarray) -> np.ndarray:
    """Masses from the density between the ends of the support."""
    from freeprob.numeric.distributions.table_of_masses import cdf_by_table

    cuts = tuple((float(low), float(high)) for low, high in law.support(dps=FLOAT_DIGITS))
    return cdf_by_table(law.system, x, atoms_of(law), cuts, law.cdf)


def _with_digits(law: Law, x: np.ndarray) -> np.ndarray:
    """The same, small masses by integrals of their own."""
    from freeprob.numeric.distributions.integrals_above import SMALL

    found = _by_table(law, x)
    low = float(law.support(dps=FLOAT_DIGITS)[0][0])
    for i in np.flatnonzero((found < SMALL) & (x > low)):
        found[i] = law.cdf(float(x[i]))
    return found


def _cdf_routes(law: Law, x: Any, dps: int | None) -> list[Route[Any]]:
    """The ways to a distribution function."""
    from freeprob.geometry.spectrum.pieces import hull_of

    poles = pole_distribution(law.system)
    # the support of a law of integrals takes longer than a few integrals above points
    is_short = evaluate.is_short(law.system, np.size(x))

    def by_pieces() -> Any:
        pieces = spectrum_of(law).value
        return evaluate.cdf(law.system, x, pieces.cuts, pieces.atoms, dps)

    def above_points() -> Any:
        hull = None if is_short else hull_of(law.system)
        return evaluate.cdf(law.system, x, None, atoms_of(law), dps, hull)

    def in_float64() -> Any:
        from freeprob.numeric.distributions.integrals_above import DistributionAbove

        above = DistributionAbove(law.system, atoms_of(law), lambda: hull_of(law.system))
        return at_real_points(above.cdf, x)

    def by_panels() -> Any:
        return at_real_points(partial(_with_digits, law), x)

    pieces = Route("pieces", by_pieces)
    integrals = [Route("digits of integrals of G above the points", above_points)]
    if dps is None:
        integrals.insert(0, Route("integrals of G above the points", in_float64))
    if dps is None and evaluate.is_costly(law.system) and not is_short:
        routes = [Route("panels of the density", by_panels), *integrals, pieces]
    else:
        routes = [*integrals, pieces] if is_short else [pieces, *integrals]
    if poles is None:
        return routes
    by_potential = Route(
        "potential in closed form", lambda: evaluate.cdf_of_poles(poles, x, atoms_of(law), dps)
    )
    return [by_potential, *routes]


def quantile(law: Law, p: Any, dps: int | None) -> Any:
    """Quantiles."""
    require_numbers(law)
    require_points(p)
    known = function_distribution(law.system)
    if known is not None and dps is None:
        return at_real_points(known.quantile, p)
    several = of_several_variables(law)
    if several is not None:
        _require_floats(dps)
        return at_real_points(several.quantile, p)
    near = near_law(law)
    if near is not None:
        return near.back(quantile(near.law, p, dps), dps)
    return first(
        lambda: f"the quantiles of {law} were not found", _quantile_routes(law, p, dps)
    ).value


def _quantile_routes(law: Law, p: Any, dps: int | None) -> list[Route[Any]]:
    """The ways to quantiles."""
    from freeprob.geometry.spectrum.pieces import hull_of

    def by_pieces() -> Any:
        pieces = spectrum_of(law).value
        return evaluate.quantile(law.system, p, pieces.cuts, pieces.atoms, dps)

    def about() -> tuple[float, float, bool]:
        mean, second = map(sp.sympify, law.moments(2))
        spread = float(sp.sqrt(second - mean**2))
        return float(mean), spread, bool(law._on_half_line())

    def above_places() -> Any:
        from freeprob.numeric.distributions.integrals_above import DistributionAbove

        above = DistributionAbove(law.system, atoms_of(law), lambda: hull_of(law.system))
        facts = about()
        return at_real_points(lambda q: above.quantile(q, *facts), p)

    def by_potential() -> Any:
        assert poles is not None  # else it is no route
        atoms, facts = atoms_of(law), about()
        masses = partial(poles.masses, atoms=atoms)
        return at_real_points(
            lambda q: quantiles(masses, q, atoms, partial(ends_of, law), facts), p
        )

    def between_masses() -> Any:
        assert known is not None  # else it is no route
        return at_real_points(known.quantile, p, partial(quantile_ball, known), dps)

    poles = pole_distribution(law.system)
    known = function_distribution(law.system)
    if known is not None:
        return [Route("between values of the distribution function", between_masses)]
    routes = [Route("pieces", by_pieces)]
    if dps is None:
        refuses = (*REFUSALS, UndefinedOperationError)  # a law without moments
        above = Route("integrals of G above places", above_places, refuses=refuses)
        routes.insert(0 if evaluate.is_short(law.system, np.size(p)) else 1, above)
        if poles is not None:
            routes.insert(0, Route("potential in closed form", by_potential, refuses=refuses))
    return routes


def distribution_of(law: Law) -> Distribution:
    """Distribution function, its inverse and integrals in float64."""
    require_numbers(law)
    pieces = spectrum_of(law).value
    return distribution(law.system, pieces.cuts, pieces.atoms)


def scipy_distribution(law: Law) -> rv_continuous_frozen:
    """The law as a frozen distribution of scipy.stats."""
    from freeprob.numeric.integrals.scipy_distribution import LawDistribution, Readings

    low, high = (float(end) for end in quantile(law, [0, 1], None))
    readings = Readings(
        law.density, partial(distribution_of, law), partial(_moment, law), _statistics(law)
    )
    return LawDistribution(readings, (low, high), str(law))()


def _moment(law: Law, order: int) -> float | None:
    """A moment from the exact one; None where that is not known or does not exist."""
    if order == 0:
        return 1.0
    try:
        return float(law.moments(order)[-1])
    except (UndefinedOperationError, NoClosedFormError):
        return None


def _statistics(law: Law) -> tuple[float | None, ...]:
    """Mean, variance, skewness, excess kurtosis, rounded once from exact moments."""
    try:
        m1, m2, m3, m4 = (sp.sympify(moment) for moment in law.moments(4))
    except (UndefinedOperationError, NoClosedFormError):
        return (None,) * 4
    variance = sp.expand(m2 - m1**2)
    third = sp.expand(m3 - 3 * m1 * m2 + 2 * m1**3)
    fourth = sp.expand(m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4)
    if variance.is_zero:
        return float(m1), 0.0, np.nan, np.nan
    skewness = third / variance ** sp.Rational(3, 2)
    return tuple(float(sp.N(v)) for v in (m1, variance, skewness, fourth / variance**2 - 3))
