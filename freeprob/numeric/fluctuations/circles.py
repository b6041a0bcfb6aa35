"""Cuts as images of circles, and functions on them by their Fourier coefficients.

x = m + h cos θ sends the circle |w| = 1, w = exp(iθ), to both sides of a cut [m - h, m + h]: θ in
(0, π) to x + i0, and -θ to x - i0. Functions on the law's curve with edges like square roots, or
their inverses, are analytic in w there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import numpy as np
from scipy.fft import dct

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.numeric.distributions.cuts import Cut

_FIRST, _LARGEST = 64, 1 << 14  # Chebyshev points of a function of the eigenvalues
_SETTLED = 1e-13  # of the size of a function's coefficients, in the last eighth of them
ROUGH = (
    "the function is not smooth on the support, or infinite at an end of it: how the sum "
    "fluctuates was not found"
)


Panel = tuple[float, float]


@final
@dataclass(frozen=True)
class Circle:
    """The circle of one cut."""

    low: float
    high: float

    def places(self, angles: np.ndarray) -> np.ndarray:
        """The points x below the circle's."""
        # from the nearer end, whose distance keeps its digits
        from_low = self.low + 2 * self.half * np.cos(angles / 2) ** 2
        from_high = self.high - 2 * self.half * np.sin(angles / 2) ** 2
        return np.where(angles > np.pi / 2, from_low, from_high)

    @property
    def half(self) -> float:
        """Half the length of the cut."""
        return (self.high - self.low) / 2

    def cosines(self, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The f_k of f(x) = Σ f_k cos kθ, from k = 0 on.

        Raises
        ------
        ConvergenceError
            If they do not decay.
        """
        size = _FIRST
        while size <= _LARGEST:
            angles = np.pi * (np.arange(size) + 0.5) / size
            with np.errstate(all="ignore"):
                values = np.asarray(function(self.places(angles)), dtype=float)
            if not np.isfinite(values).all():
                break
            found = dct(values, type=2) / size
            found[0] /= 2
            weighted = np.arange(size) * np.abs(found)
            # rounding of the values alone leaves that much
            least = _SETTLED * size * max(float(np.abs(values).max()), 1e-300)
            if weighted[-size // 8 :].max() <= max(_SETTLED * weighted.max(), least):
                return found
            size *= 2
        raise ConvergenceError(ROUGH)


def circles(cuts: Sequence[Cut]) -> tuple[Circle, ...]:
    """One for each cut.

    Raises
    ------
    UndefinedOperationError
        If a cut is unbounded: power sums do not exist there.
    """
    found = []
    for cut in cuts:
        low, high = (end.location[0] for end in cut.ends)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise UndefinedOperationError(
                "fluctuations are known for laws of bounded support; this one has an unbounded cut"
            )
        found.append(Circle(low, high))
    return tuple(found)


@lru_cache(maxsize=8)
def legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss's rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return (nodes + 1) / 2, weights / 2


@final
@dataclass(frozen=True)
class Grid:
    """Gauss's nodes on panels of the upper half circles.

    ``panels`` holds intervals in [0, π], one row for each circle.
    """

    circles: tuple[Circle, ...]
    panels: tuple[tuple[Panel, ...], ...]
    order: int

    @cached_property
    def _parts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        nodes, weights = legendre(self.order)
        found = []
        for panels in self.panels:
            low, high = np.array(panels).reshape(-1, 2).T[..., None]
            width = high - low
            found.append(((low + width * nodes).ravel(), (width * weights).ravel()))
        return found

    @cached_property
    def angles(self) -> np.ndarray:
        """All angles, circle by circle, ascending on each."""
        return np.concatenate([angles for angles, _ in self._parts])

    @cached_property
    def weights(self) -> np.ndarray:
        """Weights of the integral by dθ."""
        return np.concatenate([weights for _, weights in self._parts])

    @cached_property
    def owners(self) -> np.ndarray:
        """The number of each point's circle."""
        sizes = [len(angles) for angles, _ in self._parts]
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def places(self) -> np.ndarray:
        """The points x."""
        pairs = zip(self.circles, self._parts, strict=True)
        return np.concatenate([circle.places(angles) for circle, (angles, _) in pairs])

    @cached_property
    def steps(self) -> np.ndarray:
        """dx/dθ."""
        return -np.array([circle.half for circle in self.circles])[self.owners] * np.sin(
            self.angles
        )

    def slopes(self, coefficients: Sequence[np.ndarray]) -> np.ndarray:
        """df/dθ at all points, from the cosine coefficients on each circle."""
        found = []
        for own, (angles, _) in zip(coefficients, self._parts, strict=True):
            orders = np.arange(len(own))
            found.append(-np.sin(np.outer(angles, orders)) @ (orders * own))
        return np.concatenate(found)
