"""Edges of published and of tabulated problems, by a second route where no digits are printed."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import freeprob as fp
from freeprob.numeric.branch.branch import physical_branch

MP = fp.MarchenkoPastur
HALF = sp.Rational(1, 2)


def context(dps: int) -> mpmath.MPContext:
    private = mpmath.MPContext()
    private.dps = dps
    return private


def flat(cuts: list) -> list:
    return [end for cut in cuts for end in cut]


def test_square_of_marchenko_pastur() -> None:
    law = fp.boxtimes(MP(1), MP(1))
    assert law.support() == [(0, sp.Rational(27, 4))]
    hard = law.edges()[0]
    assert hard.exponent == sp.Rational(-2, 3)
    assert sp.simplify(hard.constant - sp.sin(sp.pi / 3) / sp.pi) == 0


@pytest.mark.parametrize("s", [2, 3, 4, 6])
def test_hard_edges_of_fuss_catalan_laws(s: int) -> None:
    law = fp.FussCatalan(s)
    hard, soft = law.edges(dps=30)
    assert hard.exponent == sp.Rational(-s, s + 1)
    mp = context(40)
    assert abs(hard.constant - mp.sin(mp.pi / (s + 1)) / mp.pi) < mp.mpf(10) ** -29
    assert abs(soft.location - mp.mpf((s + 1) ** (s + 1)) / s**s) < mp.mpf(10) ** -28


def test_hard_edge_with_two_square_factors_and_one_other() -> None:
    hard = fp.boxtimes(MP(1), MP(HALF), MP(1)).edges(dps=30)[0]
    mp = context(40)
    expected = mp.sin(mp.pi / 3) / mp.pi * mp.mpf(2) ** (mp.mpf(1) / 3)
    assert hard.exponent == sp.Rational(-2, 3)
    assert abs(hard.constant - expected) < mp.mpf(10) ** -29


def test_product_of_two_wisharts_has_no_edge_on_other_sheets() -> None:
    ((low, high),) = fp.boxtimes(MP(HALF), MP("1/4")).support(dps=30)
    assert mpmath.nstr(low, 9) == "0.0559355743"
    assert mpmath.nstr(high, 11) == "3.7466902227"


def test_five_wisharts_with_distinct_ratios_have_one_cut() -> None:
    ratios = [sp.Rational(1, k) for k in range(2, 7)]
    law = fp.boxtimes(*(MP(ratio) for ratio in ratios))
    ((low, high),) = law.support(dps=30)
    # the second route: real zeros of dz/dy that y reaches from 0 on either side
    y = sp.Symbol("y")
    z = (1 + y) * sp.prod([1 + ratio * y for ratio in ratios]) / y
    critical = sp.Poly(sp.numer(sp.together(sp.diff(z, y))), y).nroots(n=40, maxsteps=200)
    real = [root for root in critical if root.is_real]
    outer = z.subs(y, min(root for root in real if root > 0))
    inner = z.subs(y, max(root for root in real if root < 0))
    assert len(real) > 2
    assert abs(sp.Float(str(high), 40) - outer) < sp.Float(10) ** -28
    assert abs(sp.Float(str(low), 40) - inner) < sp.Float(10) ** -28


def silverstein(weights: dict, ratio: sp.Rational) -> list:
    """Critical values of z = -1/m + c ∫ t dH/(1 + tm), all real ones, to 40 digits."""
    m = sp.Symbol("m")
    z = -1 / m + ratio * sum(w * t / (1 + t * m) for t, w in weights.items())
    critical = sp.Poly(sp.numer(sp.together(sp.diff(z, m))), m).nroots(n=50, maxsteps=200)
    return sorted(z.subs(m, root) for root in critical if root.is_real)


def test_three_population_covariance_has_six_edges() -> None:
    weights = {sp.Integer(t): sp.Rational(1, 3) for t in (1, 3, 10)}
    ratio = sp.Rational(1, 10)
    law = fp.sample_covariance(fp.Atomic(weights), ratio)
    ends = flat(law.support(dps=30))
    expected = silverstein(weights, ratio)
    assert len(ends) == len(expected) == 6
    for end, value in zip(ends, expected, strict=True):
        assert abs(sp.Float(str(end), 40) - value) < sp.Float(10) ** -28
    assert {sp.Poly(end.expr).degree() for end in flat(law.support())} == {6}


def test_deformed_marchenko_pastur_and_compound_free_poisson() -> None:
    deformed = fp.sample_covariance(fp.Atomic({1: "0.4", 3: "0.3", 10: "0.3"}), HALF)
    assert mpmath.nstr(deformed.support(dps=20)[0][0], 10) == "0.1364883387"
    jumps = fp.CompoundFreePoisson(2, fp.Atomic({1: HALF, 5: "1/4", 30: "1/4"}))
    assert mpmath.nstr(jumps.support(dps=20)[0][0], 10) == "0.4063027812"


def test_compound_free_poisson_with_twenty_jumps_is_one_interval() -> None:
    jumps = fp.Atomic({k: "1/20" for k in range(1, 21)})
    law = fp.CompoundFreePoisson(3, jumps)
    assert len(law.support(dps=20)) == 1
    assert law.cut_masses() == [1]


def test_information_plus_noise() -> None:
    law = fp.information_plus_noise(fp.Atomic({1: HALF, 4: HALF}), HALF, 1)
    low, high = law.support(dps=40)[0]
    assert mpmath.nstr(low, 38) == "0.39002453600099076648072405498860795295"
    assert mpmath.nstr(high, 38) == "8.810354284599362264835781947192743014"


def test_ten_sheets_by_newton_on_the_subordination_equations() -> None:
    atoms = ({-3: "1/3", -1: "1/3", 0: "1/6", 2: "1/6"}, {k: "1/4" for k in (0, 1, 3, 7)})
    law = fp.boxplus(*(fp.Atomic(weights) for weights in atoms))
    mp = context(40)

    def F(weights: dict, w: object) -> object:
        return 1 / sum(mp.mpf(p[0]) / int(p[2:]) / (w - a) for a, p in weights.items())

    def equations(u: object, v: object) -> list:
        slopes = [mp.diff(lambda w, a=a: F(a, w), x) for a, x in zip(atoms, (u, v), strict=True)]
        return [F(atoms[0], u) - F(atoms[1], v), (slopes[0] - 1) * (slopes[1] - 1) - 1]

    starts = [(-3.4458, -0.37167), (3.41987, 4.06217), (-8.9948, 6.16381), (2.77976, 7.83508)]
    ends = flat(law.support(dps=30))
    assert len(ends) == 4
    for end, start in zip(ends, starts, strict=True):
        u, v = mp.findroot(equations, start)
        assert abs(u + v - F(atoms[0], u) - mp.mpf(end)) < mp.mpf(10) ** -28
    assert law.cut_masses() == [sp.Rational(3, 4), sp.Rational(1, 4)]


def test_the_constant_of_an_edge_is_seen_in_the_transform() -> None:
    """The term of G with C (x - e)^(1/2) is what distinguishes its values above the edge."""
    law = fp.boxplus(fp.Atomic({-1: HALF, 0: "1/3", 2: "1/6"}), fp.Semicircle("1/4"))
    edge = law.edges(dps=20)[0]
    heights = (1e-6, 2.5e-7)
    branch = physical_branch(law.system)
    G = [complex(branch.cauchy(complex(float(edge.location), h))) for h in heights]
    # |Im √(ih)| = √(h/2), and the analytic part of Im G is of order h
    seen = (
        abs(G[0].imag - G[1].imag) / mpmath.pi / ((heights[0] / 2) ** 0.5 - (heights[1] / 2) ** 0.5)
    )
    assert abs(seen / edge.constant - 1) < 0.01
