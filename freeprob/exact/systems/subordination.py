"""Subordination: where the parts of a law stand on its physical branch, and what they weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.exact.systems.operation import Point
from freeprob.exact.systems.system import Curve, Node, System, flatten

Path = tuple[int, ...]


@final
@dataclass(frozen=True)
class Subordinate:
    """A part's point (ω, G_part(ω)) as functions of the unknowns of the whole law's curve.

    ``weight`` is κ of (z - M)⁻¹ ≈ κ (ω - A)⁻¹, the product of those on the way down; None where an
    operation has no such rule.
    """

    curve: Curve
    point: Point
    weight: sp.Expr | None


def path_to(system: System, target: System) -> Path | None:
    """Positions of parts that lead down to an equal system, through subordinating operations."""
    if system == target:
        return ()
    if not isinstance(system, Node) or not _subordinates(system):
        return None
    for index, part in enumerate(system.parts):
        rest = path_to(part, target)
        if rest is not None:
            return (index, *rest)
    return None


def _subordinates(node: Node) -> bool:
    """Whether the operation has a deterministic equivalent in each of its parts."""
    points = [Point(sp.Dummy(), sp.Dummy()) for _ in range(2)]
    return node.operation.resolvent(*points) is not None


def subordinate(system: System, path: Sequence[int]) -> Subordinate:
    """The part at the end of a path.

    The flattened curve keeps the values of all unknowns of its parts, each part's in a row.
    """
    curve = flatten(system)
    values, point, weight = curve.all_unknowns, Point(curve.z, curve.G), sp.S.One
    for index in path:
        assert isinstance(system, Node)
        curves = [flatten(part) for part in system.parts]
        first = sum(len(other.unknowns) for other in curves[:index])
        own = curves[index]
        places = dict(zip(own.unknowns, values[first : first + len(own.unknowns)], strict=True))
        part = Point(own.z.xreplace(places), own.G.xreplace(places))
        rule = system.operation.resolvent(point, part)
        weight = None if weight is None or rule is None else weight * rule
        values = tuple(value.xreplace(places) for value in own.all_unknowns)
        system, point = system.parts[index], part
    return Subordinate(curve, point, weight)
