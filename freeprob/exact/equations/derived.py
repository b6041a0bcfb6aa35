"""The steps from a law's parts to its equation, as the computation takes them.

Every law in the tree gets its own point (ω, G); a leaf contributes the equations of its curve, an
operation its gluing, flattening the solved form, elimination the polynomial. The equations are
those that the computation used, only the unknowns get names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple, final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.equations.display import over_label, shorter
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.equations.steps import Step
from freeprob.exact.systems.system import Leaf, Point, Relation, System, flatten
from freeprob.exact.systems.system import moebius_solution as solve


class Name(NamedTuple):
    """How a document calls a law: LaTeX, and the source of its definition."""

    latex: str
    source: str


@final
@dataclass(frozen=True)
class Labelled:
    """A system with a symbol for everything the steps mention."""

    system: System
    z: sp.Expr
    G: sp.Expr
    unknowns: tuple[sp.Expr, ...]
    parts: tuple[Labelled, ...]


def labelled(system: System, z: sp.Expr, G: sp.Expr) -> Labelled:
    """Give every part of a system its point, numbered in the order of the tree."""
    return _labelled(system, z, G, count(1))


def _labelled(system: System, z: sp.Expr, G: sp.Expr, numbers: Iterator[int]) -> Labelled:
    if isinstance(system, Leaf):
        known = {system.z: z, system.G: G}
        number = f"_{z.name.rpartition('_')[2]}" if "_" in z.name else ""
        unknowns = [known.get(u) or sp.Dummy(f"{u.name}{number}") for u in system.unknowns]
        return Labelled(system, z, G, tuple(unknowns), ())
    parts = []
    for part in system.parts:
        number = next(numbers)
        own = (sp.Dummy(f"omega_{number}"), sp.Dummy(f"G_{number}"))
        parts.append(_labelled(part, *own, numbers))
    glued = system.operation.glue([Point(part.z, part.G) for part in parts])
    unknowns = [G if u == glued.G else sp.Dummy(u.name) for u in glued.unknowns]
    return Labelled(system, z, G, tuple(unknowns), tuple(parts))


def derived_steps(root: Labelled, names: Mapping[System, Name], budget: int) -> tuple[Step, ...]:
    """All steps, parts before the operations that use them, the polynomial last."""
    steps = [*_tree_steps(root, names)]
    curve = flatten(root.system)
    if root.parts and curve.is_uniformised:
        steps += _uniform_steps(root)
    try:
        eliminated = polynomial(root.system, budget)
    except NotAlgebraicError:
        return tuple(steps)
    steps.append(
        Step(
            sp.Eq(eliminated.expression(root.G, root.z), 0, evaluate=False),
            "Elimination of everything but $G$ and $z$ by resultants; of the irreducible factors, "
            "the one that the moment series satisfies",
            "Rao-Edelman 2008",
        )
    )
    return tuple(steps)


def _tree_steps(node: Labelled, names: Mapping[System, Name]) -> Iterator[Step]:
    """The equations of the leaves and gluings."""
    for part in node.parts:
        yield from _tree_steps(part, names)
    name = names.get(node.system)
    about = f" of ${name.latex}$" if name else ""
    if isinstance(node.system, Leaf):
        leaf = node.system
        values = dict(zip(leaf.unknowns, node.unknowns, strict=True))
        source = name.source if name else ""
        pairs = [
            Relation(node.z, leaf.z.xreplace(values)),
            Relation(node.G, leaf.G.xreplace(values)),
            *(
                Relation(left.xreplace(values), right.xreplace(values))
                for left, right in leaf.relations
            ),
        ]
        for equation in _equations(pairs):
            yield Step(equation, f"Cauchy transform{about}", source)
        return
    operation = node.system.operation
    glued = operation.glue([Point(part.z, part.G) for part in node.parts])
    values = dict(zip(glued.unknowns, node.unknowns, strict=True))
    pairs = [
        *(_plain(relation, glued.unknowns, values) for relation in glued.relations),
        Relation(node.z, glued.z.xreplace(values)),
        Relation(node.G, over_label(glued.G, glued.z, node.z).xreplace(values)),
    ]
    rule = operation.title
    whole = f"{rule}: ${name.latex}$" if name else rule
    for equation in _equations(pairs):
        yield Step(equation, whole, operation.source)


def _equations(pairs: list[Relation]) -> list[sp.Eq]:
    """Equations without those that say x = x."""
    return [sp.Eq(left, right, evaluate=False) for left, right in pairs if left != right]


def _plain(
    relation: Relation, unknowns: tuple[sp.Dummy, ...], values: Mapping[sp.Expr, sp.Expr]
) -> Relation:
    """A relation solved for the operation's own unknown where that is a Möbius function."""
    for side, other in (relation, relation[::-1]):
        solution = solve(side, other, unknowns)
        if solution is not None:
            unknown, value = solution
            return Relation(shorter(value).xreplace(values), values[unknown])
    return Relation(relation.left.xreplace(values), relation.right.xreplace(values))


def _uniform_steps(root: Labelled) -> list[Step]:
    """The curve with everything but one unknown solved for."""
    curve = flatten(root.system)
    rule = "Every unknown but one is solved for"
    if curve.is_algebraic:
        rule += ": the law's curve is rational"
    solution = solve(curve.G, root.G, curve.unknowns)
    if solution is not None:
        unknown, value = solution
        z = shorter(curve.z.xreplace({unknown: value}))
        return [Step(sp.Eq(root.z, z, evaluate=False), rule, "")]
    names = dict(zip(curve.unknowns, _kept_labels(root), strict=True))
    pairs = [Relation(root.z, curve.z.xreplace(names)), Relation(root.G, curve.G.xreplace(names))]
    return [Step(equation, rule, "") for equation in _equations(pairs)]


def _kept_labels(node: Labelled) -> list[sp.Expr]:
    """Labels of the unknowns that flattening keeps."""
    raw = [label for part in node.parts for label in _kept_labels(part)] + [*node.unknowns]
    return [raw[place] for place in flatten(node.system).kept]
