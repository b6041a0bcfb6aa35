"""Limits by the laws of limits are those of SymPy; forms without a value are left to it."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob.exact.algebra.limits import limits_of

X = sp.Symbol("x")
GELU = (1 + sp.erf(X / sp.sqrt(2))) / 2 + X * sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi)
FUNCTIONS = [
    GELU,
    1 - sp.tanh(X) ** 2,
    X / (1 + sp.exp(-X)),
    X - X**2,
    sp.exp(X) - sp.exp(2 * X),
    X**3 * sp.exp(-X),
    sp.cosh(2 * X) ** -4,
    X ** sp.Rational(-1, 3),
    1 / X,
    sp.atan(X) ** 2,
    sp.sqrt(X**2 + 1) - X,
    (X**2 + 1) / (X + 1),
    sp.exp(-X) * sp.sin(X) ** 2,
    (1 + 1 / X) ** X,
    sp.sin(X) / X,
    2**X,
    1 / (1 + sp.exp(1 / X)),
    (1 + sp.exp(-X)) ** -2,
    (-1 - sp.cosh(X)) ** -3,
    (1 + X**2) ** sp.Rational(-1, 2),
]
ENDS = [(sp.oo, "-"), (-sp.oo, "+"), (sp.S.Zero, "+"), (sp.S.Zero, "-"), (sp.Integer(2), "+")]


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_limits_are_those_of_series(function: sp.Expr) -> None:
    x = sp.Dummy("x", real=True)
    for end, side in ENDS:
        low, high = limits_of(sp.Lambda(X, function), end, side)
        expected = sp.limit(function.xreplace({X: x}), x, end, side)
        if expected.is_number and expected.is_extended_real:
            assert low == high
            assert low == expected or sp.simplify(low - expected) == 0
        elif not isinstance(expected, sp.AccumBounds):
            assert (low, high) == (-sp.oo, sp.oo)


def test_oscillations_have_two_limits() -> None:
    assert limits_of(sp.Lambda(X, sp.sin(X)), sp.oo, "-") == (-1, 1)
