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
