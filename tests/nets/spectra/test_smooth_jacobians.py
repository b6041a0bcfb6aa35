"""Products of laws of smooth slopes, whose factors are integrals: every reading of numbers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

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


def test_many_masses_are_those_of_points() -> None:
    """A table from the density against integrals of G above each point."""
    law = tanh_law(4, "iid")
    x = np.concatenate([np.geomspace(1e-3, 12, 300), [-0.5, 0.0, np.inf, -np.inf]])
    many = law.cdf(x)
    assert many[::25] == pytest.approx([law.cdf(float(place)) for place in x[::25]], abs=1e-12)
    assert many[-4:].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert (np.diff(many[:300]) >= 0).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("depth", "weights"), [(4, "orthogonal"), (10, "orthogonal"), (4, "iid"), (10, "iid")]
)
def test_matrices_have_the_law_and_not_that_of_weights_ten_percent_off(depth, weights) -> None:
    found = tanh_law(depth, weights).check(n=200, draws=4)
    assert found.passed, found.summary()
    off = nets.jacobian_law(nets.tanh, depth, weights, weight_variance="363/200", q=1)
    assert not off.compare_to(found.spectra).passed


def test_numbers_of_a_hundred_layers_are_in_range() -> None:
    """The powers of the parts of z and a scale of 4,000 digits are each beyond float64."""
    q, weight, _ = nets.isometry_design(nets.erf, 128, "1/4")
    law = nets.jacobian_law(nets.erf, 128, weight_variance=weight, q=q)
    # the largest eigenvalue of the reference
    top = 2.27096418105
    assert law.density(top * (1 - 1e-6)) > 1e-6
    assert law.density(top * (1 + 1e-6)) == 0
    places = law.quantile([0.25, 0.5, 0.75])
    assert law.cdf(places) == pytest.approx([0.25, 0.5, 0.75], abs=1e-11)
    assert law.cauchy(-1.0).real == pytest.approx(float(law.cauchy(-1, dps=20).real), rel=1e-12)


# by panels in ball arithmetic, which share neither the rule nor the heights
DIGITS = [(4, 1.0, 0.935549139373211), (4, 1.5, 0.9938644086581536), (10, 0.3, 0.9851383962512954)]


@pytest.mark.parametrize(("depth", "x", "mass"), DIGITS)
def test_masses_are_those_of_balls(depth, x, mass):
    assert tanh_law(depth).cdf(x) == pytest.approx(mass, abs=2e-14)


@pytest.mark.parametrize("x", ["1/20", "1/4"])
def test_digits_on_the_axis_are_those_from_above(x):
    """Unknowns off the cuts of functions need no point above the axis to tell the side."""
    law, place = tanh_law(2, "iid"), sp.Rational(x)
    above = law.cauchy(place + sp.I * sp.Rational(1, 10**30), dps=20)
    assert float(law.density(place, dps=20)) == pytest.approx(float(-above.imag) / np.pi, rel=1e-15)
