"""Fields with a deterministic drift: factors of determinants, of mean numbers, exact means."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from freeprob import MarchenkoPastur, Semicircle
from freeprob.errors import (
    BudgetExceededError,
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
)
from freeprob.landscapes import (
    DriftedField,
    GaussianField,
    MixedPSpin,
    PSpin,
    TwoPlayerSpinGlass,
    determinant_factor,
    network_field,
)

T, TAU, A, C = sp.symbols("t tau a c")


@pytest.mark.parametrize(("spike", "seen", "error"), [(1, 1.7545, 0.004), ("-1/2", 0.6247, 0.006)])
def test_factors_against_the_simulated_ones(spike: object, seen: float, error: float) -> None:
    """The reference's draws of 160 dimensions at x = -1.7, entries of variance 1/2N."""
    found = determinant_factor(Semicircle("1/2"), [spike], "-1.7")
    assert found == pytest.approx(seen, abs=error)


def test_factors_of_drawn_matrices() -> None:
    """Σ|det(M - x + S)|/Σ|det(M - x)| of 400 draws, two spikes; other spikes are outside."""
    rng, n, x = np.random.default_rng(1), 100, -1.9
    spikes = np.array([1.0, -0.4])
    logs, moved = [], []
    for _ in range(400):
        G = rng.normal(size=(n, n))
        M = (G + G.T) / 2 / math.sqrt(n) - x * np.eye(n)
        logs.append(np.linalg.slogdet(M)[1])
        M[[0, 1], [0, 1]] += spikes
        moved.append(np.linalg.slogdet(M)[1])
    top = max(logs)
    found = np.exp(np.array(moved) - top).sum() / np.exp(np.array(logs) - top).sum()
    assert determinant_factor(Semicircle("1/2"), [1, "-0.4"], "-1.9") == pytest.approx(
        found, rel=0.02
    )
    assert determinant_factor(Semicircle("1/2"), ["1.1", "-0.4"], "-1.9") != pytest.approx(
        found, rel=0.02
    )


def test_factors_from_mean_characteristic_polynomials() -> None:
    """Exactly 1 - s He_{n-1}(x)/He_n(x) at finite n, the error falling as 1/n."""
    exact = determinant_factor(Semicircle(1), [1], -3)
    misses = []
    for n in (100, 200):
        x = -3 * math.sqrt(n)
        ratio = 1 / x
        for k in range(1, n):
            ratio = 1 / (x - k * ratio)
        misses.append(abs(1 - math.sqrt(n) * ratio) - exact)
    assert misses[1] == pytest.approx(misses[0] / 2, rel=0.03)
    assert abs(misses[1]) < 1e-3


def test_a_factor_is_zero_where_an_outlier_is() -> None:
    """Two routes: the spike of a law's outlier, and the determinant that vanishes there."""
    for law, spike in ((Semicircle(1), 2), (MarchenkoPastur("1/2"), 4)):
        (outlier,) = law.outliers([spike], dps=30)
        assert determinant_factor(law, [spike], str(outlier.location)) < 1e-13
        assert determinant_factor(law, [-spike], str(outlier.location)) == pytest.approx(2)
    assert str(determinant_factor(Semicircle("1/2"), [1], "3/2", dps=20)) == "0.0"
    # -x + sgn(x) √(x² - 2) is m
    exact = 1 - sp.sqrt(3) * (sp.Rational(17, 10) - sp.sqrt(sp.Rational(89, 100)))
    found = determinant_factor(Semicircle("1/2"), [sp.sqrt(3)], "1.7", dps=30)
    assert abs(found - abs(sp.N(exact, 40))) < 1e-29


