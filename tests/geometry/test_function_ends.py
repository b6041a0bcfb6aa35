"""Supports of laws with logarithms: ends of functions, hard edges without squares over them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp

HALF = sp.Rational(1, 2)
UNIFORM = fp.Uniform(0, 1)
W = sp.Symbol("w")


def silverstein(ratio: float) -> float:
    """The upper edge of a sample covariance of a uniform population: z'(m) = 0 by bisection."""

    def z(m: mpmath.mpf) -> mpmath.mpf:
        # z = -1/m + ratio E[T/(1 + T m)], between the pole at m = -1 and 0
        return -1 / m + ratio * (1 - mpmath.log(1 + m) / m) / m

    m = mpmath.findroot(lambda m: mpmath.diff(z, m), (-0.9, -0.3), solver="anderson")
    return float(z(m))


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (fp.symmetrize(UNIFORM), [(-1, 1)]),
        (fp.symmetrize(fp.Uniform(0, 2)), [(-(2**0.5), 2**0.5)]),
        (UNIFORM.inverse(), [(1, np.inf)]),
        (fp.sample_covariance(UNIFORM, HALF), [(0, silverstein(0.5))]),
        (fp.sample_covariance(UNIFORM, "1/5"), [(0, silverstein(0.2))]),
        (fp.boolean_sum(UNIFORM, UNIFORM), [(0, 1)]),
        (fp.boolean_sum(fp.Uniform(-1, 1), fp.Semicircle(1)), [(-2, 2)]),
        (fp.monotone(UNIFORM, fp.Semicircle(1)), [(-2, 2)]),
        # χ = w/(1 + w) S is stationary at w = ∞, where 1/χ = e
        (fp.TransformLaw("S", sp.exp(-W / (1 + W)), W), [(0, np.e)]),
    ],
)
def test_supports(law: fp.Law, expected: list[tuple[float, float]]) -> None:
    found = [(float(low), float(high)) for low, high in law.support(dps=10)]
    assert found == [(pytest.approx(low, abs=1e-9), pytest.approx(high)) for low, high in expected]


@pytest.mark.parametrize(
    "law",
    [
        fp.boxtimes(fp.Atomic({1: HALF, 2: HALF}), UNIFORM),
        fp.boxtimes(UNIFORM, UNIFORM),
        fp.sample_covariance(UNIFORM, HALF),
        fp.boxplus(fp.Uniform(1, 2).square(), fp.Semicircle(1)),
        fp.monotone(UNIFORM, fp.Semicircle(1)),
    ],
)
def test_mass_and_mean_of_the_density(law: fp.Law) -> None:
    """Midpoint sums of the distribution function: 1 - F integrates to the mean."""
    ((low, high),) = [(float(a), float(b)) for a, b in law.support(dps=12)]
    nodes, weights = np.polynomial.legendre.leggauss(60)
    # t² at both ends: x = low + (high - low)(3t² - 2t³)
    t = (nodes + 1) / 2
    x, speed = low + (high - low) * t**2 * (3 - 2 * t), (high - low) * 6 * t * (1 - t)
    assert np.sum(law.density(x) * speed * weights / 2) == pytest.approx(1, abs=2e-4)
    mean = low + np.sum((1 - law.cdf(x)) * speed * weights / 2)
    assert mean == pytest.approx(float(law.moments(1)[0]), abs=1e-6)


def test_sample_covariance_of_a_uniform_population() -> None:
    law = fp.sample_covariance(UNIFORM, HALF)
    # Silverstein's map and an own integral
    assert law.cdf(0.5) == pytest.approx(0.6065311, abs=1e-7)
    low, high = law.edges(dps=15)
    assert (low.exponent, float(low.constant)) == (0, pytest.approx(2))
    assert high.exponent == HALF


def test_the_density_next_to_the_cut_of_a_logarithm_is_on_the_right_side() -> None:
    # 2 + O(x log x): the imaginary part of ω is x² there, and decides the sign of the density
    law = fp.sample_covariance(UNIFORM, HALF)
    x = 10.0 ** np.arange(-14, -2)
    expected = [float(law.density(float(place), dps=15)) for place in x]
    np.testing.assert_allclose(law.density(x), expected, rtol=1e-9)


@pytest.mark.slow
def test_a_symmetric_density_that_vanishes_linearly_has_a_kink() -> None:
    law = fp.symmetrize(UNIFORM)
    kink = [edge for edge in law.edges(dps=15) if edge.location == 0]
    assert [(e.exponent, e.side, float(e.constant)) for e in kink] == [
        (1, "left", 1),
        (1, "right", 1),
    ]
    np.testing.assert_allclose(law.cdf(np.array([-0.5, 0.0, 0.5])), [0.375, 0.5, 0.625])


def test_products_of_two_uniform_laws_have_a_logarithm_at_zero() -> None:
    law = fp.boxtimes(UNIFORM, UNIFORM)
    with pytest.raises(fp.errors.CertificationError, match="no power law"):
        law.edges(dps=15)
    assert law.cdf(0.3) == pytest.approx(float(law.cdf(0.3, dps=12)), abs=1e-11)
