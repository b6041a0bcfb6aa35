"""Curves given outright: the leaves of every system."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from freeprob.exact.system import Leaf, Relation


def from_inverse(inverse: Callable[[sp.Expr], sp.Expr]) -> Leaf:
    """A law known by the inverse K of its Cauchy transform, rational: u = G, z = K(u)."""
    g = sp.Dummy("g")
    return Leaf((g,), inverse(g), g, lambda z: (1 / z,))


def from_cauchy(cauchy: Callable[[sp.Expr], sp.Expr]) -> Leaf:
    """A law known by its Cauchy transform in closed form, rational or analytic: u = z."""
    point = sp.Dummy("omega")
    return Leaf((point,), point, cauchy(point), lambda z: (z,))


def from_atoms(weights: Mapping[sp.Expr, sp.Expr]) -> Leaf:
    """Atoms: G(u) = Σ pᵢ/(u - aᵢ), kept as this sum."""
    return from_cauchy(lambda z: sp.Add(*(p / (z - a) for a, p in weights.items())))


def from_moment_inverse(inverse: Callable[[sp.Expr], sp.Expr]) -> Leaf:
    """A law known by z as a rational function of y = zG - 1, z ~ m₁/y at infinity."""
    y = sp.Dummy("y")
    z = inverse(y)
    mean = sp.limit(y * z, y, 0)
    return Leaf((y,), z, (1 + y) / z, lambda at: (mean / at,))


def from_polynomial(relation: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> Leaf:
    """A law given by a polynomial P(G, z) = 0: unknowns G and z."""
    g, x = sp.Dummy("g"), sp.Dummy("x")
    return Leaf((g, x), x, g, lambda z: (1 / z, z), (Relation(relation(g, x), sp.S.Zero),))
