"""The map of the correlation of two inputs from one layer to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import sympy as sp

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.nets.activations.kinks import slope_jumps
from freeprob.nets.expectations.dual import GaussianDual
from freeprob.nets.mean_field.correlation_series import CorrelationSeries
from freeprob.nets.mean_field.gaussian_maps import (
    GUARD_DIGITS,
    GaussianMaps,
    digit_maps,
    numeric,
    to_digits,
)
from freeprob.nets.mean_field.length_map import LengthMap
from freeprob.tables import Tabled

NEWTON_STEPS = 200


@dataclass(frozen=True)
class CriticalDecay(Tabled):
    r""":math:`1 - c^l \sim A\, l^{-p}`: ``exponent`` p and ``amplitude`` A."""

    exponent: int
    amplitude: Any


@dataclass(frozen=True, eq=False)
class CorrelationMap:
    """C(c) for two inputs of one length, on numbers of a private context."""

    lengths: LengthMap
    length: Any
    context: mpmath.MPContext

    def __call__(self, c: Any) -> Any:
        """C(c); on the diagonal of a network without dropout, C(1) = 1."""
        q = self.length
        if q <= 0:
            raise UndefinedOperationError(
                "all lengths shrink to zero, where correlations are undefined; "
                "take a positive bias_variance or a larger weight_variance"
            )
        if c == 1:
            return (self._weight * self._maps.second(q) + self._bias) / q
        if c == 0:
            # independent: exactly zero for a mean that is
            return (self._weight * self._maps.mean(q) ** 2 + self._bias) / q
        if self._series is not None:
            return (self._weight * self._series.value(c) + self._bias) / q
        return (self._weight * self._maps.pair(q, c * q, q) + self._bias) / q

    def slope(self, c: Any) -> Any:
        """C'(c)."""
        if c == 1:
            return self._weight * self._maps.slope_second(self.length)
        if self._series is not None:
            return self._weight * self._series.slope(c) / self.length
        return self._weight * self._slope_of_pair(self.length, c * self.length)

    @cached_property
    def fixed_point(self) -> Any:
        """The fixed point correlations flow to from above zero.

        C is convex on [0, 1] with C(0) >= 0 and C(1) <= 1, so Newton's iteration from 0 climbs
        to the first fixed point without passing it.
        """
        start = self(self.context.zero)
        if self.lengths.keep_rate == 1 and self.slope(self.context.one) <= 1 + self.tolerance:
            return self.context.one
        c = start / (1 - self.slope(self.context.zero))
        for _ in range(NEWTON_STEPS):
            step = (self(c) - c) / (1 - self.slope(c))
            c += step
            if abs(step) <= self.tolerance / 100:
                return c
        raise ConvergenceError(
            "the correlation fixed point was not reached: the parameters are too close to "
            "criticality for this many digits"
        )

    @cached_property
    def tolerance(self) -> Any:
        """What counts as zero: the digits of the context without its guard digits."""
        return self.context.mpf(10) ** (GUARD_DIGITS - self.context.dps)

    def critical_decay(self) -> CriticalDecay:
        r"""The leading decay of 1 - c at criticality.

        With :math:`1 - C(1 - \epsilon) = \epsilon - a \epsilon^{1 + s}`, :math:`\epsilon_l \sim
        (a s l)^{-1/s}`; s = 1 for smooth f, 1/2 when f' jumps.
        """
        gap = abs(self.slope(self.context.one) - 1)
        if self.lengths.keep_rate != 1 or gap > self.tolerance:
            raise UndefinedOperationError(
                "correlations converge geometrically away from criticality (chi_1 = 1); "
                "use depth_scales, or critical_line to find critical variances"
            )
        context, q = self.context, self.length
        if q == 0:
            raise UndefinedOperationError(
                "the length is 0, where signals have no correlation; critical_line(f, q) has "
                "variances whose length is q"
            )
        jumps = slope_jumps(self.lengths.activation)
        if not jumps:
            return CriticalDecay(1, 2 / (q * self.moment(power=2, derivative=2)))
        # E|u - v| = 2 sqrt(q epsilon/pi) crosses a kink at t with density exp(-t^2/2q)/sqrt(2 pi q)
        crossings = sum(
            to_digits(jump, {}, context) ** 2
            * context.exp(-(to_digits(place, {}, context) ** 2) / (2 * q))
            for place, jump in jumps
        )
        bend = 2 * self._weight * crossings / (3 * context.pi * context.sqrt(2))
        return CriticalDecay(2, 4 / bend**2)

    def moment(self, power: int, derivative: int) -> Any:
        """weight_variance times E f^(derivative)(sqrt(q) Z)^power."""
        average = self.lengths.activation.expect(
            self.lengths.variable, power=power, derivative=derivative
        )
        return self._weight * numeric(lambda: average, (self.lengths.variable,), self.context)(
            self.length
        )

    @cached_property
    def _maps(self) -> GaussianMaps:
        return digit_maps(self.lengths.activation, self.context)

    @cached_property
    def _slope_of_pair(self) -> Callable[[Any, Any], Any]:
        """E f'(u) f'(v) as the kernel's derivative (Price 1958), which exists where f jumps too."""
        q, k = sp.Dummy("q", positive=True), sp.Dummy("k", real=True)
        kernel = self.lengths.activation.dual(q, k, q)
        return numeric(lambda: sp.diff(kernel, k), (q, k), self.context)

    @cached_property
    def _series(self) -> CorrelationSeries | None:
        """The power series of the pair mean, where it has no closed form."""
        activation = self.lengths.activation
        q, k = sp.Dummy("q", positive=True), sp.Dummy("k", real=True)
        if not activation.dual(q, k, q).has(GaussianDual):
            return None
        return CorrelationSeries(activation, self.length, self.context)

    @cached_property
    def _weight(self) -> Any:
        return to_digits(self.lengths.weight_variance, {}, self.context)

    @cached_property
    def _bias(self) -> Any:
        return to_digits(sp.sympify(self.lengths.bias_variance), {}, self.context)
