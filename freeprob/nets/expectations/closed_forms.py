"""Closed forms of Gaussian means and of dual kernels, derived by the moment rule."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sympy as sp

from freeprob.nets.expectations.gaussian_moments import Gaussian, HalfSpace, displayed, moment
from freeprob.nets.expectations.tidy import tidy
from freeprob.nets.functions.exponential_terms import (
    Ogive,
    Shape,
    Terms,
    add,
    multiply,
    terms_of,
)
from freeprob.nets.functions.pieces import Pieces

VARIANCE = sp.Dummy("q", positive=True)
FIRST, SECOND = sp.Dummy("q1", positive=True), sp.Dummy("q2", positive=True)
COVARIANCE, GAP = sp.Dummy("k", real=True), sp.Dummy("gap", positive=True)


def _rational(expr: sp.Expr) -> sp.Expr:
    """Return one form for rational functions of a variance."""
    expr = sp.sympify(expr)
    return expr if expr.is_Atom else sp.factor(sp.cancel(sp.together(expr)))


def _rational_with_gap(expr: sp.Expr) -> sp.Expr:
    """Return one form for rational functions of a covariance, with q1 q2 - k^2 called GAP."""
    expr = sp.sympify(expr)
    if expr.is_Atom:
        return expr
    numerator, denominator = sp.fraction(sp.cancel(sp.together(expr)))
    return sp.factor(sp.cancel(_reduced(numerator) / _reduced(denominator)))


def _reduced(expr: sp.Expr) -> sp.Expr:
    """Return a polynomial with k^2 replaced by q1 q2 - gap, so that it is linear in k."""
    expr = sp.expand(expr)
    if not expr.has(COVARIANCE):
        return expr
    poly = sp.Poly(expr, COVARIANCE)
    square = FIRST * SECOND - GAP
    return sp.expand(
        sum(c * COVARIANCE ** (n % 2) * square ** (n // 2) for (n,), c in poly.terms())
    )


def piece_terms(pieces: Pieces) -> Terms:
    """Return a piecewise function as terms, each interval a difference of steps."""
    one = sp.Integer(1)
    result = []
    for left, right, part in pieces.intervals():
        terms = terms_of(part, pieces.variable)
        if left == -sp.oo and right == sp.oo:
            window: Terms = {Shape(): one}
        elif left == -sp.oo:
            window = {Shape(ogives=(Ogive(-one, right, sp.Integer(0)),)): one}
        else:
            window = {Shape(ogives=(Ogive(one, -left, sp.Integer(0)),)): one}
            if right != sp.oo:
                window[Shape(ogives=(Ogive(one, -right, sp.Integer(0)),))] = -one
        result.append(multiply(terms, window))
    return add(result)


def growth_rates(pieces: Pieces) -> list[sp.Expr]:
    """Return the rates b of the growing factors exp(b x^2)."""
    rates = {shape.quadratic for shape in piece_terms(pieces)}
    return [rate for rate in rates if not sp.re(rate).is_nonpositive]


def mean_of_terms(terms: Terms) -> sp.Expr:
    """Return the Gaussian mean of a sum of terms at variance ``VARIANCE``."""
    return _collected(term_means(terms))


def _collected(means: Iterable[tuple[Shape, sp.Expr, sp.Expr]]) -> sp.Expr:
    return tidy(sp.Add(*(coefficient * value for _, coefficient, value in means)))


@lru_cache(maxsize=512)
def piece_means(pieces: Pieces) -> tuple[tuple[Shape, sp.Expr, sp.Expr], ...]:
    """Return (shape, coefficient, mean of the shape) for each term of a piecewise function."""
    return tuple(term_means(piece_terms(pieces)))


def term_means(terms: Terms) -> list[tuple[Shape, sp.Expr, sp.Expr]]:
    """Return (shape, coefficient, mean of the shape) for each term."""
    law = Gaussian((sp.Integer(0),), ((VARIANCE,),), _rational)
    result = []
    for shape, coefficient in terms.items():
        factor, tilted = sp.Integer(1), law
        if shape.linear != 0 or shape.quadratic != 0:
            factor, tilted = law.tilted((shape.linear,), (shape.quadratic,))
        spaces = tuple(HalfSpace((o.slope,), o.offset, o.variance) for o in shape.ogives)
        value = factor * moment((shape.power,), spaces, tilted)
        result.append((shape, coefficient, displayed(value, stable=False)))
    return result


@lru_cache(maxsize=512)
def mean_of_pieces(pieces: Pieces) -> sp.Expr:
    """Return the mean of a piecewise function with point masses, or raise OutsideClass."""
    total = _collected(piece_means(pieces.smooth))
    for place, order, weight in pieces.masses:
        # the derivatives of a Gaussian density are Hermite polynomials times it
        density = sp.exp(-(place**2) / (2 * VARIANCE)) / sp.sqrt(2 * sp.pi * VARIANCE)
        total += weight * density * _hermite(order, place)
    return tidy(total) if pieces.masses else total


def _hermite(order: int, place: sp.Expr) -> sp.Expr:
    """(-1)ⁿ φ⁽ⁿ⁾/φ at a place for the density φ of variance q: q⁻ⁿ times a polynomial."""
    terms, pairings = [], 1
    for m in range(order // 2 + 1):
        terms.append((-1) ** m * pairings * place ** (order - 2 * m) * VARIANCE**m)
        pairings = pairings * (order - 2 * m) * (order - 2 * m - 1) // (2 * (m + 1))
    return sp.Add(*terms) / VARIANCE**order


@lru_cache(maxsize=256)
def pair_means(first: Pieces, second: Pieces) -> tuple[tuple[Shape, Shape, sp.Expr, sp.Expr], ...]:
    """Return (shape in u, shape in v, coefficient, mean of the product) for each pair of terms."""
    zero, result = sp.Integer(0), []
    law = Gaussian((zero, zero), ((FIRST, COVARIANCE), (COVARIANCE, SECOND)), _rational_with_gap)
    left, right = piece_terms(first), piece_terms(second)
    for a, weight_a in left.items():
        for b, weight_b in right.items():
            factor, tilted = sp.Integer(1), law
            linear, quadratic = (a.linear, b.linear), (a.quadratic, b.quadratic)
            if any(entry != 0 for entry in linear + quadratic):
                factor, tilted = law.tilted(linear, quadratic)
            spaces = tuple(HalfSpace((o.slope, zero), o.offset, o.variance) for o in a.ogives)
            spaces += tuple(HalfSpace((zero, o.slope), o.offset, o.variance) for o in b.ogives)
            value = factor * moment((a.power, b.power), spaces, tilted)
            result.append((a, b, weight_a * weight_b, value))
    return tuple(result)


@lru_cache(maxsize=256)
def dual_of_pieces(first: Pieces, second: Pieces, *, stable: bool = False) -> sp.Expr:
    """Return E f(u) g(v) in FIRST, COVARIANCE, SECOND (and GAP when ``stable``)."""
    total = sp.Add(*(a * value for _, _, a, value in pair_means(first, second)))
    if stable:
        return tidy(displayed(total, stable=True), join=False)
    shown = tidy(displayed(total, stable=False))
    return tidy(shown.xreplace({GAP: FIRST * SECOND - COVARIANCE**2}))
