"""Hard edges x^(-(L-1)/L): Jacobians of deep networks, whose mass lies below all floats."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp


def jacobian(depth: int) -> fp.Law:
    """Squared singular values of a product of so many layers, half of the units off in each."""
    coin = fp.Atomic({0: "1/2", 1: "1/2"})
    return fp.boxtimes_power(coin, depth).dilate(2**depth)


def reference(depth: int, x: float) -> float:
    """The density from y = z G - 1, z = ((1 + 2y)/(1 + y))^L (1 + y)/y, followed in arg z."""
    target, y = np.log(x), 1 / (1e9 * 1j)

    def logarithm(y: complex) -> complex:
        return depth * np.log((1 + 2 * y) / (1 + y)) + np.log((1 + y) / y)

    start = logarithm(y)
    for share in np.linspace(0, 1, 4001)[1:]:
        # log z = log x + i0 in the end, and all on the way has arg z in (0, π)
        wanted = start + (target - start) * share
        for _ in range(4):
            slope = depth * (2 / (1 + 2 * y) - 1 / (1 + y)) + 1 / (1 + y) - 1 / y
            y -= (logarithm(y) - wanted) / slope
    return float(-(y.imag) / (np.pi * x))


@pytest.mark.parametrize("depth", [20, 60])
def test_densities_on_long_grids_are_those_of_single_points(depth: int) -> None:
    law = jacobian(depth)
    x = np.geomspace(0.01, 10, 2000)
    values = law.density(x)
    chosen = [0, 700, 1999]
    np.testing.assert_allclose(values[chosen], [law.density(v) for v in x[chosen]], rtol=1e-10)
    np.testing.assert_allclose(values[chosen], [reference(depth, v) for v in x[chosen]], rtol=1e-8)


def test_values_of_depth_sixty() -> None:
    law = jacobian(60)
    assert law.density(np.geomspace(0.01, 10, 2000))[0] == pytest.approx(1.070232073558563)
    hard, soft = law.edges(dps=15)
    assert (hard.exponent, soft.exponent) == (-sp.Rational(59, 60), sp.Rational(1, 2))


def test_distribution_function_and_quantiles_of_depth_twenty() -> None:
    law = jacobian(20)
    assert law.cdf(1.0) == pytest.approx(0.903784097961, abs=1e-11)
    assert law.cdf(0.01) == pytest.approx(float(law.cdf(sp.Rational(1, 100), dps=12)), abs=1e-11)
    p = np.array([0.3, 0.501, 0.55, 0.7, 0.9, 0.99])
    x = law.quantile(p)
    assert x[0] == 0
    np.testing.assert_allclose(law.cdf(x[1:]), p[1:], atol=1e-12)
    # C x^(1/20) of mass lies below x
    assert 1e-60 < x[1] < 1e-40


def test_depth_two_hundred() -> None:
    # 2.6 percent of the mass lie between 0 and 1e-200
    law = jacobian(200)
    x = np.geomspace(0.01, 10, 2000)
    assert law.density(x)[0] == pytest.approx(reference(200, 0.01), rel=1e-8)
    assert law.cdf(1.0) == pytest.approx(float(law.cdf(1, dps=12)), abs=1e-10)
    assert law.cdf(1e-200) == pytest.approx(0.5263, abs=1e-4)


def _density_of_product(ratio: float, x: float) -> float:
    """MP(1) ⊠ MP(c) by the cubic of w = zG: zψ = (1 + ψ)²(1 + cψ) with ψ = w - 1."""
    cubic = np.array([ratio, 1 - ratio, -x, x])
    return float(np.max(np.abs(np.roots(cubic).imag))) / x / np.pi


@pytest.mark.parametrize("ratio", ["1.000001", "1.00001", "0.999999"])
def test_masses_between_zero_and_an_edge_far_nearer_than_floats_of_one(ratio: str) -> None:
    # the edge lies at about 4/27 (c - 1)^3: 1e-5 of the mass and more lie within 1e-14 of it
    law = fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(ratio))
    c = float(ratio)
    assert law.cdf(0.0) == pytest.approx(max(0.0, 1 - 1 / c), abs=1e-12)
    grid, weights = np.polynomial.legendre.leggauss(40)
    for low, high in [(1e-15, 1e-12), (1e-12, 1e-9), (1e-6, 1e-3)]:
        logs = np.linspace(np.log(low), np.log(high), 9)
        halves = np.diff(logs)[:, None] / 2
        x = np.exp(logs[:-1, None] + halves * (grid + 1))
        rho = np.vectorize(lambda place: _density_of_product(c, place))(x)
        mass = np.sum(halves * weights * rho * x)
        assert law.cdf(high) - law.cdf(low) == pytest.approx(mass, rel=1e-7)
        middle = law.cdf(np.sqrt(low * high))
        assert law.quantile(middle) == pytest.approx(np.sqrt(low * high), rel=1e-6)
