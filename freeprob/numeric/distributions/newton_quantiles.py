"""Quantiles by Newton's method on distribution functions that come with their densities.

No cuts or edges are needed: Cantelli's inequality bounds a quantile by mean and standard deviation,
and Newton's method runs in a logarithm of the place, else bisection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.distributions.cuts import Atom

ERROR = 2e-13  # of a mass
_ROUNDS = 100
# in units of the law: between it and 0 places are not told by their logarithms; laws of one sign
# may have half of their mass very near to 0
_CENTRE, _CENTRE_OF_ONE_SIGN = 1e-8, 1e-30
_LEAP = 3.0  # of a logarithm, at most, in one step
_SETTLED = 4e-16  # relative step at which Newton's method has ended
_PLACE = 1e-9  # relative error of a quantile, of which the error of masses may be the cause

Masses: TypeAlias = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Masses of (-∞, x], atoms with them, and the density of the rest."""


def quantiles(
    masses: Masses,
    p: np.ndarray,
    atoms: Sequence[Atom],
    ends: Callable[[], tuple[float, float]],
    about: tuple[float, float, bool],
) -> np.ndarray:
    """The smallest x with F(x) ≥ p; the ends of the support for p = 0 and 1.

    ``about`` are mean and standard deviation, and whether the law is positive.

    Raises
    ------
    InvalidParameterError
        If p is outside [0, 1].
    ConvergenceError
        If Newton's method does not settle, or no ends are found.
    """
    if not np.all((p >= 0) & (p <= 1)):
        raise InvalidParameterError("probabilities must lie in [0, 1]")
    inside = (p > 0) & (p < 1)
    found = np.empty(p.shape)
    if not inside.all():
        found[p == 0], found[p == 1] = ends()
    found[inside] = _places_of(masses, p[inside], atoms, *about)
    return found


def _places_of(
    masses: Masses,
    p: np.ndarray,
    atoms: Sequence[Atom],
    mean: float,
    spread: float,
    positive: bool,
) -> np.ndarray:
    """The smallest x with F(x) ≥ p for 0 < p < 1, by Newton's method between bounds.

    Cantelli's inequality bounds the quantile by the mean and the standard deviation; a positive
    law has nothing below 0.

    Raises
    ------
    ConvergenceError
        If the density at a quantile is too small for its digits, as at the ends of cuts.
    """
    low = mean - spread * np.sqrt((1 - p) / p) * (1 + _PLACE)
    high = mean + spread * np.sqrt(p / (1 - p)) * (1 + _PLACE)
    if positive:
        low = np.maximum(low, 0.0)
    found = np.full(p.shape, np.nan)
    if atoms:
        locations = np.array([atom.location for atom in atoms])
        up_to, _ = masses(locations)
        for place, mass, atom in zip(locations, up_to, atoms, strict=True):
            here = (mass - atom.weight + ERROR < p) & (p <= mass + ERROR)
            found[here] = place
            low = np.where(mass < p, np.maximum(low, place), low)
            high = np.where(mass - atom.weight >= p, np.minimum(high, place), high)
    open_ = np.isnan(found)
    if open_.any():
        unit = spread * (_CENTRE_OF_ONE_SIGN if positive else _CENTRE)
        found[open_] = _newton(masses, p[open_], low[open_], high[open_], unit)
    return found


def _newton(
    masses: Masses,
    p: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    unit: float,
) -> np.ndarray:
    """Newton's method in arsinh(x/δ), which is a logarithm but next to 0, else bisection."""
    a, b = np.arcsinh(low / unit), np.arcsinh(high / unit)
    v = np.arcsinh((low + high) / 2 / unit)
    active = np.ones(p.shape, dtype=bool)
    slope = np.zeros(p.shape)
    for _ in range(_ROUNDS):
        i = np.flatnonzero(active)
        mass, density = masses(unit * np.sinh(v[i]))
        slope[i] = density * unit * np.cosh(v[i])
        excess = mass - p[i]
        a[i], b[i] = np.where(excess < 0, v[i], a[i]), np.where(excess >= 0, v[i], b[i])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.clip(excess / slope[i], -_LEAP, _LEAP)
        inside = (v[i] - step > a[i]) & (v[i] - step < b[i])
        following = np.where(inside, v[i] - step, (a[i] + b[i]) / 2)
        ended = np.abs(excess) <= ERROR
        active[i] = ~ended & (np.abs(following - v[i]) > _SETTLED * np.abs(v[i]))
        v[i] = np.where(ended & ~inside, v[i], following)
        if not active.any():
            break
    if active.any() or np.any(_PLACE * slope < ERROR):
        raise ConvergenceError(
            f"the density at the quantile of {p[np.argmin(slope)]:.17g} is too small for its digits"
        )
    return unit * np.sinh(v)
