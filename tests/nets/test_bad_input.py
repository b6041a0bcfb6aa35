"""Wrong input to activations, means and kernels: each gets an error that says what and why."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.nets import Activation, gaussian_expectation

w = sp.Symbol("w")
q = sp.Symbol("q", positive=True)


@pytest.mark.parametrize("bad", [-1, -0.5, sp.Rational(-1, 3), float("nan"), float("inf"), sp.I])
def test_variances_are_real_finite_and_not_negative(bad: object) -> None:
    for call in (nets.relu.expect, nets.tanh.eta, lambda v: nets.erf.dual(1, 0, v)):
        with pytest.raises(InvalidParameterError):
            call(bad)


def test_text_is_never_evaluated() -> None:
    with pytest.raises(InvalidParameterError, match="finite number such as"):
        nets.relu.expect("q")
    assert nets.relu.expect("1/2") == nets.relu.expect(sp.Rational(1, 2))
    for text in ("tanh(x)", "__import__('os').getcwd()"):
        with pytest.raises(InvalidParameterError, match="never evaluated"):
            Activation(text, w)
    with pytest.raises(InvalidParameterError, match="symbol"):
        Activation(sp.tanh(w), "w")
    with pytest.raises(InvalidParameterError, match="SymPy expression"):
        Activation(np.tanh, w)


def test_correlation_outside_the_unit_interval() -> None:
    for f in (nets.relu, nets.tanh, nets.hard_tanh):
        with pytest.raises(InvalidParameterError, match=r"outside \[-1, 1\]"):
            f.dual(1, 2, 1)
        with pytest.raises(InvalidParameterError, match=r"outside \[-1, 1\]"):
            f.dual_derivative(q, -2 * q, q)

    with pytest.raises(InvalidParameterError, match="no covariance"):
        nets.BivariateNormalTail(1, 1, 1, 2, 1)
    with pytest.raises(InvalidParameterError, match=r"outside \[-1, 1\]"):
        nets.GaussianDual(sp.tanh(w), sp.tanh(w), w, 1, 2, 1).evalf()
    for dps in (None, 10):
        with pytest.raises(InvalidParameterError, match=r"outside \[-1, 1\]"):
            nets.ResidualField(nets.tanh, 1, 0, 1).trajectory(2, 1, product=2, dps=dps)
    for c in (-1.2, "1.01"):
        with pytest.raises(InvalidParameterError, match=r"\[-1, 1\]"):
            nets.MeanField(nets.erf, 2, 0).correlations(c, 3)


@pytest.mark.parametrize("name", ["relu", "tanh", "hard_tanh", "exp"])
def test_arrays_outside_the_domain(name: str) -> None:
    f = getattr(nets, name)
    kernel, slope, mean = f.dual_function(), f.dual_derivative_function(), f.expect_function()
    ones = np.ones(2)
    for function in (kernel, slope):
        with pytest.raises(InvalidParameterError, match="negative"):
            function(np.array([1.0, -1.0]), np.zeros(2), ones)
        with pytest.raises(InvalidParameterError, match=r"outside \[-1, 1\]"):
            function(ones, np.array([0.0, 1.01]), ones)
        with pytest.raises(InvalidParameterError, match="NaN"):
            function(ones, np.array([0.0, np.nan]), ones)
        # a rounding beyond the bound is no error
        assert function(1.0, 1 + 1e-12, 1.0) == pytest.approx(function(1.0, 1.0, 1.0), rel=1e-6)
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(InvalidParameterError, match=r"negative|NaN"):
            mean(np.array([1.0, bad]))


@pytest.mark.parametrize(
    "call",
    [
        lambda bad: nets.MeanField(bad, 1, 0),
        lambda bad: nets.LayerFieldTheory(bad, 1, 0),
        lambda bad: nets.nngp(bad, 1, 1, 0),
        lambda bad: nets.ntk(bad, 1, 1, 0),
        lambda bad: nets.ResidualField(bad, 1, 0),
        lambda bad: nets.ConvolutionalKernel(bad, 1, 1, 0, (1,)),
        lambda bad: nets.RandomNetwork(bad, (3,), 1, 0),
        lambda bad: nets.critical_line(bad, 1),
        lambda bad: nets.critical_points(bad, bias_variance=1),
        lambda bad: nets.half_stable_points(bad),
        lambda bad: nets.phase_diagram(bad, [1.0], [1.0]),
    ],
)
def test_activations_are_made_by_activation(call: object) -> None:
    for bad in (sp.tanh(w), np.tanh, "relu", nets.elu):
        with pytest.raises(InvalidParameterError, match=r"nets\.Activation\(expression, symbol\)"):
            call(bad)


@pytest.mark.parametrize("dps", [0, -3, 2.5, True])
def test_digits_are_a_positive_number(dps: object) -> None:
    field = nets.MeanField(nets.erf, 2, "0.1")
    calls = (
        lambda: field.fixed_point(dps=dps),
        lambda: nets.nngp(nets.relu, 1, 1, 0)([1], [1], dps=dps),
        lambda: nets.critical_line(nets.erf, 1, dps=dps),
        lambda: nets.LayerFieldTheory(nets.relu, 1, "0.1").covariance(0, 1, dps=dps),
    )
    for call in calls:
        with pytest.raises(InvalidParameterError, match="dps must be"):
            call()


def test_fields_of_activations_that_jump() -> None:
    """The length settles at once, correlations at a point below 1; gradients do not exist."""
    field = nets.MeanField(nets.sign, 1, "0.5")
    assert (field.fixed_point(), field.chi_q(), field.chi_1()) == (1.5, 0, np.inf)
    assert nets.MeanField(nets.step, 1, 0).fixed_point(dps=20) == 0.5
    c = field.correlation_fixed_point()
    assert c == pytest.approx((2 / np.pi * np.arcsin(c) + 0.5) / 1.5, rel=1e-14)
    assert 0.5 < c < 0.9
    assert field.correlation_slope() == pytest.approx(2 / np.pi / np.sqrt(1 - c**2) / 1.5)
    assert field.depth_scales().xi_q == 0
    with pytest.raises(UndefinedOperationError, match="chi_1 is infinite"):
        nets.critical_line(nets.sign, 1)


@pytest.mark.parametrize("expr", [sp.sqrt(w), sp.log(w), sp.I * w, sp.exp(sp.I * w), w**sp.pi])
def test_complex_activations_are_refused(expr: sp.Expr) -> None:
    with pytest.raises(InvalidParameterError, match="real"):
        Activation(expr, w)


def test_growth_like_the_exponential_of_a_square() -> None:
    f = Activation(sp.exp(w**2), w)
    with pytest.raises(UndefinedOperationError, match="infinite unless"):
        f.expect(q)
    with pytest.raises(UndefinedOperationError, match="infinite unless"):
        f.expect(sp.Rational(1, 2))
    assert f.expect(sp.Rational(1, 4)) == sp.sqrt(2)
    with pytest.raises(UndefinedOperationError, match="infinite unless"):
        f.dual(sp.Rational(1, 3), sp.Rational(1, 3) - sp.Rational(1, 100), sp.Rational(1, 3))
    with pytest.raises(UndefinedOperationError, match="not known of a symbol"):
        nets.MeanField(f, 1, 0).fixed_point()
    with pytest.raises(UndefinedOperationError, match=r"1 - 2\*q > 0"):
        f.expect_function()(np.array([0.1, 0.6]))
    with pytest.raises(UndefinedOperationError, match=r"1 - 2\*q1 > 0"):
        f.dual_function()(1.0, 0.0, 1.0)
    assert f.expect_function()(0.25) == pytest.approx(np.sqrt(2))
    small = sp.Rational(1, 8)
    assert f.dual(small, 0, small) == f.expect(small) ** 2
    with pytest.raises(UndefinedOperationError):
        gaussian_expectation(sp.exp(w**2) * sp.tanh(w), w, q)


@pytest.mark.parametrize("expr", [sp.exp(w**4), sp.exp(w**3), sp.exp(sp.exp(w))])
def test_faster_growth_has_no_mean_at_all(expr: sp.Expr) -> None:
    with pytest.raises(UndefinedOperationError, match="every variance"):
        gaussian_expectation(expr, w, q)
    f = Activation(expr, w)
    for call in (lambda: f.dual(1, sp.Rational(1, 2), 1), f.dual_function):
        with pytest.raises(UndefinedOperationError, match="every variance"):
            call()


def test_point_masses() -> None:
    assert nets.relu.expect(q, power=2, derivative=2) is sp.oo
    assert nets.step.expect(q, power=2, derivative=1) is sp.oo
    assert nets.relu.expect(q, derivative=2) == 1 / sp.sqrt(2 * sp.pi * q)
    assert nets.step.expect(q, derivative=1) == 1 / sp.sqrt(2 * sp.pi * q)
    # E delta' = 0 and E delta'' = -q^(-3/2)/sqrt(2 pi)
    assert nets.step.expect(q, derivative=2) == 0
    assert sp.simplify(nets.step.expect(q, derivative=3) * sp.sqrt(2 * sp.pi * q**3)) == -1
    with pytest.raises(UndefinedOperationError, match="point mass"):
        nets.relu.derivative(2)
    with pytest.raises(UndefinedOperationError, match="point mass"):
        nets.relu.expect(q, power=3, derivative=2)
    with pytest.raises(UndefinedOperationError, match="jumps there"):
        nets.step.expect_product(q, (0, 1))
    with pytest.raises(UndefinedOperationError, match="two point masses"):
        nets.step.expect_product(q, (1, 2))
    with pytest.raises(UndefinedOperationError, match="point mass"):
        nets.relu.expect_function(2, 2)


@pytest.mark.parametrize("name", ["step", "sign"])
def test_no_tangent_kernel_for_jumps(name: str) -> None:
    f = getattr(nets, name)
    for call in (lambda: f.dual_derivative(1, 0, 1), f.dual_derivative_function):
        with pytest.raises(UndefinedOperationError, match="tangent kernel"):
            call()


def test_unknown_switching_places() -> None:
    f = Activation(sp.Abs(sp.sin(w)), w)
    with pytest.raises(UndefinedOperationError, match="switches"):
        f.expect(1)


def test_undeclared_kinks_do_not_pass_silently() -> None:
    with pytest.raises(ConvergenceError):
        gaussian_expectation(sp.Abs(sp.sin(w)) * sp.cosh(w), w, 1).evalf(20)


def test_parameters_need_values_in_float_functions() -> None:
    slope = sp.Symbol("a", real=True)
    f = nets.leaky_relu(slope)
    for call in (f.dual_function, f.expect_function):
        with pytest.raises(InvalidParameterError, match="parameters a"):
            call()
    assert f.subs(slope, 0).dual_function()(1.0, 1.0, 1.0) == pytest.approx(0.5)


def test_factories_check_their_arguments() -> None:
    for call in (
        lambda: nets.hermite(-1),
        lambda: nets.monomial(1.5),
        lambda: nets.hermite(w),
        lambda: nets.relu.expect(1, power=2.5),
        lambda: nets.relu.expect(1, derivative=0.5),
        lambda: nets.relu.derivative(-1),
        lambda: nets.relu.expect_product(1, ()),
        lambda: nets.relu.derive_mean(1, power=0),
        lambda: nets.piecewise_linear([1, 0], [0, 0]),
        lambda: nets.piecewise_linear([0], [0, 1]),
        lambda: nets.relu.expect(1, power=0),
        lambda: nets.relu.expect(1, derivative=-1),
        lambda: Activation(sp.Integer(0), w).normalized(1),
    ):
        with pytest.raises(InvalidParameterError):
            call()


def test_activations_are_values() -> None:
    x, y = sp.symbols("x y")
    f, g = Activation(sp.tanh(x), x), Activation(sp.tanh(y), y)
    assert f == g == nets.tanh
    assert hash(f) == hash(g)
    assert f.func(*f.args) == f
    assert pickle.loads(pickle.dumps(f)) == f
    mean = nets.tanh.expect(q, 2)
    assert pickle.loads(pickle.dumps(mean)) == mean
    kernel = nets.tanh.dual(1, sp.Rational(1, 2), 1)
    assert pickle.loads(pickle.dumps(kernel)) == kernel
    assert f(x) == sp.tanh(x)
    assert f.free_symbols == set()
    assert nets.leaky_relu(q).free_symbols == {q}
    # the caller's own x is a parameter, not the variable
    scaled = Activation(x * sp.tanh(y), y)
    assert scaled(x) == x * sp.tanh(x)


def test_centred_and_normalised() -> None:
    for f in (nets.relu, nets.tanh, nets.gelu, nets.softplus, nets.elu()):
        g = f.centered(2)
        assert g.mean(2) == 0
        h = f.normalized(2)
        assert sp.simplify(h.expect(2, 2)) == 1


def test_rendering() -> None:
    assert str(nets.tanh.expect(q, 2)) == "E[tanh(x)**2; x ~ N(0, q)]"
    assert r"\mathbb{E}" in sp.latex(nets.tanh.expect(q, 2) ** 2)
    assert r"\mathbb{E}" in sp.latex(nets.tanh.dual(1, sp.Rational(1, 2), 2))
    assert r"\bar\Phi_2" in sp.latex(nets.hard_tanh.dual_derivative(1, sp.Rational(1, 2), 2))
    assert sp.latex(nets.tanh).startswith(r"x \mapsto")


@pytest.mark.parametrize("f", [w * sp.sin(w), sp.exp(w) * sp.sin(w), w + w**2 * sp.sin(w) ** 3])
def test_oscillations_without_a_slope_at_infinity(f: sp.Expr) -> None:
    with pytest.raises(UndefinedOperationError, match="could not be decided"):
        nets.MeanField(Activation(f, w), "3/5", "3/10").fixed_point(dps=15)
