"""Residual recursions against real networks, published digits and asymptotic laws."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from tests.nets.reference_digits import agrees

WIDTH = 400


def inputs():
    """Two inputs with mean square 1 and mean product 1/2, units of mean zero."""
    x = np.random.default_rng(8).standard_normal((2, WIDTH))
    x -= x.mean(axis=1, keepdims=True)
    first = x[0] / np.sqrt((x[0] ** 2).mean())
    rest = x[1] - (first @ x[1]) / WIDTH * first
    second = first / 2 + np.sqrt(0.75) * rest / np.sqrt((rest**2).mean())
    return np.array([first, second])


def averages(network, networks=24):
    drawn = [network.draw(inputs(), rng=seed).correlations() for seed in range(networks)]
    samples = np.array(drawn)
    return samples.mean(axis=0), samples.std(axis=0, ddof=1) / np.sqrt(networks)


CASES = {
    "full erf": (nets.erf, (1.5, 0.2, 0.8, 0.1)),
    "full relu": (nets.relu, (1.0, 0.1, 0.5, 0.1)),
    "reduced erf": (nets.erf, (1.5, 0.2)),
    "reduced relu": (nets.relu, (1.0, 0.1)),
}


def deviations(activation, variances, theory_variances, depth=5):
    """Empirical minus predicted averages of the last layer, in allowed errors."""
    mean, error = averages(nets.RandomResidualNetwork(activation, depth, *variances))
    field = nets.ResidualField(activation, *theory_variances)
    states = field.trajectory(depth, 1, product="0.5", dps=12)
    found, spread = mean[-1][[0, 1, 0], [0, 1, 1]], error[-1][[0, 1, 0], [0, 1, 1]]
    last = states[-1]
    predicted = np.array([float(v) for v in (last.second, last.other_second, last.product)])
    return abs(found - predicted) / (4 * spread + 4 / WIDTH * predicted)


@pytest.mark.parametrize("name", CASES)
def test_real_networks(name):
    activation, variances = CASES[name]
    assert (deviations(activation, variances, variances) < 1).all()
    wrong = (variances[0] * 2, *variances[1:])
    assert (deviations(activation, variances, wrong) > 1).any()


def test_the_mean_matters_for_reduced_relu_blocks():
    """Without the cross terms 2 m E f the length would stay four times too small."""
    field = nets.ResidualField(nets.relu, 1, "0.1")
    states = field.trajectory(6, 1, dps=15)
    naive = sp.Integer(1)
    for _ in range(6):
        naive += (naive + sp.Rational(1, 10)) / 2
    assert states[-1].second > 2.5 * naive
    means = [np.sqrt(float(s.second + 0.1) / (2 * np.pi)) for s in states[:-1]]
    assert float(states[-1].mean) == pytest.approx(sum(means), rel=1e-14)


def test_gradient_growth():
    variances = (1.5, 0.2, 0.8, 0.1)
    field = nets.ResidualField(nets.tanh, *variances)
    predicted = float(field.trajectory(10, 1, dps=12)[-1].gradient)
    network = nets.RandomResidualNetwork(nets.tanh, 10, *variances)
    growth = []
    for seed in range(12):
        squares = network.draw(inputs(), rng=seed).backpropagated(rng=seed)
        growth.append(np.log(squares[0, 0] / squares[-1, 0]))
    error = np.std(growth, ddof=1) / np.sqrt(len(growth))
    assert abs(np.mean(growth) - np.log(predicted)) < 4 * error + 5 / WIDTH
    assert abs(np.mean(growth) - 1.1 * np.log(predicted)) > 4 * error + 5 / WIDTH


def test_relu_lengths_grow_geometrically():
    a, b, p = sp.symbols("a b p", positive=True)
    field = nets.ResidualField(nets.relu, a, 0, read_variance=b)
    state = field.trajectory(4, p)[-1]
    assert sp.simplify(state.second - p * (1 + a * b / 2) ** 4) == 0
    assert sp.simplify(state.gradient - (1 + a * b / 2) ** 4) == 0


def test_relu_correlations_approach_one_quadratically():
    states = nets.ResidualField(nets.relu, 1, 0, read_variance=1).trajectory(
        800, 1, product="0.5", dps=15
    )
    scaled = [l**2 * (1 - states[l].product / states[l].second) for l in (200, 800)]
    B = 0.5
    limit = 4 / (B / (1 + B) * 2 * np.sqrt(2) / (3 * np.pi)) ** 2
    assert limit == pytest.approx(399.7, abs=0.1)
    # logarithmic corrections: from below, and closer with depth
    assert 0.7 * limit < scaled[0] < scaled[1] < limit


@pytest.mark.parametrize(("start", "agrees"), [("0.6", True), ("0.5", False)])
def test_relu_correlations_from_one_start(start, agrees):
    states = nets.ResidualField(nets.relu, 1, 0, read_variance=1).trajectory(
        400, 1, product=start, dps=15
    )
    scaled = [l**2 * (1 - states[l].product / states[l].second) for l in (100, 200, 400)]
    assert ([round(float(value)) for value in scaled] == [222, 289, 336]) is agrees


class TestTanhLimits:
    def test_published_digits(self):
        """Also A = 4/3 sqrt(2/pi) for tanh with unit variances, in the reduced block."""
        reduced = nets.ResidualField(nets.tanh, 1, 0).correlation_limit(dps=18)
        assert agrees(reduced.gradient_rate, "1.06384608107048")
        limit = nets.ResidualField(nets.tanh, 1, 0, 1, "0.5").correlation_limit(dps=18)
        assert agrees(limit.value, "0.6138284799571375")
        assert agrees(limit.exponent, "0.4623866365807995")

    def test_reduced_blocks_lose_correlation(self):
        limit = nets.ResidualField(nets.tanh, 1, 0).correlation_limit(dps=18)
        assert limit.value == 0
        assert agrees(limit.exponent, str(sp.N(1 - 2 / sp.pi, 17)))

    def test_the_recursion_approaches_the_limit(self):
        """In the sign limit of erf, whose dual kernel is in closed form."""
        field = nets.ResidualField(nets.erf, 1, 0, 1, "0.5")
        states = field.trajectory(200, 1, product="0.1", dps=10)
        gaps = [abs(float(states[l].product / states[l].second) - 0.61383) for l in (100, 200)]
        # an l^(-1/2) correction of the other sign makes the first hundred layers overshoot
        assert gaps[1] < gaps[0] < 0.06

    def test_rate_of_gradients(self):
        """The integral of f'^2 is 4/3 for tanh, 2 for hard tanh, pi/2 for arctan."""
        for activation, energy in (
            (nets.tanh, sp.Rational(4, 3)),
            (nets.hard_tanh, sp.Integer(2)),
            (nets.erf, 2 * sp.sqrt(2 / sp.pi)),
        ):
            limit = nets.ResidualField(activation, 2, 0, "0.8", "0.3").correlation_limit(dps=20)
            rate = sp.sqrt(2 / sp.pi) * energy * sp.Rational(4, 5) * sp.sqrt(2)
            assert agrees(limit.gradient_rate, str(sp.N(rate / sp.sqrt(sp.Rational(11, 10)), 18)))
        jump = nets.ResidualField(nets.sign, 1, 0, 1).correlation_limit(dps=10)
        assert jump.gradient_rate == sp.oo

    @pytest.mark.parametrize("variances", [(1, 0), (2, 0, "0.8", "0.3")])
    def test_gradients_grow_like_the_exponential_of_a_root(self, variances):
        """log of the gradient's growth between two depths, over the difference of roots."""
        field = nets.ResidualField(nets.erf, *variances)
        rate = float(field.correlation_limit(dps=10).gradient_rate)
        states = field.trajectory(600, 1, dps=10)
        rise = np.log(float(states[600].gradient / states[150].gradient))
        found = rise / (np.sqrt(600) - np.sqrt(150))
        assert found == pytest.approx(rate, rel=0.03)
        assert found != pytest.approx(1.1 * rate, rel=0.03)

    def test_unbounded_activations_have_no_such_limit(self):
        with pytest.raises(UndefinedOperationError, match="bounded"):
            nets.ResidualField(nets.relu, 1, 0, 1).correlation_limit()
        with pytest.raises(UndefinedOperationError, match="shifts the mean"):
            nets.ResidualField(nets.sigmoid, 1, 0).correlation_limit()


def test_bad_input():
    with pytest.raises(InvalidParameterError, match="reduced block"):
        nets.ResidualField(nets.tanh, 1, 0, read_bias_variance=1)
    with pytest.raises(InvalidParameterError, match="negative"):
        nets.ResidualField(nets.tanh, -1, 0)
