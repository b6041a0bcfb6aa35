"""Local statistics against printed values, closed forms, and spectra of known class."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

from freeprob import Semicircle
from freeprob.errors import InvalidParameterError
from freeprob.landscapes import local


def goe(n: int, draws: int, seed: int) -> np.ndarray:
    a = np.random.default_rng(seed).normal(size=(draws, n, n))
    return np.linalg.eigvalsh((a + a.transpose(0, 2, 1)) / np.sqrt(2 * n))


def gue(n: int, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(draws, n, n)) + 1j * rng.normal(size=(draws, n, n))
    return np.linalg.eigvalsh((a + a.conj().transpose(0, 2, 1)) / np.sqrt(4 * n))


@pytest.mark.parametrize(
    ("beta", "closed"),
    [
        (0, 2 * np.log(2) - 1),
        (1, 4 - 2 * np.sqrt(3)),
        (2, 2 * np.sqrt(3) / np.pi - 0.5),
        (4, 32 * np.sqrt(3) / (15 * np.pi) - 0.5),
    ],
)
def test_mean_ratios_in_closed_form(beta: int, closed: float) -> None:
    """Atas et al. 2013, table I."""
    assert local.mean_ratio(beta, folded=True) == pytest.approx(closed, rel=1e-12)


def test_mean_ratios_unfolded_and_corrected() -> None:
    """Atas et al.: 7/4 for β = 1; .5307, .5996, .6744 from spectra of size 1000."""
    assert local.mean_ratio(1) == pytest.approx(1.75, rel=1e-12)
    assert local.mean_ratio(0) == np.inf
    for beta, value in ((1, 0.530745), (2, 0.599692), (4, 0.674452)):
        assert local.mean_ratio(beta, folded=True, corrected=True) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("beta", [0, 1, 2, 4, 2.5])
def test_ratios_have_mass_one_and_their_mean(beta: float) -> None:
    r, w = np.polynomial.legendre.leggauss(80)
    r, w = (r + 1) / 2, w / 2
    for corrected in (False, True) if beta in (0, 1, 2, 4) else (False,):
        density = local.ratio_density(beta, r, folded=True, corrected=corrected)
        assert w @ density == pytest.approx(1, abs=1e-9)
        mean = local.mean_ratio(beta, folded=True, corrected=corrected)
        assert w @ (r * density) == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("beta", [0, 1, 2, 4, 0.7])
def test_surmises_have_mass_and_mean_one(beta: float) -> None:
    s, ds = np.linspace(0, 40, 400001, retstep=True)
    p = local.surmise(beta, s)
    p[0] *= 0.5
    assert ds * p.sum() == pytest.approx(1, abs=1e-4)
    assert ds * (s * p).sum() == pytest.approx(1, abs=1e-4)


def test_surmise_of_the_goe_as_wigner_wrote_it() -> None:
    s = np.linspace(0, 4, 9)
    wigner = np.pi * s / 2 * np.exp(-np.pi * s**2 / 4)
    np.testing.assert_allclose(local.surmise(1, s), wigner, rtol=1e-13)
    printed = [0.64538127, 0.71618594, 0.40248476, 0.13576053]
    assert local.surmise(1, np.array([0.5, 1, 1.5, 2])) == pytest.approx(printed, abs=5e-9)


def test_number_variance_at_zero_and_far_out() -> None:
    """Mehta (16.1.4): 2/(π²β) (log 2πL + γ + 1 - …) for long intervals."""
    constant = np.euler_gamma + 1
    for beta, shift in ((1, -(np.pi**2) / 8), (2, 0.0)):
        far = 2 / (np.pi**2 * beta) * (np.log(2 * np.pi * 40) + constant + shift)
        assert local.number_variance(beta, 40.0) == pytest.approx(far, abs=2e-3)
    four = (np.log(4 * np.pi * 40) + constant + np.pi**2 / 8) / (2 * np.pi**2)
    assert local.number_variance(4, 40.0) == pytest.approx(four, abs=5e-3)
    for beta in (0, 1, 2, 4):
        assert local.number_variance(beta, 1e-6) == pytest.approx(1e-6, rel=1e-5)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_short_intervals_hold_one_level_or_none(beta: int) -> None:
    """Variance and gap probability agree: with p = 1 - E(s), Σ² ≈ p(1 - p) for small s."""
    s = 0.02
    p = 1 - local.gap_probability(beta, s)
    assert local.number_variance(beta, s) == pytest.approx(p * (1 - p), rel=1e-3)


def test_spacing_distribution_is_the_integral_of_its_density() -> None:
    points, weights = np.polynomial.legendre.leggauss(40)
    for beta in (1, 2, 4):
        for end in (0.4, 1.0, 2.5):
            mass = end / 2 * weights @ local.spacing_density(beta, end / 2 * (points + 1))
            assert local.spacing_distribution(beta, end) == pytest.approx(mass, abs=1e-12)


@pytest.mark.parametrize("law", [None, Semicircle(1)])
def test_goe_and_gue_are_told_apart(law) -> None:
    """Each class is consistent with itself and rejects the other: the twin of the test."""
    real, complex_ = goe(100, 40, 0), gue(100, 40, 1)
    assert local.test_universality(real, 1, law=law).passed
    assert local.test_universality(complex_, 2, law=law).passed
    assert not local.test_universality(real, 2, law=law).accepts(2)
    assert not local.test_universality(complex_, 1, law=law).accepts(1)


def test_independent_levels_are_poisson() -> None:
    levels = np.random.default_rng(2).uniform(size=(40, 200))
    report = local.test_universality(levels, 0)
    assert report.passed
    assert not report.accepts(1)


def test_a_right_class_is_rarely_rejected() -> None:
    """At level 1 %, two statistics: at most three of 40."""
    rejected = sum(
        not local.test_universality(goe(60, 12, 100 + seed), 1, trim=0.15).accepts(1)
        for seed in range(40)
    )
    assert rejected <= 3


@pytest.mark.parametrize(("draws", "n"), [(5, 200), (8, 200), (30, 60)])
def test_few_draws_unfold_each_other(draws: int, n: int) -> None:
    """At level 1 %, two statistics, 20 seeds: with every level as a knot half were lost."""
    rng = np.random.default_rng(5)
    spectra = [(1, goe(n, draws, 300 + seed)) for seed in range(20)]
    spectra += [(0, rng.uniform(size=(draws, n))) for _ in range(20)]
    rejected = [b for b, levels in spectra if not local.test_universality(levels, b).accepts(b)]
    assert rejected.count(0) <= 2
    assert rejected.count(1) <= 2
    assert not any(local.test_universality(levels, 1 - b).accepts(1 - b) for b, levels in spectra)


def test_one_spectrum_is_judged_by_its_ratios() -> None:
    report = local.test_universality(goe(1200, 1, 5)[0], 1)
    assert report.accepts(1)
    assert not report.accepts(0)
    assert report.spacing_p_values == {}
    assert "-" in report.summary()


def test_unfolded_spacings_have_mean_one_and_the_exact_variance() -> None:
    """The variance is 0.28553 (sine kernel), not the surmise's 0.27324."""
    spacings = local.unfold(goe(120, 100, 7), Semicircle(1))
    assert spacings.mean() == pytest.approx(1, abs=3e-3)
    assert spacings.var() == pytest.approx(0.28553, abs=6e-3)
    assert abs(spacings.var() - 0.27324) > 6e-3


