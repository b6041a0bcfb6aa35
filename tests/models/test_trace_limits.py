"""Derivatives of traces and their limits, against published digits and closed forms."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from tests.models.random_features import (
    ETA,
    PSI1,
    PSI2,
    RELU,
    RIDGE,
    ZETA,
    N,
    features,
    other_side,
)

X = fp.Ginibre("X", N, N, 1 / N)
ONE = sp.Identity(N)
SQUARE = (X * X.T + RIDGE * ONE).inverse()
CONTEXT = mpmath.MPContext()
CONTEXT.dps = 30


def close(value: object, wanted: str, digits: int = 20) -> bool:
    """Whether a number agrees to that many digits."""
    return abs(value / CONTEXT.mpf(wanted) - 1) < CONTEXT.mpf(10) ** -digits


@pytest.mark.parametrize(
    ("psi", "ridge", "signal", "noise"),
    [
        ((2, 3), "3/100", "0.4127763894311841325288", "0.7538584218486499357130"),
        ((3, 3), "3/1000", "0.5770988147651533234780", "2.953973916591988650314"),
    ],
)
@mpmath.workdps(30)
def test_signal_and_noise_coefficients_are_derivatives(
    psi: tuple[int, int], ridge: str, signal: str, noise: str
) -> None:
    # Mei-Montanari (2022) by Adlam-Pennington (2020): -τ₂'/τ₁² and -τ₁'/τ₁² - 1
    K, gram = features()
    values = {PSI1: psi[0], PSI2: psi[1], RIDGE: sp.Rational(ridge), **RELU}
    one = fp.normalized_trace(K.inverse())
    two = fp.normalized_trace(gram * K.inverse())
    tau, slope, other = (
        trace.subs(values).evaluate(dps=26) for trace in (one, one.diff(RIDGE), two.diff(RIDGE))
    )
    assert close(-other / tau**2, signal)
    assert close(-slope / tau**2 - 1, noise)


def test_chi_is_a_product_of_the_two_sides() -> None:
    # Mei-Montanari: χ = ν₁ν₂ = -(η - ζ) ψ₂ τ₁ γ τ̃₁ with the traces of both resolvents
    values = {PSI1: 2, PSI2: 3, RIDGE: sp.Rational(3, 100), **RELU}
    K, _ = features()
    one, two = (
        fp.normalized_trace(matrix.inverse()).subs(values).evaluate(dps=20)
        for matrix in (K, other_side())
    )
    mu = CONTEXT.mpf(1) / 4 - 1 / (2 * CONTEXT.pi)
    assert close(-mu * 3 * one * two * CONTEXT.mpf("0.03"), "-0.8803412535961297", 15)


@pytest.mark.parametrize(
    ("psi", "chi", "bias", "variance"),
    [
        ((2, 3), "-1.2282997976153268647", "0.68489939284598059425", "2"),
        (
            (sp.Rational(1, 2), 3),
            "-0.17497822076444199021",
            "0.80997386491733038825",
            "0.2",
        ),
    ],
)
@mpmath.workdps(30)
def test_ridgeless_random_features(
    psi: tuple[object, int], chi: str, bias: str, variance: str
) -> None:
    # fewer features than samples: τ₁ ~ a/γ, so the coefficients have limits by leading terms
    K, gram = features()
    values = {PSI1: psi[0], PSI2: psi[1], **RELU}
    one, two = fp.normalized_trace(K.inverse()), fp.normalized_trace(gram * K.inverse())
    terms = [
        trace.subs(values).limit(RIDGE).leading(dps=26)
        for trace in (one, one.diff(RIDGE), two.diff(RIDGE))
    ]
    assert [power for power, _ in terms] == [-1, -2, -2]
    tau, slope, other = (coefficient for _, coefficient in terms)
    assert close(tau, str(CONTEXT.mpf(1) - CONTEXT.mpf(psi[0]) / psi[1]))
    assert close(-other / tau**2, bias)
    assert close(-slope / tau**2 - 1, variance)
    power, companion = (
        fp.normalized_trace(other_side().inverse()).subs(values).limit(RIDGE).leading(dps=26)
    )
    assert power == 0
    mu = CONTEXT.mpf(1) / 4 - 1 / (2 * CONTEXT.pi)
    assert close(-mu * psi[1] * tau * companion, chi, 19)


def test_more_features_than_samples_have_a_finite_ridgeless_trace() -> None:
    # χ = -(√((ψζ²-ζ²-1)²+4ζ²ψ) + ψζ²-ζ²-1)/(2ζ²), ζ² = μ₁²/μ*², ψ = min(ψ₁, ψ₂), γτ̃₁ → 1 - ψ₂/ψ₁
    K, _ = features()
    limit = fp.normalized_trace(K.inverse()).limit(RIDGE).subs({PSI1: 3, PSI2: 2, **RELU})
    mu = CONTEXT.mpf(1) / 4 - 1 / (2 * CONTEXT.pi)
    square = 1 / (4 * mu)
    middle = 2 * square - square - 1
    chi = -(CONTEXT.sqrt(middle**2 + 8 * square) + middle) / (2 * square)
    value = limit.evaluate(dps=26)
    assert close(value, str(-chi * 3 / (mu * 2)))
    assert not close(value, str(-chi * 2 / (mu * 2)), 2)
    exact = limit.equation(x := sp.Symbol("x"))
    assert abs(exact.lhs.subs(x, sp.Float(str(value), 26)).evalf(26)) < 1e-18


def test_at_the_interpolation_threshold_the_power_is_one_half() -> None:
    K, _ = features()
    trace = fp.normalized_trace(K.inverse()).subs({PSI1: 2, PSI2: 2, **RELU})
    power, coefficient = trace.limit(RIDGE).leading(dps=20)
    assert power == sp.Rational(-1, 2)
    far = trace.subs({RIDGE: sp.Rational(1, 10**12)}).evaluate(dps=20)
    assert abs(far / coefficient / 10**6 - 1) < 1e-5
    with pytest.raises(UndefinedOperationError, match="-1/2"):
        trace.limit(RIDGE).evaluate()


def test_limits_of_a_square_gram_matrix() -> None:
    # γ τ² + γ τ = 1, so τ = γ^(-1/2) - 1/2 + …; at γ = 2 nothing happens
    trace = fp.normalized_trace(SQUARE)
    assert trace.limit(RIDGE).leading() == (sp.Rational(-1, 2), 1)
    assert trace.limit(RIDGE, 2).evaluate(dps=20) == trace.subs({RIDGE: 2}).evaluate(dps=20)
    product = fp.normalized_trace(RIDGE * SQUARE)
    assert product.limit(RIDGE).evaluate() == 0
    assert product.limit(RIDGE).leading()[0] == sp.Rational(1, 2)
    slope, second = (trace.diff(*[RIDGE] * k).limit(RIDGE).leading() for k in (1, 2))
    assert slope == (sp.Rational(-3, 2), sp.Rational(-1, 2))
    assert second == (sp.Rational(-5, 2), sp.Rational(3, 4))


def test_radicals_among_the_constants() -> None:
    # a population with eigenvalues √2 and 0: what is singular keeps 1/γ, half of the space
    A = fp.Deterministic("A", fp.Atomic({sp.sqrt(2): "1/2", 0: "1/2"}), N)
    trace = fp.normalized_trace((A + RIDGE * ONE).inverse())
    assert trace.limit(RIDGE).leading() == (-1, sp.S.Half)
    rest = fp.normalized_trace(A * (A + RIDGE * ONE).inverse())
    assert rest.limit(RIDGE).evaluate(dps=20) == 0.5


@pytest.mark.parametrize("order", [1, 2])
@mpmath.workdps(30)
def test_derivatives_are_powers_of_the_resolvent(order: int) -> None:
    A = fp.Deterministic("A", fp.Atomic({1: "1/2", 3: "1/2"}), N)
    K = X * X.T + A + RIDGE * ONE
    slope = fp.normalized_trace(K.inverse()).diff(*[RIDGE] * order).subs({RIDGE: 1})
    power = fp.normalized_trace(K ** -(order + 1)).subs({RIDGE: 1})
    factor = (-1) ** order * sp.factorial(order)
    assert close(slope.evaluate(dps=26), str(power.evaluate(dps=26) * factor))


def test_derivative_by_a_parameter_inside() -> None:
    # d/dc tr (c XXᵀ + 1)⁻¹ = -tr XXᵀ (c XXᵀ + 1)⁻²
    K = ETA * X * X.T + ONE
    slope = fp.normalized_trace(K.inverse()).diff(ETA).subs({ETA: 3}).evaluate(dps=20)
    other = fp.normalized_trace(-X * X.T * K**-2).subs({ETA: 3}).evaluate(dps=20)
    assert close(slope, str(other), 18)


def test_tangent_kernel_regression() -> None:
    # n₀ = 500, n₁ = 1000, m = 800, γ = 1/20, normalised erf: K + σ²((η' - ζ) + ζ XᵀX/n₀)
    angle, slope = sp.asin(sp.Rational(2, 3)), sp.Symbol("slope", positive=True)
    K, gram = features()
    kernel = K + (slope - ZETA) * sp.Identity(PSI2 * N) + ZETA * gram
    values = {
        PSI1: 2,
        PSI2: sp.Rational(8, 5),
        RIDGE: sp.Rational(1, 20),
        ETA: 1,
        ZETA: 2 / (3 * angle),
        slope: 2 / (sp.sqrt(5) * angle),
    }
    one, two = (
        fp.normalized_trace(matrix).subs(values).evaluate(dps=24)
        for matrix in (kernel.inverse(), gram * kernel.inverse())
    )
    assert close(one, "1.224749061749088823924")
    assert close(two, "0.2938475565059293076142")


def test_refusals() -> None:
    trace = fp.normalized_trace(SQUARE)
    with pytest.raises(InvalidParameterError, match="no free parameter"):
        trace.diff(ETA)
    with pytest.raises(InvalidParameterError, match="no free parameter"):
        trace.limit(N)
    with pytest.raises(InvalidParameterError, match="eta"):
        fp.normalized_trace(ETA * SQUARE).limit(RIDGE).evaluate()
    with pytest.raises(ConvergenceError, match="meets the spectrum"):
        trace.limit(RIDGE, -3).evaluate()


def test_limits_are_formulas_by_regime() -> None:
    N, gamma, lam = sp.symbols("N gamma lambda", positive=True)
    X = fp.Ginibre("X", N, N / gamma)
    R = (gamma * X * X.T / N + lam * sp.Identity(N)).inverse()
    below, above = gamma < 1, gamma > 1
    expected = {
        R: ((1 / (1 - gamma), below), (sp.oo, above)),
        lam * R: ((0, below), (1 - 1 / gamma, above)),
        R * R: ((1 / (1 - gamma) ** 3, below), (sp.oo, above)),
    }
    for matrix, pieces in expected.items():
        found = fp.normalized_trace(matrix).limit(lam, 0).expression
        for (value, where), (right, condition) in zip(found.args, pieces, strict=True):
            assert where == condition
            assert value == right or sp.simplify(value - right) == 0
        # the twin: numbers of the other regime differ
        assert found.subs(gamma, sp.Rational(1, 2)) != found.subs(gamma, 2)
    number = fp.normalized_trace(lam * R).subs({gamma: 3}).limit(lam, 0)
    assert number.expression == sp.Rational(2, 3)
