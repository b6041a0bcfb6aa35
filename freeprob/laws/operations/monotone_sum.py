"""Monotone convolution."""

from __future__ import annotations

from typing import final

from freeprob.exact.operations import pointwise
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_laws
from freeprob.laws.base import Law


@final
class MonotoneSum(Law):
    """Monotone convolution μ ▷ ν; build it with :func:`monotone`."""

    def __new__(cls, outer: Law, inner: Law) -> MonotoneSum:
        """Take two laws; their order matters."""
        return super().__new__(cls, *the_laws((outer, inner), "monotone"))

    def _system(self) -> System:
        return Node(pointwise.MonotoneSum(), tuple(law.system for law in self.args))


def monotone(outer: Law, inner: Law) -> Law:
    """Monotone convolution μ ▷ ν: F = F_μ ∘ F_ν; not commutative.

    Source: Muraki 2000.

    Examples
    --------
    >>> from freeprob import Atomic, monotone
    >>> coin = Atomic({-1: "1/2", 1: "1/2"})
    >>> monotone(coin, coin).moments(4)
    [0, 2, 0, 5]
    """
    return MonotoneSum(outer, inner)
