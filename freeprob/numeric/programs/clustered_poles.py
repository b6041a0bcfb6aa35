"""Sums over simple poles, clusters of them seen from afar as a few poles on a circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial
from typing import final

import numpy as np

_CHUNK = 1 << 14  # complex numbers in one table of points times nodes: it stays in the cache
_PROXIES = 48
# radii of the circle and of the disk outside of which it stands for the cluster: both sides of the
# circle lose a factor √5 for every pole, (√5)^-48 = 2e-17
_CIRCLE, _APART = 5.0**0.5, 5.0


@final
@dataclass(frozen=True)
class SimplePoles:
    """Σ tops/(w - places): a rule, or what stands for it outside of some disks."""

    places: np.ndarray
    tops: np.ndarray
    disks: tuple[tuple[complex, float], ...] = ()

    def sums(self, points: np.ndarray, orders: Sequence[int]) -> np.ndarray:
        """The derivatives of some increasing orders at complex points, in rows."""
        step = max(1, _CHUNK // self.places.size)
        found = np.empty((len(orders), points.size), complex)
        for start in range(0, points.size, step):
            table = points[start : start + step, None] - self.places
            np.reciprocal(table, out=table)
            power, reached = table, 0
            for row, order in zip(found, orders, strict=True):
                for _ in range(order - reached):
                    power = power * table
                row[start : start + step] = power @ self.tops
                reached = order
        factors = [(-1) ** order * factorial(order) for order in orders]
        return found * np.array(factors, dtype=float)[:, None]

    def is_outside(self, points: np.ndarray) -> np.ndarray:
        """Whether points are outside of all disks."""
        outside = np.ones(points.shape, dtype=bool)
        for centre, radius in self.disks:
            outside &= np.abs(points - centre) > radius
        return outside


def compressed(rule: SimplePoles, clusters: Sequence[tuple[complex, float]]) -> SimplePoles:
    """The same with all poles in a cluster replaced by few on a circle about it.

    By Cauchy's formula the trapezoidal rule on the circle continues the sum outwards.
    """
    places, tops = rule.places, rule.tops
    found: list[SimplePoles] = []
    for centre, radius in clusters:
        inside = np.abs(places - centre) <= radius
        if np.count_nonzero(inside) <= 2 * _PROXIES:
            continue
        circle = np.exp(2j * np.pi * np.arange(_PROXIES) / _PROXIES) * radius * _CIRCLE
        shares = (places[inside] - centre)[:, None] / circle
        # Σ_k q^k for k below the number of poles, whose residues they become
        weights = (1 - shares**_PROXIES) / (1 - shares) / _PROXIES
        disk = ((centre, _APART * radius),)
        found.append(SimplePoles(centre + circle, tops[inside] @ weights, disk))
        places, tops = places[~inside], tops[~inside]
    return SimplePoles(
        np.concatenate([places, *(part.places for part in found)]),
        np.concatenate([tops, *(part.tops for part in found)]),
        tuple(disk for part in found for disk in part.disks),
    )
