"""What tables of kernels are made of: graded rules, interpolation and Newton's form."""

from __future__ import annotations

import numpy as np
import pytest

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.blocks import pairs_of
from freeprob.numeric.gaussian.chebyshev import by_octaves
from freeprob.numeric.gaussian.correlation_box import correlations
from freeprob.numeric.gaussian.gaussian_grids import Grid, trapezoid
from freeprob.numeric.gaussian.newton_form import evaluate, from_chebyshev, newton_nodes


@pytest.mark.parametrize("q", [1e4, 1e6, 1e8, 1e12])
def test_means_of_a_function_that_bends_over_a_tiny_part_of_its_range(q):
    mean = Grid(lambda w: 1 - np.tanh(w) ** 2).mean(np.array([q]))[0]
    # the density of w times the integrals of w^0, w^2 and w^4 over cosh(w)^2
    series = 2 - np.pi**2 / 12 / q + 7 * np.pi**4 / 960 / q**2
    assert mean == pytest.approx(series / np.sqrt(2 * np.pi * q), rel=2e-12)
    assert abs(mean * np.sqrt(2 * np.pi * q) - 2) > 0.1 / q


def test_means_of_what_oscillates_over_the_whole_range_are_refused():
    with pytest.raises(ConvergenceError, match="does not settle"):
        Grid(lambda w: np.sin(w) ** 2).mean(np.array([1e8]))


@pytest.mark.parametrize("depth", [0, 5, 20])
def test_graded_rule_keeps_the_moments(depth):
    z, weights = trapezoid(3, depth)
    moments = [float(weights @ z**n) for n in (0, 2, 4, 8)]
    assert moments == pytest.approx([1, 1, 3, 105], rel=1e-14)
    assert np.diff(z).min() < 1.01 * 2.0**-depth / 8
    assert np.diff(z).max() < 1 / 8


def test_interpolation_by_octaves_is_relative():
    q = np.geomspace(1e-9, 1e3, 4000)
    calls = []

    def function(x):
        calls.append(x.size)
        return x**2 / (1 + x)

    values = by_octaves(function, q)
    np.testing.assert_allclose(values, function(q), rtol=3e-14, atol=0)
    assert sum(calls[:-1]) < q.size / 3


def test_interpolation_leaves_what_is_not_smooth_to_the_function():
    q = np.linspace(1, 2, 300, endpoint=False)
    np.testing.assert_array_equal(by_octaves(lambda x: np.abs(x - 1.4), q), np.abs(q - 1.4))


@pytest.mark.parametrize("length", [1, 2, 16, 17, 60, 257])
def test_newton_form_of_any_degree(length):
    rng = np.random.default_rng(length)
    chebyshev = (
        rng.standard_normal((length, 3, 2))
        * np.exp(-30 * np.arange(length) / length)[:, None, None]
    )
    left, right = rng.standard_normal((5, 3)), rng.standard_normal((2, 7))
    x = rng.uniform(-1, 1, (5, 7))
    newton = np.tensordot(from_chebyshev(length), chebyshev, 1)
    found = evaluate(left @ newton, right, [x - node for node in newton_nodes(length)])
    waves = np.polynomial.chebyshev.chebvander(x, length - 1)
    exact = np.einsum("pqm,mab,pa,bq->pq", waves, chebyshev, left, right)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12)
    flat = evaluate(left @ newton, right[:, :5], [x[:, 0] - node for node in newton_nodes(length)])
    flat_exact = np.einsum("pm,mab,pa,bp->p", waves[:, 0], chebyshev, left, right[:, :5])
    np.testing.assert_allclose(flat, flat_exact, rtol=0, atol=1e-12)


def test_arcsines_keep_their_digits_next_to_one():
    q = np.array([0.3, 2.0])
    distance = np.array([1e-7, 1e-3, 0.2, 1.0])
    k = np.sqrt(q)[:, None] * np.array([-1.0, 1.0])[:, None, None] * np.cos(distance)
    for sign, part in zip((-1, 1), k, strict=True):
        pairs = pairs_of(q[:, None], part, np.ones(4))
        (block,) = pairs.blocks
        found = correlations(pairs).arcsines(block)
        # a covariance rounded to 1e-16 leaves the distance d known to 1e-16/d
        tolerance = 1e-15 / distance + 1e-15
        assert (np.abs(sign * found - (np.pi / 2 - distance)) < tolerance).all()
        box = correlations(pairs).box()
        assert box is not None
        # around the pairs, by less than the parts at which boxes end
        low, high = box.arcsine
        assert low <= found.min() < low + np.pi / 64
        assert high - np.pi / 64 < found.max() <= high
        low, high = box.first
        assert low <= 0.3 < low * 2 ** (1 / 8)
        assert high / 2 ** (1 / 8) < 2.0 <= high
        assert box.second == (1.0, 1.0)
