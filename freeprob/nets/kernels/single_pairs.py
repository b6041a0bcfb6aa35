"""The kernel of one pair of inputs to any number of digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import sympy as sp

from freeprob.nets.activations.activations import Activation
from freeprob.nets.expectations.real_powers import degree_of
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.kernels.recursion import Recursion
from freeprob.nets.mean_field.gaussian_maps import (
    GaussianMaps,
    digit_maps,
    exact_maps,
    on_the_line,
    private_context,
    to_digits,
)

Inputs = tuple[Sequence[sp.Expr], Sequence[sp.Expr]]
_PLENTY = 10_000  # digits lost beyond which a number could not be given


@dataclass(frozen=True)
class SinglePair:
    """Two inputs of exact numbers, with exact variances and keep rate of the network."""

    activation: Activation
    inputs: Inputs
    variances: tuple[sp.Expr, sp.Expr, sp.Expr]
    depth: int
    tangent: bool

    def value(self, digits: int) -> Any:
        """The kernel to ``digits`` digits, whatever a layer does to the angle of the inputs."""
        left, right = self.inputs
        if list(left) == list(right):
            return self._same(private_context(digits))
        if self._mirror and all(x == -y for x, y in zip(left, right, strict=True)):
            sign = self._mirror if self.depth else -1
            return sign * self._same(private_context(digits))
        return self._different(digits)

    @property
    def _products(self) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        left, right = self.inputs
        pairs = ((left, left), (left, right), (right, right))
        return tuple(sp.Add(*(x * y for x, y in zip(a, b, strict=True))) / len(a) for a, b in pairs)

    @property
    def _mirror(self) -> int:
        """The parity of f, if opposite inputs stay opposite or become equal; else 0."""
        _, bias, keep = self.variances
        return parity_of(self.activation.pieces) * int(bias == 0 and keep == 1)

    def _recursion(self, context: mpmath.MPContext) -> Recursion:
        weight, bias, keep = (to_digits(value, {}, context) for value in self.variances)
        maps = digit_maps(self.activation, context)
        return Recursion(maps, weight, bias, keep, self.depth, self.tangent)

    def _same(self, context: mpmath.MPContext) -> Any:
        recursion = self._recursion(context)
        return recursion.diagonal(recursion.lengths(to_digits(self._products[0], {}, context)))

    def _different(self, digits: int) -> Any:
        weight, bias, _ = self.variances
        k11, k12, k22 = (sp.expand(weight * k + bias) for k in self._products)
        gap = sp.expand(k11 * k22 - k12**2)
        if gap.is_zero or gap.equals(0):
            return self._aligned(digits, -1 if k12.is_negative else 1)
        lost = self._lost(k11, k22, gap)
        context = private_context(digits + lost)
        recursion = self._recursion(context)
        own, product, other = (to_digits(k, {}, context) for k in self._products)
        return recursion.pair(recursion.lengths(own), product, recursion.lengths(other))

    def _lost(self, k11: sp.Expr, k22: sp.Expr, gap: sp.Expr) -> int:
        """The digits that a small angle and its growth by chi_1 from layer to layer cost."""
        context = private_context(15)
        recursion = self._recursion(context)
        cosine = to_digits(gap / (k11 * k22), {}, context)
        lost = max(context.zero, -context.log10(cosine))
        for square in (self._products[0], self._products[2]):
            lengths = recursion.lengths(to_digits(square, {}, context))
            slopes = [recursion.weight * recursion.maps.slope_second(q) for q in lengths[:-1]]
            grown = [context.log10(chi) for chi in slopes if 1 < chi < context.inf]
            lost = lost + sum(grown)
        return int(min(lost, context.mpf(_PLENTY))) + 1

    def _aligned(self, digits: int, sign: int) -> Any:
        """The kernel of inputs that are multiples of each other once the bias is added."""
        context = private_context(digits)
        recursion = self._recursion(context)
        line = _line_maps(self.activation, sign, context)
        own, product, other = (to_digits(k, {}, context) for k in self._products)
        lengths = recursion.lengths(own), recursion.lengths(other)
        if sign > 0 and self.variances[1] == 0 and degree_of(self.activation.pieces) is not None:
            recursion = replace(recursion, maps=line)
        return recursion.pair(lengths[0], product, lengths[1], first=line)


def _line_maps(activation: Activation, sign: int, context: mpmath.MPContext) -> GaussianMaps:
    """Averages of pairs in which one Gaussian is a multiple of the other."""
    exact = exact_maps(activation)
    return replace(
        digit_maps(activation, context),
        pair=lambda q1, _, q2: on_the_line(exact.pair, q1, sign, q2, context),
        slope_pair=lambda q1, _, q2: on_the_line(exact.slope_pair, q1, sign, q2, context),
    )
