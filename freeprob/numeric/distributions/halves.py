"""Half a cut in the variable that makes its density analytic up to the end.

Next to an end e with ρ ~ C|x - e|^{p/q} the density is t^p f(t), t = |x - e|^{1/q}, f analytic at
t = 0 (Puiseux); p/q need not be in lowest terms. At an infinite end t = 1/(1 + |x - c|/L) takes
its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from freeprob.numeric.distributions.cuts import End

_TINY = 1e-200  # equations of products of many factors hold far smaller numbers on the way
_ULPS = 4e-15  # relative: closer to an end float64 holds no distance from it


@final
@dataclass(frozen=True)
class Half:
    """The part of a cut between its end and ``middle``; ``side`` is +1 at a left end."""

    end: End
    middle: float
    side: int
    scale: float

    @property
    def p(self) -> int:
        """The power of t in front."""
        power = int(self.end.exponent * self.q)
        return power if self.end.is_finite else -power

    @property
    def q(self) -> int:
        """The root that t is."""
        return self.end.root

    @property
    def length(self) -> float:
        """Local variable at the middle."""
        return float(self.variable(np.array(self.middle)))

    def variable(self, x: np.ndarray) -> np.ndarray:
        """Local variable at x, 0 beyond the end."""
        high, low = self.end.location
        if not self.end.is_finite:
            distance = self.side * (self.middle - x) / self.scale
            inverse = 1 / (1 + np.maximum(distance, 0.0))
            return inverse if self.q == 1 else inverse ** (1 / self.q)
        # x - high is exact next to the end
        distance = np.maximum(self.side * ((x - high) - low), 0.0)
        if self.q == 1:
            return distance
        if self.q == 2:
            return np.sqrt(distance)
        return np.cbrt(distance) if self.q == 3 else distance ** (1 / self.q)

    def point(self, t: np.ndarray) -> np.ndarray:
        """Place at t, rounded."""
        high, low = self.end.location
        power = t**self.q
        if not self.end.is_finite:
            # t = 0 is the infinite end itself, and places near it are beyond float64
            with np.errstate(divide="ignore", over="ignore"):
                return self.middle - self.side * self.scale * (1 / power - 1)
        return (self.side * power + low) + high

    @property
    def lowest(self) -> float:
        """The least t at which a float is told from the end, where t is a high root."""
        if self.end.constant is None:
            return 0.0
        return max(_TINY, _ULPS * abs(self.end.location[0])) ** (1 / self.q)

    @property
    def speed_factor(self) -> float:
        """|dx/dt| divided by the power of t in it, which is :attr:`speed_power`."""
        return self.q * (1.0 if self.end.is_finite else self.scale)

    @property
    def speed_power(self) -> int:
        """Power of t in dx/dt."""
        return self.q - 1 if self.end.is_finite else -self.q - 1

    def sensitivity(self, t: np.ndarray) -> np.ndarray:
        """Relative change of f by what is not known of the end."""
        if not self.end.is_finite or self.end.uncertainty == 0:
            return np.zeros_like(t)
        return self.end.uncertainty / t**self.q
