"""Trace equations in the unknowns that a person chose."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.reduction import reduced
from freeprob.exact.systems.system import Curve, Relation
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.parameters import many
from freeprob.typesetting import Equality


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
    found = [Equality.of(sp.factor(side), zero, names[0]) for side, zero in shown.relations]
    return [*found, sp.Eq(trace, shown.G, evaluate=False)]


def written_as(
    unknowns: Sequence[sp.Symbol], names: object, taken: Collection[sp.Symbol]
) -> dict[sp.Symbol, sp.Symbol]:
    """The caller's symbols for the block traces, or dummies g₁, g₂, …

    Raises
    ------
    InvalidParameterError
        If there are not as many symbols as unknowns, or they are in use.
    """
    if names is None:
        return {u: sp.Dummy(f"g_{k}") for k, u in enumerate(unknowns, start=1)}
    given = many(names, "unknowns")
    symbols = {name for name in given if isinstance(name, sp.Symbol)} - set(taken)
    if not len(symbols) == len(given) == len(unknowns):
        count = len(unknowns)
        raise InvalidParameterError(
            f"unknowns are {count} distinct symbol{'s' * (count != 1)} that the trace does not "
            f"use, one for each block trace, or {{symbol: matrix}}; got {given!s:.80}"
        )
    return dict(zip(unknowns, given, strict=True))