def test_zero_modes_and_outliers_are_cut() -> None:
    spectra = goe(150, 12, 9)
    spoiled = np.hstack([spectra, np.zeros((12, 30)), np.full((12, 1), 50.0)])
    with pytest.raises(InvalidParameterError, match="zero=1e-10"):
        local.test_universality(spoiled, 1)
    assert local.test_universality(spoiled, 1, zero=1e-10, outliers=1).passed


def test_a_picture_of_spacings() -> None:
    report = local.test_universality(goe(80, 10, 3), 1)
    one = local.test_universality(goe(300, 1, 3)[0], 1)
    for judged, label in ((report, "spacing / mean"), (one, "min(r, 1/r)")):
        axes = judged.plot()
        assert [line.get_label() for line in axes.get_lines()] == ["GOE", "Poisson"]
        assert axes.get_xlabel() == label


def test_a_report_is_a_value() -> None:
    draws = goe(80, 10, 3)
    report = local.test_universality(draws, 1, level="1/100")
    assert pickle.loads(pickle.dumps(report)) == report
    assert len({report, local.test_universality(draws, np.float64(1.0))}) == 1
    assert report.accepts(1.0)
    with pytest.raises(InvalidParameterError, match="beta is"):
        report.accepts(3)
    with pytest.raises(ValueError, match="read-only"):
        report.spacings[0] = 0


def test_spectra_of_several_lengths() -> None:
    rows = [row[: 150 + k] for k, row in enumerate(goe(200, 12, 0))]
    ragged = np.empty(12, dtype=object)
    ragged[:] = rows
    np.testing.assert_array_equal(local.unfold(ragged), local.unfold(rows))


