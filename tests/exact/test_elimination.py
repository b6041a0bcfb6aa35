"""Eliminated polynomials: known equations, and others against the moment series and the curve."""

from __future__ import annotations

import itertools
import time
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.errors import (
    BudgetExceededError,
    InvalidParameterError,
    NotAlgebraicError,
)
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.moments.moments import moments
from freeprob.exact.operations.additive import FreeSum
from freeprob.exact.operations.multiplicative import FreeProduct
from freeprob.exact.systems.leaves import from_cauchy, from_polynomial
from freeprob.exact.systems.system import Node, flatten

G, z = sp.symbols("G z")
a, b, c, d, e, f, p, q, r, s, t = sp.symbols("a b c d e f p q r s t", positive=True)
MP, SC = fp.MarchenkoPastur, fp.Semicircle
half, third, sixth = sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(1, 6)
SIGN = fp.Atomic({-1: half, 1: half})
THREE = [
    fp.Atomic({-1: half, 0: third, 2: sixth}),
    fp.Atomic({0: third, 1: third, 3: third}),
    fp.Atomic({-2: "1/4", 1: "1/4", 5: half}),
    fp.Atomic({-3: "1/5", 1: "2/5", 4: "2/5"}),
]
FOUR = fp.Atomic({-3: third, -1: third, 0: sixth, 2: sixth})
OTHER_FOUR = fp.Atomic({0: "1/4", 1: "1/4", 3: "1/4", 7: "1/4"})


def product(*laws):
    return Node(FreeProduct(), tuple(law.system for law in laws))


def poly(system):
    return polynomial(getattr(system, "system", system)).poly(G, z)


def order_on_series(eliminated, system, terms):
    """The order in 1/z to which z^-deg P vanishes on the law's exact moment series."""
    length = terms + 2
    series = [Fraction(0), Fraction(1)]
    series += [Fraction(int(m.p), int(m.q)) for m in moments(system, terms)]
    powers = [[Fraction(1)] + [Fraction(0)] * (length - 1)]
    for _ in range(eliminated.degree(G)):
        last = powers[-1]
        powers.append([sum(last[i] * series[n - i] for i in range(n + 1)) for n in range(length)])
    total = [Fraction(0)] * length
    for (i, j), coefficient in eliminated.terms():
        shift = eliminated.degree(z) - j
        for n in range(length - shift):
            total[n + shift] += int(coefficient) * powers[i][n]
    return next((n for n, value in enumerate(total) if value), length)


def vanishes_on_curve(system, values):
    """P at exact rational points of the uniformised curve."""
    curve = flatten(system)
    (u,) = curve.unknowns
    eliminated = poly(system).as_expr()
    for number in (sp.Rational(2, 13), sp.Rational(-8, 3), sp.Rational(11, 13)):
        at = {**values, u: number}
        point = {G: curve.G.subs(at), z: curve.z.subs(at), **values}
        assert sp.cancel(eliminated.subs(point)) == 0


@pytest.mark.parametrize(
    ("law", "known"),
    [
        (fp.boxplus(SC(1), SC(1)), 2 * G**2 - G * z + 1),
        (fp.boxplus(SIGN, SIGN), G**2 * (z**2 - 4) - 1),
        (fp.boxplus(SIGN, SC(1)), G**3 - 2 * z * G**2 + z**2 * G - z),
        (fp.boxplus(MP(c), SC(t)), c * t * G**3 - (c * z + t) * G**2 + (z + c - 1) * G - 1),
        (fp.PointMass(a), G * (z - a) - 1),
    ],
)
def test_known_equations(law, known) -> None:
    assert poly(law) in (sp.Poly(known, G, z), sp.Poly(-known, G, z))


def test_four_free_signs_are_the_kesten_law() -> None:
    # G = (z - sqrt(z^2 - 12) * 2 ... )/(...): check the branch through the closed form
    four = poly(fp.boxplus(SIGN, SIGN, SIGN, SIGN)).as_expr()
    kesten = (-z + 2 * sp.sqrt(z**2 - 12)) / (z**2 - 16)
    assert sp.simplify(four.subs(G, kesten)) == 0
    assert sp.limit(z * kesten, z, sp.oo) == 1


