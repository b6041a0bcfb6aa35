"""Public digits of loss surfaces that have no other test, limits, and wrong branches avoided.

Those of complexities, counts, outliers, spacings and Tracy-Widom laws stand with their subjects.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
from flint import arb, ctx

from freeprob import MarchenkoPastur, PointMass, Semicircle, Uniform, boxplus, mixture
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.landscapes import (
    GaussianField,
    MixedPSpin,
    PSpin,
    TwoPlayerSpinGlass,
    critical_energy,
    damping,
    hessian_law,
    index,
    index_exponent,
    local,
    outliers,
)
from freeprob.numeric.determinants.ordered_eigenvalues import distribution

A, C, PHI = sp.Symbol("a"), sp.Symbol("c"), sp.Symbol("phi", positive=True)


def agrees(value: object, printed: str) -> bool:
    """Whether a number is the printed one, cut off or rounded at its last digit."""
    places = len(printed.split(".")[1])
    return abs(sp.Float(str(value), 40) - sp.Float(printed, 40)) < sp.Float(10, 40) ** -places


GAME_EDGES = [
    ("-3.03720108514811157", "1.37251270193158", "0.809696791695026672"),
    ("-0.0735568924707348", "1.85420094687919", "0.662565473616052516"),
    ("-0.0517823167352813", "1.64318387744133", "0.718140175150965246"),
    ("0.718517173267435395", "1.06910806865197", "0.956427955944747808"),
]


def test_edges_of_a_two_player_hessian() -> None:
    """(x₁, κ, b, b₁) = (3/2, 9/10, 1, 1/2): places, c of ρ ≈ c√|x - e|/π, Tracy-Widom scales."""
    blocks = mixture({Semicircle("1/8", "-3/2"): "9/10", PointMass(0): "1/10"})
    edges = boxplus(Semicircle("1/2"), blocks).edges(dps=25)
    assert len(edges) == len(GAME_EDGES)
    for edge, (place, constant, scale) in zip(edges, GAME_EDGES, strict=True):
        assert agrees(edge.location, place)
        assert agrees(sp.Float(str(edge.constant), 25) * sp.pi.evalf(30), constant)
        assert agrees(edge.tracy_widom_scale(), scale)


def test_potential_of_a_two_player_hessian() -> None:
    """κ = 9/10, b² = 1920, b₁² = 5.4, x₁ = 90: 4.2071; the authors' quadrature gives 4.1815."""
    kappa, own, common = sp.Rational(9, 10), sp.Rational(27, 5), sp.Integer(1920)
    kernel = own / (2 * kappa) * A**2 / 2 + common / 2 * (A + C) ** 2 / 2
    field = GaussianField(kernel, {A: kappa, C: 1 - kappa})
    for x1 in (90, -90):
        value = field.hessian_law(radial=[x1, 0]).log_potential(0.0)
        assert value == pytest.approx(4.2071, abs=5e-5)


def test_the_upper_edge_of_noise_on_a_uniform_bulk() -> None:
    law = boxplus(Uniform(-1, 1), MarchenkoPastur("1/2").dilate("4/5"))
    assert agrees(law.support(dps=22)[-1][1], "2.642066078653231756")


def test_transforms_of_hessians_outside_the_spectrum() -> None:
    """Of three real roots at z = -5 the one continued from infinity; the ReLU part alone."""
    value = hessian_law("1/10", "1/2").cauchy(-5, dps=22)
    assert agrees(value.real, "-0.1698439816261957823121")
    relu_part = hessian_law("3/10", "1/2", "relu").args[1]
    assert relu_part.cauchy(0.5j) == pytest.approx(-1.63539j, abs=5e-6)


