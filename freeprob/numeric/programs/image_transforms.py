"""Derivatives of w ↦ E[g(Z)/(w - g(Z))] on floats and on balls; those of one g share the work."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, factorial
from typing import final

import numpy as np
from flint import acb, acb_mat, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.programs.arithmetic import Complexes
from freeprob.numeric.programs.gaussian_images import GaussianMap, ball_rule, order_of
from freeprob.numeric.programs.instructions import Oracle

_LADDER = (64, 96, 128, 192, 256, 384, 512, 768, 1024)  # precisions that rules are made for
_MOST_BITS = 2048  # with some 10^5 nodes, each of which takes a part of a millisecond
_RULE_BITS = 12  # by which the error of a rule, relative to the sum of sizes, may exceed 2^-bits
_NEAREST = 0.5  # distance of w from the line, over the distance of its nodes there
_FLAT = 1e-9  # height over a point beside the values, relative to its distance from them


@final
@dataclass(frozen=True)
class ImageTransform(Oracle):
    """The derivative of some order of w ↦ E[g(Z)/(w - g(Z)); left < Z < right]."""

    map: GaussianMap
    order: int

    @property
    def family(self) -> Hashable:
        """All derivatives of the transform of one function."""
        return self.map

    def floats(self, argument: np.ndarray) -> np.ndarray:
        """On complex128 arrays."""
        return self.all_floats((self,), argument)[0]

    def ball(self, argument: acb) -> acb:
        """On balls: the rule whose error is below the precision where w keeps off the line."""
        return self.all_balls((self,), argument)[0]

    @classmethod
    def all_floats(
        cls, members: Sequence[ImageTransform], argument: np.ndarray
    ) -> list[np.ndarray]:
        """On complex128 arrays, from one table of distances."""
        function = members[0].map
        points: Complexes = np.atleast_1d(np.asarray(argument, dtype=np.complex128)).ravel()
        orders = sorted({member.order for member in members})
        found = dict(zip(orders, _sums(function, points, orders), strict=True))
        # next to the axis beside all values the imaginary part is the height times the slope
        room = function.distances(points.real)
        flat = (room > 0) & (np.abs(points.imag) <= _FLAT * room)
        if flat.any():
            beside = points[flat].real.astype(complex)
            slopes = _sums(function, beside, [order + 1 for order in orders]).real
            for order, slope in zip(orders, slopes, strict=True):
                found[order][flat] = found[order][flat].real + 1j * slope * points[flat].imag
        return [found[member.order].reshape(np.shape(argument)) for member in members]

    @classmethod
    def all_balls(cls, members: Sequence[ImageTransform], argument: acb) -> list[acb]:
        """On balls, from one list of distances."""
        function, bits = members[0].map, _rule_bits()
        places, tops = numerators(function, bits)
        inverses = [1 / (argument - place) for place in places]
        size, found = _Sizes.at(function, complex(argument)), {}
        powers, reached = inverses, 0
        for order in sorted({member.order for member in members}):
            for _ in range(order - reached):
                powers = [a * b for a, b in zip(powers, inverses, strict=True)]
            bound, reached = size.of(order), order
            if not np.isfinite(bound):
                found[order] = acb(arb("nan"), arb("nan"))
                continue
            total = (acb_mat(1, len(powers), powers) * tops)[0, 0]
            total *= (-1) ** order * factorial(order)
            error = arb(0, arb(bound) * arb(2) ** (_RULE_BITS - bits))
            if function.is_beside(argument):
                found[order] = acb(total.real + error)
            else:
                found[order] = total + acb(error, error)
        return [found[member.order] for member in members]


def _rule_bits() -> int:
    """The precision of the rule for that of FLINT's context."""
    least = ctx.prec + _RULE_BITS + 4
    if least > _MOST_BITS:
        raise ConvergenceError(
            f"{least} bits of an integral are asked for, as by a density far below all floats; "
            f"the rules here end at {_MOST_BITS}"
        )
    return next((step for step in _LADDER if step >= least), 64 * ceil(least / 64))


def _sums(function: GaussianMap, points: Complexes, orders: Sequence[int]) -> Complexes:
    """The rule for derivatives at complex points, in rows."""
    whole, short = function.poles
    far = short.is_outside(points)
    found = np.empty((len(orders), points.size), dtype=complex)
    found[:, far] = short.sums(points[far], orders)
    found[:, ~far] = whole.sums(points[~far], orders)
    return found


@final
@dataclass(frozen=True)
class _Sizes:
    """Absolute values of the terms at a point and their distances from it; none by the line."""

    terms: np.ndarray
    distances: np.ndarray | None

    @staticmethod
    def at(function: GaussianMap, w: complex) -> _Sizes:
        """At a point."""
        values, weights = function.rule
        distances = np.abs(w - values)
        steps = np.abs(np.diff(values, append=values[-1]))
        near = bool(np.any(distances < _NEAREST * steps))
        return _Sizes(np.abs(weights * values), None if near else distances)

    def of(self, order: int) -> float:
        """The sum of absolute values, in which the error of a rule is measured; ∞ by the line."""
        if self.distances is None:
            return np.inf
        return float(np.sum(self.terms / self.distances ** (order + 1))) * factorial(order)


@lru_cache(maxsize=64)
def numerators(function: GaussianMap, bits: int) -> tuple[list[acb], acb_mat]:
    """Values of g at the nodes, and what stands over w - g, in a column."""
    values, weights = ball_rule(function, bits, order_of(bits))
    with ctx.workprec(bits + 16):
        tops = [weight * value for weight, value in zip(weights, values, strict=True)]
        return values, acb_mat(len(tops), 1, tops)
