"""The physical branch in float64 against closed forms, on and off the axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp
from sympy import Rational, Symbol

import freeprob as fp
from freeprob import Atomic, MarchenkoPastur, Semicircle, boxplus, boxplus_power
from freeprob.errors import InvalidParameterError
from freeprob.exact.operations.multiplicative import FreeProduct
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.operation import Relation
from freeprob.exact.systems.system import Leaf, Node
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import digits_of

SIGNS = Atomic({-1: "1/2", 1: "1/2"})
T5 = boxplus(Atomic({-1: "1/2", 0: "1/3", 2: "1/6"}), Atomic({0: "1/3", 1: "1/3", 3: "1/3"}))


def wisharts(*ratios: object) -> Node:
    return Node(FreeProduct(), tuple(MarchenkoPastur(ratio).system for ratio in ratios))


def density(system: object, x: object) -> np.ndarray:
    return -physical_branch(system).cauchy(x).imag / np.pi


@pytest.mark.parametrize(
    ("law", "x", "value"),
    [
        (boxplus(Semicircle(), Semicircle()), 0, 0.22507907903927652),
        (MarchenkoPastur("1/4"), 1, 0.6164044440614998),
        (boxplus(SIGNS, SIGNS), 1, 0.18377629847393068),
        (boxplus(SIGNS, SIGNS, SIGNS, SIGNS), 0, 0.13783222385544801),
        (T5, 1, 0.15829348873270202),
    ],
)
def test_reference_densities(law: object, x: float, value: float) -> None:
    assert density(law.system, x) == pytest.approx(value, rel=2e-13)


def fuss_catalan(factors: int, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and densities of MP(1)^{⊠s} by angle (Haagerup-Möller 2013)."""
    s = factors
    x = np.sin((s + 1) * angle) ** (s + 1) / (np.sin(angle) * np.sin(s * angle) ** s)
    rho = np.sin(angle) ** 2 * np.sin(s * angle) ** (s - 1)
    return x, rho / (np.pi * np.sin((s + 1) * angle) ** s)


@pytest.mark.parametrize("factors", range(2, 11))
def test_products_of_square_wisharts_follow_fuss_catalan(factors: int) -> None:
    x, rho = fuss_catalan(factors, np.linspace(0.02, 0.98, 41) * np.pi / (factors + 1))
    assert x.min() < 1e-3
    np.testing.assert_allclose(density(wisharts(*[1] * factors), x), rho, rtol=1e-10)


def test_no_density_left_of_zero_and_in_gaps() -> None:
    x = np.array([-1.0, -0.05, -1e-6, 1e-7, 0.01, 30.0])
    assert (density(wisharts("1/2", "1/2"), x) == 0).all()
    assert (density(T5.system, np.array([-1.0, 2.06, 2.95, 4.7])) == 0).all()


def test_off_the_axis_and_below_it() -> None:
    z = np.array([0.3 + 1e-9j, -2 + 0.5j, 1.7 - 0.2j, 8j])
    expected = (z - np.sqrt(z - 2) * np.sqrt(z + 2)) / 2
    np.testing.assert_allclose(physical_branch(Semicircle().system).cauchy(z), expected, rtol=1e-12)


def test_sum_of_many_laws_needs_no_elimination() -> None:
    law = boxplus(
        MarchenkoPastur("1/2"), *[Atomic({0: "1/3", 1: "1/3", a: "1/3"}) for a in (2, 3, 4, 5)]
    )
    x = np.linspace(0.5, 18, 2001)
    rho = density(law.system, x)
    assert np.trapezoid(rho, x) == pytest.approx(1, abs=1e-4)
    assert np.trapezoid(rho * x, x) == pytest.approx(7, abs=1e-3)