def test_mean_euler_characteristics() -> None:
    """Σ (-1)^k E Crt_k(u) by the counts of each index, an independent route."""
    for glass in (PSpin(3), PSpin(4), MixedPSpin({1: "0.3", 3: "0.7"}), GaussianField(4 * T**3, T)):
        for n, u in ((2, "1/3"), (3, "-0.4"), (4, "-1.1")):
            counts = [glass.mean_critical_points(n, u, index=k) for k in range(n)]
            alternating = sum((-1) ** k * count for k, count in enumerate(counts))
            assert glass.mean_euler_characteristic(n, u) == pytest.approx(alternating, abs=1e-10)
        assert [glass.mean_euler_characteristic(n) for n in (2, 3, 10, 11)] == [0, 2, 0, 2]
        assert glass.mean_euler_characteristic(7, 50) == pytest.approx(2)
    # deep below all critical points are minima
    deep = PSpin(3).mean_euler_characteristic(120, "-1.9", dps=20)
    assert float(deep) == pytest.approx(PSpin(3).mean_critical_points(120, "-1.9"), rel=1e-9)


def test_euler_characteristics_at_the_ends_of_floats() -> None:
    assert PSpin(3).mean_euler_characteristic(4, 10**18) == 0
    assert PSpin(3).mean_euler_characteristic(5, 10**18) == 2
    with pytest.raises(ConvergenceError, match="dps"):
        PSpin(3).mean_euler_characteristic(4000, "-1.1")
    assert PSpin(3).mean_euler_characteristic(4000, "-1.1", dps=5) > 1e300


def test_on_the_circle_it_is_rices_formula() -> None:
    """{f ≤ √N u} is so many arcs, √(c/s) e^(-l²/2) of them."""
    arcs = sp.sqrt(3) * sp.exp(-sp.Rational(1, 4))
    found = PSpin(3).mean_euler_characteristic(2, "-1/2", dps=25)
    assert abs(found - sp.N(arcs, 30)) < 1e-24


@pytest.mark.parametrize(
    "drift", [TAU / 2, TAU**2 / 4, -(TAU**2) / 6, 1 + TAU - TAU**2 / 20], ids=str
)
@pytest.mark.parametrize("glass", [PSpin(3), MixedPSpin({1: "0.3", 3: "0.7"})])
def test_factors_of_mean_numbers(glass, drift: sp.Expr) -> None:
    """Exact means at N = 70 and 140, with and without drift: the error falls as 1/N."""
    field, u = DriftedField(glass, drift, TAU), "-1.9"

    def misses(factor: float) -> list[float]:
        means = [
            (field.mean_euler_characteristic(n, u), glass.mean_euler_characteristic(n, u))
            for n in (70, 140)
        ]
        return [moved / still / factor - 1 for moved, still in means]

    factor = field.factor(u)
    first, second = misses(factor)
    assert abs(second) < 0.02
    assert abs(2 * second - first) < 0.003
    wrong = DriftedField(glass, 1.1 * drift, TAU).factor(u)
    first, second = misses(wrong)
    assert abs(2 * second - first) > 0.003


def test_a_linear_drift_is_a_field_that_is_linear() -> None:
    """aτ against the mixture t³ + (a²/N) t: log factor = a² ∂Θ/∂ε, of complexities alone."""
    step = sp.Rational(1, 10**6)
    for u in ("-1.75", -2):
        base = PSpin(3).complexity(u, dps=25)
        slope = float((GaussianField(T**3 + step * T, T).complexity(u, dps=25) - base) / step)
        found = DriftedField(PSpin(3), TAU / 2, TAU).factor(u)
        assert math.log(found) == pytest.approx(slope / 4, rel=1e-4)


def test_a_constant_moves_the_level() -> None:
    glass = PSpin(4)
    step = 1e-6
    slope = (glass.complexity(-2 + step) - glass.complexity(-2 - step)) / (2 * step)
    found = DriftedField(glass, sp.Integer(3), TAU).factor(-2)
    assert math.log(found) == pytest.approx(-3 * slope, rel=1e-6)


def test_drawn_fields_with_a_drift() -> None:
    """Mean Euler characteristic below an energy, of Newton's critical points of 40 draws."""
    field = DriftedField(PSpin(3), 2 * TAU + TAU**2 / 2, TAU)
    rng, u = np.random.default_rng(4), -0.6
    found = []
    for _ in range(40):
        points = field.simulate(3, rng)
        assert points.euler_characteristic == 2
        found.append(((-1) ** points.indices[points.energies <= u]).sum())
    mean, error = np.mean(found), np.std(found) / np.sqrt(40)
    assert abs(mean - field.mean_euler_characteristic(3, u)) < 3 * error
    assert abs(mean - PSpin(3).mean_euler_characteristic(3, u)) > 3 * error


