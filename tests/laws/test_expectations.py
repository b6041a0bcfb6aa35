"""Expectations, entropies and information of laws, against formulas and independent routes."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.laws.base import Law

from .catalogue import HALF, LAWS, MP, SC, THREE, VALUES

x = sp.Symbol("x")
c, g = sp.symbols("c g", positive=True)
SUM = fp.boxplus(SC(), MP(HALF))
COIN = fp.Atomic({1: HALF, 2: HALF})


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_resolvents_integrate_to_G_and_moduli_to_the_distribution(law: Law) -> None:
    law = law.subs({symbol: VALUES[symbol] for symbol in law.parameters})
    value = law.expect((x - 3) / ((x - 3) ** 2 + 4), x)
    assert float(value) == pytest.approx(-law.cauchy(3 + 2j).real, abs=1e-12)
    step = law.expect(sp.Piecewise((1, x <= sp.Rational(7, 10)), (0, True)), x)
    assert float(step) == pytest.approx(law.cdf(0.7), abs=1e-12)


def test_moments_and_sums_over_atoms_are_exact() -> None:
    assert SC().expect(x**4 + 1, x) == 3
    assert sp.simplify(MP(c).expect(x**2, x) - 1 - c) == 0
    assert COIN.expect(sp.log(x), x) == sp.log(2) / 2
    assert COIN.expect(sp.exp(g * x), x) == sp.exp(g) / 2 + sp.exp(2 * g) / 2
    assert str(COIN.expect(sp.log(x), x, dps=20)) == "0.34657359027997265471"
    assert SC().expect(7) == 7


@pytest.mark.parametrize(
    "law",
    [SC(), SC(2, 1), MP(1), MP(HALF), MP(2), MP(HALF, 3), fp.Arcsine(-1, 1), fp.Arcsine(0, 3)],
)
def test_formulas_of_logarithms_are_the_numbers_of_the_potential(law: Law) -> None:
    for rate in (sp.Rational(1, 7), sp.Rational(1, 10), -sp.Rational(1, 20)):
        formula = law.expect(sp.log(1 + rate * x), x)
        assert isinstance(formula, sp.Expr)
        assert float(formula) == pytest.approx(law.shannon(rate), abs=1e-13)
    general = law.expect(sp.log(1 + g * x), x)
    assert float(general.subs(g, sp.Rational(1, 9))) == pytest.approx(law.shannon(1 / 9), abs=1e-13)


def test_the_formula_of_tulino_and_verdu() -> None:
    found = MP(c).expect(sp.log(1 + g * x), x)
    roots = [sp.sqrt(g * (1 + sign * sp.sqrt(c)) ** 2 + 1) for sign in (1, -1)]
    F = (roots[0] - roots[1]) ** 2 / 4
    closed = sp.log(1 + g - F) + sp.log(1 + g * c - F) / c - F / (c * g)
    for values in ({c: HALF, g: 3}, {c: 2, g: sp.Rational(1, 5)}, {c: 1, g: 10}):
        assert abs(sp.N((found - closed).subs(values), 40)) < 1e-35


def test_numbers_of_smooth_functions() -> None:
    assert MP(HALF).expect(lambda v: math.exp(-v)) == pytest.approx(
        MP(HALF).expect(sp.exp(-x), x), abs=1e-15
    )
    assert SC().expect(sp.cos(50 * x), x) == pytest.approx(
        float(mpmath.besselj(1, 100)) / 50, abs=1e-14
    )
    assert SC().expect(nets.relu) == pytest.approx(4 / (3 * math.pi), abs=1e-15)
    assert SC().expect(nets.tanh) == pytest.approx(0, abs=1e-15)
    assert SUM.expect(sp.log(sp.Abs(x)), x) == SUM.log_potential(0)
    assert MP(HALF).expect(sp.log(x), x) == pytest.approx(math.log(2) - 1, abs=1e-14)
    assert fp.Arcsine(-1, 1).expect(sp.log(sp.Abs(1 - x**2)), x) == pytest.approx(
        -2 * math.log(2), abs=1e-13
    )


def test_fifty_digits() -> None:
    with mpmath.workdps(60):
        least = mpmath.mpf(10) ** -48
        golden = MP(HALF).expect(1 / (1 + x), x, dps=50)
        assert abs(golden + MP(HALF).cauchy(-1, dps=50).real) < least
        wave = SC().expect(sp.cos(x), x, dps=50)
        assert abs(wave - mpmath.besselj(1, 2)) < least
        kink = SC().expect(sp.Abs(x), x, dps=50)
        assert abs(kink - 8 / (3 * mpmath.pi)) < least
        log = MP(HALF).expect(sp.log(x), x, dps=50)
        assert abs(log - mpmath.log(2) + 1) < least
        tiny = SC().expect(sp.Rational(1, 10**30) * sp.cos(x), x, dps=20)
        assert abs(tiny * mpmath.mpf(10) ** 30 / mpmath.besselj(1, 2) - 1) < 1e-19
        assert SC().expect(sp.tanh(x), x, dps=15) == 0
        called = SC().expect(lambda v: v**2, dps=50)
        assert abs(called - 1) < least


def test_infinite_expectations_are_infinite() -> None:
    assert MP(1).expect(1 / x, x) == np.inf
    assert SC().expect(1 / x**2, x) == np.inf
    assert MP(2).expect(sp.log(x), x) == -np.inf
    heavy = fp.Cauchy(0, 1)
    assert heavy.expect(x**2, x) == np.inf
    assert heavy.expect(sp.sqrt(sp.Abs(x)), x) == pytest.approx(math.sqrt(2), rel=1e-11)
    assert fp.Atomic({0: HALF, 1: HALF}).expect(sp.log(x), x) == -sp.oo
    for law in (SC(), heavy):
        with pytest.raises(UndefinedOperationError, match="both signs"):
            law.expect(1 / x if law == SC() else x, x)


def test_what_is_no_expectation_is_refused() -> None:
    with pytest.raises(UndefinedOperationError, match="not real"):
        SC().expect(sp.log(x), x)
    with pytest.raises(NoClosedFormError, match="values to c"):
        SC().expect(sp.sin(c * x), x)
    with pytest.raises(InvalidParameterError, match="variable"):
        SC().expect(c * x)
    with pytest.raises(InvalidParameterError, match="parameter of the law"):
        MP(c).expect(c, c)
    for f in ("a", None, lambda v: "a"):
        with pytest.raises(InvalidParameterError):
            SC().expect(f)


@pytest.mark.parametrize("variance", [1, HALF, 3])
def test_the_free_entropy_and_information_of_semicircles(variance: sp.Expr) -> None:
    law = SC(variance, 2)
    assert law.free_entropy() == pytest.approx(
        math.log(2 * math.pi * math.e * float(variance)) / 2, abs=1e-13
    )
    assert law.fisher_information() == pytest.approx(1 / float(variance), abs=1e-13)


def test_entropies_to_digits() -> None:
    with mpmath.workdps(50):
        largest = mpmath.log(2 * mpmath.pi * mpmath.e) / 2
        assert abs(SC().free_entropy(dps=40) - largest) < mpmath.mpf(10) ** -39
        assert abs(SC().fisher_information(dps=40) - 1) < mpmath.mpf(10) ** -39
    assert str(MP(HALF).free_entropy(dps=14))[:15] == "0.9757913526447"
    assert MP(HALF).free_entropy() == pytest.approx(0.9757913526447, abs=1e-13)


def test_the_entropy_of_laws_whose_density_jumps() -> None:
    # E log|x - y| of two uniform points of [0, 1] is -3/2
    expected = -1.5 + 0.75 + math.log(2 * math.pi) / 2
    assert fp.Uniform(0, 1).free_entropy() == pytest.approx(expected, abs=1e-13)
    with pytest.raises(ConvergenceError, match="double integral"):
        fp.Uniform(0, 1).free_entropy(dps=15)


def test_information_is_the_derivative_of_the_entropy_along_the_semicircular_flow() -> None:
    chi = [fp.boxplus(MP(HALF), SC(1 + k * HALF / 50)).free_entropy() for k in (-2, -1, 1, 2)]
    slope = (chi[0] - 8 * chi[1] + 8 * chi[2] - chi[3]) / (12 * 0.01)
    assert 2 * slope == pytest.approx(SUM.fisher_information(), rel=1e-6)
    assert SUM.fisher_information() > 1 / 2


def test_atoms_and_hard_edges_have_no_entropy_and_no_information() -> None:
    assert THREE.free_entropy() == -np.inf
    assert MP(2).free_entropy(dps=20) == -mpmath.inf
    assert MP(2).fisher_information() == np.inf
    assert MP(1).fisher_information(dps=20) == mpmath.inf
    assert math.isfinite(MP(1).free_entropy())
    assert fp.Cauchy(0, 1).fisher_information() == pytest.approx(0.5, abs=1e-13)
    with pytest.raises(InvalidParameterError, match="values"):
        MP(c).free_entropy()
    with pytest.raises(ConvergenceError):
        SC().expect(lambda v: 1 / v**2)
