"""Lengths, correlations, gradients and curvatures of real networks against mean field."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError

WIDTH, DEPTH, NETWORKS = 300, 10, 12


def pair(length, correlation, field):
    """Two inputs whose first layer has this length and correlation."""
    bias, weight = float(field.bias_variance), float(field.weight_variance)
    x = np.random.default_rng(2).standard_normal((2, WIDTH))
    basis = np.linalg.qr(x.T)[0].T * np.sqrt(WIDTH)
    size, product = (length - bias) / weight, (correlation * length - bias) / weight
    other = product / size
    rows = np.array([basis[0], other * basis[0] + np.sqrt(1 - other**2) * basis[1]])
    return np.sqrt(size) * rows


def final_layers(field, correlation=0.6):
    """Length and correlation in the last hidden layer, and gradient growth per layer."""
    inputs = pair(field.fixed_point(), correlation, field)
    network = nets.RandomNetwork(
        field.activation,
        (*(WIDTH,) * DEPTH, 3),
        field.weight_variance,
        field.bias_variance,
        field.keep_rate,
    )
    rows = []
    for seed in range(NETWORKS):
        signals = network.draw(inputs, rng=seed)
        last = signals.preactivations[-2].T
        product = last @ last.T / WIDTH
        correlation = product[0, 1] / np.sqrt(product[0, 0] * product[1, 1])
        growth = np.nan
        if field.keep_rate == 1:
            squares = [(g[0] ** 2).sum() for g in signals.backpropagated()]
            growth = (squares[0] / squares[-2]) ** (1 / (DEPTH - 1))
        rows.append((product[0, 0], correlation, growth))
    return np.array(rows)


def deviations(found, predicted):
    """Means minus predictions, in 4 standard errors plus an O(1/N) shift."""
    error = found.std(axis=0, ddof=1) / np.sqrt(NETWORKS)
    return abs(found.mean(axis=0) - predicted) / (4 * error + 8 / WIDTH)


def predictions(field):
    """What mean field says about the last layer."""
    c = field.correlations("0.6", DEPTH - 1)[-1]
    return np.array([field.fixed_point(), c, field.chi_1()])


@pytest.mark.parametrize(
    ("activation", "variances"),
    [(nets.erf, (2, 0.05)), (nets.erf, (1, 0.05)), (nets.gelu, (1, 0.2))],
)
def test_lengths_correlations_and_gradients(activation, variances):
    field = nets.MeanField(activation, *variances)
    found = final_layers(field)
    assert (deviations(found, predictions(field)) < 1).all()
    wrong = nets.MeanField(activation, variances[0] * 1.25, variances[1])
    assert (deviations(found, predictions(wrong)) > 1).any()


def test_dropout_decorrelates():
    field = nets.MeanField(nets.erf, 2, 0.05, keep_rate=0.9)
    found = final_layers(field)[:, :2]
    theory = np.array([field.fixed_point(), field.correlation_fixed_point()])
    assert (deviations(found, theory) < 1).all()
    whole = nets.MeanField(nets.erf, 2, 0.05)
    other = np.array([whole.fixed_point(), whole.correlation_fixed_point()])
    assert (deviations(found, other) > 1).any()


def test_a_circle_is_stretched_and_bent():
    """Metric and curvature of the image of a circle, by finite differences in real networks."""
    field = nets.MeanField(nets.erf, 4, 0)
    layers = field.manifold(3)
    points = 200
    angles = 2 * np.pi * np.arange(points) / points
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((WIDTH, 2)))[0]
    size = np.sqrt(WIDTH * field.fixed_point() / 4)
    circle = size * (np.cos(angles)[:, None] * basis[:, 0] + np.sin(angles)[:, None] * basis[:, 1])
    network = nets.RandomNetwork(nets.erf, (WIDTH,) * 4, 4, 0)
    found = []
    for seed in range(NETWORKS):
        rows = []
        for h in network.draw(circle, rng=seed).preactivations:
            step = angles[1]
            velocity = (np.roll(h, -1, axis=1) - np.roll(h, 1, axis=1)) / (2 * step)
            bend = (np.roll(h, -1, axis=1) - 2 * h + np.roll(h, 1, axis=1)) / step**2
            speed = (velocity**2).mean(axis=0)
            along = (velocity * bend).mean(axis=0)
            squared = ((bend**2).mean(axis=0) * speed - along**2) / speed**3
            rows.append((speed.mean(), squared.mean()))
        found.append(rows)
    found = np.array(found)
    theory = np.array([(layer.metric, layer.curvature**2) for layer in layers])
    error = found.std(axis=0, ddof=1) / np.sqrt(NETWORKS)
    assert (abs(found.mean(axis=0) / theory - 1) < 4 * error / theory + 0.04).all()
    assert not (abs(found.mean(axis=0) / (1.2 * theory) - 1) < 4 * error / theory + 0.04).all()


def test_drawing_is_reproducible_and_checked():
    network = nets.RandomNetwork(nets.relu, (5, 2), 1, 0)
    inputs = np.ones((3, 4))
    first, again = (network.draw(inputs, rng=1).preactivations[-1] for _ in range(2))
    assert np.array_equal(first, again)
    with pytest.raises(InvalidParameterError, match="at least 1"):
        nets.RandomNetwork(nets.relu, (5, 0), 1, 0)
    with pytest.raises(InvalidParameterError, match="shape"):
        network.draw(np.ones(3))
    with pytest.raises(InvalidParameterError, match="without dropout"):
        nets.RandomNetwork(nets.relu, (5, 2), 1, 0, 0.5).draw(inputs).tangent_kernel()


HUGE, LINES, SITES = 1e308, np.ones((1, 4)), np.ones((1, 2, 4))
NETWORK, DEEP = nets.RandomNetwork, (4, 4, 4)
EXP = nets.Activation(sp.exp(sp.Symbol("w")), sp.Symbol("w"))
BEYOND_FLOATS = {
    "inputs": lambda: NETWORK(nets.linear, DEEP, 2, 1).draw(HUGE * LINES),
    "squares of inputs": lambda: NETWORK(nets.linear, DEEP, 2, 1).draw(1e200 * LINES),
    "weights": lambda: NETWORK(nets.linear, DEEP, HUGE, 1).draw(LINES),
    "biases": lambda: NETWORK(nets.linear, DEEP, 1, HUGE).draw(LINES),
    "f": lambda: NETWORK(EXP, DEEP, 1, 0).draw(1e3 * LINES),
    "a Jacobian": lambda: NETWORK(nets.linear, (4,) * 4, 1e250, 0).draw(1e-300 * LINES).jacobian(),
    "a tangent kernel": lambda: (
        NETWORK(nets.linear, (4,) * 3, 1e160, 0).draw(1e-300 * LINES).tangent_kernel()
    ),
    "a convolution": lambda: nets.RandomConvolutionalNetwork(
        nets.linear, (3, 3), (1,), HUGE, 0
    ).draw(SITES),
    "a residual network": lambda: nets.RandomResidualNetwork(nets.linear, 2, HUGE, 1).draw(LINES),
    "its gradients": lambda: (
        nets.RandomResidualNetwork(nets.linear, 4, 1e120, 0).draw(1e-300 * LINES).backpropagated()
    ),
    "layers": lambda: nets.LayerFieldTheory(nets.linear, "1/2", 1).sample(
        3, 2, 2, input_variance=HUGE
    ),
    "a described network": lambda: nets.Network([nets.Layer(nets.relu)]).draw(
        4, inputs=HUGE * LINES
    ),
}


@pytest.mark.parametrize("call", BEYOND_FLOATS.values(), ids=BEYOND_FLOATS)
def test_signals_beyond_floats_are_told(call):
    with pytest.raises(InvalidParameterError, match="leave the range of floats"):
        call()


@pytest.mark.parametrize("profile", [(0.5, 0.5), (-0.5, 2, -0.5), (), None, [[1]]])
def test_filters_have_a_middle_and_no_negative_shares(profile):
    for make in (
        lambda: nets.RandomConvolutionalNetwork(nets.relu, (3, 3), profile, 1, 0),
        lambda: nets.ConvolutionalKernel(nets.relu, 2, 1, 0, profile),
    ):
        with pytest.raises(InvalidParameterError):
            make()


def test_lists_of_weights_have_an_entry_for_each_layer():
    for name in ("weights", "biases"):
        with pytest.raises(InvalidParameterError, match="one for each layer"):
            NETWORK(nets.relu, DEEP, 1, 0, **{name: []})
    assert NETWORK(nets.relu, DEEP, 1, 0, weights=["uniform"]).draw(LINES).kernels