def test_exponents_and_laws_do_not_see_the_drift() -> None:
    field = DriftedField(PSpin(3), TAU**2, TAU)
    assert field.complexity(-1.7) == PSpin(3).complexity(-1.7)
    with pytest.raises(NoClosedFormError, match="0 to 2"):
        field.complexity(-1.7, 1)
    assert field.hessian_law(-2) == PSpin(3).hessian_law(-2)
    assert field.mean_euler_characteristic(4) == 0


def test_a_strong_drift_changes_the_exponent() -> None:
    """Ratios to the field without drift grow with N where no factor is given."""
    field = DriftedField(PSpin(3), -(TAU**2) / 2, TAU)
    ratios = [
        field.mean_euler_characteristic(n, -1.9) / PSpin(3).mean_euler_characteristic(n, -1.9)
        for n in (40, 80, 120)
    ]
    assert ratios[2] > 2 * ratios[1] > 4 * ratios[0]
    with pytest.raises(ConvergenceError, match="exponent"):
        field.factor(-1.9)
    # of degree 3 the drift has two critical points of its own
    cubic = DriftedField(PSpin(3), TAU**3 / 10, TAU)
    assert cubic.factor(-1.65) > 0
    with pytest.raises(InvalidParameterError, match="outnumber"):
        cubic.factor(-1.9)


def test_layers_are_spins() -> None:
    """A network of H layers without intercepts is the H-spin, its paths' covariance checked."""
    assert network_field(4) == PSpin(4) == network_field(4, [0, 0])
    field = network_field(3, ["1/2", 0, 1], TAU)
    assert field == DriftedField(PSpin(3), TAU**2 / 2 + 1, TAU)
    rng, n = np.random.default_rng(0), 4
    X = rng.normal(size=(20000, n, n, n))
    v, w = (a / np.linalg.norm(a) for a in rng.normal(size=(2, n)))
    losses = [np.einsum("sijk,i,j,k->s", X, a, a, a) for a in (v, w)]
    assert np.mean(losses[0] * losses[1]) == pytest.approx((v @ w) ** 3, abs=0.03)


def test_bad_input() -> None:
    glass = PSpin(3)
    for bad in (
        lambda: determinant_factor(Semicircle(1), [1], "1.9"),
        lambda: determinant_factor(Semicircle(1), [1], 2),
        lambda: determinant_factor(Semicircle(1), ["x"], 3),
        lambda: determinant_factor(Semicircle(1), 1, 3),
        lambda: determinant_factor(Semicircle(1), [A], 3),
        lambda: determinant_factor(3, [1], 3),
        lambda: DriftedField(TwoPlayerSpinGlass(2, 2, 1, "1/2"), TAU, TAU),
        lambda: DriftedField(glass, sp.exp(TAU), TAU),
        lambda: DriftedField(glass, "tau", TAU),
        lambda: DriftedField(glass, TAU, "tau"),
        lambda: DriftedField(glass, None, TAU),
        lambda: network_field(3, 1),
        lambda: network_field(3, ["x"]),
        lambda: DriftedField(glass, A * TAU, TAU),
        lambda: DriftedField(glass, TAU, TAU).factor(-1),
        lambda: DriftedField(glass, TAU, TAU).factor(sp.oo),
        lambda: DriftedField(glass, TAU, TAU).mean_euler_characteristic(2),
        lambda: DriftedField(glass, TAU, TAU).simulate(3, rng="x"),
        lambda: glass.simulate(3, rng="x"),
        lambda: glass.mean_euler_characteristic(1),
        lambda: network_field(1),
        lambda: network_field(3, [1, 2, 3, 4]),
    ):
        with pytest.raises(InvalidParameterError):
            bad()
    with pytest.raises(BudgetExceededError):
        DriftedField(glass, TAU, TAU).mean_euler_characteristic(151, -2)
    with pytest.raises(NoClosedFormError):
        DriftedField(GaussianField(A**3 + (A + C) ** 4, {A: "1/2", C: "1/2"}), TAU, TAU)
