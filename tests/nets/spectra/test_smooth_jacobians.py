"""Products of laws of smooth slopes, whose factors are integrals: every reading of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from freeprob import nets

LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9, 0.97])


def tanh_law(depth: int, weights: str = "orthogonal"):
    return nets.jacobian_law(nets.tanh, depth, weights, weight_variance="3/2", q=1)


@pytest.mark.parametrize(
    ("depth", "weights"), [(4, "orthogonal"), (10, "orthogonal"), (4, "iid"), (10, "iid")]
)
def test_distribution_function_and_quantiles(depth, weights):
    law = tanh_law(depth, weights)
    places = law.quantile(LEVELS)
    assert (np.diff(places, prepend=0.0) > 0).all()
    assert law.cdf(places) == pytest.approx(LEVELS, abs=1e-12)
    # mass, density and distribution function are one function
    step = 1e-4 * places
    slope = (law.cdf(places + step) - law.cdf(places - step)) / (2 * step)
    assert slope == pytest.approx(law.density(places), rel=1e-6)
    assert law.quantile(0.5) == pytest.approx(places[2], rel=1e-12)


# by panels in ball arithmetic, which share neither the rule nor the heights
DIGITS = [(4, 1.0, 0.935549139373211), (4, 1.5, 0.9938644086581536), (10, 0.3, 0.9851383962512954)]


@pytest.mark.parametrize(("depth", "x", "mass"), DIGITS)
def test_masses_are_those_of_balls(depth, x, mass):
    assert tanh_law(depth).cdf(x) == pytest.approx(mass, abs=2e-14)
