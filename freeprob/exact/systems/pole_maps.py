"""Curves whose z is Aω + B + Σ wᵢ/(ω - aᵢ), A > 0 and wᵢ ≥ 0: explicit right inverses of ω(z).

Population values times a Marchenko-Pastur law, plus a semicircle, or as jumps of a free Poisson
law are such. Sources: Silverstein-Choi 1995; Biane 1997; Belinschi-Bercovici 2005.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp
from flint import fmpq

from freeprob.exact.algebra.door import functions, to_fmpq
from freeprob.exact.systems.poles import Poles, PoleSum
from freeprob.exact.systems.system import Curve


class PoleMap(NamedTuple):
    """The slope A of z at infinity, and its poles with weights wᵢ > 0."""

    slope: fmpq
    poles: Poles


def pole_map(curve: Curve) -> PoleMap | None:
    """The curve's z in this form, None for other curves."""
    sums = [f for f in functions(curve.expressions) if isinstance(f, PoleSum)]
    if not curve.is_uniformised or len(sums) != 1 or sums[0].args[0] != curve.unknowns[0]:
        return None
    (u,), value = curve.unknowns, sp.Dummy("P")
    z = sp.expand(curve.z.xreplace({sums[0]: value}))
    if not z.is_polynomial(u, value) or sp.degree(z, value) != 1:
        return None
    free, factor = (sp.Poly(z.coeff(value, k), u) for k in (0, 1))
    coefficients = [*free.all_coeffs(), *factor.all_coeffs()]
    if free.degree() > 1 or factor.degree() > 2 or not all(c.is_Rational for c in coefficients):
        return None
    # β(u)/(u - a) = β₁ + β₂(u + a) + β(a)/(u - a)
    slope = to_fmpq(free.coeff_monomial(u) + factor.coeff_monomial(u**2))
    own = sums[0].args[1]
    b_2, b_1, b_0 = (to_fmpq(factor.coeff_monomial(u**k)) for k in (2, 1, 0))
    residues = [
        p * ((b_2 * a + b_1) * a + b_0) for a, p in zip(own.places, own.weights, strict=True)
    ]
    if slope <= 0 or min(residues) < 0 or max(residues) == 0:
        return None
    kept = [(a, w) for a, w in zip(own.places, residues, strict=True) if w != 0]
    return PoleMap(slope, Poles(*zip(*kept, strict=True)))
