"""Functionals of laws: potentials, Shannon transforms, entropies, against closed forms and G."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law

from .catalogue import HALF, LAWS, MP, SC, THIRD, VALUES

SUM = fp.boxplus(SC(), MP(HALF))
# five-point differences with this step are right to 1e-11 of U beside singularities
STEP = 2e-3
STENCIL = np.array([1, -8, 0, 8, -1]) / (12 * STEP)


def capacity(c: float, gamma: np.ndarray) -> np.ndarray:
    """Tulino and Verdú 2004, equation (2.117), for XXᵀ/columns of ratio c, each row's share."""
    roots = [np.sqrt(gamma * (1 + sign * np.sqrt(c)) ** 2 + 1) for sign in (1, -1)]
    F = (roots[0] - roots[1]) ** 2 / 4
    return np.log(1 + gamma - F) + np.log(1 + gamma * c - F) / c - F / (c * gamma)


def test_the_potential_of_a_free_sum_is_that_of_the_reference() -> None:
    assert SUM.log_potential(6) == pytest.approx(1.57654274986407965, abs=1e-15)
    assert str(SUM.log_potential(6, dps=18)) == "1.57654274986407965"


@pytest.mark.parametrize("z", [6, -4, 1 + 1j, 0.3 + 0.01j])
def test_the_potential_of_a_free_sum_is_that_of_its_parts(z: complex) -> None:
    # U = U₁(ω₁) + U₂(ω₂) + log|G|, by ω₁ + ω₂ = z + 1/G and G = G₁(ω₁) = G₂(ω₂)
    G = SUM.cauchy(z)
    first = G + 1 / G
    second = z + 1 / G - first
    parts = SC().log_potential(first) + MP(HALF).log_potential(second) + np.log(abs(G))
    assert SUM.log_potential(z) == pytest.approx(parts, abs=1e-13)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_potential_has_the_derivative_of_G(law: Law) -> None:
    law = law.subs({symbol: VALUES[symbol] for symbol in law.parameters})
    points = np.array([-3.1 + 0.5j, 0.3 + 0.2j, 0.71 + 0.3j, 1.9 + 1j, 2e3 - 5j, 1e4 + 1e2j])
    steps = STEP * np.arange(-2, 3) * np.maximum(1, np.abs(points)[:, None]) / 4
    U = law.log_potential(points[:, None] + steps)
    slopes = U @ STENCIL / np.maximum(1, np.abs(points)) * 4
    assert slopes == pytest.approx(law.cauchy(points).real, rel=1e-8, abs=2e-9)
    for far in (1e12j, -1e15, 1e20j):
        assert law.log_potential(far) == pytest.approx(np.log(abs(far)), abs=1e-9)


def test_the_potential_on_the_support_and_at_its_ends_is_the_closed_one() -> None:
    x = np.array([0, 0.3, 1.9999, 2, 2.0001, 1.99999999999, 3, -2.5, 1e-9, 1 + 1e-9j, 2 + 1e-8j])
    g = (x - np.sqrt(x - 2 + 0j) * np.sqrt(x + 2 + 0j)) / 2
    assert SC().log_potential(x) == pytest.approx((-np.log(g) + g**2 / 2).real, abs=2e-15)
    inside = np.array([-1, -0.9999999, 0, 0.5, 1])
    assert fp.Arcsine(-1, 1).log_potential(inside) == pytest.approx(-np.log(2), abs=3e-14)
    wide = np.array([0.3, -2, 100, 1e6, 1e-8j])
    expected = np.log(np.abs(wide + 1j))
    assert fp.Cauchy(0, 1).log_potential(wide) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(
    ("law", "z"),
    [
        (SC(), 0),
        (SC(), 2),
        (SC(), sp.Rational(1, 10**9)),
        (MP(2), 1),
        (MP(1), 0),
        (SUM, 1),
        (fp.Arcsine(-1, 1), 1),
        (fp.Cauchy(0, 1), 2),
        (fp.mixture({MP(4): HALF, fp.PointMass(1): HALF}), 3),
        (SUM, 1 - sp.I / 3),
        (fp.boxplus(fp.Uniform(), SC()), sp.Rational(1, 3)),
    ],
    ids=str,
)
def test_fifty_digits_of_the_potential_agree_with_floats_and_with_thirty(
    law: Law, z: sp.Expr
) -> None:
    many = law.log_potential(z, dps=50)
    assert float(many) == pytest.approx(law.log_potential(complex(z)), abs=3e-14)
    with mpmath.workdps(60):
        assert abs(many - law.log_potential(z, dps=34)) < mpmath.mpf(10) ** -33


