"""Noise of batch Hessians, schedules, optimisers, and products of damped inverses."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import MarchenkoPastur, PointMass, Semicircle, Uniform
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.landscapes import damping
from freeprob.landscapes.damping import (
    Adam,
    AdaptiveDamping,
    FixedDamping,
    GradientDescent,
    Kronecker,
)
from freeprob.landscapes.experiments import Training
from freeprob.nets import linear, tanh

X = sp.Symbol("x")


class Noisy:
    """A quadratic loss whose batch Hessians are H plus a GOE with entries of variance s²/P."""

    samples = 1000

    def __init__(self, curvatures: np.ndarray, scale: float) -> None:
        self.size, self._curvatures, self._scale = len(curvatures), curvatures, scale

    def value_and_gradient(self, theta: np.ndarray, batch: object = None) -> tuple:
        return float(theta @ (self._curvatures * theta)) / 2, self._curvatures * theta

    def hessian_product(
        self, theta: np.ndarray, directions: np.ndarray, batch: np.ndarray
    ) -> np.ndarray:
        noise = np.random.default_rng(int(batch[0])).normal(size=(self.size, self.size))
        noise = (noise + noise.T) / np.sqrt(2 * self.size)
        return self._curvatures * directions + self._scale * noise @ directions


def test_noise_is_seen_along_random_directions() -> None:
    """tr E²/P = s² = 0.3, tr H/P = 3/2, and the shrinkage of the law's second moments."""
    curvatures = np.linspace(0, 3, 200)
    found = damping.curvature_noise(Noisy(curvatures, 0.3**0.5), curvatures, 10, 4, 40, rng=1)
    # the mean over n batches takes its own share of 1/n away from the variance
    assert found.variance == pytest.approx(0.3 * 3 / 4, rel=0.05)
    assert found.mean == pytest.approx(1.5, rel=0.03)
    noise = Semicircle("3/40")
    beta = float(damping.optimal_shrinkage(Uniform(0, 3), noise).beta)
    spread = 0.75 + 0.3 / 4
    assert found.spread == pytest.approx(spread, rel=0.06)
    assert found.shrinkage == pytest.approx(1 - 0.3 * 3 / 16 / spread, abs=0.01)
    assert found.shrinkage == pytest.approx(beta, abs=0.035)
    double = damping.curvature_noise(Noisy(curvatures, 0.6**0.5), curvatures, 10, 4, 40, rng=1)
    assert double.shrinkage != pytest.approx(beta, abs=0.035)


def test_noise_falls_as_one_over_the_batch_size() -> None:
    """Without replacement 1/b - 1/m: a network's Hessian, not a model of it."""
    rng = np.random.default_rng(0)
    training = Training(tanh, (4,), rng.normal(size=(100, 3)), rng.normal(size=(100, 2)))
    theta = training.initial(rng=2)
    sizes = np.array([5, 20, 50])
    found = [damping.curvature_noise(training, theta, b, 30, 30, rng=3) for b in sizes]
    noise = np.array([one.variance for one in found])
    law = 1 / sizes - 1 / 100
    assert noise / noise[0] == pytest.approx(law / law[0], rel=0.15)
    assert noise[2] / noise[0] != pytest.approx(sizes[0] / sizes[2], rel=0.15)


def test_schedules() -> None:
    def measured(batches: int) -> float:
        return 0.2 if batches == 3 else np.inf

    schedule = AdaptiveDamping(0.1, gap=5, weight=0.5, batches=3)
    assert schedule.delta_at(0, 0.0, measured) == pytest.approx(0.3)
    assert schedule.delta_at(4, 0.7, measured) == 0.7
    assert schedule.delta_at(5, 0.7, measured) == pytest.approx(0.5)
    assert schedule.rate(0.1, 0.5) == pytest.approx(0.15)
    assert AdaptiveDamping(scales_rate=False).rate(0.1, 0.5) == 0.1
    assert FixedDamping(2).delta_at(7, 0.0, measured) == 2


