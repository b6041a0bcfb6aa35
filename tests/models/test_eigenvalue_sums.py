"""Fluctuations of sums over the eigenvalues of matrix expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import UndefinedOperationError

N, t = sp.Symbol("N", positive=True), sp.Symbol("t")
x, y = fp.GOE("x", N), fp.GOE("y", N)
X = fp.Ginibre("X", N, 2 * N)
D = fp.Deterministic("D", fp.Atomic([0, 1, 3]), N)
E = fp.Deterministic("E", fp.Atomic([1, 2, 5]), N)


def sums(expr: sp.MatrixExpr, draws: int = 300, n: int = 60) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.array(
        [
            np.trace(np.linalg.matrix_power(fp.simulate(expr, N=n, rng=rng), 2)).real
            for _ in range(draws)
        ]
    )


@pytest.mark.parametrize(
    ("expr", "law"),
    [
        (X * X.T / (2 * N), fp.MarchenkoPastur("1/2")),
        (D + x, fp.boxplus(fp.Atomic([0, 1, 3]), fp.Semicircle(1))),
        (X * X.T / (2 * N) + x, fp.boxplus(fp.MarchenkoPastur("1/2"), fp.Semicircle(1))),
        (D + E, fp.boxplus(fp.Atomic([0, 1, 3]), fp.Atomic([1, 2, 5]))),
        (E + X * X.T / N, fp.boxplus(fp.Atomic([1, 2, 5]), fp.MarchenkoPastur("1/2", 2))),
    ],
    ids=str,
)
def test_the_pencil_agrees_with_the_tree_of_the_law(expr: sp.MatrixExpr, law: fp.Law) -> None:
    # log det(1 - K) of matrices, and differences of functions on the law's curve
    for f, g in ((t**2, t**3), (t**3, t**3)):
        found, known = fp.fluctuation(expr, f, t, g), law.fluctuation(f, t, g)
        assert found.covariance == pytest.approx(float(known.covariance), rel=1e-9)
        assert found.mean_shift == pytest.approx(float(known.mean_shift), rel=1e-9, abs=1e-9)


def test_covariances_of_two_matrix_polynomials_by_wicks_rule() -> None:
    # Var Tr xy = 2, Var Tr x²y = (2/n) E Tr x⁴ = 4, Cov(Tr x²y, Tr y) = (2/n) E Tr x² = 2
    anti = x * y + y * x
    assert fp.fluctuation(anti, t, t).covariance == pytest.approx(8, rel=1e-9)
    assert fp.fluctuation(anti, t**2, t).covariance == pytest.approx(56, rel=1e-8)
    cubic = fp.fluctuation(x * y * x + y, t, t)
    assert cubic.covariance == pytest.approx(10, rel=1e-9)


def pairings(places: list[int]) -> Iterator[list[tuple[int, int]]]:
    if not places:
        yield []
        return
    first, *rest = places
    for k, other in enumerate(rest):
        for others in pairings(rest[:k] + rest[k + 1 :]):
            yield [(first, other), *others]


def wick(one: str, other: str) -> int:
    """Of Cov(Tr one, Tr other) the limit: pairings that join both words, with free indices.

    E x_ij x_kl = (δ_ik δ_jl + δ_il δ_jk)/n; the entry at place a has indices a and its successor.
    """
    word, p = one + other, len(one)
    after = [*range(1, p), 0, *range(p + 1, len(word)), p]
    total = 0
    for pairing in pairings(list(range(len(word)))):
        if any(word[a] != word[b] for a, b in pairing) or all(
            (a < p) == (b < p) for a, b in pairing
        ):
            continue
        for turned in product((False, True), repeat=len(pairing)):
            owners = list(range(len(word)))
            for (a, b), swap in zip(pairing, turned, strict=True):
                ends = (after[b], b) if swap else (b, after[b])
                for i, j in zip((a, after[a]), ends, strict=True):
                    old, new = owners[i], owners[j]
                    owners = [new if owner == old else owner for owner in owners]
            total += len(set(owners)) == len(pairing)
    return total


@pytest.mark.slow
@pytest.mark.parametrize("terms", [{"xy": 1, "yx": 1, "xx": 1}, {"xx": 1, "y": 2}], ids=str)
def test_polynomials_by_counting_pairings(terms: dict[str, int]) -> None:
    assert wick("xy", "xy") == 2  # as above
    letters = {"x": x, "y": y}
    expr = sum((a * sp.MatMul(*map(letters.get, w)) for w, a in terms.items()), sp.ZeroMatrix(N, N))
    square: Counter[str] = Counter()
    for (v, a), (w, b) in product(terms.items(), repeat=2):
        square[v + w] += a * b
    for f, words in ((t, terms), (t**2, square)):
        known = sum(a * b * wick(v, w) for (v, a), (w, b) in product(words.items(), repeat=2))
        assert fp.fluctuation(expr, f, t).covariance == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b"),
    [(1, 2), (3, 1), pytest.param(1, sp.Rational(-5, 2), marks=pytest.mark.slow)],
)
def test_weighted_squares_need_shorter_panels_for_pairs_of_points(a: int, b: sp.Expr) -> None:
    # independent letters: Var Tr(a x² + b y²) = 4a² + 4b²; with x in place of x² it is 2a² + 4b²
    squares = fp.fluctuation(a * x**2 + b * y**2, t, t)
    assert squares.covariance == pytest.approx(float(4 * a**2 + 4 * b**2), rel=1e-9)
    assert squares.mean_shift == pytest.approx(float(a + b), rel=1e-9)
    mixed = fp.fluctuation(a * x + b * y**2, t, t)
    assert mixed.covariance == pytest.approx(float(2 * a**2 + 4 * b**2), rel=1e-9)


@pytest.mark.parametrize(
    "expr",
    [x * y + y * x, x * y * x + y, D * x * D + x, x * D * x + y, D + fp.GUE("z", N)],
    ids=str,
)
def test_simulated_matrices_have_the_variance_and_the_mean(expr: sp.MatrixExpr) -> None:
    values, found = sums(expr), fp.fluctuation(expr, t**2, t)
    assert deviation(values, found.covariance) < 4
    mean = 60 * float(fp.law(expr).moments(2)[1]) + found.mean_shift
    scale = np.sqrt(found.covariance)
    assert abs(values.mean() - mean) < 4 * scale * (1 / np.sqrt(300) + 1 / 60)
    # twice the variance is refused
    assert deviation(values, 2 * found.covariance) > 4


def deviation(values: np.ndarray, variance: float) -> float:
    """Of a sample variance, in its standard errors if the variance is right."""
    return abs(values.var(ddof=1) / variance - 1) / np.sqrt(2 / (len(values) - 1))


def test_a_square_is_no_wishart_matrix() -> None:
    found = fp.fluctuation(x**2, t, t)
    assert (found.covariance, found.mean_shift) == (4, 1)
    assert fp.law(x**2).fluctuation(t, t).covariance == 2
    assert fp.fluctuation(fp.GUE("z", N) ** 2, t, t).covariance == 2
    exponential = fp.fluctuation(x**2 + x, sp.exp(t), t).covariance
    own = fp.Semicircle(1).fluctuation(sp.exp(t**2 + t), t).covariance
    assert exponential == pytest.approx(own, rel=1e-12)


def test_what_is_refused() -> None:
    O, U = fp.HaarOrthogonal("O", N), fp.HaarUnitary("U", N)
    with pytest.raises(UndefinedOperationError, match="rotated and unrotated"):
        fp.fluctuation(O * x * O.T + x, t, t)
    with pytest.raises(UndefinedOperationError, match="transposes"):
        fp.fluctuation(U * U.T + (U * U.T).adjoint(), t, t)
    with pytest.raises(UndefinedOperationError, match="not in both"):
        fp.fluctuation(U * D * U.adjoint() + x, t, t)
    with pytest.raises(UndefinedOperationError, match="real or in complex"):
        fp.fluctuation(x + fp.GUE("z", N), t, t)
    with pytest.raises(UndefinedOperationError, match="finitely many"):
        fp.fluctuation(fp.Deterministic("U", fp.Arcsine(0, 1), N) + x, t, t)
    with pytest.raises(UndefinedOperationError, match="follow from its letters"):
        fp.law(x * y + y * x).fluctuation(t, t)


O, U = fp.HaarOrthogonal("O", N), fp.HaarUnitary("U", N)


def test_letters_that_are_only_rotated_are_in_general_position() -> None:
    found, known = (fp.fluctuation(one, t**2, t) for one in (O * D * O.T + x, D + x))
    assert found.covariance == pytest.approx(known.covariance, rel=1e-9)
    assert found.mean_shift == pytest.approx(known.mean_shift, rel=1e-8)
    both = fp.fluctuation(U * D * U.adjoint() + fp.GUE("z", N), t**2, t)
    assert 2 * both.covariance == pytest.approx(known.covariance, rel=1e-9)
    assert both.mean_shift == 0


def test_haar_unitaries_have_the_variances_of_diaconis_and_shahshahani() -> None:
    # E|Tr Uᵏ|² = k, so that Var Tr A = 2, Var Tr A² = 4 for A = U + U*; Var 2 Tr Az = 4 tr A² = 8
    noisy = U + U.adjoint() + fp.GUE("z", N)
    for power, variance in ((1, 2 + 1), (2, 4 + 8 + 2)):
        found = fp.fluctuation(noisy, t**power, t)
        assert found.covariance == pytest.approx(variance, rel=1e-9)
        assert found.mean_shift == 0
    # Var Tr (UD + DU*) = 2 tr D²
    assert fp.fluctuation(U * D + D * U.adjoint(), t, t).covariance == pytest.approx(20 / 3)


@pytest.mark.parametrize("expr", [O + O.T + x, U + U.adjoint() + D], ids=str)
def test_simulated_rotations_have_the_variance_and_the_mean(expr: sp.MatrixExpr) -> None:
    values, found = sums(expr), fp.fluctuation(expr, t**2, t)
    assert deviation(values, found.covariance) < 4
    mean = 60 * float(fp.law(expr).moments(2)[1]) + found.mean_shift
    scale = np.sqrt(found.covariance)
    assert abs(values.mean() - mean) < 4 * scale * (1 / np.sqrt(300) + 1 / 60)
    assert deviation(values, found.covariance / 2) > 4
