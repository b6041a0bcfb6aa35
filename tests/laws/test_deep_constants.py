"""Parameters that are long formulas in transcendental constants: one number each in equations."""

from __future__ import annotations

import pickle
import time

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import special

import freeprob as fp
from freeprob import nets
from freeprob.enclosed_numbers import EnclosedNumber
from freeprob.laws.description.deep_constants import as_one_number, term_by_term, written_out

G, z = sp.symbols("G z")
pi, e = sp.pi, sp.E
BUDGET = 20  # seconds of CPU for one call on a law of depth 3
LONG = 3 * sp.log(1 + sp.log(2) / pi) * sp.sqrt(1 + e / sp.sqrt(pi)) / sp.root(pi, 3)


def test_an_activation_of_given_slope_has_the_law_of_its_two_means() -> None:
    start = time.process_time()
    law, known = nets.gram_law(nets.with_zeta("1/2"), 1, 1), nets.gram_law((1, "1/2"), 1, 1)
    assert law.cauchy(-0.1) == pytest.approx(known.cauchy(-0.1), rel=1e-12)
    assert abs(law.cauchy(-0.1, dps=40) - known.cauchy(-0.1, dps=40)) < 1e-38
    assert law.support(dps=15) == known.support(dps=15)
    assert [edge.exponent for edge in law.edges(dps=10)] == [sp.Rational(-1, 2), sp.Rational(1, 2)]
    x = np.linspace(0.01, 5, 50)
    assert law.density(x) == pytest.approx(known.density(x), rel=1e-9, abs=1e-12)
    assert law.cdf(0.5) == pytest.approx(known.cdf(0.5), rel=1e-9)
    assert [sp.N(m, 20) for m in law.moments(2)] == [sp.N(1, 20), sp.N("9/4", 20)]
    other = nets.gram_law((1, "3/5"), 1, 1)
    assert abs(law.cauchy(-0.1) - other.cauchy(-0.1)) > 0.01
    assert time.process_time() - start < BUDGET


def two_means(f, q: float) -> tuple[float, float]:
    """Variance and linear part of f(√q Z) by Gauss's rule."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / weights.sum()
    values = f(np.sqrt(q) * nodes)
    mean = weights @ values
    return weights @ values**2 - mean**2, (weights @ (nodes * values)) ** 2


LAYERS = {
    "erf": (nets.erf, special.erf),
    "tanh": (nets.tanh, np.tanh),
    "gelu": (nets.gelu, lambda x: x * special.ndtr(x)),
}


@pytest.mark.parametrize("kind", ["erf", "tanh", pytest.param("gelu", marks=pytest.mark.slow)])
def test_layers_follow_one_another(kind: str) -> None:
    """Each layer's own two means by numbers, Fan and Wang's recursion on moments by hand."""
    activation, f = LAYERS[kind]
    law = nets.conjugate_kernel_law(activation, [1, 1, 1])
    q, moments = 1.0, (1.0, 1.0)
    for _ in range(3):
        eta, zeta = two_means(f, q)
        first, second = (moments[0] / q, moments[1] / q**2)
        rows = (eta, zeta**2 * second + 2 * zeta * (eta - zeta) * first + (eta - zeta) ** 2)
        q, moments = eta, (rows[0], rows[1] + rows[0] ** 2)
    assert [float(m) for m in law.moments(2)] == pytest.approx(moments, rel=1e-9)
    ((low, high),) = law.support(dps=10)
    assert low == 0
    assert law.density(float(high) * (1 + 1e-6)) == 0 < law.density(float(high) / 2)


KINDS = {
    "roots of pi": (fp.MarchenkoPastur, sp.sqrt(pi) + sp.cbrt(pi) / 7 + e / 9),
    "nested": (fp.MarchenkoPastur, sp.sqrt(1 + sp.exp(1) / sp.sqrt(1 + sp.log(3) / pi))),
    "long": (fp.Semicircle, LONG),
    "rates": (lambda c: fp.CompoundFreePoisson(c, fp.Atomic([1, 2])), LONG),
    "sum": (lambda c: fp.boxplus(fp.Atomic({0: "1/3", c: "2/3"}), fp.Semicircle(c)), LONG),
    "weights": (lambda c: fp.mixture({fp.Semicircle(1): c / 4, fp.PointMass(3): 1 - c / 4}), LONG),
    "letters": (lambda c: fp.law(c * fp.GOE("x", z) ** 2 + fp.GOE("y", z)), LONG),
}


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_those_of_a_near_fraction(kind: str) -> None:
    made, constant = KINDS[kind]
    start = time.process_time()
    law = made(constant)
    near = made(sp.Rational(str(sp.N(constant, 40))))
    for dps, tolerance in ((None, 1e-10), (25, 1e-23)):
        known = near.cauchy(sp.Rational(-1, 3) + 2 * sp.I, dps=dps)
        assert abs(law.cauchy(sp.Rational(-1, 3) + 2 * sp.I, dps=dps) - known) < tolerance
    assert law.moments(2) == [written_out(moment) for moment in law.moments(2)]
    digits = [sp.N(m - n, 20) for m, n in zip(law.moments(2), near.moments(2), strict=True)]
    assert max(map(abs, digits)) < 1e-18
    assert law.atoms().keys() == near.atoms().keys()
    assert law.support(dps=12) == near.support(dps=12)
    assert time.process_time() - start < BUDGET


def test_what_numbers_are_to_each_other_stays() -> None:
    half = as_one_number(LONG / 2)
    assert half.has(EnclosedNumber)
    assert sp.expand(2 * half - as_one_number(LONG)) == 0
    assert term_by_term(1 - LONG) + term_by_term(LONG) == 1
    assert written_out(as_one_number(LONG)) == LONG
    with mpmath.workdps(40):
        assert abs(mpmath.mpf(str(half.evalf(40))) - mpmath.mpf(str(sp.N(LONG / 2, 40)))) < 1e-38
    assert pickle.loads(pickle.dumps(half)) == half


@pytest.mark.parametrize("constant", [pi, sp.sqrt(pi), sp.sqrt(2) + sp.sqrt(3) + sp.sqrt(5)])
def test_short_constants_and_small_fields_stay_formulas(constant: sp.Expr) -> None:
    assert as_one_number(constant) == constant


def test_equations_show_the_formula() -> None:
    equation = fp.Semicircle(LONG).equation(G, z)
    assert not equation.has(EnclosedNumber)
    assert sp.expand(equation.lhs - (LONG * G**2 - G * z + 1)) == 0
    assert fp.Semicircle(LONG).R(z) == LONG * z
