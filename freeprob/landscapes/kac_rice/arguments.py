"""What the methods of fields are given: energies, sizes, indices."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
import sympy as sp

from freeprob.array_reader import array_of
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.parameters import count, exact, reals

# rates are formulas of the index; float64 still tells it from the next one
_MOST_INDEX = 10**15


def energy(u: Any) -> sp.Expr:
    """An energy per degree of freedom, exactly; ∞ asks for all.

    Raises
    ------
    InvalidParameterError
        For -∞, below which nothing lies and the rate is -∞, NaN, and what is no real number.
    """
    if isinstance(u, np.ndarray) and u.ndim == 0:
        u = u[()]
    infinite = isinstance(u, sp.Expr) and u in (sp.oo, -sp.oo)
    infinite = infinite or (isinstance(u, Real) and u in (math.inf, -math.inf))
    if infinite and u < 0:
        raise InvalidParameterError(
            "nothing lies below an energy of -oo: the rate there is -oo; give a finite energy"
        )
    if infinite:
        return sp.oo
    value = exact(u, "an energy")
    if value.free_symbols:
        raise InvalidParameterError(f"an energy must be a number, got {value}")
    return value


def table(u: Any) -> np.ndarray:
    """Energies as they are given, in an array of objects; :func:`energy` reads each.

    Raises
    ------
    InvalidParameterError
        For what has no entries, as a matrix of symbolic size.
    """
    try:
        return np.asarray(u, dtype=object)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"energies must be real numbers, got {u!s:.80}") from error


def energies(u: Any) -> np.ndarray:
    """Energies in float64; ∞ asks for all.

    Raises
    ------
    InvalidParameterError
        As :func:`energy`.
    """
    given = table(u)
    if given.ndim == 0:
        return np.asarray(finite_or_all(energy(u)))
    if array_of(u, "energies").dtype.kind not in "iuf":
        entries = [finite_or_all(energy(value)) for value in given.flat]
        return np.array(entries, dtype=float).reshape(given.shape)
    values = reals(u, "energies")
    if np.isnan(values).any() or (values == -np.inf).any():
        raise InvalidParameterError(
            "energies must be real numbers above -oo, where the rate is -oo"
        )
    return values


def finite_or_all(level: sp.Expr) -> float:
    """An energy in float64, where one beyond its range asks for all.

    Raises
    ------
    ConvergenceError
        Below its range.
    """
    value = float(level)
    if value == -math.inf:
        raise ConvergenceError("an energy is below float64's range: ask for digits by dps=")
    return value


def index(k: Any) -> int | None:
    """The number of negative eigenvalues of a Hessian, or None for any."""
    return None if k is None else count(k, "the index", most=_MOST_INDEX)


def size(n: Any, least: int = 2) -> int:
    """The number of dimensions of the space around the spheres."""
    return count(n, "N", least=least)
