"""A law as a distribution of scipy.stats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import rv_continuous


class LawDistribution(rv_continuous):
    """scipy.stats reading of a law: ``pdf`` leaves atoms out, ``cdf`` and ``ppf`` hold them.

    Parameters
    ----------
    density, cdf, quantile
        Functions of float64 arrays.
    support
        Its least and largest point.
    moments
        The first four moments, or nothing where they do not exist.
    """

    def __init__(
        self,
        density: Callable[[np.ndarray], np.ndarray],
        cdf: Callable[[np.ndarray], np.ndarray],
        quantile: Callable[[np.ndarray], np.ndarray],
        support: tuple[float, float],
        moments: tuple[float, ...],
        name: str,
    ) -> None:
        self._law_density, self._law_cdf, self._law_quantile = density, cdf, quantile
        self._law_moments = moments
        super().__init__(a=support[0], b=support[1], name=name)

    def _updated_ctor_param(self) -> dict[str, Any]:
        """What scipy hands on when it freezes or pickles a distribution."""
        return {
            "density": self._law_density,
            "cdf": self._law_cdf,
            "quantile": self._law_quantile,
            "support": (self.a, self.b),
            "moments": self._law_moments,
            "name": self.name,
        }

    def _pdf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        return self._law_density(x)

    def _cdf(self, x: np.ndarray, *args: Any) -> np.ndarray:
        return self._law_cdf(x)

    def _ppf(self, q: np.ndarray, *args: Any) -> np.ndarray:
        return self._law_quantile(q)

    def _rvs(self, *shape: Any, size: Any = None, random_state: Any = None) -> np.ndarray:
        return self._law_quantile(random_state.uniform(size=size))

    def _munp(self, n: int, *args: Any) -> float:
        return self._law_moments[n - 1] if n <= len(self._law_moments) else np.nan

    def _stats(self, *args: Any, **kwargs: Any) -> Any:
        if len(self._law_moments) < 4:
            return np.nan, np.nan, np.nan, np.nan
        m1, m2, m3, m4 = self._law_moments
        variance = m2 - m1**2
        third = m3 - 3 * m1 * m2 + 2 * m1**3
        fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
        return m1, variance, third / variance**1.5, fourth / variance**2 - 3