def test_a_scaled_rate_is_shrinkage() -> None:
    """α(1 + δ)/(λ + δ) = α/(βλ + 1 - β) at β = 1/(1 + δ)."""
    delta, curvature = 0.25, np.linspace(0, 5, 11)
    beta = float(damping.shrinkage_of_damping(delta))
    rate = FixedDamping(delta, scales_rate=True).rate(0.1, delta)
    assert rate / (curvature + delta) == pytest.approx(0.1 / (beta * curvature + 1 - beta))


def line(rng: np.random.Generator) -> Training:
    inputs = rng.normal(size=(60, 4))
    return Training(linear, (), inputs, inputs @ rng.normal(size=(4, 2)) + 0.1, biases=False)


@pytest.mark.parametrize("delta", [1e-9, 0.5])
def test_one_kronecker_step_solves_a_linear_model(delta: float) -> None:
    """From 0 with full batches: least squares, and ridge regression with ridge δ."""
    training = line(np.random.default_rng(4))
    rule = Kronecker(1.0, FixedDamping(delta), first=0, second=0)
    path = damping.train(training, rule, np.zeros(8), steps=1, batch_size=60)
    gram = training.inputs.T @ training.inputs / 60
    right = training.inputs.T @ training.targets / 60
    ridge = np.linalg.solve(gram + delta * np.eye(4), right)
    assert path.theta.reshape(2, 4) == pytest.approx(ridge.T)


def test_first_steps() -> None:
    training = line(np.random.default_rng(5))
    gradient = training.gradient(np.zeros(8))
    path = damping.train(training, Adam(0.1, FixedDamping(0.5)), np.zeros(8), 1, 60)
    assert path.theta == pytest.approx(-0.1 * gradient / (np.abs(gradient) + 0.5))
    path = damping.train(training, GradientDescent(0.1), np.zeros(8), 2, 60)
    second = training.gradient(-0.1 * gradient)
    assert path.theta == pytest.approx(-0.1 * (1.9 * gradient + second))
    assert path.dampings.tolist() == [1, 1]


@pytest.mark.parametrize("rule", [GradientDescent(), Adam(0.02), Kronecker(0.05)])
@pytest.mark.parametrize("loss", ["square", "softmax"])
def test_all_rules_descend(rule, loss: str) -> None:
    rng = np.random.default_rng(6)
    inputs = rng.normal(size=(200, 3))
    targets = np.eye(2)[(inputs[:, 0] * inputs[:, 1] > 0).astype(int)]
    training = Training(tanh, (8,), inputs, targets, loss)
    start = training.initial(rng=1)
    path = damping.train(training, rule, start, steps=200, rng=2)
    assert training.value(path.theta) < 0.7 * training.value(start)
    again = damping.train(training, rule, start, steps=200, rng=2)
    assert (again.theta == path.theta).all()
    level = 0.8 * training.value(start)
    early = damping.train(training, rule, start, steps=200, rng=2, until=level)
    means = np.convolve(path.losses, np.ones(10) / 10, "valid")
    assert len(early.losses) == np.nonzero(means < level)[0][0] + 10
    assert (early.losses == path.losses[: len(early.losses)]).all()


def test_an_adaptive_training_scales_its_rate() -> None:
    rng = np.random.default_rng(7)
    inputs = rng.normal(size=(100, 3))
    training = Training(tanh, (4,), inputs, inputs[:, :1])
    rule = Adam(0.01, AdaptiveDamping(1e-3, gap=10))
    path = damping.train(training, rule, training.initial(rng=1), steps=25)
    assert path.rates == pytest.approx(0.01 * (1 + path.dampings))
    assert len(np.unique(path.dampings)) == 3
    assert (path.dampings > 1e-3).all()


def test_two_resolvents_of_matrices() -> None:
    """tr (H + δ)⁻¹ B (H + δ)⁻¹ for semicircular and Wishart noise; without c it is off."""
    n, draws = 300, 6
    curvature = np.linspace(0, 3, n)
    weight = np.exp(-curvature)
    for noise in (Semicircle("3/10"), MarchenkoPastur("1/2")):
        rng = np.random.default_rng(8)
        traces = []
        for _ in range(draws):
            W = rng.normal(size=(n, n if noise.args[0] == sp.Rational(3, 10) else 2 * n))
            X_ = 0.3**0.5 * (W + W.T) / (2 * n) ** 0.5 if W.shape[1] == n else W @ W.T / (2 * n)
            inverse = np.linalg.inv(np.diag(curvature) + X_ + 2 * np.eye(n))
            traces.append(np.trace(inverse @ np.diag(weight) @ inverse) / n)
        found = damping.two_resolvents(Uniform(0, 3), noise, 2, sp.exp(-X), X)
        assert found.trace == pytest.approx(np.mean(traces), abs=4e-4)
        M = 1 / (curvature + found.damping)
        assert np.mean(M * weight * M) != pytest.approx(np.mean(traces), abs=4e-4)
        assert np.mean(M * (weight + found.correction) * M) == pytest.approx(found.trace, abs=4e-4)


