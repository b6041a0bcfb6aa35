"""Real roots of polynomials whose coefficients are real constants, rational or not.

Exact roots are known of rational polynomials and of those of degree one and two. Others are told
apart by balls, where no two roots are equal.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp
from flint import acb, acb_poly, arb, ctx

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import to_rational
from freeprob.geometry.signs.rounding import constant_ball

_BITS = (128, 512, 2048)
_DIGITS = 60  # by which exact numbers are put in order


def exact_real_roots(polynomial: sp.Poly) -> list[sp.Expr]:
    """Different real roots.

    Raises
    ------
    NotAlgebraicError
        If they are no roots of rational or quadratic equations.
    """
    if is_rational(polynomial):
        return [root for root, _ in sp.real_roots(polynomial, multiple=False)]
    coefficients = polynomial.all_coeffs()[::-1]
    b, a = coefficients[-2:]
    if len(coefficients) == 2:
        return [sp.radsimp(sp.expand(-coefficients[0] / a))]
    if len(coefficients) > 3:
        raise NotAlgebraicError(
            f"irrational constants stand in an equation of degree {len(coefficients) - 1}, whose "
            "roots have no form here: give the constants as decimals, or scale them out by dilate"
        )
    square = sp.expand(b**2 - 4 * a * coefficients[0])
    if sign_of(square) < 0:
        return []
    roots = [sp.simplify((-b + sign * sp.sqrt(square)) / (2 * a)) for sign in (-1, 1)]
    return roots if square != 0 else roots[:1]


def sign_of(number: sp.Expr) -> int:
    """The sign of an exact real number.

    Raises
    ------
    NotAlgebraicError
        If it is told neither by balls nor by SymPy.
    """
    if number.is_zero or number.equals(0):
        return 0
    for bits in _BITS:
        ball = constant_ball(number)(bits)
        if ball > 0 or ball < 0:
            return 1 if ball > 0 else -1
    raise NotAlgebraicError(f"whether {number} vanishes is not decided")


def in_order(numbers: Iterable[sp.Expr]) -> list[sp.Expr]:
    """Exact real numbers in increasing order, each once, in whichever form they are written."""
    ordered = sorted(numbers, key=lambda number: sp.N(number, _DIGITS))
    found: list[sp.Expr] = []
    for number in ordered:
        if not found or sign_of(number - found[-1]) > 0:
            found.append(number)
    return found


def is_rational(polynomial: sp.Poly) -> bool:
    """Whether all coefficients are rational numbers."""
    return all(value.is_Rational for value in polynomial.all_coeffs())


def root_balls(polynomial: sp.Poly) -> list[arb]:
    """Balls about the real roots of a polynomial without multiple ones, in increasing order.

    Raises
    ------
    NotAlgebraicError
        If two roots are not told apart.
    """
    for bits in _BITS:
        values = [constant_ball(value)(bits) for value in polynomial.all_coeffs()[::-1]]
        with ctx.workprec(bits):
            try:
                roots = acb_poly([acb(value) for value in values]).roots(maxprec=bits)
            except ValueError:
                continue
        # a ball about a root of a real polynomial that meets the axis holds no other root
        real = [root.real for root in roots if root.imag.contains(0)]
        return sorted(real, key=lambda root: root.mid())
    raise NotAlgebraicError("two roots of an equation with irrational constants are not told apart")


def inside_unit(polynomial: sp.Poly) -> int:
    """The number of roots in (-1, 1) of a polynomial without multiple ones, none at the ends.

    Raises
    ------
    NotAlgebraicError
        If a root is not told from an end.
    """
    balls = root_balls(polynomial)
    if any(abs(ball).overlaps(arb(1)) for ball in balls):
        raise NotAlgebraicError("a root of an equation is not told from an end of its variable")
    return sum(bool(abs(ball) < 1) for ball in balls)


def middles(polynomial: sp.Poly) -> list[sp.Rational]:
    """Rational numbers nearer to the real roots than these are to each other."""
    return [to_rational(ball.mid().fmpq()) for ball in root_balls(polynomial)]
