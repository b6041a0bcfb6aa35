"""Moments by quadrature of the density, with no help from the law but its density and cuts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from freeprob.laws.base import Law
from freeprob.testing.points import cuts

# beyond this, tanh-sinh nodes are within 1e-270 of an edge
_REACH = 5.3
_TOLERANCE = 1e-8  # of the difference between a panel and its halves
_LEVELS = 25


def line_integrals(law: Law, orders: int, size: float) -> np.ndarray:
    """∫ (x/size)^k dμ for k = 0, …, orders: atoms, and an adaptive quadrature on every cut."""
    powers = np.arange(orders + 1)
    total = np.zeros(orders + 1)
    for place, mass in law.atoms().items():
        total += float(mass) * (float(place) / size) ** powers
    for low, high in cuts(law):

        def integrand(t: np.ndarray, low: float = low, high: float = high) -> np.ndarray:
            x, speed = _tanh_sinh(t, low, high)
            inside = (x > low) & (x < high)
            weight = np.zeros_like(x)
            weight[inside] = speed[inside] * law.density(x[inside])
            return weight[..., None] * (x[..., None] / size) ** powers

        total += _adaptive(integrand)
    return total


def _tanh_sinh(t: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of a cut and dx/dt: edges are at t = ±∞, at any power-law growth."""
    distance = 1 / (1 + np.exp(np.pi * np.sinh(np.abs(t))))
    x = np.where(t < 0, low + (high - low) * distance, high - (high - low) * distance)
    return x, (high - low) * np.pi * np.cosh(t) * distance * (1 - distance)


def _adaptive(integrand: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Gauss-Legendre panels, halved until the halves agree with the whole."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    ends = np.linspace(-_REACH, _REACH, 301)
    panels = np.stack([ends[:-1], ends[1:]], axis=1)

    def gauss(panels: np.ndarray) -> np.ndarray:
        centre, half = panels.mean(axis=1)[:, None], (panels[:, 1:] - panels[:, :1]) / 2
        return half * np.einsum("j,ijk->ik", weights, integrand(centre + half * nodes))

    total, whole = 0.0, gauss(panels)
    for _ in range(_LEVELS):
        middle = panels.mean(axis=1)
        left = np.stack([panels[:, 0], middle], axis=1)
        right = np.stack([middle, panels[:, 1]], axis=1)
        halves = gauss(left), gauss(right)
        rough = np.abs(halves[0] + halves[1] - whole).max(axis=1) > _TOLERANCE
        total += (halves[0] + halves[1])[~rough].sum(axis=0)
        if not rough.any():
            return total
        panels = np.concatenate([left[rough], right[rough]])
        whole = np.concatenate([halves[0][rough], halves[1][rough]])
    raise AssertionError(f"the quadrature of the density did not settle near t = {panels[0]}")
