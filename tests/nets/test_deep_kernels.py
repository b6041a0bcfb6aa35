"""Kernels of deep networks against published digits, real networks and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from tests.nets.reference_digits import agrees

X1, X2, X3 = (1, 0, 1), (0, 1, 1), (2, -1, sp.Rational(1, 2))
VARIANCES = ("1.6", "0.1")
INPUT = ("1.1666666666666666667", ".63333333333333333333", "1.4333333333333333333", "2.9")
REFERENCE = [
    # activation, depth, K11, K12, K13, K33, T12, T13
    (nets.relu, 0, *INPUT, INPUT[1], INPUT[2]),
    (nets.gelu, 0, *INPUT, INPUT[1], INPUT[2]),
    (
        nets.relu,
        1,
        "1.0333333333333333333",
        "0.69538277516857965207",
        "1.2929945657562657137",
        "2.42",
        "1.0412625739423829496",
        "2.1924375331573548373",
    ),
    (
        nets.relu,
        2,
        ".92666666666666666667",
        "0.70350876792340251514",
        "1.1642359439994205796",
        "2.036",
        "1.3157491359195184354",
        "2.5756832914747349089",
    ),
    (
        nets.erf,
        1,
        "0.88981340445876806625",
        "0.49704324724987201608",
        "0.75816736219708811724",
        "1.1405870881196878179",
        "0.91549781636584023305",
        "1.5263421983501508298",
    ),
    (
        nets.erf,
        2,
        "0.8077276243078373822",
        "0.47253166712176015614",
        "0.63580089580690559199",
        "0.88303345730763260099",
        "1.1910173732273995314",
        "1.8263645411303237571",
    ),
    (
        nets.gelu,
        1,
        "0.91083424574829714297",
        "0.56465948731271585569",
        "1.143866952107337988",
        "2.3003178049463462192",
        "0.9228193164844302586",
        "2.0862693135382347974",
    ),
    (
        nets.gelu,
        2,
        "0.71121206091462003325",
        "0.48680127430547699193",
        "0.90807672328649367659",
        "1.8169175014264492269",
        "1.0243151056074220523",
        "2.2728422264689026383",
    ),
]


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: f"depth{row[1]}-{row[2][:6]}")
def test_reference_digits(row):
    activation, depth, k11, k12, k13, k33, t12, t13 = row
    K, T = nets.nngp(activation, depth, *VARIANCES), nets.ntk(activation, depth, *VARIANCES)
    assert agrees(K(X1, X1, dps=22), k11)
    assert agrees(K(X1, X2, dps=22), k12)
    assert agrees(K(X1, X3, dps=22), k13)
    assert agrees(K(X3, X3, dps=22), k33)
    assert agrees(T(X1, X2, dps=22), t12)
    assert agrees(T(X1, X3, dps=22), t13)


@pytest.mark.parametrize("activation", [nets.relu, nets.erf, nets.gelu])
@pytest.mark.parametrize("make", [nets.nngp, nets.ntk])
def test_the_three_readings_agree(activation, make):
    kernel = make(activation, 2, *VARIANCES)
    points = [X1, X2, X3]
    matrix = kernel.matrix(np.array(points, dtype=float))
    assert matrix[0, 1] == pytest.approx(float(kernel(X1, X2, dps=15)), rel=1e-11)
    assert matrix[1, 2] == pytest.approx(float(kernel(X2, X3, dps=15)), rel=1e-11)
    assert matrix[2, 2] == pytest.approx(float(kernel(X3, X3, dps=15)), rel=1e-11)
    assert kernel.diagonal(np.array(points, dtype=float)) == pytest.approx(np.diag(matrix))
    pairs = ((X1, X1), (X1, X2), (X2, X2))
    inner = [sp.Rational(sum(a * b for a, b in zip(x, y, strict=True)), 3) for x, y in pairs]
    assert kernel.formula(*inner).evalf(15) == pytest.approx(matrix[0, 1], rel=1e-11)
    assert kernel.diagonal_formula(inner[0]).evalf(15) == pytest.approx(matrix[0, 0], rel=1e-11)


@pytest.mark.parametrize("activation", [nets.hard_tanh, nets.tanh])
def test_arrays_agree_with_digits_where_no_elementary_form_exists(activation):
    for make in (nets.nngp, nets.ntk):
        kernel = make(activation, 1, *VARIANCES)
        matrix = kernel.matrix(np.array([X1, X2], dtype=float))
        assert matrix[0, 1] == pytest.approx(float(kernel(X1, X2, dps=12)), rel=1e-10)
        assert matrix[0, 0] == pytest.approx(float(kernel(X1, X1, dps=12)), rel=1e-10)


def test_formula_is_symbolic_and_differentiates():
    a, b, k, w = sp.symbols("a b k w", positive=True)
    formula = nets.nngp(nets.erf, 1, w, 0).formula(a, k, b)
    expected = 2 * w / sp.pi * sp.asin(2 * w * k / sp.sqrt((1 + 2 * w * a) * (1 + 2 * w * b)))
    numbers = {a: 1, b: 2, k: sp.Rational(1, 3), w: sp.Rational(3, 2)}
    assert abs((formula - expected).subs(numbers).evalf(30)) < 1e-28
    tangent = nets.ntk(nets.erf, 1, w, 0).formula(a, k, b)
    # the tangent kernel adds what training the first layer contributes, k dK/dk
    assert abs((tangent - formula - k * sp.diff(expected, k)).subs(numbers).evalf(30)) < 1e-28


def test_linear_networks_are_linear():
    a, k, b, w = sp.symbols("a k b w", positive=True)
    assert sp.expand(nets.nngp(nets.linear, 3, w, 0).formula(a, k, b)) == w**4 * k
    assert sp.expand(nets.ntk(nets.linear, 3, w, 0).formula(a, k, b)) == 4 * w**4 * k


def test_matrices_are_kernels():
    X = np.random.default_rng(0).standard_normal((60, 7))
    X[1] = X[0]
    X[2] = -X[0]
    for activation in (nets.relu, nets.erf, nets.hard_tanh):
        for make in (nets.nngp, nets.ntk):
            kernel = make(activation, 3, *VARIANCES)
            matrix = kernel.matrix(X)
            assert np.allclose(matrix, matrix.T)
            assert np.linalg.eigvalsh(matrix).min() > -1e-10
            assert matrix[0, 1] == pytest.approx(matrix[0, 0], rel=1e-6)
            assert kernel.matrix(X[:5], X[20:]) == pytest.approx(matrix[:5, 20:], rel=1e-12)


def test_dropout_acts_on_the_diagonal():
    K = nets.nngp(nets.erf, 1, *VARIANCES, keep_rate="0.5")
    plain = nets.nngp(nets.erf, 1, *VARIANCES)
    assert K(X1, X2) == plain(X1, X2)
    assert K(X1, X1) - 0.1 == pytest.approx(2 * (plain(X1, X1) - 0.1))


class TestRealNetworks:
    """Averages over drawn networks, within their own standard errors plus O(1/width)."""

    INPUTS = np.array([X1, X2, X3], dtype=float)

    @staticmethod
    def averages(activation, weight_variance, networks, width=300):
        network = nets.RandomNetwork(activation, (width, width, 40), weight_variance, 0.1)
        kernels, tangents = [], []
        for seed in range(networks):
            signals = network.draw(TestRealNetworks.INPUTS, rng=seed)
            kernels.append(signals.kernels[-1])
            tangents.append(signals.tangent_kernel())
        return np.array(kernels), np.array(tangents)

    @pytest.mark.parametrize("activation", [nets.relu, nets.erf])
    def test_finite_width_kernels(self, activation):
        kernels, tangents = self.averages(activation, 1.6, 40)
        limits = (nets.nngp(activation, 2, *VARIANCES), nets.ntk(activation, 2, *VARIANCES))
        for sample, limit in zip((kernels, tangents), limits, strict=True):
            error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
            assert (error < 0.03 * abs(sample.mean(axis=0)) + 0.01).all()
            theory = limit.matrix(self.INPUTS)
            allowed = 4 * error + 3 / 300 * abs(theory)
            assert (abs(sample.mean(axis=0) - theory) < allowed).all()

    def test_a_wrong_variance_is_noticed(self):
        kernels, tangents = self.averages(nets.relu, 1.6, 40)
        wrong = (nets.nngp(nets.relu, 2, 1.75, 0.1), nets.ntk(nets.relu, 2, 1.75, 0.1))
        for sample, limit in zip((kernels, tangents), wrong, strict=True):
            error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
            theory = limit.matrix(self.INPUTS)
            allowed = 4 * error + 3 / 300 * abs(theory)
            assert (abs(sample.mean(axis=0) - theory) > allowed).any()


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: nets.nngp(nets.relu, 2, -1, 0), InvalidParameterError, "cannot be negative"),
        (lambda: nets.nngp(nets.relu, -1, 1, 0), InvalidParameterError, "at least 0"),
        (lambda: nets.nngp(nets.relu, 1.5, 1, 0), InvalidParameterError, "whole number"),
        (lambda: nets.ntk(nets.step, 1, 1, 0), UndefinedOperationError, "jumps"),
        (lambda: nets.ntk(nets.sign, 1, 1, 0), UndefinedOperationError, "jumps"),
        (
            lambda: nets.nngp(nets.relu, 1, 1, 0).formula(1, 2, 1),
            InvalidParameterError,
            r"outside \[-1, 1\]",
        ),
        (
            lambda: nets.nngp(nets.relu, 1, 1, 0).matrix([[np.nan]]),
            InvalidParameterError,
            "finite",
        ),
        (lambda: nets.nngp(nets.relu, 1, 1, 0).matrix([1.0]), InvalidParameterError, "samples"),
        (
            lambda: nets.nngp(nets.relu, 1, 1, 0).matrix([[1.0]], [[1.0, 2.0]]),
            InvalidParameterError,
            "agree",
        ),
        (lambda: nets.nngp(nets.relu, 1, 1, 0)([1], [1, 2]), InvalidParameterError, "features"),
        (
            lambda: nets.nngp(nets.relu, 1, sp.Symbol("w", positive=True), 0).matrix([[1.0]]),
            UndefinedOperationError,
            "substitute",
        ),
    ],
)
def test_bad_input(make, error, match):
    with pytest.raises(error, match=match):
        make()


def test_the_kernel_of_a_step_exists():
    matrix = nets.nngp(nets.step, 1, 1, 0).matrix(np.eye(2))
    assert matrix == pytest.approx(np.array([[0.5, 0.25], [0.25, 0.5]]))


@pytest.mark.parametrize("activation", [nets.tanh, nets.softsign])
def test_inputs_of_one_length_up_to_rounding(activation):
    angles = np.linspace(0, np.pi, 100)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.sqrt(2)
    kernel = nets.nngp(activation, 2, 1.6, 0.1)
    row = kernel.matrix(circle[:1], circle)[0]
    assert row[40] == pytest.approx(kernel.matrix(circle[[0, 40]])[0, 1], rel=1e-10)
    assert kernel.diagonal(circle) == pytest.approx(row[0], rel=1e-10)


@pytest.mark.slow
def test_digits_of_far_tails_are_right_or_refused():
    """Means of elu at variances of hundreds are differences of exp(q) times tails exp(-q)."""
    inputs = [1, "1/2", "1/5"], ["3/10", -1, "2/5"]
    # by panels over u of the conditional mean of v, in float64
    found = nets.nngp(nets.elu(), 2, 50, 0)(*inputs, dps=15)
    assert float(found) == pytest.approx(4852.98341436106, rel=1e-13)
    with pytest.raises(ConvergenceError, match="too far out"):
        nets.nngp(nets.elu(), 3, 50, 0)(*inputs, dps=15)
