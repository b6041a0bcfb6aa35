"""Places of a uniformised curve: the physical one over z = ∞, and those over a real point.

A system that flattens to one unknown is a leaf once its place at infinity is known. Over a real
point outside the support the physical place is reached from infinity along a real arc on which z
has no critical point, which is decided by isolating real roots.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from flint import fmpz_poly

from freeprob.errors import NoClosedFormError
from freeprob.exact.door import Fraction, Polynomial, Ring, ring
from freeprob.exact.fields import Field
from freeprob.exact.moments import leaf_moments, moment_field, moment_series
from freeprob.exact.series import Series, evaluate
from freeprob.exact.system import Leaf, System, flatten

_COMPARED = 8


@lru_cache(maxsize=256)
def uniformised_leaf(system: System) -> Leaf | None:
    """The system as a leaf with one unknown v that vanishes like 1/z at infinity, if it is one."""
    curve = flatten(system)
    if not (curve.is_uniformised and curve.is_algebraic):
        return None
    (u,) = curve.unknowns
    v = sp.Dummy("v")
    field = moment_field(system, _COMPARED)
    expected = moment_series(system, _COMPARED, field).dense.coeffs()
    for place in [1 / v, *(root + v for root in _poles(curve.z, u))]:
        z = curve.z.xreplace({u: place})
        residue = _simple_pole(z, v)
        if residue is None:
            continue
        leaf = Leaf((v,), z, curve.G.xreplace({u: place}), lambda at, a=residue: (a / at,))
        if _starts_with_one(leaf) and leaf_moments(leaf, _COMPARED, field).dense.coeffs() == expected:
            return leaf
    return None
