"""A law as a distribution of scipy.stats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any, final

import numpy as np
from scipy.stats import rv_continuous

from freeprob.errors import UndefinedOperationError
from freeprob.numeric.distributions.distribution import Distribution
from freeprob.numeric.integrals import functionals
from freeprob.parameters import count

_Array = Callable[[np.ndarray], np.ndarray]


@final
@dataclass(frozen=True)
class Readings:
    """What SciPy's methods ask of a law.

    Parameters
    ----------
    density
        The density of the part without atoms.
    distribution
        Makes the distribution function, its inverse and expectations.
    moments
        Makes the moment of an order, exact and rounded once, or ``None`` where none is known so.
    statistics
        Mean, variance, skewness and excess kurtosis, each ``None`` where not known exactly.
    """

    density: _Array
    distribution: Callable[[], Distribution]
    moments: Callable[[int], float | None]
    statistics: tuple[float | None, ...]


class LawDistribution(rv_continuous):
    """scipy.stats reading of a law.

    ``pdf`` is the density of the part without atoms; all other methods hold the atoms or, where
    atoms leave no answer (``entropy``), refuse.

    Parameters
    ----------
    readings
        What the methods ask of the law.
    ends
        Its least and largest point.
    """

    def __init__(self, readings: Readings, ends: tuple[float, float], name: str) -> None:
        self._readings, self._ends = readings, ends
        super().__init__(a=ends[0], b=ends[1], name=name)

    def _updated_ctor_param(self) -> dict[str, Any]:
        """What scipy hands on when it freezes or pickles a distribution."""
        return {"readings": self._readings, "ends": self._ends, "name": self.name}

    @property
    def _law(self) -> Distribution:
        return self._readings.distribution()

    def _open_support_mask(self, x: np.ndarray, *args: Any) -> np.ndarray:
        # scipy takes F = 0 at the least point, but there may be an atom, and it may be all there is
        return self._support_mask(x, *args)

    def _pdf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        return self._readings.density(x)

    def _logpdf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self._pdf(x))

    def _cdf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        return self._law.cdf(np.asarray(x, dtype=float))

    def _logcdf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self._cdf(x))

    def _sf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        return self._law.sf(np.asarray(x, dtype=float))

    def _logsf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self._sf(x))

    def _ppf(self, q: np.ndarray, *args: Any) -> np.ndarray:
        return self._law.quantile(np.asarray(q, dtype=float))

    def _isf(self, q: np.ndarray, *args: Any) -> np.ndarray:
        return self._law.isf(np.asarray(q, dtype=float))

    def _rvs(self, *shape: Any, size: Any = None, random_state: Any = None) -> np.ndarray:
        return self._law.quantile(np.asarray(random_state.uniform(size=size)))

    def _munp(self, n: int, *args: Any) -> float:
        exact = self._readings.moments(int(n))
        return functionals.moment(self._law, int(n)) if exact is None else exact

    def _stats(self, *args: Any, **kwds: Any) -> tuple[float, ...]:
        known = self._readings.statistics
        numbers = tuple(value for value in known if value is not None)
        if len(numbers) == len(known):
            return numbers
        first, second = (self._munp(n) for n in (1, 2))
        if not np.isfinite(second):
            return first, second if np.isfinite(first) else np.nan, np.nan, np.nan
        central = {
            n: functionals.expectation(self._law, lambda x, n=n: (x - first) ** n)
            if np.isfinite(self._munp(n))
            else np.nan
            for n in (2, 3, 4)
        }
        variance = central[2]
        return first, variance, central[3] / variance**1.5, central[4] / variance**2 - 3

    def moment(self, order: int, *args: Any, loc: float = 0, scale: float = 1) -> float:
        """E X^order, rounded once from the exact moment where that is known.

        Raises
        ------
        InvalidParameterError
            If the order is no integer ≥ 0.
        """
        orders = range(count(order) + 1)
        terms = (
            comb(order, k) * scale**k * loc ** (order - k) * self._munp(k)
            for k in orders
            if loc != 0 or k == order
        )
        return float(sum(terms))

    def expect(
        self,
        func: Callable[[float], Any] | None = None,
        args: tuple = (),
        loc: float = 0,
        scale: float = 1,
        lb: float | None = None,
        ub: float | None = None,
        conditional: bool = False,
        **kwds: Any,
    ) -> float:
        """E f(X) over [lb, ub], atoms included; as in scipy.stats.

        Raises
        ------
        ConvergenceError
            If the integral was not found: it may not exist.
        UndefinedOperationError
            If a condition has probability 0.
        """
        low = -np.inf if lb is None else (lb - loc) / scale
        high = np.inf if ub is None else (ub - loc) / scale
        function = (lambda x: x) if func is None else func
        value = functionals.expectation(self._law, lambda x: function(loc + scale * x), low, high)
        if not conditional:
            return value
        mass = functionals.expectation(self._law, lambda x: 1.0, low, high)
        if mass == 0:
            raise UndefinedOperationError(f"[{lb}, {ub}] has no mass to condition on")
        return value / mass

    def entropy(self, *args: Any, loc: float = 0, scale: float = 1) -> float:
        """Differential entropy -∫ ρ log ρ.

        Raises
        ------
        UndefinedOperationError
            If there are atoms: then there is no density.
        """
        return functionals.entropy(self._law) + float(np.log(scale))
