"""Edges of mixtures and of images under maps, from their parts; functions keep their branch."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from flint import fmpq

import freeprob as fp
from freeprob.exact.operations.maps import EvenSquare
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.outlines.outlines import beside
from freeprob.geometry.outlines.shares import Composed, Outline, Part

THIRD, TWO_THIRDS = sp.Rational(1, 3), sp.Rational(2, 3)


def listed(law: fp.Law) -> list[tuple[float, sp.Rational, float, str]]:
    """Edges with 15 digits."""
    return [
        (float(edge.location), edge.exponent, float(edge.constant), edge.side)
        for edge in law.edges(dps=15)
    ]


def test_mixture_with_a_uniform_law_keeps_all_cuts() -> None:
    law = fp.mixture({fp.Semicircle(1): THIRD, fp.Uniform(3, 5): TWO_THIRDS})
    assert law.support() == [(-2, 2), (3, 5)]
    half = sp.Rational(1, 2)
    assert listed(law) == [
        (-2, half, pytest.approx(1 / (3 * np.pi)), "right"),
        (2, half, pytest.approx(1 / (3 * np.pi)), "left"),
        (3, 0, pytest.approx(1 / 3), "right"),
        (5, 0, pytest.approx(1 / 3), "left"),
    ]


def test_density_of_a_mixture_is_the_average_on_the_cut_of_a_logarithm() -> None:
    law = fp.mixture({fp.Semicircle(1): THIRD, fp.Uniform(1, 3): TWO_THIRDS})
    x = 2 - np.logspace(-12, -0.1, 60)
    expected = np.sqrt(4 - x**2) / (6 * np.pi) + np.where(x > 1, 1 / 3, 0)
    np.testing.assert_allclose(law.density(x), expected, rtol=1e-9)
    assert float(law.cdf(1.0)) == pytest.approx(float(fp.Semicircle(1).cdf(1.0)) / 3, abs=1e-12)
    assert law.support() == [(-2, 3)]


def test_one_sided_hard_edge_inside_a_cut() -> None:
    law = fp.mixture({fp.Semicircle(1): THIRD, fp.MarchenkoPastur(1): TWO_THIRDS})
    left, right = (edge for edge in law.edges() if edge.location == 0)
    assert (left.side, left.exponent) == ("left", 0)
    assert sp.simplify(left.constant - 1 / (3 * sp.pi)) == 0
    assert (right.side, right.exponent) == ("right", -sp.Rational(1, 2))
    assert sp.simplify(right.constant - 2 / (3 * sp.pi)) == 0


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        # ρ(√y)/√y and 2 ρ(√y)/(2√y) of densities known in closed form
        (
            fp.Uniform(-1, 2).square(),
            [
                (0, "-1/2", 1 / 3, "right"),
                (1, "0", 1 / 3, "left"),
                (1, "0", 1 / 6, "right"),
                (4, "0", 1 / 12, "left"),
            ],
        ),
        (
            fp.MarchenkoPastur(1).square(),
            [(0, "-3/4", 1 / (2 * np.pi), "right"), (16, "1/2", 2**-6.5 / np.pi, "left")],
        ),
        (
            fp.Uniform(0, 1).dilate(-2).shift(1),
            [(-1, "0", 0.5, "right"), (1, "0", 0.5, "left")],
        ),
    ],
)
def test_images(law: fp.Law, expected: list[tuple[float, str, float, str]]) -> None:
    assert listed(law) == [
        (place, sp.Rational(exponent), pytest.approx(constant, rel=1e-12), side)
        for place, exponent, constant, side in expected
    ]


def test_square_of_a_density_that_vanishes_linearly_jumps_at_zero() -> None:
    # ρ(x) = |x| next to 0: ρ(√y)/√y tends to 1 above 0 and is 0 below, an edge
    zero = RealAlgebraic((0, 1), 0)
    linear = Composed(True, fmpq(1), 1, ())
    outline = Outline((zero,), (True, True))
    part = Part(fp.Semicircle(1).system, outline, [{False: linear, True: linear}])
    (known,) = beside(EvenSquare(), [zero], [part])
    assert list(known) == [True]
    assert known[True].exponent == 0


def test_products_with_a_uniform_law() -> None:
    # z = ω² log((ω - 1)/(ω - 2)), G = 1/ω: near 0 z ~ -ω² log 2
    law = fp.boxtimes(fp.MarchenkoPastur(1), fp.Uniform(1, 2))
    (low, _, constant, _), (high, half, _, _) = listed(law)
    assert (low, half) == (0, sp.Rational(1, 2))
    assert constant == pytest.approx(np.log(2) ** 0.5 / np.pi, rel=1e-12)
    # 1/ω = E[1/(ω - T)] - … at the edge: dz/dω = 0
    omega = sp.Symbol("omega")
    z = omega**2 * sp.log((omega - 1) / (omega - 2))
    assert high == pytest.approx(float(z.subs(omega, sp.nsolve(z.diff(omega), 2.7))), rel=1e-12)
    assert float(law.cdf(high + 1)) == pytest.approx(1, abs=1e-10)


def test_two_uniform_laws_far_from_the_spectrum() -> None:
    law = fp.boxtimes(fp.Uniform(0, 3), fp.Uniform(1, 2))
    z = 1j * 10.0 ** np.arange(4, 8)
    first, second = (float(m) for m in law.moments(2))
    expected = 1 / z * (1 + first / z + second / z**2)
    np.testing.assert_allclose(law.cauchy(z), expected, rtol=1e-9)


def test_boolean_sums_live_where_a_part_does() -> None:
    """Im F is the sum of those of the parts; ends of logarithms are ends, too."""
    uniform = fp.Uniform(0, 1)
    assert fp.boolean_sum(uniform, uniform).support() == [(0, 1)]
    law = fp.boolean_sum(fp.Semicircle(1), fp.Uniform(1, 3), fp.Uniform(5, 6))
    assert law.support() == [(-2, 3), (5, 6)]
    # most of the mass is the atom near the sum 15/2 of the means
    assert float(law.cdf(7.0)) < 0.05
    assert float(law.cdf(8.0)) == pytest.approx(1, abs=1e-9)


def test_monotone_sums_of_atoms_live_where_the_other_part_does() -> None:
    law = fp.monotone(fp.Atomic([0, 3]), fp.Uniform(0, 1))
    assert law.support() == [(0, 1)]
    # F(x) = 1/log(x/(x - 1)) is 3 at one point above 1, where G has the residue (1/2)/F'(x)
    place = 1 / (1 - np.exp(-1 / 3))
    slope = 9 * (1 / (place - 1) - 1 / place)
    above, below = (float(law.cdf(place + side)) for side in (1e-6, -1e-6))
    assert above - below == pytest.approx(0.5 / slope, abs=1e-9)
    assert above == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    "law",
    [
        fp.boxplus(fp.Normal(), fp.Semicircle(1)),
        fp.boxplus(fp.Normal(1, 2), fp.Uniform(0, 1)),
        fp.boxplus(fp.Atomic([-30, 30]), fp.Normal(0, "1/10")),
        fp.boxplus_power(fp.Normal(), "3/2"),
        fp.compress(fp.Normal(), "1/2"),
        fp.boxplus(fp.boxplus_power(fp.Normal(), 2), fp.MarchenkoPastur(1)).dilate(-3),
    ],
    ids=str,
)
def test_free_sums_with_a_law_on_the_whole_line(law: fp.Law) -> None:
    """Gaps of a free sum are mapped into gaps of its parts by subordination."""
    assert law.support() == [(-sp.oo, sp.oo)]
    assert law.edges() == []
    # not between the two heaps, where it is below all floats
    place = 30.3 if law.variance > 100 else 0.3
    assert float(law.density(place)) > 0
