"""Formulas of a user, at every place that takes one: what stands for no function is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import (
    BudgetExceededError,
    FreeprobError,
    InvalidParameterError,
    NoClosedFormError,
)
from freeprob.landscapes import index

w, G, z = sp.symbols("w G z")
c = sp.Symbol("c", positive=True)
f, M = sp.Function("f"), sp.MatrixSymbol("M", 2, 2)
odd = sp.Symbol("x", commutative=False)

# each takes a formula in w
DOORS: dict[str, Callable[[Any], object]] = {
    "equation": lambda e: fp.AlgebraicLaw(e, w, z),
    "R": lambda e: fp.TransformLaw("R", e, w),
    "S": lambda e: fp.TransformLaw("S", e, w),
    "G": lambda e: fp.TransformLaw("G", e, w),
    "density": lambda e: fp.DensityLaw(e, w, 0, 1),
    "end": lambda e: fp.DensityLaw(2 * w, w, 0, e),
    "image": lambda e: fp.image(e, {w: fp.Normal()}),
    "mean": lambda e: nets.gaussian_expectation(e, w, 1),
    "activation": lambda e: nets.Activation(e, w),
    "expectation": lambda e: fp.Semicircle(1).expect(e, w),
    "value": lambda e: fp.MarchenkoPastur(c).subs(c, e),
}
NO_FUNCTIONS: dict[str, object] = {
    "interval": sp.AccumBounds(0, 1),
    "function of an interval": sp.exp(sp.AccumBounds(0, 1) * w),
    "derivative of an unknown function": sp.Derivative(f(w), w),
    "its value": sp.Subs(sp.Derivative(f(w), w), w, 2),
    "matrix": M,
    "element of a matrix": M[0, 1],
    "trace": w * sp.Trace(M),
    "letter": fp.GOE("W", sp.Symbol("N", positive=True)),
    "symbol that does not commute": odd,
    "function of it": sp.sin(odd),
    "complex infinity": sp.zoo,
    "infinity": w * sp.oo,
    "order of growth": sp.O(w),
    "integral without limits": sp.Integral(w, w),
    "condition": w < 1,
    "equation of another": sp.Eq(w, 1),
    "set": sp.Interval(0, 1),
}


@pytest.mark.parametrize("value", NO_FUNCTIONS.values(), ids=NO_FUNCTIONS)
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_what_is_no_function_is_refused(door: Callable[[Any], object], value: object) -> None:
    with pytest.raises(FreeprobError):
        door(value)


SAME: dict[str, tuple[sp.Expr, sp.Expr]] = {
    "sum over the variable": (w + sp.Sum(w, (w, 1, 3)), w + 6),
    "product over the variable": (w * sp.Product(w, (w, 1, 3)), 6 * w),
    "integral up to the variable": (sp.Integral(w, (w, 0, 2)) * w, 2 * w),
    "derivative": (sp.Derivative(w**2, w), 2 * w),
    "value at a place": (w + sp.Subs(w**2, w, 3), w + 9),
    "whole number": (w + sp.factorial(4, evaluate=False), w + 24),
}
MEANS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "mean": lambda e: nets.gaussian_expectation(e**2, w, 1),
    "activation": lambda e: nets.Activation(e, w).expect(1, power=2),
    "expectation": lambda e: fp.Semicircle(1).expect(e**2, w),
    "image": lambda e: fp.image(e, {w: fp.Normal()}).moments(2)[1],
    "image of atoms": lambda e: fp.image(e, {w: fp.Atomic([1, 2])}).moments(2)[1],
}


@pytest.mark.parametrize(("written", "meant"), SAME.values(), ids=SAME)
@pytest.mark.parametrize("mean", MEANS.values(), ids=MEANS)
def test_what_is_left_undone_means_its_value(
    mean: Callable[[sp.Expr], Any], written: sp.Expr, meant: sp.Expr
) -> None:
    assert float(sp.N(mean(written))) == pytest.approx(float(mean(meant)), rel=1e-12)


def test_sums_with_symbols_of_their_own_are_equal() -> None:
    one, other = (fp.Semicircle(sp.Sum(w, (w, 1, c))) for _ in range(2))
    assert one == other == one.func(*one.args)
    assert one.subs(c, 3).moments(2)[1].doit() == 6


REFUSED: dict[str, tuple[Callable[[], object], type[FreeprobError], str]] = {
    "complex mean": (
        lambda: fp.TransformLaw("R", w + sp.root(-2, 3), w),
        FreeprobError,  # its branch may be lost
        "probability measure",
    ),
    "complex curve": (
        lambda: fp.AlgebraicLaw(sp.root(-2, 3) * G**2 - z * G + 1, G, z),
        FreeprobError,  # its branch may be lost
        "probability measure",
    ),
    "mean beyond floats": (
        lambda: fp.TransformLaw("R", sp.exp(1000), w),
        InvalidParameterError,
        "range of float",
    ),
    "whole number beyond floats": (
        lambda: fp.TransformLaw("R", sp.factorial(200, evaluate=False), w),
        InvalidParameterError,
        "range of float",
    ),
    "variance beyond floats": (
        lambda: fp.TransformLaw("R", sp.Integer(10) ** 400 * w, w),
        InvalidParameterError,
        "range of float",
    ),
    "mean 1/0": (lambda: fp.TransformLaw("S", 2 * w, w), NoClosedFormError, "1/S"),
    "mean of no limit": (
        lambda: fp.TransformLaw("S", sp.Sum(w**G / 5, (G, 1, 3)), w),
        FreeprobError,
        r"\w",
    ),
    "steps": (lambda: fp.TransformLaw("psi", sp.floor(w), w), InvalidParameterError, "analytic"),
    "modulus": (lambda: fp.TransformLaw("R", sp.Abs(w), w), InvalidParameterError, "analytic"),
    "no derivative": (
        lambda: fp.TransformLaw("R", sp.zeta(w), w),
        InvalidParameterError,
        "no derivative",
    ),
    "function of two": (
        lambda: fp.TransformLaw("R", sp.Lambda((w, z), w * z)),
        InvalidParameterError,
        "of 2 variables",
    ),
    "function of none": (
        lambda: fp.AlgebraicLaw(sp.Lambda((), z)),
        InvalidParameterError,
        "of 0 variables",
    ),
    "sides of matrices": (
        lambda: fp.AlgebraicLaw(sp.Eq(M, 2 * M), G, z),
        InvalidParameterError,
        "finite number",
    ),
    "a function for a value": (
        lambda: fp.MarchenkoPastur(c).subs(c, sp.Lambda(w, w)),
        InvalidParameterError,
        "real number",
    ),
    "an integral at arrays": (
        lambda: fp.Semicircle(1).expect(sp.Integral(z, (z, 0, w)), w),
        InvalidParameterError,
        "integrate first",
    ),
    "a mass of 1,800 digits": (
        lambda: fp.DensityLaw(2 * w, w, 0, 10**900),
        InvalidParameterError,
        r"it is 1\.0000e\+1800",
    ),
    "masses of long fractions": (
        lambda: fp.Atomic({0: sp.Rational(1, 3**2000), 1: sp.Rational(1, 7**1100)}),
        InvalidParameterError,
        "they sum to",
    ),
    "bytes for orders": (
        lambda: nets.relu.expect_product(1, bytearray(b"1")),
        InvalidParameterError,
        "must be a list",
    ),
    "a long derivative": (
        lambda: nets.tanh.expect_product(1, (40,)),
        BudgetExceededError,
        "out of reach",
    ),
    "places beyond floats": (
        lambda: index("1/2", 1e308, model="wigner"),
        InvalidParameterError,
        "range of float64",
    ),
    "spectrum beyond floats": (
        lambda: fp.MarchenkoPastur(1, 10**400).quantile("1/2"),
        InvalidParameterError,
        "range of floats",
    ),
}


@pytest.mark.parametrize(("call", "kind", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_in_words(
    call: Callable[[], object], kind: type[FreeprobError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_constants_without_an_equation_stay_as_they_are() -> None:
    modulus = sp.Abs(sp.sqrt(2) + sp.I * sp.sqrt(3), evaluate=False)
    assert fp.Semicircle(modulus).moments(2)[1] == modulus


@pytest.mark.parametrize("order", [2, 3, 5, 8])
def test_point_masses_have_derivatives_of_the_density(order: int) -> None:
    x, q = sp.Symbol("x", real=True), sp.Symbol("q", positive=True)
    mean = nets.Activation(sp.Max(x - 1, 0), x).expect_product(q, (order,))
    density = sp.exp(-(x**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    expected = (-1) ** order * sp.diff(density, x, order - 2).subs(x, 1)
    assert sp.simplify(mean - expected) == 0


def test_point_masses_of_high_order_take_no_time() -> None:
    # E δ⁽²ⁿ⁾ = (-1)ⁿ (2n - 1)!!/√(2π)
    expected = (-1) ** 249 * sp.factorial2(497) / sp.sqrt(2 * sp.pi)
    assert sp.simplify(nets.relu.expect_product(1, (500,)) - expected) == 0
