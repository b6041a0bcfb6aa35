"""Formulas as float64 holds them: bounded exponentials, log(1 + x), exp(x) - 1."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp


class ScaledErfc(sp.Function):
    """exp(x^2) erfc(x), bounded for x > 0; appears in compiled float64 code only."""

    nargs = 1


def for_floats(expr: sp.Basic) -> sp.Basic:
    """The same value, without factors that overflow and sums with 1 that round a small term off."""
    from sympy.codegen.cfunctions import log1p

    def is_near_0(node: sp.Basic) -> bool:
        return isinstance(node, sp.log) and node.args[0].is_Add and sp.S.One in node.args[0].args

    bounded = join_exponentials(scale_erfc(expr))
    bounded = bounded.replace(is_near_0, lambda node: log1p(node.args[0] - 1))
    return bounded.replace(lambda node: isinstance(node, sp.Add), without_level)


def without_level(total: sp.Add) -> sp.Expr:
    """Write c exp(x) - c, c cos(x) - c and c cosh(x) - c by functions that vanish with x."""
    from sympy.codegen.cfunctions import expm1

    level, rest = total.as_coeff_Add()
    vanishing = {
        sp.exp: expm1,
        sp.cos: lambda x: -2 * sp.sin(x / 2) ** 2,
        sp.cosh: lambda x: 2 * sp.sinh(x / 2) ** 2,
    }
    for term in sp.Add.make_args(rest):
        weight, function = term.as_coeff_Mul()
        if weight == -level and function.func in vanishing:
            return rest - term + weight * vanishing[function.func](function.args[0])
    return total


def scale_erfc(expr: sp.Basic) -> sp.Basic:
    """Replace erfc(x) inside a product with a growing exponential by exp(-x^2) erfcx(x)."""

    def is_growing(node: sp.Basic) -> bool:
        return (
            isinstance(node, sp.Mul)
            and node.has(sp.erfc)
            and any(isinstance(f, sp.exp) and f.args[0].is_positive for f in node.args)
        )

    def scaled(node: sp.Basic) -> sp.Expr:
        exponent, others = sp.Integer(0), []
        for factor in node.args:
            if isinstance(factor, sp.exp):
                exponent += factor.args[0]
            elif isinstance(factor, sp.erfc):
                exponent -= factor.args[0] ** 2
                others.append(ScaledErfc(factor.args[0]))
            else:
                others.append(factor)
        return sp.Mul(*others, sp.exp(sp.expand(exponent)))

    return expr.replace(is_growing, scaled)


class Logistic(sp.Function):
    """1/(1 + exp(-x)); appears in compiled float64 code only."""

    nargs = 1


class SoftPlus(sp.Function):
    """log(1 + exp(x)); appears in compiled float64 code only."""

    nargs = 1


def join_exponentials(expr: sp.Basic) -> sp.Basic:
    """Write sums a + b exp(x) under a fraction line or a logarithm by bounded functions."""
    if not expr.has(sp.exp):
        return expr
    if isinstance(expr, sp.Mul):
        return _joined_product(expr.args)
    if isinstance(expr, sp.Pow) and _saturating(expr.base) and _is_negative_integer(expr.exp):
        return _joined_product((expr,))
    parts = _saturating(expr.args[0]) if isinstance(expr, sp.log) else None
    if parts:
        level, shift, exponent = parts
        return sp.log(level) + SoftPlus(join_exponentials(exponent) + shift)
    return expr.func(*map(join_exponentials, expr.args))


def _joined_product(factors: Sequence[sp.Basic]) -> sp.Expr:
    """Join exp(m x) (a + b exp(x))^(-n), 0 <= m <= n, into powers of two logistic functions."""
    rising = sp.Add(*(f.args[0] for f in factors if isinstance(f, sp.exp)))
    others: list[sp.Basic] = []
    for factor in factors:
        base, power = factor.as_base_exp()
        parts = _saturating(base) if _is_negative_integer(power) else None
        if isinstance(factor, sp.exp):
            continue
        if parts is None:
            others.append(join_exponentials(factor))
            continue
        level, shift, exponent = parts
        taken = sp.cancel(rising / exponent)
        taken = taken if taken.is_Integer and 0 <= taken <= -power else sp.Integer(0)
        rising = sp.expand(rising - taken * exponent)
        place = join_exponentials(exponent) + shift
        others += [
            level**power * sp.exp(-taken * shift),
            Logistic(place) ** taken,
            Logistic(-place) ** (-power - taken),
        ]
    return sp.Mul(*others, sp.exp(join_exponentials(rising)))


def _saturating(expr: sp.Basic) -> tuple[sp.Expr, sp.Expr, sp.Expr] | None:
    """Return (a, log(b/a), x) for a + b exp(x) with positive numbers a and b."""
    if not (isinstance(expr, sp.Add) and len(expr.args) == 2):
        return None
    level, growing = sorted(expr.args, key=lambda part: part.has(sp.exp))
    weight, exponential = growing.as_coeff_Mul()
    bounded = isinstance(exponential, sp.exp) and bool(exponential.args[0].free_symbols)
    if bounded and level.is_number and level.is_positive and weight.is_positive:
        return level, sp.log(weight / level), exponential.args[0]
    return None


def _is_negative_integer(power: sp.Expr) -> bool:
    return bool(power.is_Integer and power.is_negative)
