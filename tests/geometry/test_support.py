"""Supports and edges against closed forms and published digits."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import freeprob as fp

THREE = fp.Atomic({-1: "1/2", 0: "1/3", 2: "1/6"})
SIGNS = fp.Atomic({-1: "1/2", 1: "1/2"})
T5 = fp.boxplus(THREE, fp.Atomic({0: "1/3", 1: "1/3", 3: "1/3"}))
T10 = fp.boxplus(
    fp.Atomic({-3: "1/3", -1: "1/3", 0: "1/6", 2: "1/6"}),
    fp.Atomic({0: "1/4", 1: "1/4", 3: "1/4", 7: "1/4"}),
)


def digits(cuts: list) -> list[str]:
    return [mpmath.nstr(end, 20) for cut in cuts for end in cut]


@pytest.mark.parametrize("ratio", ["1/9", "1/2", 1, 2, "7/3"])
def test_marchenko_pastur_has_the_edges_of_its_formula(ratio: object) -> None:
    law = fp.MarchenkoPastur(ratio)
    c = law.args[0]
    ((low, high),) = law.support()
    assert sp.simplify(low - (1 - sp.sqrt(c)) ** 2) == 0
    assert sp.simplify(high - (1 + sp.sqrt(c)) ** 2) == 0


def test_a_hard_edge_where_the_square_ratio_closes_the_gap() -> None:
    lower, upper = fp.MarchenkoPastur(1).edges()
    assert (lower.location, lower.exponent, lower.constant) == (0, sp.Rational(-1, 2), 1 / sp.pi)
    assert (upper.location, upper.exponent) == (4, sp.Rational(1, 2))
    assert (lower.side, upper.side) == ("right", "left")


def test_signs_plus_semicircle_at_the_merger_have_a_cusp() -> None:
    law = fp.boxplus(SIGNS, fp.Semicircle(1))
    assert law.support() == [(-3 * sp.sqrt(3) / 2, 3 * sp.sqrt(3) / 2)]
    left, right = law.edges()[1:3]
    assert (left.location, left.exponent, left.side) == (0, sp.Rational(1, 3), "left")
    assert (right.location, right.exponent, right.side) == (0, sp.Rational(1, 3), "right")
    assert left.constant == right.constant == sp.sqrt(3) / (2 * sp.pi)
    at_40 = law.edges(dps=40)[1].constant
    assert abs(at_40 - mpmath.mpf("0.27566")) < 1e-5
    assert mpmath.nstr(at_40, 40) == "0.2756644477108960247556632491564847206987"


def test_a_tiny_gap_just_below_the_merger() -> None:
    law = fp.boxplus(SIGNS, fp.Semicircle(sp.Rational(999, 1000) ** 2))
    cuts = law.support(dps=30)
    assert len(cuts) == 2
    assert mpmath.nstr(cuts[1][0], 5) == "3.4424e-5"
    assert cuts[0][1] == -cuts[1][0]


def test_three_atoms_plus_three_atoms() -> None:
    assert digits(T5.support(dps=30)) == [
        "-0.97975747684876731515",
        "2.0473381555558851083",
        "2.0892341277324039097",
        "2.8716447786672611222",
        "3.0180907521851879686",
        "4.6558416794487387381",
    ]
    exact = T5.support()
    assert isinstance(exact[0][0], sp.CRootOf)
    assert sp.Poly(exact[0][0].expr).degree() == 16


def test_four_atoms_plus_four_atoms_have_two_cuts_of_degree_36() -> None:
    (low, inner), (outer, high) = T10.support()
    assert {sp.Poly(end.expr).degree() for end in (low, inner, outer, high)} == {36}


def test_equal_signs_give_the_arcsine_law() -> None:
    law = fp.boxplus(SIGNS, SIGNS)
    assert law.support() == [(-2, 2)]
    for edge in law.edges():
        assert (edge.exponent, edge.constant) == (sp.Rational(-1, 2), 1 / (2 * sp.pi))


def test_weighted_signs_have_four_edges_in_radicals() -> None:
    law = fp.boxplus(fp.Atomic({0: "1/3", 1: "2/3"}), fp.Atomic({0: "1/4", 1: "3/4"}))
    root = sp.sqrt(6) / 6
    half = sp.Rational(1, 2)
    assert law.support() == [(half - root, half + root), (3 * half - root, 3 * half + root)]


def test_a_dash_of_the_tables_by_two_routes() -> None:
    """Edges of MP(1/2) ⊞ SC(1) are real roots of the discriminant of its cubic."""
    law = fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1))
    g, z = sp.symbols("g z")
    cubic = sp.numer(sp.together(1 / g + 1 / (1 - g / 2) + g - z))
    discriminant = sp.Poly(sp.discriminant(sp.expand(cubic), g), z)
    for end in law.support()[0]:
        assert sp.rem(discriminant, sp.Poly(end.expr, *end.expr.free_symbols).replace(z)) == 0


def test_symbols_need_values() -> None:
    c = sp.Symbol("c", positive=True)
    law = fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(1), SIGNS)
    with pytest.raises(fp.errors.InvalidParameterError, match="give values"):
        law.support(dps=5)
    with pytest.raises(fp.errors.InvalidParameterError, match="whole number, at least 1"):
        SIGNS.support(dps=0)


def test_the_square_of_a_semicircle_is_marchenko_pastur() -> None:
    """On the negative axis the unknown is imaginary although G is real."""
    law = fp.Semicircle(1).square()
    assert law.support() == [(0, 4)]
    hard, soft = law.edges(dps=25)
    assert (hard.exponent, soft.exponent) == (sp.Rational(-1, 2), sp.Rational(1, 2))
    assert abs(hard.constant * mpmath.pi - 1) < 1e-14
    assert abs(soft.constant * 4 * mpmath.pi - 1) < 1e-14


def test_an_edge_under_the_density_of_another_law_ends_no_cut() -> None:
    half, level = sp.Rational(1, 2), sp.sqrt(3) / (4 * sp.pi)
    law = fp.mixture({fp.Semicircle(1): half, fp.Semicircle(1, 1): half})
    assert law.support() == [(-2, 3)]
    low, *inner, high = law.edges()
    assert [(edge.location, edge.exponent, edge.constant) for edge in (low, high)] == [
        (-2, half, 1 / (2 * sp.pi)),
        (3, half, 1 / (2 * sp.pi)),
    ]
    assert [(edge.location, edge.side) for edge in inner] == [
        (-1, "left"),
        (-1, "right"),
        (2, "left"),
        (2, "right"),
    ]
    assert [(edge.exponent, edge.constant) for edge in inner] == [(0, level)] * 4


def test_an_atom_at_a_hard_edge_leaves_its_exponent() -> None:
    half = sp.Rational(1, 2)
    law = fp.mixture({fp.MarchenkoPastur(1): half, fp.PointMass(0): half})
    hard = law.edges()[0]
    assert (hard.location, hard.exponent, hard.constant) == (0, -half, 1 / (2 * sp.pi))


def test_the_square_of_a_skew_law_has_a_hard_edge_at_0() -> None:
    """The density of X² at y is (ρ(√y) + ρ(-√y))/(2√y): here the constant is ρ(0)."""
    law = fp.boxplus(SIGNS, fp.Semicircle(2)).shift("1/2")
    hard = law.square().edges(dps=12)[0]
    assert (hard.location, hard.exponent) == (0, sp.Rational(-1, 2))
    shifted = fp.boxplus(SIGNS, fp.Semicircle(2))
    assert abs(hard.constant - shifted.density(-0.5)) < 1e-9


def test_an_atom_under_a_density_is_no_edge() -> None:
    law = fp.mixture({fp.MarchenkoPastur("6/5"): "2/3", fp.Semicircle("4/3", -1): "1/3"})
    assert len(law.support(dps=10)) == 1
    places = [float(edge.location) for edge in law.edges(dps=10)]
    assert len(places) == 6
    assert min(map(abs, places)) > 1e-3
    assert law.atoms() == {0: sp.Rational(1, 9)}
