"""The density as a formula, where the equation of G has degree 4 at most.

On a cut G(x + i0) is not real. Of a quadratic or cubic equation it is one of the one pair of
conjugate roots, and the density is the modulus of their imaginary part over π: no branch is to be
chosen. Formulas for quartics are in :mod:`freeprob.laws.numbers.quartic_density`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import sympy as sp

from freeprob.errors import BudgetExceededError, NoClosedFormError, NotAlgebraicError
from freeprob.laws.numbers.quartic_density import Piece, quartic_pieces

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_Cuts = tuple[tuple[sp.Expr, sp.Expr], ...]
_G, _X = sp.Dummy("G"), sp.Dummy("x", real=True)


def closed_density(law: Law, x: sp.Expr) -> sp.Expr:
    """The formula on the cuts and 0 elsewhere, as a Piecewise, or a sum of these for mixtures.

    Raises
    ------
    NoClosedFormError
        If G has no equation of degree 4 or less, or the ends of the cuts are no formulas.
    """
    known = law._closed_density(x)
    return piecewise(_pieces(law), x) if known is None else known


def piecewise(pieces: Sequence[Piece], x: sp.Expr) -> sp.Expr:
    """Formulas on intervals, each one once, and 0 elsewhere."""
    if not pieces:
        return sp.S.Zero
    if len(pieces) == 1 and pieces[0].is_everywhere:
        return pieces[0].formula.subs(_X, x)
    places: dict[sp.Expr, list[sp.Basic]] = {}
    for piece in pieces:
        places.setdefault(piece.formula, []).append(piece.condition(x))
    return sp.Piecewise(
        *((formula.subs(_X, x), sp.Or(*found)) for formula, found in places.items()), (0, True)
    )


@lru_cache(maxsize=128)
def _pieces(law: Law) -> tuple[Piece, ...]:
    """The density on the cuts."""
    try:
        polynomial = law.polynomial(_G, _X)
    except (NotAlgebraicError, BudgetExceededError) as error:
        raise _none("G has no polynomial equation within reach") from error
    degree = sp.degree(polynomial.as_expr(), _G)
    coefficients = sp.Poly(polynomial.as_expr(), _G).all_coeffs()
    if degree > 4:
        raise _none(f"the equation of G has degree {degree}")
    if degree > 1 and polynomial.has(sp.I):
        raise _none("the equation of G is not real")
    cuts = tuple(law.support())
    if degree == 4:
        found = quartic_pieces(law, coefficients, cuts, _X)
        if found is None:
            raise _none(
                "which roots of the quartic equation of G are meant depends on its parameters or "
                "irrational constants"
            )
        return found
    if degree == 1:
        rational = -coefficients[1] / coefficients[0]
        formula = sp.factor(-sp.im(rational.expand(complex=True)) / sp.pi)
    else:
        formula = _quadratic(law, coefficients, cuts) if degree == 2 else _cubic(coefficients)
    return tuple(Piece(formula, low, high) for low, high in cuts)


def _none(reason: str) -> NoClosedFormError:
    return NoClosedFormError(
        f"{reason}: formulas of the density are known for degrees up to 4; numbers are, by "
        "law.density(0.5), and the equation by law.equation(G, z)"
    )


def _quadratic(law: Law, coefficients: list[sp.Expr], cuts: _Cuts) -> sp.Expr:
    """√(4ac - b²)/(2π|a|) for aG² + bG + c."""
    a, b, c = coefficients
    radicand = sp.factor(4 * a * c - b**2)
    outside, inside = sp.S.One, sp.S.One
    for factor, power in _powers(radicand):
        if factor.has(_X):
            outside *= _modulus(law, factor, cuts) ** (power // 2)
            inside *= factor ** (power % 2)
        else:
            inside *= factor**power
    return outside * sp.sqrt(inside) / (2 * sp.pi * _modulus(law, a, cuts))


def _cubic(coefficients: list[sp.Expr]) -> sp.Expr:
    """√3/(2π) (u - v) for t³ + pt + q, with the real cube roots u > v of -q/2 ± √D (Cardano)."""
    a, b, c, d = coefficients
    p = sp.factor((3 * a * c - b**2) / (3 * a**2))
    q = sp.factor((2 * b**3 - 9 * a * b * c + 27 * a**2 * d) / (27 * a**3))
    root = sp.sqrt(sp.factor(q**2 / 4 + p**3 / 27))
    u, v = (_cube_root(-q / 2 + sign * root) for sign in (1, -1))
    return sp.sqrt(3) / (2 * sp.pi) * (u - v)


def _cube_root(value: sp.Expr) -> sp.Expr:
    """The real cube root."""
    return sp.sign(value) * sp.Abs(value) ** sp.Rational(1, 3)


def _powers(value: sp.Expr) -> list[tuple[sp.Expr, int]]:
    """Factors of a product with their integer powers."""
    found = []
    for factor in sp.Mul.make_args(value):
        base, power = factor.as_base_exp()
        found.append((base, int(power)) if power.is_Integer else (factor, 1))
    return found


def _modulus(law: Law, value: sp.Expr, cuts: _Cuts) -> sp.Expr:
    """|f| on the cuts, plain where f has one sign there."""
    total = sp.S.One
    for factor, power in _powers(sp.factor(value)):
        total *= _plain(law, factor, cuts) ** power
    return total


def _plain(law: Law, factor: sp.Expr, cuts: _Cuts) -> sp.Expr:
    """|f| for one factor."""
    if factor.is_positive or (factor == _X and law.on_half_line):
        return factor
    if factor.is_negative:
        return -factor
    if factor.free_symbols == {_X} and factor.is_polynomial(_X):
        signs = {_sign(factor, low, high) for low, high in cuts}
        if len(signs) == 1 and 0 not in signs:
            return signs.pop() * factor
    return sp.Abs(factor)


def _sign(factor: sp.Expr, low: sp.Expr, high: sp.Expr) -> int:
    """The sign of a polynomial between two numbers, 0 if it changes there."""
    if any(bool(low < root) and bool(root < high) for root in sp.real_roots(factor, _X)):
        return 0
    if low.is_finite and high.is_finite:
        middle = (low + high) / 2
    else:
        middle = low + 1 if low.is_finite else high - 1 if high.is_finite else sp.S.Zero
    return int(sp.sign(factor.subs(_X, middle).n(30)))
