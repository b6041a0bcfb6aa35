"""Float64 rules for Gaussian means of any function, vectorised over variances.

The trapezoidal rule serves functions analytic on the real line; Gauss-Legendre panels between
the kinks serve the others. Rules are refined until the mean rests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from freeprob.errors import ConvergenceError

REACH = 13.0  # a factor exp(-z^2/4) is below one rounding there
TINY = 1e-170  # stands for a standard deviation of 0: kinks move out of sight, squares underflow
_LEVELS = range(1, 11)
_BLOCK = 256


@dataclass(frozen=True)
class Grid:
    """A real function of a Gaussian variable w and the places of its kinks."""

    function: Callable[[np.ndarray], np.ndarray]
    breaks: tuple[float, ...] = ()

    def rule(self, root: np.ndarray, level: int) -> tuple[np.ndarray, np.ndarray]:
        """Return standard nodes z and weights for w = root z, one row for each ``root``."""
        if not self.breaks:
            step = 2.0**-level
            z = np.arange(-REACH, REACH + step / 2, step)[None, :]
            return z, step * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
        return panels(np.asarray(self.breaks) / root[:, None], 8 * 2 ** min(level, 4))

    def mean(self, q: Any) -> np.ndarray:
        """Return E f(sqrt(q) Z) for an array of variances."""
        q = np.asarray(q, dtype=float)
        roots = np.maximum(np.sqrt(q.reshape(-1)), TINY)
        blocks = [self._mean(roots[i : i + _BLOCK])[0] for i in range(0, roots.size, _BLOCK)]
        means = np.concatenate([np.zeros(0), *blocks]).reshape(q.shape)
        if q.all():
            return means
        # halfway between the two sides of a jump
        return np.where(q == 0, self.function(np.nextafter(0.0, [-1.0, 1.0])).mean(), means)

    def settled_level(self, root: np.ndarray) -> int:
        """Return a level at which the mean no longer moves."""
        return self._mean(root)[1]

    def _mean(self, root: np.ndarray) -> tuple[np.ndarray, int]:
        previous = None
        # steps over more than a unit of the argument would miss what happens near 0 and rest
        octaves = np.log2(root.max(initial=1.0))
        first = int(np.ceil(octaves / 2 if self.breaks else octaves))
        for level in _LEVELS[max(first - 1, 0) :]:
            z, weights = self.rule(root, level)
            values = weights * self.function(root[:, None] * z)
            value, size = values.sum(axis=1), np.abs(values).sum(axis=1)
            if np.any(np.abs(values[:, [0, -1]]) > 1e-13 * size[:, None]):
                raise ConvergenceError(
                    f"the function is still growing against the Gaussian weight at {REACH} "
                    "standard deviations; use a smaller variance, or evalf"
                )
            if previous is not None and np.all(np.abs(value - previous) <= 1e-14 * size):
                return value, level
            previous = value
        raise ConvergenceError(
            "the Gaussian mean does not settle in float64: the function has an undeclared kink, "
            "grows too fast, or the variance is too large; evalf with more digits tells which"
        )


def panels(kinks: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes and Gaussian weights between sorted kinks, row by row.

    Wide panels are halved once towards the centre, where the Gaussian weight lives.
    """
    x, w = _legendre(order)
    inner = np.sort(
        np.concatenate([kinks, np.broadcast_to([-4.0, 0.0, 4.0], (*kinks.shape[:-1], 3))], axis=-1),
        axis=-1,
    )
    edge = np.full((*kinks.shape[:-1], 1), REACH)
    ends = np.concatenate([-edge, np.clip(inner, -REACH, REACH), edge], axis=-1)
    half = (ends[..., 1:] - ends[..., :-1])[..., None] / 2
    middle = (ends[..., 1:] + ends[..., :-1])[..., None] / 2
    shape = (*kinks.shape[:-1], -1)
    z, weights = (middle + half * x).reshape(shape), (half * w).reshape(shape)
    return z, weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


@lru_cache(maxsize=32)
def _legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes and weights of Gauss and Legendre on [-1, 1]."""
    return np.polynomial.legendre.leggauss(order)
