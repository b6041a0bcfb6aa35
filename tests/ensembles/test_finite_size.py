"""Exact densities and determinants at finite size, against closed forms, masses and samples."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import ensembles
from freeprob.errors import ConvergenceError, InvalidParameterError


def test_determinants_with_printed_digits() -> None:
    """n = 1: E|g - x| by hand; n = 3 simulated as 1.7517 ± .0031 in the reference."""
    assert ensembles.goe_determinant(1, 0.7, 0.36) == pytest.approx(0.895177402819343, rel=1e-14)
    assert ensembles.goe_determinant(3, 1.3, 0.75) == pytest.approx(1.74724295029404, rel=1e-14)
    assert str(ensembles.goe_determinant(3, "1.3", "0.75", dps=18)) == "1.74724295029404004"


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 50, 51, 1001])
@pytest.mark.parametrize("density", [ensembles.goe_density, ensembles.gue_density])
def test_mass_and_variance(density, n: int) -> None:
    """E tr M²/n is v(1 + 1/n) for the GOE and v for the GUE."""
    x, dx = np.linspace(-12, 12, 60001, retstep=True)
    rho = density(n, x, 1.5)
    second = 1.5 * (1 + 1 / n if density is ensembles.goe_density else 1)
    assert dx * rho.sum() == pytest.approx(1, abs=1e-9)
    assert dx * (x**2 * rho).sum() == pytest.approx(second, rel=1e-8)


@pytest.mark.parametrize("n", [2, 3, 50, 51])
@pytest.mark.parametrize("x", [-4.0, 0.0, 1.3, 3.0])
def test_floats_have_the_digits(n: int, x: float) -> None:
    for f in (ensembles.goe_density, ensembles.gue_density, ensembles.goe_determinant):
        assert f(n, x) == pytest.approx(float(f(n, x, dps=17)), rel=1e-12)


def test_two_by_two_goe_in_closed_form() -> None:
    """Trace and gap are independent: eigenvalues t ± g/2, t of variance s², p(g) Rayleigh."""
    g, dg = np.linspace(0, 30, 300001, retstep=True)
    s = np.sqrt(0.5)
    rayleigh = g / (4 * s**2) * np.exp(-(g**2) / (8 * s**2))
    for x in (0.0, 0.8, 2.5):
        both = sum(np.exp(-((x + sign * g / 2) ** 2) / (2 * s**2)) for sign in (1, -1)) / 2
        expected = dg * (rayleigh * both).sum() / np.sqrt(2 * np.pi * s**2)
        assert ensembles.goe_density(2, x) == pytest.approx(expected, rel=1e-6)


def test_mean_determinant_of_samples_with_a_twin() -> None:
    rng, n, draws = np.random.default_rng(1), 4, 40000
    a = rng.normal(size=(draws, n, n))
    m = (a + a.transpose(0, 2, 1)) / np.sqrt(2 * n)
    values = np.abs(np.linalg.det(m - 0.6 * np.eye(n)))
    error = values.std() / np.sqrt(draws)
    assert abs(values.mean() - ensembles.goe_determinant(n, 0.6)) < 4 * error
    assert abs(values.mean() - ensembles.goe_determinant(n, 0.6, 1.1)) > 4 * error


def test_the_rate_is_the_slope_of_the_density() -> None:
    """-d/dn log ρ_n(x) tends to the rate, in the normalisation with edges ±√2."""
    x, rate = 1.8, ensembles.extreme_eigenvalue_rate(1.8, 0.5)
    assert rate == pytest.approx(0.279397920713197079921, rel=1e-14)
    sizes = np.array([400, 800])
    logs = [np.log(ensembles.goe_density(int(n), x, 0.5)) for n in sizes]
    assert (logs[0] - logs[1]) / 400 == pytest.approx(rate, abs=2e-3)
    assert ensembles.extreme_eigenvalue_rate([0.0, 1.0]).tolist() == [0, 0]


def test_values_beyond_float_range() -> None:
    with pytest.raises(ConvergenceError, match="dps"):
        ensembles.goe_determinant(400, 1e3)
    assert ensembles.goe_determinant(400, 1000, dps=10) > 1
    assert ensembles.goe_density(400, 1e3) == 0.0


@pytest.mark.parametrize("x", [1e3, -1e6, 1e9, 1e60])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_determinants_far_out_are_powers(n: int, x: float) -> None:
    """E det(x - M) is He_n of variance v/n, and det(M - x) has one sign."""
    hermite = {1: 1.0, 2: 1 - 0.5 / x**2, 3: 1 - 1 / x**2, 4: 1 - 1.5 / x**2 + 3 / 16 / x**4}
    assert ensembles.goe_determinant(n, x) / abs(x) ** n == pytest.approx(hermite[n], rel=1e-13)


@pytest.mark.parametrize("variance", [5e-324, 1e-300, 1e300, 1e308])
def test_variances_at_the_ends_of_floats_scale(variance: float) -> None:
    root = np.sqrt(variance)
    for f in (ensembles.goe_density, ensembles.gue_density):
        assert root * f(3, 0, variance) == pytest.approx(f(3, 0), rel=1e-12)
        assert f(3, 1e305, variance) == 0
        assert f(3, 1e6, dps=5) < 1e-300


@pytest.mark.parametrize(
    "arguments",
    [
        (0, 1.0),
        (2, "1/0"),
        (2, 1, "1/0"),
        (True, 1.0),
        (2.5, 1.0),
        (2, "x"),
        (2, np.nan),
        (2, 1.0, 0),
        (2, 1.0, -1),
        (2, 1j),
    ],
)
def test_wrong_input_is_refused(arguments) -> None:
    for f in (ensembles.goe_density, ensembles.goe_determinant):
        with pytest.raises(InvalidParameterError):
            f(*arguments)
        with pytest.raises(InvalidParameterError):
            f(*arguments, dps=10)


@pytest.mark.parametrize(
    "function", [ensembles.goe_density, ensembles.gue_density, ensembles.goe_determinant]
)
def test_points_in_every_form(function) -> None:
    """A float is the decimal that it prints, with digits and without; arrays give arrays."""
    forms = [1.3, "1.3", "13/10", sp.Rational(13, 10), Fraction(13, 10), np.float32(1.3)]
    forms += [Decimal("1.3"), sp.Float("1.3"), np.array(1.3), np.float64(1.3)]
    value = function(3, "1.3", "1/2", dps=20)
    for form in forms:
        assert function(sp.Integer(3), form, 0.5, dps=20) == value
        # in float64 a short float is the binary number that it is
        close = 1e-6 if isinstance(form, np.float32) else 1e-13
        assert function(np.int64(3), form, Fraction(1, 2)) == pytest.approx(float(value), rel=close)
    for shape in ((2,), (1, 2), (2, 1)):
        found = function(3, np.reshape([1.3, 0.2], shape), "1/2", dps=20)
        assert found.shape == shape
        assert found.flat[0] == value
        assert function(3, found, dps=20).shape == shape
    assert function(3, np.array([]), dps=20).shape == (0,)
    root = function(2, sp.sqrt(2), sp.pi, dps=20)
    assert function(2, sp.sqrt(2), sp.pi) == pytest.approx(float(root), rel=1e-13)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("x", [1.0, "2.0000001", 2.01, 2.6, 2.7, 5, 1e6])
def test_rates_have_digits(x: float | str, beta: int) -> None:
    """The integral itself, which cancels nothing near the edge."""
    with mpmath.workdps(30):
        y = max(mpmath.mpf(str(x)), 2)
        # z = 2 + s² is smooth at the edge
        integral = mpmath.quad(lambda s: 2 * s**2 * mpmath.sqrt(s**2 + 4), [0, mpmath.sqrt(y - 2)])
        expected = beta * integral / 2
    digits = ensembles.extreme_eigenvalue_rate(x, 1, beta, dps=20)
    assert mpmath.almosteq(digits, expected, 1e-19, 1e-40)
    value = ensembles.extreme_eigenvalue_rate(x, 1, beta)
    # the distance of a float to the edge has an error of 2^-53
    assert value == pytest.approx(float(expected), rel=1e-8 if x == "2.0000001" else 2e-13)
    many = ensembles.extreme_eigenvalue_rate([x, 3], 1, beta, dps=20)
    assert many[0] == digits


def test_rates_beyond_float_range() -> None:
    with pytest.raises(ConvergenceError, match="dps"):
        ensembles.extreme_eigenvalue_rate(1e200)
    assert ensembles.extreme_eigenvalue_rate(1e200, dps=5) > 1e300
