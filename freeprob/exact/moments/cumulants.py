"""Moments and cumulants of every kind, as operations on power series.

All series are power series with constant term 1: M(t) = Σ mₙ tⁿ, C(w) = 1 + Σ κₙ wⁿ.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.fields import Element
from freeprob.exact.algebra.series import Series, lagrange


def one(like: Series) -> Series:
    """The constant 1, known as far as ``like``."""
    return Series.constant(like.field, like.field.integer(1), like.end)


def free_cumulant_series(moments: Series) -> Series:
    """C with M(t) = C(t M(t)): C = w/t at w = t M(t).

    Source: Voiculescu 1986; Speicher 1994.
    """
    return lagrange(moments.inverse()).shifted(-1).inverse()


def moments_of_free_cumulants(cumulants: Series) -> Series:
    """M with M(t) = C(t M(t))."""
    return lagrange(cumulants).shifted(-1)


def boolean_cumulant_series(moments: Series) -> Series:
    """B with M = 1/(2 - B), that is 1 + Σ bₙ tⁿ.

    Source: Speicher-Woroudi 1997.
    """
    return one(moments) + one(moments) - moments.inverse()


def moments_of_boolean_cumulants(cumulants: Series) -> Series:
    """M = 1/(2 - B)."""
    return (one(cumulants) + one(cumulants) - cumulants).inverse()


def classical_cumulant_series(moments: Series) -> Series:
    """1 + Σ kₙ tⁿ with Σ kₙ tⁿ/n! = log Σ mₙ tⁿ/n!."""
    return one(moments) + _factorials(_factorials(moments, -1).log(), 1)


def moments_of_classical_cumulants(cumulants: Series) -> Series:
    """The inverse of :func:`classical_cumulant_series`."""
    return _factorials(_factorials(cumulants - one(cumulants), -1).exp(), 1)


def _factorials(series: Series, power: int) -> Series:
    """Multiply the coefficient of tⁿ by n! or 1/n!."""
    field = series.field
    values = []
    for n in range(series.end):
        scale = field.integer(factorial(n))
        value = series.coefficient(n)
        values.append(value * scale if power > 0 else value / scale)
    return Series.of(field, values)


def order(moments: Series) -> int | None:
    """The order of the first nonzero moment after m₀; None when none is known to be nonzero."""
    psi = (moments - one(moments)).normalised()
    return psi.valuation if psi.terms > 0 else None


def free_product_moments(factors: list[Series]) -> Series:
    """Moments of a free product, through inverse series of ψ = M - 1.

    With χ = ψ⁻¹ and n factors, χ(y) = ∏ χᵢ(y) ((1 + y)/y)ⁿ⁻¹. For one factor of mean zero, χ is
    a series in s = √(y/m₂), and everything is expanded in s.

    Source: Voiculescu 1987; Rao-Speicher 2007.
    """
    orders: list[int] = []
    for factor in factors:
        own = order(factor)
        if own is None:
            return one(factor)
        orders.append(own)
    if max(orders) > 2 or sum(entry == 2 for entry in orders) > 1:
        raise UndefinedOperationError(
            "the free product needs at most one factor of mean zero: for two, the S-transform "
            "does not exist; multiply by laws on the half line only"
        )
    # y = lead · s^root, with root = 2 when a factor has mean zero
    root = max(orders)
    lead = factors[orders.index(root)].coefficient(root)
    field = factors[0].field

    def inverse(factor: Series, own: int) -> Series:
        psi = factor - one(factor)
        if own == root:
            return _inverse(psi, lead, root)
        mean = psi.coefficient(1)
        return _inverse(psi, mean, 1).stretched(lead / mean, root)

    total, *others = (inverse(*pair) for pair in zip(factors, orders, strict=True))
    for other in others:
        total = total * other
    y = Series.constant(field, lead, total.terms).shifted(root)
    total = total * ((one(y) + y) / y) ** (len(factors) - 1)
    s = lagrange(total.shifted(-1).inverse())
    psi = (s**root).scaled(lead)
    return one(psi) + psi


def _inverse(psi: Series, lead: object, root: int) -> Series:
    """T as a series in s, ψ(t) = lead · s^root."""
    base = psi.shifted(-root).scaled(psi.field.integer(1) / lead)
    if root == 2:
        base = (base.log().scaled(psi.field.integer(1) / psi.field.integer(2))).exp()
    return lagrange(base.inverse())


def free_power_moments(
    factor: Series, exponent: sp.Rational, power: Callable[[Element], Element]
) -> Series:
    """Moments of a free multiplicative power: S becomes Sᵗ, the mean m becomes ``power(m)``.

    Source: Bercovici-Voiculescu 1993.
    """
    if order(factor) is None:
        return one(factor)
    if order(factor) != 1:
        raise UndefinedOperationError(
            "a free multiplicative power needs a nonzero mean: S does not exist for mean zero"
        )
    field = factor.field
    mean = factor.coefficient(1)
    # in s = y/mean: χ = s v(s), S = (1 + mean s) v(s)/mean
    v = _inverse(factor - one(factor), mean, 1).shifted(-1)
    shifted = one(v) + Series.constant(field, mean, v.end).shifted(1).truncated(v.end)
    scale = power(mean)
    normalised = (shifted * v).log().scaled(field.read(exponent)).exp() / shifted
    # s_t = y/mean_t, so that v_t(s_t) = normalised(s) with s = s_t mean_t/mean
    s = lagrange(normalised.stretched(scale / mean, 1).inverse())
    return one(s) + s.scaled(scale)
