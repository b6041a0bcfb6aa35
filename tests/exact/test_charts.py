"""Closed forms against the numeric physical branch, equations against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, NoClosedFormError, UndefinedOperationError
from freeprob.numeric.branch.branch import physical_branch

c, t, w, v = sp.symbols("c t w v", positive=True)
half, third = sp.Rational(1, 2), sp.Rational(1, 3)
SIGN = fp.Atomic({-1: half, 1: half})

QUADRATIC = [
    fp.Semicircle(2, -3),
    fp.MarchenkoPastur(third),
    fp.MarchenkoPastur(3),
    fp.MarchenkoPastur(1),
    fp.Arcsine(-2, 5),
    fp.KestenMcKay(3),
    fp.FreePoisson("1/3", -2),
    fp.FreeMeixner(2, half),
    fp.Wachter(2, 3),
    fp.boxplus(SIGN, SIGN),
    fp.boxplus_power(fp.Atomic({0: third, 1: 2 * third}), sp.Rational(5, 2)),
    fp.boxplus(fp.PointMass(7), fp.Semicircle(1)),
]
DIRECT = [
    fp.Atomic({0: third, 1: third, 3: third}),
    fp.Uniform(-1, 2),
    fp.Cauchy(1, 2),
]
HEIGHTS = np.array([4.0 + 1.0j, -3.0 + 0.1j, 0.3 + 0.02j, -0.4 + 2.0j, 2.5 + 0.5j, 9.0 + 0.01j])


@pytest.mark.parametrize("law", QUADRATIC + DIRECT, ids=str)
def test_explicit_cauchy_transform_is_the_physical_branch(law) -> None:
    z = sp.Symbol("z")
    closed = law.explicit(z)
    expected = physical_branch(law.system).cauchy(HEIGHTS)
    for point, value in zip(HEIGHTS, expected, strict=True):
        found = complex(closed.subs(z, sp.sympify(complex(point))).evalf(20))
        assert abs(found - value) < 1e-9 * abs(value)


@pytest.mark.parametrize("law", QUADRATIC, ids=str)
def test_every_transform_agrees_with_g_far_out(law) -> None:
    z = sp.Integer(40) + 25 * sp.I
    g = law.explicit(z).evalf(40)
    y = z * g - 1
    assert abs((law.R(g) + 1 / g - z).evalf(30)) < 1e-20
    assert abs((law.psi(1 / z) - y).evalf(30)) < 1e-20
    assert abs((law.eta(1 / z) - y / (1 + y)).evalf(30)) < 1e-20
    if law.mean != 0:
        assert abs((law.S(y) - (1 + y) / (y * z)).evalf(30)) < 1e-20


@pytest.mark.parametrize("law", [fp.MarchenkoPastur(c), fp.Semicircle(t, c), fp.Wachter(c, t)])
@pytest.mark.parametrize("name", ["R", "S", "psi", "eta"])
def test_closed_forms_solve_their_equations(law, name) -> None:
    equation = law.transform_equation(name, v, w)
    closed = getattr(law, name)(w)
    assert sp.simplify(equation.lhs.subs(v, closed)) == 0


@pytest.mark.parametrize("name", ["R", "S", "psi", "eta"])
def test_closed_forms_have_the_right_series(name) -> None:
    law = fp.Semicircle(t, c)
    series = sp.series(getattr(law, name)(w), w, 0, 3).removeO()
    m1, m2 = law.moments(2)
    known = {
        "R": c + t * w,
        "S": 1 / c - t * w / c**3,
        "psi": m1 * w + m2 * w**2,
        "eta": m1 * w + (m2 - m1**2) * w**2,
    }
    difference = sp.expand(sp.simplify(series - known[name]))
    assert difference == 0 or sp.Poly(difference, w).monoms()[-1][0] > {"S": 1}.get(name, 2) - (
        name == "R"
    )


def test_sums_and_products_of_transforms() -> None:
    a, b = sp.symbols("a b", positive=True)
    mp, sc = fp.MarchenkoPastur(a), fp.Semicircle(t)
    assert sp.simplify(fp.boxplus(mp, sc).R(w) - mp.R(w) - sc.R(w)) == 0
    product = fp.boxtimes(mp, fp.MarchenkoPastur(b))
    assert sp.simplify(product.S(w) - mp.S(w) * fp.MarchenkoPastur(b).S(w)) == 0


def test_sums_of_square_roots_are_closed_forms_too() -> None:
    one, two = fp.Atomic({0: "1/4", 1: "3/4"}), fp.Atomic({0: "2/5", 3: "3/5"})
    assert fp.boxplus(one, two).R(w) == one.R(w) + two.R(w)
    assert sp.cancel(fp.boxtimes(one, two).S(w) / (one.S(w) * two.S(w))) == 1
    with pytest.raises(NoClosedFormError, match="degree 3"):
        fp.boxplus(one, two).S(w)


def test_branch_points_of_marchenko_pastur_are_written_as_squares() -> None:
    z = sp.Symbol("z")
    root = sp.sqrt(z - (sp.sqrt(c) - 1) ** 2) * sp.sqrt(z - (sp.sqrt(c) + 1) ** 2)
    assert fp.MarchenkoPastur(c).explicit(z) == (c + z - root - 1) / (2 * c * z)


def test_transform_equations_of_a_quintic_law() -> None:
    law = fp.boxplus(
        fp.Atomic({-1: half, 0: third, 2: sp.Rational(1, 6)}),
        fp.Atomic({0: third, 1: third, 3: third}),
    )
    g, r = sp.symbols("g r")
    relation = law.transform_equation("R", r, g).lhs
    eliminated = law.polynomial(sp.Symbol("G"), sp.Symbol("z")).as_expr()
    back = eliminated.subs({sp.Symbol("G"): g, sp.Symbol("z"): r + 1 / g})
    quotient = sp.cancel(back / relation)
    assert sp.denom(quotient).free_symbols <= {g}
    assert sp.numer(quotient).free_symbols <= {g}


def test_transforms_without_closed_form_name_the_equation() -> None:
    law = fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t))
    with pytest.raises(NoClosedFormError, match=r"degree 3.*transform_equation\('S'"):
        law.S(w)
    with pytest.raises(NoClosedFormError, match="no polynomial equation"):
        fp.boxplus(fp.Uniform(0, 1), fp.MarchenkoPastur(1)).S(w)


def test_s_needs_a_mean() -> None:
    with pytest.raises(UndefinedOperationError, match="mean zero"):
        fp.Semicircle(1).S(w)
    with pytest.raises(UndefinedOperationError, match="mean zero"):
        SIGN.transform_equation("S", v, w)


def test_arguments_are_never_text() -> None:
    with pytest.raises(InvalidParameterError, match="got str"):
        fp.Semicircle(1).R("w")
    with pytest.raises(InvalidParameterError, match="no transform 'T'"):
        fp.Semicircle(1).transform_equation("T", v, w)
    assert fp.Semicircle(2).R(half) == 1
