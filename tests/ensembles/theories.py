"""Closed forms of classical laws, written out here so that the tests do not rest on the package."""

from __future__ import annotations

from math import comb

import numpy as np

from freeprob.ensembles import Theory


def semicircle(variance: float = 1.0) -> Theory:
    radius = 2 * np.sqrt(variance)

    def cdf(x):
        u = np.clip(np.asarray(x) / radius, -1, 1)
        return 0.5 + (u * np.sqrt(1 - u**2) + np.arcsin(u)) / np.pi

    def cauchy(z):
        return (z - np.sqrt(z - radius) * np.sqrt(z + radius)) / (2 * variance)

    catalan = [comb(2 * k, k) // (k + 1) for k in range(4)]
    moments = [0 if k % 2 else catalan[k // 2] * variance ** (k // 2) for k in range(1, 7)]
    return Theory(cdf, cauchy, moments, cuts=((-radius, radius),))


def marchenko_pastur(c: float) -> Theory:
    a, b = (1 - np.sqrt(c)) ** 2, (1 + np.sqrt(c)) ** 2

    def cdf(x):
        # the integral of √((b-x)(x-a)) / (2π c x) by the substitution x = mid - half·cos θ
        x = np.asarray(x, dtype=float)
        mid, half = (a + b) / 2, (b - a) / 2
        u = np.clip((x - mid) / half, -1, 1)
        theta = np.arccos(-u)
        root = np.sqrt(np.maximum(1 - u**2, 0)) * half
        product = abs(1 - c)
        inner = 2 * np.arctan2(np.sqrt(b) * np.sin(theta / 2), np.sqrt(a) * np.cos(theta / 2))
        integral = root + mid * theta - product * inner
        return np.maximum(1 - 1 / c, 0) * (x >= 0) + integral / (2 * np.pi * c)

    def cauchy(z):
        return (z + c - 1 - np.sqrt(z - a) * np.sqrt(z - b)) / (2 * c * z)

    moments = [
        sum(comb(k, j) * comb(k - 1, j) * c**j / (j + 1) for j in range(k)) for k in range(1, 7)
    ]
    atoms = ((0.0, 1 - 1 / c),) if c > 1 else ()
    return Theory(cdf, cauchy, moments, atoms, ((a, b),))


def arcsine() -> Theory:
    """The free sum of two fair signs, on [-2, 2]."""

    def cdf(x):
        return 0.5 + np.arcsin(np.clip(np.asarray(x) / 2, -1, 1)) / np.pi

    def cauchy(z):
        return 1 / (np.sqrt(z - 2) * np.sqrt(z + 2))

    return Theory(cdf, cauchy, (0, 2, 0, 6, 0, 20), cuts=((-2.0, 2.0),))


def fuss_catalan(s: int) -> Theory:
    """The product of s square Wishart matrices; x = sin((s+1)φ)^(s+1) / (sin φ sin(sφ)^s)."""
    top = np.pi / (s + 1)
    phi = np.concatenate(
        [top * (1 - np.geomspace(1e-5, 0.99, 20000)), np.geomspace(1e-6, 1e-2, 2000)]
    )
    phi = np.unique(phi)[::-1]
    x = np.sin((s + 1) * phi) ** (s + 1) / (np.sin(phi) * np.sin(s * phi) ** s)
    density = (np.sin(phi) ** 2 * np.sin(s * phi) ** (s - 1)) / (np.pi * np.sin((s + 1) * phi) ** s)
    logs = np.log(x)
    mass = density * x  # integrate in log x, where the hard edge is smooth
    steps = np.concatenate([[0.0], np.cumsum(0.5 * (mass[1:] + mass[:-1]) * np.diff(logs))])
    # below the first point the density is a pure power x^(-s/(s+1))
    steps += mass[0] * (s + 1)
    power = 1 / (s + 1)

    def cdf(t):
        t = np.asarray(t, dtype=float)
        safe = np.clip(t, 1e-300, None)
        low = steps[0] * np.exp(power * (np.log(safe) - logs[0]))
        inside = np.interp(np.log(safe), logs, steps)
        return np.where(t <= 0, 0.0, np.where(np.log(safe) < logs[0], low, np.minimum(inside, 1)))

    def cauchy(z):
        return np.array([np.sum(np.diff(steps, prepend=0.0) / (point - x)) for point in z])

    moments = [comb(k * (s + 1), k) / (k * s + 1) for k in range(1, 7)]
    return Theory(cdf, cauchy, moments, cuts=((0.0, (s + 1) ** (s + 1) / s**s),))
