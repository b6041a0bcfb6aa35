"""Hermite coefficients with a symbolic index: derivatives, Stein's identity, generating functions.

Stein moves derivatives onto f, a_n(f) = sqrt(q^m (n-m)!/n!) a_(n-m)(f^(m)), until f^(m) consists
of exponential-polynomial terms without ogives, and point masses. The former have the generating
function E x^k exp(a x + b x^2) exp(t z - t^2/2) = p(t) C exp(A t + B t^2), the latter are values
of Hermite polynomials.
"""

from __future__ import annotations

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.nets.expectations.closed_forms import piece_terms
from freeprob.nets.expectations.real_powers import power_coefficient
from freeprob.nets.functions.exponential_terms import OutsideClass, Shape, Terms
from freeprob.nets.functions.pieces import Pieces

_DEEPEST = 8
_t = sp.Dummy("t", real=True)


def symbolic_coefficient(pieces: Pieces, n: sp.Symbol, q: sp.Expr) -> tuple[sp.Expr, int]:
    """Return a_n for a symbolic index, and the least n from which it holds.

    Raises
    ------
    NoClosedFormError
        If no derivative of the function is free of ogives and of steps.
    """
    try:
        return power_coefficient(pieces, n, q), 0
    except OutsideClass:
        pass
    current = pieces
    for order in range(_DEEPEST):
        terms = _smooth_terms(current)
        if terms is not None:
            m = n - order
            scale = sp.sqrt(q**order / sp.ff(n, order)) if order else sp.Integer(1)
            value = sum(c * _term(shape, m, q) for shape, c in terms.items())
            for place, depth, weight in current.masses:
                value += weight * _mass(place, depth, m, q)
            return scale * value / sp.sqrt(sp.factorial(m)), order
        current = current.diff()
    raise NoClosedFormError(
        "no derivative of the function is a sum of exponentials, Gaussians and point masses, so "
        "there is no formula in n; ask for a given integer n"
    )


def _smooth_terms(pieces: Pieces) -> Terms | None:
    """Return the terms of a function without steps and ogives, else None."""
    if len(pieces.parts) > 1:
        return None
    try:
        terms = piece_terms(pieces)
    except OutsideClass:
        return None
    return None if any(shape.ogives for shape in terms) else terms


def _term(shape: Shape, m: sp.Expr, q: sp.Expr) -> sp.Expr:
    """Return E w^k exp(a w + b w^2) He_m(z), w = sqrt(q) z, from the generating function."""
    slope = sp.Dummy("a")
    spread = 1 - 2 * shape.quadratic * q
    # complete the square in z: exponent (sqrt(q) a + t)^2/(2 spread) - t^2/2
    generating = sp.exp((sp.sqrt(q) * slope + _t) ** 2 / (2 * spread) - _t**2 / 2) / sp.sqrt(spread)
    polynomial = sp.cancel(sp.simplify(sp.diff(generating, slope, shape.power) / generating))
    polynomial = sp.Poly(sp.expand(polynomial.subs(slope, shape.linear)), _t)
    constant = sp.exp(q * shape.linear**2 / (2 * spread)) / sp.sqrt(spread)
    first, second = sp.sqrt(q) * shape.linear / spread, (1 / spread - 1) / 2
    total = sp.Integer(0)
    for (j,), weight in polynomial.terms():
        total += weight * _taylor(sp.cancel(first), sp.factor(second), m - j)
    return sp.factorial(m) * constant * total


def _taylor(first: sp.Expr, second: sp.Expr, r: sp.Expr) -> sp.Expr:
    """Return the coefficient of t^r in exp(first t + second t^2), 0 for negative r."""
    if second == 0 and first == 0:
        return sp.KroneckerDelta(r, 0)
    if second == 0:
        form = first**r / sp.factorial(r)
    elif first == 0:
        form = sp.Piecewise(
            (second ** (r / 2) / sp.factorial(r / 2), sp.Eq(sp.Mod(r, 2), 0)), (0, True)
        )
    else:
        root = sp.sqrt(-2 * second)
        form = root**r * sp.hermite_prob(r, first / root) / sp.factorial(r)
    return sp.Piecewise((form, r >= 0), (0, True))


def _mass(place: sp.Expr, depth: int, m: sp.Expr, q: sp.Expr) -> sp.Expr:
    """Return E delta^(depth)(w - place) He_m(z), for -d/dw turns phi He_m into phi He_(m+1)."""
    z = place / sp.sqrt(q)
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi * q)
    r = m + depth
    if place == 0:
        odd_factorial = sp.factorial(r) / (2 ** (r / 2) * sp.factorial(r / 2))
        value = sp.Piecewise(((-1) ** (r / 2) * odd_factorial, sp.Eq(sp.Mod(r, 2), 0)), (0, True))
    else:
        value = sp.hermite_prob(r, z)
    return density * value / sp.sqrt(q) ** depth
