"""G behind its cuts: closed forms, the law's own equation, and the seam along the cut."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError

Z = np.array([0.3 - 0.2j, -1.1 - 0.7j, 1.9 - 1e-3j, 3 - 2j, -4 - 0.01j, 0.3 + 0.2j, 5 + 3j])
BERNOULLI = fp.Atomic({-1: "1/2", 1: "1/2"})
LAWS = [
    fp.MarchenkoPastur("1/2"),
    fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1)),
    fp.boxplus(BERNOULLI, fp.Semicircle("1/4")),
    fp.FussCatalan(3),
    fp.boxtimes(fp.MarchenkoPastur("1/3"), fp.MarchenkoPastur("1/4")),
]


def test_the_semicircle_has_the_reciprocal_behind_it() -> None:
    # G and 1/G are the roots of G^2 - zG + 1 = 0
    law = fp.Semicircle(1)
    assert law.second_sheet(Z) == pytest.approx(1 / law.cauchy(Z), rel=1e-12)


def test_kesten_mckay_has_poles_behind_its_cut() -> None:
    # (z^2 - 9) G^2 + z G - 2 = 0 at degree 3
    law = fp.KestenMcKay(3)
    sums = law.second_sheet(Z) + law.cauchy(Z)
    assert sums == pytest.approx(Z / (9 - Z**2), rel=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_it_solves_the_laws_own_equation_and_is_another_root(law) -> None:
    G, z = sp.symbols("G z")
    curve = sp.lambdify((G, z), law.polynomial(G, z).as_expr(), "numpy")
    slope = sp.lambdify((G, z), sp.diff(law.polynomial(G, z).as_expr(), G), "numpy")
    behind = law.second_sheet(Z)
    assert np.abs(curve(behind, Z) / slope(behind, Z)) == pytest.approx(0, abs=1e-11)
    assert np.all(np.abs(behind - law.cauchy(Z)) > 1e-3)
    assert law.second_sheet(Z.conj()) == pytest.approx(behind.conj())


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_sheets_meet_inside_the_cut(law) -> None:
    low, high = max(law.support(dps=15), key=lambda cut: cut[1] - cut[0])
    x = np.linspace(float(low), float(high), 12)[1:-1]
    assert law.second_sheet(x - 1e-12j) == pytest.approx(law.cauchy(x), rel=1e-9)


def test_a_mixture_goes_on_in_those_parts_whose_cut_is_crossed() -> None:
    first, second = fp.Semicircle(1), fp.Semicircle("1/2", 1)
    law = fp.mixture({first: "1/3", second: "2/3"})
    # paths along the axis pass the other part's edge at a distance of 1e-6, on its own side
    z = np.append(Z, [-1.5 - 1e-6j, 2.3 - 1e-6j, -0.5 - 1e-6j])
    both = first.second_sheet(z) / 3 + 2 * second.second_sheet(z) / 3
    assert law.second_sheet(z, through=0.2) == pytest.approx(both, rel=1e-10)
    one = first.second_sheet(z) / 3 + 2 * second.cauchy(z) / 3
    assert law.second_sheet(z, through=-1) == pytest.approx(one, rel=1e-10)


def test_each_cut_has_its_own_sheet_behind() -> None:
    law = fp.boxplus(BERNOULLI, fp.Semicircle("1/16"))
    low, high = (float(a + b) / 2 for a, b in law.support(dps=15))
    left, right = (law.second_sheet(-0.3j, through=x) for x in (low, high))
    assert abs(left - right) > 0.1
    # reflection of the law: G(-z) = -G(z), and the left cut goes to the right one
    assert right == pytest.approx(-left.conjugate(), rel=1e-12)
    with pytest.raises(InvalidParameterError, match="through=0 lies in no cut"):
        law.second_sheet(-1j, through=0)


def test_what_has_no_second_sheet_to_follow_says_so() -> None:
    with pytest.raises(UndefinedOperationError, match="branches of their own"):
        fp.Uniform(-1, 1).second_sheet(-1j)
    with pytest.raises(UndefinedOperationError, match="no cut"):
        BERNOULLI.second_sheet(-1j)
    for place in (np.nan, 3, [1j, 0.5]):
        with pytest.raises(InvalidParameterError):
            fp.Semicircle(1).second_sheet(place)


def test_a_branch_point_on_the_way_is_told() -> None:
    # three simple poles glued to a semicircle: find a branch point from the discriminant
    law, G, z = fp.boxplus(BERNOULLI, fp.Semicircle(2)), *sp.symbols("G z")
    corners = sp.Poly(sp.discriminant(law.polynomial(G, z).as_expr(), G), z).nroots()
    below = [complex(corner) for corner in corners if sp.im(corner) < -1e-9]
    assert below
    beyond = [2 * corner for corner in below]  # straight behind it, seen from 0
    with pytest.raises(ConvergenceError, match="through="):
        law.second_sheet(beyond)
    assert np.isfinite(law.second_sheet(beyond, through=0.3)).all()


def test_colours_of_the_sheets_fit_across_the_cut() -> None:
    axes = fp.plotting.figure().subplots()
    law, shown = fp.MarchenkoPastur("1/2"), {"region": (0.5, 2.5, -1e-3, 1e-3), "pixels": 300}
    first, second = (
        fp.plotting.plot_cauchy(law, ax=axes, sheet=sheet, **shown).get_array() for sheet in (1, 2)
    )
    rows = len(first) // 2
    assert np.abs(first[rows:].astype(float)[0] - second[rows - 1]).max() < 0.02
    assert np.abs(first[rows:].astype(float)[0] - first[rows - 1]).max() > 0.2
    with pytest.raises(InvalidParameterError, match="sheet is 1 or 2"):
        fp.plotting.plot_cauchy(law, ax=axes, sheet=3)


def test_cauchy_laws_are_followed_through_the_axis() -> None:
    """Curves over Q(i): G is 1/(z + i) on both sides, and g(z + i) with g of the semicircle."""
    low = np.where(Z.imag < 0, Z, Z.conj())
    below = np.append(low, 0.3 - 1.4j)
    assert fp.Cauchy(0, 1).second_sheet(below) == pytest.approx(1 / (below + 1j), rel=1e-14)
    root = np.sqrt(below - 2 + 1j) * np.sqrt(below + 2 + 1j)
    behind = below.imag < -1
    expected = (below + 1j - np.where(behind, -root, root)) / 2
    law = fp.boxplus(fp.Cauchy(0, 1), fp.Semicircle(1))
    assert law.second_sheet(below, through=0.3) == pytest.approx(expected, rel=1e-12)
    assert law.second_sheet(Z, through=0.3) == pytest.approx(
        np.where(Z.imag < 0, expected[:-1], expected[:-1].conj()), rel=1e-12
    )
    square = fp.Cauchy(0, 1).square()
    s = np.sqrt(1 - 1j)
    assert square.second_sheet(1 - 1j) == pytest.approx(1 / (s * (s + 1j)), rel=1e-12)
