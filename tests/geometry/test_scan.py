"""Laws that are not eliminated: many summands, and laws given by their density."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import ctx

import freeprob as fp
from freeprob.exact.systems.poles import PoleSum
from freeprob.exact.systems.system import flatten
from freeprob.geometry.candidates.candidates import candidates
from freeprob.geometry.candidates.charts_at_infinity import chart
from freeprob.geometry.candidates.folds_by_scan import scanned

SUMMANDS = (
    fp.Atomic({-1: "1/2", 0: "1/3", 2: "1/6"}),
    fp.Atomic({0: "1/3", 1: "1/3", 3: "1/3"}),
    fp.Atomic({-2: "1/4", 1: "1/2", 2: "1/4"}),
    fp.Atomic({0: "1/5", 1: "1/5", 5: "3/5"}),
)


def test_charts_keep_the_poles_of_many_atoms() -> None:
    """The poles are no expression that could be reduced."""
    many = fp.Atomic({sp.Rational(k, 7): sp.Rational(1, 40) for k in range(40)})
    curve = flatten(fp.boolean_sum(many, fp.Arcsine(0, 3)).system)
    inverted = chart(curve, [True] * len(curve.unknowns)).curve
    assert (curve.z.has(PoleSum), inverted.z.has(PoleSum)) in {(True, True), (False, False)}
    assert inverted.G.has(PoleSum) or any(
        side.has(PoleSum) for r in inverted.relations for side in r
    )


def test_uniform_plus_semicircle_has_edges_in_closed_form() -> None:
    """Folds of z = ω + s log(ω/(ω - 1)): ω² - ω = s."""
    law = fp.boxplus(fp.Uniform(0, 1), fp.Semicircle("1/10"))
    ((low, high),) = law.support(dps=40)
    omega = sp.Rational(1, 2) + sp.sqrt(sp.Rational(7, 20))
    exact = (omega + sp.log(omega / (omega - 1)) / 10).evalf(50)
    assert abs(high - mpmath.mpf(str(exact))) < mpmath.mpf(10) ** -15
    assert str(exact)[:38] == mpmath.nstr(high, 40)[:38]
    assert abs(low + high - 1) < mpmath.mpf(10) ** -15
    assert [edge.exponent for edge in law.edges(dps=15)] == [sp.Rational(1, 2)] * 2


def test_the_uniform_law_jumps_at_its_ends() -> None:
    law = fp.Uniform(0, 2)
    assert law.support() == [(0, 2)]
    for edge in law.edges(dps=15):
        assert edge.exponent == 0
        assert abs(edge.constant - 0.5) < 1e-14


def test_a_cauchy_summand_leaves_no_edge() -> None:
    law = fp.boxplus(fp.Cauchy(0, 1), fp.MarchenkoPastur(2))
    assert law.support() == [(-sp.oo, sp.oo)]
    assert law.edges() == []


def test_four_three_atom_laws_and_marchenko_pastur() -> None:
    law = fp.boxplus(fp.MarchenkoPastur("1/2"), *SUMMANDS)
    ((low, high),) = law.support(dps=30)
    # an independent sheet: the summands' points on the real line, z stationary between them
    assert mpmath.nstr(low, 11) == "-0.37329732583"
    assert mpmath.nstr(high, 12) == "11.5670776997"
    with pytest.raises(fp.errors.NoClosedFormError, match="dps"):
        law.support()
    assert law.cut_masses() == [1]


def test_the_scan_agrees_with_elimination() -> None:
    law = fp.boxplus(*SUMMANDS[:2])
    exact = [location.ball(100) for location in candidates(flatten(law.system))]
    ends = {end for cut in law.support(dps=25) for end in cut}
    folds = [location.ball(100) for location in scanned(law.system)]
    assert all(any(fold.overlaps(place) for place in exact) for fold in folds)
    assert len(ends) == 6
    for end in ends:
        assert any(abs(float(fold.mid()) - float(end)) < 1e-12 for fold in folds)


def test_edges_at_large_unknowns_are_one_fold_in_every_chart() -> None:
    """±1 and three atoms: ω = 43 at an edge, where two charts show the same fold."""
    third = sp.Rational(1, 3)
    law = fp.rectangular_boxplus(
        fp.Atomic({-1: "1/2", 1: "1/2"}),
        fp.symmetrize(fp.Atomic({0: third, 1: third, 4: third})),
        "1/2",
    )
    edges = law.edges(dps=20)
    assert len(edges) == 12
    assert {edge.exponent for edge in edges} == {sp.Rational(1, 2)}
    assert float(edges[10].location) == pytest.approx(1.8380640952238, abs=1e-12)
    # the density next to an edge follows its constant
    for edge in (edges[6], edges[10]):
        x = float(edge.location) + 1e-7
        assert law.density(x) == pytest.approx(float(edge.constant) * 1e-7**0.5, rel=1e-3)
    assert law.cdf(0.0) == pytest.approx(0.5, abs=1e-12)


def test_the_scan_finds_both_edges_of_a_gap_of_width_7e_minus_5() -> None:
    law = fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(sp.Rational(999, 1000) ** 2))
    exact = [location.ball(100) for location in candidates(flatten(law.system))]
    folds = [location.ball(100) for location in scanned(law.system)]
    assert len(folds) == 4
    assert all(any(fold.overlaps(place) for place in exact) for fold in folds)


def test_a_rational_number_beside_an_edge_is_none() -> None:
    # 221/831 is 5e-7 from it, in a square that holds no fold which Newton's method finds
    law = fp.rectangular_boxplus(fp.Semicircle(1), fp.Arcsine(-1, 1), "1/2")
    ((low, _),) = law.square().support(dps=20)
    (_, (found, _)) = law.support(dps=20)
    with mpmath.workdps(30):
        assert abs(found**2 - low) < 1e-19
    assert {edge.exponent for edge in law.edges(dps=10)} == {sp.Rational(1, 2)}


@pytest.mark.parametrize("short", ["1/10", "1/1000", "1/1000000000"])
@pytest.mark.parametrize("scale", [sp.sqrt(2), sp.pi / 3, sp.exp(1) - 1])
def test_gaps_that_no_scan_sees_are_found_next_to_irrational_constants(
    scale: sp.Expr, short: str
) -> None:
    """A gap about 2/5, of width (1 - v)^(3/2) or so, against the same law in rational numbers."""
    v = 1 - sp.Rational(short)
    atoms = [sp.Rational(-3, 5), sp.Rational(7, 5)]
    exact = fp.boxplus(fp.Atomic(atoms), fp.Semicircle(v)).support(dps=25)
    law = fp.boxplus(fp.Atomic([scale * a for a in atoms]), fp.Semicircle(scale**2 * v))
    found = law.support(dps=25)
    assert len(found) == len(exact) == 2
    with mpmath.workdps(40):
        factor = mpmath.mpf(str(scale.n(35)))
        for cut, other in zip(found, exact, strict=True):
            for end, place in zip(cut, other, strict=True):
                assert abs(end - factor * place) < mpmath.mpf(10) ** -22


def test_long_parameters_of_a_law_with_a_narrow_gap() -> None:
    a = (3 + sp.pi**2) / (15 * (1 + sp.sqrt(sp.pi)))
    b = sp.log(4) / (sp.pi / 9 + 1)
    c = (1 + sp.cbrt(9)) / (sp.sqrt(2) + sp.sqrt(3) + 4)
    law = fp.boxplus(fp.Atomic([-a, b]), fp.Semicircle(c))
    (_, low), (high, _) = law.support(dps=12)
    assert (float(low), float(high)) == pytest.approx((0.3573142457856, 0.3608178962182), abs=1e-12)
    assert law.cdf(0.359) == pytest.approx(0.5, abs=1e-12)


def test_folds_that_are_scanned_have_the_constants_of_closed_forms() -> None:
    """√((b - x)(x - a))/(2πcx) next to a and b, from z₂ and the slope of G at the folds."""
    low, high = scanned(fp.MarchenkoPastur("1/4").system)
    for place, edge in ((low, 0.25), (high, 2.25)):
        (fold,) = place.folds
        with ctx.workprec(64):
            assert abs(fold.ball(64) - edge) < 1e-15
            assert abs(fold.size(64) - 2**0.5 / (0.5 * edge)) < 1e-14
