"""The law as an object, and its exact side: rebuilding, LaTeX, equation, moments, transforms."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from functools import cache
from typing import Any

import sympy as sp

from freeprob.errors import NoClosedFormError, NotAlgebraicError, UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.testing.agreement import (
    DIGITS,
    context,
    fail,
    residual,
    same,
    vanishes,
)
from freeprob.testing.points import frame, points


def check_tree(law: Law) -> None:
    """Rebuilding, pickling and an empty substitution give the same law with the same hash."""
    for what, other in {
        "func(*args)": law.func(*law.args),
        "pickle": pickle.loads(pickle.dumps(law)),
        "subs({})": law.subs({}),
    }.items():
        if other != law or hash(other) != hash(law):
            fail(law, f"{what} must give an equal law with an equal hash", other, law)


def check_latex(law: Law) -> None:
    """LaTeX of the law and of its equation: balanced, and without internal symbols."""
    G, z = sp.symbols("G z")
    texts = [sp.latex(law)]
    try:
        equation = law.equation(G, z)
    except NotAlgebraicError:
        equation = None
    if equation is not None:
        allowed = {G, z, *law.parameters}
        if not equation.free_symbols <= allowed:
            fail(law, "its equation has foreign symbols", equation.free_symbols, allowed)
        texts.append(sp.latex(equation))
    for text in texts:
        if not text or text.count("{") != text.count("}") or "Dummy" in text:
            fail(law, "LaTeX must be balanced and free of internal names", text, "-")


def check_equation(law: Law) -> None:
    """P(G(z), z) = 0 off the axis, with G from the system and P from elimination."""
    polynomial = equation_of(law)
    if polynomial is None:
        return
    own = context()
    for point in points(law)[:3]:
        value = law.cauchy(own.mpc(point), dps=DIGITS)
        at = dict(zip(polynomial.gens, (value, own.mpc(point)), strict=True))
        vanishes(law, f"P(G(z), z) at z = {point}", polynomial, at)


def check_exact_moments(law: Law, count: int) -> list[sp.Expr]:
    """Moments agree with those of the free cumulants and satisfy the equation order by order."""
    moments = list(law.moments(count))
    domain: Any = sp.construct_domain(
        [*moments, *law.free_cumulants(count)], field=True, extension=True
    )
    field, values = domain
    rebuilt = _moments_of_cumulants(values[count:], field.one)
    for order, (one, other) in enumerate(zip(values, rebuilt, strict=False), 1):
        if one != other:
            what = f"moment {order}, and of the free cumulants"
            fail(law, what, field.to_sympy(one), field.to_sympy(other))
    polynomial = None if law.parameters else equation_of(law)
    for order in range(1, count + 1) if polynomial is not None else ():
        _check_order(law, polynomial, moments[:order])
    return moments


_ROUNDING = 10.0 ** (8 - DIGITS)  # relative: what differences of numbers of DIGITS digits keep


def check_inverses(law: Law) -> None:
    """R(G(z)) + 1/G(z) = z near i∞, and S((1 + y)...) in the same way at y = zG - 1."""
    own = context()
    centre, width = frame(law)
    z = own.mpc(centre + 0.3 * width, 12 * width + 4 * abs(centre))
    g = own.convert(law.cauchy(z, dps=DIGITS))
    y = z * g - 1
    shift = z - 1 / g
    # of a point at 0 nothing but rounding is left
    _check_transform(law, "R", g, shift if abs(shift) > abs(z) * _ROUNDING else own.zero)
    if _has_no_mean(law):
        return
    if law.moments(1)[0].equals(0):
        w = sp.Dummy("w")
        try:
            found = law.S(w)
        except UndefinedOperationError:
            return
        fail(law, "S of a mean-zero law must be refused", found, "UndefinedOperationError")
    _check_transform(law, "S", y, (1 + y) / (y * z))


@cache
def equation_of(law: Law) -> sp.Poly | None:
    """P(G, z), or None for a law that says it has none."""
    try:
        return law.polynomial(sp.Symbol("G"), sp.Symbol("z"))
    except NotAlgebraicError:
        return None


def _has_no_mean(law: Law) -> bool:
    try:
        law.moments(1)
    except UndefinedOperationError:
        return True
    return False


def _moments_of_cumulants(cumulants: Sequence[Any], one: Any) -> list[Any]:
    """m_n = Σ_s κ_s Σ m_{i_1} … m_{i_s} over i_1 + … + i_s = n - s: the defining recursion."""
    moments = [one]
    for n in range(1, len(cumulants) + 1):
        total = 0 * one
        gaps = [one] + [0 * one] * n
        for s in range(1, n + 1):
            gaps = [
                sum((gaps[i] * moments[j - i] for i in range(j + 1) if j - i < n), 0 * one)
                for j in range(n + 1)
            ]
            total += cumulants[s - 1] * gaps[n - s]
        moments.append(total)
    return moments[1:]


def _check_order(law: Law, polynomial: sp.Poly, moments: Sequence[sp.Expr]) -> None:
    """The equation holds to a higher order at z = ∞ than with its last moment changed."""
    order, degree = len(moments), polynomial.total_degree()
    own = context(40 * (order + 2) * (degree + 1))
    z = own.mpf(10) ** 40
    series = own.mpf(0)
    for power, moment in enumerate([sp.S.One, *moments]):
        series += own.convert(sp.N(moment, own.dps)._to_mpmath(own.prec)) / z ** (power + 1)
    G, argument = polynomial.gens
    true, _ = residual(polynomial, {G: series, argument: z}, own)
    changed = series + 1 / z ** (order + 1)
    false, _ = residual(polynomial, {G: changed, argument: z}, own)
    if not abs(true) < own.mpf(10) ** -20 * abs(false):
        fail(law, f"the equation must fix moment {order}", abs(true), abs(false))


def _check_transform(law: Law, name: str, argument: Any, value: Any) -> None:
    """The transform's equation holds at a point, and its closed form if there is one."""
    symbol, w = sp.Dummy(name), sp.Dummy("w")
    try:
        equation = law.transform_equation(name, symbol, w)
    except NotAlgebraicError:
        return
    polynomial = sp.Poly(equation.lhs - equation.rhs, symbol, w)
    vanishes(law, f"the equation of {name}", polynomial, {symbol: value, w: argument})
    try:
        closed = getattr(law, name)(w)
    except NoClosedFormError:
        return
    point = sp.Float(argument.real, DIGITS) + sp.I * sp.Float(argument.imag, DIGITS)
    found = context().convert(sp.N(closed.subs(w, point), DIGITS)._to_mpmath(120))
    same(law, f"{name} at {argument}, and by inverting G", found, value, _ROUNDING)
