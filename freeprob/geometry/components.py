"""The irreducible component of the curve on which the physical branch lies."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from flint import acb, ctx

from freeprob.errors import CertificationError
from freeprob.exact.critical import critical_points
from freeprob.exact.system import Curve, Relation
from freeprob.geometry.proof import BALLS, solve_nearby
from freeprob.geometry.sides import approximate, right_sides
from freeprob.numeric.branch import PhysicalBranch
from freeprob.numeric.lowering import compile_program
from freeprob.numeric.straight_line import evaluate

_PLACES = (0.3 + 1.7j, -0.9 + 0.8j, 2.1 + 3.1j)


@lru_cache(maxsize=256)
def physical_curve(branch: PhysicalBranch) -> Curve:
    """The curve with each reducible relation replaced by its physical factor.

    Two equal Bernoulli laws, for example, have (ω₁ - ω₂)(ω₁ω₂ + 1) = 0; components cross the
    physical one at points where the branch is analytic.

    Raises
    ------
    CertificationError
        If more than one factor vanishes on the branch.
    """
    curve = branch.curve
    if not curve.relations:
        return curve
    system = critical_points(curve)
    if all(len(factors) == 1 for factors in system.relations):
        return curve
    relations = []
    for relation, factors in zip(curve.relations, system.relations, strict=True):
        if len(factors) == 1:
            relations.append(relation)
            continue
        expressions = [system.ring.expression(factor) for factor in factors]
        relations.append(Relation(_physical(branch, expressions), sp.S.Zero))
    return Curve(curve.unknowns, tuple(relations), curve.z, curve.G, curve.kept)


def _physical(branch: PhysicalBranch, factors: list[sp.Expr]) -> sp.Expr:
    """The factor that vanishes on the branch; the others are proved not to vanish there."""
    program = compile_program(factors, branch.curve.unknowns)
    left = list(factors)
    for z in _PLACES:
        point = solve_nearby(
            branch.program, right_sides(branch, acb(z)), approximate(branch, z), 53
        )
        if point is not None:
            with ctx.workprec(96):
                values = evaluate(program, point, BALLS)
            left = [f for f, v in zip(factors, values, strict=True) if f in left and v.contains(0)]
        if len(left) == 1:
            return left[0]
    raise CertificationError("the component of the curve with the physical branch is undecided")
