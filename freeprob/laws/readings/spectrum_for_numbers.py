"""The second reading of a law: what its numbers need to know of its spectrum."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from freeprob.errors import (
    BudgetExceededError,
    CertificationError,
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.laws.base import Law
from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.cuts import Atom, Cut, End, split_at
from freeprob.numeric.distributions.distribution import Distribution, distribution
from freeprob.numeric.programs.lowering import read_place

if TYPE_CHECKING:
    from scipy.stats._distn_infrastructure import rv_continuous_frozen

    from freeprob.geometry.candidates.local_terms import LocalTerm

_STEEP = 8  # orders of roots from which a small root is a distance that floats may not hold


@lru_cache(maxsize=256)
def require_numbers(law: Law) -> None:
    """Refuse a law with free symbols."""
    if law.parameters:
        names = ", ".join(map(str, law.parameters))
        raise InvalidParameterError(
            f"numbers need values and {names} stay symbolic: give them, as in "
            f"law.subs({{{law.parameters[0]}: 1}})"
        )


def require_points(points: Any) -> None:
    """Refuse truth values where numbers are meant: NumPy would take them for 0 and 1."""
    array = points if isinstance(points, np.ndarray) else np.asarray(points, dtype=object)
    kinds = (bool, np.bool_)
    if array.dtype == bool or (
        array.dtype == object and any(isinstance(point, kinds) for point in array.flat)
    ):
        raise InvalidParameterError("points must be numbers, got True or False")


def cauchy(law: Law, z: Any, dps: int | None) -> Any:
    """G(z)."""
    require_numbers(law)
    require_points(z)
    return evaluate.cauchy(law.system, z, dps)


def density(law: Law, x: Any, dps: int | None) -> Any:
    """Density; large grids go through a representation made once."""
    require_numbers(law)
    require_points(x)
    large = dps is None and evaluate.real_points(x).size > evaluate.GRID
    return evaluate.density(law.system, x, cuts_of(law) if large else None, dps)


def cdf(law: Law, x: Any, dps: int | None) -> Any:
    """Distribution function."""
    require_numbers(law)
    require_points(x)
    return evaluate.cdf(law.system, x, cuts_of(law), atoms_of(law), dps)


def quantile(law: Law, p: Any, dps: int | None) -> Any:
    """Quantiles."""
    require_numbers(law)
    require_points(p)
    return evaluate.quantile(law.system, p, cuts_of(law), atoms_of(law), dps)


@lru_cache(maxsize=256)
def cuts_of(law: Law) -> tuple[Cut, ...]:
    """The cuts of a law, ended also at cusps and other points where the density is not analytic."""
    from freeprob.geometry.spectrum.edges import local_behaviours
    from freeprob.geometry.spectrum.support import support

    places = [atom.location for atom in atoms_of(law)]
    try:
        found = support(law.system)
    except (BudgetExceededError, CertificationError, ConvergenceError):
        # where edges are not proved, the branch itself shows them to float64; the mass is checked
        return split_at(evaluate.scanned_cuts(law.system), places)
    try:
        ends = [
            End.of(boundary.location.ball, density.exponent, density.p, _constant(density))
            for boundary, density in local_behaviours(law.system)
        ]
    except (BudgetExceededError, CertificationError, ConvergenceError):
        # places are proved, but not how the density goes there
        ends = [
            evaluate.finite_end(law.system, edge.location.ball, side, edge.spacing)
            for edge in found.boundaries
            for side, positive in ((-1, edge.left), (1, edge.right))
            if positive
        ]
    intervals = found.cuts
    if intervals and intervals[0][0] is None:
        ends.insert(0, evaluate.infinite_end(law.system, -1))
    if intervals and intervals[-1][1] is None:
        ends.append(evaluate.infinite_end(law.system, 1))
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return split_at([Cut(left, right) for left, right in pairs], places)


def distribution_of(law: Law) -> Distribution:
    """Distribution function, its inverse and integrals in float64."""
    require_numbers(law)
    return distribution(law.system, cuts_of(law), atoms_of(law))


def _constant(density: LocalTerm) -> float | None:
    """The constant of a steep end, where floats do not reach the density next to it."""
    return float(density.constant(64).mid()) if density.p > _STEEP else None


def scipy_distribution(law: Law) -> rv_continuous_frozen:
    """The law as a frozen distribution of scipy.stats."""
    from freeprob.numeric.distributions.scipy_distribution import LawDistribution, Readings

    ends = tuple(float(end) for end in quantile(law, [0, 1], None))
    readings = Readings(
        law.density, partial(distribution_of, law), partial(_moment, law), _statistics(law)
    )
    return LawDistribution(readings, ends, str(law))()


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


@lru_cache(maxsize=256)
def atoms_of(law: Law) -> tuple[Atom, ...]:
    """The atoms of a law as exact numbers."""
    return tuple(
        Atom(read_place(place), read_place(sp.sympify(mass))) for place, mass in law.atoms().items()
    )
