"""Gaussian means outside the moment rule: reductions by symmetry and by differential algebra.

tanh satisfies T' = 1 - T^2, and so does every rational function of exponentials that is a
polynomial in x and T = tanh(b x/2) (the sigmoid, swish and their derivatives). Odd monomials
vanish, Stein's identity removes every x, and only the even moments of tanh are left. Rational
functions of x with poles at +-i sqrt(s) come from the Laplace transform of the Gaussian mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd

import sympy as sp

from freeprob.nets.expectations.closed_forms import VARIANCE, mean_of_terms
from freeprob.nets.expectations.tidy import tidy
from freeprob.nets.functions.exponential_terms import OutsideClass, terms_of
from freeprob.nets.functions.parity import parity
from freeprob.nets.functions.pieces import Pieces
from freeprob.nets.functions.singular_places import refuse_infinite_mean

Open = Callable[[sp.Expr, sp.Symbol, sp.Expr], sp.Expr]
"""The exact object for the mean of a function of a symbol at a variance."""

_T = sp.Dummy("T", real=True)


@dataclass(frozen=True)
class ReducedTerm:
    """A multiple of a function, its mean at variance VARIANCE, and the rule that gave it."""

    weight: sp.Expr
    function: sp.Expr
    value: sp.Expr
    rule: str
    reference: str


def reduced_terms(expr: sp.Expr, x: sp.Symbol, unevaluated: Open) -> list[ReducedTerm] | None:
    """Return the terms of a mean with the rule of each, or None if one of them is not closed."""
    try:
        return [ReducedTerm(sp.Integer(1), expr, tanh_mean(expr, x, unevaluated), *_TANH)]
    except OutsideClass:
        pass
    result = []
    for term in sp.Add.make_args(sp.expand(expr, log=False, power_base=False, power_exp=False)):
        constant, function = term.as_independent(x, as_Add=False)
        closed = _closed(function, x, unevaluated)
        if closed is None:
            return None
        result.append(ReducedTerm(constant, function, *closed))
    return result


# each rule and its source, for derivations
ODD = ("Odd functions have mean 0", "symmetry of the normal law")
_EXPONENTIAL = ("Tilt by exponentials, Stein's identity for powers", "Stein 1981")
_TANH = (
    "For $T = \\tanh(bx/2)$, $T' = b(1 - T^2)/2$: odd monomials vanish and Stein's identity "
    "removes powers of $x$",
    "Stein 1981",
)
_RATIONAL = (
    "Laplace transform of $\\mathbb{E}\\,e^{-tx^2} = (1 + 2qt)^{-1/2}$",
    "Abramowitz-Stegun 1964, 7.4.11",
)


def _closed(term: sp.Expr, x: sp.Symbol, unevaluated: Open) -> tuple[sp.Expr, str, str] | None:
    """Return the mean of one term, the rule, and the rule's source."""
    if parity(term, x) == -1 and refuse_infinite_mean(Pieces(x, (), (term,))):
        return sp.Integer(0), *ODD
    rules = (
        (lambda: _exponential_mean(term, x), _EXPONENTIAL),
        (lambda: tanh_mean(term, x, unevaluated), _TANH),
        (lambda: rational_mean(term, x), _RATIONAL),
    )
    for rule, name in rules:
        try:
            return rule(), name[0], name[1]
        except OutsideClass:
            continue
    return None


def _exponential_mean(term: sp.Expr, x: sp.Symbol) -> sp.Expr:
    return mean_of_terms(terms_of(term, x))


def tanh_mean(expr: sp.Expr, x: sp.Symbol, unevaluated: Open) -> sp.Expr:
    """Return the mean of a polynomial in x and tanh(b x/2), in even moments of tanh."""
    rate = _common_rate(expr, x)
    poly = _in_tanh(expr, x, rate)
    total = sp.Integer(0)
    for (j, k), coefficient in poly.terms():
        total += coefficient * _tanh_moment(j, k, rate, {}, unevaluated)
    return tidy(total)


