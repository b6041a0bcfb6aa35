"""Kernels on arrays for functions without closed form: tables against digits and identities."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
from scipy.special import erf

from freeprob import nets
from freeprob.errors import ConvergenceError
from freeprob.nets.expectations.fast import fast_duals
from freeprob.numeric.gaussian.blocks import mirror, pairs_of, tiles
from freeprob.numeric.gaussian.correlation_box import Box, correlations
from freeprob.numeric.gaussian.dual_tables import dual_table
from freeprob.numeric.gaussian.gaussian_grids import Grid

x = sp.Symbol("x", real=True)
BENT = nets.Activation(sp.tanh(x) * sp.Abs(x - 1), x)


def data(rows: int) -> np.ndarray:
    """Rows among which are a copy, an opposite, a multiple and a neighbour of the first."""
    X = np.random.default_rng(5).standard_normal((rows, 4))
    X[1], X[2], X[3] = X[0], -X[0], 1.5 * X[0]
    X[4] = X[0] + 1e-3 * X[5]
    return X


def brute_force(function, q1: float, k: float, q2: float, step: float) -> float:
    """E f(u) f(v) by the trapezoidal rule in two dimensions."""
    z = np.arange(-9, 9 + step / 2, step)
    weight = step * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    c = k / np.sqrt(q1 * q2)
    v = np.sqrt(q2) * (c * z[:, None] + np.sqrt((1 - c) * (1 + c)) * z)
    return weight * function(np.sqrt(q1) * z) @ function(v) @ weight


SMOOTH = {
    nets.tanh: np.tanh,
    nets.sigmoid: lambda w: 1 / (1 + np.exp(-w)),
    nets.arctan: np.arctan,
    nets.mish: lambda w: w * np.tanh(np.log1p(np.exp(w))),
}


@pytest.mark.parametrize("f", SMOOTH, ids=["tanh", "sigmoid", "arctan", "mish"])
def test_matrix_entries_against_brute_force(f):
    X = data(20)
    matrix = nets.nngp(f, 1, 1, 0).matrix(X)
    gram = X @ X.T / 4
    for i, j in ((0, 1), (0, 2), (0, 3), (0, 4), (6, 7), (8, 19)):
        k = np.clip(gram[i, j], *(np.sqrt(gram[i, i] * gram[j, j]) * np.array([-1, 1])))
        value = brute_force(SMOOTH[f], gram[i, i], k, gram[j, j], 1 / 32)
        assert abs(matrix[i, j] - value) < 1e-12 * np.sqrt(matrix[i, i] * matrix[j, j]), (i, j)
    assert np.array_equal(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > -1e-12
    wrong = brute_force(SMOOTH[f], gram[6, 6], gram[6, 7] + 1e-9, gram[7, 7], 1 / 32)
    assert abs(matrix[6, 7] - wrong) > 1e-11


@pytest.mark.parametrize("make", [nets.nngp, nets.ntk])
def test_matrix_entries_have_the_digits(make):
    X, kernel = data(8), make(nets.tanh, 1, "1.6", "0.1")
    exact = kernel(*([sp.Rational(float(v)) for v in X[row]] for row in (6, 7)), dps=14)
    assert abs(kernel.matrix(X)[6, 7] - float(exact)) < 1e-13


@pytest.mark.parametrize("f", [nets.tanh, nets.swish, BENT], ids=["tanh", "swish", "bent"])
def test_the_table_of_many_pairs_agrees_with_each_pair_alone(f):
    X = data(12) * np.geomspace(0.3, 2, 12)[:, None]
    gram = X @ X.T / 4
    q = np.diag(gram)
    kernel = f.dual_function()
    matrix = kernel(q[:, None], gram, q[None])
    flat = kernel(np.repeat(q, 12), gram.ravel(), np.tile(q, 12)).reshape(12, 12)
    size = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    assert np.abs(matrix - flat).max() < 1e-12
    for i, j in ((0, 1), (0, 3), (0, 4), (3, 11), (7, 8)):
        assert abs(kernel(q[i], gram[i, j], q[j]) - matrix[i, j]) < 1e-11 * size[i, j]


def test_a_kink_away_from_zero_up_to_correlation_one():
    kernel, slope = BENT.dual_function(), BENT.dual_derivative_function()
    half = float(BENT.dual(1, sp.Rational(3, 5), sp.Rational(36, 25)).evalf(13))
    assert kernel(1.0, 0.6, 1.44) == pytest.approx(half, abs=1e-12)
    line = float(BENT.dual(1, sp.Rational(6, 5), sp.Rational(36, 25)).evalf(13))
    assert kernel(1.0, 1.2, 1.44) == pytest.approx(line, abs=1e-12)
    # the slope is E f'(u) f'(v), which itself moves by the root of the distance
    near = line - 1e-6 * float(slope(1.0, 1.2, 1.44))
    assert kernel(1.0, 1.2 - 1e-6, 1.44) == pytest.approx(near, abs=1e-8)
    assert abs(kernel(1.0, 1.2 - 1e-6, 1.44) - line) > 1e-7


def test_large_variances_at_every_correlation():
    k = 400 * np.cos(np.linspace(0, np.pi, 41))
    values = nets.sigmoid.dual_function()(400.0, k, 400.0)
    # sigmoid(x) + sigmoid(-x) = 1
    assert values + values[::-1] == pytest.approx(0.5, abs=1e-12)
    for i in (0, 1, 17):
        exact = brute_force(SMOOTH[nets.sigmoid], 400.0, k[i], 400.0, 1 / 100)
        assert values[i] == pytest.approx(exact, abs=1e-12)


def widened_gap(q1, k, q2):
    """(1 + 2 q1)(1 + 2 q2) - 4 k^2 without cancellation."""
    exact = np.vectorize(lambda a, c, b: float(max(F(a) * F(b) - F(c) ** 2, 0)), otypes=[float])
    return 1 + 2 * q1 + 2 * q2 + 4 * exact(q1, k, q2)


def erf_kernel(q1, k, q2):
    return 2 / np.pi * np.arctan2(2 * k, np.sqrt(widened_gap(q1, k, q2)))


def erf_slope_kernel(q1, k, q2):
    return 4 / np.pi / np.sqrt(widened_gap(q1, k, q2))


ERF = Grid(erf, parity=-1)
ERF_SLOPE = Grid(lambda w: 2 / np.sqrt(np.pi) * np.exp(-np.minimum(w * w, 700)), parity=1)


@pytest.mark.parametrize(
    ("low", "high"), [(1, 1), (0.5, 3), (1e-6, 1e-4), (1e-3, 10), (1, 1e3), (1e6, 2e6)]
)
@pytest.mark.parametrize(
    ("grid", "exact"), [(ERF, erf_kernel), (ERF_SLOPE, erf_slope_kernel)], ids=["erf", "slope"]
)
@pytest.mark.parametrize("parity_is_known", [True, False])
def test_tables_of_any_variances_against_a_closed_form(grid, exact, low, high, parity_is_known):
    q = np.geomspace(low, high, 12)
    distance = np.array([0, 1e-7, 1e-3, 0.1, 0.5, 1.2])
    c = np.concatenate([np.cos(distance), -np.cos(distance)])
    k = c * np.sqrt(np.outer(q, q[::-1]))
    if not parity_is_known:
        grid = Grid(grid.function)
    pairs = pairs_of(q[:, None], k, q[None, ::-1])
    known = correlations(pairs)
    box = known.box()
    assert box is not None
    table = dual_table(grid, box)
    (block,) = pairs.blocks
    found = table.on(pairs)(block, table.variable.on(known, block))
    scale = np.sqrt(np.outer(*(exact(v, v, v) for v in (q, q[::-1]))))
    assert (np.abs(found - exact(q[:, None], k, q[::-1])) < 1e-11 * scale).all()
    assert (np.abs(found - exact(1.01 * q[:, None], k, q[::-1])) > 1e-11 * scale).any()


def test_tangent_kernel_of_huge_inputs():
    X = 1e3 * data(6)
    kernel = nets.ntk(nets.tanh, 2, 1.6, 0.1)
    matrix, diagonal = kernel.matrix(X), kernel.diagonal(X)
    # rows 0 and 1 are equal, 0 and 2 opposite, 0 and 3 of one direction
    assert matrix[0, 1] == pytest.approx(diagonal[0], rel=1e-9)
    same = nets.ntk(nets.tanh, 2, 1.6, 0).matrix(X)
    assert same[0, 2] == pytest.approx(-same[0, 0], rel=1e-9)
    assert kernel.matrix(X[[0]], X[[3]])[0, 0] == pytest.approx(matrix[0, 3], rel=1e-10)
    # so large, tanh is a sign but for corrections of the order of its width
    angle = np.arccos(X[4] @ X[5] / np.linalg.norm(X[4]) / np.linalg.norm(X[5]))
    sign = nets.nngp(nets.tanh, 1, 1, 0).matrix(X)[4, 5]
    assert sign == pytest.approx(1 - 2 * angle / np.pi, abs=3e-3)


@pytest.mark.parametrize("f", [nets.tanh, nets.softplus, nets.sigmoid])
def test_inputs_of_all_sizes_down_to_zero(f):
    X = data(6)
    X[3] *= 1e-4
    X[5] = 0
    for make in (nets.nngp, nets.ntk):
        kernel = make(f, 2, 1.6, 0)
        matrix, diagonal = kernel.matrix(X), kernel.diagonal(X)
        # rows 0 and 3 are multiples of each other, the pair's own call is a table of one point
        assert kernel.matrix(X[[0]], X[[3]])[0, 0] == pytest.approx(matrix[0, 3], rel=1e-10)
        assert (np.abs(matrix) <= np.sqrt(np.outer(diagonal, diagonal)) * (1 + 1e-10)).all()
    start = float(f(sp.Integer(0)).evalf(17))
    assert nets.nngp(f, 1, 1, 0).matrix(X)[0, 5] == pytest.approx(
        start * float(f.expect_function()(X[0] @ X[0] / 4)), abs=1e-14
    )


def test_functions_share_a_pass():
    rng = np.random.default_rng(2)
    q, c = rng.uniform(0.5, 2, 30), rng.uniform(-0.9, 0.9, (30, 30))
    k = c * np.sqrt(np.outer(q, q))
    pieces = [nets.tanh.pieces, nets.relu.pieces, nets.tanh.pieces_of(1), nets.erf.pieces]
    joint = fast_duals(pieces)(q[:, None], k, q[None])
    for values, one in zip(joint, pieces, strict=True):
        (alone,) = fast_duals([one])(q[:, None], k, q[None])
        np.testing.assert_allclose(values, alone, rtol=0, atol=1e-14)


def test_symmetric_and_rectangular_matrices_agree():
    X = np.random.default_rng(4).standard_normal((300, 5))
    for f in (nets.relu, nets.gelu, nets.tanh):
        for make in (nets.nngp, nets.ntk):
            kernel = make(f, 2, 1.5, 0.2)
            matrix, whole = kernel.matrix(X), kernel.matrix(X, X[:250])
            np.testing.assert_allclose(
                np.tril(matrix[:, :250], -1), np.tril(whole, -1), rtol=0, atol=1e-12
            )
            assert np.array_equal(matrix, matrix.T)


def test_blocks_cover_the_lower_triangle_once():
    count = np.zeros((500, 500))
    for block in tiles(500, 500, symmetric=True):
        count[block] += 1
    assert (np.tril(count) == np.tri(500)).all()
    full = np.random.default_rng(0).standard_normal((500, 500))
    full += full.T
    half = np.where(count > 0, full, np.nan)
    mirror(half)
    assert np.array_equal(half, full)


def test_an_undeclared_kink_is_refused():
    with pytest.raises(ConvergenceError):
        dual_table(Grid(lambda w: np.abs(w - 0.3)), Box((0.5, 2), (0.5, 2), (-1.4, 1.5)))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "swish", "mish", "tanh", "gelu_tanh"])
def test_float_means_at_large_variance(name):
    f = getattr(nets, name)
    for power, derivative in ((2, 0), (2, 1)):
        value = f.expect_function(power, derivative)(1000.0)
        exact = float(f.expect(1000, power, derivative).evalf(17))
        assert value == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize(
    "expr",
    [
        1 / (1 + sp.exp(-x)),
        sp.exp(2 * x) / (1 + sp.exp(x)) ** 3,
        sp.exp(-x) / (1 + sp.exp(-x)) ** 2,
        x * sp.exp(3 * x) / (2 + 5 * sp.exp(x)) ** 3,
        sp.log(3 + 2 * sp.exp(-2 * x)),
        sp.tanh(sp.log(1 + sp.exp(x))) * sp.exp(x) / (1 + sp.exp(x)),
    ],
)
def test_saturating_exponentials_do_not_overflow(expr):
    from freeprob.numeric.programs.lowering import compile_numpy

    places = [-1000, -40, -2, 0, 1, 40, 1000]
    values = compile_numpy(expr, [x])(np.array(places, dtype=float))
    exact = [float(expr.subs(x, place).evalf(20)) for place in places]
    np.testing.assert_allclose(np.broadcast_to(values, 7), exact, rtol=1e-13, atol=1e-300)
