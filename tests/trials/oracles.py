"""G of a described law, by fixed points of its own: nothing here comes from the package.

A description is a tuple: the name of a law or operation, then numbers and descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_ROUNDED = 1e-12  # relative: moves by rounding are below
_STILL = 8  # moves in a row that do not fall: those of a slow fixed point fall each time
Transform = Callable[[np.ndarray], np.ndarray]


class NotSettledError(Exception):
    """A fixed point did not settle: no verdict."""


def _settled(step: Transform, start: np.ndarray) -> np.ndarray:
    """The fixed point of an analytic self-map of a half-plane, by Steffensen's steps when safe."""
    x = start
    least, still = np.full(start.shape, np.inf), np.zeros(start.shape, dtype=int)
    for _ in range(600):
        one = step(x)
        size = np.abs(one - x) / (1 + np.abs(one))
        # F(w) - w loses digits far up: small moves that fall no more are its rounding
        still = np.where(size < least, 0, still + 1)
        least = np.minimum(least, size)
        if np.all((size <= 1e-14) | ((least <= _ROUNDED) & (still >= _STILL))):
            return one
        two = step(one)
        bend = two - 2 * one + x
        with np.errstate(all="ignore"):
            leap = x - (one - x) ** 2 / bend
        # only leaps that stay in the half-plane of the iterates
        safe = np.isfinite(leap) & (np.sign(leap.imag) == np.sign(two.imag))
        safe &= np.abs(leap - two) < np.abs(two - x)
        x = np.where(safe, leap, two)
    raise NotSettledError


def cauchy(law: tuple, z: np.ndarray) -> np.ndarray:
    """G(z) for Im z > 0."""
    return _RULES[law[0]](z, *law[1:])


def _inverse(law: tuple) -> Transform:
    return lambda z: 1 / cauchy(law, z)


def _semicircle(z: np.ndarray, variance: float, mean: float) -> np.ndarray:
    w, radius = z - mean, 2 * variance**0.5
    return 2 / (w + np.sqrt(w - radius) * np.sqrt(w + radius))


def _marchenko_pastur(z: np.ndarray, c: float) -> np.ndarray:
    low, high = (1 - c**0.5) ** 2, (1 + c**0.5) ** 2
    return (z + c - 1 - np.sqrt(z - low) * np.sqrt(z - high)) / (2 * c * z)


def _atomic(z: np.ndarray, places: tuple, weights: tuple) -> np.ndarray:
    return sum(p / (z - a) for a, p in zip(places, weights, strict=True))


def _uniform(z: np.ndarray, a: float, b: float) -> np.ndarray:
    return np.log((z - a) / (z - b)) / (b - a)


def _arcsine(z: np.ndarray, a: float, b: float) -> np.ndarray:
    return 1 / (np.sqrt(z - a) * np.sqrt(z - b))


def _mixture(z: np.ndarray, p: float, one: tuple, other: tuple) -> np.ndarray:
    return p * cauchy(one, z) + (1 - p) * cauchy(other, z)


def _affine(z: np.ndarray, scale: float, shift: float, law: tuple) -> np.ndarray:
    return cauchy(law, (z - shift) / scale) / scale


def _boolean(z: np.ndarray, one: tuple, other: tuple) -> np.ndarray:
    return 1 / (_inverse(one)(z) + _inverse(other)(z) - z)


def _monotone(z: np.ndarray, one: tuple, other: tuple) -> np.ndarray:
    return cauchy(one, _inverse(other)(z))


def _boxplus(z: np.ndarray, one: tuple, other: tuple) -> np.ndarray:
    f, g = _inverse(one), _inverse(other)

    def step(w: np.ndarray) -> np.ndarray:
        v = z + f(w) - w
        return z + g(v) - v

    return cauchy(one, _settled(step, z + 1j))


def _power(z: np.ndarray, t: float, law: tuple) -> np.ndarray:
    f = _inverse(law)
    return cauchy(law, _settled(lambda w: z / t + (1 - 1 / t) * f(w), z))


def _compress(z: np.ndarray, trace: float, law: tuple) -> np.ndarray:
    return _affine(z, trace, 0.0, ("power", 1 / trace, law))


def _boxtimes(z: np.ndarray, one: tuple, other: tuple) -> np.ndarray:
    point = 1 / z

    def h(law: tuple, w: np.ndarray) -> np.ndarray:
        # w in the lower half-plane, 1/w in the upper
        return 1 / w - 1 / cauchy(law, 1 / w)

    omega = _settled(lambda w: point * h(other, point * h(one, w)), point)
    eta = omega * h(one, omega)
    return 1 / (z * (1 - eta))


def _sample_covariance(z: np.ndarray, c: float, law: tuple) -> np.ndarray:
    """Silverstein's companion v = -1/(z - c ∫ t dΣ/(1 + t v)), a self-map of the half-plane."""

    def step(v: np.ndarray) -> np.ndarray:
        w = -1 / v
        return -1 / (z - c * (1 - w * cauchy(law, w)) / v)

    companion = -_settled(step, -1 / z)
    return (companion - (1 - c) / z) / c


_RULES: dict[str, Callable[..., np.ndarray]] = {
    "semicircle": _semicircle,
    "marchenko_pastur": _marchenko_pastur,
    "atomic": _atomic,
    "uniform": _uniform,
    "arcsine": _arcsine,
    "mixture": _mixture,
    "affine": _affine,
    "boolean": _boolean,
    "monotone": _monotone,
    "boxplus": _boxplus,
    "power": _power,
    "compress": _compress,
    "boxtimes": _boxtimes,
    "sample_covariance": _sample_covariance,
}


def radius(law: tuple) -> float:
    """A bound of |x| on the support, by norms."""
    name, *rest = law
    inner = [radius(part) for part in rest if isinstance(part, tuple) and part_is_law(part)]
    simple: dict[str, Callable[[], float]] = {
        "semicircle": lambda: abs(rest[1]) + 2 * rest[0] ** 0.5,
        "marchenko_pastur": lambda: (1 + rest[0] ** 0.5) ** 2,
        "atomic": lambda: max(map(abs, rest[0])),
        "uniform": lambda: max(map(abs, rest)),
        "arcsine": lambda: max(map(abs, rest)),
        "mixture": lambda: max(inner),
        "affine": lambda: abs(rest[0]) * inner[0] + abs(rest[1]),
        "power": lambda: max(rest[0], 1) * 2 * inner[0],
        "compress": lambda: inner[0],
        "boxtimes": lambda: inner[0] * inner[1],
        "sample_covariance": lambda: (1 + rest[0] ** 0.5) ** 2 * inner[0],
        "monotone": lambda: 2 * sum(inner),
        "boolean": lambda: 2 * sum(inner),
    }
    return simple.get(name, lambda: sum(inner))()


def part_is_law(part: Any) -> bool:
    """Whether an argument of a description is a description."""
    return isinstance(part, tuple) and bool(part) and isinstance(part[0], str)


def moments(law: tuple, count: int) -> list[float]:
    """Contour integrals of z^k G(z) over a circle around the support."""
    size = 2.0 * radius(law) + 1e-3
    angles = np.pi * (np.arange(64) + 0.5) / 64
    z = size * np.exp(1j * angles)
    values = cauchy(law, z)
    return [float(np.mean((z ** (k + 1) * values).real)) for k in range(1, count + 1)]
