"""The second reading of a law: what its numbers need to know of its spectrum."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    UndefinedOperationError,
)
from freeprob.law_symbols import way_out
from freeprob.laws.numbers.far_laws import near_law
from freeprob.laws.numbers.half_line import zero_below
from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.cuts import Atom, Cut
from freeprob.numeric.distributions.function_values import function_distribution
from freeprob.numeric.distributions.point_forms import (
    at_real_points,
    each,
    real_place,
    real_points,
)
from freeprob.numeric.distributions.product_values import (
    HiddenDistribution,
    ProductDistribution,
    product_distribution,
)
from freeprob.numeric.precision import FLOAT_DIGITS, rounded, to_mpf
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.product_images import KNOWN_ON_THE_AXIS
from freeprob.parameters import exact
from freeprob.routes import Route, Routed, first, remembered

if TYPE_CHECKING:
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
    if array.dtype == object and any(point is np.ma.masked for point in array.flat):
        raise InvalidParameterError("points must be numbers, and some are masked")


def cauchy(law: Law, z: Any, dps: int | None, derivative: int = 0) -> Any:
    """G(z) or a derivative of it."""
    require_numbers(law)
    require_points(z)
    two = of_two_variables(law)
    if two is not None and not derivative:
        return evaluate.reflected(two.cauchy, two.cauchy_ball, z, dps)
    near = near_law(law)
    if near is not None and near.exponent:
        there = cauchy(near.law, near.points(z, dps), dps, derivative)
        return near.per_length(there, dps, sp.Integer(1 + derivative))
    if derivative:
        return evaluate.cauchy_derivative(law.system, z, derivative, dps)
    return evaluate.cauchy(law.system, z, dps)


def of_two_variables(law: Law) -> ProductDistribution | None:
    """The distribution of a function of two variables, dilated or shifted; None for others."""
    found = of_several_variables(law)
    return found if isinstance(found, ProductDistribution) else None


@lru_cache(maxsize=256)
def of_several_variables(law: Law) -> ProductDistribution | HiddenDistribution | None:
    """The same of several variables, which may be hidden on the spectrum."""
    return product_distribution(law._merged().system)


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
    if dps is None and isinstance(x, sp.Expr) and x.free_symbols:
        from freeprob.laws.numbers.closed_density import closed_density

        return closed_density(law, exact(x, "a point"))
    require_numbers(law)
    require_points(x)
    known = None if dps is not None else function_distribution(law.system)
    if known is not None:
        return at_real_points(known.density, x)
    two = of_two_variables(law)
    if two is not None:
        if dps is None:
            return at_real_points(two.density, x)
        return each(lambda y: _digits_of_two(law, two, y, dps), x)
    near = near_law(law)
    if near is not None:
        return near.per_length(density(near.law, near.points(x, dps), dps), dps)
    return zero_below(law, lambda points: _density(law, points, dps), x, dps)


def _density(law: Law, x: Any, dps: int | None) -> Any:
    """By the branch, in pieces for long grids."""
    if dps is None and evaluate.is_long(law.system, np.size(x)):
        routes = [
            Route("pieces", lambda: evaluate.density(law.system, x, cuts_of(law))),
            Route("point by point", lambda: evaluate.density(law.system, x)),
        ]
        return first(lambda: f"the density of {law} was not found", routes).value
    return evaluate.density(law.system, x, None, dps)


def _digits_of_two(law: Law, two: ProductDistribution, x: Any, dps: int) -> Any:
    """Digits of a density, which may be ∞ at a float64 number and 0 exactly."""
    from freeprob.geometry.images.product_places import is_taken, several_variables

    place = real_place(x)
    near = two.density(real_points(x)).item()
    if np.isinf(near) and Place.of(complex(real_points(x).item())).real == place.real:
        return to_mpf(arb.pos_inf(), dps)
    transform = several_variables(law._merged().system)
    assert transform is not None, "a function of two variables has a transform"
    if is_taken(transform, place):
        return rounded(two.density_ball(place), dps)
    if near:
        raise ConvergenceError(
            f"the density jumps at {x}, to {near:.12g}: digits of a limit from one side are not "
            "known here, ask without dps or at another point"
        )
    return to_mpf(arb(0), dps)


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

    several = of_several_variables(law)
    if several is not None:
        raise ConvergenceError(
            "the density of a function of several variables is an integral at every point, not "
            "known in pieces: ask density, cdf and quantile for numbers, expect by sample"
            if isinstance(several, ProductDistribution)
            else f"the density of this law is not known: {KNOWN_ON_THE_AXIS}"
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
