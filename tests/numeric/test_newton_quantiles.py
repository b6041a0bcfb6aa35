"""Quantiles of laws of data by their potential: those of the pieces, and no cuts are needed."""

from __future__ import annotations

import numpy as np
import pytest

import freeprob as fp
from freeprob.laws.numbers.spectrum_for_numbers import spectrum_of
from freeprob.numeric.distributions import evaluate

RNG = np.random.default_rng(1)
LAWS = [
    fp.sample_covariance(np.arange(1, 31) / 30, 0.5),
    fp.sample_covariance(np.arange(1, 21) / 20, 2),
    fp.boxplus(fp.Empirical(RNG.normal(size=30)), fp.Semicircle(1)),
    fp.boxtimes(fp.Empirical([0] * 5 + list(range(1, 20))), fp.MarchenkoPastur("1/2")),
    fp.Empirical(RNG.normal(size=30)),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_quantiles_are_those_of_the_pieces(law: fp.Law) -> None:
    p = np.array([0, 1e-6, 0.05, 0.2, 1 / 3, 0.5, 0.77, 0.95, 0.9999, 1])
    pieces = spectrum_of(law).value
    expected = evaluate.quantile(law.system, p, pieces.cuts, pieces.atoms)
    assert np.allclose(law.quantile(p), expected, rtol=1e-11, atol=1e-300)


def test_in_a_gap_the_quantile_is_its_left_end() -> None:
    law = fp.boxplus(fp.Empirical([-3] * 10 + [3] * 20), fp.Semicircle("1/100"))
    (_, end), _ = law.support(dps=15)
    assert law.quantile(1 / 3) == pytest.approx(float(end), rel=1e-7)


def test_thousands_of_values_need_no_cuts() -> None:
    law = fp.sample_covariance(np.arange(1, 3001) ** -1.5, 0.5)
    p = [0.05, 0.5, 0.95]
    x = law.quantile(p)
    assert np.all(np.diff(x) > 0)
    for place, mass in zip(x, p, strict=True):
        assert float(law.cdf(place, dps=15)) == pytest.approx(mass, abs=1e-12)
