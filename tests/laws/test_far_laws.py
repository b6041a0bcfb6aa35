"""Laws far from 0 next to their width are read near 0, by their exact mean, and moved back."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp

FAR = 10**20
SC, MP = fp.Semicircle, fp.MarchenkoPastur


def pairs(far: int) -> list[tuple[fp.Law, fp.Law]]:
    """Laws far away, and the same laws written near 0."""
    coin = fp.Atomic({-1: "1/2", 1: "1/2"})
    far_coin = fp.Atomic({far - 1: "1/2", far + 1: "1/2"})
    return [
        (SC(1, far), SC(1)),
        (MP(1).shift(far), MP(1)),
        (fp.Arcsine(far, far + 1), fp.Arcsine(0, 1)),
        (fp.boxplus(SC(1, far), MP(1)), fp.boxplus(SC(1), MP(1))),
        (fp.boxplus(far_coin, SC("1/4")), fp.boxplus(coin, SC("1/4"))),
        (fp.boxplus(SC(1, 2 * far), SC(2).shift(-far)), SC(3)),
        (
            fp.mixture({SC(1, far): "1/2", fp.Uniform(far - 1, far + 3): "1/2"}),
            fp.mixture({SC(1): "1/2", fp.Uniform(-1, 3): "1/2"}),
        ),
        (fp.monotone(SC(1), far_coin), fp.monotone(SC(1), coin)),
        (fp.compress(far_coin, "1/3"), fp.compress(coin, "1/3")),
        (fp.boxplus_power(SC(1, far), 3).shift(-2 * far), SC(3)),
        (fp.subtract(fp.boxplus(SC(1, far), MP(2)), SC("1/2")), fp.boxplus(SC("1/2"), MP(2))),
        (SC(1, -far).dilate(-1), SC(1)),
    ]


@pytest.mark.parametrize(("law", "near"), pairs(FAR), ids=lambda law: type(law).__name__)
def test_far_laws_are_read_near_0(law: fp.Law, near: fp.Law) -> None:
    for (low, high), (low0, high0) in zip(law.support(), near.support(), strict=True):
        for end, end0 in ((low, low0), (high, high0)):
            assert abs((end - end0 - FAR).evalf(40, maxn=400)) < sp.Float("1e-35")
    x = sp.Rational(1, 3)
    assert law.cdf(FAR + x) == pytest.approx(near.cdf(x), abs=1e-13)
    assert law.density(FAR + x) == pytest.approx(near.density(x), rel=1e-12)
    assert law.cdf([-np.inf, 0.0, 2.0 * FAR, np.inf]).tolist() == [0, 0, 1, 1]
    with mpmath.workdps(40):
        place = law.quantile("1/4", dps=32) - FAR
        assert abs(near.cdf(place, dps=15) - 0.25) < 1e-10
    assert law.quantile([0.25, 0.5]).tolist() == [FAR, FAR]
    ends = [(edge.location, edge.exponent, edge.constant) for edge in law.edges(dps=30)]
    with mpmath.workdps(40):
        for found, edge in zip(ends, near.edges(dps=30), strict=True):
            assert abs(found[0] - FAR - edge.location) < mpmath.mpf(10) ** -8
            assert found[1:] == (edge.exponent, edge.constant)


@pytest.mark.parametrize("far", [10**12, 10**15, 10**17])
def test_images_by_translation(far: int) -> None:
    law = MP(1).shift(far)
    assert law.support() == [(far, far + 4)]
    assert mpmath.almosteq(law.density(far + 1, dps=15), MP(1).density(1, dps=15))
    assert law.cdf(float(far)) == 0
    assert law.cdf(far + 1) == pytest.approx(MP(1).cdf(1.0), abs=1e-13)
    assert law.cdf(far + 1, dps=20) == MP(1).cdf(1, dps=20)


def test_a_part_far_from_the_others_is_no_translation() -> None:
    law = fp.mixture({SC(1): "1/2", SC(1, 10**12): "1/2"})
    assert law.support() == [(-2, 2), (10**12 - 2, 10**12 + 2)]
    assert law.cdf(10.0, dps=15) == mpmath.mpf("0.5")


@pytest.mark.parametrize("digits", [20, 40, 60])
def test_narrow_spectra_far_from_0_are_seen(digits: int) -> None:
    # (1 ± √c)²: between points closer than 2⁻⁶⁴ natures were asked for outside
    c = sp.Rational(1, 10**digits)
    low, high = MP(c).support()[0]
    assert (low, high) == ((1 - sp.sqrt(c)) ** 2, (1 + sp.sqrt(c)) ** 2)
