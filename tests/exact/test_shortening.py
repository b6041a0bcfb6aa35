"""Sums that letters stand for are put in by the ring: the same curves as SymPy's substitution."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sympy as sp
from sympy.core.function import AppliedUndef

import freeprob as fp
from freeprob.exact.algebra.powers import FLOAT_ORDERS, binary_orders, shared_power
from freeprob.exact.algebra.shortening import shortened
from freeprob.exact.systems.system import flatten
from tests.trials import oracles

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


@pytest.mark.parametrize("ratios", [("2/3", 7), (1, 2, 3)], ids=str)
def test_numbers_whose_products_leave_the_range_of_floats_stay_apart(ratios: tuple) -> None:
    # over one denominator nine decimals have 350 bits, and a product of three such more than 1024
    draw = random.Random(3)
    places = [draw.uniform(0.2, 5) for _ in range(9)]
    factors = [fp.MarchenkoPastur(ratio) for ratio in ratios]
    law = fp.boxtimes(fp.Atomic(places), *factors)
    described: tuple = ("atomic", tuple(places), (1 / 9,) * 9)
    for factor in factors:
        described = ("boxtimes", ("marchenko_pastur", float(factor.args[0])), described)
    z = np.array([1 + 1j, 6 + 0.5j, -2 + 0.3j])
    np.testing.assert_allclose(law.cauchy(z), oracles.cauchy(described, z), rtol=1e-12)


LARGE = X**2 * 3**200 + 2**300
POWERS = {
    "one": LARGE**9 / sp.Integer(2) ** 2500,
    "two": LARGE**9 / (7 * X**2 * 5**90 + 5**91) ** 8 / sp.Integer(2) ** 1000,
    "high": 3 * X**50 / Y**49,
}


@pytest.mark.parametrize("product", POWERS.values(), ids=POWERS)
def test_powers_of_large_numbers_are_those_of_moderate_ones(product: sp.Expr) -> None:
    shared = shared_power(product)
    assert shared is not None
    values = {X: sp.Rational(5, 3), Y: sp.Rational(7, 4)}
    assert (shared.base**shared.exponent * shared.rest / product).subs(values) == 1
    assert abs(binary_orders(shared.base).value * shared.exponent) <= FLOAT_ORDERS


def test_orders_are_those_of_the_numbers_on_the_way() -> None:
    ratio = (X + 2**400) * (X + 2**300) / (X + 2**699)
    assert binary_orders(ratio) == (1, 700)
    assert binary_orders(sp.Rational(2**400 + 1, 2**399)).reach == 1
    assert shared_power(ratio) is None
