"""Any number of digits, next to edges and at them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import fmpq

from freeprob import (
    Atomic,
    MarchenkoPastur,
    Semicircle,
    boolean_sum,
    boxplus,
    rectangular_boxplus,
    sample_covariance,
    symmetrize,
)
from freeprob.errors import InvalidParameterError
from freeprob.exact.operations.multiplicative import FreeProduct
from freeprob.exact.systems.system import Node
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.precision import to_mpc, to_mpf
from freeprob.numeric.programs.points import Place

SIGNS = Atomic({-1: "1/2", 1: "1/2"})
T5 = boxplus(Atomic({-1: "1/2", 0: "1/3", 2: "1/6"}), Atomic({0: "1/3", 1: "1/3", 3: "1/3"}))


def wisharts(*ratios: object) -> Node:
    return Node(FreeProduct(), tuple(MarchenkoPastur(ratio).system for ratio in ratios))


def density(system: object, x: fmpq, dps: int) -> object:
    return to_mpf(digits_of(system).density(Place(x), dps), dps)


@pytest.mark.parametrize(
    ("system", "x", "value"),
    [
        (
            boxplus(Semicircle(), Semicircle()).system,
            0,
            "0.2250790790392765173887997977516851456661",
        ),
        (MarchenkoPastur("1/4").system, 1, "0.6164044440614998055649690943434775450012"),
        (boxplus(SIGNS, SIGNS).system, 1, "0.1837762984739306831704421661043231471325"),
        (boxplus(*[SIGNS] * 4).system, 0, "0.1378322238554480123778316245782423603493"),
        (wisharts(1, 1), 1, "0.1789791274880284629570654660008486475412"),
    ],
)
def test_forty_digits(system: object, x: int, value: str) -> None:
    assert mpmath.nstr(density(system, fmpq(x), 40), 40) == value


def test_three_atoms_each() -> None:
    value = mpmath.nstr(density(T5.system, fmpq(1), 37), 37)
    assert value == "0.1582934887327020162990579691793307236"


@pytest.mark.parametrize("dps", [15, 60, 400])
def test_digits_of_the_semicircle_next_to_its_edge(dps: int) -> None:
    x = fmpq(2 * 10**30 - 1, 10**30)
    context = mpmath.MPContext()
    context.dps = dps + 60
    exact = context.mpf(2) - context.mpf(10) ** -30
    expected = context.sqrt(4 - exact**2) / (2 * context.pi)
    assert abs(density(Semicircle().system, x, dps) / expected - 1) < context.mpf(10) ** (1 - dps)
    outside = fmpq(2 * 10**30 + 1, 10**30)
    assert density(Semicircle().system, outside, dps) == 0


def test_cusp_constant() -> None:
    """ρ ~ √3/(2π) |x|^(1/3) at the merging point of signs plus semicircle."""
    value = density(boxplus(SIGNS, Semicircle()).system, fmpq(1, 10**60), 30)
    assert float(value * mpmath.mpf(10) ** 20) == pytest.approx(3**0.5 / (2 * mpmath.pi), rel=1e-14)


def test_exactly_at_edges() -> None:
    assert density(Semicircle().system, fmpq(2), 25) == 0
    assert density(MarchenkoPastur(1).system, fmpq(0), 25) == mpmath.inf
    assert density(wisharts("1/2", "1/3"), fmpq(0), 25) == 0


def test_cauchy_in_a_symmetric_gap_is_zero() -> None:
    law = boxplus(Atomic({-10: "1/2", 10: "1/2"}), Atomic({-1: "1/3", 0: "1/3", 1: "1/3"}))
    G = digits_of(law.system).cauchy(Place(fmpq(0)), 20)
    assert abs(complex(G)) < 1e-40


def test_cauchy_at_an_edge_and_at_a_pole() -> None:
    G = digits_of(Semicircle().system).cauchy(Place(fmpq(2)), 20)
    assert abs(complex(G) - 1) < 1e-18
    with pytest.raises(InvalidParameterError, match="infinite"):
        digits_of(MarchenkoPastur(2).system).cauchy(Place(fmpq(0)), 20)


def test_both_parts_of_a_complex_value() -> None:
    place = Place(fmpq(3, 10), fmpq(1, 10**20))
    value = to_mpc(digits_of(Semicircle().system).cauchy(place, 30), 30)
    context = mpmath.MPContext()
    context.dps = 60
    z = context.mpc(context.mpf(3) / 10, context.mpf(10) ** -20)
    expected = (z - context.sqrt(z - 2) * context.sqrt(z + 2)) / 2
    assert abs(value.real / expected.real - 1) < context.mpf(10) ** -29
    assert abs(value.imag / expected.imag - 1) < context.mpf(10) ** -29


def test_points_as_sympy_numbers() -> None:
    third, half = sp.Rational(-1, 3), sp.sqrt(2) / 2
    for z in (third + sp.I / 7, half + sp.I * sp.pi):
        expected = sp.N((z - sp.sqrt(z - 2) * sp.sqrt(z + 2)) / 2, 40)
        assert abs(sp.N(Semicircle().cauchy(z, dps=30) - expected, 40)) < sp.Float("1e-29")
    with pytest.raises(InvalidParameterError, match="finite"):
        Semicircle().cauchy(sp.zoo, dps=20)


def test_a_perch_far_above_the_spectrum_does_not_land_on_the_mirror_image() -> None:
    three = Atomic({1: "1/2", 3: "1/3", 10: "1/6"})
    law = sample_covariance(three, "1/3")
    law.edges(dps=10)  # leaves perches as high as the spectrum is wide
    for x in ("2.2", "2.214412325860704", "10.3"):
        digits = law.density(mpmath.mpf(x), dps=20)
        assert float(digits) == pytest.approx(law.density(float(x)), rel=1e-12)
        assert digits > 0


def test_atoms_at_algebraic_numbers_without_radicals_count_in_the_distribution_function() -> None:
    law = boolean_sum(SIGNS, Atomic({0: "1/2", 1: "1/2"}))
    places, masses = zip(*sorted((float(x), float(p)) for x, p in law.atoms().items()), strict=True)
    assert [law.cdf(x) for x in places] == pytest.approx(
        [sum(masses[: i + 1]) for i in range(3)], abs=1e-14
    )
    first = sp.CRootOf(
        2 * sp.Symbol("x") ** 3 - 2 * sp.Symbol("x") ** 2 - 2 * sp.Symbol("x") + 1, 0
    )
    assert law.quantile(masses[0] / 2) == pytest.approx(places[0], abs=1e-15)
    value = law.cauchy(first + 1, dps=40)
    own = mpmath.MPContext()
    own.dps = 45
    z = own.mpf(str(sp.N(first, 50))) + 1
    exact = 1 / (z - 1 / z - (z - 1 / (0.5 / z + 0.5 / (z - 1))))
    assert abs(value - exact) < own.mpf(10) ** -38


def test_sheets_that_cross_at_a_real_point_are_told_apart() -> None:
    """Next to 0 two conjugate sheets of this law meet, with unknowns that are nearly real."""
    first = symmetrize(Atomic({0: "9/10", 1: "1/10"}))
    second = symmetrize(Atomic({0: "1/20", 4: "19/20"}))
    law = rectangular_boxplus(first, second, 1)
    x = -2.690734150517793e-05
    value = law.density(x)
    assert value == pytest.approx(law.density(-x), rel=1e-12)
    assert value == pytest.approx(float(law.density(x, dps=20)), rel=1e-11)
    G = law.cauchy(x + 1j * np.geomspace(1e-10, 1e-2, 9))
    assert (G.imag < 0).all()
