"""Where a law in y = zG - 1 may have atoms whose z(y) is rational times exponentials.

Exponentials have one value, so the list of such places is complete: near an atom a ≠ 0 of mass m
y(z - a)/a tends to m, and at 0 y tends to m - 1 while z tends to 0.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.exact.algebra.door import functions
from freeprob.exact.systems.facts import Weighted
from freeprob.exact.systems.system import Leaf, System, flatten


@lru_cache(maxsize=256)
def exponential_poles(system: System) -> tuple[Weighted, ...] | None:
    """All places and masses of possible atoms; None for laws of other kinds."""
    if not isinstance(system, Leaf):
        return None
    curve = flatten(system)
    exponentials = functions([curve.z])
    if not exponentials or any(type(value) is not sp.exp for value in exponentials):
        return None
    if not curve.is_uniformised or sp.simplify(curve.z * curve.G - curve.unknowns[0]) != 1:
        return None
    (y,) = curve.unknowns
    names = {value: sp.Dummy() for value in exponentials}
    top = sp.factor_list(sp.numer(sp.together(curve.z.xreplace(names))))[1]
    # at essential singularities of an exponential z may vanish, too
    exponents = sp.denom(sp.together(sp.Add(*(value.exp for value in exponentials))))
    factors = [factor for factor, _ in (*top, *sp.factor_list(exponents)[1])]
    vanishing = [factor for factor in factors if factor.has(y, *names.values())]
    vanishing = [factor for factor in vanishing if factor not in names.values()]
    if any(factor.has(*names.values()) or sp.degree(factor, y) != 1 for factor in vanishing):
        return None
    masses = [
        sp.simplify(1 - factor.xreplace({y: sp.S.Zero}) / factor.coeff(y)) for factor in vanishing
    ]
    at_zero = [(sp.S.Zero, mass) for mass in masses if mass != 0]
    return (*_at_infinity(y, curve.z), *dict.fromkeys(at_zero))


def _at_infinity(y: sp.Symbol, z: sp.Expr) -> list[Weighted]:
    """The place a ≠ 0 where y is infinite, if z is no exponential there."""
    place = sp.limit(z, y, sp.oo)
    if not place.is_finite or place.is_zero or sp.simplify(place - sp.limit(z, y, -sp.oo)) != 0:
        return []
    return [(place, sp.simplify(sp.limit(y * (z - place) / place, y, sp.oo)))]