def test_two_resolvents_in_digits() -> None:
    """c = s² ⟨MBM⟩/(1 - s² ⟨M²⟩) for semicircular noise, by mpmath."""
    found = damping.two_resolvents(Uniform(0, 3), Semicircle("3/10"), 2, X, X, dps=25)
    with mpmath.workdps(35):
        d = mpmath.findroot(lambda d: 2 - mpmath.mpf(3) / 10 * mpmath.log((3 + d) / d) / 3 - d, 1.9)
        square = 1 / (d * (3 + d))
        inner = (mpmath.log((3 + d) / d) - 3 / (3 + d)) / 3
        c = 3 * inner / (10 - 3 * square)
        for value, exact in zip(found, (d, c, inner + c * square), strict=True):
            assert abs(value - exact) < 1e-24
    # no bulk: M = 1/δ_eff, and the trace of (X + δ)⁻² is -G'(-δ)
    zero = damping.two_resolvents(PointMass(0), Semicircle(1), "5/2", 1, X)
    assert zero.trace == pytest.approx(-Semicircle(1).cauchy(-2.5, derivative=1).real)


def test_numbers_are_kept_as_they_were_read() -> None:
    rule = Adam("1/10", first="1/2")
    assert (rule.rate, rule.first) == (0.1, 0.5)
    assert (GradientDescent("1/10", "1/2").momentum, Kronecker("1/10").rate) == (0.5, 0.1)


def test_bad_input() -> None:
    training = line(np.random.default_rng(9))
    theta = np.zeros(8)
    for bad in (
        lambda: FixedDamping(0),
        lambda: FixedDamping("x"),
        lambda: FixedDamping(1, "no"),
        lambda: damping.train(training, Adam(), theta, until="x"),
        lambda: damping.train(training, Adam(), np.nan * theta),
        lambda: AdaptiveDamping(-1),
        lambda: AdaptiveDamping(weight=2),
        lambda: AdaptiveDamping(gap=0),
        lambda: AdaptiveDamping(batches=1),
        lambda: Adam(0),
        lambda: Adam("x"),
        lambda: Adam(0.1, 0.1),
        lambda: Adam(first="x"),
        lambda: damping.train(3, Adam(), theta),
        lambda: damping.curvature_noise("loss", theta, 5),
        lambda: damping.two_resolvents(Uniform(0, 3), Semicircle(1), 9, "x", X),
        lambda: Adam(first=1),
        lambda: Kronecker(gap=0),
        lambda: GradientDescent(momentum=-1),
        lambda: damping.curvature_noise(training, theta, 60),
        lambda: damping.curvature_noise(training, theta, 0),
        lambda: damping.curvature_noise(training, theta, 5, batches=1),
        lambda: damping.curvature_noise(training, theta, 5, rng="x"),
        lambda: damping.train(training, "Adam", theta),
        lambda: damping.train(training, Adam(), theta, batch_size=61),
        lambda: damping.train(training, Adam(), np.zeros(3)),
        lambda: damping.train(Noisy(np.ones(8), 0), Kronecker(), theta),
        lambda: damping.two_resolvents(Uniform(0, 3), Semicircle(1), 0, 1, X),
    ):
        with pytest.raises(InvalidParameterError):
            bad()
    with pytest.raises(ConvergenceError, match="smaller rate"):
        damping.train(training, GradientDescent(1e9), theta, steps=100)
    with pytest.raises(ConvergenceError, match=r"parameters are -?inf after 1 "):
        damping.train(Noisy(np.ones(8), 0), GradientDescent(1e308), np.full(8, 1e3), 1)
