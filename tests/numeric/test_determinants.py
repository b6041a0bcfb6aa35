"""Fredholm determinants, Tracy-Widom laws, gap probabilities: two routes and printed digits."""

from __future__ import annotations

import pickle

import mpmath
import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.determinants.fredholm import fredholm_determinant
from freeprob.numeric.determinants.sine_kernel import gap_probability, spacing_density

# C. A. Tracy and H. Widom (1996), with digits by F. Bornemann, Math. Comp. 79 (2010), and for
# beta = 4 by their formula ½(det(1 - V_t) + det(1 + V_t)), t = √2 s
AT_MINUS_ONE = {1: "0.583789895519732283", 2: "0.807214241999285292", 4: "0.960751536455712867"}
# Bornemann 2010, table: mean and variance; beta = 4 in Tracy and Widom's normalisation
MOMENTS = {
    1: (-1.20653357458202, 1.60778103458136),
    2: (-1.77108680741160, 0.81319479283296),
    4: (-2.306884893241, 0.517723720773),
}


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_tracy_widom_at_minus_one_by_both_routes(beta: int) -> None:
    law = fp.TracyWidom(beta)
    assert str(law.cdf(-1, dps=18)) == AT_MINUS_ONE[beta]
    assert abs(law.cdf(-1) - float(AT_MINUS_ONE[beta])) < 1e-15
    assert abs(law.pdf(-1) - float(law.pdf(-1, dps=17))) < 1e-15


def test_other_printed_digits_of_beta_one() -> None:
    assert fp.TracyWidom(1).cdf(-2) == pytest.approx(0.274320197909217858, rel=1e-14)
    assert fp.TracyWidom(1).cdf(0) == pytest.approx(0.831908066202951927, rel=1e-14)
    assert fp.TracyWidom(1).stats("mvsk") == pytest.approx(
        (-1.20653357458202481, 1.60778103458136112, 0.293464524086523306, 0.165242938455559746),
        rel=1e-12,
    )


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_moments_of_both_routes_and_of_the_literature(beta: int) -> None:
    law = fp.TracyWidom(beta)
    mean, variance = MOMENTS[beta]
    assert law.mean() == pytest.approx(mean, abs=2e-12)
    assert law.variance() == pytest.approx(variance, abs=2e-12)
    assert float(law.mean(dps=18)) == pytest.approx(law.mean(), rel=1e-13)
    assert float(law.variance(dps=18)) == pytest.approx(law.variance(), rel=1e-13)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_tails_keep_relative_accuracy(beta: int) -> None:
    law = fp.TracyWidom(beta)
    assert law.cdf(-6.0) == pytest.approx(float(law.cdf(-6, dps=15)), rel=1e-12)
    assert law.sf(6.0) == pytest.approx(float(law.sf(6, dps=15)), rel=1e-12)
    assert float(law.cdf(law.ppf(1e-40))) == pytest.approx(1e-40, rel=1e-11)
    assert float(law.sf(law.isf(1e-40))) == pytest.approx(1e-40, rel=1e-11)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_it_behaves_as_a_distribution(beta: int) -> None:
    law = fp.TracyWidom(beta)
    p = np.array([0.0, 1e-3, 0.25, 0.5, 0.9, 1 - 1e-9, 1.0])
    assert law.ppf(p)[[0, -1]].tolist() == [-np.inf, np.inf]
    np.testing.assert_allclose(law.cdf(law.ppf(p)), p, atol=1e-15)
    x = np.linspace(-7, 5, 40)
    slope = (law.cdf(x + 1e-5) - law.cdf(x - 1e-5)) / 2e-5
    np.testing.assert_allclose(law.pdf(x), slope, atol=1e-10)
    np.testing.assert_allclose(law.cdf(x) + law.sf(x), 1, atol=1e-15)
    draws = law.rvs(4000, random_state=0)
    assert abs(draws.mean() - law.mean()) < 4 * law.std() / np.sqrt(4000)
    assert pickle.loads(pickle.dumps(law)) == law
    assert law.cdf([-1e9, 1e9]).tolist() == [0.0, 1.0]


