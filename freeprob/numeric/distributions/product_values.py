"""Distributions of functions of two variables, as integrals over one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.systems.system import Leaf, System, flatten
from freeprob.numeric.programs.arithmetic import Complexes
from freeprob.numeric.programs.conditional_images import Conditional
from freeprob.numeric.programs.conditional_integrals import (
    diverges,
    integral,
    integral_ball,
    probability,
)
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.product_images import (
    KNOWN_ON_THE_AXIS,
    ProductMap,
    ProductOracle,
)

_SPARE = 24  # bits that an integral loses
_FARTHEST = 1e300  # from where on a quantile is looked for no farther: 4 times it is finite, too
_HALVINGS = 200
_LEVEL = 1e-12  # to which probabilities of float64 are right
_CONTINUOUS = 1e-9  # to which limits from both sides agree: 2^-90 beside, roots and logarithms


@final
@dataclass(frozen=True)
class ProductDistribution:
    """G, density, distribution function and quantiles on the real axis."""

    image: ProductMap
    inner: Conditional

    def cauchy(self, z: Complexes) -> Complexes:
        """G at points of the closed upper half plane."""
        flat: Complexes = z.ravel()
        values: Complexes = np.empty(flat.shape, dtype=np.complex128)
        for i in np.flatnonzero(flat.imag == 0):
            values[i] = integral(self.inner, complex(flat[i]), 0)[0]
        above = flat.imag != 0
        if above.any():
            values[above] = (1 + self._transform.floats(flat[above])) / flat[above]
        return values.reshape(z.shape)

    @property
    def _transform(self) -> ProductOracle:
        """The function zG - 1."""
        return ProductOracle(self.image, 0)

    def density(self, x: np.ndarray) -> np.ndarray:
        """-Im G(x + i0)/π; 0 at ±∞, ∞ at poles and logarithms."""
        flat = [self._density(float(t)) if np.isfinite(t) else 0.0 for t in x.ravel()]
        return np.array(flat).reshape(x.shape)

    def _density(self, x: float) -> float:
        """At a jump the limit from inside of the support."""
        try:
            return self._limit(x, 0)
        except ConvergenceError:
            if diverges(self.inner, complex(x)):
                return np.inf
            low, high = sorted(self._limit(x, side) for side in (-1, 1))
            if low > _LEVEL * high and high - low > _CONTINUOUS * high:
                raise
            return high

    def _limit(self, x: float, side: int) -> float:
        return max(0.0, -integral(self.inner, complex(x), 0, side)[0].imag / np.pi)

    def cauchy_ball(self, z: Place, bits: int) -> acb:
        """G at a point of the closed upper half plane."""
        with ctx.workprec(bits + _SPARE):
            w = z()
            if z.is_real:
                return integral_ball(self.inner, acb(w.real).mid(), 0)
            return (1 + self._transform.ball(w)) / w

    def density_ball(self, x: Place) -> Callable[[int], arb]:
        """-Im G(x + i0)/π as balls."""

        def ball(bits: int) -> arb:
            with ctx.workprec(bits + _SPARE):
                return -integral_ball(self.inner, acb(x().real).mid(), 0).imag / arb.pi()

        return ball

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (-∞, x]."""
        flat = [self._below(float(t)) for t in x.ravel()]
        return np.array(flat).reshape(x.shape)

    def _below(self, x: float) -> float:
        if not np.isfinite(x):
            return float(x > 0)
        return probability(self.inner, self._count, x)

    def _count(self, u: np.ndarray, v: np.ndarray, x: float) -> np.ndarray:
        """The number of eigenvalues of at most x, at places in units of the charts."""
        return np.sum(self.image.eigenvalues(self.inner.first, u, v) <= x, axis=-1)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Where the distribution function reaches p, by bisection.

        Raises
        ------
        InvalidParameterError
            If p is outside [0, 1].
        """
        if not np.all((p >= 0) & (p <= 1)):
            raise InvalidParameterError("probabilities must lie in [0, 1]")
        return np.array([self._quantile(float(level)) for level in p.ravel()]).reshape(p.shape)

    def _quantile(self, level: float) -> float:
        low, high = -1.0, 1.0
        while high < _FARTHEST and self._below(high) < level:
            low, high = high, 4 * high
        while low > -_FARTHEST and self._below(low) >= level:
            low, high = 4 * low if low < 0 else -1.0, low
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if middle in (low, high) or high - low <= _LEVEL * max(abs(low), abs(high)) / 4:
                break
            if self._below(middle) < level:
                low = middle
            else:
                high = middle
        return high


@final
@dataclass(frozen=True)
class HiddenDistribution:
    """The distribution of a function that is known off its spectrum only."""

    transform: ProductOracle

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (-∞, x] at points off the spectrum.

        Raises
        ------
        ConvergenceError
            At others.
        """
        flat = [self.transform.below(t) if np.isfinite(t) else float(t > 0) for t in x.ravel()]
        return np.array(flat).reshape(x.shape)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Refused: quantiles lie in the spectrum."""
        raise ConvergenceError(f"quantiles lie in the spectrum: {KNOWN_ON_THE_AXIS}")


@lru_cache(maxsize=64)
def product_distribution(system: System) -> ProductDistribution | HiddenDistribution | None:
    """The distribution of a function of several variables; None for other laws."""
    if not isinstance(system, Leaf):
        return None
    for step in compile_curve(flatten(system)).steps:
        oracle = step.value.name if step.kind == "call" else None
        if isinstance(oracle, ProductOracle):
            inner = oracle.image.conditional
            if inner is None:
                return HiddenDistribution(ProductOracle(oracle.image, 0))
            return ProductDistribution(oracle.image, inner)
    return None
