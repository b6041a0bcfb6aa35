"""Expressions on series with derivatives, against SymPy's derivatives on series alone."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob.exact.algebra.fields import RationalField
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.evaluation import Dual, evaluate

U, V = sp.symbols("u v")
TERMS = 6
RATIONALS = RationalField()


def series(*coefficients: object) -> Series:
    numbers = [RATIONALS.read(sp.Rational(c)) for c in coefficients]
    return Series.of(RATIONALS, numbers + [RATIONALS.integer(0)] * (TERMS - len(numbers)))


def constant(value: sp.Expr) -> Series:
    return Series.constant(RATIONALS, RATIONALS.read(value), TERMS)


def dual_constant(value: sp.Expr) -> Dual:
    return Dual(constant(value), (Series.zero(RATIONALS, TERMS),) * 2)


def coefficients(value: Series) -> list[sp.Expr]:
    return [RATIONALS.write(value.coefficient(n)) for n in range(TERMS)]


@pytest.mark.parametrize(
    "expression",
    [
        U + 3 * V,
        U * V**2 - 2,
        1 / (U + V),
        U**5 / V**3,
        U ** sp.Rational(1, 2),
        V / U ** sp.Rational(7, 3),
        (U * V) ** 1025,
        sp.log(U) * V,
        sp.exp(V - 2) + U,
        sp.sqrt(1 + sp.log(U)) * sp.exp((V - 2) * U),
    ],
    ids=str,
)
def test_slopes_are_derivatives(expression: sp.Expr) -> None:
    u, v = series(1, 2, "-1/3"), series(2, 1, 0, "1/5")
    one, none = constant(sp.S.One), Series.zero(RATIONALS, TERMS)
    duals = {U: Dual(u, (one, none)), V: Dual(v, (none, one))}
    (found,) = evaluate([expression], duals, dual_constant)
    value, *slopes = evaluate(
        [expression, sp.diff(expression, U), sp.diff(expression, V)], {U: u, V: v}, constant
    )
    assert coefficients(found.value) == coefficients(value)
    assert [coefficients(slope) for slope in found.slopes] == [coefficients(s) for s in slopes]
