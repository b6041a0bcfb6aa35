"""Primitives of G dz on curves with one unknown: logarithms of linear functions and the rest.

The potential U(z) = ∫ log|z - x| μ(dx) has the derivative Re G, and U - log|z| vanishes at
infinity. Where z and G are rational in the unknown u, G dz is integrated by partial fractions. If
its residues are real, as masses are, U is a single-valued function of u, whatever the branch of the
logarithms; others, as next to a Cauchy law, have no such form. A function L in G with a rational
derivative, as the logarithm of a uniform law, is integrated by parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import sympy as sp

from freeprob.exact.algebra.door import constants, functions
from freeprob.exact.systems.system import Curve


class LogTerm(NamedTuple):
    """``weight`` · log|argument|."""

    weight: sp.Expr
    argument: sp.Expr


class Primitive(NamedTuple):
    """U = Re ``rest`` + Σ weight · log|argument|."""

    rest: sp.Expr
    logarithms: tuple[LogTerm, ...]


def primitive(curve: Curve) -> Primitive | None:
    """The potential of a law on its curve; None where there is no such form."""
    if not curve.is_uniformised:
        return None
    # long formulas would be taken apart at every step
    names = {c: sp.Dummy(positive=c.is_positive, real=c.is_real) for c in constants(_sides(curve))}
    known = {name: constant for constant, name in names.items()}
    found = _named(curve.replace(names), known)
    return found and Primitive(
        found.rest.xreplace(known),
        tuple(LogTerm(*(value.xreplace(known) for value in term)) for term in found.logarithms),
    )


_Known = Mapping[sp.Expr, sp.Expr]


def _sides(curve: Curve) -> tuple[sp.Expr, sp.Expr]:
    return curve.z, curve.G


def _named(curve: Curve, known: _Known) -> Primitive | None:
    """With names for constants; ``known`` tells which."""
    (u,) = curve.unknowns
    found = functions(_sides(curve))
    if not found:
        integral = _integral(curve.G * sp.diff(curve.z, u), u, known)
    elif len(found) == 1 and not curve.z.has(found[0]):
        integral = _by_parts(curve, found[0], known)
    else:
        return None
    return integral and _normalised(integral, curve)


def _by_parts(curve: Curve, function: sp.Expr, known: _Known) -> Primitive | None:
    """Of A + B L with P' = B: ∫ A - P L' and P L."""
    (u,), L = curve.unknowns, sp.Dummy("L")
    slope = sp.cancel(sp.diff(function, u))
    form = sp.expand(curve.G.xreplace({function: L}) * sp.diff(curve.z, u))
    if not form.is_polynomial(L) or sp.degree(form, L) != 1 or not slope.is_rational_function(u):
        return None
    B = sp.cancel(form.coeff(L, 1))
    if not B.is_polynomial(u):
        return None
    P = sp.integrate(B, u)
    rest = _integral(form.coeff(L, 0) - P * slope, u, known)
    return rest and Primitive(P * function + rest.rest, rest.logarithms)


def _integral(expression: sp.Expr, u: sp.Symbol, known: _Known) -> Primitive | None:
    """Of a rational function with real residues."""
    rest, logarithms = sp.S.Zero, []
    for term in sp.Add.make_args(sp.apart(sp.cancel(expression), u)):
        found = list(_of_fraction(term, u, known))
        if not found:
            return None
        for part in found:
            if isinstance(part, LogTerm):
                logarithms.append(part)
            else:
                rest += part
    return Primitive(rest, tuple(logarithms))


def _of_fraction(term: sp.Expr, u: sp.Symbol, known: _Known) -> Iterator[sp.Expr | LogTerm]:
    """The integral of one partial fraction; nothing where it has another form."""
    above, below = sp.fraction(sp.together(term))
    constant, factor = below.as_independent(u, as_Add=False)
    base, power = factor.as_base_exp()
    if factor == 1:
        yield sp.integrate(term, u)
    elif sp.degree(base, u) == 1 and power.is_Integer and not above.has(u):
        scale = above / constant / sp.diff(base, u)
        if power != 1:
            yield scale * base ** (1 - power) / (1 - power)
        elif _may_be_real(scale.xreplace(known)):
            yield LogTerm(scale, base)
    elif sp.degree(base, u) == 2 and power == 1:
        found = [
            LogTerm(sp.simplify((above / constant / sp.diff(base, u)).subs(u, root)), u - root)
            for root in sp.roots(base, u)
        ]
        if len(found) == 2 and all(term.weight.xreplace(known).is_real for term in found):
            yield from found


def _may_be_real(residue: sp.Expr) -> bool:
    """Whether a residue is real, or a formula in parameters without i."""
    real = residue.is_real
    return not residue.has(sp.I) if real is None else real


def _normalised(integral: Primitive, curve: Curve) -> Primitive | None:
    """The integral less what it tends to beyond log|z| where z = ∞ and zG = 1."""
    (u,), t = curve.unknowns, sp.Dummy("t")
    for place in (t, 1 / t):
        z, G = (expression.xreplace({u: place}) for expression in (curve.z, curve.G))
        first = _lead(z, t)
        if first is not None and first[1] < 0 and sp.limit(z * G, t, 0) == 1:
            return _at_infinity(integral, {u: place}, first, t)
    return None


def _at_infinity(
    integral: Primitive, near: dict[sp.Expr, sp.Expr], z: tuple[sp.Expr, int], t: sp.Symbol
) -> Primitive | None:
    """The same from the leading terms for t → 0."""
    orders, constants = -z[1], [LogTerm(sp.S.One, z[0])]
    for weight, argument in integral.logarithms:
        lead = _lead(argument.xreplace(near), t)
        if lead is None:
            return None
        orders += weight * lead[1]
        constants.append(LogTerm(-weight, lead[0]))
    value = sp.limit(integral.rest.xreplace(near), t, 0)
    if sp.simplify(orders) != 0 or value.has(sp.oo, sp.zoo, sp.nan):
        return None
    kept = (term for term in constants if term.argument not in (1, -1))
    return Primitive(integral.rest - value, (*integral.logarithms, *kept))


def _lead(expression: sp.Expr, t: sp.Symbol) -> tuple[sp.Expr, int] | None:
    """The coefficient and the order of the leading term at t = 0 of a rational function."""
    above, below = sp.fraction(sp.cancel(sp.together(expression)))
    if not (above.is_polynomial(t) and below.is_polynomial(t)):
        return None
    (top, high), (bottom, low) = (_last(sp.Poly(part, t)) for part in (above, below))
    return sp.cancel(top / bottom), high - low


def _last(polynomial: sp.Poly) -> tuple[sp.Expr, int]:
    (order,), coefficient = polynomial.terms()[-1]
    return coefficient, order
