"""The map of the pre-activation variance from one layer to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import mpmath
import sympy as sp

from freeprob.nets.activations.kinks import slopes_at_infinity, slopes_at_zero
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    finite_mean_square,
    keep_rate,
    non_negative,
)
from freeprob.nets.mean_field.gaussian_maps import is_unevaluated, numeric

LENGTH = sp.Dummy("q", positive=True)


@dataclass(frozen=True)
class LengthAverages:
    """One layer's averages as functions of the length q, in one arithmetic."""

    step: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    noise: Callable[[Any], Any]


@dataclass(frozen=True)
class LengthMap:
    r""":math:`V(q) = \frac{\sigma_w^2}\rho E f(\sqrt q Z)^2 + \sigma_b^2` at keep rate :math:`\rho`

    Parameters
    ----------
    activation : Activation
    weight_variance, bias_variance : number or SymPy expression
    keep_rate : number or SymPy expression
    """

    activation: sp.Basic
    weight_variance: sp.Expr
    bias_variance: sp.Expr
    keep_rate: sp.Expr = sp.S.One

    def __post_init__(self) -> None:
        checked_activation(self.activation)
        for name in ("weight_variance", "bias_variance"):
            object.__setattr__(self, name, non_negative(getattr(self, name), name))
        object.__setattr__(self, "keep_rate", keep_rate(self.keep_rate))

    @property
    def variable(self) -> sp.Symbol:
        """The length, positive."""
        return LENGTH

    @property
    def second(self) -> sp.Expr:
        """E f^2 at length ``variable``."""
        return _second(self.activation)

    @property
    def fourth(self) -> sp.Expr:
        """E f^4 at length ``variable``."""
        return _fourth(self.activation)

    @property
    def parameters(self) -> set[sp.Symbol]:
        """The free symbols of the two variances, the keep rate and the activation."""
        parts = (self.weight_variance, self.bias_variance, self.keep_rate, self.activation)
        return set().union(*(part.free_symbols for part in parts))

    @property
    def exact(self) -> LengthAverages:
        """The averages on SymPy expressions."""

        def at(make: Callable[[], sp.Expr]) -> Callable[[Any], Any]:
            return lambda q: make().subs(LENGTH, q)

        return LengthAverages(at(self._step), at(self._slope), at(self._noise))

    def digits(self, context: mpmath.MPContext) -> LengthAverages:
        """The averages on mpf numbers of a private context."""
        makers = (self._step, self._slope, self._noise)
        return LengthAverages(*(numeric(make, (LENGTH,), context) for make in makers))

    @property
    def _gain(self) -> sp.Expr:
        return self.weight_variance / self.keep_rate

    def _step(self) -> sp.Expr:
        """V(q)."""
        return self._gain * self.second + self.bias_variance

    def _slope(self) -> sp.Expr:
        """V'(q)."""
        return self._gain * _moment_slope(self.activation)

    def _noise(self) -> sp.Expr:
        """N times the variance of the next layer's K, given this layer's."""
        return self.weight_variance**2 * (self.fourth - self.second**2)

    @cached_property
    def is_affine(self) -> bool:
        """Whether V is an affine function of q, as it is for homogeneous activations."""
        if is_unevaluated(self.second):
            return False
        return sp.simplify(sp.diff(_moment_slope(self.activation), LENGTH)) == 0

    def affine(self) -> tuple[sp.Expr, sp.Expr]:
        """Slope and constant of an affine V."""
        slope = sp.simplify(self._slope())
        return slope, sp.simplify(self._step() - slope * LENGTH)

    @cached_property
    def is_homogeneous(self) -> bool:
        """Whether E f^2 and E f^4 are multiples of q and q^2."""
        q = self.variable
        if is_unevaluated(self.second) or is_unevaluated(self.fourth):
            return False
        ratios = (sp.simplify(self.second / q), sp.simplify(self.fourth / q**2))
        return all(q not in ratio.free_symbols for ratio in ratios)

    def slope_at_zero(self) -> sp.Expr:
        """V'(0) of an activation that vanishes at zero."""
        return self._gain_of_slopes(slopes_at_zero(self.activation))

    def slope_at_infinity(self) -> sp.Expr:
        """The limit of V(q)/q at large q."""
        return self._gain_of_slopes(slopes_at_infinity(self.activation))

    def _gain_of_slopes(self, slopes: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
        left, right = slopes
        return self._gain * (left**2 + right**2) / 2


@lru_cache(maxsize=256)
def _second(activation: sp.Basic) -> sp.Expr:
    """E f^2 at length LENGTH."""
    return finite_mean_square(checked_activation(activation), LENGTH)


@lru_cache(maxsize=256)
def _fourth(activation: sp.Basic) -> sp.Expr:
    """E f^4 at length LENGTH."""
    return activation.expect(LENGTH, power=4)


@lru_cache(maxsize=256)
def _moment_slope(activation: sp.Basic) -> sp.Expr:
    """The derivative of E f^2 in the length."""
    return sp.diff(_second(activation), LENGTH)
