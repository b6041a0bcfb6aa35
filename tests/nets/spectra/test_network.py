"""One description, every question: answers are those of the functions, and of real networks."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

HALF = sp.Rational(1, 2)
SIGNS = fp.Atomic({-1: HALF, 1: HALF})
RELU = nets.Layer(nets.relu, weight_variance=2)
# a centred, normalised activation and a second one of another length
ERF = nets.erf.normalized(1)


def test_answers_are_those_of_the_functions():
    network = nets.Network([RELU, RELU])
    assert network.jacobian_law() == nets.jacobian_law(nets.relu, 2, "iid", 2, input_norm=1)
    assert network.kernel() == nets.nngp(nets.relu, 2, 2, 0)
    assert network.kernel(tangent=True) == nets.ntk(nets.relu, 2, 2, 0)
    assert network.mean_field() == nets.MeanField(nets.relu, 2, 0)
    assert network.lengths() == (2, 2)
    one = nets.Network([nets.Layer(nets.relu, ratio=2)])
    assert one.gram_law(samples=3) == nets.gram_law(nets.relu, sp.Rational(1, 3), HALF)
    assert one.random_features(3, "1/100", "1/5") == nets.random_features(
        nets.relu, 2, 3, "1/100", "1/5"
    )
    deep = nets.Network([nets.Layer(ERF)] * 2)
    assert deep.ntk_law(2) == nets.ntk_law(ERF, [2, 2], fp.MarchenkoPastur(2))
    kernel = nets.conjugate_kernel_law(ERF, [1, 1], fp.MarchenkoPastur(1)).moments(3)
    gram = deep.gram_law(2, samples=1).moments(3)
    assert [sp.expand(a - b) for a, b in zip(gram, kernel, strict=True)] == [0, 0, 0]


def test_layers_of_their_own():
    layers = [
        nets.Layer(nets.hard_tanh, ratio=2, weight_variance=3, weights="orthogonal", biases=SIGNS),
        nets.Layer(nets.relu, ratio=HALF, bias_variance=1),
    ]
    network = nets.Network(layers, data=2)
    assert network.widths == (1, 2, 1)
    first = nets.hard_tanh.expect(6, power=2, derivative=0)
    moved = [nets.Activation(nets.hard_tanh(W + b), W).expect(6, power=2) for b in (-1, 1)]
    assert network.lengths()[0] == 7
    assert sp.N(network.lengths()[1] - sum(moved) / 2 - 1) == pytest.approx(0, abs=1e-12)
    assert first != moved[0]
    law = network.jacobian_law()
    signals = [network.draw(80, rng=seed) for seed in range(8)]
    found = [np.mean(np.square(s.jacobian()).sum(axis=1)) for s in signals]
    # the mean of J Jᵀ, on the scale of its fluctuations; σ_w off by 10 % is seen
    mean, error = float(law.moments(1)[0]), 4 * np.std(found) / np.sqrt(8)
    assert abs(np.mean(found) - mean) < error < 0.3 * mean


W = sp.Symbol("w", real=True)


def test_mixed_weights_are_lists():
    mixed = nets.jacobian_law(nets.linear, 2, ["iid", "orthogonal"])
    assert mixed.moments(4) == fp.MarchenkoPastur(1).moments(4)
    rectangular = nets.jacobian_law(nets.linear, 2, ["orthogonal", "iid"], widths=[1, 1, 2])
    assert rectangular.moments(3) == nets.jacobian_law(
        nets.linear, 1, "iid", widths=[1, 2]
    ).moments(3)


def test_gram_laws_of_deep_and_shifted_layers():
    """Real networks: two centred layers, and one layer with biases ±1 (its means are outliers)."""
    rng = np.random.default_rng(1)
    deep = nets.Network([nets.Layer(ERF, weight_variance=2), nets.Layer(nets.tanh, ratio=2)])
    shifted = nets.Network([nets.Layer(nets.relu, ratio=2, biases=SIGNS)])
    n, z, bound = 200, -0.1, 0.01
    for network in (deep, shifted):
        law, values = network.gram_law(network.depth, samples=2), []
        for _ in range(2):
            signals = network.draw(n, rng, inputs=rng.standard_normal((2 * n, n)))
            f = network.layers[-1].activation
            w = sp.Symbol("w")
            y = sp.lambdify(w, f(w), ["numpy", "scipy"])(signals.preactivations[-2])
            values.append(np.mean(1 / (z - np.linalg.eigvalsh(y @ y.T / (2 * n)))))
        theory = law.cauchy(z).real
        assert np.mean(values) == pytest.approx(theory, rel=bound)
    # leaving the biases out is another law
    wrong = nets.Network([nets.Layer(nets.relu, ratio=2)]).gram_law(samples=2)
    assert abs(wrong.cauchy(z).real / theory - 1) > 3 * bound


def test_residual_networks():
    step = nets.ResidualLayer(nets.relu, 1, 0, read_variance=1)
    network = nets.Network([step] * 3)
    assert network.mean_field() == nets.ResidualField(nets.relu, 1, 0, 1)
    states = network.draw(50, rng=0).states
    assert [state.shape for state in states] == [(50, 1)] * 4
    with pytest.raises(UndefinedOperationError, match="residual"):
        network.jacobian_law()


def test_the_description_shows_itself_and_is_a_value():
    network = nets.Network([RELU, nets.Layer(nets.relu, biases=SIGNS)])
    assert network == pickle.loads(pickle.dumps(network))
    assert len({network, network}) == 1
    assert repr(network) == (
        "Network([Layer(Activation(Max(0, x), x), weight_variance=2), "
        "Layer(Activation(Max(0, x), x), biases=Atomic({-1: 1/2, 1: 1/2}))], data=1)"
    )
    html = network._repr_html_()
    assert html.count("<tr>") == 3
    assert "weight variance" in html


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: nets.Network([]), InvalidParameterError, "at least one"),
        (lambda: nets.Network([nets.relu]), InvalidParameterError, "nets.Layer"),
        (lambda: nets.Network([RELU], data=0), InvalidParameterError, "positive"),
        (lambda: nets.Network([RELU], data=fp.Semicircle(1)), UndefinedOperationError, "below 0"),
        (lambda: nets.Layer(nets.relu, ratio=0), InvalidParameterError, "ratio"),
        (lambda: nets.Layer(nets.relu, weights="haar"), InvalidParameterError, "orthogonal"),
        (
            lambda: nets.Layer(nets.relu, bias_variance=1, biases=SIGNS),
            InvalidParameterError,
            "not both",
        ),
        (
            lambda: nets.Network([nets.Layer(nets.tanh), RELU]).kernel(),
            UndefinedOperationError,
            "like layers",
        ),
        (
            lambda: nets.Network([nets.Layer(nets.tanh, biases=SIGNS)]).mean_field(),
            UndefinedOperationError,
            "Gaussian biases",
        ),
        (lambda: nets.Network([RELU, RELU]).gram_law(2), UndefinedOperationError, "centered"),
        (
            lambda: nets.Network([nets.Layer(nets.tanh, bias_variance=1)]).gram_law(),
            UndefinedOperationError,
            "quantiles",
        ),
        (lambda: nets.Network([RELU]).gram_law(2), InvalidParameterError, "at most 1"),
        (
            lambda: nets.Network([RELU, RELU]).random_features(2, 1),
            UndefinedOperationError,
            "one hidden layer",
        ),
        (
            lambda: nets.Network([RELU, nets.ResidualLayer(nets.relu)]),
            InvalidParameterError,
            "ResidualLayer",
        ),
    ],
)
def test_bad_descriptions(call, error, match):
    with pytest.raises(error, match=match):
        call()
