"""Equations, digits and refusals of random-matrix expressions."""

from __future__ import annotations

import pickle

import mpmath
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import (
    BudgetExceededError,
    InvalidParameterError,
    UndefinedOperationError,
)
from freeprob.laws.base import Law

G, z = sp.symbols("G z")
N, c, t = sp.symbols("N c t", positive=True)
ETA, ZETA, PHI, PSI = sp.symbols("eta zeta phi psi", positive=True)
x, y, s3 = fp.GOE("x", N), fp.GOE("y", N), fp.GOE("s", N)
X = fp.Ginibre("X", N, N / c)
A = fp.Deterministic("A", fp.Atomic({-1: "1/2", 2: "1/2"}), N)
S = fp.Ginibre("S", N, N, 1 / N)
ONE = sp.Identity(N)


def polynomial(law: Law) -> sp.Expr:
    return law.polynomial(G, z).as_expr()


def agree(one: sp.Expr, other: sp.Expr) -> bool:
    return sp.expand(one - other) == 0 or sp.expand(one + other) == 0


def random_layer() -> tuple[sp.MatrixExpr, sp.Expr]:
    """The Gaussian equivalent of a nonlinear layer, n0 = φ m, n1 = n0/ψ, and m."""
    m, n0 = N, PHI * N
    n1 = n0 / PSI
    W, D = fp.Ginibre("W", n1, n0, 1 / n0), fp.Ginibre("D", n0, m)
    Z = fp.Ginibre("Z", n1, m)
    return sp.sqrt(ZETA) * W * D + sp.sqrt(ETA - ZETA) * Z, m


def test_anticommutator() -> None:
    law = fp.law(x * y + y * x)
    assert agree(polynomial(law), G**3 * z + G**2 - G * z + 1)
    assert law.moments(8) == [0, 2, 0, 10, 0, 66, 0, 498]
    (cut,) = law.support()
    assert sp.simplify(cut[1] - sp.sqrt((11 + 5 * sp.sqrt(5)) / 2)) == 0


def test_commutator_has_the_law_of_the_anticommutator() -> None:
    commutator = fp.law(sp.I * (x * y - y * x))
    assert polynomial(commutator) == polynomial(fp.law(x * y + y * x))


def test_cubic_of_two_semicirculars() -> None:
    law = fp.law(x * y * x + y)
    sextic = G**6 - 2 * G**5 * z + G**4 * z**2 + G**2 - G * z + 1
    assert agree(polynomial(law), sextic)
    assert law.moments(8)[1::2] == [2, 10, 69, 558]
    # the edge where z = g + (1 - √(1 - 4g²))/(2g³) is stationary, and as a root of disc_G
    context = mpmath.MPContext()
    context.dps = 45

    def inverse(g: object) -> object:
        return g + (1 - context.sqrt(1 - 4 * g * g)) / (2 * g**3)

    slope = lambda w: context.diff(inverse, w)  # noqa: E731
    g = context.findroot(slope, (0.4, 0.4999), solver="illinois")
    ((_, high),) = law.support(dps=35)
    assert abs(high - inverse(g)) < context.mpf(10) ** -33
    discriminant = sp.Poly(sp.discriminant(sextic, G), z)
    exact = [root for root in discriminant.real_roots() if root > 3]
    assert min(abs(sp.N(root, 40) - sp.Float(str(high), 35)) for root in exact) < 1e-33


def test_three_semicirculars() -> None:
    law = fp.law(x * y * s3 + s3 * y * x)
    assert law.moments(4) == [0, 2, 0, 12]
    assert agree(polynomial(law), G**4 * z**2 + 2 * G**3 * z + G**2 - 2 * G * z + 2)


@pytest.mark.parametrize(
    ("matrix", "known"),
    [
        (X * X.T * c / N, fp.MarchenkoPastur(c)),
        (X * X.T * c / N + t * x, fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t**2))),
        (S * X * X.T * S.T * c / N, fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(c))),
        (A + x, fp.boxplus(A.law, fp.Semicircle(1))),
        (x * A**2 * x, fp.boxtimes(A.law.square(), fp.MarchenkoPastur(1))),
    ],
)
def test_free_sums_and_products_are_recognised(matrix: sp.MatrixExpr, known: Law) -> None:
    law = fp.law(matrix)
    assert law.parameters == known.parameters
    assert polynomial(law) == polynomial(known)


@pytest.mark.parametrize(
    ("matrix", "known"),
    [
        # one block is no rule's case: the pencil must find what the rules know
        (
            sp.BlockMatrix([[X * X.T * c / N + x]]),
            fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle()),
        ),
        (sp.BlockMatrix([[A * x * A]]), None),
        (sp.BlockMatrix([[A + x]]), fp.boxplus(A.law, fp.Semicircle())),
        (sp.BlockMatrix([[S * A**2 * S.T]]), fp.boxtimes(A.law.square(), fp.MarchenkoPastur(1))),
    ],
)
def test_pencils_agree_with_the_rules(matrix: sp.MatrixExpr, known: Law | None) -> None:
    law = fp.law(matrix)
    if known is None:
        # A x A has the even moments of the free product by trace: φ(A x A A x A) = m₂²
        assert law.moments(2) == [0, sp.Rational(25, 4)]
        return
    assert polynomial(law) == polynomial(known)


