"""E f(u) f(v) as a power series in the correlation, for one length shared by both inputs."""

from __future__ import annotations

from typing import Any

import mpmath

from freeprob.errors import ConvergenceError
from freeprob.nets.activations.activations import Activation
from freeprob.nets.functions.callables import depth_of, mpmath_function
from freeprob.numeric.gaussian.gaussian_pairs import HermiteCoefficients

LONGEST = 2000


class CorrelationSeries:
    r""":math:`E f(u) f(v) = \sum_n a_n^2 c^n` with Hermite coefficients computed once, as needed.

    The tail after N terms is at most :math:`c^N` times what :math:`E f^2 - \sum_{n<N} a_n^2`
    leaves, a proved bound.
    """

    def __init__(self, activation: Activation, length: Any, context: mpmath.MPContext) -> None:
        self.context = context
        variance = context.convert(length)
        function = mpmath_function(activation.pieces, variance, context)
        self._coefficients = HermiteCoefficients(function, context, depth_of(length))
        self._squares: list[Any] = []
        self._tails: list[Any] = []

    def value(self, c: Any) -> Any:
        """The mean at correlation c."""
        return self._sum(c, lambda n, power: power)

    def slope(self, c: Any) -> Any:
        """Its derivative in c."""
        return self._sum(c, lambda n, power: n * power / c if c != 0 else self._first(n))

    def _first(self, n: int) -> Any:
        return self.context.one if n == 1 else self.context.zero

    def _sum(self, c: Any, weight: Any) -> Any:
        total, power, size = self.context.zero, self.context.one, abs(c)
        for n in range(LONGEST):
            total += self._square(n) * weight(n, power)
            power *= c
            # n c^(n-1) falls with n from here on, so the first omitted weight bounds them all
            falling = size == 0 or n + 1 > -1 / self.context.log(size)
            bound = self._tails[n] * abs(weight(n + 1, power))
            if n > 0 and falling and bound <= self.context.eps * abs(total):
                return total
        raise ConvergenceError(
            f"the Hermite series at correlation {self.context.nstr(c, 8)} is too long for "
            f"{self.context.dps} digits"
        )

    def _square(self, n: int) -> Any:
        while len(self._squares) <= n:
            self._squares.append(self._coefficients.next() ** 2)
            self._tails.append(self._coefficients.tail)
        return self._squares[n]
