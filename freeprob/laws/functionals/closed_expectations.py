"""Expectations as formulas: moments, atoms, and logarithms on rational curves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import sympy as sp

from freeprob.errors import NoClosedFormError, UndefinedOperationError
from freeprob.exact.systems.potentials import potential
from freeprob.exact.systems.system import System, flatten
from freeprob.laws.functionals.integrands import Integrand

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_PLACE = sp.Dummy("z", real=True)


@lru_cache(maxsize=1024)
def closed_expectation(law: Law, integrand: Integrand) -> sp.Expr | None:
    """E f(X) as a formula, or None where none of the known kinds applies.

    Raises
    ------
    UndefinedOperationError
        If f is infinite with both signs at an atom.
    """
    discrete = _over_atoms(law, integrand)
    if discrete is not None:
        return discrete
    if integrand.rest != 0:
        return None
    total = sp.S.Zero
    if integrand.polynomial is not None:
        value = _polynomial(law, integrand.polynomial)
        if value is None:
            return None
        total += value
    for factor, slope, shift, modulus in integrand.logarithms:
        # a modulus may be taken of both signs: then the place need not be outside the support
        value = None if modulus else closed_potential(law, -shift / slope)
        if value is None:
            return None
        total += factor * (_log(slope) + value)
    return sp.simplify(total) if not integrand.logarithms else total


def _over_atoms(law: Law, integrand: Integrand) -> sp.Expr | None:
    """The sum over atoms of a law that has nothing else."""
    atoms = _all_atoms(law)
    if atoms is None:
        return None
    f, x = integrand.expression, integrand.variable
    return sp.Add(*(mass * value_at(f, x, place) for place, mass in atoms.items()))


@lru_cache(maxsize=256)
def _all_atoms(law: Law) -> dict[sp.Expr, sp.Expr] | None:
    """The atoms of a law that has nothing else."""
    try:
        atoms = law.atoms()
    except NoClosedFormError:
        return None
    return atoms if sp.simplify(sp.Add(*atoms.values()) - 1) == 0 else None


def value_at(f: sp.Expr, x: sp.Symbol, place: sp.Expr) -> sp.Expr:
    """F at an atom; ±∞ where both limits say so.

    Raises
    ------
    UndefinedOperationError
        If f has no value there.
    """
    value = f.subs(x, place)
    if not value.has(sp.zoo, sp.nan):
        return value
    limits = {sp.limit(f, x, place, side) for side in "+-"}
    if len(limits) == 1 and (limit := limits.pop()).is_extended_real:
        return limit
    raise UndefinedOperationError(f"{f} has no value at the atom {place} of the law")


def _polynomial(law: Law, polynomial: sp.Poly) -> sp.Expr | None:
    """Exact moments; None where they do not exist or are not known so."""
    degree = polynomial.degree()
    try:
        moments = [sp.S.One, *law.moments(degree)] if degree > 0 else [sp.S.One]
    except (UndefinedOperationError, NoClosedFormError):
        return None
    coefficients = reversed(polynomial.all_coeffs())
    return sp.Add(*(c * m for c, m in zip(coefficients, moments, strict=False)))


def closed_potential(law: Law, at: sp.Expr) -> sp.Expr | None:
    """∫ log|z - x| μ(dx) at a real z outside the support, or None without a formula.

    On a rational curve it is a rational function of u and logarithms of such functions, and u one
    of z and G(z).
    """
    if _primitive(law.system) is None:
        return None
    try:
        side = sp.sign(at - law.moments(1)[0])
    except (NoClosedFormError, UndefinedOperationError):
        return None
    if at.is_number:
        general = _potential(law, _PLACE, side)
        value = None if general is None else general.subs(_PLACE, at)
    else:
        value = _potential(law, at, side)
    if value is None or value.has(sp.nan, sp.zoo, sp.oo):
        return None  # at a point where the formula is a limit
    return value.replace(sp.Abs, _size)


@lru_cache(maxsize=256)
def _potential(law: Law, at: sp.Expr, side: sp.Expr) -> sp.Expr | None:
    """The potential at a point that lies right (1) or left (-1) of the mean."""
    curve, value = _primitive(law.system), outside(law, at, side)
    if curve is None or value is None:
        return None
    point, primitive, (z, G, u) = curve
    return primitive.subs(u, sp.simplify(point.subs({z: at, G: value})))


def outside(law: Law, at: sp.Expr, side: sp.Expr) -> sp.Expr | None:
    """G at a real point outside the support, in real terms where its side is known."""
    z = sp.Dummy("z")
    try:
        value = law.explicit(z)
    except NoClosedFormError:
        return None
    roots = [root for root in value.atoms(sp.Pow) if root.exp == sp.S.Half and root.has(z)]
    if len(roots) == 2 and side in (1, -1):
        # √(z - a) √(z - b) right of both, and its negative left of both
        product = sp.Dummy("s")
        joined = value.subs(roots[1], product / roots[0])
        if not joined.has(*roots):
            radicand = sp.expand((roots[0].base * roots[1].base).subs(z, at))
            return joined.subs(z, at).subs(product, side * sp.sqrt(sp.factor(radicand)))
    return value.subs(z, at)


def _size(value: sp.Expr) -> sp.Expr:
    """|x|, plain where the sign is known."""
    value = sp.factor_terms(value)
    return -value if value.is_negative else value if value.is_positive else sp.Abs(value)


def _log(value: sp.Expr) -> sp.Expr:
    """log|x|."""
    return sp.log(_size(value))


@lru_cache(maxsize=256)
def _primitive(
    system: System,
) -> tuple[sp.Expr, sp.Expr, tuple[sp.Symbol, sp.Symbol, sp.Symbol]] | None:
    """(u of z and G, the potential as a function of u, (z, G, u)), or None."""
    curve, found = flatten(system), potential(system)
    if found is None or found.parts or found.poles:
        return None
    if not (curve.is_uniformised and curve.is_algebraic):
        return None
    u, z, G = curve.unknowns[0], sp.Dummy("z"), sp.Dummy("G")
    point = _chart(curve.z - z, curve.G - G, u)
    logarithms = (term.weight * sp.log(sp.Abs(term.argument)) for term in found.logarithms)
    return None if point is None else (point, found.rest + sp.Add(*logarithms), (z, G, u))


def _chart(first: sp.Expr, second: sp.Expr, u: sp.Symbol) -> sp.Expr | None:
    """The common root in u of two rational equations, by Euclid's algorithm."""
    a, b = (sp.Poly(sp.numer(sp.together(side)), u) for side in (first, second))
    if a.degree() < b.degree():
        a, b = b, a
    while b.degree() > 1:
        a, b = b, sp.Poly(sp.rem(a, b), u)
    if b.degree() != 1:
        return None
    slope, rest = b.all_coeffs()
    return sp.cancel(-rest / slope)
