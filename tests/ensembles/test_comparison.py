"""Comparisons: the right law passes for every seed, a slightly wrong one fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from freeprob.ensembles import FreeProduct, Gaussian, Theory, Wishart, compare, spectra
from freeprob.ensembles.theory import shown
from freeprob.errors import InvalidParameterError

from .theories import fuss_catalan, marchenko_pastur, semicircle


@pytest.mark.parametrize("seed", range(2))
def test_a_ratio_off_by_four_percent_fails_at_the_default_size(seed: int) -> None:
    drawn = spectra(Wishart(0.5), 1000, 8, rng=seed)
    right = compare(drawn, marchenko_pastur(0.5))
    assert right.passed, right.summary()
    assert not compare(drawn, marchenko_pastur(0.52)).passed
    assert not compare(drawn, marchenko_pastur(0.48)).passed


def test_the_right_law_passes_for_fifty_seeds() -> None:
    for ratio in (0.5, 1.0, 2.0):
        theory = marchenko_pastur(ratio)
        drawn = [spectra(Wishart(ratio), 100, 8, rng=seed) for seed in range(50)]
        failures = [str(compare(x, theory)) for x in drawn if not compare(x, theory)]
        assert not failures, "\n".join(failures)


def test_scales_shrink_like_one_over_n_and_detect_at_that_rate() -> None:
    small, large = (
        compare(spectra(Wishart(0.5), n, 8, rng=0), marchenko_pastur(0.5)) for n in (100, 800)
    )
    for few, many in zip(small.statistics, large.statistics, strict=True):
        power = 2 / 3 if "edge" in few.name else 1
        assert few.scale / many.scale == pytest.approx(8**power, rel=0.5), few.name
    hard = [compare(spectra(Wishart(1.0), n, 8, rng=0), marchenko_pastur(1.0)) for n in (100, 800)]
    lower = [
        next(item for item in result.statistics if item.name.startswith("lower")) for result in hard
    ]
    assert lower[0].scale / lower[1].scale == pytest.approx(64, rel=0.1)


def named(theory: Theory, drawn: np.ndarray) -> dict[str, float]:
    return {item.name.split("(")[0]: item.deviation for item in compare(drawn, theory).statistics}


def test_each_statistic_notices_its_own_error() -> None:
    right = marchenko_pastur(2.0)
    drawn = spectra(Wishart(2.0), 400, 8, rng=3)
    assert compare(drawn, right).passed
    (a, b), ((location, mass),) = right.cuts[0], right.atoms
    wrong = {
        "moment 3": replace(right, moments=(1, 3, 12)),
        "G": replace(right, cauchy=lambda z: 1.05 * right.cauchy(z)),
        "Kolmogorov distance": replace(right, cdf=lambda x: np.clip(right.cdf(x - 0.2), 0, 1)),
        "atom at 0": replace(right, atoms=((location, mass + 0.03),)),
        f"lower edge {a - 0.15:.6g}": replace(right, cuts=((a - 0.15, b),)),
        f"upper edge {b - 1.0:.6g}": replace(right, cuts=((a, b - 1.0),)),
    }
    for name, theory in wrong.items():
        assert named(theory, drawn)[name] > 4, name
    missing = replace(right, atoms=(), cdf=lambda x: right.cdf(x) - 0.5 * (np.asarray(x) >= 0))
    assert named(missing, drawn)["Kolmogorov distance"] > 4


def test_edges_of_a_gap_are_both_seen() -> None:
    left, right = (semicircle(), spectra(Wishart(0.1), 200, 6, rng=1))
    two = Theory(
        cdf=lambda x: 0.5 * left.cdf(np.asarray(x) + 5) + 0.5 * marchenko_pastur(0.1).cdf(x),
        cauchy=lambda z: 0.5 * left.cauchy(z + 5) + 0.5 * marchenko_pastur(0.1).cauchy(z),
        cuts=((-7.0, -3.0), marchenko_pastur(0.1).cuts[0]),
    )

    drawn = np.hstack([spectra(Gaussian(), 200, 6, rng=2) - 5, right])
    result = compare(drawn, two)
    assert result.passed, result.summary()
    assert sum("edge" in item.name for item in result.statistics) == 4
    shifted = replace(two, cuts=((-7.0, -2.6), two.cuts[1]))
    assert "upper edge -2.6" in compare(drawn, shifted).summary()
    failed = [item.name for item in compare(drawn, shifted).statistics if item.deviation > 4]
    assert failed == ["upper edge -2.6"]


def test_a_law_without_moments_is_compared() -> None:
    quantiles = np.tan(np.pi * ((np.arange(400) + 0.5) / 400 - 0.5))
    theory = Theory(
        cdf=lambda x: 0.5 + np.arctan(x) / np.pi,
        cauchy=lambda z: 1 / (z + 1j),
        cuts=((-np.inf, np.inf),),
    )
    assert compare(np.array([quantiles] * 3), theory).passed
    assert not compare(np.array([1.1 * quantiles] * 3), theory).passed


def test_a_point_mass_is_compared() -> None:
    theory = Theory(
        cdf=lambda x: (np.asarray(x) >= 2.0).astype(float),
        cauchy=lambda z: 1 / (z - 2),
        moments=(2, 4, 8),
        atoms=((2.0, 1.0),),
    )
    assert compare(np.full((2, 50), 2.0), theory).passed
    assert compare(np.full((2, 50), 2.0 + 1e-14), theory).passed
    assert not compare(np.full((2, 50), 2.01), theory).passed


def test_hard_edges_of_long_products_are_compared() -> None:

    drawn = spectra(FreeProduct((Wishart(1.0),) * 6), 100, 6, rng=0)
    right = compare(drawn, replace(fuss_catalan(6), moments=(1, 7)))
    assert right.passed, right.summary()
    assert not compare(drawn, replace(fuss_catalan(5), moments=())).passed


def test_summary_is_a_table_that_names_what_failed() -> None:
    drawn = spectra(Wishart(0.5), 200, 4, rng=0)
    good, bad = (compare(drawn, marchenko_pastur(c)) for c in (0.5, 0.7))
    assert "theory and simulation agree: 4 matrices of size 200" in good.summary()
    assert "FAILED" not in good.summary()
    assert "DISAGREE" in str(bad)
    assert "FAILED" in str(bad)
    assert len(good.summary().splitlines()) == 2 + len(good.statistics)
    assert bool(good)
    assert not bad
    assert compare(drawn, marchenko_pastur(0.7), limit=1e9).passed


def test_arrays_that_are_not_spectra_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="one row for each draw"):
        compare(np.zeros(5), semicircle())
    with pytest.raises(InvalidParameterError, match="finite"):
        compare(np.full((2, 2), np.nan), semicircle())


def test_parts_that_are_rounding_are_written_as_zero() -> None:
    assert shown(-2.2388004e-35 - 0.51807046j) == "0-0.51807046i"
    assert shown(0.25 + 1e-18j) == "0.25+0i"
    assert shown(1e-20 - 3e-20j) == "1e-20-3e-20i"
    assert shown(0j) == "0+0i"