@pytest.mark.parametrize(
    "law",
    [
        boxplus(MarchenkoPastur("1/2"), Semicircle(2)),
        fp.boxtimes(MarchenkoPastur("1/3"), boxplus(MarchenkoPastur("1/2"), Atomic({1: 1}))),
        fp.boolean_sum(boxplus(SIGNS, Semicircle("1/9")), Semicircle()),
    ],
)
def test_the_way_to_infinity_starts_from_parts_that_need_no_walk(law: fp.Law) -> None:
    """Far up the leading behaviour of the parts is told to lead to their branch where they stand.

    Walks from their own anchors would lead to the same unknowns.
    """
    physical_branch.cache_clear()
    branch = physical_branch(law.system)
    z = np.array([1j * branch.radius])
    start, good = branch._start(z)
    assert good.all()
    assert not any(part.perches.rows for part in branch._parts)
    np.testing.assert_allclose(start, branch.unknowns(z), rtol=1e-12)


def test_parts_far_from_their_sum_are_walked_to() -> None:
    """The sum's scale is 1: at 64 i its parts, 1000 away, are not far up."""
    law = boxplus(Semicircle("1/2", 1000), Semicircle("1/2", -1000))
    assert density(law.system, 0.5)[()] == pytest.approx(np.sqrt(4 - 0.25) / (2 * np.pi), rel=1e-12)


def test_power_of_a_law_of_many_atoms() -> None:
    rho = density(boxplus_power(boxplus(SIGNS, SIGNS), 2).system, np.array([0.0]))
    assert rho[0] == pytest.approx(0.13783222385544801, rel=1e-12)


def test_symbols_need_values() -> None:
    with pytest.raises(InvalidParameterError, match="subs"):
        physical_branch(MarchenkoPastur(Symbol("c", positive=True)).system).cauchy(1.0)


def test_irrational_parameters_are_numbers() -> None:
    root = MarchenkoPastur(Rational(1, 2) ** Rational(1, 2))
    close = MarchenkoPastur(0.7071067811865476)
    assert density(root.system, 1.0) == pytest.approx(float(density(close.system, 1.0)), rel=1e-13)


def test_values_do_not_depend_on_the_other_points_asked_for() -> None:
    x = np.linspace(-1.2, 4.9, 41)
    together = physical_branch(T5.system).follow(x.astype(complex)).G
    physical_branch.cache_clear()
    backwards = [physical_branch(T5.system).follow(np.array([p + 0j])).G[0] for p in x[::-1]]
    np.testing.assert_array_equal(together, np.array(backwards[::-1]))


@pytest.mark.parametrize("mass", ["1/10", "1/2", "9/10"])
def test_sheets_that_share_a_pole_are_told_apart(mass: str) -> None:
    """m/z + (1 - m) G_sc: next to 0 two sheets differ by (1 - m)√(z² - 4), where both are infinite.

    A step counts neither by its size nor by how Newton's method converges alone.
    """
    share = sp.Rational(mass)
    G, x = sp.Dummy("G"), sp.Dummy("x")
    part = (G - share / x) / (1 - share)
    equation = sp.numer(sp.together(part**2 - x * part + 1))
    leads = LeadingTerms.of(lambda z: (1 / z, z))
    branch = physical_branch(Leaf((G, x), x, G, leads, (Relation(equation, sp.S.Zero),)))
    rng = np.random.default_rng(0)
    z = rng.uniform(-0.2, 0.2, 1500) + 1j * 10 ** rng.uniform(-4, -0.5, 1500)
    arrival = branch.follow(z)

    def given(z: np.ndarray | complex) -> np.ndarray:
        return float(share) / z + (1 - float(share)) * (z - 1j * np.sqrt(4 - z**2)) / 2

    right = given(z)
    followed = ~arrival.undecided
    assert followed.mean() > 0.95
    assert np.allclose(arrival.G[followed], right[followed], rtol=1e-9, atol=0)
    at = 0.00325 + 0.0293j
    value = complex(digits_of(branch.system).cauchy_float(at))
    assert abs(value - given(at)) < 1e-9


