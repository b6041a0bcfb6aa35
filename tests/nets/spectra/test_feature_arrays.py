"""Random features of given arrays: scikit-learn's ridge on handwritten digits, and their law."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

INPUTS, SAMPLES, FEATURES = 64, 200, 384
RIDGE = 1 / 100


@cache
def digits() -> tuple[np.ndarray, ...]:
    """Images of mean square 1 and whether their digit is even, old and new ones."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))[: 2 * SAMPLES]
    images = images[order] / np.sqrt(np.mean(images[order] ** 2))
    labels = np.where(labels[order] % 2 == 0, 1.0, -1.0)
    return images[:SAMPLES], labels[:SAMPLES], images[SAMPLES:], labels[SAMPLES:]


def ridge_regressions(f, draws: int, noise: float = 0.0) -> np.ndarray:
    """Errors of scikit-learn's ridge on f(Wx), one row for each W; no intercept."""
    from sklearn.linear_model import Ridge

    images, labels, new, truth = digits()
    rows = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        weights = rng.standard_normal((INPUTS, FEATURES)) / np.sqrt(INPUTS)
        old, others = f(images @ weights), f(new @ weights)
        noisy = labels + np.sqrt(noise) * rng.standard_normal(SAMPLES)
        # λ n₁ |a|²/n₀ next to a mean square over m samples
        penalty = RIDGE * FEATURES * SAMPLES / INPUTS
        model = Ridge(alpha=penalty, fit_intercept=False).fit(old, noisy)
        rows.append(
            [
                np.mean((model.predict(old) - noisy) ** 2),
                np.mean((model.predict(others) - truth) ** 2),
            ]
        )
    return np.array(rows)


def theory(f, noise: object = 0) -> np.ndarray:
    model = nets.random_features(
        f, sp.Rational(FEATURES, INPUTS), None, "1/100", noise, data=digits()
    )
    return np.array([model.train(), model.test()])


@pytest.mark.parametrize(
    ("f", "function", "noise"),
    [(nets.relu, lambda x: np.maximum(x, 0), 0), (nets.tanh, np.tanh, 0.125)],
)
def test_ridge_regression_of_digits_with_twins(f, function, noise) -> None:
    """Means over W agree up to O(1/n); a sixth of the width and another f are told apart."""
    found = ridge_regressions(function, 24, noise)
    mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(len(found))
    scale = 4 * error + mean / 20
    assert (np.abs(theory(f, sp.Rational(noise)) - mean) < scale).all()
    model = nets.random_features(f, 1, None, "1/100", sp.Rational(noise), data=digits())
    assert (np.abs(np.array([model.train(), model.test()]) - mean) > scale).all()
    other = nets.sin if f is nets.relu else nets.relu
    assert (np.abs(theory(other, sp.Rational(noise)) - mean) > scale).any()


def test_the_published_formulas() -> None:
    """Louart, Liao and Couillet, theorems 1 and 3, by linear algebra in T = m samples."""
    images, labels, new, truth = digits()
    every = np.concatenate([images, new])
    products = every @ every.T / INPUTS
    q = np.diag(products)
    kernel = nets.relu.dual_function()(q[:, None], products, q[None, :])
    m, gamma = SAMPLES, RIDGE * SAMPLES / INPUTS
    # γ next to ΣᵀΣ/T instead of FᵀF/n₁
    ridge, ratio = gamma * FEATURES / m, FEATURES / m
    phi, cross, other = kernel[:m, :m], kernel[:m, m:], kernel[m:, m:]
    delta = 0.0
    for _ in range(400):
        inverse = np.linalg.inv(ratio * phi / (1 + delta) + ridge * np.eye(m))
        delta = np.trace(phi @ inverse) / m
    psi, psi_cross, psi_other = (ratio / (1 + delta) * part for part in (phi, cross, other))
    below = 1 - np.trace(psi @ inverse @ psi @ inverse) / FEATURES
    two = inverse @ inverse
    factor = np.trace(psi @ two) / FEATURES / below
    train = ridge**2 / m * labels @ inverse @ (factor * psi + np.eye(m)) @ inverse @ labels
    share = labels @ inverse @ psi @ inverse @ labels / FEATURES / below
    rest = (
        np.trace(psi_other) / m
        - np.trace((np.eye(m) + ridge * inverse) @ psi_cross @ psi_cross.T @ inverse) / m
    )
    test = np.mean((truth - psi_cross.T @ inverse @ labels) ** 2) + share * rest
    assert theory(nets.relu) == pytest.approx([train, test], rel=1e-8)