def test_limits_of_critical_energies() -> None:
    """1/8 as φ → 0, (2/27)(1 - φ)³ as φ → 1; 1/(2φ) for the ReLU layer."""
    wigner, relu = (critical_energy(PHI, model).args[0][0] for model in ("wigner", "relu"))
    assert sp.limit(wigner, PHI, 0) == sp.Rational(1, 8)
    near = sp.Rational(1, 10**6)
    ratio = sp.N(wigner.subs(PHI, 1 - near), 40) / near**3
    assert float(ratio) == pytest.approx(2 / 27, rel=1e-5)
    assert sp.limit(PHI * relu, PHI, 0) == sp.Rational(1, 2)


def test_variances_of_surmised_spacings() -> None:
    """4/π - 1, 3π/8 - 1, 45π/128 - 1: not those of large matrices."""
    s, ds = np.linspace(0, 30, 300001, retstep=True)
    printed = ((1, 0.27323954473516), (2, 0.17809724509617), (4, 45 * np.pi / 128 - 1))
    for beta, variance in printed:
        assert ds * (s**2 * local.surmise(beta, s)).sum() - 1 == pytest.approx(variance, abs=1e-12)


def test_all_eigenvalues_are_positive_with_a_rate_of_speed_n_squared() -> None:
    """β ln 3/4 = 0.27465307216702742285 for β = 1, Dean and Majumdar; so minima lie below -E_∞.

    The second difference of -log P is twice that, .543 at the sizes 1 to 3 of the reference.
    """
    rate = 0.27465307216702742285
    assert math.log(3) / 4 == pytest.approx(rate, rel=1e-15)
    with ctx.workprec(200):
        logs = [-float((1 - distribution(n, 0, arb(0))).log()) for n in range(1, 13)]
    second = np.diff(logs, 2)
    assert second[0] == pytest.approx(0.543, abs=5e-4)
    assert second[-1] == pytest.approx(2 * rate, abs=5e-4)


def test_a_spike_inside_the_bulk_says_why_nothing_is_seen() -> None:
    for found in (
        outliers(Uniform(-1, 1), Semicircle("1/4"), ["1/2"]),
        outliers(PointMass(0), Semicircle(1), ["1/2"]),
        outliers(PointMass(1), MarchenkoPastur("1/2"), ["6/5"], kind="multiplicative"),
    ):
        assert len(found) == 0
        assert found.reason


@pytest.mark.parametrize(
    "call",
    [
        lambda: PSpin(1),
        lambda: PSpin(2.5),
        lambda: MixedPSpin({1: 1}),
        lambda: TwoPlayerSpinGlass(1, 1, 1, "1/2"),
        lambda: TwoPlayerSpinGlass(2, 1, 1, 0),
        lambda: TwoPlayerSpinGlass(2, 1, 1, 1),
        lambda: TwoPlayerSpinGlass(2, 1, 1, -1),
        lambda: PSpin(3).complexity(-sp.oo),
        lambda: PSpin(3).mean_critical_points(5, -sp.oo),
        lambda: PSpin(3).mean_euler_characteristic(5, float("-inf")),
        lambda: PSpin(3).asymptotics(5, float("nan")),
        lambda: PSpin(3).simulate(4, rng="x"),
        lambda: PSpin(3).simulate(4, rng=-1),
        lambda: TwoPlayerSpinGlass(2, 1, 1, "1/2").simulate(4, rng=1.5),
        lambda: hessian_law(1, -1),
        lambda: hessian_law("x", 1),
        lambda: index(-1, 1),
        lambda: index_exponent(2),
        lambda: local.test_universality(np.zeros((10, 30))),
        lambda: local.unfold(np.repeat(np.arange(30.0), 2), Semicircle(1)),
        lambda: damping.effective_damping(Uniform(0, 3), Semicircle(1), "1/10"),
        lambda: damping.effective_damping(PointMass(0), Semicircle(1), 1),
        lambda: outliers(Uniform(0, 1), Semicircle(1), ["x"]),
        lambda: outliers(Uniform(0, 1), Semicircle(1), [float("nan")]),
    ],
)
def test_bad_input_is_refused_with_a_reason(call) -> None:
    with pytest.raises(FreeprobError) as caught:
        call()
    assert isinstance(caught.value, InvalidParameterError)
    assert len(str(caught.value)) > 20
