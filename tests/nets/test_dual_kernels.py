"""Dual kernels: published closed forms, Price's theorem, quadrature, float64 next to |c| = 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.nets import Activation, GaussianDual

x = sp.Symbol("x", real=True)
BASIC = [
    *("linear", "relu", "abs_", "erf", "normal_cdf", "gelu", "selu"),
    *("hard_tanh", "sin", "cos", "exp", "gaussian"),
]
q1, q2, b = sp.symbols("q1 q2 b", positive=True)
k = sp.Symbol("k", real=True)
pi = sp.pi
delta = sp.sqrt(q1 * q2 - k**2)
theta = sp.acos(k / sp.sqrt(q1 * q2))
mean = (q1 + q2) / 2
HALF = sp.Rational(1, 2)

# unequal variances, both signs of the covariance
PAIRS = [
    (sp.Rational(7, 5), sp.Rational(2, 5), sp.Rational(3, 5)),
    (sp.Rational(1, 2), -sp.Rational(1, 4), sp.Rational(9, 5)),
    (sp.Integer(2), sp.Rational(1, 3), sp.Rational(4, 3)),
]
EASY = {
    name: getattr(nets, name)
    for name in (
        [
            "linear",
            "relu",
            "abs_",
            "erf",
            "normal_cdf",
            "gelu",
            "selu",
            "hard_tanh",
            "sin",
            "cos",
            "exp",
            "gaussian",
        ]
    )
} | {
    "leaky_relu": nets.leaky_relu(sp.Rational(1, 5)),
    "elu": nets.elu(sp.Rational(3, 2)),
    "sin_wave": nets.sin_wave(sp.Rational(3, 2), sp.Rational(1, 3)),
    "soft_threshold": nets.piecewise_linear([-1, 2], [0, 0], 1, 1),
    "hermite": nets.hermite(3),
    "monomial": nets.monomial(4),
    "relu_squared": Activation(sp.Max(0, x) ** 2, x),
    "relu_cubed": Activation(sp.Max(0, x) ** 3, x),
}
JUMPING = {"step": nets.step, "sign": nets.sign}


def at(form: sp.Expr, pair: tuple[sp.Expr, ...], digits: int = 30) -> sp.Expr:
    """Value of a form at covariance entries (q1, k, q2)."""
    return form.subs(dict(zip((q1, k, q2), pair, strict=True))).evalf(digits)


@pytest.mark.slow
@pytest.mark.parametrize("name", EASY | JUMPING)
def test_closed_form_against_thirty_digits_of_the_hermite_series(name: str) -> None:
    f = (EASY | JUMPING)[name]
    form = f.dual(q1, k, q2)
    assert not form.has(GaussianDual)
    for pair in PAIRS:
        numeric = GaussianDual(f(x), f(x), x, *pair).evalf(30)
        assert abs(at(form, pair) - numeric) < sp.Float("1e-28") * max(1, abs(numeric))


@pytest.mark.parametrize("name", EASY | JUMPING)
def test_closed_form_against_the_hermite_series(name: str) -> None:
    f, pair = (EASY | JUMPING)[name], PAIRS[2]
    numeric = GaussianDual(f(x), f(x), x, *pair).evalf(12)
    assert abs(at(f.dual(q1, k, q2), pair) - numeric) < 1e-11 * max(1, abs(numeric))


@pytest.mark.parametrize("name", EASY)
def test_derivative_kernel_is_the_slope_in_the_covariance(name: str) -> None:
    f = EASY[name]
    slope, kernel = f.dual_derivative(q1, k, q2), f.dual(q1, k, q2).diff(k)
    for pair in PAIRS:
        assert abs(at(slope, pair) - at(kernel, pair)) < sp.Float("1e-26")


@pytest.mark.parametrize("name", EASY)
def test_heat_equation_in_one_variance(name: str) -> None:
    f = EASY[name]
    second = f.pieces_of(2)
    if not second.is_function:
        with pytest.raises(nets_error()):
            f.derivative(2)
        return
    pair = PAIRS[0]
    slope = at(f.dual(q1, k, q2).diff(q1), pair, 25)
    mixed = GaussianDual(f.derivative(2)(x), f(x), x, *pair).evalf(20)
    assert abs(slope - mixed / 2) < sp.Float("1e-17")


def nets_error() -> type[Exception]:
    """The error for meaningless operations."""
    from freeprob.errors import UndefinedOperationError

    return UndefinedOperationError


def arc_cosine(n: int) -> sp.Expr:
    """J_n(theta) by the recursion of Cho and Saul."""
    t = sp.Symbol("t")
    form = (pi - t) / sp.sin(t)
    for _ in range(n):
        form = sp.diff(form, t) / sp.sin(t)
    return ((-1) ** n * sp.sin(t) ** (2 * n + 1) * form).subs(t, theta)


Gamma = sp.Symbol("gamma", positive=True)
Wave = Activation(sp.sqrt(2) * sp.sin(sp.sqrt(2 * Gamma) * x + pi / 4), x)
P = (1 + q1) * (1 + q2)
D = sp.sqrt(P - k**2)
B = (1 + 2 * b**2 * q1) * (1 + 2 * b**2 * q2)
low, high = sp.Rational(1, 5), sp.Rational(3, 2)
Leaky = Activation(sp.Piecewise((low * x, x < 0), (high * x, True)), x)
spread = (low - high) ** 2 / (2 * pi)
FORMS = [
    (nets.linear, k, sp.Integer(1)),
    (
        Leaky,
        spread * delta + ((low**2 + high**2) / 2 - spread * theta) * k,
        (low**2 + high**2) / 2 - spread * theta,
    ),
    (nets.relu, (delta + (pi - theta) * k) / (2 * pi), (pi - theta) / (2 * pi)),
    (nets.abs_, 2 / pi * (delta + (pi / 2 - theta) * k), 1 - 2 * theta / pi),
    (nets.step, (pi - theta) / (2 * pi), None),
    (nets.sign, 2 / pi * sp.asin(k / sp.sqrt(q1 * q2)), None),
    (
        EASY["relu_squared"],
        q1 * q2 / (2 * pi) * arc_cosine(2),
        4 * sp.sqrt(q1 * q2) / (2 * pi) * arc_cosine(1),
    ),
    (
        EASY["relu_cubed"],
        sp.sqrt(q1 * q2) ** 3 / (2 * pi) * arc_cosine(3),
        9 * q1 * q2 / (2 * pi) * arc_cosine(2),
    ),
    (
        nets.monomial(4),
        9 * q1**2 * q2**2 + 72 * q1 * q2 * k**2 + 24 * k**4,
        16 * (9 * q1 * q2 * k + 6 * k**3),
    ),
    (
        Activation(sp.erf(b * x), x),
        2 / pi * sp.asin(2 * b**2 * k / sp.sqrt(B)),
        4 * b**2 / (pi * sp.sqrt(B - 4 * b**4 * k**2)),
    ),
    (
        nets.normal_cdf,
        sp.Rational(1, 4) + sp.asin(k / sp.sqrt(P)) / (2 * pi),
        1 / (2 * pi * sp.sqrt(P - k**2)),
    ),
    (
        Activation(sp.sin(b * x + 1), x),
        (sp.exp(b**2 * (k - mean)) - sp.cos(2) * sp.exp(-(b**2) * (k + mean))) / 2,
        b**2 * (sp.exp(b**2 * (k - mean)) + sp.cos(2) * sp.exp(-(b**2) * (k + mean))) / 2,
    ),
    (
        Wave,
        sp.exp(-Gamma * (q1 + q2 - 2 * k)),
        2 * Gamma * sp.exp(-Gamma * (q1 + q2 - 2 * k)),
    ),
    (
        Activation(sp.exp(b * x), x),
        sp.exp(b**2 * (k + mean)),
        b**2 * sp.exp(b**2 * (k + mean)),
    ),
    (
        Activation(sp.exp(-b * x**2), x),
        ((1 + 2 * b * q1) * (1 + 2 * b * q2) - 4 * b**2 * k**2) ** -HALF,
        4 * b**2 * k * ((1 + 2 * b * q1) * (1 + 2 * b * q2) - 4 * b**2 * k**2) ** (-3 * HALF),
    ),
    (
        nets.gelu,
        k / 4 + ((k**2 + q1 * q2 * D**2) / (P * D) + k * sp.atan(k / D)) / (2 * pi),
        sp.Rational(1, 4)
        + sp.atan(k / D) / (2 * pi)
        + k / (2 * pi * D) * (1 / D**2 + (1 - q1 * q2) / P + 1),
    ),
    (
        Activation(3 * x**2 + 2 * x + 5, x),
        9 * (2 * k**2 + q1 * q2) + 4 * k + 15 * (q1 + q2) + 25,
        None,
    ),
]


@pytest.mark.parametrize(("f", "kernel", "slope"), FORMS)
def test_published_closed_forms(f: Activation, kernel: sp.Expr, slope: sp.Expr | None) -> None:
    values = {b: sp.Rational(3, 5), Gamma: sp.Rational(2, 5)}
    for pair in PAIRS:
        value = at(f.dual(q1, k, q2).subs(values), pair)
        assert abs(value - at(kernel.subs(values), pair)) < sp.Float("1e-27")
        if slope is not None:
            value = at(f.dual_derivative(q1, k, q2).subs(values), pair)
            assert abs(value - at(slope.subs(values), pair)) < sp.Float("1e-27")


def test_hermite_polynomials_are_powers_of_the_correlation() -> None:
    c = sp.Rational(2, 7)
    for n in range(6):
        assert nets.hermite(n).dual(1, c, 1) == c**n


def test_continuous_piecewise_linear_derivative_is_a_box_probability() -> None:
    kernel = nets.hard_tanh.dual_derivative(q1, k, q2)
    tail = nets.BivariateNormalTail
    box = (
        tail(-1, -1, q1, k, q2)
        - tail(-1, 1, q1, k, q2)
        - tail(1, -1, q1, k, q2)
        + tail(1, 1, q1, k, q2)
    )
    for pair in PAIRS:
        assert abs(at(kernel, pair) - at(box, pair)) < sp.Float("1e-27")


@pytest.mark.parametrize(
    ("pair", "kernel", "slope"),
    [
        ((1, HALF, 1), "0.186324413203448086", "0.384747028441038902"),
        (
            (1, -sp.Rational(3, 10) * sp.sqrt(2), 2),
            "-0.124191217362049433",
            "0.296735950059400573",
        ),
    ],
)
def test_tanh_published_digits(pair: tuple, kernel: str, slope: str) -> None:
    assert str(nets.tanh.dual(*pair).evalf(18)) == kernel
    assert str(nets.tanh.dual_derivative(*pair).evalf(18)) == slope


def test_unevaluated_kernel_differentiates_by_prices_theorem() -> None:
    kernel = nets.tanh.dual(q1, k, q2)
    pair = dict(zip((q1, k, q2), PAIRS[1], strict=True))
    step = sp.Rational(1, 10**6)
    for symbol in (q1, k, q2):
        up, down = (kernel.subs(pair | {symbol: pair[symbol] + sign * step}) for sign in (1, -1))
        slope = (up.evalf(22) - down.evalf(22)) / (2 * step)
        assert abs(kernel.diff(symbol).subs(pair).evalf(15) - slope) < 1e-10


def test_degenerate_pairs_become_single_means() -> None:
    q = sp.Symbol("q", positive=True)
    for f in (*EASY.values(), *JUMPING.values()):
        assert f.dual(q, q, q) == f.expect(q, 2)
        assert f.dual(0, 0, 2) == f(sp.Integer(0)) * f.mean(2)
    assert nets.hard_tanh.dual(1, -2, 4).evalf(20) == -nets.hard_tanh.dual(1, 2, 4).evalf(20)
    assert nets.tanh.dual(1, 1, 1) == nets.tanh.expect(1, 2)


def test_kernels_are_positive_semidefinite() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(40, 6))
    gram = inputs @ inputs.T / 6
    d = np.diag(gram)
    for f in (nets.relu, nets.hard_tanh, nets.elu(), nets.tanh, nets.gelu):
        kernel = f.dual_function()(d[:, None], gram, d[None])
        np.testing.assert_allclose(kernel, kernel.T, rtol=0, atol=1e-14)
        assert np.linalg.eigvalsh(kernel).min() > -1e-12


SMOOTH = {name: getattr(nets, name) for name in ["tanh", "sigmoid", "softplus", "swish", "mish"]}
TAILED = ("hard_tanh", "soft_threshold", "elu", "selu")
NEAR = [1 - 2.0**-m for m in (30, 53)]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in TAILED else name for name in EASY],
)
def test_float_kernels_next_to_correlation_one(name: str) -> None:
    f = EASY[name]
    value, slope = f.dual_function(), f.dual_derivative_function()
    exact, exact_slope = f.dual(q1, k, q2), f.dual_derivative(q1, k, q2)
    for c in NEAR:
        for sign in (1, -1):
            pair = (1.25, sign * 1.25 * c, 1.25)
            entries = tuple(sp.Rational(entry) for entry in pair)
            reference = at(exact, entries, 18)
            assert abs(value(*pair) - reference) < 1e-13 * max(1, abs(reference)), (c, sign)
            reference = at(exact_slope, entries, 18)
            assert abs(slope(*pair) - reference) < 1e-13 * max(1, abs(reference)), (c, sign)


@pytest.mark.parametrize("name", EASY | SMOOTH)
def test_float_kernels_at_correlation_one(name: str) -> None:
    f = (EASY | SMOOTH)[name]
    for derivative, kernel in ((0, f.dual_function()), (1, f.dual_derivative_function())):
        for q in (0.3, 2.0):
            single = f.expect(q, 2, derivative).evalf(20)
            assert abs(kernel(q, q, q) - single) < 1e-12 * max(1, single)


@pytest.mark.parametrize("name", SMOOTH)
def test_hermite_series_in_float64(name: str) -> None:
    f = SMOOTH[name]
    value, slope = f.dual_function(), f.dual_derivative_function()
    for pair in ((1.4, 0.4, 0.6), (0.5, -0.25, 1.8)):
        entries = tuple(sp.Rational(str(entry)) for entry in pair)
        assert abs(value(*pair) - f.dual(*entries).evalf(16)) < 1e-12
        assert abs(slope(*pair) - f.dual_derivative(*entries).evalf(16)) < 1e-12


def test_float_kernel_of_a_kinked_function_without_closed_form() -> None:
    value = nets.softsign.dual_function()
    exact = nets.softsign.dual(1, sp.Rational(2, 5), sp.Rational(3, 2)).evalf(16)
    assert abs(value(1.0, 0.4, 1.5) - exact) < 1e-10
    single = nets.softsign.expect(1, 2).evalf(16)
    assert abs(value(1.0, 1.0, 1.0) - single) < 1e-10


def test_float_kernels_broadcast_and_take_zero_variance() -> None:
    variances = np.array([0.0, 0.5, 1.0])
    gram = np.array([[0.0, 0.0, 0.0], [0.0, 0.5, 0.2], [0.0, 0.2, 1.0]])
    for f in (nets.relu, nets.erf, nets.normal_cdf, nets.softplus, nets.gelu, nets.elu()):
        kernel = f.dual_function()(variances[:, None], gram, variances[None])
        assert kernel.shape == (3, 3)
        start = float(f(sp.Integer(0)).evalf(20))
        assert kernel[0, 2] == pytest.approx(start * float(f.mean(1).evalf(20)), abs=1e-14)
        flat = f.dual_function()(variances, gram[0], variances)
        np.testing.assert_allclose(flat[0], kernel[0, 0], rtol=1e-13)


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "tanh", "elu"])
def test_float_means(name: str) -> None:
    f = nets.elu() if name == "elu" else getattr(nets, name)
    variances = np.array([0.0, 0.01, 0.7, 9.0])
    for power, derivative in ((1, 0), (2, 0), (2, 1)):
        values = f.expect_function(power, derivative)(variances)
        for variance, value in zip(variances, values, strict=True):
            if variance == 0 and derivative and f.pieces_of(1).breaks != ():
                continue
            exact = f.expect(sp.Rational(str(variance)), power, derivative).evalf(20)
            assert abs(value - exact) < 1e-14 * max(1, abs(exact))


@pytest.mark.parametrize(
    ("function", "own"),
    [
        (x - sp.sin(x), lambda q: q - 2 * q * np.exp(-q / 2) - np.expm1(-2 * q) / 2),
        (x + sp.cos(x / 2), lambda q: q + (1 + np.exp(-q / 2)) / 2),
        (x + sp.exp(-x), lambda q: q - 2 * q * np.exp(q / 2) + np.exp(2 * q)),
    ],
)
def test_float_means_of_factored_sums(function: sp.Expr, own: Callable[[float], float]) -> None:
    # next to (2q + 1)/2 SymPy's search for common factors took q/2 for q + 1/2
    f = nets.Activation(function, x)
    for q in (0.01, 0.7, 2.0):
        assert f.expect_function(2)(q) == pytest.approx(own(q), rel=1e-11)


@pytest.mark.parametrize("name", ["sin", "elu", "exp - 1"])
def test_float_kernels_of_small_variances_keep_their_digits(name: str) -> None:
    # terms of order 1 cancel to the size of the variance: 1/2 - exp(-2q)/2
    known = {"elu": nets.elu(), "exp - 1": nets.Activation(sp.exp(x) - 1, x)}
    f = known[name] if name in known else getattr(nets, name)
    q = sp.Rational(1, 10**12)
    size = float(f.expect(q, 2).evalf(20))
    assert f.expect_function(2)(float(q)) == pytest.approx(size, rel=1e-10)
    assert f.dual_function()(1e-12, -5e-13, 1e-12) == pytest.approx(
        float(f.dual(q, -q / 2, q).evalf(20)), abs=2e-11 * size
    )


def test_float_kernel_of_elu_at_large_variances() -> None:
    # tails below 1e-16 times exp(100)
    exact = float(nets.elu().dual(50, 25, 100).evalf(20))
    assert nets.elu().dual_function()(50.0, 25.0, 100.0) == pytest.approx(exact, rel=1e-10)
