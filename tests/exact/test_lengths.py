"""Lengths of expressions: SymPy's count of operations, of the expression as it is written."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob.exact.algebra.lengths import has_minus, length

X, Y = sp.symbols("x y")
G = sp.Function("G")


@pytest.mark.parametrize(
    "expression",
    [
        sp.S.Zero, sp.S.One, sp.S.NegativeOne, sp.Rational(-3, 4), X, -X, 3 * X, -X / 3, X + 1,
        X - Y, -X - Y, -X + Y, X**2, X**-1, X**-2, -(X**-2), sp.sqrt(X),
        1 / sp.sqrt(X), 3 / X, -3 / X,
        sp.Rational(3, 2) / X, X * Y, X / Y, X**2 / Y**3, X / (Y * (X + 1)), X * (X - 1) / (2 * Y),
        1 / (X * Y), G(X), X * G(X) - 1, G(X - 1) ** 2 / (1 - X), sp.log(X) / X, sp.pi * X,
        sp.I + X,
        (X**3 - 6 * X**2 + 9 * X - 2) / (10 * (X - 4) * (10 * X - 41)),
    ],
    ids=str,
)  # fmt: skip
def test_lengths_are_counts_of_operations(expression: sp.Expr) -> None:
    assert length(expression) == expression.count_ops()
    assert has_minus(expression) == expression.could_extract_minus_sign() or expression.is_Add


def test_a_product_is_counted_as_it_is_written() -> None:
    # SymPy multiplies 4 (x - 1/2) out to 4x - 2 before it counts
    quarter = sp.Rational(1, 4) / (X - sp.S.Half)
    assert (length(quarter), quarter.count_ops()) == (4, 3)
