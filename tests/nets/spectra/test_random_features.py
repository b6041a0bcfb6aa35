"""Ridge regression on random features: reference digits, decompositions, real regressions."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

MODEL = nets.random_features(nets.relu, 2, 3, "1/100", "1/5")
# n₀ = 500, n₁ = 1000, m = 800, γ = 1/20
TANGENT = nets.random_features(nets.erf.normalized(1), 2, "8/5", "1/32", "1/10", "tangent")


def close(value: object, wanted: str, digits: int = 19) -> bool:
    return abs(sp.Float(str(value), 40) / sp.Float(wanted, 40) - 1) < 10.0**-digits


@pytest.mark.parametrize(
    ("psi1", "ridge", "values"),
    [
        (
            2,
            "1/100",
            (
                "15.68700503272232947134",
                "4.583299030929925292199",
                "0.1691059805898962171964",
                "0.5635480738009141196714",
            ),
        ),
        (
            3,
            "1/1000",
            (
                "46.32565277424474303",
                "7.947923244516316751999",
                "0.02642031077434861672505",
                "1.167893598083551053541",
            ),
        ),
    ],
)
def test_traces_and_errors(psi1, ridge, values) -> None:
    """Centred relu, ψ₂ = 3, noise 1/5: Adlam-Pennington and Mei-Montanari agree on the digits."""
    model = nets.random_features(nets.relu, psi1, 3, ridge, "1/5")
    found = (model.tau1(22), model.tau2(22), model.train(22), model.test(22))
    assert all(close(one, other, 18) for one, other in zip(found, values, strict=True))


def test_mei_montanari() -> None:
    """E₁/E₀ and E₂/E₀ in χ, with ζ² = μ₁²/μ_*², are the coefficients of signal and noise."""
    eta, zeta, psi1, psi2 = nets.relu.eta(1), sp.Rational(1, 4), 2, 3
    model = nets.random_features(nets.relu, psi1, psi2, "1/100", 0)
    tau = sp.Float(str(model.tau1(40)), 40)
    rest, gamma = (eta - zeta).evalf(40), sp.Rational(3, 100)
    # γ τ̃₁ = 1 - (ψ₂/ψ₁)(1 - γ τ₁): the two sides differ in zeros
    x = -rest * psi2 * tau * (1 - sp.Rational(psi2, psi1) * (1 - gamma * tau))
    assert close(x, "-0.8803412535961297", 14)
    y = zeta / rest
    p = psi1 * psi2
    e0 = (
        -(x**5) * y**3 + 3 * x**4 * y**2 + (p - psi2 - psi1 + 1) * x**3 * y**3 - 2 * x**3 * y**2
        - 3 * x**3 * y + (psi1 + psi2 - 3 * p + 1) * x**2 * y**2 + 2 * x**2 * y + x**2
        + 3 * p * x * y - p
    )  # fmt: skip
    e1 = psi2 * x**3 * y**2 - psi2 * x**2 * y + p * x * y - p
    assert close(model.test(30), str(e1 / e0), 28)


def test_the_tangent_kernel() -> None:
    assert close(TANGENT.tau1(22), "1.224749061749088823924")
    assert close(TANGENT.tau2(22), "0.2938475565059293076142")
    # a regular point without a ridge
    model = nets.random_features(nets.erf.normalized(1), 2, "8/5", 0, "1/10", "tangent")
    assert model.train() == 0
    assert 0 < model.test() < 1


def test_decomposition() -> None:
    """Values for (2, 3, γ = .03, σ² = .2); by simulation .0822 .1515 .0177 .1595 .0419 .1082."""
    found = MODEL.decomposition()
    wanted = (0.0853643, 0.1499890, 0.0171147, 0.1603084, 0.0400980, 0.1106736)
    assert list(found) == ["B", "V_P", "V_X", "V_PX", "V_Xeps", "V_PXeps"]
    assert list(found.values()) == pytest.approx(wanted, abs=6e-8)
    assert sum(found.values()) == pytest.approx(MODEL.test(), rel=1e-13)
    bias = (MODEL.tau2() / MODEL.tau1()) ** 2
    assert found["B"] == pytest.approx(bias, rel=1e-13)


def test_near_the_threshold_only_two_terms_are_large() -> None:
    found = nets.random_features(nets.relu, 2, 2, "1/2000000", "1/5").decomposition()
    wanted = (0.052419262, 0.17588132, 0.022173113, 43.814841, 0.084599104, 38.318293)
    assert list(found.values()) == pytest.approx(wanted, rel=2e-7)


@pytest.mark.parametrize(
    ("psi1", "chi", "signal", "noise"),
    [
        (2, "-1.2282997976153268647", "0.68489939284598059425", "2"),
        ("1/2", "-0.17497822076444199021", "0.80997386491733038825", "0.2"),
    ],
)
def test_ridgeless(psi1, chi, signal, noise) -> None:
    found = nets.random_features(nets.relu, psi1, 3, 0, "1/5").ridgeless(20)
    for name, value in (("chi", chi), ("signal", signal), ("noise", noise)):
        assert close(found[name], value, 18)
    # ψ₁ = 1/2: chi has the min(ψ₁, ψ₂) of the smaller side, and the error is near at a small ridge
    near = nets.random_features(nets.relu, psi1, 3, "1e-9", "1/5").test()
    assert near == pytest.approx(float(found["signal"]) + 0.2 * float(found["noise"]), rel=1e-6)


def test_a_curve_is_its_points_and_has_the_peak() -> None:
    curve = MODEL.curve([1e-4, 0.01, 1])
    for ridge, train, test in zip(curve.ridges, curve.train, curve.test, strict=True):
        model = nets.random_features(nets.relu, 2, 3, float(ridge), "1/5")
        assert (train, test) == pytest.approx((model.train(), model.test()), rel=1e-11)
    errors = [nets.random_features(nets.relu, psi, 3, "1e-6", "1/5").test() for psi in (1, 3, 9)]
    assert errors[1] > 10 * max(errors[0], errors[2])


def test_the_optimal_ridge() -> None:
    best = MODEL.optimal_ridge(12)
    assert close(best, "0.060957109109798804061", 11)
    table = MODEL.curve(float(best) * np.array([0.98, 1, 1.02])).test
    assert table[1] < min(table[0], table[2])
    with pytest.raises(UndefinedOperationError, match="predict nothing"):
        nets.random_features(nets.abs_, 2, 3, 1, "1/5").optimal_ridge()


def test_features_without_a_linear_part_learn_nothing() -> None:
    model = nets.random_features(nets.abs_, 2, 3, "1/100", "1/5")
    assert model.tau1(20) == model.tau2(20)
    assert model.test() > 1
    assert model.decomposition()["B"] == 1


def test_linear_features_and_means_without_a_closed_form() -> None:
    linear = nets.random_features(nets.linear, 2, 3, "1/100", "1/5")
    # W X as features: ridgeless it is least squares on n₀ inputs, the noise costs 1/(ψ₂ - 1)
    small = nets.random_features(nets.linear, 2, 3, "1e-9", "1/5")
    assert small.test() == pytest.approx(0.1, rel=1e-6)
    assert linear.test() == pytest.approx(linear.curve([0.01]).test[0], rel=1e-12)
    tanh = nets.random_features(nets.tanh, 2, 3, "1/100", "1/5")
    eta, zeta = (sp.Rational(str(v.evalf(40))) for v in (nets.tanh.eta(1), nets.tanh.zeta(1)))
    other = nets.random_features((eta, zeta), 2, 3, "1/100", "1/5")
    assert close(tanh.test(25), str(other.test(25)), 23)


def test_the_derivation_holds() -> None:
    derivation = MODEL.derive()
    assert [step.equation for step in derivation.steps] == MODEL.equations()
    # features without a linear part have few block traces
    assert nets.random_features(nets.abs_, 2, 3, 1, 0).derive().check(points=1).passed
    assert r"\tau_{1}" in derivation.latex()


def regression(f, seed: int) -> tuple[float, float]:
    """Errors of one regression with n₀ = 150, n₁ = 300, m = 450, γ = .03, σ² = .2, |β|² = n₀."""
    rng = np.random.default_rng(seed)
    n0, n1, m, gamma, noise = 150, 300, 450, 0.03, 0.2
    w = rng.normal(size=(n1, n0)) / np.sqrt(n0)
    x, new = rng.normal(size=(n0, m)), rng.normal(size=(n0, 2000))
    beta = rng.normal(size=n0)
    beta *= np.sqrt(n0) / np.linalg.norm(beta)
    labels = beta @ x / np.sqrt(n0) + np.sqrt(noise) * rng.normal(size=m)
    features, others = f(w @ x), f(w @ new)
    # y K⁻¹ Fᵀ/n₁ by the smaller side
    kernel = features @ features.T / n1 + gamma * np.eye(n1)
    readout = np.linalg.solve(kernel, features @ labels / n1)
    residual = labels - readout @ features
    missed = beta @ new / np.sqrt(n0) - readout @ others
    return float(np.mean(residual**2)), float(np.mean(missed**2))


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) - 1 / np.sqrt(2 * np.pi)


def test_a_real_regression_with_a_twin() -> None:
    """Eight regressions with relu features; erf features of the same variance are told apart."""
    found = np.array([regression(relu, seed) for seed in range(8)])
    mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(7)
    theory = np.array([MODEL.train(), MODEL.test()])
    assert (np.abs(mean - theory) < 4 * error + 0.01 * theory).all()
    twin = nets.random_features(nets.erf, 2, 3, "1/100", "1/5")
    assert abs(twin.test() - mean[1]) > 10 * error[1]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((nets.relu, 0, 3, 1, 0), "psi1 must be positive"),
        ((nets.relu, 2, -3, 1, 0), "psi2 must be positive"),
        ((nets.relu, 2, 3, -1, 0), "ridge must not be negative"),
        ((nets.relu, 2, 3, 1, -1), "noise must not be negative"),
        (((1, 2), 2, 3, 1, 0), "zeta"),
        ((nets.relu, 2, 3, 1, 0, "kernel"), "'features' or 'tangent'"),
        (((1, "1/2"), 2, 3, 1, 0, "tangent"), "E f'²"),
    ],
)
def test_bad_arguments(arguments, match) -> None:
    with pytest.raises(InvalidParameterError, match=match):
        nets.random_features(*arguments)


def test_refusals_say_what_to_do() -> None:
    psi = sp.Symbol("psi", positive=True)
    with pytest.raises(InvalidParameterError, match="psi1 = psi is a symbol"):
        nets.random_features(nets.relu, psi, 3, 1, 0).test()
    with pytest.raises(InvalidParameterError, match="ridgeless"):
        nets.random_features(nets.relu, 2, 3, 0, 0).test()
    with pytest.raises(UndefinedOperationError, match=r"ridge\^\(-1/2\)"):
        nets.random_features(nets.relu, 2, 2, 0, 0).ridgeless()
    with pytest.raises(UndefinedOperationError, match="ridge=0"):
        TANGENT.ridgeless()
    for ridges in ([0, 1], [float("nan")], ["x"]):
        with pytest.raises(InvalidParameterError, match="ridges"):
            MODEL.curve(ridges)