@pytest.mark.parametrize(
    "build",
    [
        lambda u: fp.mixture({fp.Semicircle(1): "1/2", u: "1/2"}),
        lambda u: fp.mixture({fp.MarchenkoPastur(1): "1/4", fp.Semicircle(1, 1): "1/4", u: "1/2"}),
        lambda u: fp.mixture(
            {fp.boxplus(fp.MarchenkoPastur(1), fp.Semicircle(1)): "1/2", u: "1/2"}
        ),
        pytest.param(lambda u: fp.boolean_sum(fp.Semicircle(1), u), marks=pytest.mark.slow),
    ],
)
def test_real_arguments_of_logarithms_keep_their_side(build: Callable[[fp.Law], fp.Law]) -> None:
    """A part's point is real where the other part's unknown is not: its rounding has no sign."""
    shifted, plain = (
        build(u) for u in (fp.Uniform(-1, 3).shift("-1/2"), fp.Uniform("-3/2", "5/2"))
    )
    x = np.linspace(-1.55, 2.6, 400)
    right = plain.density(x)
    np.testing.assert_allclose(shifted.density(x), right, rtol=1e-11)
    np.testing.assert_allclose([shifted.density(v) for v in x.tolist()], right, rtol=1e-11)
    z = x + 1e-17j
    np.testing.assert_allclose(shifted.cauchy(z), plain.cauchy(z), rtol=1e-11)
    assert shifted.cdf(0.3) == pytest.approx(plain.cdf(0.3), abs=1e-11)


def test_what_the_lift_leaves_in_gaps_is_no_negative_density() -> None:
    """Long rational places: Im G of size 1e-280 has the sign that rounding gives it."""
    places = ["0.66761352838", "0.983359296338", "5/2"]
    masses = ["3/8", "3/8", "1/4"]
    law = fp.boxtimes(Atomic(dict(zip(places, masses, strict=True))), fp.Uniform("3/2", "7/2"))
    outside = np.array([-0.4466, 0.9, 1.0, 1.1, 3.5, 3.9, 4.1, 8])
    assert not law.density(outside).any()
    assert len(law.support(dps=10)) == 2
    assert law.cdf(4.0) == pytest.approx(3 / 4, abs=1e-12)


TWO = Atomic({1: Rational(1, 2), 3: Rational(1, 2)})
ARCSINE, UNIFORM = fp.Arcsine(2, 3), fp.Uniform(2, 3)


@pytest.mark.parametrize(
    "law",
    [
        fp.boxtimes(TWO, fp.boolean_sum(ARCSINE, UNIFORM)),
        fp.boolean_sum(fp.boxtimes(TWO, fp.mixture({ARCSINE: "1/2", UNIFORM: "1/2"})), ARCSINE),
        fp.boxtimes(TWO, boxplus(ARCSINE, TWO)),
        fp.boxtimes(TWO, fp.monotone(ARCSINE, UNIFORM)),
    ],
    ids=str,
)
def test_products_are_followed_from_far_above(law: fp.Law) -> None:
    # relative errors of a part's 1/(z - a) count |z| times in η: tangents lead nowhere
    first = [1, *map(float, law.moments(6))]
    for z in (3e4 + 2e3j, 1e7 - 1e7j, 1e12 + 1e11j, 1e20 + 1e19j, 1e40j):
        series = sum(moment / z**k for k, moment in enumerate(first)) / z
        assert law.cauchy(z) == pytest.approx(series, rel=1e-13)
    # and near the spectrum: a circle about it gives the moments back
    z = 60 * np.exp(1j * np.pi * (np.arange(64) + 0.5) / 64)
    values = law.cauchy(z)
    for k in (0, 1, 2, 3):
        assert np.mean(z ** (k + 1) * values).real == pytest.approx(first[k], rel=1e-9)


@pytest.mark.slow
def test_what_is_left_of_a_difference_is_followed_on_its_own_sheet() -> None:
    # next to the spectrum a start on powers of z - a is nearer to another sheet than the tangent
    for places in ((-1, 1), (-2, 1, 1.5), (0, 3)):
        known = Atomic({place: Rational(1, len(places)) for place in places})
        moved = Atomic({place + 1: Rational(1, len(places)) for place in places})
        one = fp.subtract(moved, known)
        z = 1 + 8 * np.tan(np.linspace(-1.57, 1.57, 4001)) + 1j / 32
        assert np.abs((z - 1) * one.cauchy(z) - 1).max() < 1e-11
