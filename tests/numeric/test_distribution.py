"""Density on grids, distribution functions, quantiles: against closed forms and each other."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.numeric.distributions.cuts import Cut
from freeprob.numeric.distributions.distribution import distribution
from freeprob.numeric.integrals.functionals import moment

THREE = fp.Atomic({-1: "1/2", 0: "1/3", 2: "1/6"})
T5 = fp.boxplus(THREE, fp.Atomic({0: "1/3", 1: "1/3", 3: "1/3"}))
T10 = fp.boxplus(
    fp.Atomic({-3: "1/3", -1: "1/3", 0: "1/6", 2: "1/6"}),
    fp.Atomic({0: "1/4", 1: "1/4", 3: "1/4", 7: "1/4"}),
)
SIGNS = fp.Atomic({-1: "1/2", 1: "1/2"})
LAWS = [
    fp.Semicircle(1),
    fp.MarchenkoPastur(1),
    fp.MarchenkoPastur(3),
    T5,
    fp.boxplus(SIGNS, fp.Semicircle(1)),
    fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1)),
    fp.boxtimes(fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur("1/3"), fp.MarchenkoPastur(1)),
    fp.boxplus(fp.Uniform(-1, 1), fp.Semicircle(1)),
]


def test_masses_of_two_and_three_cuts() -> None:
    for law, masses in ((T5, [2 / 3, 1 / 6, 1 / 6]), (T10, [3 / 4, 1 / 4])):
        found = distribution(law.system, cuts_of(law), atoms_of(law))
        assert found.cut_masses() == pytest.approx(masses, abs=1e-13)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_moments_by_quadrature(law: fp.Law) -> None:
    found = distribution(law.system, cuts_of(law), atoms_of(law))
    try:
        exact = law.moments(6)
    except fp.errors.UndefinedOperationError:
        return
    for order, value in enumerate(exact, start=1):
        assert moment(found, order) == pytest.approx(float(value), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_grid_and_points_agree(law: fp.Law) -> None:
    low, high = law.quantile([0, 1])
    x = np.random.default_rng(0).uniform(low - 0.1, high + 0.1, 4000)
    grid, points = law.density(x), law.density(x[:400])
    np.testing.assert_allclose(grid[:400], points, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_quantile_inverts_cdf(law: fp.Law) -> None:
    p = np.linspace(0.003, 0.997, 101)
    x = law.quantile(p)
    assert np.all(np.diff(x) >= 0)
    jump = sum(float(mass) for mass in law.atoms().values())
    free = p > jump
    np.testing.assert_allclose(law.cdf(x)[free], p[free], atol=1e-13)


def test_wrong_cuts_are_refused() -> None:
    law = fp.MarchenkoPastur("1/2")
    (cut,) = cuts_of(law)
    short = Cut.of(cut.left.location[0], 2.0, (cut.left.exponent, 0))
    with pytest.raises(ConvergenceError, match="mass"):
        distribution(law.system, (short,), ())
    with pytest.raises(ConvergenceError, match="mass"):
        distribution(T5.system, cuts_of(T5)[:2], ())


def test_cdf_digits_against_the_closed_form() -> None:
    context = mpmath.MPContext()
    context.dps = 60
    expected = 0.5 + context.sqrt(3) / (4 * context.pi) + context.asin(0.5) / context.pi
    assert abs(fp.Semicircle(1).cdf(1, dps=50) - expected) < context.mpf(10) ** -49


def test_masses_are_rational_to_fifty_digits() -> None:
    context = mpmath.MPContext()
    context.dps = 60
    assert abs(T5.cdf("2.05", dps=50) - context.mpf(2) / 3) < context.mpf(10) ** -50
    assert abs(T5.cdf("2.95", dps=50) - context.mpf(5) / 6) < context.mpf(10) ** -50


def test_quantile_digits() -> None:
    law = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1))
    x = law.quantile("0.3", dps=30)
    assert abs(float(10 * law.cdf(x, dps=40) - 3)) < 1e-27
    assert T5.quantile(sp.Rational(2, 3), dps=20) == T5.support(dps=20)[0][1]
    assert fp.MarchenkoPastur(2).quantile("0.2", dps=20) == 0


def test_arctangent_law() -> None:
    law = fp.boxplus(fp.Cauchy(0, 1), fp.Cauchy(1, 2))
    x = np.linspace(-50, 50, 3001)
    np.testing.assert_allclose(law.density(x), 3 / np.pi / ((x - 1) ** 2 + 9), rtol=1e-12)
    np.testing.assert_allclose(law.cdf(x), 0.5 + np.arctan((x - 1) / 3) / np.pi, atol=1e-13)


def test_atoms_are_left_out_of_the_density() -> None:
    law = fp.mixture({fp.Semicircle(1): "1/2", fp.PointMass(0): "1/2"})
    assert law.density(0.0) == pytest.approx(0.5 / np.pi, rel=1e-12)
    assert law.cdf(0.0) == pytest.approx(0.75, rel=1e-12)


def test_hard_edges_and_soft_edges() -> None:
    assert fp.MarchenkoPastur(1).density([0.0, 4.0, -1.0]).tolist() == [np.inf, 0.0, 0.0]
    assert fp.MarchenkoPastur(1).density(0, dps=20) == mpmath.inf


def test_tail_of_an_unbounded_law() -> None:
    law = fp.MarchenkoPastur(1).inverse()
    x = law.quantile([0.2, 0.5, 0.9, 0.999])
    np.testing.assert_allclose(1 - fp.MarchenkoPastur(1).cdf(1 / x), law.cdf(x), atol=1e-13)


def test_scipy_distribution() -> None:
    law = fp.MarchenkoPastur("1/4")
    frozen = law.to_scipy()
    assert frozen.stats(moments="mv") == pytest.approx((1, 0.25))
    assert frozen.pdf(1.0) == pytest.approx(0.6164044440614998, rel=1e-12)
    draws = frozen.rvs(size=5000, random_state=np.random.default_rng(1))
    assert draws.mean() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("bad", [float("nan"), "abc", sp.Symbol("x")])
def test_points_must_be_numbers(bad: object) -> None:
    with pytest.raises(InvalidParameterError, match="number"):
        fp.Semicircle(1).density(bad, dps=20)


def test_probabilities_must_be_probabilities() -> None:
    with pytest.raises(InvalidParameterError, match=r"\[0, 1\]"):
        fp.Semicircle(1).quantile(1.5)


def test_symbols_need_values() -> None:
    c = sp.Symbol("c", positive=True)
    for method in ("cauchy", "density", "cdf", "quantile"):
        with pytest.raises(InvalidParameterError, match="subs"):
            getattr(fp.MarchenkoPastur(c), method)(0.5)


def test_global_precision_is_untouched() -> None:
    before = mpmath.mp.dps
    fp.Semicircle(1).density("0.3", dps=77)
    assert mpmath.mp.dps == before


def test_a_branch_point_under_positive_density() -> None:
    """X² of a law from -5/3 to 7/3: beyond 25/9 = (5/3)² only one side is left."""
    law = fp.Semicircle(1, "1/3").square()
    x = np.concatenate([np.linspace(0.1, 5.5, 2001), 25 / 9 + np.array([-1e-3, -1e-9, 1e-9, 1e-3])])
    side = [np.sqrt(np.maximum(4 - (sign * np.sqrt(x) - 1 / 3) ** 2, 0)) for sign in (1, -1)]
    expected = (side[0] + side[1]) / (4 * np.pi * np.sqrt(x))
    np.testing.assert_allclose(law.density(x), expected, rtol=3e-12, atol=1e-13)
    found = distribution(law.system, cuts_of(law), atoms_of(law))
    assert sum(found.cut_masses()) == pytest.approx(1, abs=1e-13)
    assert max(len(piece.breaks) for piece in found.pieces) < 20
