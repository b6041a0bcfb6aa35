"""The irreducible component of the curve on which the physical branch lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import sympy as sp
from flint import ctx, fmpq

from freeprob.errors import CertificationError
from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.polynomials import coefficients_in, degree
from freeprob.exact.systems.critical_equations import critical_points
from freeprob.exact.systems.system import Curve, Relation, System, flatten, solved
from freeprob.geometry.signs.sides import start_at
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.programs.lowering import compile_program
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.balls import BALLS

_PLACES = ((fmpq(1, 3), fmpq(7, 4)), (fmpq(-8, 9), fmpq(4, 5)), (fmpq(17, 8), fmpq(3)))
_BITS = 128


@lru_cache(maxsize=256)
def physical_curve(system: System) -> Curve:
    """The curve with each reducible relation replaced by its physical factor.

    Two equal Bernoulli laws, for example, have (ω₁ - ω₂)(ω₁ω₂ + 1) = 0; components cross the
    physical one at points where the branch is analytic.

    Raises
    ------
    CertificationError
        If more than one factor vanishes on the branch.
    """
    curve = flatten(system)
    if not curve.relations or not curve.is_algebraic:
        return curve
    equations = critical_points(curve)
    if all(len(factors) == 1 for factors in equations.relations):
        return curve
    relations = []
    for relation, factors in zip(curve.relations, equations.relations, strict=True):
        if len(factors) == 1:
            relations.append(relation)
            continue
        expressions = [equations.ring.expression(factor) for factor in factors]
        relations.append(Relation(_physical(system, expressions), sp.S.Zero))
    return Curve(curve.unknowns, tuple(relations), curve.z, curve.G, curve.kept)


@lru_cache(maxsize=256)
def linear_curve(system: System) -> Curve:
    """The same, with unknowns solved for that enter a physical factor linearly, as ω₁ - ω₂."""
    curve = physical_curve(system)
    if curve == flatten(system):
        return curve
    relations = tuple(linear_in_one(relation, curve.unknowns) for relation in curve.relations)
    return solved(replace(curve, relations=relations))


def linear_in_one(relation: Relation, unknowns: Sequence[sp.Dummy]) -> Relation:
    """A relation that says what an unknown is, where it is linear in one."""
    expression = relation.left - relation.right
    symbols = ring([expression], first=unknowns)
    numerator = symbols.fraction(expression).numerator
    for position, unknown in enumerate(unknowns):
        if degree(numerator, position) == 1:
            constant, slope = (symbols.expression(c) for c in coefficients_in(numerator, position))
            return Relation(unknown, -constant / slope)
    return relation


def _physical(system: System, factors: list[sp.Expr]) -> sp.Expr:
    """The factor that vanishes on the branch; the others are proved not to vanish there."""
    evaluator = digits_of(system)
    program = compile_program(factors, evaluator.branch.curve.unknowns)
    left = list(factors)
    for x, y in _PLACES:
        place = Place(x, y)
        point = evaluator.unknowns(place, _BITS, start_at(system, place))
        if point is not None:
            with ctx.workprec(_BITS + 16):
                values = evaluate(program, point, BALLS)
            left = [f for f, v in zip(factors, values, strict=True) if f in left and v.contains(0)]
        if len(left) == 1:
            return left[0]
    raise CertificationError("the component of the curve with the physical branch is undecided")
