"""Functions of a Gaussian variable with poles: distribution, density, edges, by own preimages."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.stats import norm

import freeprob as fp
from freeprob import errors

X = sp.Symbol("x")
MEAN, VARIANCE = 1, 2
Z = norm(MEAN, np.sqrt(VARIANCE))
# a function, where it is below a level y as intervals of x, and its cuts
CASES = {
    "inverse": (1 / X, lambda y: [(-np.inf, 0), (1 / y, np.inf)] if y > 0 else [(1 / y, 0)]),
    "shifted": (
        3 - 2 / (X - 2),
        lambda y: [(2, 2 + 2 / (3 - y))] if y < 3 else [(2, np.inf), (-np.inf, 2 - 2 / (y - 3))],
    ),
    "two poles": (
        1 / (X**2 - 1),
        lambda y: (
            [(-1, 1), (np.sqrt(1 + 1 / y), np.inf), (-np.inf, -np.sqrt(1 + 1 / y))]
            if y > 0
            else [(np.sqrt(1 + 1 / y), 1), (-1, -np.sqrt(1 + 1 / y))]
            if y < -1
            else [(-1, 1)]
        ),
    ),
    "even pole": (
        X**-2,
        lambda y: [(-np.inf, -1 / np.sqrt(y)), (1 / np.sqrt(y), np.inf)] if y > 0 else [],
    ),
    "essential": (
        sp.exp(1 / X),
        lambda y: (
            []
            if y <= 0
            else [(-np.inf, 0), (1 / np.log(y), np.inf)]
            if y > 1
            else [(1 / np.log(y), 0)]
        ),
    ),
    "jump of an angle": (
        sp.atan(1 / X),
        lambda y: [(-np.inf, 0), (1 / np.tan(y), np.inf)] if y > 0 else [(1 / np.tan(y), 0)],
    ),
    "logarithm": (sp.log(sp.Abs(X)), lambda y: [(-np.exp(y), np.exp(y))]),
}
LEVELS = [-1.4, -0.3, 0.2, 0.7, 1.3]


def mass(intervals: list[tuple[float, float]]) -> float:
    return sum(Z.cdf(high) - Z.cdf(low) for low, high in intervals)


@pytest.mark.parametrize("name", CASES)
def test_the_distribution_counts_both_sides_of_a_pole(name: str) -> None:
    function, below = CASES[name]
    law = fp.image(function, {X: fp.Normal(MEAN, VARIANCE)})
    expected = [mass(below(y)) for y in LEVELS]
    assert law.cdf(LEVELS) == pytest.approx(expected, abs=1e-12)
    assert float(law.cdf(sp.Rational(7, 10), dps=20)) == pytest.approx(expected[3], abs=1e-12)
    step = 1e-5
    slopes = [(mass(below(y + step)) - mass(below(y - step))) / (2 * step) for y in LEVELS]
    assert law.density(LEVELS) == pytest.approx(slopes, abs=1e-7)
    shares = np.array([0.05, 0.4, 0.9, 0.999])
    assert law.cdf(law.quantile(shares)) == pytest.approx(shares, abs=1e-12)


def test_quantiles_beyond_all_floats_are_infinite() -> None:
    law = fp.image(sp.exp(1 / X), {X: fp.Normal()})
    assert law.quantile([0.99999, 1]).tolist() == [np.inf, np.inf]


def test_the_support_ends_at_limits_beside_poles() -> None:
    cuts = {
        1 / X: [(-np.inf, np.inf)],
        X**-2: [(0, np.inf)],
        1 / (X**2 - 1): [(-np.inf, -1), (0, np.inf)],
        X + 1 / X: [(-np.inf, -2), (2, np.inf)],
        sp.exp(1 / X): [(0, np.inf)],
        sp.atan(1 / X): [(-np.pi / 2, np.pi / 2)],
        sp.exp(-1 / X**2): [(0, 1)],
    }
    for function, expected in cuts.items():
        found = fp.image(function, {X: fp.Normal()}).support(dps=15)
        assert np.array(found, dtype=float) == pytest.approx(np.array(expected, dtype=float))


@pytest.mark.parametrize("name", CASES)
def test_the_transform_next_to_the_axis_is_the_density(name: str) -> None:
    law = fp.image(CASES[name][0], {X: fp.Normal(MEAN, VARIANCE)})
    if name == "essential":
        with pytest.raises(errors.ConvergenceError):
            law.cauchy(0.2 + 1e-9j)
        return
    for level in LEVELS:
        beside = -law.cauchy(level + 1e-9j).imag / np.pi
        assert beside == pytest.approx(law.density(level), rel=1e-7, abs=1e-8)


def test_the_transform_agrees_with_the_integral_over_the_density() -> None:
    z = 0.4 + 0.5j
    grid = (np.arange(2_000_000) + 0.5) / 2_000_000
    for function in (1 / X, 1 / (X**2 - 1)):
        values = sp.lambdify(X, function, "numpy")(norm.ppf(grid))
        law = fp.image(function, {X: fp.Normal()})
        assert complex(law.cauchy(z)) == pytest.approx(np.mean(1 / (z - values)), abs=1e-5)


def test_functions_of_gaussian_laws_are_laws_of_one_kind() -> None:
    normal = fp.Normal(MEAN, VARIANCE)
    pairs = [
        (normal.square(), X**2),
        (normal.inverse(), 1 / X),
        (fp.mobius(normal, 1, 2, 3, 4), (X + 2) / (3 * X + 4)),
        (fp.image(X**2, {X: normal}).square(), X**4),
        (fp.image(sp.exp(X), {X: normal}).inverse(), sp.exp(-X)),
        (normal.square().shift(1).inverse(), 1 / (X**2 + 1)),
    ]
    levels = [-0.6, 0.3, 0.8, 2.5]
    for law, function in pairs:
        same = fp.image(function, {X: normal})
        assert law.cdf(levels) == pytest.approx(same.cdf(levels), abs=1e-12)
        assert law.density(levels) == pytest.approx(same.density(levels), rel=1e-9)
    assert normal.dilate(3).shift(1).moments(2) == fp.Normal(4, 18).moments(2)
    both = fp.mixture({fp.Normal(0, 1): "1/2", fp.Normal(3, 1): "1/2"}).square()
    expected = [
        (norm.cdf(r) - norm.cdf(-r) + norm.cdf(r - 3) - norm.cdf(-r - 3)) / 2 for r in (1, 2)
    ]
    assert both.cdf([1, 4]) == pytest.approx(expected, abs=1e-12)


def test_a_comparison_takes_seconds_and_sees_a_wrong_mean() -> None:
    law = fp.Normal(1, 2).square()
    drawn = np.random.default_rng(0).normal(1, np.sqrt(2), size=(4, 300)) ** 2
    assert law.check(n=300, draws=2, rng=0)
    assert not fp.Normal("3/2", 2).square().compare_to(drawn)


def test_infinite_moments_and_unknown_poles_are_refused() -> None:
    with pytest.raises(errors.UndefinedOperationError, match="infinite"):
        fp.image(X**-2, {X: fp.Normal()}).moments(1)
    with pytest.raises(errors.UndefinedOperationError, match="Piecewise"):
        fp.image(sp.Max(0, 1 / X), {X: fp.Normal()})
    for function in (sp.tan(X), 1 / sp.sin(X)):
        with pytest.raises(errors.ConvergenceError, match="jumps"):
            fp.image(function, {X: fp.Normal()}).cdf(0.5)
