"""The recursion over the layers of a network, in any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from freeprob.nets.mean_field.gaussian_maps import GaussianMaps


@dataclass(frozen=True)
class Recursion:
    """Layers of one network with averages ``maps`` in the arithmetic of the variances.

    ``tangent`` says whether the derivative kernels are accumulated as well.
    """

    maps: GaussianMaps
    weight: Any
    bias: Any
    keep: Any
    depth: int
    tangent: bool

    def lengths(self, square: Any) -> list:
        """Pre-activation variances of layers 1, ..., L + 1 from an input's mean square."""
        lengths = [self.weight * square + self.bias]
        for _ in range(self.depth):
            second = self.maps.second(lengths[-1])
            lengths.append(self.weight / self.keep * second + self.bias)
        return lengths

    def pair(self, own: list, product: Any, other: list, first: GaussianMaps | None = None) -> Any:
        """The kernel of two inputs, given their lengths and their inner product.

        ``first`` replaces the averages of the first hidden layer.
        """
        kernel = tangent = self.weight * product + self.bias
        for layer, (q1, q2) in enumerate(zip(own[:-1], other[:-1], strict=True)):
            maps = self.maps if layer or first is None else first
            after = self.weight * maps.pair(q1, kernel, q2) + self.bias
            if self.tangent:
                slope = maps.slope_pair(q1, kernel, q2)
                tangent = trained(after, self.weight * slope, tangent)
            kernel = after
        return tangent if self.tangent else kernel

    def diagonal(self, lengths: list) -> Any:
        """The same of an input with itself, where the two share one Gaussian."""
        if not self.tangent:
            return lengths[-1]
        tangent = lengths[0]
        for before, after in pairwise(lengths):
            slope = self.maps.slope_second(before)
            tangent = trained(after, self.weight / self.keep * slope, tangent)
        return tangent


def trained(kernel: Any, gain: Any, tangent: Any) -> Any:
    """The tangent kernel after a layer: what its own weights add, and what passes through it."""
    return kernel + gain * tangent
