"""Matrices drawn from expressions: exact identities, limit laws with twins that fail, bad input."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.models.checking import compared
from freeprob.models.letters.shapes import growing
from freeprob.models.letters.values import scaled, specialised
from freeprob.models.samples.sampling import ExpressionModel

N, c, t = sp.symbols("N c t", positive=True)
n0, n1, m = sp.symbols("n0 n1 m", positive=True)
z = sp.Symbol("z")
one = sp.Identity(N)
X = fp.Ginibre("X", N, N / c)
Y = fp.Ginibre("Y", N, N / c, variance=c / N, complex=True)
H, K = fp.GOE("H", N), fp.GUE("K", N)
O, U = fp.HaarOrthogonal("O", N), fp.HaarUnitary("U", N)
COIN = fp.Atomic({0: "1/2", 1: "1/2"})
A, B = fp.Deterministic("A", COIN, N), fp.Deterministic("B", COIN, N)
HALF = {c: sp.Rational(1, 2)}


def drawn(expr: sp.MatrixExpr, size: int = 40, seed: int = 3, **values: object) -> np.ndarray:
    return fp.simulate(expr, {c: "1/2", t: "0.3"}, N=size, rng=seed)


# letters


def test_entries_of_the_gaussian_letters() -> None:
    x, y, h, k = (drawn(letter, 300) for letter in (X, Y, H, K))
    assert x.shape == y.shape == (300, 600)
    assert x.dtype == h.dtype == np.float64
    assert y.dtype == k.dtype == np.complex128
    assert np.var(x) == pytest.approx(1, abs=0.01)
    assert np.mean(np.abs(y) ** 2) * 600 == pytest.approx(1, abs=0.01)
    assert abs(np.mean(y**2)) * 600 < 0.01
    assert np.array_equal(h, h.T)
    assert np.array_equal(k, k.conj().T)
    for wigner in (h, k):
        assert np.mean(np.abs(wigner) ** 2) * 300 == pytest.approx(1, abs=0.03)


def test_haar_letters_are_unitary_and_uniform() -> None:
    for letter, kind in ((O, np.float64), (U, np.complex128)):
        u = drawn(letter, 300)
        assert u.dtype == kind
        assert np.allclose(u @ u.conj().T, np.eye(300))
        assert abs(np.trace(u)) < 6
        assert abs(np.trace(u @ u)) < 8


def test_deterministic_letters_have_the_quantiles_of_their_law() -> None:
    a = fp.Deterministic("A", fp.Semicircle(1), N)
    b = fp.Deterministic("B", fp.Uniform(0, 1), N)
    levels = (np.arange(40) + 0.5) / 40
    assert drawn(a) == pytest.approx(np.diag(fp.Semicircle(1).quantile(levels)))
    second = drawn(b + 0 * a), drawn(a + b) - drawn(a)
    assert second[0] == pytest.approx(np.diag(levels))
    assert np.allclose(np.linalg.eigvalsh(second[1]), levels)
    assert np.abs(second[1] - np.diag(np.diag(second[1]))).max() > 0.05


def test_jointly_diagonal_letters_commute_next_to_a_rotated_one() -> None:
    P, Q = fp.jointly_diagonal("PQ", {(0, 1): "1/4", (2, 1): "1/4", (2, -1): "1/2"}, N)
    for rest in (0 * A, A):
        p, q = drawn(P + rest) - drawn(rest), drawn(Q + rest) - drawn(rest)
        assert np.allclose(p @ q, q @ p)
        assert np.trace(p @ q) / 40 == pytest.approx(0.5 - 1)
        assert np.linalg.eigvalsh(p) == pytest.approx([0] * 10 + [2] * 30)
        assert np.linalg.eigvalsh(q) == pytest.approx([-1] * 20 + [1] * 20)


def test_a_projection_is_one() -> None:
    p = drawn(fp.Projection("P", "1/4", N) + A) - drawn(A)
    assert np.allclose(p @ p, p)
    assert np.trace(p) == pytest.approx(10)


def test_letters_of_different_names_are_independent() -> None:
    x, other = drawn(X, 200), drawn(fp.Ginibre("X2", N, N / c), 200)
    assert abs(np.mean(x * other)) < 4 / np.sqrt(x.size)
    assert np.mean(x * drawn(X, 200)) == pytest.approx(np.mean(x**2))


# operations, against NumPy


def test_one_letter_is_one_matrix_in_every_expression_of_a_seed() -> None:
    x, h, k, u = (drawn(letter) for letter in (X, H, K, U))
    inverse = np.linalg.inv
    eye = np.eye(40)
    cases = {
        X * X.T: x @ x.T,
        X.T * X: x.T @ x,
        X * X.T * c / N + H: x @ x.T / 80 + h,
        H**3 - t * H: h @ h @ h - 0.3 * h,
        sp.I * (H * K - K * H): 1j * (h @ k - k @ h),
        U * H * U.adjoint(): u @ h @ u.conj().T,
        U.T + U.conjugate(): u.T + u.conj(),
        (H - sp.I * one).inverse() * K: inverse(h - 1j * eye) @ k,
        (H + 3 * one) ** -2: inverse(h + 3 * eye) @ inverse(h + 3 * eye),
        O.inverse() * O: eye,
        (X.T * (X * X.T).inverse() * X): x.T @ inverse(x @ x.T) @ x,
        one - sp.sqrt(2) * H * 0.5: eye - h / np.sqrt(2),
        sp.ZeroMatrix(N, N / c): np.zeros((40, 80)),
        sp.BlockMatrix([[H, X], [X.T, t * sp.Identity(N / c)]]): np.block(
            [[h, x], [x.T, 0.3 * np.eye(80)]]
        ),
        sp.BlockMatrix([[H, X]]) * sp.BlockMatrix([[K], [X.T]]): h @ k + x @ x.T,
        sp.BlockDiagMatrix(H, H**2): np.block([[h, 0 * h], [0 * h, h @ h]]),
    }
    for expr, expected in cases.items():
        assert drawn(expr) == pytest.approx(expected, rel=1e-9, abs=1e-9), expr


def test_the_seed_decides() -> None:
    assert np.array_equal(drawn(H, seed=1), drawn(H, seed=1))
    assert not np.array_equal(drawn(H, seed=1), drawn(H, seed=2))
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    assert np.array_equal(fp.simulate(H, N=9, rng=first), fp.simulate(H, N=9, rng=second))
    assert not np.array_equal(fp.simulate(H, N=9, rng=first), fp.simulate(H, N=9, rng=5))


def test_complex_parameters() -> None:
    resolvent = (z * one - H).inverse()
    found = fp.simulate(resolvent, {z: 1 + 2j}, N=30)
    h = fp.simulate(H, N=30)
    assert found == pytest.approx(np.linalg.inv((1 + 2j) * np.eye(30) - h))
    assert np.array_equal(found, fp.simulate(resolvent, {z: 1 + 2 * sp.I}, N=30))


# sizes


def test_sizes() -> None:
    assert fp.simulate(H).shape == (1000, 1000)
    assert fp.simulate(H, {N: 7}).shape == fp.simulate(H, {N: 7}, N=7).shape == (7, 7)
    assert fp.simulate(fp.Ginibre("W", n0, n1), {n0: 3, n1: 5}).shape == (3, 5)
    assert fp.simulate(fp.Ginibre("W", 3, 5)).shape == (3, 5)


def test_fractional_dimensions_are_rounded_with_the_right_mean() -> None:
    columns = [fp.simulate(X, {c: 3}, N=10, rng=seed).shape[1] for seed in range(400)]
    assert set(columns) == {3, 4}
    assert np.mean(columns) == pytest.approx(10 / 3, abs=4 * np.sqrt(2 / 9 / 400))
    for seed in range(4):
        both = (fp.simulate(e, {c: 3}, N=10, rng=seed).shape for e in (X, X.T * X))
        assert len({shape[1] for shape in both}) == 1


@pytest.mark.parametrize(
    ("expr", "values"),
    [
        (X * X.T * c / N + t * H, {N: 20, c: "1/2", t: 3}),
        (sp.BlockMatrix([[H, X], [X.T, t * sp.Identity(N / c)]]), {N: 20, c: "1/2", t: 3}),
        ((A + t * one) ** -2 * U * fp.Projection("P", c, N), {N: 20, c: "1/2", t: 3}),
        (fp.Ginibre("W", n0, n1) * fp.Ginibre("V", n1, m, t / n0), {n0: 8, n1: 6, m: 4, t: 3}),
        (t * fp.GOE("H", 20), {t: 3}),
    ],
    ids=str,
)
def test_numbers_in_the_expression_change_no_matrix(expr: sp.MatrixExpr, values: dict) -> None:
    numbers, _ = scaled(expr, values, None)
    inside = specialised(expr, numbers)
    first = growing(expr)[:1]
    assert set(growing(inside)) == set(first)
    left = {symbol: values[symbol] for symbol in first}
    assert fp.simulate(inside, left) == pytest.approx(fp.simulate(expr, values))


def test_a_model_has_the_rows_it_is_asked_for() -> None:
    blocks = sp.BlockMatrix([[one, X / sp.sqrt(N)], [X.T / sp.sqrt(N), sp.Identity(N / c)]])
    model = ExpressionModel(blocks, ((c, 3),))
    rng = np.random.default_rng(0)
    for n in (10, 11, 12, 13):
        assert len(model.spectrum(n, rng)) == n
    assert len(ExpressionModel(X.T * X / N, ((c, 3),)).spectrum(10, rng)) == 10


def test_a_model_is_a_value() -> None:
    model = ExpressionModel(X * X.T * c / N, tuple(HALF.items()))
    assert pickle.loads(pickle.dumps(model)) == model
    assert hash(model) == hash(ExpressionModel(X * X.T * c / N, tuple(HALF.items())))
    assert not model.invariant


def test_gram_matrices_have_exact_zeros() -> None:
    model = ExpressionModel(X * X.T * c / N, ((c, 2),))
    values = model.spectrum(60, np.random.default_rng(0))
    assert np.count_nonzero(values == 0) == 30
    assert values[30] > 0
    companion = ExpressionModel(X.T * X / N, ((c, "1/2"),))
    assert np.count_nonzero(companion.spectrum(60, np.random.default_rng(0)) == 0) == 30
    negative = ExpressionModel(-X * X.T * c / N, ((c, 2),))
    assert negative.spectrum(60, np.random.default_rng(0)) == pytest.approx(-values[::-1])


# limit laws, each with a twin that fails

Z = fp.Ginibre("Z", N, N / c, variance=c / N)
LIMITS = {
    "Marchenko-Pastur": (X * X.T * c / N, {c: 2}, fp.MarchenkoPastur(2), {c: "2.1"}),
    "complex": (Y * Y.adjoint(), {c: "1/3"}, fp.MarchenkoPastur("1/3"), {c: "0.36"}),
    "companion": (Z.T * Z, HALF, fp.MarchenkoPastur(2).dilate("1/2"), {c: "0.55"}),
    "GUE": (t * K, {t: 2}, fp.Semicircle(4), {t: "2.1"}),
    "sum": (
        X * X.T * c / N + t * H,
        {c: "1/2", t: 1},
        fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1)),
        {c: "1/2", t: "1.1"},
    ),
    "projections": (A + t * B, {t: 1}, fp.Arcsine(0, 2), {t: "1.1"}),
    "Haar": (t * (U + U.adjoint()), {t: 1}, fp.Arcsine(-2, 2), {t: "1.05"}),
    "rotation": (A + t * O * A * O.T, {t: 1}, fp.Arcsine(0, 2), {t: "1.1"}),
    "hermitised": (
        sp.BlockMatrix([[0 * one, t * (Z * Z.T)], [t * (Z * Z.T), 0 * one]]),
        {c: "1/2", t: 1},
        fp.mixture({fp.MarchenkoPastur("1/2"): "1/2", fp.MarchenkoPastur("1/2").dilate(-1): "1/2"}),
        {c: "1/2", t: "1.1"},
    ),
    "resolvent": (
        (t * one + Z * Z.T).inverse(),
        {c: "1/2", t: 1},
        fp.mobius(fp.MarchenkoPastur("1/2"), 0, 1, 1, 1),
        {c: "1/2", t: "1.05"},
    ),
    "three sizes": (
        fp.Ginibre("W", n1, n0)
        * fp.Ginibre("V", n0, m)
        * (fp.Ginibre("W", n1, n0) * fp.Ginibre("V", n0, m)).T
        / n0
        / m,
        {n0: 3, n1: 2, m: 4},
        fp.boxtimes(fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur("2/3")),
        {n0: 4, n1: 2, m: 4},
    ),
}


@pytest.mark.parametrize(("expr", "values", "law", "wrong"), LIMITS.values(), ids=LIMITS)
def test_matrices_agree_with_their_limit_and_not_with_another(
    expr: sp.MatrixExpr, values: dict, law: fp.Law, wrong: dict
) -> None:
    right = compared(expr, values, law, n=400, draws=4)
    assert right.passed, right.summary()
    assert right.spectra.shape == (4, 400)
    assert not compared(expr, wrong, law, n=400, draws=4).passed


def test_a_trace_of_two_resolvents() -> None:
    # tr (H - z)^-1 (H - w)^-1 = (G(w) - G(z)) / (z - w) ... with G of the semicircle
    w = sp.Symbol("w")
    product = (z * one - H).inverse() * (w * one - H).inverse()
    points = {z: 2j, w: 1 + 1j}
    found = np.trace(fp.simulate(product, points, N=800)) / 800
    g = fp.Semicircle(1).cauchy(np.array([2j, 1 + 1j]))
    assert abs(found - (g[1] - g[0]) / (2j - 1 - 1j)) < 5e-3
    assert abs(found - (g[1] + g[0]) / (2j - 1 - 1j)) > 0.1


def test_an_executor_changes_nothing() -> None:
    model = dict(values=HALF, law=fp.MarchenkoPastur("1/2"), n=60, draws=3)
    alone = compared(X * X.T * c / N, **model)
    with ThreadPoolExecutor(2) as pool:
        assert np.array_equal(
            compared(X * X.T * c / N, **model, executor=pool).spectra, alone.spectra
        )


def test_rows_of_a_comparison_follow_the_dimensions_in_the_values() -> None:
    law = fp.Semicircle(1)
    assert compared(H, {N: 30}, law, draws=2).spectra.shape == (2, 30)
    assert compared(H, {N: 30}, law, n=20, draws=2).spectra.shape == (2, 20)
    assert compared(fp.GOE("H", 25), None, law, draws=2).spectra.shape == (2, 25)
    assert compared(H, None, law, draws=1).spectra.shape == (1, 1000)


# bad input


@pytest.mark.parametrize(
    ("expr", "values", "size", "message"),
    [
        (X, None, None, "c stay symbolic"),
        (X, {sp.Symbol("c"): 1}, None, "the c in values has other assumptions"),
        (H, {"N": 3}, None, "the key 'N'"),
        (H, {N: 3.5}, None, "N is a size"),
        (H, None, 0, "N is a size"),
        (H, None, 2.0, "N is a size"),
        (H, {N: 5}, 6, "N = 6, but values say N = 5"),
        (fp.Ginibre("W", n0, n1), None, 5, "n0, n1 grow: give dimensions in values"),
        (fp.Ginibre("W", n0, n1), {n0: 5}, None, "n1 stay symbolic"),
        (fp.GOE("H", 4), None, 5, "no symbol grows"),
        (t * H, {t: c}, None, "t needs a number"),
        (t * H, {t: "one"}, None, "t must be a finite number"),
        (t * H, {t: float("nan")}, None, "t must be"),
        (H / (t - 1), {t: 1}, 5, "factor 1/(.*) is infinite"),
        (fp.GOE("H", N, t), {t: -1}, 5, "variance of H must be positive"),
        (fp.GOE("H", N, z), {z: 1j}, 5, "variance of H must be positive"),
        (X, {c: -1}, 5, "dimension N/c = -5 must be positive"),
        (H, None, 10**30, "dimension N is larger than 10000000"),
        (X, {c: "1e-20"}, 5, "dimension N/c is larger than 10000000"),
        (fp.Deterministic("A", fp.MarchenkoPastur(c), N), {c: -1}, 5, "ratio"),
        (sp.MatrixSymbol("A", N, N), None, 5, "plain MatrixSymbol"),
        (X * fp.GOE("K", N), HALF, 5, "shape mismatch"),
        (H + sp.BlockDiagMatrix(fp.GOE("L", N / 2), fp.GOE("M", N / 2)), None, 5, "do not fit"),
    ],
    ids=str,
)
def test_bad_input_of_simulate(
    expr: sp.MatrixExpr, values: object, size: object, message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        fp.simulate(expr, values, N=size)


@pytest.mark.parametrize("expr", [(X.T * X).inverse(), (A - A * A).inverse()], ids=str)
def test_a_singular_inverse_is_refused(expr: sp.MatrixExpr) -> None:
    with pytest.raises(UndefinedOperationError, match="singular at this size"):
        fp.simulate(expr, HALF, N=20)


@pytest.mark.parametrize(
    ("expr", "n", "message"),
    [
        (U, 10, "not self-adjoint.*Gram"),
        (H * A, 10, "not self-adjoint.*Gram"),
        (fp.Ginibre("W", N, 2 * N), 10, "not self-adjoint.*Gram"),
        (fp.GOE("H", 20), 21, "has 20 rows"),
        (H, 0, "n is a size"),
        (sp.BlockMatrix([[H, H], [H, H]]), 21, r"21 rows cannot be divided"),
    ],
    ids=str,
)
def test_bad_input_of_a_comparison(expr: sp.MatrixExpr, n: int, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        compared(expr, None, fp.Semicircle(1), n=n, draws=1)


def test_complex_matrices_are_a_matter_of_the_letters() -> None:
    with pytest.raises(InvalidParameterError, match="letters of an expression say"):
        ExpressionModel(H).spectrum(10, np.random.default_rng(0), beta=2)
