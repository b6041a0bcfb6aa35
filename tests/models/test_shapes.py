"""Which dimensions grow, which shapes fit, how fast an expression grows."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError
from freeprob.models.letters.shapes import degree, growing, order, require_bounded, row_blocks

N, c, t = sp.symbols("N c t", positive=True)
n0, n1, m = sp.symbols("n0 n1 m")
X = fp.Ginibre("X", N, N / c)
H = fp.GOE("H", N)
BLOCKS = sp.BlockMatrix([[H, X / sp.sqrt(N)], [X.T / sp.sqrt(N), sp.Identity(N / c)]])


@pytest.mark.parametrize(
    ("expr", "symbols"),
    [
        (H, (N,)),
        (X, (N,)),
        (X * X.T * c / N + H, (N,)),
        (BLOCKS, (N,)),
        (fp.Ginibre("W", n1, n0) * fp.Ginibre("Z", n0, m), (m, n0, n1)),
        (fp.Ginibre("W", n0 + m, n0) * fp.GOE("K", n0), (m, n0)),
        (fp.Ginibre("W", n0, sp.sqrt(n0 * m)), (m, n0)),
        (fp.Ginibre("W", N * c, N * t), (N,)),
        (fp.Ginibre("W", 20, 30), ()),
        (t * sp.Identity(N), (N,)),
        (sp.ZeroMatrix(n0, m), (m, n0)),
    ],
    ids=str,
)
def test_the_symbols_that_grow(expr: sp.MatrixExpr, symbols: tuple[sp.Symbol, ...]) -> None:
    assert growing(expr) == symbols


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (fp.GOE("K", N - 1), "do not grow in proportion.*write N for N - 1"),
        (fp.GOE("K", N**2), "do not grow in proportion"),
        (fp.GOE("K", N * c), "either N or c"),
        (fp.Ginibre("W", N, 3), "dimension 3 stays fixed"),
        (X * fp.GOE("K", N), "X is N x N/c and K is N x N, which is no product"),
        (H + fp.GOE("K", 2 * N), "shape mismatch.*no sum"),
        (sp.MatPow(X, 2, evaluate=False), "no power"),
        (H + fp.GOE("H", N, 2), "name H stands for two different matrices"),
        (fp.GOE("H", 5) + fp.GUE("H", 5), "name H stands for two different matrices"),
        (fp.Deterministic("A", fp.Semicircle(N), N), "depends on N, which grows"),
        (fp.Projection("P", 1 / (2 + N), N), "depends on N, which grows"),
        (sp.MatrixSymbol("A", N, N) * H, "A is a plain MatrixSymbol"),
        (sp.HadamardProduct(H, fp.GOE("K", N)), "HadamardProduct"),
        (sp.KroneckerProduct(H, H), "KroneckerProduct"),
        (sp.OneMatrix(N, N) + H, "OneMatrix"),
        (sp.exp(H), "expected a matrix expression"),
        (H**t, "whole exponents"),
        (H ** sp.Rational(1, 2), "whole exponents"),
        (sp.Trace(H) * H, "depends on a random matrix"),
        (H[0, 0] * H, "depends on a random matrix"),
        (sp.Matrix([[1, 2], [2, 1]]), "expected a matrix expression"),
        (sp.ImmutableMatrix([[1, 2], [2, 1]]) * fp.GOE("K", 2), "expected|no operation"),
        (5, "expected a matrix expression"),
        ("H", "expected a matrix expression"),
    ],
    ids=str,
)
def test_bad_expressions_are_refused(expr: object, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        growing(expr)


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (c, 0),
        (N, 1),
        (sp.sqrt(c / N), sp.Rational(-1, 2)),
        (N + c * N, 1),
        ((N + m) ** 2 / N, 1),
        (sp.exp(N / m), 0),
        (N + 1, None),
        (sp.exp(N), None),
        (N**t, None),
        (t**N, None),
    ],
)
def test_degree_of_homogeneous_factors(scalar: sp.Expr, expected: object) -> None:
    assert degree(scalar, (N, m)) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (H, 0),
        (X, sp.Rational(1, 2)),
        (fp.Ginibre("X", N, N, 1 / N), 0),
        (fp.GOE("H", N, N), sp.Rational(1, 2)),
        (X * X.T, 1),
        (X * X.T * c / N, 0),
        ((X * X.T + t * N * sp.Identity(N)).inverse(), -1),
        ((X * X.T) ** 3 / N, 2),
        (fp.HaarUnitary("U", N) * X, sp.Rational(1, 2)),
        (BLOCKS, 0),
        (sp.BlockMatrix([[sp.ZeroMatrix(N, N), X], [X.T, sp.ZeroMatrix(N / c, N / c)]]), "1/2"),
        (fp.Ginibre("W", n1, n0) * fp.Ginibre("Z", n0, m) / sp.sqrt(n0 * m), 0),
        (sp.ZeroMatrix(N, N), None),
        (fp.Ginibre("W", 20, 30) * sp.Rational(1, 7), 0),
    ],
    ids=str,
)
def test_orders(expr: sp.MatrixExpr, expected: object) -> None:
    found = order(expr)
    assert found is expected is None or found == sp.Rational(expected)


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (X * X.T, r"X\*X\.T grows like N: divide by N"),
        (X / N, r"vanishes like 1/sqrt\(N\): multiply by sqrt\(N\)"),
        (X * X.T + H, r"X\*X\.T grows like N but H like 1.*divide X\*X\.T by N"),
        (H + X * X.T / N**2, r"X\*X\.T like 1/N.*multiply \(?.*X\*X\.T by N"),
        (BLOCKS * sp.sqrt(N), r"grows like sqrt\(N\): divide by sqrt\(N\)"),
        (sp.BlockMatrix([[H, X], [X.T, sp.Identity(N / c)]]), r"X grows like sqrt\(N\)"),
        (fp.Ginibre("W", n1, n0) / n0, r"vanishes like 1/sqrt\(n0\): multiply by sqrt\(n0\)"),
        (X * X.T / (N - 1), "write that one, N for N - 1"),
        (X * X.T * c / N + X * X.T, "grow differently with N"),
    ],
    ids=str,
)
def test_expressions_without_limit_say_what_to_divide_by(expr: sp.MatrixExpr, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        require_bounded(expr)


def test_a_bounded_expression_names_what_grows() -> None:
    assert require_bounded(X * X.T * c / N + H) == (N,)
    assert require_bounded(sp.ZeroMatrix(N, N)) == (N,)


def test_the_blocks_that_make_up_the_rows() -> None:
    assert row_blocks(BLOCKS) == row_blocks(BLOCKS**2 + BLOCKS.T) == (N, N / c)
    wide = sp.BlockMatrix([[H, X]])
    assert row_blocks(wide, 1) == row_blocks(wide.T) == (N, N / c)
    assert row_blocks(wide * wide.T) == (N,)
    assert row_blocks(sp.Adjoint(wide * BLOCKS)) == (N, N / c)


ASKED = (
    *(fp.law, fp.check, fp.simulate, fp.normalized_trace, fp.deterministic_equivalent),
    *(lambda expr: fp.fluctuation(expr, t, t), lambda expr: fp.independent_copies(expr, ())),
)


@pytest.mark.parametrize("ask", ASKED, ids=range(len(ASKED)))
@pytest.mark.parametrize("expr", [t, 5, "H", sp.Matrix([[1, 2], [2, 1]])], ids=str)
def test_what_is_no_matrix_expression_is_refused_by_all_questions_alike(ask, expr) -> None:
    with pytest.raises(InvalidParameterError, match=r"takes a matrix expression in random letters"):
        ask(expr)
