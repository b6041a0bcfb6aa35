"""Deterministic and Haar letters: known laws, independent routes, simulations, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, NotAlgebraicError, UndefinedOperationError
from freeprob.laws.base import Law

G, z = sp.symbols("G z")
N = sp.Symbol("N", positive=True)
HALF = sp.Rational(1, 2)
ONE = sp.Identity(N)
x, y = fp.GOE("x", N), fp.GOE("y", N)
A = fp.Deterministic("A", fp.Atomic({-1: "1/4", 0: "1/4", 2: "1/2"}), N)
M = fp.Deterministic("M", fp.MarchenkoPastur("1/2"), N)
B, C = fp.jointly_diagonal(["B", "C"], {(0, 1): "1/3", (2, 1): "1/3", (1, -1): "1/3"}, N)


def projections(p: object, q: object) -> tuple[sp.MatrixSymbol, sp.MatrixSymbol]:
    return fp.Projection("P", p, N), fp.Projection("Q", q, N)


def deterministic(law: Law) -> sp.MatrixSymbol:
    return fp.Deterministic("W", law, N)


def by_polynomial(law: Law) -> Law:
    """The same law, of which only the equation is known."""
    return fp.AlgebraicLaw(law.polynomial(G, z).as_expr(), G, z)


PLACES = np.array([-1 + 0.5j, 0.2 + 0.4j, 1.1 + 0.6j])


def distance(matrix: sp.MatrixExpr, law: Law, n: int = 400) -> float:
    """Largest difference of G between one drawn matrix and a law: of order 1/n if it is right."""
    drawn = np.linalg.eigvalsh(fp.simulate(matrix, N=n))
    theory = law.cauchy(PLACES)
    return max(abs(np.mean(1 / (at - drawn)) - G) for at, G in zip(PLACES, theory, strict=True))


def assert_agrees(matrix: sp.MatrixExpr, wrong: sp.MatrixExpr) -> None:
    """A drawn matrix agrees with the law of its expression, and not with that of another one."""
    assert distance(matrix, fp.law(matrix)) < 0.01
    assert distance(matrix, fp.law(wrong)) > 0.02


@pytest.mark.parametrize("letter", [fp.HaarOrthogonal("O", N), fp.HaarUnitary("U", N)])
def test_twice_the_real_part_of_a_haar_matrix_is_arcsine(letter: sp.MatrixSymbol) -> None:
    law = fp.law(letter + letter.adjoint())
    assert law.polynomial(G, z) == fp.Arcsine(-2, 2).polynomial(G, z)
    assert law.support() == [(-2, 2)]
    assert [edge.exponent for edge in law.edges()] == [-HALF, -HALF]


def test_unequal_real_parts_are_refused() -> None:
    O = fp.HaarOrthogonal("O", N)
    with pytest.raises(UndefinedOperationError, match="not self-adjoint"):
        fp.law(O + 2 * O.T)


def cosines(p: object, q: object) -> list[sp.Expr]:
    """E c²ᵏ, k ≥ 0, over the principal angles of two free projections, per row of the matrix."""
    P, Q = projections(p, q)
    return [None, *fp.law(P * Q * P).moments(8)]


@pytest.mark.parametrize(("p", "q"), [("1/3", "1/2"), ("2/3", "3/5")])
def test_anticommutator_of_projections(p: str, q: str) -> None:
    # on the plane of an angle, P Q + Q P has the eigenvalues c² ± c, and 2 where c = 1
    P, Q = projections(p, q)
    law, known = fp.law(P * Q + Q * P), cosines(p, q)
    expected = [
        2 * sum(sp.binomial(k, 2 * j) * known[k - j] for j in range(k // 2 + 1))
        for k in range(1, 7)
    ]
    assert law.moments(6) == expected


def test_atoms_and_cuts_of_the_anticommutator_of_projections() -> None:
    p, q = sp.Rational(1, 3), HALF
    P, Q = projections(p, q)
    law = fp.law(P * Q + Q * P)
    assert law.atoms() == {0: sp.Rational(1, 3)}
    middle, radius = p + q - 2 * p * q, sp.sqrt(4 * p * q * (1 - p) * (1 - q))
    low, high = (float(sp.sqrt(middle + sign * radius)) for sign in (-1, 1))
    # c² - c falls to -1/4 at c = 1/2 and rises again
    expected = [(-0.25, max(low**2 - low, high**2 - high)), (low**2 + low, high**2 + high)]
    assert np.allclose(np.array(law.support(dps=15), dtype=float), expected, atol=1e-12)


@pytest.mark.parametrize(("p", "q"), [("1/3", "1/2"), ("2/3", "3/5")])
def test_commutator_of_projections(p: str, q: str) -> None:
    # the eigenvalues are ± c s
    P, Q = projections(p, q)
    law, known = fp.law(sp.I * (P * Q - Q * P)), cosines(p, q)
    expected = []
    for k in range(1, 4):
        terms = ((-1) ** j * sp.binomial(k, j) * known[k + j] for j in range(k + 1))
        expected += [0, 2 * sum(terms)]
    assert law.moments(6) == expected
    # an equation with real coefficients, though the expression has i
    assert law.polynomial(G, z).domain.is_ZZ


def test_differences_and_compressions_of_projections() -> None:
    P, Q = projections("1/3", "1/2")
    sixth = sp.Rational(1, 6)
    assert fp.law(P * Q * P).atoms() == {0: sp.Rational(2, 3)}
    assert fp.law((P - Q) ** 2).atoms() == {0: sixth, 1: sixth}
    assert fp.law(P - Q).atoms() == {-1: sixth, 0: sixth}


def test_anticommutator_with_a_projection_has_its_atom() -> None:
    P = fp.Projection("P", "1/3", N)
    two = fp.Deterministic("A", fp.Atomic({-1: "1/2", 2: "1/2"}), N)
    assert fp.law(two * P + P * two).atoms() == {0: sp.Rational(1, 3)}
    assert_agrees(A * P + P * A, A * P + P * A - ONE / 10)


@pytest.mark.parametrize(
    ("matrix", "wrong"),
    [
        (A * M + M * A, A * M + M * A + ONE / 4),
        (sp.I * (A * M - M * A), sp.I * (A * M - M * A) * sp.Rational(11, 10)),
    ],
)
def test_atoms_with_marchenko_pastur(matrix: sp.MatrixExpr, wrong: sp.MatrixExpr) -> None:
    assert_agrees(matrix, wrong)


ROUTES = {
    "anticommutator": lambda W: W * y + y * W,
    "anticommutator and square": lambda W: y * W + W * y + W**2,
    "sandwich and letter": lambda W: W * y * W + W,
    "sandwich and cube": lambda W: W * y * W + W**3,
    "anticommutator with atoms": lambda W: A * W + W * A,
    "commutator with atoms": lambda W: sp.I * (A * W - W * A),
}


@pytest.mark.parametrize("written", ROUTES.values(), ids=ROUTES)
def test_letters_known_by_an_equation_and_by_gaussian_matrices(written: object) -> None:
    law = fp.MarchenkoPastur("1/2")
    # one route interpolates on the letter's own curve, the other never meets that curve
    one, other = (fp.law(written(deterministic(own))) for own in (by_polynomial(law), law))
    assert one.moments(6) == other.moments(6)
    points = np.array([0.3, 0.7, 1.3])
    assert np.abs(one.density(points) - other.density(points)).max() < 1e-12


def test_letters_of_algebraic_laws_agree_with_matrices() -> None:
    W = deterministic(fp.Arcsine(-1, 1))
    matrix = W * y + y * W + W**2
    assert fp.law(matrix).moments(3) == [HALF, sp.Rational(11, 8), sp.Rational(35, 16)]
    assert_agrees(matrix, W * y + y * W + W**2 + ONE / 8)


@pytest.mark.parametrize("law", [fp.Uniform(0, 1), fp.Cauchy(0, 1)], ids=str)
def test_letters_without_equation_are_refused_in_products_only(law: Law) -> None:
    W = deterministic(law)
    assert fp.law(W + y) == fp.boxplus(law, fp.Semicircle(1))
    with pytest.raises(NotAlgebraicError, match="approximate it by atoms"):
        fp.law(y * W * y + y).density([0.3])


def test_products_of_commuting_letters_are_letters() -> None:
    values = fp.Atomic({-1: "1/3", 0: "1/3", 2: "1/3"})
    assert fp.law(B * C) == values
    assert fp.law(B * C + y) == fp.boxplus(values, fp.Semicircle(1))
    mixed = fp.law(B * C * x * C * B + C)
    # (B C)² and C determine the second moment
    assert mixed.moments(2) == [sp.Rational(1, 3), 1 + sp.Rational(25, 9)]
    with pytest.raises(UndefinedOperationError, match="eigenvalue 0"):
        fp.law(x * B.inverse() * C * x)


def test_jointly_diagonal_letters_around_a_gaussian_are_a_variance_profile() -> None:
    # entries of B x C + C x B have the variances (bᵢcⱼ + cᵢbⱼ)²
    law = fp.law(B * x * C + C * x * B)
    places = [(0, 1), (2, 1), (1, -1)]
    profile = np.array([[(a * d + b * c) ** 2 for c, d in places] for a, b in places]) / 3
    at = 0.3 + 0.4j
    g = np.full(3, 1 / at)
    for _ in range(4000):
        g = (g + 1 / (at - profile @ g)) / 2
    assert abs(law.cauchy(at) - g.mean()) < 1e-12
    assert_agrees(B * x * C + C * x * B, B * x * C + C * x * B + B / 4)


# positive letters, by a formula and by a list, and what their roots stand around
SIGMA = fp.Deterministic("Sigma", fp.Atomic({1: "1/3", 3: "2/3"}), N)
X = fp.Ginibre("X", N, 2 * N, 1 / (2 * N))
ROOTS = {
    "white inside": (SIGMA, HALF, X * X.T, fp.MarchenkoPastur(HALF)),
    "inverse root": (SIGMA, -HALF, X * X.T, fp.MarchenkoPastur(HALF)),
    "three halves": (SIGMA, 3 * HALF, X * X.T, fp.MarchenkoPastur(HALF)),
    "no list": (M, HALF, X * X.T, fp.MarchenkoPastur(HALF)),
    "both signs inside": (M, HALF, x, fp.Semicircle(1)),
    "a sum inside": (SIGMA, HALF, X * X.T + A, fp.law(X * X.T + A)),
}


@pytest.mark.parametrize("kind", ROOTS)
def test_roots_around_a_matrix_multiply_freely(kind: str) -> None:
    letter, exponent, inside, law = ROOTS[kind]
    root = letter**exponent
    outer = fp.law(letter ** (2 * exponent))
    found = fp.law(root * inside * root)
    assert found == fp.boxtimes(outer, law)
    assert fp.law(root * inside * root + y) == fp.boxplus(found, fp.Semicircle(1))
    assert distance(root * inside * root, found) < 0.01
    assert distance(root * inside * root, fp.boxtimes(outer.dilate("21/20"), law)) > 0.012


def test_a_matrix_with_a_root_is_drawn_with_its_root() -> None:
    root = SIGMA**HALF
    drawn = np.linalg.eigvalsh(fp.simulate(root, N=9))
    np.testing.assert_allclose(drawn, [1] * 3 + [np.sqrt(3)] * 6, rtol=1e-13)
    squared = fp.simulate(root, N=9) @ fp.simulate(root, N=9)
    np.testing.assert_allclose(squared, fp.simulate(SIGMA, N=9), atol=1e-13)


def test_roots_that_do_not_exist_are_refused() -> None:
    for question in (fp.law, lambda expr: fp.simulate(expr, N=8)):
        with pytest.raises(UndefinedOperationError, match="without negative eigenvalues"):
            question(A**HALF)
    with pytest.raises(UndefinedOperationError, match="is singular"):
        fp.simulate(fp.Deterministic("Z", fp.Atomic({0: HALF, 2: HALF}), N) ** -HALF, N=8)


def test_a_root_elsewhere_may_be_a_letter_of_its_own() -> None:
    root = SIGMA**HALF
    with pytest.raises(InvalidParameterError, match="give the root a letter of its own"):
        fp.law(root * x * root + SIGMA)
    R = fp.Deterministic("R", fp.law(root), N)
    assert_agrees(R * x * R + R * R, R * x * R + R)
