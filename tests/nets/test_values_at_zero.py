"""A variance of 0: the mean is the function's own value at 0, in every reading."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError

x = sp.Symbol("x")
ROWS = [[0.0, 0.0], [1.0, 2.0]]
LEFT_STEP = nets.Activation(sp.Piecewise((0, x < 0), (1, True)), x)
VALUES = {
    # f, f(0)
    "sign": (nets.sign, 0),
    "step": (nets.step, sp.Rational(1, 2)),
    "written step": (LEFT_STEP, 1),
    "relu": (nets.relu, 0),
    "tanh": (nets.tanh, 0),
    "sigmoid": (nets.sigmoid, sp.Rational(1, 2)),
    "limit": (nets.Activation(sp.sin(x) / x, x), 1),
}


@pytest.mark.parametrize("name", VALUES)
def test_powers_and_pairs(name):
    f, value = VALUES[name]
    for power in (1, 2, 3):
        assert f.expect(0, power) == value**power
        assert f.expect_function(power)(np.zeros(2)) == pytest.approx(float(value**power))
    assert f.dual(0, 0, 0) == value**2
    assert sp.simplify(f.dual(0, 0, 1) - value * f.mean(1)) == 0


@pytest.mark.parametrize("name", VALUES)
def test_kernels_of_a_row_of_zeros(name):
    f, value = VALUES[name]
    kernel = nets.nngp(f, 1, 2, 0)
    matrix = kernel.matrix(ROWS)
    assert matrix[0, 0] == pytest.approx(float(2 * value**2))
    assert np.allclose(kernel.matrix(ROWS, ROWS), matrix, rtol=1e-12)
    for i in range(2):
        for j in range(2):
            assert kernel(ROWS[i], ROWS[j]) == pytest.approx(matrix[i, j], abs=1e-12)


def test_slopes_at_zero_are_halfway():
    assert nets.relu.expect(0, 1, derivative=1) == sp.Rational(1, 2)
    assert nets.relu.expect(0, 2, derivative=1) == sp.Rational(1, 4)
    assert nets.relu.dual_derivative(0, 0, 0) == sp.Rational(1, 4)


@pytest.mark.parametrize("make", [nets.nngp, nets.ntk])
@pytest.mark.parametrize("f", [nets.relu, nets.leaky_relu("1/10"), nets.tanh, nets.abs_])
def test_single_pairs_with_a_row_of_zeros(make, f):
    assert make(f, 1, 2, 0)([0, 0], [1, 0], dps=10) == 0


def test_no_value_is_refused():
    for f in (nets.Activation(sp.log(sp.Abs(x)), x), nets.Activation(1 / sp.sqrt(sp.Abs(x)), x)):
        with pytest.raises(InvalidParameterError, match="no finite value at 0"):
            f.expect(0)
