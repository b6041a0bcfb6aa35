"""Hermite coefficients: published forms, formulas in n, the sums they must have."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.nets import Activation

x = sp.Symbol("x", real=True)
n = sp.Symbol("n", integer=True, nonnegative=True)
pi, half = sp.pi, sp.Rational(1, 2)


def wave(b: sp.Expr, m: int) -> sp.Expr:
    """E He_m(z) exp(-b z^2)."""
    if m < 0 or m % 2:
        return sp.Integer(0)
    return (
        (-1) ** (m // 2)
        * sp.factorial2(m - 1)
        * (2 * b) ** (sp.Rational(m, 2))
        * (1 + 2 * b) ** -sp.Rational(m + 1, 2)
    )


def relu(m: int) -> sp.Expr:
    if m < 2:
        return [1 / sp.sqrt(2 * pi), half][m]
    if m % 2:
        return sp.Integer(0)
    return (-1) ** (m // 2 + 1) * sp.factorial2(m - 3) / sp.sqrt(2 * pi * sp.factorial(m))


def sign(m: int) -> sp.Expr:
    if m % 2 == 0:
        return sp.Integer(0)
    top = sp.factorial2(m - 2) if m > 1 else sp.Integer(1)
    return sp.sqrt(2 / pi) * (-1) ** ((m - 1) // 2) * top / sp.sqrt(sp.factorial(m))


def gelu(m: int) -> sp.Expr:
    if m < 2:
        return [1 / (2 * sp.sqrt(pi)), half][m]
    k = m - 2
    inner = 2 * wave(half, k) - wave(half, k + 2) - (2 * k + 1) * wave(half, k)
    inner -= k * (k - 1) * wave(half, k - 2)
    return inner / sp.sqrt(2 * pi * sp.factorial(m))


def clip(bound: sp.Expr, m: int) -> sp.Expr:
    if m % 2 == 0:
        return sp.Integer(0)
    if m == 1:
        return sp.erf(bound / sp.sqrt(2))
    density = sp.exp(-(bound**2) / 2) / sp.sqrt(2 * pi)
    return -2 * density * sp.hermite_prob(m - 2, bound) / sp.sqrt(sp.factorial(m))


def power(p: int, m: int) -> sp.Expr:
    if m > p or (p - m) % 2:
        return sp.Integer(0)
    rest = sp.factorial2(p - m) if p > m else sp.Integer(1)
    return sp.factorial(p) * sp.sqrt(sp.factorial(m)) / (sp.factorial(m) * rest)


b = sp.Rational(7, 10)
root = lambda m: sp.sqrt(sp.factorial(m))  # noqa: E731
FORMS = {
    "relu": (nets.relu, relu),
    "abs": (nets.abs_, lambda m: 0 if m % 2 else 2 * relu(m)),
    "sign": (nets.sign, sign),
    "step": (nets.step, lambda m: half if m == 0 else sign(m) / 2),
    "exp": (Activation(sp.exp(b * x), x), lambda m: sp.exp(b**2 / 2) * b**m / root(m)),
    "sin": (
        Activation(sp.sin(b * x), x),
        lambda m: (-1) ** (m // 2) * b**m * sp.exp(-(b**2) / 2) / root(m) if m % 2 else 0,
    ),
    "cos": (
        Activation(sp.cos(b * x), x),
        lambda m: 0 if m % 2 else (-1) ** (m // 2) * b**m * sp.exp(-(b**2) / 2) / root(m),
    ),
    "gaussian": (Activation(sp.exp(-b * x**2), x), lambda m: wave(b, m) / root(m)),
    "erf": (
        Activation(sp.erf(b * x), x),
        lambda m: 2 * b / sp.sqrt(pi) * wave(b**2, m - 1) / root(m) if m % 2 else 0,
    ),
    "gelu": (nets.gelu, gelu),
    "hard_tanh": (nets.hard_tanh, lambda m: clip(sp.Integer(1), m)),
    "clip": (
        nets.piecewise_linear([-b, b], [-b, b]),
        lambda m: clip(b, m),
    ),
    "fourth power": (nets.monomial(4), lambda m: power(4, m)),
    "fifth power": (nets.monomial(5), lambda m: power(5, m)),
}


@pytest.mark.parametrize("name", FORMS)
def test_published_coefficients(name: str) -> None:
    f, form = FORMS[name]
    formula = f.hermite(n)
    for m in range(10):
        expected = sp.N(form(m), 25)
        assert abs(sp.N(f.hermite(m), 25) - expected) < 1e-22
        assert abs(sp.N(formula.subs(n, m).doit(), 25) - expected) < 1e-22


def test_formula_at_another_variance() -> None:
    q = sp.Rational(7, 5)
    for f in (nets.relu, nets.erf, nets.gaussian):
        formula = f.hermite(n, q)
        for m in (2, 3, 6):
            assert abs(sp.N(formula.subs(n, m).doit() - f.hermite(m, q), 20)) < 1e-18


def test_tanh_coefficients() -> None:
    assert str(nets.tanh.hermite(1).evalf(23)) == "0.60570550960215882558354"
    assert str(nets.tanh.hermite(3).evalf(24)) == "-0.148437190787272704045251"
    with pytest.raises(NoClosedFormError):
        nets.tanh.hermite(n)


def test_squares_sum_to_the_second_moment() -> None:
    formula = nets.erf.hermite(n)
    squares = [formula.subs(n, m).doit() ** 2 for m in range(1, 80, 2)]
    assert abs(sp.N(sum(squares) - nets.erf.expect(1, 2), 20)) < 1e-12


def test_decay() -> None:
    """Geometric for erf, algebraic for relu and sign."""
    b = sp.Rational(3, 2)
    squares = Activation(sp.erf(b * x), x).hermite(n) ** 2
    ratio = (squares.subs(n, 401) / squares.subs(n, 399)).doit().evalf(20)
    assert abs(ratio / (2 * b**2 / (1 + 2 * b**2)) ** 2 - 1) < 0.01
    for f, m, exponent in ((nets.relu, 400, 2.5), (nets.sign, 401, 1.5)):
        squares = f.hermite(n) ** 2
        ratio = (squares.subs(n, 2 * m - m % 2) / squares.subs(n, m)).doit().evalf(20)
        assert abs(sp.log(ratio, 2) + exponent) < 0.02


def test_index_must_be_natural() -> None:
    symbols = (
        sp.Symbol("x", commutative=False),
        sp.Symbol("i", imaginary=True),
        sp.Symbol("n", negative=True),
        sp.Symbol("h", integer=False),
    )
    for bad in (-1, 1.5, True, *symbols):
        with pytest.raises(InvalidParameterError):
            nets.relu.hermite(bad)
