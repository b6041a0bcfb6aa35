"""Means of functions with singularities, steps or complex values, and of those without a mean."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import ConvergenceError, UndefinedOperationError

x = sp.Symbol("x")
Q = sp.Rational


def activation(expr):
    return nets.Activation(expr, x)


# own sources: closed forms
NUMBERS = {
    "log": (sp.log(sp.Abs(x)), 0, -(sp.EulerGamma + sp.log(2)) / 2),
    "floor": (sp.floor(x), 0, -Q(1, 2)),
    "ceiling": (sp.ceiling(x), 0, Q(1, 2)),
    "root and exponential": (sp.sqrt(sp.Abs(x)) + sp.exp(x / 2), 1, sp.exp(Q(1, 8)) / 2),
    # int exp(-1/z^2 - z^2/2) dz = sqrt(2 pi) exp(-sqrt(2))
    "essential": (sp.exp(-1 / x**2), 0, sp.exp(-sp.sqrt(2))),
    "steep": (sp.Abs(x) ** Q(-9, 10) + sp.atan(x), 0, None),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    expr, derivative, value = NUMBERS[name]
    if value is None:
        # E|z|^p = 2^(p/2) Gamma((p + 1)/2)/sqrt(pi), the arctangent is odd
        value = 2 ** Q(-9, 20) * sp.gamma(Q(1, 20)) / sp.sqrt(sp.pi)
    found = activation(expr).expect(1, derivative=derivative)
    assert abs(found.evalf(12) / value.evalf(15) - 1) < 1e-11


def test_a_cosine_of_an_exponential():
    context = mpmath.MPContext()
    panels = [-9, -4, 0, 1, 2] + [2 + i / 32 for i in range(1, 150)]
    expected = context.quad(
        lambda z: context.cos(context.exp(z)) * context.npdf(z), panels, maxdegree=8
    )
    assert abs(activation(sp.cos(sp.exp(x))).mean(1).evalf(10) - expected) < 1e-8


@pytest.mark.parametrize(
    "expr", [sp.tan(x), 1 / (x - 1), 1 / x, sp.sin(1 / x) / x**2, sp.cot(x), x / (x**2 - 4)]
)
def test_functions_without_a_mean(expr):
    with pytest.raises((UndefinedOperationError, ConvergenceError)):
        activation(expr).expect(1).evalf(10)
    with pytest.raises((UndefinedOperationError, ConvergenceError)):
        activation(expr).expect_function()(1.0)


def test_odd_functions_have_mean_zero_if_they_have_one():
    for f in (nets.softsign, activation(sp.atan(x) / (1 + sp.Abs(x)))):
        assert f.mean(1) == 0
        assert sp.N(f.mean(1)) == 0
        assert nets.MeanField(f, 4, 0).correlation_fixed_point(dps=20) == 0


def test_correlations_of_odd_functions_without_bias_are_lost():
    assert nets.MeanField(nets.tanh, Q(3, 2), 0).correlation_fixed_point(dps=30) == 0


def test_complex_functions():
    found = nets.gaussian_expectation(1 / (2 + sp.I - sp.sech(x) ** 4), x, 1).evalf(15)
    expected = sp.Float("0.4523708005983891") - sp.Float("0.3186209028125986") * sp.I
    assert abs(found - expected) < 1e-14
    assert nets.gaussian_expectation(sp.exp(sp.I * x), x, 1) == sp.exp(-Q(1, 2))


def test_switching_places_of_increasing_functions_are_found():
    third = activation(sp.Abs(sp.tanh(x) - Q(1, 3)))
    assert third.pieces.breaks == (sp.atanh(Q(1, 3)),)
    both = activation(sp.Max(sp.exp(x), sp.exp(-2 * x) + 1))
    (place,) = both.pieces.breaks
    assert abs(sp.exp(place) - sp.exp(-2 * place) - 1).evalf(20) < 1e-18
    with pytest.raises(UndefinedOperationError, match="one for each place") as caught:
        activation(sp.Max(sp.tanh(x), sp.sin(x))).expect(1, derivative=1)
    assert "positive" not in str(caught.value)
    # the advice works
    advised = activation(sp.Piecewise((sp.tanh(x), x < 0), (sp.sin(x), True)))
    assert advised.expect(1, 2).evalf(5) > 0


@pytest.mark.parametrize(
    "function",
    [
        sp.Max(sp.tanh(x), sp.erf(x)),
        sp.Min(sp.tanh(x), sp.erf(x)),
        sp.Abs(x / 2 - sp.tanh(x)),
        sp.Max(x, sp.exp(x) - 1),
        sp.Abs(sp.sin(x)),
        sp.Max(sp.sin(x), sp.cos(x)),
    ],
    ids=str,
)
def test_unknown_switching_places_are_asked_for_where_they_can_be_written(function):
    # sin switches without end, so that no list of conditions stands for it
    with pytest.raises(UndefinedOperationError, match="where they are finitely many, write it"):
        activation(function).mean(1)


def test_larger_and_smaller_of_two_sigmoids_with_their_place():
    # erf rises faster than tanh at 0 and is nearer to 1 beyond: they meet at 0 alone
    larger = activation(sp.Piecewise((sp.tanh(x), x < 0), (sp.erf(x), True)))
    smaller = activation(sp.Piecewise((sp.erf(x), x < 0), (sp.tanh(x), True)))
    context = mpmath.MPContext()
    context.dps = 20

    def mean(pick):
        def weighted(t):
            return pick(context.tanh(t), context.erf(t)) * context.npdf(t)

        return context.quad(weighted, [-12, -4, -1, 0, 1, 4, 12])

    assert abs(larger.mean(1).evalf(15) - mean(max)) < 1e-14
    assert abs(smaller.mean(1).evalf(15) - mean(min)) < 1e-14


@pytest.mark.slow
def test_softsign_next_to_correlation_one():
    value = nets.softsign.dual(1, Q(99, 100), 1)
    context = mpmath.MPContext()
    context.dps = 25

    def radial(angle):
        # polar coordinates: both factors are smooth inside a sector
        u, v = context.cos(angle), context.cos(angle - context.acos(context.mpf("0.99")))
        return context.quad(
            lambda r: (
                r * u * r / (1 + abs(u) * r) * v * r / (1 + abs(v) * r) * context.exp(-r * r / 2)
            ),
            [0, 2, 5, 14],
        ) / (2 * context.pi)

    half, tilt = context.pi / 2, context.acos(context.mpf("0.99"))
    expected = 2 * context.quad(radial, [-half, tilt - half, half])
    assert abs(value.evalf(15) - expected) < 1e-13


@pytest.mark.parametrize("f", [nets.tanh, nets.softplus, nets.swish, nets.mish, nets.gelu_tanh])
def test_variances_of_a_million(f):
    context = mpmath.MPContext()
    function = sp.lambdify(
        x, f(x), modules=[{n: getattr(context, n) for n in ("tanh", "exp", "log", "sqrt", "pi")}]
    )
    ends = [-9, -1, -0.1, -0.02, -0.004, 0, 0.004, 0.02, 0.1, 1, 9]
    expected = context.quad(lambda z: function(1000 * z) ** 2 * context.npdf(z), ends, maxdegree=9)
    assert abs(f.expect(10**6, 2).evalf(10) / expected - 1) < 1e-9


def test_kernels_of_large_variances():
    assert (
        abs(nets.tanh.dual(10**4, Q(10**4, 3), 10**4).evalf(10) - sp.Float("0.2163283860")) < 1e-10
    )
    assert nets.critical_line(nets.tanh, 10**4, dps=10)[0] > 0


@pytest.mark.parametrize("f", [sp.log(1 + x**2), sp.log(1 - x / 9 + x**2) + x**3], ids=str)
def test_logarithms_of_one_and_a_small_number_keep_their_digits(f):
    lengths = np.array([1e-12, 4.302639300404068e-5, 1e-3, 1.0])
    found = nets.Activation(f, x).expect_function(power=2)(lengths)
    with mpmath.workdps(40):
        compiled = sp.lambdify(x, f**2, "mpmath")
        for q, value in zip(lengths, found, strict=True):
            mean = mpmath.quad(
                lambda z, q=q: compiled(mpmath.sqrt(q) * z) * mpmath.npdf(z), [-14, -4, 0, 4, 14]
            )
            assert abs(value / mean - 1) < 1e-13
