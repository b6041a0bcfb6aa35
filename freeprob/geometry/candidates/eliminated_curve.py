"""The eliminated curve, where the structured one does not show where edges can be."""

from __future__ import annotations

from functools import lru_cache

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.algebra.costs import Meter, resultant_cost
from freeprob.exact.algebra.door import constants
from freeprob.exact.algebra.polynomials import depends_on
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.systems.leaves import from_polynomial
from freeprob.exact.systems.system import Curve, System, flatten
from freeprob.geometry.candidates.candidates import candidates

_BUDGET = 2 * 10**7


def rational_curve(system: System) -> Curve | None:
    """P(G, z) = 0 where it is rational and the structured curve has irrational constants.

    Atoms at ±√2, or the square of a Cauchy law: there it also shows how G behaves at an edge.
    """
    return eliminated_curve(system) if constants(flatten(system).expressions) else None


@lru_cache(maxsize=256)
def eliminated_curve(system: System) -> Curve | None:
    """P(G, z) = 0 as a curve, if it is rational and small.

    It shows where edges can be; which of its sheets is physical, the structured branch decides.
    """
    if not flatten(system).is_algebraic:
        return None
    try:
        found = polynomial(system, _BUDGET)
        if depends_on(found.polynomial, range(2, len(found.ring.generators))):
            return None
        # the discriminant gives the candidates: its cost is known before SymPy writes the curve
        slope = found.polynomial.derivative(0)
        Meter(_BUDGET).take(resultant_cost(found.polynomial, slope, 0), "a discriminant")
        curve = flatten(from_polynomial(found.expression))
        candidates(curve, _BUDGET)
    except (BudgetExceededError, NotAlgebraicError):
        return None
    return curve