def test_gaussian_arrays_have_the_limit_of_gaussian_inputs() -> None:
    """One draw of inputs, n₀ = 150, with signal and noise: errors are near those of the limit."""
    rng = np.random.default_rng(1)
    n0, m = 100, 200
    beta = rng.choice([-1.0, 1.0], n0)
    old, new = rng.standard_normal((m, n0)), rng.standard_normal((m, n0))
    data = (old, old @ beta / np.sqrt(n0), new, new @ beta / np.sqrt(n0))
    f = nets.erf
    model = nets.random_features(f, 2, 2, "1/100", "1/5", data=data)
    limit = nets.random_features(f, 2, 2, "1/100", "1/5")
    assert model.train() == pytest.approx(limit.train(), rel=0.06)
    assert model.test() == pytest.approx(limit.test(), rel=0.1)
    assert model.tau1() == pytest.approx(limit.tau1(), rel=0.02)
    # without the noise neither is near
    silent = nets.random_features(f, 2, 2, "1/100", data=data)
    assert silent.train() < 0.8 * limit.train()
    assert silent.test() < 0.8 * limit.test()


def test_a_curve_is_its_points() -> None:
    layer = nets.Layer(nets.relu, ratio=3)
    model = nets.Network([layer]).random_features(None, "1/100", data=digits())
    curve = model.curve([[0.01, 0.1]])
    assert curve.train.shape == curve.test.shape == (1, 2)
    assert (curve.train[0, 0], curve.test[0, 0]) == (model.train(), model.test())
    images, labels = digits()[:2]
    alone = nets.random_features(nets.relu, 3, None, "1/100", data=(images, labels))
    assert alone.train() == pytest.approx(model.train(), rel=1e-9)
    assert alone.curve([1]).test.size == 0


def test_the_derivation_holds() -> None:
    model = nets.random_features(nets.relu, 3, None, "1/100", data=digits())
    derivation = model.derive()
    assert derivation.check(points=2).passed
    for equation in model.equations():
        assert equation in [step.equation for step in derivation.steps]


X, LABELS = np.ones((4, 2)), np.ones(4)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"data": X}, "arrays"),
        ({"data": (X,)}, "X_new"),
        ({"data": (X, np.ones(3))}, "one label"),
        ({"data": (X, np.ones((4, 1)))}, "one label"),
        ({"data": (X * np.nan, LABELS)}, "X must be finite"),
        ({"data": (X, LABELS * np.inf)}, "y must be finite"),
        ({"data": (X, LABELS, np.ones((4, 3)), LABELS)}, "3"),
        ({"data": (X, LABELS, X, np.ones(2))}, "y_new"),
        ({"data": (X, LABELS), "psi2": 3}, "psi2 is 2"),
        ({"data": (X, LABELS), "psi1": 0}, "psi1 must be positive"),
        ({"data": (X, LABELS), "psi1": sp.Symbol("psi")}, "symbol"),
        ({"data": (X, LABELS), "ridge": 0}, "ridge > 0"),
        ({"data": (X, LABELS), "noise": -1}, "noise"),
        ({"data": (X, LABELS), "f": (1, 0)}, "Activation"),
    ],
)
def test_bad_arrays(arguments, match) -> None:
    known = {"f": nets.relu, "psi1": 2, "psi2": None, "ridge": 1, **arguments}
    with pytest.raises(InvalidParameterError, match=match):
        nets.random_features(**known)


def test_refusals_say_what_to_do() -> None:
    model = nets.random_features(nets.relu, 2, 2, 1, data=(X, LABELS))
    with pytest.raises(InvalidParameterError, match="X_new"):
        model.test()
    with pytest.raises(InvalidParameterError, match="floats"):
        model.train(dps=20)
    with pytest.raises(UndefinedOperationError, match="Empirical"):
        nets.random_features(nets.relu, 2, 2, 1, 0, "tangent", data=(X, LABELS))