@pytest.mark.parametrize(
    ("system", "degrees"),
    [
        (fp.boxplus(THREE[0], MP(half)).system, (4, 3)),
        (fp.boxplus(*THREE[:2]).system, (5, 9)),
        (Node(FreeSum(), (product(MP(1), MP(half)), product(MP(third), MP(1)))), (7, 4)),
        (fp.boxplus(FOUR, OTHER_FOUR).system, (10, 16)),
        (fp.boxplus(MP(half), *THREE[:2]).system, (14, 9)),
        (Node(FreeSum(), (product(MP(1), MP(half)), THREE[0].system)), None),
        (product(THREE[0], THREE[1]), None),
        (product(fp.boxplus(MP(half), SC(1)), MP(2)), None),
    ],
)
def test_irreducible_and_annihilates_the_moment_series(system, degrees) -> None:
    eliminated = poly(system)
    if degrees:
        assert (eliminated.degree(G), eliminated.degree(z)) == degrees
    assert len(eliminated.factor_list()[1]) == 1
    assert eliminated.content() == 1
    terms = 24
    assert order_on_series(eliminated, system, terms) == terms + 2


def test_the_series_check_notices_a_wrong_law() -> None:
    wrong, right = fp.boxplus(THREE[0], MP(third)).system, fp.boxplus(THREE[0], MP(half)).system
    assert order_on_series(poly(wrong), right, 24) < 24


def test_two_wisharts_with_symbolic_ratios() -> None:
    system = product(MP(a), MP(b))
    assert poly(system).degree(G) == 3
    vanishes_on_curve(system, {a: sp.Rational(3, 5), b: sp.Rational(7, 2)})


def test_six_wisharts_with_six_symbolic_ratios() -> None:
    ratios = (a, b, c, d, e, f)
    system = product(*(MP(ratio) for ratio in ratios))
    eliminated = poly(system)
    assert (eliminated.degree(G), eliminated.degree(z)) == (7, 6)
    vanishes_on_curve(system, {ratio: sp.Rational(k + 2, 5) for k, ratio in enumerate(ratios)})


def test_symbolic_power_specialises_to_the_sum() -> None:
    power = poly(fp.boxplus_power(THREE[0], t))
    double = poly(fp.boxplus(THREE[0], THREE[0]))
    quotient, remainder = sp.div(sp.Poly(power.as_expr().subs(t, 2), G, z), double)
    assert remainder.is_zero
    assert not quotient.is_zero


def test_irrational_power_keeps_its_constant() -> None:
    root = poly(fp.boxplus_power(THREE[0], sp.sqrt(2))).as_expr()
    general = poly(fp.boxplus_power(THREE[0], t)).as_expr()
    # with t² = 2 every coefficient is even
    assert sp.expand(2 * root - general.subs(t, sp.sqrt(2))) == 0


def test_symbolic_weights() -> None:
    law = fp.boxplus(fp.Atomic({-1: p, 0: q, 2: 1 - p - q}), fp.Atomic({0: r, 1: s, 3: 1 - r - s}))
    eliminated = poly(law)
    assert (eliminated.degree(G), eliminated.degree(z)) == (5, 9)
    values = {p: half, q: third, r: third, s: third}
    known = poly(fp.boxplus(THREE[0], THREE[1]))
    special = sp.Poly(eliminated.as_expr().subs(values), G, z)
    assert special.monic() == known.monic()


def test_sums_of_three_three_atom_laws_take_no_time() -> None:
    law = fp.boxplus(MP(half), *THREE[:3])
    start = time.perf_counter()
    eliminated = polynomial(law.system)
    assert time.perf_counter() - start < 5
    assert [int(n) for n in eliminated.polynomial.degrees()] == [48, 27]


def test_what_is_too_large_is_refused_at_once() -> None:
    law = fp.boxplus(MP(half), *THREE)
    start = time.perf_counter()
    with pytest.raises(BudgetExceededError, match="numeric reading"):
        law.equation(G, z, budget=10**8)
    with pytest.raises(BudgetExceededError, match=r"budget is 5\.0e\+08"):
        fp.boxplus(law, fp.Atomic({0: half, 5: half}), fp.Atomic({1: half, 7: half})).equation(G, z)
    assert time.perf_counter() - start < 5
    with pytest.raises(BudgetExceededError):
        fp.boxplus(*THREE[:2]).equation(G, z, budget=100)


def test_the_factor_of_the_physical_branch_is_selected_or_none() -> None:
    def separable(g, x):
        return (g**2 - x * g + 1) * (g - x) * (g**2 + x + 3)

    def ambiguous(g, x):
        return (g**2 - x * g + 1) * (g * (x - 1) - 1) * (g**2 * (x**2 - 4) - 1)

    assert polynomial(from_polynomial(separable)).poly(G, z) == sp.Poly(G**2 - G * z + 1, G, z)
    # three factors with a branch G ~ 1/z: nothing decides between them
    with pytest.raises(NotAlgebraicError, match="3 factors"):
        polynomial(from_polynomial(ambiguous))