@pytest.mark.parametrize("function", [local.gap_probability, local.spacing_density])
def test_independent_levels_have_exponential_gaps(function) -> None:
    s = np.array([0, 0.3, 2.0])
    np.testing.assert_allclose(function(0, s), np.exp(-s), rtol=1e-15)
    assert str(function(0, 1, dps=15)) == "0.367879441171442"


@pytest.mark.parametrize(
    ("beta", "constant"), [(1, np.pi**2 / 6), (2, np.pi**2 / 3), (4, 16 * np.pi**4 / 135)]
)
def test_densities_of_short_spacings(beta: int, constant: float) -> None:
    """Mehta (A.13): p(s) begins with π²s/6, π²s²/3 and 16π⁴s⁴/135, however short s is."""
    for s in (1e-60, 1e-6):
        exact = local.spacing_density(beta, s, dps=30)
        assert local.spacing_density(beta, s) == pytest.approx(constant * s**beta, rel=1e-10)
        assert float(exact) == pytest.approx(local.spacing_density(beta, s), rel=1e-13)
    for s in (1 / 999, 1 / 1001, 0.1249, 0.1251):
        exact = float(local.spacing_density(beta, s, dps=20))
        assert local.spacing_density(beta, s) == pytest.approx(exact, rel=1e-13, abs=1e-14)
    assert local.spacing_density(beta, 0) == local.spacing_density(beta, 0, dps=30) == 0
    assert local.spacing_density(float(beta), 1e-300) >= 0


def test_digits_of_lengths_that_are_no_binary_fractions() -> None:
    """A hundred of them: circles around the length divided its rounding by their radius."""
    digits = str(local.spacing_density(1, sp.Rational(1, 3), dps=90))
    assert digits.startswith(str(local.spacing_density(1, "1/3", dps=30))[:-1])


@pytest.mark.parametrize(
    "call",
    [
        lambda: local.surmise(-1, 1.0),
        lambda: local.surmise(1, -1.0),
        lambda: local.surmise("a", 1.0),
        lambda: local.ratio_density(3, 1.0, corrected=True),
        lambda: local.mean_ratio(3, corrected=True),
        lambda: local.number_variance(3, 1.0),
        lambda: local.number_variance(1, np.nan),
        lambda: local.spacing_distribution(3, 1.0),
        lambda: local.unfold(np.arange(3.0)),
        lambda: local.unfold(goe(60, 6, 0), Semicircle(25)),
        lambda: local.unfold(goe(60, 6, 0), trim="a"),
        lambda: local.unfold(goe(60, 6, 0), zero=None),
        lambda: local.unfold(goe(60, 6, 0), outliers=2.5),
        lambda: local.spacing_density(1, 1, dps="a"),
        lambda: local.gap_probability(2, 1, dps=0),
        lambda: local.gap_probability(2, None),
        lambda: local.unfold(np.random.default_rng(0).normal(size=50)),
        lambda: local.unfold(np.full((10, 20), 1j)),
        lambda: local.unfold(np.ones((10, 20))),
        lambda: local.unfold(np.random.default_rng(0).normal(size=(10, 20)), trim=0.5),
        lambda: local.unfold(np.random.default_rng(0).normal(size=(10, 20)), outliers=19),
        lambda: local.test_universality(np.random.default_rng(0).normal(size=(10, 20)), 3),
        lambda: local.test_universality(np.random.default_rng(0).normal(size=(1, 20)), 1),
        lambda: local.test_universality(np.random.default_rng(0).normal(size=(9, 20)), 1, level=0),
        lambda: local.test_universality([["a"] * 9] * 3, 1),
    ],
)
def test_wrong_input_is_refused(call) -> None:
    with pytest.raises(InvalidParameterError):
        call()


@pytest.mark.parametrize("beta", [1e-300, 1e-6, 0.3, 40, 150, 199.5])
def test_mean_ratios_of_any_index(beta):
    """Against Gauss-Legendre by the logarithm of the density, its 1/r at small β taken out."""
    x, w = np.polynomial.legendre.leggauss(400)
    t = (1 + x) / 2
    r = t**6  # towards 0, where the density is r^β
    logs = beta * np.log(r * (1 + r)) - (1 + 1.5 * beta) * np.log(1 + r + r * r)
    density = np.exp(logs - logs.max()) * 6 * t**5 * w / 2
    folded = (r * density).sum() / density.sum()
    assert local.mean_ratio(beta, folded=True) == pytest.approx(folded, rel=1e-11)
    if beta > 1:
        whole = ((r + 1 / r) * density).sum() / density.sum() / 2
        assert local.mean_ratio(beta) == pytest.approx(whole, rel=1e-11)
    if beta < 1e-3:
        assert local.mean_ratio(beta) * beta == pytest.approx(0.82699334313, rel=1e-5)