def test_signal_plus_noise() -> None:
    law = fp.law((A + S) * (A + S).T)
    known = fp.information_plus_noise(A.law.square(), 1)
    assert polynomial(law) == polynomial(known)


def test_marchenko_pastur_and_atomic_letters_next_to_squares() -> None:
    B = fp.Deterministic("B", fp.MarchenkoPastur("1/2"), N)
    # φ((By + yB + y²)ⁿ) by hand from freeness: n = 1: 1; n = 2: 2 m₂ + 2 m₁² + 2 = 3 + 2 + 2
    assert fp.law(x * B + B * x + x**2).moments(2) == [1, 7]
    law = fp.law(A * x + x * A + x**2)
    assert law.moments(3) == [1, sp.Rational(15, 2), sp.Rational(125, 4)]
    assert law.polynomial(G, z).degree(G) == 10


def test_rational_expressions() -> None:
    noisy = fp.law((X * X.T * c / N + ONE).inverse() + x).subs({c: "1/2"})
    known = fp.boxplus(fp.MarchenkoPastur("1/2").shift(1).inverse(), fp.Semicircle())
    assert polynomial(noisy) == polynomial(known)
    B = fp.Deterministic("B", fp.MarchenkoPastur("1/2"), N)
    between = fp.law(x * B.inverse() * x)
    known = fp.boxtimes(B.law.inverse(), fp.MarchenkoPastur(1))
    assert polynomial(between) == polynomial(known)


def test_block_variance_profile() -> None:
    blocks = [[None] * 3 for _ in range(3)]
    for i in range(3):
        blocks[i][i] = fp.GOE(f"h{i}", N, 1 + i)
        for j in range(i):
            Y = fp.Ginibre(f"Y{i}{j}", N, N, sp.Integer(i + j) / N)
            blocks[i][j], blocks[j][i] = Y, Y.T
    law = fp.law(sp.BlockMatrix(blocks))
    # second moment: the mean of all variances
    variances = [1 + i if i == j else i + j for i in range(3) for j in range(3)]
    assert law.moments(2) == [0, sp.Rational(sum(variances), 3)]
    # 1/g_i = z - Σ_j v_ij g_j at an independent iteration
    g = [1 / (3j + 0.5)] * 3
    for _ in range(400):
        g = [1 / (3j + 0.5 - sum(variances[3 * i + j] * g[j] for j in range(3))) for i in range(3)]
    assert abs(law.cauchy(0.5 + 3j) - sum(g) / 3) < 1e-12


def test_band_of_ten_blocks() -> None:
    size = 10
    blocks = [[sp.ZeroMatrix(N, N)] * size for _ in range(size)]
    for i in range(size):
        blocks[i][i] = fp.GOE(f"h{i}", N, sp.Rational(1, 2))
        if i:
            Y = fp.Ginibre(f"Y{i}", N, N, sp.Rational(i, 10) / N)
            blocks[i][i - 1], blocks[i - 1][i] = Y, Y.T
    law = fp.law(sp.BlockMatrix(blocks))
    assert law.moments(2)[1] == sp.Rational(1, 2) + sp.Rational(2 * 45, 100)
    w = 1 + 0.4j
    g = [-0.5j] * size
    for _ in range(3000):
        fresh = []
        for i in range(size):
            near = sum(
                sp.Rational(k, 10) * g[k - 1 if k == i else k] for k in (i, i + 1) if 0 < k < size
            )
            fresh.append(1 / (w - 0.5 * g[i] - complex(near)))
        g = [(a + b) / 2 for a, b in zip(g, fresh, strict=True)]
    assert abs(law.cauchy(w) - sum(g) / size) < 1e-12


def test_nonlinear_layer() -> None:
    Y, m = random_layer()
    law = fp.law(Y * Y.T / m)
    assert law.parameters == (ETA, PHI, PSI, ZETA)
    # the quartic of Pennington-Worah (2017) in P = 1 + (zG - 1)/ψ, t = 1/(zψ)
    p, tt = (z * G - 1) / PSI, 1 / (z * PSI)
    u = (1 + PHI * p) * (1 + PSI * p)
    quartic = p * (1 - ZETA * tt * u) - (ETA - ZETA) * tt * u * (1 - ZETA * tt * u) - ZETA * tt * u
    published = sp.numer(sp.together(quartic))
    mine = polynomial(law)
    assert (
        sp.rem(sp.expand(published), mine, G) == 0
        or sp.simplify(sp.rem(sp.Poly(published, G), sp.Poly(mine, G)).as_expr()) == 0
    )
    assert sp.simplify(law.moments(2)[1] - (ETA**2 * (1 + PHI / PSI) + ZETA**2 / PSI)) == 0
    numbers = law.subs({ETA: 1, ZETA: "1/2", PHI: "1/2", PSI: "1/3"})
    assert numbers.atoms() == {0: sp.Rational(1, 3)}