def test_digits_of_the_potential_are_those_of_closed_forms() -> None:
    with mpmath.workdps(60):
        assert abs(SC().log_potential(0, dps=50) + mpmath.mpf(1) / 2) < mpmath.mpf(10) ** -49
        arcsine = fp.Arcsine(-1, 1).log_potential("1/2", dps=50)
        assert abs(arcsine + mpmath.log(2)) < mpmath.mpf(10) ** -49
        heavy = fp.Cauchy(0, 1).log_potential(2, dps=50)
        assert abs(heavy - mpmath.log(5) / 2) < mpmath.mpf(10) ** -49
        square = MP(1).log_potential(0, dps=50)
        assert abs(square + 1) < mpmath.mpf(10) ** -49


def test_atoms_have_infinite_potential_and_enter_it_elsewhere() -> None:
    coin = fp.Atomic({0: THIRD, 1: 1 - THIRD})
    assert coin.log_potential([0, 2]) == pytest.approx([-np.inf, np.log(2) / 3])
    assert coin.log_potential(0, dps=20) == -mpmath.inf
    assert str(coin.log_potential(2, dps=20)) == "0.23104906018664843647"
    assert MP(2).log_potential(0) == -np.inf
    assert MP(2).log_potential(1e-300) == pytest.approx(np.log(1e-300) / 2, abs=2)


@pytest.mark.parametrize("c", [1, HALF, 2, sp.Rational(1, 10)])
def test_the_shannon_transform_of_marchenko_pastur_is_that_of_tulino_and_verdu(c: sp.Expr) -> None:
    gamma = np.array([0.1, 1, 10, 100])
    assert MP(c).shannon(gamma) == pytest.approx(capacity(float(c), gamma), rel=2e-13)
    assert MP(c).shannon(0) == 0
    # γ E X for small γ, without loss
    assert MP(c).shannon(1e-12) == pytest.approx(1e-12, rel=1e-11)


def test_shannon_transforms_to_fifty_digits() -> None:
    value = MP(1).shannon(1, dps=50)
    with mpmath.workdps(60):
        golden = (1 + mpmath.sqrt(5)) / 2
        # ratio 1 at γ = 1: F/4 = 2 - golden, so V = 2 log(golden) - (2 - golden)
        assert abs(value - (2 * mpmath.log(golden) - 2 + golden)) < mpmath.mpf(10) ** -49
        small = MP(1).shannon("1e-40", dps=50)
        assert abs(small * mpmath.mpf(10) ** 40 - 1) < mpmath.mpf(10) ** -39
    assert MP(1).shannon(0, dps=20) == 0


def test_what_has_no_shannon_transform_is_refused() -> None:
    with pytest.raises(UndefinedOperationError, match="not real on the whole support"):
        SC().shannon(1)
    with pytest.raises(InvalidParameterError):
        MP(1).shannon(np.inf)
    with pytest.raises(InvalidParameterError):
        SC().log_potential(np.nan)
    with pytest.raises(InvalidParameterError, match="values"):
        MP(sp.Symbol("c", positive=True)).log_potential(1)
    assert SC().shannon(HALF) == pytest.approx(np.log(0.5) + SC().log_potential(-2), abs=1e-14)