def _common_rate(expr: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """Return b such that every exp(a x) and tanh(a x/2) has a an integer multiple of b."""
    rates = []
    for node in expr.atoms(sp.exp, sp.tanh):
        if node.has(x):
            slope = sp.expand(node.args[0]).coeff(x)
            if sp.expand(node.args[0] - slope * x) != 0 or slope.has(x):
                raise OutsideClass(node)
            rates.append(slope if isinstance(node, sp.exp) else 2 * slope)
    if not rates:
        raise OutsideClass(expr)
    ratios = [sp.cancel(rate / rates[0]) for rate in rates]
    if not all(ratio.is_Rational for ratio in ratios):
        raise OutsideClass(expr)
    denominator = sp.ilcm(*(ratio.q for ratio in ratios), 1)
    numerator = gcd(*(int(ratio * denominator) for ratio in ratios))
    rate = rates[0] * sp.Rational(numerator, denominator)
    return -rate if rate.could_extract_minus_sign() else rate


def _in_tanh(expr: sp.Expr, x: sp.Symbol, rate: sp.Expr) -> sp.Poly:
    """Return the expression as a polynomial in x and T = tanh(rate x/2)."""
    unit = (1 + _T) / (1 - _T)

    def power(node: sp.Expr) -> sp.Expr:
        return sp.cancel(sp.expand(node).coeff(x) / rate)

    def exponential(argument: sp.Expr) -> sp.Expr:
        return unit ** power(argument)

    def tangent(argument: sp.Expr) -> sp.Expr:
        square = unit ** power(2 * argument)
        return (square - 1) / (square + 1)

    rational = expr.replace(sp.tanh, tangent).replace(sp.exp, exponential)
    if not rational.is_rational_function(x, _T):
        raise OutsideClass(expr)
    numerator, denominator = sp.fraction(sp.cancel(sp.together(rational)))
    if denominator.has(x) or denominator.has(_T):
        raise OutsideClass(expr)
    return sp.Poly(sp.expand(numerator / denominator), x, _T)


def _tanh_moment(
    j: int, k: int, rate: sp.Expr, known: dict[tuple[int, int], sp.Expr], unevaluated: Open
) -> sp.Expr:
    """Return E w^j tanh(rate w/2)^k by parity and Stein's identity."""
    if (j + k) % 2:
        return sp.Integer(0)
    if (j, k) not in known:
        if j:
            value = sp.Integer(0)
            if j > 1:
                value += (j - 1) * _tanh_moment(j - 2, k, rate, known, unevaluated)
            if k:
                down = _tanh_moment(j - 1, k - 1, rate, known, unevaluated)
                up = _tanh_moment(j - 1, k + 1, rate, known, unevaluated)
                value += k * rate / 2 * (down - up)
            known[j, k] = sp.expand(VARIANCE * value)
        elif k:
            y = sp.Dummy("y", real=True)
            known[j, k] = unevaluated(sp.tanh(y) ** k, y, rate**2 * VARIANCE / 4)
        else:
            known[j, k] = sp.Integer(1)
    return known[j, k]


def rational_mean(expr: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """Return the mean of a rational function with poles at +-i sqrt(s), s > 0."""
    if not expr.is_rational_function(x):
        raise OutsideClass(expr)
    total = sp.Integer(0)
    for part in sp.Add.make_args(sp.apart(sp.together(expr), x)):
        numerator, denominator = sp.fraction(sp.together(part))
        if parity(part, x) == -1:
            continue
        if not denominator.has(x):
            total += _exponential_mean(part, x)
            continue
        base, power = sp.factor_list(denominator, x)[1][-1]
        poly = sp.Poly(base, x)
        if poly.degree() != 2 or poly.coeff_monomial(x) != 0:
            raise OutsideClass(expr)
        place = poly.coeff_monomial(1) / poly.LC()
        if not place.is_positive:
            raise OutsideClass(expr)
        even = sp.Poly(sp.expand(numerator), x).coeff_monomial(1)
        rest = sp.cancel(denominator / base**power)
        total += even / rest / poly.LC() ** power * _inverse_power_mean(place, power)
    return tidy(total)


def _inverse_power_mean(place: sp.Expr, power: int) -> sp.Expr:
    """Return E (w^2 + s)^-n: the Laplace transform of (1 + 2 q t)^(-1/2), differentiated in s."""
    s = sp.Dummy("s", positive=True)
    mean = sp.sqrt(sp.pi / (2 * VARIANCE * s)) * sp.exp(s / (2 * VARIANCE))
    mean *= sp.erfc(sp.sqrt(s / (2 * VARIANCE)))
    for n in range(1, power):
        mean = -sp.diff(mean, s) / n
    return mean.subs(s, place)
