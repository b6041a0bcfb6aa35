"""Jacobians of real networks by the chain rule against their laws, on scales of order n^(-1/2)."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError

HALF = sp.Rational(1, 2)
SIGNS = fp.Atomic({-1: HALF, 1: HALF})
OFF = sp.Rational(121, 100)  # σ_w off by 10 %
LAYERS = {
    "relu, orthogonal": (3, {"activation": nets.relu, "weights": "orthogonal"}, 2),
    "relu": (2, {"activation": nets.relu}, 2),
    "relu, four layers": (4, {"activation": nets.relu}, 2),
    "leaky relu": (2, {"activation": nets.leaky_relu("1/4"), "weights": "orthogonal"}, 2),
    # lengths fluctuate here, and shares of flat slopes with them
    "hard tanh": (2, {"activation": nets.hard_tanh, "bias_variance": "1/10"}, "3/2"),
    "hard tanh, biases of two values": (2, {"activation": nets.hard_tanh, "biases": SIGNS}, "3/2"),
}


def network(name: str, off: sp.Rational = sp.S.One) -> nets.Network:
    depth, layer, variance = LAYERS[name]
    return nets.Network([nets.Layer(weight_variance=sp.Rational(variance) * off, **layer)] * depth)


def eigenvalues(net: nets.Network, n: int, seed: int) -> np.ndarray:
    """Of J Jᵀ of one network, at one input."""
    jacobian = net.draw(n, rng=seed).jacobian()
    return np.linalg.eigvalsh(jacobian @ jacobian.T)


def told_apart(name: str, n: int, draws: int) -> tuple[bool, bool]:
    """Whether networks have their law, and that of weights 10 % larger."""
    net = network(name)
    rows = np.array([eigenvalues(net, n, seed) for seed in range(draws)])
    laws = net.jacobian_law(), network(name, OFF).jacobian_law()
    right, wrong = (law.compare_to(rows, independent=net.depth).passed for law in laws)
    return right, wrong


@pytest.mark.parametrize("name", LAYERS)
def test_networks_have_their_law_and_no_other(name) -> None:
    assert told_apart(name, 200, 4) == (True, False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu, orthogonal", "relu", "hard tanh"])
def test_one_large_network_has_its_law_and_no_other(name) -> None:
    assert told_apart(name, 1500, 1) == (True, False)


def test_counts_fluctuate_like_the_root_of_their_number() -> None:
    """The kernel of J is that of the layer with most flat slopes, so its dimension is no constant.

    Scales of rigid spectra refuse the right law for most networks; several networks sharpen those
    of independent slopes, too.
    """
    net, n = network("relu, orthogonal"), 300
    law = net.jacobian_law()
    rows = np.array([eigenvalues(net, n, seed) for seed in range(8)])
    kernels = np.mean(rows < 1e-10, axis=1)
    assert kernels.std() > 4 / n
    assert sum(law.compare_to(row).passed for row in rows) < 6
    together = law.compare_to(rows, independent=3)
    assert together.passed
    one = law.compare_to(rows[0], independent=3)
    scales = [
        next(s.scale for s in found.statistics if s.name == "moment 1") for found in (one, together)
    ]
    assert scales[1] < 0.6 * scales[0]
    # nothing changes for laws whose matrices are rigid
    semicircle = fp.Semicircle(1)
    values = semicircle.sample(200, rng=0)
    assert semicircle.compare_to(values, independent=0) == semicircle.compare_to(values)


@pytest.mark.parametrize("independent", [-1, 1.5, "many"])
def test_numbers_of_factors_are_whole(independent) -> None:
    with pytest.raises(InvalidParameterError, match="independent"):
        fp.Semicircle(1).compare_to([0.0, 1.0], independent=independent)