def test_the_largest_eigenvalue_of_the_gue_follows_beta_two_and_not_beta_one() -> None:
    """GUE on [-2, 2]: n^(2/3) (λ - 2), 400 draws of n = 60; the bias is O(n^(-2/3))."""
    rng, n, draws = np.random.default_rng(3), 60, 400
    scaled = np.empty(draws)
    for k in range(draws):
        a = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
        scaled[k] = n ** (2 / 3) * (np.linalg.eigvalsh((a + a.conj().T) / np.sqrt(4 * n))[-1] - 2)
    errors = {b: abs(scaled.mean() - fp.TracyWidom(b).mean()) for b in (1, 2)}
    allowed = 4 * fp.TracyWidom(2).std() / np.sqrt(draws) + n ** (-2 / 3)
    assert errors[2] < allowed < errors[1]


def test_gap_probabilities_and_spacings() -> None:
    """E₁(0; 1) and p₁ (Mehta, tables A.14 and A.15), E₂(0; 1) of Bornemann (2010)."""
    assert str(gap_probability(1, 1, dps=22)) == "0.2141667876266363733441"
    assert gap_probability(2, 1.0) == pytest.approx(0.17021742137918, abs=1e-14)
    np.testing.assert_allclose(
        spacing_density(1, [0.5, 1, 1.5, 2]),
        [0.65618413, 0.70182265, 0.39306207, 0.13921149],
        atol=5e-9,
    )
    assert float(spacing_density(1, 1, dps=20)) == pytest.approx(spacing_density(1, 1.0), abs=1e-13)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_spacings_have_mass_and_mean_one(beta: int) -> None:
    points, weights = np.polynomial.legendre.leggauss(60)
    s, w = 3.5 * (points + 1), 3.5 * weights
    density = spacing_density(beta, s)
    assert w @ density == pytest.approx(1, abs=1e-6)
    assert w @ (s * density) == pytest.approx(1, abs=1e-6)
    assert gap_probability(beta, 0.0) == 1
    if beta == 1:
        assert w @ ((s - 1) ** 2 * density) == pytest.approx(0.28553065573080, abs=1e-6)


def test_a_determinant_of_ones_own_kernel() -> None:
    """Exp(-(x + y)) has rank one: det = 1 - ∫ exp(-2x) over (0, 1)."""
    exact = 1 - (1 - np.exp(-2)) / 2
    assert fredholm_determinant(lambda x, y: np.exp(-x - y), 0, 1) == pytest.approx(exact, 1e-14)
    digits = fredholm_determinant(lambda x, y: x.context.exp(-x - y), 0, 1, dps=30)
    private = mpmath.MPContext()
    private.dps = 40
    assert private.nstr(1 - (1 - private.exp(-2)) / 2, 30) == str(digits)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fp.TracyWidom(3),
        lambda: fp.TracyWidom(True),
        lambda: fp.TracyWidom(1).cdf("x"),
        lambda: fp.TracyWidom(1).cdf(np.nan),
        lambda: fp.TracyWidom(1).cdf(np.inf, dps=10),
        lambda: fp.TracyWidom(1).ppf(1.5),
        lambda: fp.TracyWidom(1).moment(-1),
        lambda: fp.TracyWidom(1).stats("q"),
        lambda: gap_probability(3, 1.0),
        lambda: gap_probability(1, -1.0),
        lambda: gap_probability(1, -1, dps=10),
        lambda: spacing_density(1, "a"),
        lambda: fredholm_determinant(lambda x, y: x * y, 0, np.inf),
        lambda: fredholm_determinant(lambda x, y: x, 0, 1),
    ],
)
def test_wrong_input_is_refused(call) -> None:
    with pytest.raises(InvalidParameterError):
        call()


def test_a_kernel_with_a_kink_does_not_pass_for_a_smooth_one() -> None:
    with pytest.raises(ConvergenceError):
        fredholm_determinant(lambda x, y: np.sqrt(np.abs(x - y)), 0, 1)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_tables_of_points(beta):
    """Rows and columns, also none, are points one by one."""
    law, points = fp.TracyWidom(beta), np.array([[-3.0, -1.0, 0.5], [-2.0, 0.0, 4.0]])
    for reading in (law.cdf, law.pdf, law.sf):
        assert reading(points).tolist() == [[reading(s) for s in row] for row in points]
        assert reading(points[:, :0]).shape == (2, 0)
