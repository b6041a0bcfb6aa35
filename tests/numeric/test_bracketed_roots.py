"""Zeros between two points, many at once, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize.elementwise import find_root

from freeprob.numeric.stepping.bracketed_roots import bracketed_roots


def powers(x: np.ndarray, exponent: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.sign(x) * np.abs(x) ** exponent - value


def steps(x: np.ndarray, exponent: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.where(x < value, -exponent, 1.0)


def falling(x: np.ndarray, exponent: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.exp(-exponent * x) - value


@pytest.mark.parametrize("function", [powers, steps, falling])
@pytest.mark.parametrize("high", [1.0, 3.0])
def test_many_zeros_are_scipys(function, high):
    rng = np.random.default_rng(5)
    places = rng.uniform(0.05, 9, 200), rng.uniform(1e-6, 1, 200)
    low, high = np.full(200, -0.25), np.full(200, high)
    # e^(-0.05 x) stays above small values
    inside = function(low, *places) * function(high, *places) <= 0
    low, high, places = low[inside], high[inside], tuple(place[inside] for place in places)
    expected = find_root(function, (low, high), args=places).x
    np.testing.assert_allclose(bracketed_roots(function, low, high, *places), expected, 1e-14)
    rough = bracketed_roots(function, low, high, *places, relative=1e-6)
    np.testing.assert_allclose(rough, expected, 2e-6)
    assert not np.allclose(rough, expected, 1e-14, 0)


def test_zeros_at_the_ends_and_none_at_all():
    line = bracketed_roots(lambda x, c: x - c, np.zeros(3), np.ones(3), np.array([0.0, 0.5, 1.0]))
    np.testing.assert_array_equal(line, [0.0, 0.5, 1.0])
    assert bracketed_roots(lambda x: x, np.zeros(0), np.zeros(0)).shape == (0,)
