"""Functions of one matrix: their laws are images of its law.

A rational expression in one self-adjoint letter is f(x) at every eigenvalue x. One in a Haar letter
u that is its own adjoint is, with real coefficients, a function of u + u*, whose law is an arcsine.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.laws.named.arcsine import Arcsine
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.rational_image import rational_image
from freeprob.models.letters.gaussian_letters import WignerLetter
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.spectral_letters import (
    SpectralLetter,
)
from freeprob.models.pencils.reading import exact_scalar

Unit = Mapping[sp.Expr, sp.Expr]


def image_law(expr: sp.MatrixExpr, unit: Unit) -> Law | None:
    """The law of a function of one letter, where operations on its law describe it.

    Parameters
    ----------
    expr
        A self-adjoint expression.
    unit
        Values of growing dimensions that scale out.

    Raises
    ------
    UndefinedOperationError
        If an inverse does not exist at some eigenvalue.
    """
    letters = letters_of(expr)
    if len(letters) != 1 or expr.has(sp.BlockMatrix):
        return None
    (letter,) = letters
    u = sp.Dummy("u")
    if isinstance(letter, HaarLetter):
        found = _in_sum(_value(expr, u, unit), u)
        return None if found is None else _image(Arcsine(-2, 2), found, u, expr)
    if isinstance(letter, WignerLetter):
        law: Law = Semicircle(letter.variance.xreplace(dict(unit)))
    elif isinstance(letter, SpectralLetter):
        law = letter.law
    else:
        return None
    return _image(law, _value(expr, u, unit), u, expr)


def _value(expr: sp.MatrixExpr, u: sp.Dummy, unit: Unit) -> sp.Expr:
    """The function, at an eigenvalue u of the letter."""
    if isinstance(expr, sp.MatrixSymbol):
        return u
    if isinstance(expr, sp.Identity):
        return sp.S.One
    if isinstance(expr, sp.ZeroMatrix):
        return sp.S.Zero
    if isinstance(expr, sp.Transpose | sp.Adjoint):
        inside = _value(expr.arg, u, unit)
        unitary = isinstance(letters_of(expr)[0], HaarLetter)
        return inside.subs(u, 1 / u) if unitary else inside
    if isinstance(expr, sp.MatPow):
        return _value(expr.base, u, unit) ** expr.exp
    if isinstance(expr, sp.MatAdd):
        return sp.Add(*(_value(part, u, unit) for part in expr.args))
    coefficient, factors = expr.as_coeff_matrices()
    scale = exact_scalar(coefficient).xreplace(dict(unit))
    return sp.Mul(scale, *(_value(factor, u, unit) for factor in factors))


def _in_sum(value: sp.Expr, u: sp.Dummy) -> sp.Expr | None:
    """A function of u with f(u) = f(1/u), in x = u + 1/u; None where coefficients are not real."""
    top, bottom = sp.fraction(sp.cancel(sp.together(value)))
    if top.has(sp.I) or bottom.has(sp.I):
        return None
    whole = sp.expand(bottom * bottom.subs(u, 1 / u))
    rest = sp.expand(sp.cancel(top * bottom.subs(u, 1 / u)))
    above, below = _symmetric(rest, u), _symmetric(whole, u)
    return None if above is None or below is None else sp.cancel(above / below)


def _symmetric(value: sp.Expr, u: sp.Dummy) -> sp.Expr | None:
    """Σ cₖ (uᵏ + u⁻ᵏ) in x = u + 1/u, by 2 Tₖ(x/2)."""
    terms = {int(power.as_base_exp()[1]) if power != 1 else 0: c for power, c in _powers(value, u)}
    if any(sp.cancel(c - terms.get(-k, sp.S.Zero)) != 0 for k, c in terms.items()):
        return None
    return sp.expand(
        sp.Add(*(c * (2 if k else 1) * sp.chebyshevt(k, u / 2) for k, c in terms.items() if k >= 0))
    )


def _powers(value: sp.Expr, u: sp.Dummy) -> list[tuple[sp.Expr, sp.Expr]]:
    return [(power, c) for power, c in sp.collect(sp.expand(value), u, evaluate=False).items()]


def _image(law: Law, value: sp.Expr, u: sp.Dummy, expr: sp.MatrixExpr) -> Law:
    """The law of f(X)."""
    if isinstance(law, Atomic | PointMass):
        top, bottom = sp.fraction(sp.cancel(sp.together(value)))
        return _moved(law, top, bottom, u, expr)
    return rational_image(law, value, u)


def _moved(
    law: Atomic | PointMass, top: sp.Expr, bottom: sp.Expr, u: sp.Dummy, expr: sp.MatrixExpr
) -> Law:
    """Atoms where f sends them."""
    masses: dict[sp.Expr, sp.Expr] = {}
    for place, mass in law.atoms().items():
        below = sp.cancel(bottom.subs(u, place))
        if below == 0:
            raise UndefinedOperationError(
                f"an inverse in {expr} does not exist: what it inverts has the eigenvalue 0, with "
                f"mass {mass}; add a ridge"
            )
        image = sp.radsimp(sp.cancel(top.subs(u, place) / below))
        if image.is_real is False:
            raise UndefinedOperationError(
                f"{expr} is not real at the eigenvalue {place} of its letter, with mass {mass}: a "
                "root needs a matrix without negative eigenvalues"
            )
        masses[image] = masses.get(image, sp.S.Zero) + mass
    return Atomic(masses) if len(masses) > 1 else PointMass(next(iter(masses)))
