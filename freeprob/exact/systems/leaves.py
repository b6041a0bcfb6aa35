"""Curves given outright: the leaves of every system.

All leaves of a kind have the same unknown, so that equal formulas are equal as curves and SymPy
builds none twice; :func:`freeprob.exact.systems.system.flatten` renames the unknowns of every part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.polynomials import primitive_in
from freeprob.exact.images.gaussian_transform import GaussianTransform
from freeprob.exact.images.product_transform import ProductTransform
from freeprob.exact.systems.facts import UNKNOWN, Atoms, GivenMoments, Unknown, gathered
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.shared_poles import shared_poles
from freeprob.exact.systems.system import Leaf, Relation

_VALUE, _POINT, _MOMENTS, _PLACE = (sp.Dummy(name) for name in ("g", "omega", "y", "x"))


def from_inverse(inverse: Callable[[sp.Expr], sp.Expr]) -> Leaf:
    """A law known by the inverse K of its Cauchy transform, rational: u = G, z = K(u)."""
    return Leaf((_VALUE,), inverse(_VALUE), _VALUE, LeadingTerms.of(lambda z: (1 / z,)))


def from_cauchy(cauchy: Callable[[sp.Expr], sp.Expr], atoms: Atoms | Unknown = UNKNOWN) -> Leaf:
    """A law known by its Cauchy transform in closed form, rational or analytic: u = z."""
    at_infinity = LeadingTerms.of(lambda z: (z,))
    return Leaf((_POINT,), _POINT, cauchy(_POINT), at_infinity, atoms=atoms)


def from_atoms(weights: Mapping[sp.Expr, sp.Expr]) -> Leaf:
    """Atoms: G(u) = Σ pᵢ/(u - aᵢ), kept as this sum."""
    return from_cauchy(
        lambda z: sp.Add(*(p / (z - a) for a, p in weights.items())), gathered(weights.items())
    )


def from_gaussian(
    parts: Sequence[tuple[sp.Expr, sp.Lambda, sp.Expr, sp.Expr]],
    atoms: Atoms,
    moments: GivenMoments,
) -> Leaf:
    """A function of a Gaussian variable: atoms, and parts weight · (g on an interval); u = z.

    Written by zG - 1, which keeps its digits at infinity.
    """
    flat = (mass * place / (_POINT - place) for place, mass in atoms.items())
    curved = (weight * GaussianTransform(_POINT, 0, *rest) for weight, *rest in parts)
    leads = LeadingTerms.of(lambda z: (z,))
    cauchy = (1 + sp.Add(*flat, *curved)) / _POINT
    return Leaf((_POINT,), _POINT, cauchy, leads, atoms=atoms, moments=moments)


def from_product(size: int, function: sp.Lambda, charts: sp.Tuple, moments: GivenMoments) -> Leaf:
    """A matrix function of independent variables, one chart each; u = z, written by zG - 1."""
    transform = ProductTransform(_POINT, 0, size, function, charts)
    leads = LeadingTerms.of(lambda z: (z,))
    return Leaf((_POINT,), _POINT, (1 + transform) / _POINT, leads, atoms={}, moments=moments)


def from_moment_inverse(inverse: Callable[[sp.Expr], sp.Expr]) -> Leaf:
    """A law known by z as a rational function of y = zG - 1, z ~ m₁/y at infinity."""
    z = inverse(_MOMENTS)
    mean = _at_zero(_MOMENTS * z)
    leads = LeadingTerms.of(lambda at: (mean / at,))
    return Leaf((_MOMENTS,), z, (1 + _MOMENTS) / z, leads)


def _at_zero(moment: sp.Expr) -> sp.Expr:
    """The mean, which is 1/S(0)."""
    told = "a law given by S has the mean 1/S(0), and S has no limit at 0 that is known, or it is 0"
    try:
        mean = sp.limit(moment, _MOMENTS, 0)
    except (NotImplementedError, ValueError, sp.PoleError) as error:
        raise NoClosedFormError(told) from error
    if mean.is_finite is False or mean.has(sp.oo, sp.zoo, sp.nan, sp.Limit, sp.AccumBounds):
        raise NoClosedFormError(f"{told}: give it by its equation, as an AlgebraicLaw")
    return mean


def from_polynomial(relation: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> Leaf:
    """A law given by P(G, z) = 0: unknowns z, and G without the poles that sheets share."""
    polynomial = relation(_VALUE, _PLACE)
    poles = shared_poles(polynomial, _VALUE, _PLACE)
    mass = sp.Add(*(pole.residue for pole in poles))
    if mass == 1:
        poles, mass = [], sp.S.Zero
    G = _VALUE + sp.Add(*(pole.residue / (_PLACE - pole.place) for pole in poles))
    if poles:
        moved = polynomial.xreplace({_VALUE: G})
        symbols = ring([moved], first=[_VALUE])
        # without powers of z - a common to all terms, which would vanish at the pole
        numerator = primitive_in(symbols.fraction(moved).numerator, [0])
        polynomial = symbols.expression(numerator)
    leads = LeadingTerms.of(lambda z: ((1 - mass) / z, z))
    return Leaf((_VALUE, _PLACE), _PLACE, G, leads, (Relation(polynomial, sp.S.Zero),))
