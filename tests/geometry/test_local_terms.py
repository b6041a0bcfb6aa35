"""One contract for all local terms: next to an edge the density is what the edge says."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import freeprob as fp

HALF = sp.Rational(1, 2)
COIN = fp.Atomic({-1: HALF, 1: HALF})
W = sp.Symbol("w")

LAWS = {
    "regular edges": fp.Semicircle(1, 2),
    "hard edge": fp.MarchenkoPastur(1),
    "root of order 4": fp.MarchenkoPastur(1).square(),
    "cusp": fp.boxplus(COIN, fp.Semicircle(1)),
    "hard edge of order 4": fp.FussCatalan(3),
    "two sheets that cross": fp.boxplus(COIN, COIN),
    "folds": fp.boxplus(fp.Uniform(0, 1), fp.Semicircle("1/10")),
    "jumps": fp.Uniform(0, 2),
    "shifted square": fp.Arcsine(-1, 3).square(),
    "square of a skew uniform law": fp.Uniform(-1, 2).square(),
    "Cauchy law below": fp.monotone(fp.Cauchy(0, 1), fp.Semicircle(1)),
    "Cauchy law beside": fp.boolean_sum(fp.Cauchy(0, 1), fp.Semicircle(1)),
    "Cauchy law beside a hard edge": fp.boolean_sum(fp.Cauchy(0, 2), fp.MarchenkoPastur(1)),
    "own transform": fp.TransformLaw("G", fp.Semicircle(1).explicit(W), W),
    "mixture": fp.mixture({fp.Semicircle(1): HALF, fp.Semicircle(1, 1): HALF}),
    "mixture with a hard edge": fp.mixture({fp.Semicircle(1): "1/3", fp.MarchenkoPastur(1): "2/3"}),
    "mixture with jumps": fp.mixture({fp.Uniform(0, 1): HALF, fp.MarchenkoPastur(1): HALF}),
}
SHARPER = 20  # times nearer, so many times better, for a root of order p


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_density_next_to_an_edge_is_its_power_law(law: fp.Law) -> None:
    found = law.edges(dps=30)
    assert found
    for edge in found:
        assert edge.constant > 0
        sign = 1 if edge.side == "right" else -1
        errors = []
        for distance in (mpmath.mpf(10) ** -8, mpmath.mpf(10) ** -16):
            with mpmath.workdps(30):
                place = mpmath.mpf(edge.location) + sign * distance
                exponent = mpmath.mpf(int(edge.exponent.p)) / int(edge.exponent.q)
                expected = mpmath.mpf(edge.constant) * distance**exponent
                density = law.density(place, dps=20)
                errors.append(abs(mpmath.mpf(density) / expected - 1))
        assert errors[0] < 0.05
        assert errors[1] < max(errors[0] / SHARPER, mpmath.mpf(10) ** -12)


@pytest.mark.parametrize(
    ("law", "location", "side", "exponent", "constant"),
    [
        # f(√y)/(2√y) alone: f(-√y) is 0 there
        (LAWS["shifted square"], 1, "right", 0, 1 / (4 * sp.pi)),
        # F = 1 + i at ±2
        (LAWS["Cauchy law below"], 2, "left", 0, 1 / (2 * sp.pi)),
        (LAWS["Cauchy law below"], 2, "right", 0, 1 / (2 * sp.pi)),
        (LAWS["Cauchy law beside"], -2, "left", 0, 1 / (2 * sp.pi)),
        (LAWS["own transform"], -2, "right", HALF, 1 / sp.pi),
        (LAWS["mixture"], -1, "left", 0, sp.sqrt(3) / (4 * sp.pi)),
        (LAWS["mixture"], 2, "right", 0, sp.sqrt(3) / (4 * sp.pi)),
    ],
)
def test_constants_known_in_closed_form(
    law: fp.Law, location: int, side: str, exponent: sp.Rational, constant: sp.Expr
) -> None:
    (edge,) = (e for e in law.edges(dps=15) if e.location == location and e.side == side)
    assert edge.exponent == exponent
    assert abs(edge.constant - constant.evalf(20)) < 1e-14


@pytest.mark.parametrize("other", [fp.Uniform(0, 1), fp.Uniform(-3, 1)])
def test_a_logarithm_is_no_power_law(other: fp.Law) -> None:
    # 1/G is infinite like a logarithm of 1 - x next to 1: the density falls like 1/log²
    law = fp.boolean_sum(fp.Uniform(0, 1), other)
    with pytest.raises(fp.errors.CertificationError, match="no power law"):
        law.edges(dps=20)
