"""The class of functions whose Gaussian means close: x^k exp(a x + b x^2) times normal ogives.

An *ogive* is the normal distribution function Phi((slope x + offset)/width); erf and erfc are
affine in it, and at width 0 it is a step. Sums of such terms form a ring, closed under
differentiation, which is why one moment rule serves polynomials, exponentials, sines, Gaussians,
erf, gelu and every piecewise combination of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp


class OutsideClass(Exception):
    """The expression is no finite sum of exponential-polynomial terms."""


@dataclass(frozen=True)
class Ogive:
    """Phi((slope x + offset)/sqrt(variance)); a step when the variance is 0."""

    slope: sp.Expr
    offset: sp.Expr
    variance: sp.Expr

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Deterministic order."""
        return (str(self.slope), str(self.offset), str(self.variance))


@dataclass(frozen=True)
class Shape:
    """x^power exp(linear x + quadratic x^2) times the product of the ogives."""

    power: int = 0
    linear: sp.Expr = sp.S.Zero
    quadratic: sp.Expr = sp.S.Zero
    ogives: tuple[Ogive, ...] = ()

    def __mul__(self, other: Shape) -> Shape:
        return Shape(
            self.power + other.power,
            sp.expand(self.linear + other.linear),
            sp.expand(self.quadratic + other.quadratic),
            tuple(sorted(self.ogives + other.ogives, key=lambda ogive: ogive.sort_key)),
        )


Terms = dict[Shape, sp.Expr]
_ONE = Shape()


def terms_of(expr: sp.Expr, x: sp.Symbol) -> Terms:
    """Return ``expr`` as a sum of terms, or raise :class:`OutsideClass`."""
    if not expr.has(x):
        return {_ONE: expr}
    if expr == x:
        return {Shape(power=1): sp.Integer(1)}
    if isinstance(expr, sp.Add):
        return add(terms_of(part, x) for part in expr.args)
    if isinstance(expr, sp.Mul):
        product: Terms = {_ONE: sp.Integer(1)}
        for factor in expr.args:
            product = multiply(product, terms_of(factor, x))
        return product
    if isinstance(expr, sp.exp):
        return _exponential(expr.args[0], x)
    if isinstance(expr, sp.Pow):
        return _power(expr, x)
    return _function(expr, x)


def _power(expr: sp.Pow, x: sp.Symbol) -> Terms:
    base, exponent = expr.args
    if exponent.is_Integer and exponent > 0:
        return power(terms_of(base, x), int(exponent))
    if not base.has(x) and base.is_positive:
        return _exponential(exponent * sp.log(base), x)
    if isinstance(base, sp.exp) and not exponent.has(x):
        return _exponential(base.args[0] * exponent, x)
    raise OutsideClass(expr)


def _exponential(argument: sp.Expr, x: sp.Symbol) -> Terms:
    constant, linear, quadratic = _coefficients(argument, x, 2)
    return {Shape(linear=linear, quadratic=quadratic): sp.exp(constant)}


def _coefficients(argument: sp.Expr, x: sp.Symbol, degree: int) -> list[sp.Expr]:
    """Return the coefficients of a polynomial argument, from degree 0 up."""
    if not argument.is_polynomial(x):
        raise OutsideClass(argument)
    poly = sp.Poly(argument, x)
    if poly.degree() > degree:
        raise OutsideClass(argument)
    return [poly.coeff_monomial(x**i) for i in range(degree + 1)]


def _function(expr: sp.Expr, x: sp.Symbol) -> Terms:
    """Return the terms of sine-like and erf-like functions."""
    if isinstance(expr, sp.sin | sp.cos | sp.sinh | sp.cosh):
        return terms_of(expr.rewrite(sp.exp), x)
    if isinstance(expr, sp.erf):
        return add([{_ONE: sp.Integer(-1)}, scale(_ogive_of_erf(expr.args[0], x), sp.Integer(2))])
    if isinstance(expr, sp.erfc):
        return scale(_ogive_of_erf(-expr.args[0], x), sp.Integer(2))
    raise OutsideClass(expr)


def _ogive_of_erf(argument: sp.Expr, x: sp.Symbol) -> Terms:
    """Return (1 + erf(argument))/2 = Phi(sqrt(2) argument), scaled to a rational slope."""
    offset, slope = _coefficients(argument, x, 1)
    if slope.is_extended_real is not True or offset.is_extended_real is not True:
        raise OutsideClass(argument)
    variance = sp.Rational(1, 2)
    if slope.is_number and not slope.is_rational:
        size = sp.Abs(slope)
        slope, offset, variance = sp.sign(slope), offset / size, variance / size**2
    return {Shape(ogives=(Ogive(slope, offset, sp.nsimplify(variance)),)): sp.Integer(1)}


def add(parts: Iterable[Terms]) -> Terms:
    """Return the sum of several sums of terms."""
    total: Terms = {}
    for part in parts:
        for shape, coefficient in part.items():
            total[shape] = total.get(shape, sp.Integer(0)) + coefficient
    return {shape: value for shape, value in total.items() if value != 0}


def scale(terms: Terms, factor: sp.Expr) -> Terms:
    """Return the terms times a number."""
    return {shape: coefficient * factor for shape, coefficient in terms.items()}


def multiply(first: Terms, second: Terms) -> Terms:
    """Return the product of two sums of terms."""
    return add({left * right: a * b} for left, a in first.items() for right, b in second.items())


def power(terms: Terms, exponent: int) -> Terms:
    """Return a positive integer power."""
    result = terms
    for _ in range(exponent - 1):
        result = multiply(result, terms)
    return result
