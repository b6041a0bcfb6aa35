"""Every door reads numbers alike, shows the digits asked for and travels between processes."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError

x = sp.Symbol("x")
QUARTERS = [
    "1/4",
    "0.25",
    0.25,
    np.float64(0.25),
    Fraction(1, 4),
    Decimal("0.25"),
    sp.Rational(1, 4),
]
DOORS = {
    "expect": lambda v: nets.relu.expect(v, 2),
    "dual": lambda v: nets.relu.dual(v, 0, v),
    "gaussian_expectation": lambda v: nets.gaussian_expectation(x**2, x, v),
    "slope": nets.leaky_relu,
    "formula": lambda v: nets.nngp(nets.relu, 1, v, v).diagonal_formula(v),
    "inputs": lambda v: nets.nngp(nets.relu, 1, 1, 0)([v, 1], [1, v]),
    "rows": lambda v: nets.nngp(nets.relu, 1, 1, 0).matrix([[v, 1]])[0, 0],
    "arrays": lambda v: float(nets.relu.dual_function()(v, 0, v)),
    "mean field": lambda v: nets.MeanField(nets.erf, v, v).fixed_point(),
    "critical line": lambda v: nets.critical_line(nets.erf, v),
    "noise": lambda v: nets.GaussianProcess(nets.nngp(nets.relu, 1, 1, 0), v).noise,
}


@pytest.mark.parametrize("name", DOORS)
def test_numbers_are_read_alike(name):
    first, *others = (DOORS[name](value) for value in QUARTERS)
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    "rows", [[["a", "b"]], [[1j, 2.0]], [[1.0, np.nan]], [[1.0], [1.0, 2.0]], 3.0]
)
def test_rows_that_are_no_numbers(rows):
    for call in (
        nets.nngp(nets.relu, 1, 2, 0).matrix,
        nets.ntk(nets.tanh, 1, 2, 0).diagonal,
        lambda X: nets.GaussianProcess(nets.nngp(nets.relu, 1, 2, 0), 1).fit(X, [1.0]),
    ):
        with pytest.raises(InvalidParameterError):
            call(rows)


@pytest.mark.parametrize("f", [nets.relu, nets.tanh])
def test_kernels_and_fitted_processes_travel(f):
    X = [[1.0, 2.0], [0.5, -1.0]]
    kernel = nets.ntk(f, 2, 1.5, 0.1)
    before = pickle.loads(pickle.dumps(kernel))
    matrix = kernel.matrix(X)
    after = pickle.loads(pickle.dumps(kernel))
    assert before == after == kernel
    assert (before.matrix(X) == matrix).all()
    assert (after.matrix(X) == matrix).all()
    fitted = nets.GaussianProcess(kernel, 0.1).fit(X, [1.0, -1.0])
    fitted.predict(X)
    assert (pickle.loads(pickle.dumps(fitted)).predict(X) == fitted.predict(X)).all()


def test_digits_are_shown_kept_and_sent():
    value = nets.MeanField(nets.tanh, 1.5, 0.05).fixed_point(dps=30)
    assert str(value) == "0.418037200533477853978712997182"
    assert str(pickle.loads(pickle.dumps(value))) == str(value)


@pytest.mark.parametrize("name", ["relu", "tanh", "sign", "step", "gelu", "hard_tanh", "abs_"])
def test_an_activation_has_values_on_arrays(name: str) -> None:
    f = getattr(nets, name)
    places = [sp.Rational(-3, 2), sp.S(-1), sp.S(0), sp.Rational(1, 4), sp.S(1)]
    found = f(np.array([[float(place) for place in places]]))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, [[float(f(place)) for place in places]], rtol=1e-14)
    assert f(x) == f.expression(x)


def test_what_has_no_values_on_arrays_says_what_to_give() -> None:
    with pytest.raises(InvalidParameterError, match="numbers for a"):
        nets.Activation(sp.Symbol("a", positive=True) * x, x)(np.ones(2))
    K = nets.nngp(nets.relu, depth=1, weight_variance=2, bias_variance=0)
    with pytest.raises(InvalidParameterError, match=r"K\.matrix"):
        K(np.ones((2, 3)), np.ones((2, 3)))
