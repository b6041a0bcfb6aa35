"""Float64 rules for Gaussian means of any function, vectorised over variances.

The trapezoidal rule serves functions analytic on the real line, in a variable that is graded
towards 0 down to a unit of the function's argument; Gauss-Legendre panels between the kinks,
graded alike, serve the others. Rules are refined until the mean rests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.chebyshev import by_octaves

REACH = 13.0  # a factor exp(-z^2/4) is below one rounding there
TINY = 1e-170  # stands for a standard deviation of 0: kinks move out of sight, squares underflow
_GROWING = 1e-13  # share of a mean in its outermost nodes, beyond which the rest may count
_SETTLED = 1e-14  # relative: from one level to the next the error of such rules is squared
_ROUNDING = 1e-15  # of the largest place, by which Newton's steps end
_LEVELS = range(1, 11)
# levels of panels that end at kinks; beyond the first few they are graded towards them as well,
# for roots and logarithms
SMOOTH_LEVELS = 4
_KINKED_LEVELS = range(1, SMOOTH_LEVELS + 4)
_BLOCK = 256


@dataclass(frozen=True)
class Grid:
    """A real function of a Gaussian variable w and the places of its kinks.

    The parity is 1 for an even function, -1 for an odd one, 0 where it is neither or not known.
    ``origin`` gives the value at 0, the mean at variance 0.
    """

    function: Callable[[np.ndarray], np.ndarray]
    breaks: tuple[float, ...] = ()
    parity: int = 0
    origin: Callable[[], float] | None = None

    def rule(self, root: np.ndarray, level: int) -> tuple[np.ndarray, np.ndarray]:
        """Return standard nodes z and weights for w = root z, one row for each ``root``."""
        depth = octaves(root)
        if not self.breaks:
            z, weights = trapezoid(level, depth)
            return z[None, :], weights[None, :]
        kinks = np.asarray(self.breaks) / root[:, None]
        if level <= SMOOTH_LEVELS:
            return panels(with_ladder(kinks, depth), 8 * 2**level)
        return panels(with_ladder(beside(kinks), depth), 12 * (level - SMOOTH_LEVELS + 1))

    def mean(self, q: Any) -> np.ndarray:
        """Return E f(sqrt(q) Z) for an array of variances."""
        q = np.asarray(q, dtype=float)
        roots = np.maximum(np.sqrt(q.reshape(-1)), TINY)
        means = by_octaves(self._means, roots).reshape(q.shape)
        if q.all():
            return means
        origin = self.function(np.zeros(1))[0] if self.origin is None else self.origin()
        return np.where(q == 0, origin, means)

    def settled_level(self, root: np.ndarray) -> int:
        """Return a level at which the mean no longer moves."""
        return self._mean(root)[1]

    def _means(self, roots: np.ndarray) -> np.ndarray:
        blocks = [self._mean(roots[i : i + _BLOCK])[0] for i in range(0, roots.size, _BLOCK)]
        return np.concatenate([np.zeros(0), *blocks])

    def _mean(self, root: np.ndarray) -> tuple[np.ndarray, int]:
        previous = None
        for level in _KINKED_LEVELS if self.breaks else _LEVELS:
            z, weights = self.rule(root, level)
            values = weights * self.function(root[:, None] * z)
            value, size = values.sum(axis=1), np.abs(values).sum(axis=1)
            if np.any(np.abs(values[:, [0, -1]]) > _GROWING * size[:, None]):
                raise ConvergenceError(
                    f"the function is still growing against the Gaussian weight at {REACH} "
                    "standard deviations; use a smaller variance, or evalf"
                )
            if previous is not None and np.all(np.abs(value - previous) <= _SETTLED * size):
                return value, level
            previous = value
        raise ConvergenceError(
            "the Gaussian mean does not settle in float64: the function has an undeclared kink, "
            "grows too fast, or the variance is too large; evalf with more digits tells which"
        )


def octaves(root: np.ndarray) -> int:
    """Return how many halvings of a standard deviation reach a unit of the argument."""
    return max(0, int(np.ceil(np.log2(root.max(initial=1.0)))))


def trapezoid(level: float, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and Gaussian weights of the graded trapezoidal rule of step 2^-level."""
    z, steps = graded(level, depth, REACH)
    return z, steps * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


@lru_cache(maxsize=64)
def graded(level: float, depth: int, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes in [-reach, reach] of steps 2^-level in a variable t, and dz/dt 2^-level.

    With delta = 2^-depth, t = asinh(z/delta) + z: steps in z shrink to delta times the step
    around 0 and stay below that of t far out. The map is analytic for |Im t| < pi/2.
    """
    delta, step = 2.0**-depth, 2.0**-level
    last = np.arcsinh(reach / delta) + reach
    t = step * np.arange(1, int(last / step) + 2)
    # z = delta sinh(s) with s + delta sinh(s) = t, by Newton's method from above
    s = np.minimum(t, np.arcsinh(t / delta))
    for _ in range(60):
        change = (s + delta * np.sinh(s) - t) / (1 + delta * np.cosh(s))
        s = s - change
        if np.abs(change).max() <= _ROUNDING * last:
            break
    z = np.concatenate([-delta * np.sinh(s)[::-1], [0.0], delta * np.sinh(s)])
    stretch = np.hypot(z, delta)
    return z, step * stretch / (1 + stretch)


def with_ladder(kinks: np.ndarray, depth: int, widest: float = REACH) -> np.ndarray:
    """Return ends of panels, row by row: kinks, 0, and places that double from 2^-depth on.

    From ``widest`` on the places are that far apart.
    """
    doubling = 2.0 ** np.arange(-depth, np.log2(widest))
    places = np.concatenate([doubling, np.arange(widest, REACH, widest)])
    ladder = np.concatenate([-places[::-1], [0.0], places])
    return np.concatenate(
        [kinks, np.broadcast_to(ladder, (*kinks.shape[:-1], ladder.size))], axis=-1
    )


def beside(kinks: np.ndarray) -> np.ndarray:
    """Return kinks and places that halve their distance to each, row by row."""
    # nodes stay apart from the kink by more than a rounding
    steps = 2.0 ** -np.arange(1, 41)
    around = kinks[..., None] + np.concatenate([-steps[::-1], [0.0], steps])
    return around.reshape(*kinks.shape[:-1], -1)


def panels(ends: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes and Gaussian weights between ends of panels, row by row."""
    x, w = _legendre(order)
    inner = np.clip(np.sort(ends, axis=-1), -REACH, REACH)
    edge = np.full((*ends.shape[:-1], 1), REACH)
    ends = np.concatenate([-edge, inner, edge], axis=-1)
    half = (ends[..., 1:] - ends[..., :-1])[..., None] / 2
    middle = (ends[..., 1:] + ends[..., :-1])[..., None] / 2
    shape = (*ends.shape[:-1], -1)
    # a panel of no length weighs nothing; its nodes keep clear of the kink it stands at
    places = np.where(half == 0, REACH, middle + half * x)
    z, weights = places.reshape(shape), (half * w).reshape(shape)
    return z, weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


@lru_cache(maxsize=32)
def _legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes and weights of Gauss and Legendre on [-1, 1]."""
    return np.polynomial.legendre.leggauss(order)
