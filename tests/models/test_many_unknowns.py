"""Edges, atoms and masses of coupled systems that are not eliminated."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx

import freeprob as fp
from freeprob.geometry.candidates.candidates import candidates
from freeprob.geometry.candidates.eliminated_curve import eliminated_curve
from freeprob.geometry.spectrum.branch_poles import branch_atoms, lumps
from freeprob.geometry.spectrum.edges import edges
from freeprob.geometry.spectrum.support import cuts, searched
from freeprob.laws.base import Law

N = sp.Symbol("N", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)
TWO = fp.Deterministic("D", fp.Atomic({"1/2": "1/2", 2: "1/2"}), N)
HALF, THIRD = sp.Rational(1, 2), sp.Rational(1, 3)


def profile(variances: list[list[object]]) -> Law:
    """Gaussian blocks with these variances of their entries, times N."""
    size = len(variances)
    blocks = [[sp.ZeroMatrix(N, N)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            variance = sp.sympify(variances[i][j])
            if i == j and variance:
                blocks[i][i] = fp.GOE(f"h{i}", N, variance)
            elif variance:
                Y = fp.Ginibre(f"Y{i}_{j}", N, N, variance / N)
                blocks[i][j], blocks[j][i] = Y, Y.T
    return fp.law(sp.BlockMatrix(blocks))


def chain(diagonal: object, steps: list[object]) -> list[list[object]]:
    """Variances of a tridiagonal profile."""
    size = len(steps) + 1
    rows = [[diagonal if i == j else 0 for j in range(size)] for i in range(size)]
    for i, step in enumerate(steps):
        rows[i][i + 1] = rows[i + 1][i] = step
    return rows


def tenths(size: int) -> list[sp.Rational]:
    return [sp.Rational(i, 10) for i in range(1, size)]


def test_profiles_with_equal_row_sums_are_semicircular() -> None:
    fifth = sp.Rational(1, 5)
    flat = profile([[fifth] * 5 for _ in range(5)])
    # a doubly stochastic tridiagonal profile of ten blocks
    rows = chain(0, [sp.Rational(1 + i % 3, 6) for i in range(9)])
    for i, row in enumerate(rows):
        rows[i][i] = 1 - sum(row)
    for law in (flat, profile(rows)):
        assert law.support() == [(-2, 2)]


def test_two_blocks_have_the_edges_of_their_quartic() -> None:
    a, b, c = HALF, sp.Rational(3, 2), THIRD
    law = profile([[a, b], [b, c]])
    g, h, z = sp.symbols("g h z")
    # 1/g = z - a g - b h and 1/h = z - b g - c h: h is rational in g
    first = (z - a * g - 1 / g) / b
    quartic = sp.numer(sp.together((z - b * g - c * h) * h - 1).subs(h, first))
    discriminant = sp.Poly(sp.discriminant(sp.expand(sp.numer(sp.together(quartic))), g), z)
    roots = [root.evalf(30) for root in discriminant.real_roots()]
    for end in law.support(dps=25)[0]:
        assert min(abs(sp.Float(str(end), 25) - root) for root in roots) < 1e-22


def test_ten_blocks_have_the_edge_where_their_stability_operator_is_singular() -> None:
    rows = chain(HALF, tenths(10))
    law = profile(rows)
    ((low, high),) = law.support(dps=30)
    assert low == -high
    context = mpmath.MPContext()
    context.dps = 40

    def equations(z: object, *g: object) -> list:
        sums = [sum(v * h for v, h in zip(row, g, strict=True) if v) for row in S]
        stability = context.matrix(
            [[(i == j) - g[i] ** 2 * S[i][j] for j in range(10)] for i in range(10)]
        )
        return [u * (z - s) - 1 for u, s in zip(g, sums, strict=True)] + [context.det(stability)]

    S = [[context.mpf(int(v.p)) / int(v.q) if v else 0 for v in map(sp.sympify, r)] for r in rows]
    z = context.mpf("2.77")
    g = [1 / z] * 10
    for _ in range(4000):
        g = [1 / (z - sum(v * h for v, h in zip(row, g, strict=True) if v)) for row in S]
    solution = context.findroot(equations, [z, *g], tol=1e-30)
    assert abs(solution[0] - high) < context.mpf(10) ** -27


def test_the_density_next_to_the_edges_of_ten_blocks_follows_their_constants() -> None:
    law = profile(chain(HALF, tenths(10)))
    for edge in law.edges(dps=20):
        assert edge.exponent == HALF
        inside = float(edge.location) * (1 - 1e-7)
        distance = abs(float(edge.location)) * 1e-7
        assert law.density(inside) == pytest.approx(float(edge.constant) * distance**0.5, rel=1e-4)
    assert law.cut_masses() == [1]
    assert law.atoms() == {}
    assert law.cdf(float(law.support(dps=15)[0][1])) == pytest.approx(1, abs=1e-12)


def test_seven_unknowns_have_the_edges_of_their_eliminated_curve() -> None:
    law = fp.law(x * TWO + TWO * x + x**2)
    exact = [place.ball(100) for place in candidates(eliminated_curve(law.system))]
    ends = [end for cut in law.support(dps=25) for end in cut]
    assert len(ends) == 2
    with ctx.workprec(120):
        for end in ends:
            assert min(abs(float((ball - arb(str(end))).mid())) for ball in exact) < 1e-22


def test_block_traces_have_the_edges_of_the_curve_in_two_unknowns() -> None:
    law = fp.law(x * y * x + y)
    whole = law.coupled().whole()
    assert len(whole.unknowns) > 2
    assert cuts(whole, 30) == law.support(dps=30)
    for one, other in zip(edges(whole, 25), law.edges(dps=25), strict=True):
        assert one.exponent == other.exponent
        assert abs(one.constant - other.constant) < 1e-23


def test_an_odd_chain_of_blocks_has_an_atom_between_two_cuts() -> None:
    """Five blocks see four others: the kernel has at least a ninth of the dimension."""
    law = profile(chain(0, tenths(9)))
    assert law.atoms() == {0: sp.Rational(1, 9)}
    (_, inner), (outer, _) = law.support(dps=20)
    assert inner == -outer
    assert 0.05 < outer < 0.1
    for mass in law.cut_masses(dps=15):
        assert abs(mass - mpmath.mpf(4) / 9) < 1e-14


@pytest.mark.slow
def test_an_even_chain_whose_middle_lies_on_no_perfect_matching_diverges_at_0() -> None:
    law = profile(chain(0, tenths(4)))
    assert law.atoms() == {}
    assert len(law.support(dps=10)) == 1
    _, left, right, _ = law.edges(dps=20)
    assert (left.location, right.location) == (0, 0)
    assert (left.exponent, right.exponent) == (-THIRD, -THIRD)
    density = law.density(1e-9)
    assert density == pytest.approx(float(right.constant) * 1e-9 ** (-1 / 3), rel=1e-4)


def test_an_atom_where_the_unknowns_are_regular_is_a_zero_of_what_G_divides_by() -> None:
    P = fp.Projection("P", THIRD, N)
    law = fp.law(P * x * P + P)
    whole = law.coupled().whole()
    assert dict(branch_atoms(whole)) == law.atoms() == {0: 2 * THIRD}


def test_an_atom_under_a_density_has_the_residue_of_the_branch_round_it() -> None:
    law = fp.mixture({fp.Semicircle(1): HALF, fp.PointMass(HALF): HALF})
    assert dict(branch_atoms(law.system)) == {HALF: HALF}
    hard = fp.mixture({fp.MarchenkoPastur(1): 2 * THIRD, fp.PointMass(0): THIRD})
    assert dict(branch_atoms(hard.system)) == {0: THIRD}
    assert list(branch_atoms(fp.MarchenkoPastur(1).system)) == []


def test_an_atom_at_an_irrational_place_is_not_named() -> None:
    law = fp.boxplus_power(fp.Atomic({-1: HALF, 1: HALF}), "3/2").dilate(sp.sqrt(2))
    with pytest.raises(fp.errors.NoClosedFormError, match="atom near"):
        list(branch_atoms(law.system))


def test_cuts_too_narrow_to_be_followed_are_no_atoms() -> None:
    law = fp.boxplus(fp.Atomic({0: HALF, 1: HALF}), fp.Semicircle(sp.Rational("1e-24")))
    assert list(branch_atoms(law.system)) == []
    assert [lump.is_atom for lump in lumps(law.system)] == [False, False]
    # edges at ±√2/10¹² around each place, to first order
    found = [float(place.ball(120).mid()) for place in searched(law.system)]
    assert [x * 1e12 for x in found[:2]] == pytest.approx([-(2**0.5), 2**0.5], rel=1e-10)
    assert [(x - 1) * 1e12 for x in found[2:]] == pytest.approx([-(2**0.5), 2**0.5], rel=1e-3)


def test_cuts_are_exact_where_elimination_reaches_them() -> None:
    law = fp.law(x * TWO + TWO * x + x**2)
    ((low, high),) = law.support()
    ((left, right),) = law.support(dps=30)
    assert (sp.degree(low.poly), sp.degree(high.poly)) == (21, 21)
    assert abs(low.evalf(30) - left) < sp.Float("1e-28")
    assert abs(high.evalf(30) - right) < sp.Float("1e-28")
