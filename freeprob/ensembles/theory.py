"""The two sides of a comparison: what a law predicts, and one line of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from freeprob.behaviour import function_of
from freeprob.tables import Tabled


@dataclass(frozen=True)
class Scales:
    """How sums over the eigenvalues of one matrix fluctuate, for large ones.

    Parameters
    ----------
    moments
        For each order the shift of the mean of Σ λᵏ, and its standard deviation.
    resolvents
        The same of Σ 1/(z - λ), as two arrays for an array of points.
    """

    moments: Sequence[tuple[float, float]]
    resolvents: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Outlying(NamedTuple):
    """An eigenvalue outside the support, and √n times its standard deviation, where it is known."""

    location: float
    deviation: float | None


@dataclass(frozen=True)
class Theory:
    """What a law predicts, as plain values and functions.

    Parameters
    ----------
    cdf
        Right-continuous distribution function, on arrays.
    cauchy
        G(z) = ∫ μ(dx)/(z - x) on arrays of points of the upper half plane.
    moments
        The moments of order 1, 2, …, as many as exist and should be compared.
    atoms
        Pairs (location, mass).
    cuts
        Pairs (lower, upper) of ends of the intervals of the continuous part; an end may be
        infinite.
    scales
        Derived fluctuations of the matrices' linear statistics, where they are known.
    outliers
        Eigenvalues outside the support. All else is predicted of the others.
    independent
        How many diagonal matrices of independent random entries the matrices contain: numbers of
        eigenvalues then fluctuate like √n.
    """

    cdf: Callable[[np.ndarray], np.ndarray]
    cauchy: Callable[[np.ndarray], np.ndarray]
    moments: Sequence[float] = ()
    atoms: Sequence[tuple[float, float]] = ()
    cuts: Sequence[tuple[float, float]] = ()
    scales: Scales | None = None
    outliers: Sequence[Outlying] = ()
    independent: int = 0

    def __post_init__(self) -> None:
        function_of(self.cdf, "cdf", "x")
        function_of(self.cauchy, "cauchy", "z")

    def continuous(self, x: np.ndarray) -> np.ndarray:
        """The distribution function of the continuous part."""
        below = (mass * (x >= location) for location, mass in self.atoms)
        return np.asarray(self.cdf(x)) - sum(below, np.zeros(len(x)))


@dataclass(frozen=True)
class Statistic(Tabled):
    """One line of a :class:`Comparison`.

    Parameters
    ----------
    name
        What is compared.
    value, theory
        From the simulation and from the law.
    scale
        How far they may be apart: bias and fluctuation at this size and number of draws.
    deviation
        How far they are apart, in scales.
    """

    name: str
    value: complex
    theory: complex
    scale: float
    deviation: float


# a part of a complex number below this share of the whole is rounding, and is written 0
_ROUNDING = 1e-13


def shown(value: complex) -> str:
    """A number as the tables write it."""
    if isinstance(value, complex):
        least = _ROUNDING * abs(value)
        real, imag = (part if abs(part) > least else 0.0 for part in (value.real, value.imag))
        return f"{real:.8g}{imag:+.8g}i"
    return f"{value:.8g}"
