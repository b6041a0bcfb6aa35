"""Trace equations in the unknowns that a person chose."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from freeprob.exact.systems.reduction import reduced
from freeprob.exact.systems.system import Curve, Relation
from freeprob.models.traces.series_fixed_points import FixedPoint


def in_terms_of(system: FixedPoint, trace: sp.Expr, names: Sequence[sp.Symbol]) -> list[sp.Eq]:
    """Polynomials that vanish, then the first output; the names stand for the other outputs.

    Block traces are solved for one after the other; those that no equation is linear in stay.
    """
    whole = system.replace({system.size: sp.S.One})
    first, *others = whole.outputs
    known = tuple(Relation(name, output) for name, output in zip(names, others, strict=True))
    unknowns = (*names, *whole.unknowns)
    places = tuple(range(len(unknowns)))
    curve = Curve(unknowns, (*known, *whole.relations), sp.S.Zero, first, places)
    chosen = set(names)
    short = reduced(curve, lambda one: chosen <= set(one.unknowns))
    left = [u for u in short.unknowns if u not in chosen]
    shown = short.replace({u: sp.Dummy(f"g_{k}") for k, u in enumerate(left, start=1)})
    found = [sp.Eq(sp.factor(side), zero, evaluate=False) for side, zero in shown.relations]
    return [*found, sp.Eq(trace, shown.G, evaluate=False)]
