"""Sums that letters stand for are put in by the ring: the same curves as SymPy's substitution."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy.core.function import AppliedUndef

import freeprob as fp
from freeprob.exact.algebra.shortening import shortened
from freeprob.exact.systems.system import flatten

X, Y = sp.symbols("x y")
G = sp.Function("G")
SUMS = {
    "three atoms": 1 / (3 * (X - 1)) + 1 / (2 * (X - 2)) + 1 / (6 * (X - sp.Rational(7, 2))),
    "irrational": 1 / (2 * X) + 1 / (4 * (X - sp.sqrt(2))) + 1 / (4 * (X + sp.pi)),
    "nine atoms": sp.Add(*(sp.Rational(1, 9) / (X - i) for i in range(9))),
}
EXPRESSIONS = [G(X), X * (1 + (X * G(X) - 1) / 2), G(X) / (1 + Y * G(X)), X - 1 / G(X), Y + X]


@pytest.mark.parametrize("total", SUMS.values(), ids=SUMS)
@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_the_value_of_a_letter_is_put_in_by_the_ring(expression: sp.Expr, total: sp.Expr) -> None:
    found, whole = shortened(expression, {G(X): total}), expression.xreplace({G(X): total})
    assert found == shortened(whole)
    assert abs((found - whole).subs({X: sp.Rational(5, 3), Y: 4}).evalf(30)) < 1e-25


def test_a_value_stands_for_its_own_letter_only() -> None:
    assert shortened(G(X) * Y / Y, {G(Y): 1 / Y}) == G(X)


def test_all_unknowns_of_a_curve_are_written_out() -> None:
    law = fp.boxplus(fp.Atomic([1, 2, 4]), fp.Semicircle(1))
    curve = flatten(law.system)
    (omega,) = curve.unknowns
    first, *others = curve.all_unknowns
    assert first == omega
    assert others
    for value in others:
        # both parts and the sum have the same G
        assert not value.has(AppliedUndef)
        assert sp.cancel(value - sum(sp.Rational(1, 3) / (omega - a) for a in (1, 2, 4))) == 0
