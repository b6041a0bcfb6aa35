"""The frozen distribution of scipy.stats: every method with atoms anywhere, or a refusal."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law

SC, MP = fp.Semicircle, fp.MarchenkoPastur
COIN = fp.Atomic({-1: "1/3", 2: "2/3"})
WITH_ATOMS: list[Law] = [
    MP(2),
    MP(2).dilate(-1),
    fp.mixture({SC(1): "1/2", fp.PointMass(0): "1/2"}),
    fp.mixture({MP("1/2"): "1/4", COIN: "3/4"}),
    COIN,
    fp.PointMass(2),
    fp.boxplus(fp.Atomic({0: "3/4", 1: "1/4"}), fp.Atomic({0: "3/4", 1: "1/4"})),
]
WITHOUT: list[Law] = [SC(1), MP("1/4"), MP(1), fp.Uniform(0, 1), fp.Arcsine(-1, 3)]
HEAVY: list[Law] = [fp.Cauchy(0, 1), MP(1).inverse()]


def name(law: Law) -> str:
    return str(law)


@pytest.mark.parametrize("law", WITH_ATOMS + WITHOUT, ids=name)
def test_moments_and_expectations_hold_the_atoms(law: Law) -> None:
    frozen = law.to_scipy()
    exact = [float(moment) for moment in law.moments(6)]
    for n, moment in enumerate(exact, 1):
        assert frozen.moment(n) == pytest.approx(moment, rel=1e-13, abs=1e-14)
        assert frozen.expect(lambda x, n=n: x**n) == pytest.approx(moment, rel=1e-9, abs=1e-9)
    mean, variance = exact[0], exact[1] - exact[0] ** 2
    assert frozen.mean() == pytest.approx(mean)
    assert frozen.var() == pytest.approx(variance)
    assert frozen.std() == pytest.approx(variance**0.5)
    first, second, skewness, kurtosis = map(float, frozen.stats("mvsk"))
    assert (first, second) == pytest.approx((mean, variance))
    if variance > 0:
        central = [frozen.expect(lambda x, n=n: (x - mean) ** n) for n in (3, 4)]
        assert skewness == pytest.approx(central[0] / variance**1.5, abs=1e-8)
        assert kurtosis == pytest.approx(central[1] / variance**2 - 3, abs=1e-8)
    assert frozen.expect(lambda x: 1.0) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("law", WITH_ATOMS + WITHOUT + HEAVY, ids=name)
def test_distribution_function_and_its_inverses(law: Law) -> None:
    frozen = law.to_scipy()
    low, high = frozen.support()
    assert (low, high) == tuple(law.quantile([0, 1]))
    atoms = [float(place) for place in law.atoms()]
    x = np.array([-2.5, -1.0, 0.0, 0.3, 1.0, 2.0, 4.5, *atoms])
    np.testing.assert_allclose(frozen.cdf(x), law.cdf(x), atol=1e-14)
    np.testing.assert_allclose(frozen.sf(x), 1 - law.cdf(x), atol=1e-13)
    np.testing.assert_allclose(np.exp(frozen.logcdf(x)), law.cdf(x), atol=1e-13)
    np.testing.assert_allclose(np.exp(frozen.logsf(x)), 1 - law.cdf(x), atol=1e-13)
    p = np.array([0.03, 0.21, 0.5, 0.77, 0.96])
    np.testing.assert_array_equal(frozen.ppf(p), law.quantile(p))
    # the smallest x with F(x) ≥ p, reached from the right as well
    np.testing.assert_allclose(frozen.isf(1 - p), frozen.ppf(p), rtol=1e-9, atol=1e-12)
    assert frozen.median() == law.quantile(0.5)
    assert frozen.interval(0.9) == pytest.approx(law.quantile([0.05, 0.95]), rel=1e-12)
    assert (frozen.ppf(0), frozen.ppf(1)) == (low, high)
    assert (frozen.isf(1), frozen.isf(0)) == (low, high)
    if np.isfinite(low):
        assert frozen.cdf(low) == pytest.approx(law.cdf(low), abs=1e-15)
        assert frozen.sf(low) == pytest.approx(1 - law.cdf(low), abs=1e-15)


@pytest.mark.parametrize("law", [*WITH_ATOMS, SC(1), fp.Cauchy(0, 1)], ids=name)
def test_draws(law: Law) -> None:
    frozen = law.to_scipy()
    assert frozen.rvs(10, random_state=1).shape == (10,)
    assert frozen.rvs(size=(2, 3), random_state=np.random.default_rng(1)).shape == (2, 3)
    np.testing.assert_array_equal(frozen.rvs(5, random_state=7), frozen.rvs(5, random_state=7))
    draws = frozen.rvs(4000, random_state=3)
    for place, mass in law.atoms().items():
        assert np.mean(draws == float(place)) == pytest.approx(float(mass), abs=0.03)
    for level in (0.2, 0.5, 0.9):
        # μ[x, ∞) ≥ 1 - level and μ(-∞, x] ≥ level at the quantile
        assert np.mean(draws <= law.quantile(level)) > level - 0.03
        assert np.mean(draws >= law.quantile(level)) > 1 - level - 0.03


def test_numbers_of_the_law_with_an_atom_at_its_lowest_point() -> None:
    frozen = MP(2).to_scipy()
    assert (frozen.cdf(0), frozen.sf(0)) == (0.5, 0.5)
    assert frozen.expect(lambda x: 1 / (1 + x)) == pytest.approx(0.5**0.5, rel=1e-12)
    assert frozen.moment(5) == 197
    assert MP("1/2").to_scipy().moment(5) == 12.3125


@pytest.mark.parametrize("law", WITH_ATOMS, ids=name)
def test_a_law_with_atoms_has_no_entropy(law: Law) -> None:
    with pytest.raises(UndefinedOperationError, match="density"):
        law.to_scipy().entropy()


@pytest.mark.parametrize(
    ("law", "exact"),
    [
        (SC(1), sp.log(2 * sp.pi) - sp.Rational(1, 2)),
        (fp.Uniform(0, 3), sp.log(3)),
        (fp.Cauchy(0, 1), sp.log(4 * sp.pi)),
        (fp.Arcsine(-1, 1), sp.log(sp.pi / 2)),
    ],
    ids=str,
)
def test_entropy(law: Law, exact: sp.Expr) -> None:
    assert law.to_scipy().entropy() == pytest.approx(float(exact), abs=1e-9)


def test_moments_that_do_not_exist() -> None:
    cauchy, one_sided = fp.Cauchy().to_scipy(), MP(1).inverse().to_scipy()
    assert np.isnan(cauchy.stats("mvsk")).all()
    assert cauchy.moment(2) == np.inf
    assert np.isnan(cauchy.moment(1))
    assert one_sided.mean() == np.inf
    assert one_sided.expect(lambda x: 1 / x) == pytest.approx(1, rel=1e-9)
    with pytest.raises(ConvergenceError, match="expectation"):
        cauchy.expect()


def test_bounds_and_conditions() -> None:
    law = MP(2)
    frozen = law.to_scipy()
    one = lambda x: 1.0  # noqa: E731
    assert frozen.expect(one, lb=0, ub=0) == pytest.approx(0.5)
    assert frozen.expect(one, lb=1e-300) == pytest.approx(0.5)
    assert frozen.expect(one, lb=1, ub=2) == pytest.approx(law.cdf(2) - law.cdf(1), rel=1e-11)
    mean = frozen.expect(lambda x: x, lb=1e-300, conditional=True)
    assert mean == pytest.approx(2, rel=1e-10)
    with pytest.raises(UndefinedOperationError, match="mass"):
        frozen.expect(one, lb=10, conditional=True)
    with pytest.raises(InvalidParameterError):
        frozen.moment(-1)


@pytest.mark.parametrize("law", [MP(2), SC(1), COIN], ids=name)
def test_frozen_laws_travel(law: Law) -> None:
    frozen = law.to_scipy()
    there = pickle.loads(pickle.dumps(frozen))
    assert there.cdf(0.5) == frozen.cdf(0.5)
    assert there.moment(3) == frozen.moment(3)


TAILS = 10.0 ** -np.array([300, 200, 100, 40, 15, 13, 6, 3])


def test_quantiles_in_tails_are_relatively_accurate() -> None:
    np.testing.assert_allclose(fp.Cauchy().quantile(TAILS), -1 / np.tan(np.pi * TAILS), rtol=1e-14)
    np.testing.assert_allclose(
        fp.Cauchy().to_scipy().isf(TAILS), 1 / np.tan(np.pi * TAILS), rtol=1e-14
    )
    # ρ ~ 1/(π√x) at 0, so F ~ 2√x/π
    small = TAILS[2:6]
    np.testing.assert_allclose(MP(1).quantile(small), (np.pi * small / 2) ** 2, rtol=1e-13)
    # 1 - F(2 - s) = 2 s^{3/2}/(3π) for the semicircle
    shifted = SC(1).shift(-2).to_scipy()
    np.testing.assert_allclose(shifted.isf(small), -((3 * np.pi * small / 2) ** (2 / 3)), rtol=1e-8)
    np.testing.assert_allclose(shifted.sf(shifted.isf(small)), small, rtol=1e-13)


def test_distribution_functions_in_tails_are_relatively_accurate() -> None:
    x = np.array([1e3, 1e8, 1e15, 1e100, 1e300])
    np.testing.assert_allclose(fp.Cauchy().cdf(-x), np.arctan(1 / x) / np.pi, rtol=1e-14)
    np.testing.assert_allclose(fp.Cauchy().to_scipy().sf(x), np.arctan(1 / x) / np.pi, rtol=1e-14)
    d = np.array([1e-30, 1e-12, 1e-6])
    np.testing.assert_allclose(SC(1).shift(2).cdf(d), 2 * d**1.5 / (3 * np.pi), rtol=1e-6)
    law = fp.Arcsine(0, 1)
    np.testing.assert_allclose(law.cdf(d), 2 * np.arcsin(np.sqrt(d)) / np.pi, rtol=1e-13)
    law = fp.Arcsine(-3, 0)
    mass = 2 * np.arcsin(np.sqrt(d / 3)) / np.pi
    np.testing.assert_allclose(law.to_scipy().sf(-d), mass, rtol=1e-13)
