"""Inputs that are equal, opposite, of one direction, nearly so, huge or tiny."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import ConvergenceError, InvalidParameterError

ROWS = np.array([[1.0, 2.0], [1.0, 2.0], [0.5, -1.0]])


@pytest.mark.parametrize("f", [nets.erf, nets.tanh, nets.hard_tanh, nets.sign])
def test_equal_and_opposite_rows_of_deep_chaotic_networks(f):
    X = np.vstack([ROWS, -ROWS[:1]])
    matrix = nets.nngp(f, 100, 3, 0).matrix(X)
    assert matrix[0, 1] == pytest.approx(matrix[0, 0], rel=1e-13)
    assert matrix[0, 3] == pytest.approx(-matrix[0, 0], rel=1e-13)
    biased = nets.nngp(f, 100, 3, "1/100").matrix(X)
    assert biased[0, 1] == pytest.approx(biased[0, 0], rel=1e-13)
    for one in (matrix, biased):
        assert np.linalg.eigvalsh(one).min() > -1e-12 * np.trace(one)


def erf_recursion(a, b, depth, weight, bias):
    """The kernel of the error function in 60 digits."""
    context = mpmath.MPContext()
    context.dps = 60
    a, b = ([context.mpf(float(value)) for value in one] for one in (a, b))
    weight, bias = context.mpf(weight), context.mpf(bias)

    def product(u, v):
        return weight * context.fdot(u, v) / len(u) + bias

    q1, k, q2 = product(a, a), product(a, b), product(b, b)

    def layer(q1, k, q2):
        sine = 2 * k / context.sqrt((1 + 2 * q1) * (1 + 2 * q2))
        return weight * 2 / context.pi * context.asin(sine) + bias

    for _ in range(depth):
        q1, k, q2 = layer(q1, q1, q1), layer(q1, k, q2), layer(q2, q2, q2)
    return float(k)


@pytest.mark.parametrize("step", [1e-13, 1e-10, 1e-6, 3e-5])
@pytest.mark.parametrize("direction", ["along", "across"])
def test_roundings_grow_no_faster_than_the_distance(step, direction):
    a = np.array([1.0, 2.0])
    move = a if direction == "along" else np.array([-2.0, 1.0])
    X = np.vstack([a, a + step * move])
    matrix = nets.nngp(nets.erf, 60, 3, 0.125).matrix(X)
    expected = erf_recursion(*X, 60, 3, 0.125)
    assert matrix[0, 1] == pytest.approx(expected, rel=1e-6)


def test_rows_of_one_direction():
    a = np.array([0.1, 0.7, -0.3])
    X = np.vstack([a, 3 * a, -7 * a])
    assert np.allclose(
        nets.nngp(nets.sign, 3, 1, 0).matrix(X), [[1, 1, -1], [1, 1, -1], [-1, -1, 1]]
    )
    relu = nets.ntk(nets.relu, 4, 2, 0)
    assert relu.matrix(X)[0, 1] == pytest.approx(3 * relu.matrix(X)[0, 0], rel=1e-14)
    assert nets.ntk(nets.relu, 2, 2, 0)(a, 3 * a) == pytest.approx(
        3 * nets.ntk(nets.relu, 2, 2, 0)(a, a), rel=1e-13
    )


@pytest.mark.parametrize("f", [nets.relu, nets.leaky_relu("1/5"), nets.abs_, nets.linear])
@pytest.mark.parametrize("scale", [1e150, 1e-150])
def test_homogeneous_activations_of_huge_and_tiny_inputs(f, scale):
    for make in (nets.nngp, nets.ntk):
        kernel = make(f, 2, 2, 0)
        with np.errstate(all="raise"):
            assert np.allclose(
                kernel.matrix(scale * ROWS) / scale**2, kernel.matrix(ROWS), rtol=1e-12
            )


def test_what_float64_cannot_hold_is_refused():
    with pytest.raises(ConvergenceError, match="range of float64"):
        nets.nngp(nets.exp, 3, 1, 0).matrix([[1.0, 2.0]])
    with pytest.raises(ConvergenceError, match="range of float64"):
        nets.nngp(nets.relu, 2000, 4, 0).matrix(ROWS)
    for size in (1e200, 1e-200):
        with pytest.raises(InvalidParameterError, match="rescale"):
            nets.nngp(nets.relu, 1, 2, 0).matrix(size * ROWS)


def test_single_pairs_keep_their_digits_in_deep_networks():
    a, b = [1, 2], [1, 2 + sp.Rational(1, 10**10)]
    value = nets.nngp(nets.erf, 60, 3, sp.Rational(1, 8))(a, b, dps=20)
    more = nets.nngp(nets.erf, 60, 3, sp.Rational(1, 8))(a, b, dps=35)
    assert abs(value - more) < mpmath.mpf(10) ** -18
    assert nets.nngp(nets.erf, 60, 3, 0)([1, 2], [-1, -2], dps=15) == -nets.nngp(
        nets.erf, 60, 3, 0
    )([1, 2], [1, 2], dps=15)
