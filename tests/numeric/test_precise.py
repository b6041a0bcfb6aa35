"""Distribution functions and quantiles to any digits: at cusps and edges, and in tails."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.laws.base import Law

SC, MP = fp.Semicircle, fp.MarchenkoPastur
SIGN = fp.Atomic({-1: "1/2", 1: "1/2"})
CUSP = fp.boxplus(SIGN, SC(1))


def close(found: object, wanted: object, digits: int) -> bool:
    with mpmath.workdps(digits + 20):
        wanted = mpmath.mpf(wanted)
        return abs(found - wanted) <= abs(wanted) * mpmath.mpf(10) ** -digits


@pytest.mark.parametrize("moved", [0, 2, "-7/3"])
def test_quantiles_at_cusps_are_the_cusps(moved: object) -> None:
    law = CUSP.shift(moved)
    found = law.quantile("1/2", dps=20)
    assert found == mpmath.mpf(0) if moved == 0 else close(found, sp.Rational(moved), 19)
    assert close(law.cdf(moved, dps=20), "0.5", 20)


def test_inner_edges_of_a_square() -> None:
    law = SC(1, "1/2").square()
    with mpmath.workdps(40):
        wanted = mpmath.mpf(1) / 2 + mpmath.sqrt(3) / (4 * mpmath.pi) + mpmath.mpf(1) / 6
    found = law.cdf("9/4", dps=25)
    assert close(found, wanted, 24)
    assert str(found) == "0.8044988905221146790444983"
    assert close(law.quantile(found, dps=15), "2.25", 14)


def semicircle(x: mpmath.mpf) -> mpmath.mpf:
    """F(-2 + x) by its closed form."""
    angle = 2 * mpmath.asin(mpmath.sqrt(x) / 2)
    return (angle - mpmath.sin(angle) * mpmath.cos(angle)) / mpmath.pi


@pytest.mark.parametrize("offset", ["1e-5", "1e-18", pytest.param("1e-40", marks=pytest.mark.slow)])
def test_probabilities_next_to_a_soft_edge(offset: str) -> None:
    with mpmath.workdps(150):
        wanted = semicircle(mpmath.mpf(offset))
        found = SC(1).shift(2).cdf(offset, dps=20)
        assert close(found, wanted, 19)
        if offset != "1e-40":
            assert close(SC(1).shift(2).quantile(wanted, dps=15), offset, 13)


@pytest.mark.parametrize(("place", "dps"), [(-(10**15), 12), (-(10**40), 15), (3, 20)])
def test_probabilities_of_a_heavy_tail(place: int, dps: int) -> None:
    with mpmath.workdps(100):
        wanted = mpmath.mpf(1) / 2 + mpmath.atan(place) / mpmath.pi
    assert close(fp.Cauchy().cdf(place, dps=dps), wanted, dps - 1)


def test_ends_of_unbounded_laws_and_of_bounded_ones() -> None:
    assert fp.Cauchy().quantile(0, dps=20) == -mpmath.inf
    assert fp.Cauchy().quantile(1, dps=20) == mpmath.inf
    assert SC(1).quantile([0, 1], dps=12).tolist() == [-2, 2]
    assert MP(2).quantile([0, "1/2"], dps=12).tolist() == [0, 0]


def test_tiny_probabilities_at_a_soft_edge_that_is_not_0() -> None:
    law, p = MP("1/4"), "1e-20"
    found = law.quantile(p, dps=40)
    edge = law.edges(dps=40)[0]
    with mpmath.workdps(60):
        # F ~ (2/3) C s^{3/2}
        leading = (3 * mpmath.mpf(p) / (2 * edge.constant)) ** (mpmath.mpf(2) / 3)
        assert abs((found - edge.location) / leading - 1) < mpmath.mpf(10) ** -11
        # the density is C√s(1 + O(s)), and so is the correction
        assert found > edge.location


@pytest.mark.parametrize("p", [sp.Rational(1, 2) - sp.Rational(1, 10**15), sp.Rational(1, 2)])
def test_probabilities_next_to_the_mass_of_an_atom(p: sp.Expr) -> None:
    assert MP(2).quantile(p, dps=20) == 0
    above = MP(2).quantile(sp.Rational(1, 2) + sp.Rational(1, 10**15), dps=20)
    edge = MP(2).edges(dps=20)[0].location
    assert 0 < above - edge < 1e-8


@pytest.mark.slow
def test_probabilities_next_to_the_mass_left_of_a_gap() -> None:
    law = fp.mixture({SC(1, -5): "1/3", SC(1, 5): "2/3"})
    tiny = sp.Rational(1, 10**18)
    assert law.quantile(sp.Rational(1, 3), dps=15) == -3
    below, above = (law.quantile(sp.Rational(1, 3) + side * tiny, dps=25) for side in (-1, 1))
    with mpmath.workdps(40):
        # 1 - F(2 - s) = 2 s^{3/2}/(3π)
        for mass, offset in ((1 / sp.Integer(3), -3 - below), (2 / sp.Integer(3), above - 3)):
            wanted = (3 * sp.pi * tiny / (2 * mass)) ** sp.Rational(2, 3)
            assert abs(offset / wanted.evalf(30)._to_mpmath(100) - 1) < 1e-10


LAWS: list[Law] = [
    SC(1),
    MP("1/2"),
    MP(2),
    CUSP,
    fp.Uniform(0, 1),
    fp.boxplus(MP("1/2"), SC(1)),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_digits_agree_with_float64(law: Law) -> None:
    for p in ("1e-6", "0.6"):
        digits = law.quantile(p, dps=18)
        assert float(digits) == pytest.approx(law.quantile(float(p)), rel=1e-9, abs=1e-12)
        assert float(law.cdf(digits, dps=15)) == pytest.approx(law.cdf(float(digits)), rel=1e-8)


LOW = (1 - 1 / mpmath.sqrt(2)) ** 2


@pytest.mark.parametrize(
    ("law", "p", "expected"),
    [
        (fp.MarchenkoPastur("1/2"), "1e-40", LOW),
        (fp.MarchenkoPastur("1/2"), "1e-400", LOW),
        (
            fp.MarchenkoPastur("1/2"),
            1 - sp.Rational(1, 10**60),
            (1 + 1 / mpmath.sqrt(2)) ** 2,
        ),
        (
            fp.mixture([fp.PointMass(-3), fp.MarchenkoPastur("1/2")]),
            sp.Rational(1, 2) + sp.Rational(1, 10**60),
            LOW,
        ),
    ],
    ids=str,
)
def test_quantiles_of_less_mass_than_digits_show_are_ends(law, p, expected) -> None:
    assert abs(law.quantile(p, dps=15) / expected - 1) < 1e-14


def test_quantiles_of_small_masses_keep_their_distance_from_the_end() -> None:
    # next to -2 the density is √(x + 2)/π, so F = 2 (x + 2)^(3/2)/(3π) in leading order
    p = mpmath.mpf("1e-12")
    distance = 2 + fp.Semicircle(1).quantile("1e-12", dps=20)
    leading = (3 * mpmath.pi * p / 2) ** (mpmath.mpf(2) / 3)
    assert abs(distance / leading - 1) < 1e-6


def test_digits_where_the_slope_hardly_turns() -> None:
    """Steps from perches that float64 had found to 1e-8 only were taken for another sheet."""
    law = fp.sample_covariance(fp.Atomic({1: "1/2", 3: "1/2"}), sp.Rational(1, 3))
    points = [sp.Rational(k, 1000) for k in range(1120, 1141)]
    digits = [law.density(point, dps=20) for point in points]
    assert np.array(digits, dtype=float) == pytest.approx(
        law.density(np.array(points, dtype=float)), rel=1e-9
    )
