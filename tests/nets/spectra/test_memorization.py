"""Memorisation of noise by random features, and activations of a prescribed ζ."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError

Q = sp.Rational
RELU = (1, sp.pi / (2 * (sp.pi - 1)))


@pytest.mark.parametrize(
    ("f", "phi", "psi", "gamma", "value"),
    [
        (RELU, "1/2", "3/4", 1, "0.6426617178715164885497"),
        (RELU, "1/2", "3/4", "1/100", "0.3379038975403954435141"),
        (nets.sign, 1, 1, 1, "0.4832906015297493094217"),
        ((1, 0), "1/2", "3/4", 1, "0.5883036880224505775999"),
        ((1, 0), "1/2", "3/4", "1/100", "0.3347112944705531030607"),
        ((1, 1), "1/2", "3/4", 1, "0.7045981624906744833251"),
        ((1, 1), "1/2", "3/4", "1/100", "0.5043149118124722053065"),
        (nets.erf, "1/2", "3/4", 1, "0.7623371902860382435896"),
    ],
)
def test_reference_digits(f, phi, psi, gamma, value) -> None:
    """The table of the reference: the quartic with implicit differentiation."""
    found = nets.memorization_error(f, phi, psi, gamma, dps=20)
    assert abs(sp.Float(str(found), 25) - sp.Float(value, 25)) < 1e-20


def test_small_ridges_interpolate_when_features_are_many() -> None:
    """n₁ = 2m: the error is of order γ², which subtraction must not lose."""
    small, smaller = (
        nets.memorization_error(nets.sign, 1, "1/2", gamma, dps=15) for gamma in ("1e-9", "1e-10")
    )
    assert float(small / smaller) == pytest.approx(100, rel=1e-6)


def test_a_real_layer_with_a_twin() -> None:
    rng = np.random.default_rng(3)
    n0, n1, m, gamma = 450, 600, 750, 0.1
    y = np.sign(rng.normal(size=(n1, n0)) @ rng.normal(size=(n0, m)))
    values = np.linalg.eigvalsh(y.T @ y / m)
    simulated = np.mean((gamma / (values + gamma)) ** 2)
    assert nets.memorization_error(nets.sign, "3/5", "3/4", gamma) == pytest.approx(
        simulated, abs=2e-3
    )
    twin = nets.memorization_error(nets.with_zeta(0), "3/5", "3/4", gamma)
    assert abs(twin - simulated) > 5e-3


def test_bad_memorization() -> None:
    with pytest.raises(InvalidParameterError, match="gamma must be positive"):
        nets.memorization_error(nets.sign, 1, 1, 0)
    eta = sp.Symbol("eta", positive=True)
    with pytest.raises(InvalidParameterError, match="eta"):
        nets.memorization_error((eta, 0), 1, 1, 1)


@pytest.mark.parametrize("zeta", [0, "1/10", "1/2", "0.9", 1, sp.pi / (2 * (sp.pi - 1))])
def test_prescribed_zeta(zeta) -> None:
    f = nets.with_zeta(zeta)
    wanted = sp.sympify(Q(zeta) if isinstance(zeta, str) else zeta)
    for found, value in ((f.mean(1), 0), (f.eta(1), 1), (f.zeta(1), wanted)):
        assert abs(sp.N(found - value, 30)) < 1e-25


def test_known_members_of_the_family() -> None:
    x = sp.Symbol("x", real=True)
    assert nets.with_zeta(1) == nets.linear
    for zeta, f in ((0, nets.abs_), (sp.pi / (2 * (sp.pi - 1)), nets.relu)):
        g, f = nets.with_zeta(zeta), f.centered(1).normalized(1)
        for place in (-2, 1):
            assert abs(sp.N(g(x).subs(x, place) - f(x).subs(x, place), 30)) < 1e-25
    # α = 1/4 has ζ = 0.497663588591934601
    half = nets.with_zeta("0.497663588591934601")
    slopes = half(x).subs(x, -2) - half(x).subs(x, -1), half(x).subs(x, 2) - half(x).subs(x, 1)
    assert sp.N(slopes[0] / slopes[1], 20) == pytest.approx(0.25, abs=1e-15)


@pytest.mark.parametrize("zeta", [-1, "1.1", sp.I, "x"])
def test_bad_zeta(zeta) -> None:
    with pytest.raises(InvalidParameterError):
        nets.with_zeta(zeta)
