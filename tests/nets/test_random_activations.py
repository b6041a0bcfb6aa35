"""Random activations against quadrature that shares no code with the package.

FREEPROB_TRIALS scales the number of trials: 1 takes seconds. Each answer agrees with its oracle or
is refused by one of the package's own errors; anything else, a warning included, is a failure.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import FreeprobError

TRIALS = float(os.environ.get("FREEPROB_TRIALS", "1"))
x = sp.Symbol("x", real=True)


@dataclass(frozen=True)
class Sample:
    """An activation, the same function in NumPy, and where it is not smooth."""

    expr: sp.Expr
    function: object
    breaks: tuple[float, ...] = ()
    growth: str = ""

    @property
    def activation(self) -> nets.Activation:
        return nets.Activation(self.expr, x)


def _softplus(w):
    return np.logaddexp(0, w)


def _one(rng) -> Sample:
    """A random function of one kind."""
    a, b = (sp.Rational(int(rng.integers(1, 9)), 4) for _ in range(2))
    b = b * int(rng.choice([-1, 0, 1]))
    fa, fb = float(a), float(b)
    erf = np.vectorize(mpmath.fp.erf)
    kinds = [
        Sample(sp.tanh(a * x + b), lambda w: np.tanh(fa * w + fb)),
        Sample(sp.Max(0, x - b), lambda w: np.maximum(0, w - fb), (fb,)),
        Sample(sp.Abs(x - b), lambda w: np.abs(w - fb), (fb,)),
        Sample(sp.erf(a * x + b), lambda w: erf(fa * w + fb)),
        Sample(sp.sin(a * x + b), lambda w: np.sin(fa * w + fb), growth="wave"),
        Sample(sp.exp(a * x / 4), lambda w: np.exp(fa * w / 4), growth="fast"),
        Sample(sp.sign(x - b), lambda w: np.sign(w - fb), (fb,)),
        Sample(sp.Heaviside(x - b), lambda w: np.heaviside(w - fb, 0.5), (fb,)),
        Sample(x / (a + sp.Abs(x)), lambda w: w / (fa + np.abs(w)), (0.0,)),
        Sample(sp.atan(a * x + b), lambda w: np.arctan(fa * w + fb)),
        Sample(sp.sqrt(sp.Abs(x - b)), lambda w: np.sqrt(np.abs(w - fb)), (fb,), "root"),
        Sample(sp.log(1 + sp.exp(x - b)), lambda w: _softplus(w - fb)),
        Sample(x ** int(a * 4 % 4), lambda w: w ** int(fa * 4 % 4)),
        Sample(sp.Abs(sp.tanh(x) - a / 3), _tanh_kink(fa / 3), _tanh_break(fa / 3)),
        Sample(1 / (a + x**2), lambda w: 1 / (fa + w * w)),
        Sample(sp.exp(-a * x**2), lambda w: np.exp(-fa * w * w)),
        Sample(sp.log(sp.Abs(x - b)), lambda w: np.log(np.abs(w - fb)), (fb,), "root"),
        Sample(
            sp.Piecewise((a * (sp.exp(x) - 1), x < 0), (x, True)),
            lambda w: np.where(w < 0, fa * np.expm1(np.minimum(w, 0)), w),
            (0.0,),
        ),
    ]
    return kinds[rng.integers(len(kinds))]


def _tanh_kink(level):
    return lambda w: np.abs(np.tanh(w) - level)


def _tanh_break(level):
    return (float(np.arctanh(level)),) if level < 1 else ()


def random_sample(rng) -> Sample:
    """One function, or a sum or a product of two."""
    first, second = _one(rng), _one(rng)
    breaks = tuple(sorted({*first.breaks, *second.breaks}))
    growth = first.growth + second.growth
    kind = rng.integers(4)
    if kind <= 1:
        return first
    c = sp.Rational(int(rng.integers(-8, 9)), 3)
    if kind == 2:
        return Sample(
            first.expr + c * second.expr,
            lambda w: first.function(w) + float(c) * second.function(w),
            breaks,
            growth,
        )
    return Sample(
        first.expr * second.expr,
        lambda w: first.function(w) * second.function(w),
        breaks,
        growth,
    )


def panel_nodes(ends: np.ndarray, order: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights times the normal density, squeezed towards all ends."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    # x = a + (b - a) s^3 (10 - 15 s + 6 s^2) flattens roots and logarithms at the ends
    s = (nodes + 1) / 2
    shape, slope = s**3 * (10 - 15 * s + 6 * s * s), 30 * s**2 * (1 - s) ** 2
    a, b = ends[:-1, None], ends[1:, None]
    z = (a + (b - a) * shape).reshape(-1)
    w = ((b - a) * slope * weights / 2).reshape(-1)
    return z, w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def cut(breaks: list[float], scale: float) -> np.ndarray:
    """Ends of panels on [-12, 12]: the breaks and places that double away from them and from 0."""
    ladder = scale * 2.0 ** np.arange(-10, 60)
    places = {-12.0, 12.0}
    for centre in (0.0, *breaks):
        places |= {centre} | {float(centre + s * step) for s in (-1, 1) for step in ladder}
    places |= set(np.linspace(-12, 12, 33))
    return np.array(sorted(p for p in places if -12 <= p <= 12))


def mean_oracle(sample: Sample, q: float, power: int) -> float:
    """E f(sqrt(q) Z)^power by panels."""
    root = np.sqrt(q)
    z, weights = panel_nodes(cut([b / root for b in sample.breaks], min(1.0, 1 / root)))
    with np.errstate(over="ignore", divide="ignore"):
        return float(weights @ sample.function(root * z) ** power)


def pair_oracle(sample: Sample, q1: float, c: float, q2: float) -> float:
    """E f(u) f(v) by the mean of f(v) given u."""
    noise, (r1, r2) = np.sqrt(1 - c * c), (np.sqrt(q1), np.sqrt(q2))
    mirrored = [b / r2 / c for b in (0.0, *sample.breaks)] if abs(c) > 1e-3 else []
    outer = [b / r1 for b in sample.breaks] + mirrored
    z, weights = panel_nodes(cut(outer, min(1.0, 1 / r1, noise / max(abs(c), 0.1))), 20)
    total = 0.0
    for place, weight in zip(z, weights, strict=True):
        if weight < 1e-18:
            continue
        inner = [(b / r2 - c * place) / noise for b in (0.0, *sample.breaks)]
        y, inner_weights = panel_nodes(cut(inner, min(1.0, 1 / (noise * r2))), 16)
        given = inner_weights @ sample.function(r2 * (c * place + noise * y))
        total += weight * float(sample.function(np.array(r1 * place))) * given
    return total


@pytest.mark.parametrize("seed", range(max(1, int(12 * TRIALS))))
def test_means(seed):
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    for _ in range(4):
        sample = random_sample(rng)
        power = int(rng.integers(1, 3))
        widest = 0.5 if sample.growth.count("fast") else 6
        q = sp.Rational(round(10 ** rng.uniform(-12, widest), 13))
        if q == 0:
            continue
        if "wave" in sample.growth:
            q = min(q, sp.Integer(100))
        expected = mean_oracle(sample, float(q), power)
        size = mean_oracle(
            Sample(sample.expr, lambda w, f=sample.function: np.abs(f(w)), sample.breaks),
            float(q),
            power,
        )
        what = (sample.expr, q, power)
        for reading in ("digits", "floats"):
            try:
                if reading == "digits":
                    found = float(sample.activation.expect(q, power).evalf(15))
                else:
                    found = float(sample.activation.expect_function(power)(float(q)))
            except FreeprobError:
                counts[f"{reading} refused"] += 1
                continue
            assert found == pytest.approx(expected, abs=2e-9 * size), (reading, *what)
            counts[reading] += 1
    assert counts["digits"] + counts["floats"] >= 4, counts


@pytest.mark.parametrize("seed", range(max(1, int(6 * TRIALS))))
def test_kernels(seed):
    rng = np.random.default_rng([seed, 1])
    sample = random_sample(rng)
    q1, q2 = 10 ** rng.uniform(-2, 0.5 if "fast" in sample.growth else 2, 2)
    c = float(rng.choice([-0.9, -0.3, 0.0, 0.4, 0.99]))
    try:
        found = float(sample.activation.dual_function()(q1, c * np.sqrt(q1 * q2), q2))
    except FreeprobError:
        return
    scale = np.sqrt(mean_oracle(sample, q1, 2) * mean_oracle(sample, q2, 2))
    expected = pair_oracle(sample, q1, c, q2)
    assert found == pytest.approx(expected, abs=1e-8 * scale), (sample.expr, q1, c, q2)


# seed 3 took 287 s; why was not looked into
SLOW_SEEDS = {3}


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=[pytest.mark.slow] if seed in SLOW_SEEDS else [])
        for seed in range(max(1, int(8 * TRIALS)))
    ],
)
def test_matrices_of_deep_networks(seed):
    rng = np.random.default_rng([seed, 2])
    sample = random_sample(rng)
    depth = int(rng.choice([1, 2, 5, 30, 100]))
    weight, bias = (
        sp.Rational(round(v, 3)) for v in (10 ** rng.uniform(-1, 0.6), rng.choice([0, 0.1]))
    )
    X = rng.standard_normal((6, 3)) * 10 ** rng.uniform(-3, 2)
    X[1], X[2], X[3] = X[0], -X[0], 0
    X[4] = X[0] * (1 + 1e-9)
    for make in (nets.nngp, nets.ntk):
        try:
            kernel = make(sample.activation, depth, weight, bias)
            matrix = kernel.matrix(X)
        except FreeprobError:
            continue
        what = (sample.expr, depth, weight, bias)
        assert np.isfinite(matrix).all(), what
        assert (matrix == matrix.T).all()
        scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
        assert (np.abs(matrix) <= scale * (1 + 1e-9)).all(), what
        assert matrix[0, 1] == pytest.approx(matrix[0, 0], rel=1e-9), what
        assert np.allclose(kernel.matrix(X, X), matrix, rtol=1e-8, atol=1e-8 * scale.max()), what
        lowest = np.linalg.eigvalsh(matrix).min()
        assert lowest >= -1e-8 * np.trace(matrix), what
