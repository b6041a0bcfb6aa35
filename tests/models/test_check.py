"""Laws of expressions against matrices drawn from them, each with a perturbed twin that fails."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.models.checking import compared
from freeprob.models.limit_laws.law import law

N, c, t = sp.symbols("N c t", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)
X = fp.Ginibre("X", N, N / c)
W, V = fp.Ginibre("W", N, N, 1 / N), fp.Ginibre("V", N, N, 1 / N, complex=True)
COIN = fp.Deterministic("A", fp.Atomic({-1: "1/2", 1: "1/2"}), N)
P = fp.Projection("P", "1/3", N)


def profile(corner: object) -> sp.BlockMatrix:
    """Three by three Gaussian blocks of different variances."""
    upper = {
        (0, 1): fp.Ginibre("B01", N, N, sp.Rational(1, 4) / N),
        (0, 2): fp.Ginibre("B02", N, N, 1 / N),
        (1, 2): fp.Ginibre("B12", N, N, 2 / N),
    }
    diagonal = [fp.GOE("B0", N, corner), fp.GOE("B1", N, 2), fp.GOE("B2", N, "1/2")]
    return sp.BlockMatrix(
        [
            [diagonal[i] if i == j else upper[i, j] if i < j else upper[j, i].T for j in range(3)]
            for i in range(3)
        ]
    )


def square(factor: sp.MatrixExpr) -> sp.MatrixExpr:
    return factor * factor.adjoint()


def band(size: int, near: sp.Expr) -> sp.BlockMatrix:
    """Blocks of GOE on the diagonal and Gaussian blocks of rising variance next to it."""
    blocks = [[sp.ZeroMatrix(N, N)] * size for _ in range(size)]
    for i in range(size):
        blocks[i][i] = fp.GOE(f"h{i}", N, "1/2")
        if i:
            Y = fp.Ginibre(f"Y{i}", N, N, near * i / size / N)
            blocks[i][i - 1], blocks[i - 1][i] = Y, Y.T
    return sp.BlockMatrix(blocks)


def layer(mixing: sp.Expr) -> sp.MatrixExpr:
    """The Gaussian equivalent of a nonlinear layer with η = 1, ζ = mixing, φ = 1/2, ψ = 1/3."""
    n0, n1 = N / 2, 3 * N / 2
    D, R = fp.Ginibre("D", n0, N), fp.Ginibre("R", n1, n0, 1 / n0)
    return square(sp.sqrt(mixing) * R * D + sp.sqrt(1 - mixing) * fp.Ginibre("Z", n1, N)) / N


def hessian(error: sp.Expr) -> sp.BlockMatrix:
    """Off-diagonal blocks of a relu network's Hessian at one error, φ = 1/2."""
    block = sp.sqrt(error / 8) / N * fp.Ginibre("F", N, 2 * N) * fp.Ginibre("Q", 2 * N, N)
    nothing = sp.ZeroMatrix(N, N)
    return sp.BlockMatrix([[nothing, block], [block.T, nothing]])


