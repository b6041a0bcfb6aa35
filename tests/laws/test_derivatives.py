"""Derivatives of the Cauchy transform, by Taylor series on the structured curve."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.laws.base import Law

from .catalogue import HALF, LAWS, MP, SC, THREE, VALUES

CIRCLE = np.exp(2j * np.pi * np.arange(64) / 64)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_derivatives_are_those_of_cauchys_formula(law: Law) -> None:
    law = law.subs({symbol: VALUES[symbol] for symbol in law.parameters})
    points = np.array([-3.1 + 0.5j, 0.3 + 0.2j, 0.71 + 0.3j, 1.9 - 1j])
    radius = np.abs(points.imag) / 2
    G = law.cauchy(points[:, None] + radius[:, None] * CIRCLE)
    for order in (1, 2, 3):
        expected = sp.factorial(order) * np.mean(G * CIRCLE**-order, axis=1) / radius**order
        found = law.cauchy(points, derivative=order)
        assert found == pytest.approx(expected.astype(complex), rel=1e-10)


def test_derivatives_of_sums_over_data() -> None:
    data = fp.Empirical([sp.Rational(k**2, 300) for k in range(300)])
    law, z, radius = fp.boxplus(data, SC()), 40.5 + 2j, 0.5
    G = law.cauchy(z + radius * CIRCLE)
    for order in (1, 2):
        expected = complex(sp.factorial(order)) * np.mean(G * CIRCLE**-order) / radius**order
        assert law.cauchy(z, derivative=order) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("law", "x"),
    [
        (SC(), 1),
        (SC(), 3),
        (fp.boxplus(SC(), MP(HALF)), "1/3"),
        (fp.boxplus(THREE, MP(HALF)), -4),
        (fp.Uniform(), "0.3"),
        (fp.boxplus(fp.Uniform(), SC()), "0.3"),
        (fp.Cauchy(0, 1), 2),
    ],
    ids=str,
)
def test_fifty_digits_of_derivatives_on_the_axis_agree_with_differences(
    law: Law, x: object
) -> None:
    exact = sp.Rational(x)
    step = sp.Rational(1, 10**14)
    for order in (0, 1):
        with mpmath.workdps(70):
            slope = law.cauchy(exact, 50, derivative=order + 1)
            ends = [law.cauchy(exact + side * step, 60, derivative=order) for side in (1, -1)]
            difference = (ends[0] - ends[1]) * mpmath.mpf(10) ** 14 / 2
            assert abs(slope - difference) < 1e-24 * abs(slope)
        floats = law.cauchy(float(exact), derivative=order + 1)
        assert floats == pytest.approx(complex(slope), rel=1e-12)


def test_the_semicircles_derivatives_are_the_closed_ones() -> None:
    x = sp.Symbol("x")
    closed = sp.diff((x - sp.I * sp.sqrt(4 - x**2)) / 2, x, 3).subs(x, 1)
    value = SC().cauchy(1, derivative=3, dps=50)
    assert str(value.imag) == str(sp.N(sp.im(closed), 50))
    assert value.real == 0
    assert SC().cauchy([[0.5, 3]], derivative=1).shape == (1, 2)
    assert SC().cauchy(0.5, derivative=0) == SC().cauchy(0.5)


def test_far_out_and_near_edges_no_digits_are_lost() -> None:
    law = fp.boxplus(SC(), MP(HALF))
    assert law.cauchy(1e8, derivative=1) == pytest.approx(-1e-16 * (1 + 2e-8), rel=1e-12)
    edge = law.edges(dps=30)[-1].location
    near = float(edge) + 1e-9
    exact = law.cauchy(sp.Rational(near), derivative=1, dps=20)
    assert law.cauchy(near, derivative=1).real == pytest.approx(float(exact.real), rel=1e-6)


def test_there_are_none_at_edges_and_atoms_and_of_no_other_orders() -> None:
    for law, x in ((SC(), 2), (THREE, 2), (MP(2), 0)):
        with pytest.raises(ConvergenceError, match="no derivative"):
            law.cauchy(x, derivative=1)
    for order in (-1, HALF, None, 101):
        with pytest.raises(InvalidParameterError, match="derivative must be a whole number"):
            SC().cauchy(3, derivative=order)
