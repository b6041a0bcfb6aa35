"""The second reading of a law: what its numbers need to know of its spectrum."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.laws.numbers.far_laws import near_law
from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.cuts import Atom, Cut
from freeprob.numeric.distributions.distribution import Distribution, distribution
from freeprob.numeric.distributions.function_values import function_distribution
from freeprob.numeric.distributions.newton_quantiles import quantiles
from freeprob.numeric.distributions.pole_distribution import pole_distribution
from freeprob.numeric.distributions.product_values import (
    ProductDistribution,
    product_distribution,
)
from freeprob.numeric.precision import FLOAT_DIGITS
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place
from freeprob.parameters import way_out
from freeprob.routes import REFUSALS, Route, Routed, first, remembered

if TYPE_CHECKING:
    from scipy.stats._distn_infrastructure import rv_continuous_frozen

    from freeprob.geometry.spectrum.pieces import Spectrum
    from freeprob.laws.base import Law


@lru_cache(maxsize=256)
def require_numbers(law: Law) -> None:
    """Refuse a law with free symbols."""
    if law.parameters:
        raise InvalidParameterError(f"numbers need values and {way_out(law)}")


def require_points(points: Any) -> None:
    """Refuse what is no array, and truth values, which NumPy would take for 0 and 1."""
    if isinstance(points, float | complex):
        return
    try:
        array = points if isinstance(points, np.ndarray) else np.asarray(points, dtype=object)
    except (TypeError, ValueError) as error:  # as a matrix of symbolic size
        raise InvalidParameterError(f"points must be numbers, got {points!s:.80}") from error
    kinds = (bool, np.bool_)
    if array.dtype == bool or (
        array.dtype == object and any(isinstance(point, kinds) for point in array.flat)
    ):
        raise InvalidParameterError("points must be numbers, got True or False")
    if array.dtype == object and any(isinstance(point, list | tuple) for point in array.flat):
        raise InvalidParameterError("points must be numbers, in rows of one length")


def cauchy(law: Law, z: Any, dps: int | None, derivative: int = 0) -> Any:
    """G(z) or a derivative of it."""
    require_numbers(law)
    require_points(z)
    two = of_two_variables(law)
    if two is not None and not derivative:
        return evaluate.reflected(two.cauchy, two.cauchy_ball, z, dps)
    if derivative:
        return evaluate.cauchy_derivative(law.system, z, derivative, dps)
    return evaluate.cauchy(law.system, z, dps)


def of_two_variables(law: Law) -> ProductDistribution | None:
    """The distribution of a function of two variables, dilated or shifted; None for others."""
    return product_distribution(law._merged().system)


def _require_floats(dps: int | None) -> None:
    """Refuse digits of probabilities that are integrals of a function that jumps."""
    if dps is not None:
        raise ConvergenceError(
            "probabilities of a function of several variables are known in float64: ask for them "
            "without dps; densities have digits"
        )


def second_sheet(law: Law, z: Any, through: float | None) -> Any:
    """G continued from above through the cut at a place, by default the middle of the widest."""
    require_numbers(law)
    require_points(z)
    cuts = [tuple(map(float, cut)) for cut in law.support(dps=FLOAT_DIGITS)]
    if not cuts:
        raise UndefinedOperationError(f"{law} has no cut to go through: all its mass is in atoms")
    place = _middle(*max(cuts, key=lambda cut: cut[1] - cut[0])) if through is None else through
    if not any(low < place < high for low, high in cuts):
        told = ", ".join(f"[{low:.6g}, {high:.6g}]" for low, high in cuts)
        raise InvalidParameterError(f"through={place:g} lies in no cut; the cuts are {told}")
    return evaluate.second_sheet(law.system, z, place)


def _middle(low: float, high: float) -> float:
    """A place inside a cut, the middle if it has one."""
    if np.isfinite([low, high]).all():
        return (low + high) / 2
    return low + 1 if np.isfinite(low) else high - 1 if np.isfinite(high) else 0.0


def density(law: Law, x: Any, dps: int | None) -> Any:
    """Density; large grids go through pieces made once, where the spectrum is known in pieces.

    For a symbol it is a formula.
    """
    if (
        dps is None
        and isinstance(x, sp.Expr)
        and x.free_symbols
        and not isinstance(x, sp.MatrixExpr)
    ):
        from freeprob.laws.numbers.closed_density import closed_density

        return closed_density(law, x)
    require_numbers(law)
    require_points(x)
    known = None if dps is not None else function_distribution(law.system)
    if known is not None:
        return evaluate.at_real_points(known.density, x)
    two = of_two_variables(law)
    if two is not None:
        return evaluate.at_real_points(two.density, x, two.density_ball, dps)
    near = near_law(law)
    if near is not None:
        return density(near.law, near.points(x, dps), dps)
    if dps is None and evaluate.is_long(law.system, np.size(x)):
        routes = [
            Route("pieces", lambda: evaluate.density(law.system, x, cuts_of(law))),
            Route("point by point", lambda: evaluate.density(law.system, x)),
        ]
        return first(lambda: f"the density of {law} was not found", routes).value
    return evaluate.density(law.system, x, None, dps)


def cdf(law: Law, x: Any, dps: int | None) -> Any:
    """Distribution function."""
    require_numbers(law)
    require_points(x)
    known = function_distribution(law.system)
    if known is not None:
        return evaluate.at_real_points(known.cdf, x, known.cdf_ball, dps)
    two = of_two_variables(law)
    if two is not None:
        _require_floats(dps)
        return evaluate.at_real_points(two.cdf, x)
    near = near_law(law)
    if near is not None:
        return cdf(near.law, near.points(x, dps), dps)

    return first(
        lambda: f"the distribution function of {law} was not found", _cdf_routes(law, x, dps)
    ).value


def masses(law: Law, x: np.ndarray) -> np.ndarray:
    """Distribution function on an array, right to 1e-12: small ones need not have their digits."""
    plain = function_distribution(law.system) is not None or near_law(law) is not None
    long = evaluate.has_integrals(law.system) and not evaluate.is_short(law.system, x.size)
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
        return evaluate.at_real_points(above.cdf, x)

    def by_panels() -> Any:
        return evaluate.at_real_points(partial(_with_digits, law), x)

    pieces = Route("pieces", by_pieces)
    integrals = [Route("digits of integrals of G above the points", above_points)]
    if dps is None:
        integrals.insert(0, Route("integrals of G above the points", in_float64))
    if dps is None and evaluate.has_integrals(law.system) and not is_short:
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
    known = None if dps is not None else function_distribution(law.system)
    if known is not None:
        return evaluate.at_real_points(known.quantile, p)
    two = of_two_variables(law)
    if two is not None:
        _require_floats(dps)
        return evaluate.at_real_points(two.quantile, p)
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
        return evaluate.at_real_points(lambda q: above.quantile(q, *facts), p)

    def by_potential() -> Any:
        assert poles is not None  # else it is no route
        atoms, facts = atoms_of(law), about()
        masses = partial(poles.masses, atoms=atoms)
        return evaluate.at_real_points(
            lambda q: quantiles(masses, q, atoms, partial(ends_of, law), facts), p
        )

    poles = pole_distribution(law.system)
    routes = [Route("pieces", by_pieces)]
    if dps is None:
        refuses = (*REFUSALS, UndefinedOperationError)  # a law without moments
        above = Route("integrals of G above places", above_places, refuses=refuses)
        routes.insert(0 if evaluate.is_short(law.system, np.size(p)) else 1, above)
        if poles is not None:
            routes.insert(0, Route("potential in closed form", by_potential, refuses=refuses))
    return routes


def ends_of(law: Law) -> tuple[float, float]:
    """The least and the largest point of the spectrum."""
    places = [*(float(end) for cut in law.support(dps=FLOAT_DIGITS) for end in cut)]
    places += [atom.location for atom in atoms_of(law)]
    return min(places), max(places)


@remembered(maxsize=256)
def spectrum_of(law: Law) -> Routed[Spectrum]:
    """The pieces of the spectrum with the atoms, which the exact reading or the branch tells.

    Raises
    ------
    ConvergenceError
        If no cuts and atoms are found that carry mass 1.
    """
    from freeprob.geometry.spectrum.pieces import spectrum

    if of_two_variables(law) is not None:
        raise ConvergenceError(
            "the density of a function of several variables is an integral at every point, not "
            "known in pieces: ask density, cdf and quantile for numbers, expect by sample"
        )
    return first(
        lambda: f"the spectrum of {law} was not found",
        [
            Route("exact atoms", lambda: spectrum(law.system, _exact_atoms(law))),
            Route("atoms seen on the branch", lambda: spectrum(law.system, _seen_atoms(law))),
        ],
    ).value


def cuts_of(law: Law) -> tuple[Cut, ...]:
    """The cuts of a law, ended also at cusps and other points where the density is not analytic."""
    return spectrum_of(law).value.cuts


@remembered(maxsize=256)
def atoms_of(law: Law) -> tuple[Atom, ...]:
    """The atoms of a law, exact where they are known so."""
    routes = [
        Route("exact atoms", lambda: _exact_atoms(law)),
        Route("atoms seen on the branch", lambda: _seen_atoms(law)),
    ]
    return first(lambda: f"the atoms of {law} were not found", routes).value


@remembered(maxsize=256)
def _exact_atoms(law: Law) -> tuple[Atom, ...]:
    return tuple(
        Atom(read_place(place), read_place(sp.sympify(mass))) for place, mass in law.atoms().items()
    )


def _seen_atoms(law: Law) -> tuple[Atom, ...]:
    """Atoms known to digits only."""
    from freeprob.geometry.spectrum.atoms import sure_atoms
    from freeprob.geometry.spectrum.branch_poles import seen_atoms

    return tuple(
        Atom(Place(place.mid().fmpq()), Place(mass.mid().fmpq()))
        for place, mass in seen_atoms(law.system, sure_atoms(law.system))
    )


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
