"""Roots of quadratic equations over ℚ(parameters)(w), the sheet decided by a series.

The square root of the discriminant is written so that it is the right branch where it is used:
near w = 0 for transforms given by series there, and on the whole upper half plane, as a product of
principal roots √(z - eᵢ) with real eᵢ, for functions of z.
"""

from __future__ import annotations

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.series import Series


def quadratic_root(
    coefficients: list[sp.Expr], variable: sp.Dummy, series: Series, at_infinity: bool
) -> sp.Expr:
    """The root v of c₂ v² + c₁ v + c₀ that begins like the series.

    2 c₂ v + c₁ is the square root of the discriminant; its leading term, read off the series, fixes
    the sign for every value of the parameters.
    """
    constant, linear, square = coefficients
    discriminant = sp.Poly(linear**2 - 4 * square * constant, variable)
    lead, power = _leading(square, linear, variable, series, at_infinity)
    find = _root_at_infinity if at_infinity else _root_at_zero
    root = find(discriminant, variable, lead, power)
    if linear == 0 and square.has(variable):
        return -2 * constant / root
    return _quotient(root - linear, 2 * square)


def _quotient(numerator: sp.Expr, denominator: sp.Expr) -> sp.Expr:
    """A quotient without common rational factor, both parts with integer coefficients."""
    over, top = sp.factor_terms(sp.together(numerator)).as_numer_denom()[::-1]
    (first, top), (second, bottom) = (
        part.as_coeff_Mul() for part in (sp.factor_terms(top), sp.factor_terms(denominator * over))
    )
    ratio = first / second
    return (ratio.p * top) / (ratio.q * bottom)


def _leading(
    square: sp.Expr, linear: sp.Expr, variable: sp.Dummy, series: Series, at_infinity: bool
) -> tuple[sp.Expr, int]:
    """Leading coefficient and power of 2 c₂ v + c₁ in the variable (at infinity: in 1/z)."""

    def lifted(expression: sp.Expr) -> Series:
        values = [field.read(value) for value in sp.Poly(expression, variable).all_coeffs()]
        if at_infinity:
            exact = Series.of(field, values, 1 - len(values))
        else:
            exact = Series.of(field, values[::-1])
        return exact.extended(exact.end + series.end)

    field = series.field
    total = (lifted(square) * series).scaled(field.integer(2))
    total = (total + lifted(linear)).normalised()
    if total.terms <= 0:
        raise NoClosedFormError("the moments known do not separate the two roots of the equation")
    return field.write(total.coefficient(total.valuation)), total.valuation


def _root_at_zero(discriminant: sp.Poly, variable: sp.Dummy, lead: sp.Expr, power: int) -> sp.Expr:
    """√D ~ lead wᵏ, with the remaining root principal near w = 0."""
    listed = sp.factor_list(discriminant.as_expr(), variable)
    outside, inside = variable**power, listed[0]
    for factor, times in listed[1]:
        if factor != variable:
            outside *= factor ** (times // 2)
            inside *= factor ** (times % 2)
    start = sp.cancel(lead / (outside / variable**power).xreplace({variable: sp.S.Zero}))
    if start.is_positive or start.is_negative:
        return sp.sign(start) * outside * sp.sqrt(sp.expand(inside))
    return start * outside * sp.sqrt(sp.expand(sp.cancel(inside / start**2)))


def _root_at_infinity(
    discriminant: sp.Poly, variable: sp.Dummy, lead: sp.Expr, power: int
) -> sp.Expr:
    """√D ~ lead zᵏ, analytic on the upper half plane."""
    root = lead
    for factor, times in sp.factor_list(discriminant.as_expr(), variable)[1]:
        monic = factor.as_poly(variable).monic()
        root *= monic.as_expr() ** (times // 2)
        if times % 2:
            root *= sp.Mul(*(sp.sqrt(variable - end) for end in _real_roots(monic)))
    return root


def _real_roots(polynomial: sp.Poly) -> list[sp.Expr]:
    """Roots of an irreducible monic polynomial whose roots are real for a law's parameters."""
    power = polynomial.degree()
    if power == 1:
        return [-polynomial.coeff_monomial(1)]
    if power == 2:
        half = -polynomial.coeff_monomial(polynomial.gen) / 2
        product = polynomial.coeff_monomial(1)
        nested = _roots_of_squares(half, product)
        if nested is not None:
            return [(nested[0] - nested[1]) ** 2, (nested[0] + nested[1]) ** 2]
        spread = sp.sqrt(sp.factor(half**2 - product))
        return [sp.together(sp.factor(half) + sign * spread) for sign in (-1, 1)]
    if polynomial.free_symbols == {polynomial.gen}:
        return polynomial.real_roots()
    raise NoClosedFormError(
        f"the branch points are roots of a polynomial of degree {power} with parameters; give "
        "values to the parameters, or use the polynomial equation"
    )


def _roots_of_squares(half: sp.Expr, product: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(√α, √β) with roots (√α ± √β)², if α and β are rational and known to be positive."""
    root = _rational_square_root(product)
    if root is None:
        return None
    alpha, beta = (sp.factor(half + sign * root) / 2 for sign in (1, -1))
    if not (alpha.is_positive and beta.is_positive):
        return None
    return tuple(sorted((sp.sqrt(alpha), sp.sqrt(beta)), key=sp.default_sort_key, reverse=True))


def _rational_square_root(expression: sp.Expr) -> sp.Expr | None:
    """A square root in ℚ(parameters), if there is one."""
    symbols = ring([expression])
    fraction = symbols.fraction(expression)
    roots = []
    for part in (fraction.numerator, fraction.denominator):
        content, factors = factorization(part)
        number = sp.sqrt(sp.Integer(int(content)))
        if not number.is_Integer or any(int(times) % 2 for _, times in factors):
            return None
        bases = [symbols.expression(base) ** (int(times) // 2) for base, times in factors]
        roots.append(sp.Mul(number, *bases))
    return roots[0] / roots[1]
