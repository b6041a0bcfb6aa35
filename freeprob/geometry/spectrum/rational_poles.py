"""Atoms of laws whose G is a rational function of z: all of its poles, to digits.

Of several dozen decimals places and masses are roots of equations that no one needs exactly.
"""

from __future__ import annotations

from flint import arb, ctx

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.costs import Meter, factoring_cost
from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.isolation import isolated_roots
from freeprob.exact.algebra.polynomials import univariate
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.poles import expanded
from freeprob.exact.systems.system import System, flatten


def poles_of_rational(system: System, bits: int) -> list[tuple[arb, arb]] | None:
    """Places and masses of all atoms; None where G is no rational function of z over ℚ.

    None also where poles are many, or too close to each other to be isolated.
    """
    try:
        curve = flatten(expanded(system))
        if curve.unknowns != (curve.z,) or curve.relations or not curve.is_algebraic:
            return None
        G = ring([curve.G], first=[curve.z]).fraction(curve.G)
        above, below = (univariate(part, 0) for part in (G.numerator, G.denominator))
        if above is None or below is None:
            return None
        Meter(POINTS_BUDGET).take(factoring_cost(G.denominator), "all poles")
        with ctx.workprec(bits):
            slope, roots = below.derivative(), isolated_roots(below)
            # G of a law has simple poles, all on the axis
            return [(root.real, (above(root) / slope(root)).real) for root, _ in roots]
    except BudgetExceededError:
        return None
