"""The density of a law whose G is a root of a quartic, as formulas on pieces of its cuts.

With G = t - b/(4a) the equation is t⁴ + pt² + qt + r = (t² + st + u)(t² - st + v), and S = s² is
the largest root of S³ + 2pS² + (p² - 4r)S - q², which is real and not negative: conjugate roots
stay together. The imaginary parts of the two pairs are

½ √(2p + S ± 2√((S + p)² - 4r)),

with the plus sign where the other pair is real. Between places where roots meet, go to infinity or
have S = 0 one formula holds; the numbers of the branch say which. Source: Cardano 1545 (Ferrari's
solution); Descartes 1637 (the form of the resolvent).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import sympy as sp

from freeprob.errors import NoClosedFormError

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_FRACTIONS = (sp.Rational(1, 7), sp.Rational(4, 9), sp.Rational(6, 7))
_AGREED = 1e-9  # share by which a formula may miss the branch; different roots miss it by more
_BEYOND = 8  # how far from the last finite place an infinite piece is looked at
_DIGITS = 25


class Piece(NamedTuple):
    """A formula on an interval, its right end counted where another piece follows."""

    formula: sp.Expr
    low: sp.Expr
    high: sp.Expr
    closed: bool = False

    @property
    def is_everywhere(self) -> bool:
        """Whether it holds on the whole line."""
        return (self.low, self.high) == (-sp.oo, sp.oo)

    def condition(self, x: sp.Expr) -> sp.Basic:
        """That x lies in the interval."""
        return sp.And(self.low < x, x <= self.high if self.closed else x < self.high)


def quartic_pieces(
    law: Law,
    coefficients: Sequence[sp.Expr],
    cuts: Sequence[tuple[sp.Expr, sp.Expr]],
    x: sp.Symbol,
) -> tuple[Piece, ...] | None:
    """The density on the cuts; None where its pieces depend on parameters or irrational constants.

    Raises
    ------
    NoClosedFormError
        If no formula has the numbers of the branch.
    """
    rational = all(sp.Poly(c, x).get_domain() in (sp.ZZ, sp.QQ) for c in coefficients)
    if law.parameters or not rational:
        return None
    p, q, r = _depressed(coefficients)
    formulas = _formulas(p, q, r)
    compiled = [sp.lambdify(x, formula, "numpy") for formula in formulas]
    places = _events(coefficients, q, x)
    found: list[Piece] = []
    for low, high in cuts:
        inside = [place for place in places if _less(low, place) and _less(place, high)]
        own: list[Piece] = []
        for left, right in pairwise([low, *inside, high]):
            formula = _chosen(law, formulas, compiled, x, _points(left, right))
            if own and own[-1].formula == formula:
                own[-1] = own[-1]._replace(high=right)
                continue
            if own:
                own[-1] = own[-1]._replace(closed=True)
            own.append(Piece(formula, left, right))
        found += own
    return tuple(found)


def _depressed(coefficients: Sequence[sp.Expr]) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """p, q, r of the equation without cubic term."""
    a, *rest = coefficients
    b, c, d, e = (value / a for value in rest)
    p = c - 3 * b**2 / 8
    q = d - b * c / 2 + b**3 / 8
    r = e - b * d / 4 + b**2 * c / 16 - 3 * b**4 / 256
    return sp.factor(p), sp.factor(q), sp.factor(r)


def _formulas(p: sp.Expr, q: sp.Expr, r: sp.Expr) -> list[sp.Expr]:
    """Imaginary parts over π, for each form of S and each sign."""
    if q == 0:
        roots = [sp.S.Zero, 2 * sp.sqrt(r) - p]
    else:
        A, B, C = 2 * p, p**2 - 4 * r, -(q**2)
        P, Q = sp.factor(B - A**2 / 3), sp.factor(2 * A**3 / 27 - A * B / 3 + C)
        root = sp.sqrt(sp.factor(Q**2 / 4 + P**3 / 27))
        real = sum((sp.real_root(-Q / 2 + sign * root, 3) for sign in (1, -1)), sp.S.Zero)
        # not an arccosine, which SymPy takes for 0 where its argument is next to 1, as at edges
        angle = sp.atan2(sp.sqrt(sp.factor(-(Q**2) / 4 - P**3 / 27)), -Q / 2) / 3
        roots = [y - A / 3 for y in (real, 2 * sp.sqrt(-P / 3) * sp.cos(angle))]
    return [
        sp.sqrt(2 * p + S + 2 * sign * sp.sqrt((S + p) ** 2 - 4 * r)) / (2 * sp.pi)
        for S in roots
        for sign in (1, -1)
    ]


def _events(coefficients: Sequence[sp.Expr], q: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Where roots meet, are infinite, or may have S = 0, from left to right."""
    G = sp.Dummy("G")
    equation = sp.Poly(coefficients, G).as_expr()
    polynomials = [sp.discriminant(equation, G), coefficients[0]]
    if q != 0:
        polynomials.append(sp.numer(sp.together(q)))
    factors = (sp.factor_list(polynomial, x)[1] for polynomial in polynomials)
    roots = {root for found in factors for own, _ in found for root in sp.real_roots(own, x)}
    return sorted(roots, key=lambda root: root.n(_DIGITS))


def _less(one: sp.Expr, other: sp.Expr) -> bool:
    """Whether one place lies left of another; equal ones are equal as numbers."""
    if one in (-sp.oo, sp.oo) or other in (-sp.oo, sp.oo):
        return bool(one < other)
    return bool(other.n(_DIGITS) - one.n(_DIGITS) > sp.Float(10) ** (4 - _DIGITS))


def _points(low: sp.Expr, high: sp.Expr) -> np.ndarray:
    """Some points of an interval."""
    if low == -sp.oo:
        low = (high if high != sp.oo else sp.S.Zero) - _BEYOND
    if high == sp.oo:
        high = low + _BEYOND
    return np.array([float((low + (high - low) * t).n(_DIGITS)) for t in _FRACTIONS])


def _chosen(
    law: Law, formulas: Sequence[sp.Expr], compiled: Sequence, x: sp.Symbol, points: np.ndarray
) -> sp.Expr:
    """The formula that has the branch's numbers at points."""
    numbers = law.density(points)
    with np.errstate(all="ignore"):
        floats = [np.broadcast_to(values(points), points.shape) for values in compiled]
    real = [
        (formula, found)
        for formula, found in zip(formulas, floats, strict=True)
        if np.all(np.isfinite(found))
    ]
    for formula, found in real:
        if _agree(found, numbers):
            return formula
    # where other roots almost meet floats cancel
    for formula, _ in real:
        if _agree(_digits_at(formula, x, points), numbers):
            return formula
    raise NoClosedFormError(
        f"no formula of the quartic has the density's numbers next to {points[1]:.6g}"
    )


def _agree(found: np.ndarray, numbers: np.ndarray) -> bool:
    return bool(np.all(np.abs(found - numbers) <= _AGREED * np.max(numbers)))


def _digits_at(formula: sp.Expr, x: sp.Symbol, points: np.ndarray) -> np.ndarray:
    """A formula's numbers, computed with as many digits as they need."""
    exact = [formula.xreplace({x: sp.Rational(float(point))}) for point in points]
    return np.array([complex(value.evalf(_DIGITS)) for value in exact])
