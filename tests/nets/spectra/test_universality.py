"""Table 1.6 of the reference: any weights of finite variance have the limit, not any biases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError

HALF = sp.Rational(1, 2)
SIGNS = fp.Atomic({-1: HALF, 1: HALF})
NAMES = ["gaussian", "rademacher", "uniform", ("student", 5), ("student", 3), ("student", 1.5)]
FIELDS = {
    # q_1 = 2 of weight variance 3/2 and biases of variance 1/10: |x|²/n = 19/15
    "tanh": nets.Network(
        [nets.Layer(nets.tanh, weight_variance="3/2", bias_variance="1/10")] * 3, data="19/15"
    ),
    "hard_tanh": nets.Network([nets.Layer(nets.hard_tanh, weight_variance="3/2")] * 2),
    "relu": nets.Network([nets.Layer(nets.relu, weight_variance=2)] * 2),
}


@cache
def table(name: str) -> object:
    with ThreadPoolExecutor(2) as executor:
        return nets.universality(FIELDS[name], NAMES, widths=[160], draws=3, executor=executor)


@pytest.mark.parametrize(
    "name", [pytest.param("tanh", marks=pytest.mark.slow), "hard_tanh", "relu"]
)
def test_weights_of_finite_variance_have_the_limit_and_others_do_not(name):
    found = table(name)
    assert found.passed
    assert [row.agrees for row in found.rows] == [True] * 5 + [False]
    # .46, .68 and .63 at n = 1000: the failing row is far off at any size
    assert found.rows[-1].distance > 0.3
    assert found.summary().count("infinite variance") == 1


@pytest.mark.parametrize("name", ["hard_tanh", "relu"])
def test_a_wrong_weight_variance_is_seen(name):
    """The same eigenvalues against the limit for a σ_w that is off by 10 %."""
    network = FIELDS[name]
    layer = network.layers[0]
    wrong = nets.Network(
        [nets.Layer(layer.activation, 1, layer.weight_variance * sp.Rational(121, 100),
                    layer.bias_variance)] * network.depth,
        data=network.input_norm,
    )  # fmt: skip
    limit = wrong.jacobian_law().cauchy(0.5 + 0.3j)
    rows = [row for row in table(name).rows if row.weights.has_variance]
    mean = np.mean([row.value for row in rows])
    # five laws of weights have one mean, on the scale of three draws over √5
    scale = np.mean([row.scale for row in rows]) / np.sqrt(len(rows))
    assert abs(mean - rows[0].theory) < 4 * scale < abs(mean - limit)


def test_the_law_of_the_biases_changes_the_limit():
    """hard_tanh, σ_w² = 3/2: biases ±1 against Gaussian ones of the same variance."""
    normal = fp.Normal(0, 1)
    network = nets.Network([nets.Layer(nets.hard_tanh, weight_variance="3/2")] * 2, data="1/10")
    found = nets.universality(
        network, ["gaussian", "rademacher"], [SIGNS, normal], widths=[160], draws=6
    )
    assert found.passed
    rows = [row for row in found.rows if row.biases == SIGNS]
    mean, scale = np.mean([row.value for row in rows]), 4 * rows[0].scale / np.sqrt(len(rows))
    assert abs(mean - found.limits[SIGNS]) < scale < abs(mean - found.limits[normal])


def test_the_picture_shows_the_widest_networks():
    _, axes = plt.subplots()
    table("relu").plot(axes)
    plt.close()
    assert len(axes.get_lines()) == len(NAMES)


def test_draws_are_reproducible():
    one, two = (
        nets.universality(FIELDS["relu"], ["uniform"], widths=[20], draws=2, rng=3)
        for _ in range(2)
    )
    assert one == two
    assert one.rows[0].value == two.rows[0].value


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((nets.relu,), "nets.Network"),
        ((FIELDS["relu"], ["cauchy"]), "weights are"),
        ((FIELDS["relu"], [("student", 0)]), "positive"),
        ((FIELDS["relu"], ["student"]), "weights are"),
        ((FIELDS["relu"], ["uniform"], None, [1]), "width"),
        ((FIELDS["relu"], ["uniform"], None, [20], 1), "draws"),
        ((FIELDS["relu"], ["uniform"], None, [20], 2, 1.0), "above the real axis"),
        ((FIELDS["relu"], ["uniform"], [1], [20]), "laws"),
    ],
)
def test_bad_arguments(arguments, match):
    with pytest.raises(InvalidParameterError, match=match):
        nets.universality(*arguments)