half = sp.Rational(1, 2)
MP = fp.Deterministic("M", fp.MarchenkoPastur("1/2"), N)
THREE = fp.Deterministic("T", fp.Atomic({-1: "1/2", 0: "1/4", 2: "1/4"}), N)
TWO = fp.Deterministic("D", fp.Atomic({"1/2": "1/2", 2: "1/2"}), N)
ONE = sp.Identity(N)
EXAMPLES = {
    "commutator": (sp.I * (x * y - y * x), 1.1 * sp.I * (x * y - y * x), {}),
    "signal and noise": (square(COIN + W), square(COIN + 1.1 * W), {}),
    "next to Marchenko-Pastur": (
        x * MP + MP * x + x**2,
        x * MP + MP * x + 1.1 * x**2,
        {},
    ),
    "next to two atoms": (x * TWO + TWO * x + x**2, x * TWO + TWO * x + 1.2 * x**2, {}),
    "inverse": (x * (MP + ONE).inverse() * x, 1.1 * x * (MP + ONE).inverse() * x, {}),
    "inverse and sum": ((y**2 + ONE).inverse() + x, (y**2 + ONE).inverse() + 1.1 * x, {}),
    "inverse that shares a letter": (
        x * (y**2 + ONE).inverse() * x + y,
        x * (y**2 + ONE).inverse() * x + 1.1 * y,
        {},
    ),
    "layer": (layer(half), layer(sp.Rational(4, 5)), {}),
    "Jacobian": (square(TWO * W * COIN * fp.Ginibre("U", N, N, 1 / N)), square(1.1 * TWO * W), {}),
    "Wishart plus Wigner": (X * X.T * c / N + x, X * X.T * c / N + 1.1 * x, {c: half}),
    "anticommutator": (x * y + y * x, 1.1 * (x * y + y * x), {}),
    "sextic": (x * y * x + y, 1.05 * x * y * x + y, {}),
    "coin": (COIN + t * x, COIN + 1.05 * t * x, {t: 1}),
    "compression": (P * x * P + y, 1.2 * P * x * P + y, {}),
    "anticommuting squares": (W * W.T + W.T * W, W * W.T + 1.1 * W.T * W, {}),
    "complex": (square(V + t * sp.Identity(N)), square(V + 1.1 * t * sp.Identity(N)), {t: half}),
    "product": (square(W * X) * c / N, square(W * X) * c / N * 1.1, {c: 2}),
    "profile": (profile(1), profile(2), {}),
    "Hessian block": (hessian(sp.S.One), hessian(sp.Rational(5, 4)), {}),
    "ten blocks": (band(10, sp.S.One), band(10, sp.Rational(5, 4)), {}),
    "next to three atoms": (
        x * THREE + THREE * x + x**2,
        x * THREE + THREE * x + 1.1 * x**2,
        {},
    ),
}


@pytest.mark.parametrize(("expr", "perturbed", "values"), EXAMPLES.values(), ids=EXAMPLES)
def test_an_expression_agrees_with_its_matrices_and_a_perturbed_one_does_not(
    expr: sp.MatrixExpr, perturbed: sp.MatrixExpr, values: dict
) -> None:
    comparison = fp.check(expr, values, n=360, draws=4)
    assert comparison.passed, comparison.summary()
    assert not compared(perturbed, values, law(expr.subs(values)), n=360, draws=4).passed


def test_several_dimensions_enter_by_their_ratios() -> None:
    n0, n1, m = sp.symbols("n0 n1 m", positive=True)
    product = square(fp.Ginibre("W", n1, n0) * fp.Ginibre("X", n0, m)) / (n0 * m)
    sizes = {n0: 300, n1: 200, m: 400}
    comparison = fp.check(product, sizes, draws=4)
    assert comparison.passed
    assert comparison.spectra.shape == (4, 200)
    assert fp.check(product, sizes, n=100, draws=2).spectra.shape == (2, 100)
    wrong = law(product.subs({n1: n0 / 2, m: n0}))
    assert not compared(product, sizes, wrong, draws=4).passed


def test_a_law_of_an_expression_samples_the_expression() -> None:
    found = law(X * X.T * c / N).subs(c, 2)
    eigenvalues = found.sample(60, rng=1)
    assert eigenvalues.shape == (60,)
    assert (eigenvalues == 0).sum() == 30


def test_jointly_diagonal_letters_in_one_pencil() -> None:
    spectrum = {(0, 1): half, (1, 2): half / 2, (-1, 1): half / 2}
    p, q = fp.jointly_diagonal("pq", spectrum, N)
    found = law(p + x * q * x).moments(2)
    # E p = 0, E p² = 1/2, E q = 5/4, E q² = 7/4; tr q x² q x² = E q² + (E q)²
    assert found == [sp.Rational(5, 4), half + sp.Rational(7, 4) + sp.Rational(25, 16)]
    G, z = sp.symbols("G z")
    together = fp.Atomic({1: half, 3: half / 2, 0: half / 2})
    expected = fp.boxplus(together, fp.Semicircle(1)).equation(G, z)
    assert law(p + q + y).equation(G, z) == expected
