"""Random features of data that are known by a law: digits, other routes, real regressions."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.spectra.feature_traces import feature_symbols

HALF = sp.Rational(1, 2)
ARGUMENTS = (nets.relu, 2, 3, "1/100", "1/5")
# two thirds of the directions have variance 1/4, one third 5/2
POPULATION = fp.Atomic({"1/4": "2/3", "5/2": "1/3"})


def gram(population: fp.Law, psi2: int) -> fp.Law:
    """Law of XᵀX/n₀ for samples of a population."""
    ratio = sp.Rational(1, psi2)
    return fp.sample_covariance(population, ratio).companion(ratio).dilate(psi2)


@pytest.mark.parametrize("data", [fp.MarchenkoPastur(3), gram(fp.PointMass(1), 3)])
def test_independent_inputs_are_a_law_of_data(data) -> None:
    """Digits of the reference, by Adlam-Pennington and by Mei-Montanari."""
    model = nets.random_features(*ARGUMENTS, data=data)
    assert str(model.train(22)) == "0.1691059805898962171964"
    assert str(model.test(22)) == "0.5635480738009141196714"
    curve, other = (m.curve([1e-3, 1]) for m in (model, nets.random_features(*ARGUMENTS)))
    assert curve.test == pytest.approx(other.test, rel=1e-11)
    assert model.optimal_ridge() == pytest.approx(0.060957109109798804, rel=1e-12)


@pytest.mark.parametrize("kernel", ["features", pytest.param("tangent", marks=pytest.mark.slow)])
@pytest.mark.parametrize("f", [nets.relu, nets.linear, nets.abs_])
def test_the_law_has_the_traces_of_the_matrices(f, kernel) -> None:
    """τ₁, τ₂ and slopes by block traces of K⁻¹, which know nothing of free products."""
    model, s = nets.random_features(f, 2, "3/2", "1/7", "1/5", kernel), feature_symbols()
    own, slope = model.regression, model.slope if model.slope is not None else sp.S.One
    values = (2, sp.Rational(3, 2), sp.Rational(3, 14), model.eta, model.zeta, slope)
    values = {k: sp.Rational(str(sp.N(v, 40))) for k, v in zip(s, values, strict=True)}
    for trace, found in ((own.tau1(), model.tau1(25)), (own.tau2(), model.tau2(25))):
        used = {k: v for k, v in values.items() if k in trace.parameters}
        assert str(trace.at_values(used).evaluate(dps=25)) == str(found)


def test_small_ridges_and_large_ones_of_a_curve_are_right() -> None:
    """Where floats cancel, the curve is that of digits."""
    ridges = [1e-9, 1e-7, 1e5]
    for psi1 in (2, 5):
        curve = nets.random_features(nets.relu, psi1, 3, 1, "1/5").curve(ridges)
        for ridge, train, test in zip(ridges, curve.train, curve.test, strict=True):
            exact = nets.random_features(nets.relu, psi1, 3, sp.Rational(ridge), "1/5")
            assert (train, test) == pytest.approx((exact.train(), exact.test()), rel=1e-11)


def regression(n0: int, seed: int) -> tuple[float, float, np.ndarray]:
    """Errors of relu features of the population, ψ₁ = 2, ψ₂ = 3, γ = .03; and its Gram matrix."""
    rng = np.random.default_rng(seed)
    n1, m, gamma = 2 * n0, 3 * n0, 0.03
    scales = np.sqrt(np.where(np.arange(n0) < 2 * n0 // 3, 0.25, 2.5))[:, None]
    w = rng.normal(size=(n1, n0)) / np.sqrt(n0)
    x, new = scales * rng.normal(size=(n0, m)), scales * rng.normal(size=(n0, 2000))
    # |β|² and the variance of the signal are those of the limit
    beta = rng.choice([-1.0, 1.0], n0)
    noise = np.sqrt(0.2) * rng.normal(size=m)
    f, g = (np.maximum(w @ y, 0) - 1 / np.sqrt(2 * np.pi) for y in (x, new))
    kernel = f @ f.T / n1 + gamma * np.eye(n1)
    readout = np.linalg.solve(kernel, f @ (beta @ x / np.sqrt(n0) + noise) / n1)
    train = np.mean((beta @ x / np.sqrt(n0) + noise - readout @ f) ** 2)
    return train, np.mean((beta @ new / np.sqrt(n0) - readout @ g) ** 2), x.T @ x / n0


def test_a_population_with_a_twin() -> None:
    """Real regressions on inputs with two variances; white inputs are told apart."""
    found = [regression(150, seed) for seed in range(8)]
    errors = np.array([[train, test] for train, test, _ in found])
    mean, error = errors.mean(axis=0), errors.std(axis=0) / np.sqrt(7)
    model = nets.random_features(*ARGUMENTS, data=gram(POPULATION, 3))
    scale = 4 * error + 0.01 * mean
    assert (np.abs(mean - (model.train(), model.test())) < scale).all()
    twin = nets.random_features(*ARGUMENTS)
    assert (np.abs(mean - (twin.train(), twin.test())) > scale).all()
    # eigenvalues of one's own data do as well
    values = np.maximum(np.linalg.eigvalsh(found[0][2]), 0)
    own = nets.random_features(*ARGUMENTS, data=fp.Empirical(values))
    assert own.test() == pytest.approx(model.test(), rel=0.05)


def test_a_network_has_the_law_of_its_data() -> None:
    layer = nets.Layer(nets.relu, ratio=2, weight_variance=4)
    network = nets.Network([layer], data=fp.Uniform(0, 2))
    w = sp.Symbol("w")
    same = nets.random_features(
        nets.Activation(nets.relu(2 * w), w), 2, 3, "1/100", "1/5", data=fp.Uniform(0, 2)
    )
    model = network.random_features(3, "1/100", "1/5")
    assert model == same
    assert str(model.equations()[2]).count("Uniform(0, 2)") == 1


def test_activations_see_the_length_of_the_data() -> None:
    """Inputs of length 2 are inputs of length 1 that f sees times √2; signals have variance 2."""
    w = sp.Symbol("w")
    scaled = nets.Activation(nets.erf(sp.sqrt(2) * w), w)
    for kernel in ("features", "tangent"):
        long = nets.random_features(nets.erf, 2, 3, "1/9", 2, kernel, data=fp.MarchenkoPastur(3, 2))
        short = nets.random_features(scaled, 2, 3, "1/9", 1, kernel)
        for one, two in ((long.train(15), short.train(15)), (long.test(15), short.test(15))):
            assert float(one) == pytest.approx(2 * float(two), rel=1e-13)


@pytest.mark.parametrize("data", [fp.LawSymbol("H", positive=True), fp.Uniform(0, 2)])
def test_equations_are_integrals_over_the_data(data) -> None:
    model = nets.random_features(*ARGUMENTS, data=data)
    derivation = model.derive()
    assert [step.equation for step in derivation.steps] == model.equations()
    assert str(data) in str(derivation.steps[2].equation)
    assert derivation.check(points=1).passed
    wrong = derivation.steps[1].equation
    broken = replace(derivation.steps[1], equation=sp.Eq(wrong.lhs, wrong.rhs + 1))
    assert derivation.evidence.refuted([broken, *derivation.steps[-2:]], Random(0)) == [broken]


@pytest.mark.parametrize("f", [nets.relu, (1, 0), (1, 1)], ids=str)
@pytest.mark.parametrize(("psi1", "psi2"), [(2, 3), (3, 2), ("1/2", 3), (3, "1/2")])
def test_ridgeless_limits_are_those_of_small_ridges(f, psi1, psi2) -> None:
    """Features in excess, in want, and more than the rank of the data."""
    for data in (None, fp.Empirical([0, 0, 3, 1.5]), fp.Uniform(1, 2)):
        limit = nets.random_features(f, psi1, psi2, 0, 1, data=data).ridgeless(20)
        near = nets.random_features(f, psi1, psi2, "1e-9", 1, data=data).test()
        assert near == pytest.approx(float(limit["signal"] + limit["noise"]), rel=1e-6)


def test_chi_is_a_product_of_traces_of_both_sides() -> None:
    """-(η - ζ) ψ₂ γ τ₁ τ̃₁ at a small γ."""
    for psi1, psi2 in ((2, 3), (3, 2)):
        model = nets.random_features(nets.relu, psi1, psi2, "1e-9", data=fp.Empirical([0, 3, 1]))
        ratio, gamma = float(model.law.ratio), float(model.ridge * model.psi2)
        other = ratio * model.tau1() + (1 - ratio) / gamma
        curved = float(model.eta - model.zeta)
        chi = -curved * psi2 * gamma * model.tau1() * other
        assert model.ridgeless()["chi"] == pytest.approx(chi, rel=1e-6)


@pytest.mark.parametrize(
    ("f", "psi1", "psi2", "data", "match"),
    [
        (nets.relu, 2, 2, fp.Uniform(1, 2), "as many features as samples"),
        ((1, 1), 2, 4, fp.Empirical([0, 3]), "rank"),
        ((1, 1), 3, 2, fp.Uniform(0, 2), "down to 0"),
        ((1, 1), 3, 1, None, "down to 0"),
    ],
)
def test_where_the_ridgeless_error_diverges(f, psi1, psi2, data, match) -> None:
    with pytest.raises(UndefinedOperationError, match=match):
        nets.random_features(f, psi1, psi2, 0, data=data).ridgeless()


def test_refusals_say_what_to_do() -> None:
    with pytest.raises(UndefinedOperationError, match="mass below 0"):
        nets.random_features(*ARGUMENTS, data=fp.Semicircle(1))
    letter = nets.random_features(*ARGUMENTS, data=fp.LawSymbol("H", positive=True))
    with pytest.raises(InvalidParameterError, match="equations"):
        letter.test()
    uniform = nets.random_features(*ARGUMENTS, data=fp.Uniform(0, 2))
    with pytest.raises(UndefinedOperationError, match=r"two independent samples.*leave out data"):
        uniform.decomposition()
    with pytest.raises(InvalidParameterError, match="Law"):
        nets.random_features(*ARGUMENTS, data=3)


@pytest.mark.parametrize("number", [4, 11, 14])
def test_many_decimals_of_sixteen_digits_are_data(number: int) -> None:
    """Over one denominator their equation has numbers that floats do not hold.

    Reference: 1/k = 1 + (m/n₁) ∫ s/(s k + γ), by bisection, its trace differentiated by steps.
    """
    values = np.random.default_rng(12).exponential(1.6, number)
    psi1, psi2, ridge, noise = 2.4410192076156716, 2.086413071677816, 0.1201434124, 0.8436306843
    f, length = nets.gelu, float(np.mean(values))
    eta, zeta = float(f.eta(length)), float(f.zeta(length))
    rows = zeta * values / length + eta - zeta

    def trace(gamma: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(80):
            k = (low + high) / 2
            above = k * (1 + psi2 / psi1 * np.mean(rows / (rows * k + gamma))) > 1
            low, high = (low, k) if above else (k, high)
        return float(np.mean((values + noise) / (rows * low + gamma)))

    gamma, step = ridge * psi2, 1e-3
    far, near = (trace(gamma + i * step) - trace(gamma - i * step) for i in (2, 1))
    model = nets.random_features(f, psi1, psi2, ridge, noise, data=fp.Empirical(values))
    assert model.train() == pytest.approx(-(gamma**2) * (8 * near - far) / (12 * step), rel=1e-8)
