"""Entry points: numbers from a system, in float64 or to any number of digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from flint import acb, arb

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.derivatives import derivatives, precise_derivative
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.branch.second_sheet import continued
from freeprob.numeric.branch.single import single
from freeprob.numeric.distributions.cuts import LEAST_DENSITY, Atom, Cut, End
from freeprob.numeric.distributions.cuts_by_grid import end_at, scan, tail
from freeprob.numeric.distributions.distribution import distribution
from freeprob.numeric.distributions.piecewise_density import on_grid, piecewise_density
from freeprob.numeric.distributions.point_forms import (
    complex_points,
    each,
    in_blocks,
    real_place,
    real_points,
    shaped,
    split_points,
)
from freeprob.numeric.distributions.pole_distribution import PoleDistribution
from freeprob.numeric.distributions.precise import (
    Hull,
    precise_cdf,
    precise_quantile,
    precise_shannon,
    significant_digits,
)
from freeprob.numeric.precision import FLOAT_DIGITS, rounded, rounded_complex, to_mpc, to_mpf
from freeprob.numeric.programs.arithmetic import Complexes
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place
from freeprob.routes import remembered

_GRID = 1500  # points from which a piecewise representation is worth its building
_GRID_OF_SUMS = 50_000  # and where values are integrals, or sums whose cuts may be dozens
_FEW_INTEGRALS = 64  # distribution functions, each of which takes seconds there
_FEW_SUMS = 512  # the same with sums over many poles, where each takes a hundredth of one

Cuts = tuple[Cut, ...]
Atoms = tuple[Atom, ...]


def cauchy(system: System, z: Any, dps: int | None = None) -> Any:
    """G(z); real z means z + i0."""
    if dps is not None:
        return each(lambda w: to_mpc(_precise_cauchy(system, w, dps), dps), z)
    if isinstance(z, float | complex):
        found = _single(system, complex(z))
        if found is not None:
            return found
    points, exact = complex_points(z)
    values = in_blocks(physical_branch(system).cauchy, points)
    for i, place in exact.items():
        values.flat[i] = complex(_precise_cauchy(system, place, FLOAT_DIGITS))
    return shaped(values, z)


def second_sheet(system: System, z: Any, through: float) -> Any:
    """G continued through a cut, off the real axis."""
    points, _ = complex_points(z)
    return shaped(in_blocks(lambda block: continued(system, through, block), points), z)


def cauchy_derivative(system: System, z: Any, order: int, dps: int | None = None) -> Any:
    """The derivative of G of an order; real z means z + i0."""
    if dps is not None:
        return each(lambda w: to_mpc(_precise_derivative(system, w, order, dps), dps), z)
    points, exact = complex_points(z)
    below = points.imag < 0

    def upper(block: np.ndarray) -> np.ndarray:
        return derivatives(system, block, order)

    values = in_blocks(upper, np.where(below, points.conj(), points))
    values = np.where(below, values.conj(), values)
    for i, place in exact.items():
        values.flat[i] = complex(_precise_derivative(system, place, order, FLOAT_DIGITS))
    return shaped(values, z)


def _precise_derivative(system: System, value: Any, order: int, dps: int) -> acb:
    """A derivative at a value, by reflection below the axis."""
    place = read_place(value)
    if place().imag < 0:
        return precise_derivative(system, place.conjugate, order, dps).conjugate()
    return precise_derivative(system, place, order, dps)


def _single(system: System, z: complex) -> complex | None:
    """G at one float64 point, the fast way; None where it does not decide."""
    if z.imag < 0:
        found = single(system).cauchy(z.conjugate())
        return None if found is None else found.conjugate()
    return single(system).cauchy(z)


def _precise_cauchy(system: System, value: Any, dps: int) -> acb:
    """G at a value, by reflection below the axis."""
    place = read_place(value)
    if place().imag < 0:
        return digits_of(system).cauchy(place.conjugate, dps).conjugate()
    return digits_of(system).cauchy(place, dps)


def reflected(
    values: Callable[[np.ndarray], np.ndarray],
    ball: Callable[[Place, int], acb],
    z: Any,
    dps: int | None,
) -> Any:
    """A function with conjugate values at conjugate points, from those with Im z ≥ 0."""
    if dps is not None:
        return each(lambda w: _reflected_digits(ball, read_place(w), dps), z)
    points, exact = complex_points(z)
    below = points.imag < 0
    above = in_blocks(values, np.where(below, points.conj(), points))
    found: Complexes = np.where(below, above.conj(), above)
    # what the height of x + iε leaves
    found.imag[np.abs(found.imag) < LEAST_DENSITY] = 0.0
    for i, place in exact.items():
        found.flat[i] = complex(_reflected_digits(ball, place, FLOAT_DIGITS))
    return shaped(found, z)


def _reflected_digits(ball: Callable[[Place, int], acb], place: Place, dps: int) -> Any:
    """One value, each part rounded once."""
    if place().imag < 0:
        return rounded_complex(lambda bits: ball(place.conjugate, bits).conjugate(), dps)
    return rounded_complex(lambda bits: ball(place, bits), dps)


def density(system: System, x: Any, cuts: Cuts | None = None, dps: int | None = None) -> Any:
    """Density of the part without atoms; many points go through the cuts, if given."""
    if dps is not None:
        return each(lambda y: to_mpf(digits_of(system).density(real_place(y), dps), dps), x)
    if isinstance(x, float):
        found = _single(system, complex(x))
        if found is not None:
            value = -found.imag / np.pi
            return value if value > LEAST_DENSITY else 0.0
    points, exact = split_points(x, float)
    if cuts is not None and points.size > 1 and _are_resolved(cuts):
        values = on_grid(piecewise_density(system, cuts), points)
        # a density that jumps has there the mean of both sides, as the branch shows it
        jumps = [end.location[0] for cut in cuts for end in cut.ends if end.exponent == 0]
        here = np.isin(points, jumps)
        values[here] = _pointwise(system, points[here])
    else:
        values = in_blocks(lambda block: _pointwise(system, block), points)
    for i, place in exact.items():
        values.flat[i] = float(digits_of(system).density(place, FLOAT_DIGITS))
    return shaped(values, x)


def is_long(system: System, points: int) -> bool:
    """Whether so many densities are quicker through pieces, whose ends must be found first."""
    program = physical_branch(system).program
    return points > (_GRID_OF_SUMS if program.has_oracles or program.has_poles else _GRID)


def is_costly(system: System) -> bool:
    """Whether values of the equations take long: parts are integrals, or sums over many poles."""
    program = physical_branch(system).program
    return program.has_oracles or program.has_poles


def is_short(system: System, points: int) -> bool:
    """Whether so few values are quicker by an integral above each than through pieces."""
    few = _FEW_INTEGRALS if physical_branch(system).program.has_oracles else _FEW_SUMS
    return is_costly(system) and points <= few


@remembered(maxsize=64)
def scanned_cuts(system: System) -> Cuts:
    """Cuts found on the branch alone, for systems whose edges have no exact equations."""
    return scan(physical_branch(system))


def infinite_end(system: System, side: int) -> End:
    """The infinite end of a cut, with the power of its tail."""
    return tail(physical_branch(system), side)


def finite_end(system: System, ball: Callable[[int], arb], side: int, spacing: float) -> End:
    """The end of a cut at a known place, with the power of the density there."""
    return end_at(physical_branch(system), ball, side, spacing)


def _pointwise(system: System, x: np.ndarray) -> np.ndarray:
    """Density point by point on the branch itself; 0 at ±∞."""
    values = np.zeros(x.shape)
    finite = np.isfinite(x)
    values[finite] = _at_finite(system, x[finite])
    return values


def _at_finite(system: System, x: np.ndarray) -> np.ndarray:
    """Density at finite points."""
    arrival = physical_branch(system).follow(x.astype(complex))
    values = -arrival.G.imag / np.pi
    for i in np.flatnonzero(arrival.undecided):
        near = arrival.unknowns[:, i] if arrival.on_sheet[i] else None
        values[i] = digits_of(system).density_float(float(x[i]), near)
    if np.any(values < -LEAST_DENSITY):
        raise ConvergenceError(
            f"the density came out negative at {x[np.argmin(values)]:.17g}: the equations are not "
            "those of a law, or the branch was left"
        )
    return np.where(values > LEAST_DENSITY, values, 0.0)


def cdf(
    system: System,
    x: Any,
    cuts: Cuts | None,
    atoms: Atoms,
    dps: int | None = None,
    hull: Hull | None = None,
) -> Any:
    """Mass of (-∞, x]; without cuts by integrals, which need not be told from 0 outside a hull."""
    if dps is None and cuts is not None and _are_resolved(cuts):
        return shaped(distribution(system, cuts, atoms).cdf(real_points(x)), x)
    if dps is None:
        points = real_points(x)
        values = np.array(points > 0, dtype=float)
        for i in np.flatnonzero(np.isfinite(points)):
            place = Place.of(complex(points.flat[i]))
            values.flat[i] = float(precise_cdf(system, place, cuts, atoms, FLOAT_DIGITS, hull))
        return shaped(values, x)
    return each(
        lambda y: to_mpf(precise_cdf(system, real_place(y), cuts, atoms, dps, hull), dps), x
    )


def cdf_of_poles(known: PoleDistribution, x: Any, atoms: Atoms, dps: int | None = None) -> Any:
    """The same of laws of data, by potentials."""
    if dps is None:
        return shaped(known.cdf(real_points(x), atoms), x)
    return each(lambda y: rounded(partial(known.ball, real_place(y)), dps), x)


def quantile(system: System, p: Any, cuts: Cuts, atoms: Atoms, dps: int | None = None) -> Any:
    """The smallest x with F(x) ≥ p."""
    if dps is None:
        return shaped(distribution(system, cuts, atoms).quantile(real_points(p)), p)
    return each(lambda q: to_mpf(precise_quantile(system, real_place(q), cuts, atoms, dps), dps), p)


def log_potential(
    floats: Callable[[np.ndarray], np.ndarray],
    ball: Callable[[Place, int], arb],
    z: Any,
    dps: int | None = None,
) -> Any:
    """∫ log|z - x| μ(dx), from its values at flat arrays and with digits behind the point."""
    if dps is None:
        points, _ = complex_points(z)
        return shaped(floats(points.ravel()).reshape(points.shape), z)

    def value(at: Any) -> Any:
        place = read_place(at)
        place = place.conjugate if place().imag < 0 else place
        return to_mpf(significant_digits(lambda working: ball(place, working), dps), dps)

    return each(value, z)


def shannon(
    floats: Callable[[np.ndarray], np.ndarray],
    ball: Callable[[Place, int], arb],
    gamma: Any,
    dps: int | None = None,
) -> Any:
    """∫ log(1 + γx) μ(dx), from its values at flat arrays, or U with digits behind the point."""
    if dps is None:
        rates = real_points(gamma)
        return shaped(floats(rates.ravel()).reshape(rates.shape), gamma)
    return each(lambda rate: to_mpf(precise_shannon(ball, real_place(rate), dps), dps), gamma)


def _are_resolved(cuts: Cuts) -> bool:
    """Whether densities may be represented by their values at float64 numbers."""
    return all(cut.is_resolved for cut in cuts)
