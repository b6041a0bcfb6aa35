"""Random expressions against matrices drawn here, in plain NumPy.

``FREEPROB_TRIALS`` is the number of expressions per test, a few by default.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import FreeprobError

TRIALS = int(os.environ.get("FREEPROB_TRIALS", "3"))
N = sp.Symbol("N", positive=True)
ONE = sp.Identity(N)
Draw = Callable[[dict], np.ndarray]


@dataclass(frozen=True)
class Sample:
    """An expression, and how it is computed from drawn letters."""

    expr: sp.MatrixExpr
    value: Draw

    def __mul__(self, other: Sample) -> Sample:
        return Sample(self.expr * other.expr, lambda d: self.value(d) @ other.value(d))

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.expr + other.expr, lambda d: self.value(d) + other.value(d))

    def scaled(self, factor: sp.Expr) -> Sample:
        return Sample(factor * self.expr, lambda d: float(factor) * self.value(d))

    @property
    def T(self) -> Sample:
        return Sample(self.expr.T, lambda d: self.value(d).T)

    def inverse(self) -> Sample:
        return Sample(self.expr.inverse(), lambda d: np.linalg.inv(self.value(d)))


IDENTITY = Sample(ONE, lambda d: np.eye(d["n"]))


def letters() -> dict[str, Sample]:
    """Square letters of all kinds, and W Wᵀ of a rectangular one."""
    half = fp.Atomic({-1: "1/2", 2: "1/2"})
    known = {
        "x": fp.GOE("x", N),
        "y": fp.GOE("y", N, sp.Rational(1, 2)),
        "X": fp.Ginibre("X", N, N, 1 / N),
        "A": fp.Deterministic("A", half, N),
        "P": fp.Projection("P", "1/2", N),
        "O": fp.HaarOrthogonal("O", N),
    }
    found = {name: Sample(letter, lambda d, name=name: d[name]) for name, letter in known.items()}
    wide = fp.Ginibre("W", N, N / 2, 1 / N)
    found["W"] = Sample(wide * wide.T, lambda d: d["W"] @ d["W"].T)
    return found


def drawn(n: int, rng: np.random.Generator) -> dict:
    """One draw of all letters, n even."""

    def haar() -> np.ndarray:
        q, r = np.linalg.qr(rng.standard_normal((n, n)))
        return q * np.sign(np.diag(r))

    def rotated(values: np.ndarray) -> np.ndarray:
        q = haar()
        return (q * values) @ q.T

    def symmetric(variance: float) -> np.ndarray:
        a = rng.standard_normal((n, n))
        return (a + a.T) * np.sqrt(variance / (2 * n))

    first = np.arange(n) < n // 2
    return {
        "n": n,
        "x": symmetric(1.0),
        "y": symmetric(0.5),
        "X": rng.standard_normal((n, n)) / np.sqrt(n),
        "W": rng.standard_normal((n, n // 2)) / np.sqrt(n),
        "A": rotated(np.where(first, -1.0, 2.0)),
        "P": rotated(np.where(first, 0.0, 1.0)),
        "O": haar(),
    }


def word(random: np.random.Generator, known: dict[str, Sample], degree: int) -> Sample:
    """A product of letters and transposes, with an inverse now and then."""
    names = sorted(random.choice(sorted(known), size=2, replace=False))
    total = None
    for _ in range(int(random.integers(1, degree + 1))):
        letter = known[str(random.choice(names))]
        factor = letter.T if random.random() < 0.5 else letter
        total = factor if total is None else total * factor
    assert total is not None
    return total


def resolvent(random: np.random.Generator, known: dict[str, Sample]) -> Sample:
    """(w wᵀ + 2)⁻¹."""
    inner = word(random, known, 2)
    return (inner * inner.T + IDENTITY.scaled(sp.Integer(2))).inverse()


def simulated(sample: Sample, power: int, seed: int, n: int) -> tuple[float, float]:
    """E tr of a power at n → ∞, from two sizes, with its standard error."""
    rng, draws = np.random.default_rng(seed), 12
    small, large = (
        np.array(
            [
                np.trace(np.linalg.matrix_power(sample.value(drawn(size, rng)), power)) / size
                for _ in range(draws)
            ]
        )
        for size in (n, 2 * n)
    )
    spread = np.hypot(2 * large.std(ddof=1), small.std(ddof=1)) / np.sqrt(draws)
    curvature = (np.abs(large).mean() + np.abs(large.mean() - small.mean()) * n / 4) / n**2 * 20
    return float(2 * large.mean() - small.mean()), float(spread + curvature)


def compared(value: complex, sample: Sample, power: int, seed: int, n: int = 60) -> None:
    seen, error = simulated(sample, power, seed, n)
    assert abs(seen - value) < 6 * error, (sample.expr, power, value, seen, error)


@pytest.mark.parametrize("seed", range(TRIALS))
def test_moments_of_random_words(seed: int) -> None:
    random, known = np.random.default_rng(seed), letters()
    one = word(random, known, 4)
    sample = one + one.T
    if seed % 3 == 1:
        sample = sample + word(random, known, 1).scaled(sp.sqrt(2))
        sample = sample + sample.T
    try:
        moments = fp.law(sample.expr).moments(3)
    except FreeprobError:
        # refused with a reason: what is not allowed is a wrong number or a foreign error
        return
    for power, moment in enumerate(moments, start=1):
        compared(complex(moment), sample, power, seed)


@pytest.mark.parametrize("seed", range(TRIALS))
def test_traces_of_random_words_with_resolvents(seed: int) -> None:
    random, known = np.random.default_rng(100 + seed), letters()
    sample = word(random, known, 3) * resolvent(random, known)
    if seed % 2:
        sample = sample * word(random, known, 2)
    try:
        value = fp.normalized_trace(sample.expr).evaluate()
    except FreeprobError:
        # refused with a reason: what is not allowed is a wrong number or a foreign error
        return
    compared(value, sample, 1, seed)


@pytest.mark.parametrize("seed", range(TRIALS))
def test_rotations_of_random_words(seed: int) -> None:
    random, known = np.random.default_rng(200 + seed), letters()
    factors = [word(random, known, 2), resolvent(random, known), word(random, known, 1)]
    values = []
    for k in range(3):
        a, b, c = factors[k:] + factors[:k]
        try:
            values.append(complex(fp.normalized_trace((a * b * c).expr).evaluate(dps=12)))
        except FreeprobError:
            continue
    assert all(abs(value - values[0]) < 1e-9 for value in values), Counter(values)


def test_a_wrong_value_is_seen() -> None:
    known = letters()
    sample = known["x"] * known["A"] * known["x"]
    compared(0.5, sample, 1, 0, n=240)
    with pytest.raises(AssertionError):
        compared(0.55, sample, 1, 0, n=240)
