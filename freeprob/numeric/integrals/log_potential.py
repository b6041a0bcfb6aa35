"""The logarithmic potential U(z) = ∫ log|z - x| μ(dx) in float64, from the piecewise density.

With z - x ∝ τ^q - t^q = (τ - t) Σ τ^k t^(q-1-k), t the local variable of a half and τ that of z,
the only singular factor is τ - t: panels near τ are graded towards it, all others have fixed nodes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from freeprob.numeric.distributions.halves import Half
from freeprob.numeric.integrals.panels import HalfRule, Quadrature

_FAR = 3.0  # sum of half axes of the ellipse about a panel, outside of which z is no matter
_SMALL = 0.5  # size of γx up to which log|γ| + U(-1/γ) would lose digits
_CHUNK = 1 << 20  # pairs of points and nodes at a time


def log_potential(rule: Quadrature, z: np.ndarray) -> np.ndarray:
    """U at points, flat; -∞ at atoms."""
    z = np.asarray(z, dtype=complex)
    with np.errstate(divide="ignore"):
        out = sum((mass * np.log(np.abs(z - x)) for x, mass in rule.law.atoms), np.zeros(z.shape))
    size = max(1, len(rule.places))
    for start in range(0, len(z), max(1, _CHUNK // size)):
        block = slice(start, start + max(1, _CHUNK // size))
        for half in rule.halves:
            out[block] += _of_half(half, z[block])
    return out


def shannon(
    rule: Quadrature, gamma: np.ndarray, potential: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """∫ log(1 + γx) μ(dx) at rates, flat: log|γ| + U(-1/γ), or term by term where γx is small."""
    out = np.zeros(gamma.shape)
    places = np.concatenate([rule.places, [x for x, _ in rule.law.atoms]])
    weights = np.concatenate([rule.weights, [mass for _, mass in rule.law.atoms]])
    with np.errstate(invalid="ignore", over="ignore"):
        small = np.abs(gamma) * np.max(np.abs(places), initial=0.0) <= _SMALL
    out[small] = [weights @ np.log1p(rate * places) for rate in gamma[small]]
    rates = gamma[~small]
    out[~small] = np.log(np.abs(rates)) + potential(-1 / rates)
    return out


def _of_half(rule: HalfRule, z: np.ndarray) -> np.ndarray:
    """The potential of a half of a cut."""
    tau = _variable(rule.piece.half, z)
    middle, radius = (rule.highs + rule.lows) / 2, (rule.highs - rule.lows) / 2
    with np.errstate(invalid="ignore", over="ignore"):
        s = (tau[:, None] - middle) / radius
        root = np.sqrt(s * s - 1)
        axes = np.maximum(np.abs(s + root), np.abs(s - root))
    near = axes < _FAR
    with np.errstate(divide="ignore"):
        values = np.log(np.abs(z[:, None, None] - rule.places))
    values[near] = 0.0  # nodes of near panels may be z itself
    out = np.einsum("ijk,jk->i", values, rule.weights)
    for i, panel in np.argwhere(near):
        out[i] += _of_near_panel(rule, int(panel), complex(tau[i]))
    return out


def _of_near_panel(rule: HalfRule, panel: int, tau: complex) -> float:
    """The potential of a panel with z on it or next to it."""
    half = rule.piece.half
    towards = min(max(tau.real, rule.lows[panel]), rule.highs[panel])
    step, t, mass = rule.graded(panel, towards)
    difference = np.abs(step - (tau - towards))
    others = sum((tau ** (half.q - 1 - k) * t**k for k in range(half.q)), np.zeros(t.shape))
    distance = difference * np.abs(others)
    if not half.end.is_finite:
        distance = distance * half.scale / (t * abs(tau)) ** half.q
    with np.errstate(divide="ignore", invalid="ignore"):
        # where no mass is left its distance is no matter
        return float(np.sum(np.where(mass == 0, 0.0, mass * np.log(distance))))


def _variable(half: Half, z: np.ndarray) -> np.ndarray:
    """The local variable of points of the plane, by its principal root."""
    if half.end.is_finite:
        high, low = half.end.location
        power = half.side * ((z - high) - low)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            power = 1 / (1 + half.side * (half.middle - z) / half.scale)
    return power if half.q == 1 else power ** (1 / half.q)
