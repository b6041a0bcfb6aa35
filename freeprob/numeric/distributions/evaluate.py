"""Entry points: numbers from a system, in float64 or to any number of digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.distributions.cuts import Atom, Cut, End
from freeprob.numeric.distributions.cuts_by_grid import end_at, scan, tail
from freeprob.numeric.distributions.distribution import distribution
from freeprob.numeric.distributions.piecewise_density import on_grid, piecewise_density
from freeprob.numeric.distributions.precise import precise_cdf, precise_quantile
from freeprob.numeric.precision import to_mpc, to_mpf
from freeprob.numeric.programs.lowering import read_place
from freeprob.numeric.programs.points import Place

GRID = 1500  # points from which a piecewise representation is worth its building
_BLOCK = 1 << 15

Cuts = tuple[Cut, ...]
Atoms = tuple[Atom, ...]


def cauchy(system: System, z: Any, dps: int | None = None) -> Any:
    """G(z); real z means z + i0."""
    if dps is not None:
        return _each(lambda w: to_mpc(_precise_cauchy(system, w, dps), dps), z)
    return _shaped(_in_blocks(physical_branch(system).cauchy, _complex_points(z)), z)


def _precise_cauchy(system: System, value: Any, dps: int) -> acb:
    """G at a value, by reflection below the axis."""
    place = read_place(value)
    if complex(place()).imag < 0:
        return digits_of(system).cauchy(place.conjugate, dps).conjugate()
    return digits_of(system).cauchy(place, dps)


def density(system: System, x: Any, cuts: Cuts | None = None, dps: int | None = None) -> Any:
    """Density of the part without atoms; many points go through the cuts, if given."""
    if dps is not None:
        return _each(lambda y: to_mpf(digits_of(system).density(_real(y), dps), dps), x)
    points = real_points(x)
    if cuts is not None and points.size > 1:
        return _shaped(on_grid(piecewise_density(system, cuts), points), x)
    return _shaped(_in_blocks(lambda block: _pointwise(system, block), points), x)


@lru_cache(maxsize=64)
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
    if np.any(values < 0):
        raise ConvergenceError(
            f"the density came out negative at {x[np.argmin(values)]:.17g}: the equations are not "
            "those of a law, or the branch was left"
        )
    return np.where(values > 1e-250, values, 0.0)


def cdf(system: System, x: Any, cuts: Cuts | None, atoms: Atoms, dps: int | None = None) -> Any:
    """Mass of (-∞, x]."""
    if dps is None and cuts is not None:
        return _shaped(distribution(system, cuts, atoms).cdf(real_points(x)), x)
    if dps is None:
        values = [float(precise_cdf(system, Place.of(y), cuts, atoms, 16)) for y in np.ravel(x)]
        return _shaped(np.array(values).reshape(np.shape(x)), x)
    return _each(lambda y: to_mpf(precise_cdf(system, _real(y), cuts, atoms, dps), dps), x)


def quantile(system: System, p: Any, cuts: Cuts, atoms: Atoms, dps: int | None = None) -> Any:
    """The smallest x with F(x) ≥ p."""
    if dps is None:
        return _shaped(distribution(system, cuts, atoms).quantile(real_points(p)), p)
    return _each(lambda q: to_mpf(precise_quantile(system, _real(q), cuts, atoms, dps), dps), p)


def _real(value: Any) -> Place:
    """A real place."""
    place = read_place(value)
    if not place.is_real:
        raise InvalidParameterError(f"the point must be real, got {value}")
    return place


def _in_blocks(function: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    """A function of many points, in blocks that keep memory small."""
    flat = points.ravel()
    blocks = [function(flat[i : i + _BLOCK]) for i in range(0, max(flat.size, 1), _BLOCK)]
    return np.concatenate(blocks).reshape(points.shape)


def _each(function: Callable[[Any], Any], values: Any) -> Any:
    """A function of one number, of every entry of an array."""
    if isinstance(values, list | tuple | np.ndarray):
        table = np.array(values, dtype=object)
        results = np.empty(table.shape, dtype=object)
        for index in np.ndindex(table.shape):
            results[index] = function(table[index])
        return results
    return function(values)


def _array(values: Any, kind: type) -> np.ndarray:
    """Numbers as an array of one kind; text such as '1/4' is the number it writes."""
    try:
        table = np.asarray(values)
    except ValueError as error:
        raise InvalidParameterError(
            "points must be numbers, or rows of numbers that are equally long"
        ) from error
    if table.dtype.kind in "biuf" or (table.dtype.kind == "c" and kind is complex):
        return table.astype(kind, copy=False)
    return np.array([_number(value, kind) for value in table.ravel()], kind).reshape(table.shape)


def _number(value: Any, kind: type) -> Any:
    """One number, whatever it is written with; infinite reals stay infinite."""
    if not isinstance(value, str | complex):
        try:
            return kind(value)
        except (TypeError, ValueError):  # not a number by itself: read below, or refused there
            pass
    with ctx.workprec(120):
        value = str(value) if isinstance(value, str) else value
        place = _real(value) if kind is float else read_place(value)
        z = complex(place())
    return z.real if kind is float else z


def real_points(x: Any) -> np.ndarray:
    """Points as float64, NaN refused."""
    points = _array(x, float)
    if np.isnan(points).any():
        raise InvalidParameterError("points must be numbers, got NaN")
    return points


def _complex_points(z: Any) -> np.ndarray:
    """Points as complex128, only finite ones."""
    points = _array(z, complex)
    if not np.isfinite(points).all():
        raise InvalidParameterError("points must be finite numbers")
    return points


def _shaped(values: np.ndarray, like: Any) -> Any:
    """A Python number for a number, an array for an array."""
    return values.item() if np.ndim(like) == 0 else values