def test_jacobian_of_two_layers() -> None:
    D1 = fp.Deterministic("D1", fp.Atomic({0: "1/4", 1: "3/4"}), N)
    D2 = fp.Deterministic("D2", fp.Atomic({0: "1/2", 1: "1/2"}), N)
    W1, W2 = fp.Ginibre("W1", N, N, 1 / N), fp.Ginibre("W2", N, N, 1 / N)
    J = D2 * W2 * D1 * W1
    law = fp.law(J * J.T)
    # Pastur (2020): S multiplies, one factor 1/(1 + y) per layer and the S of each D²
    known = fp.boxtimes(D1.law, D2.law, fp.MarchenkoPastur(1), fp.MarchenkoPastur(1))
    assert polynomial(law) == polynomial(known)


def test_refined_hessian_block_of_a_relu_layer() -> None:
    # Pennington-Bahri (2017): ± singular values of a product of two Gaussian matrices
    epsilon = sp.Symbol("epsilon", positive=True)
    M = N / PHI
    H12 = sp.sqrt(epsilon * PHI / (2 * N * M)) * fp.Ginibre("P", N, M) * fp.Ginibre("Q", M, N)
    nothing = sp.ZeroMatrix(N, N)
    law = fp.law(sp.BlockMatrix([[nothing, H12], [H12.T, nothing]]))
    cubic = epsilon * PHI**2 * z * G**3 - epsilon * PHI * (PHI - 1) * G**2 - 2 * z * G + 2
    assert agree(polynomial(law), cubic)
    assert sp.simplify(law.moments(2)[1] - epsilon * PHI / 2) == 0
    hessian = fp.boxplus(law, fp.MarchenkoPastur(PHI))
    quartic = (
        -epsilon * PHI**3 * z * G**4
        + epsilon * PHI**2 * (z + PHI - 2) * G**3
        - PHI * (epsilon * PHI - epsilon - 2 * z) * G**2
        - 2 * (z + PHI - 1) * G
        + 2
    )
    assert agree(polynomial(hessian), quartic)


def test_haar_letters() -> None:
    O = fp.HaarOrthogonal("O", N)
    B = fp.Deterministic("B", fp.Atomic({0: "1/3", 1: "2/3"}), N)
    assert polynomial(fp.law(O * B * O.T + A)) == polynomial(fp.boxplus(A.law, B.law))
    # the same letter inside and outside: the pencil's alternating cumulants
    assert polynomial(fp.law(O * A * O.T + A)) == polynomial(fp.boxplus(A.law, A.law))
    assert agree(polynomial(fp.law(O + O.T)), G**2 * (z**2 - 4) - 1)


def test_jointly_diagonal_letters_commute() -> None:
    B, C = fp.jointly_diagonal("BC", {(1, 0): "1/3", (0, 2): "1/3", (1, 2): "1/3"}, N)
    law = fp.law(B * C + C * B + x)
    known = fp.boxplus(fp.Atomic({0: "2/3", 4: "1/3"}), fp.Semicircle(1))
    assert law.moments(4) == known.moments(4)


def test_laws_are_values() -> None:
    law = fp.law(x * y + y * x)
    assert law.func(*law.args) == law
    assert pickle.loads(pickle.dumps(law)) == law
    assert "\\mathcal" in sp.latex(law)


@pytest.mark.parametrize(
    ("matrix", "error", "words"),
    [
        (x * y, UndefinedOperationError, "Gram matrix"),
        (X * X.T + x, InvalidParameterError, "N"),
        (x + sp.MatrixSymbol("M", N, N), InvalidParameterError, "plain MatrixSymbol"),
        (x + fp.GOE("x", N, 2), InvalidParameterError, "two different matrices"),
        (sp.HadamardProduct(x, y), InvalidParameterError, "HadamardProduct"),
        (x + fp.GOE("w", 2 * N), InvalidParameterError, "N"),
        (fp.Projection("P", "1/3", N).inverse() + x, UndefinedOperationError, "0"),
    ],
)
def test_refusals_say_what_to_do(matrix: sp.MatrixExpr, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        fp.law(matrix)


def test_text_is_no_matrix() -> None:
    with pytest.raises(InvalidParameterError, match="matrix expression"):
        fp.law("x*y + y*x")


def test_past_the_budget_the_numbers_remain() -> None:
    law = fp.law(x**4 + t * y)
    with pytest.raises(BudgetExceededError, match="numeric reading"):
        law.polynomial(G, z, budget=10)
    assert law.subs({t: 1}).density(1.0) > 0


def test_names_of_a_free_product_are_refused_where_there_is_none() -> None:
    law = fp.law(x * y + y * x)
    with pytest.raises(UndefinedOperationError, match="free product"):
        law.system_equations(G, z, names=sp.symbols("f h k"))
