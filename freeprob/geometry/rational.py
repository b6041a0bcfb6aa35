"""Equations over ℚ for laws whose parts have irrational or complex constants."""

from __future__ import annotations

from functools import lru_cache

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.door import constants
from freeprob.exact.elimination import polynomial
from freeprob.exact.leaves import from_polynomial
from freeprob.exact.polynomials import depends_on
from freeprob.exact.system import Curve, System, flatten


@lru_cache(maxsize=256)
def rational_curve(system: System) -> Curve | None:
    """The curve P(G, z) = 0 where it is rational and the structured one is not.

    Atoms at ±√2, or the square of a Cauchy law: the constants √2 and i keep the structured
    critical equations from having algebraic numbers over ℚ as solutions. The curve shows where
    edges can be and how G behaves there; which of its sheets is physical, the structured branch
    decides.
    """
    curve = flatten(system)
    if system.parameters or not constants(curve.expressions) or not curve.is_algebraic:
        return None
    try:
        eliminated = polynomial(system)
    except (BudgetExceededError, NotAlgebraicError):
        return None
    if depends_on(eliminated.polynomial, range(2, len(eliminated.ring.generators))):
        return None
    return flatten(from_polynomial(eliminated.expression))
