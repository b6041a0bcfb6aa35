"""A structured system written out as equations, its unknowns numbered where names repeat."""

from __future__ import annotations

from collections import Counter

import sympy as sp

from freeprob.exact.systems.system import Curve, System, flatten


def numbered(curve: Curve) -> Curve:
    """The curve with unknowns ω, ω, … renamed ω₁, ω₂, …; a name that occurs once stays."""
    repeated = Counter(unknown.name for unknown in curve.unknowns)
    counts: Counter[str] = Counter()
    values = {}
    for unknown in curve.unknowns:
        counts[unknown.name] += 1
        suffix = f"_{counts[unknown.name]}" if repeated[unknown.name] > 1 else ""
        values[unknown] = sp.Dummy(unknown.name + suffix)
    return curve.replace(values)


def written_system(system: System, G: sp.Expr, z: sp.Expr) -> list[sp.Eq]:
    """Equations of z and G in the unknowns, then the relations among the unknowns."""
    curve = numbered(flatten(system))
    relations = [sp.Eq(left, right, evaluate=False) for left, right in curve.relations]
    return [sp.Eq(z, curve.z, evaluate=False), sp.Eq(G, curve.G, evaluate=False), *relations]
