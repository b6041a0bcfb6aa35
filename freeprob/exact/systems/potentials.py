"""The potential of a law by the rules of its operations.

U(z) = ∫ log|z - x| μ(dx) is a sum of the potentials of the parts where they stand, and of
logarithms and the real part of a rational function of the unknowns of the law's curve. Parts with
a primitive (:mod:`freeprob.exact.systems.primitives`) are such sums themselves; what is left are
parts with their places, and sums over poles.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import sympy as sp

from freeprob.exact.algebra.shortening import shortened
from freeprob.exact.systems.facts import Unknown
from freeprob.exact.systems.operation import Point
from freeprob.exact.systems.poles import Poles, poles_of
from freeprob.exact.systems.primitives import LogTerm, primitive
from freeprob.exact.systems.system import Curve, Node, System, flatten


class PartTerm(NamedTuple):
    """``weight`` times the potential of a part at its point, or at a place that never moves."""

    weight: sp.Expr
    system: System
    point: Point

    @property
    def is_fixed(self) -> bool:
        """Whether only a place is known, where G need not have a value."""
        return self.point.G is sp.nan


class PoleTerm(NamedTuple):
    """``weight`` · Σ pᵢ log|argument - aᵢ|."""

    weight: sp.Expr
    poles: Poles
    argument: sp.Expr


class Potential(NamedTuple):
    """U = Re ``rest`` + logarithms + sums over poles + potentials of parts, on a curve."""

    curve: Curve
    rest: sp.Expr
    logarithms: tuple[LogTerm, ...]
    poles: tuple[PoleTerm, ...]
    parts: tuple[PartTerm, ...]


@lru_cache(maxsize=256)
def potential(system: System) -> Potential | None:
    """The potential of a system on its flattened curve; None where no rule says more."""
    curve = flatten(system)
    terms = _terms(system, sp.S.One, curve.all_unknowns)
    parts = tuple(term for term in terms if isinstance(term, PartTerm))
    if any(term.system == system for term in parts):
        return None
    whole = primitive(curve) if parts else None
    if whole is not None:
        return Potential(curve, whole.rest, whole.logarithms, (), ())
    rest = sp.Add(*(term for term in terms if isinstance(term, sp.Expr)))
    return Potential(
        curve,
        rest,
        tuple(term for term in terms if isinstance(term, LogTerm)),
        tuple(term for term in terms if isinstance(term, PoleTerm)),
        parts,
    )


_Term = LogTerm | PoleTerm | PartTerm | sp.Expr


def _terms(system: System, weight: sp.Expr, values: tuple[sp.Expr, ...]) -> list[_Term]:
    """The terms of a part, of which the unknowns have these values on the whole law's curve."""
    if isinstance(system, Node):
        ruled = _by_rule(system, weight, values)
        if ruled is not None:
            return ruled
    curve, places = flatten(system), _places(system, values)
    poles = poles_of(system)
    if poles is not None:
        return [PoleTerm(weight, poles, values[0])]
    found = primitive(curve)
    if found is not None:
        moved = [
            LogTerm(weight * term.weight, shortened(term.argument.xreplace(places)))
            for term in found.logarithms
        ]
        return [*moved, weight * found.rest.xreplace(places)]
    return [PartTerm(weight, system, _point(system, values))]


def _places(system: System, values: tuple[sp.Expr, ...]) -> dict[sp.Expr, sp.Expr]:
    """The unknowns of a part's curve, on the whole law's."""
    curve = flatten(system)
    return {u: values[index] for u, index in zip(curve.unknowns, curve.kept, strict=True)}


def _point(system: System, values: tuple[sp.Expr, ...]) -> Point:
    """Where a part stands, on the whole law's curve."""
    curve, places = flatten(system), _places(system, values)
    return Point(curve.z.xreplace(places), curve.G.xreplace(places))


def _by_rule(node: Node, weight: sp.Expr, values: tuple[sp.Expr, ...]) -> list[_Term] | None:
    """By the operation's rule; None where there is none."""
    curves = [flatten(part) for part in node.parts]
    counts = [len(curve.unknowns) for curve in curves]
    starts = [sum(counts[:index]) for index in range(len(counts) + 1)]
    points, places = [], []
    for curve, start, count in zip(curves, starts, counts, strict=False):
        own = dict(zip(curve.unknowns, values[start : start + count], strict=True))
        points.append(Point(curve.z.xreplace(own), curve.G.xreplace(own)))
        places.append(tuple(value.xreplace(own) for value in curve.all_unknowns))
    rule = node.operation.potential(_point(node, values), points, values[starts[-1] :])
    if isinstance(rule, Unknown):
        return None
    terms: list[_Term] = [weight * rule.rest]
    terms += [LogTerm(weight * factor, shortened(argument)) for factor, argument in rule.logarithms]
    for part, factor, inner in zip(node.parts, rule.weights, places, strict=True):
        terms += _terms(part, weight * factor, inner)
    for factor, place in rule.fixed:
        terms.append(PartTerm(weight * factor, node.parts[0], Point(place, sp.nan)))
    return terms
