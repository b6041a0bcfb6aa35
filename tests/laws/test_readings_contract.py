"""Every reading of every law of the contract, by a second route, and to fifty digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.laws.base import Law
from tests.laws.test_contract import CASES

x = sp.Symbol("x")
LAWS = [law.subs(values) for law, values in CASES]
PLACE, STEP = complex(0.7, 0.9), 1e-4
# central differences of functions analytic in a disc of radius 0.9: STEP²/0.9³ and rounding / STEP
DIFFERENCE = 1e-7


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_derivatives_of_the_potential_are_G(law: Law) -> None:
    along = (law.log_potential(PLACE + STEP) - law.log_potential(PLACE - STEP)) / (2 * STEP)
    across = (law.log_potential(PLACE + 1j * STEP) - law.log_potential(PLACE - 1j * STEP)) / (
        2 * STEP
    )
    assert complex(along, -across) == pytest.approx(law.cauchy(PLACE), abs=DIFFERENCE)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_derivatives_of_G_are_those_of_its_values(law: Law) -> None:
    slope = (law.cauchy(PLACE + STEP) - law.cauchy(PLACE - STEP)) / (2 * STEP)
    assert law.cauchy(PLACE, derivative=1) == pytest.approx(slope, abs=DIFFERENCE)
    slopes = law.cauchy(np.array([PLACE + STEP, PLACE - STEP]), derivative=1)
    bend = (slopes[0] - slopes[1]) / (2 * STEP)
    assert law.cauchy(PLACE, derivative=2) == pytest.approx(bend, abs=10 * DIFFERENCE)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_expectations_of_resolvents_are_G(law: Law) -> None:
    a, b = sp.Rational(7, 10), sp.Rational(9, 10)
    kernel = b / ((x - a) ** 2 + b**2)
    assert float(law.expect(kernel, x)) == pytest.approx(-law.cauchy(PLACE).imag, rel=1e-9)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_expectations_of_powers_are_moments(law: Law) -> None:
    try:
        moments = law.moments(3)
    except fp.errors.UndefinedOperationError:
        assert not np.isfinite(float(law.expect(x**2, x)))
        return
    for k, moment in enumerate(moments, start=1):
        assert float(law.expect(x**k, x)) == pytest.approx(float(moment), rel=1e-9, abs=1e-9)


FIFTY = [
    fp.Semicircle(2, sp.Rational(1, 3)),
    fp.boxplus(fp.MarchenkoPastur(sp.Rational(1, 2)), fp.Semicircle(sp.Rational(1, 3))),
    fp.boxtimes(fp.MarchenkoPastur(sp.Rational(1, 2)), fp.MarchenkoPastur(2)),
    fp.sample_covariance(fp.Atomic({1: "1/2", 3: "1/2"}), sp.Rational(1, 3)),
    fp.mixture({fp.Semicircle(1): "1/3", fp.MarchenkoPastur(2).shift(4): "2/3"}),
]


@pytest.mark.parametrize("law", FIFTY, ids=str)
def test_fifty_digits_of_each_reading(law: Law) -> None:
    """Values are those of ten more digits, and keep the relations between readings."""
    z = sp.Rational(7, 10) + sp.Rational(9, 10) * sp.I
    low, high = (law.support(60)[k][k] for k in (0, -1))
    middle = sp.Rational(str(float(low + (high - low) / 3)))
    readings = {
        "G": lambda dps: law.cauchy(z, dps=dps),
        "G'": lambda dps: law.cauchy(z, derivative=1, dps=dps),
        "U": lambda dps: law.log_potential(z, dps=dps),
        "density": lambda dps: law.density(middle, dps=dps),
        "cdf": lambda dps: law.cdf(middle, dps=dps),
        "E exp": lambda dps: law.expect(sp.exp(-x), x, dps=dps),
    }
    for name, reading in readings.items():
        fifty, sixty = reading(50), reading(60)
        with mpmath.workdps(70):
            assert abs(fifty - sixty) <= mpmath.mpf(10) ** -49 * abs(sixty), name