def test_analytic_parts_have_no_equation() -> None:
    uniform = from_cauchy(lambda at: sp.log((at + 1) / (at - 1)) / 2)
    with pytest.raises(NotAlgebraicError, match="not a rational expression"):
        polynomial(Node(FreeSum(), (uniform, SC(1).system)))


def test_equation_is_collected_and_factored() -> None:
    law = fp.boxplus(MP(c), SC(t))
    assert str(law.equation(G, z)) == "Eq(G**3*c*t - G**2*(c*z + t) + G*(c + z - 1) - 1, 0)"
    assert law.polynomial(G, z).gens == (G, z)
    assert law.polynomial(G, z).free_symbols == {G, z, c, t}


def test_variables_must_be_free_symbols() -> None:
    law = fp.boxplus(MP(c), SC(t))
    with pytest.raises(InvalidParameterError, match="t is a parameter"):
        law.equation(G, t)
    with pytest.raises(InvalidParameterError, match="distinct"):
        law.equation(G, G)
    with pytest.raises(InvalidParameterError, match="SymPy symbol"):
        law.polynomial(G + 1, z)


def test_system_equations_hold_on_the_eliminated_equation() -> None:
    law = fp.boxplus(*THREE[:2])
    first, second, relation = law.system_equations(G, z)
    unknowns = sorted(relation.free_symbols, key=str)
    assert [unknown.name for unknown in unknowns] == ["omega_1", "omega_2"]
    start = {unknowns[0]: sp.Rational(9, 2)}
    other = sp.nsolve((relation.lhs - relation.rhs).subs(start), unknowns[1], 5, prec=40)
    at = {**start, unknowns[1]: other}
    residual = poly(law).as_expr().subs({z: first.rhs.subs(at), G: second.rhs.subs(at)})
    assert abs(sp.N(residual, 30)) < 1e-25


@given(
    st.lists(st.integers(-4, 4), min_size=2, max_size=3, unique=True),
    st.lists(st.integers(-4, 4), min_size=2, max_size=3, unique=True),
    st.integers(1, 5),
)
@settings(max_examples=15, deadline=None)
def test_sums_do_not_depend_on_how_they_are_bracketed(first, second, variance) -> None:
    one = fp.Atomic(dict.fromkeys(first, sp.Rational(1, len(first))))
    two = fp.Atomic(dict.fromkeys(second, sp.Rational(1, len(second))))
    three = SC(variance)
    results = {
        polynomial(Node(FreeSum(), (Node(FreeSum(), (x.system, y.system)), w.system))).poly(G, z)
        for x, y, w in itertools.permutations((one, two, three))
    }
    assert len(results) == 1


@pytest.mark.parametrize(
    "law",
    [
        fp.rectangular_boxplus(SC(1), SC(1), 0),
        fp.rectangular_boxplus(SC(1), SIGN, 0),
        fp.rectangular_boxplus(SC(2), fp.rectangular_boxplus(SC(1), SIGN, 0), 0),
    ],
    ids=str,
)
def test_parts_that_share_their_unknowns(law) -> None:
    """With λ = 0 both parts have the value G of the sum: chains u = v = w have one name."""
    assert fp.AlgebraicLaw(law.polynomial(G, z), G, z).moments(8) == law.moments(8)


@pytest.mark.parametrize(
    ("law", "known"),
    [
        (
            SC(1).dilate(c ** sp.Rational(3, 2)).shift(sp.sqrt(c)),
            c**3 * G**2 - (z - sp.sqrt(c)) * G + 1,
        ),
        (
            SC(1).dilate(c ** (-third)).shift(c**-half),
            c ** (-2 * third) * G**2 - (z - c**-half) * G + 1,
        ),
        (SC(sp.sqrt(c + 1)).shift(c), sp.sqrt(c + 1) * G**2 - (z - c) * G + 1),
        (
            SC(1).dilate((c + 1) ** sp.Rational(3, 2)).shift(sp.sqrt(c + 1)),
            (c + 1) ** 3 * G**2 - (z - sp.sqrt(c + 1)) * G + 1,
        ),
        (SC(sp.exp(c)).shift(c), sp.exp(c) * G**2 - (z - c) * G + 1),
    ],
    ids=str,
)
def test_functions_of_parameters(law, known) -> None:
    found = law.equation(G, z).lhs
    value = sp.Rational(64, 25)
    # the equation at a value is that of the law at the value
    for other in (known.subs(c, value), law.subs(c, value).equation(G, z).lhs):
        ratio = sp.Poly(found.subs(c, value), G, z).LC() / sp.Poly(other, G, z).LC()
        assert all(
            abs(sp.N(coefficient, 30)) < sp.Float("1e-25")
            for coefficient in sp.Poly(found.subs(c, value) - ratio * other, G, z).coeffs()
        )
