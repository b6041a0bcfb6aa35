"""Fewer block traces for the same trace: those that agree up to a factor, those used once.

Every unknown is divided by its first coefficient in the size s of the letters, so that unknowns
that are multiples of each other are equal. Which ones are is decided on the equations: all that
start alike are taken to agree, and classes are split until the equations of a class agree
identically (the coarsest bisimulation).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import sympy as sp

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import Relation
from freeprob.models.pencils.scalars import Scalars, scalars_of
from freeprob.models.traces.series_fixed_points import FixedPoint

_FIRST_TERMS, _MOST_TERMS = 3, 24


def simplified(system: FixedPoint) -> FixedPoint:
    """With normalised unknowns, one per class of multiples, each of them used more than once."""
    return _inlined(_shared(_inlined(_merged(system))))


def _merged(system: FixedPoint) -> FixedPoint:
    """One normalised unknown for each class of multiples."""
    scalars = scalars_of([*system.expressions, system.size, *system.unknowns])
    plain = FixedPoint(
        system.size,
        tuple(Relation(left, scalars.plain(right)) for left, right in system.relations),
        tuple(map(scalars.plain, system.outputs)),
    )
    starts, leads = _leads(plain)
    scaled = {u: leads[u] * u for u in system.unknowns}
    moved = plain.replace(scaled)
    sides = {u: right / leads[u] for u, (_, right) in zip(scaled, moved.relations, strict=True)}
    members = _classes(sides, starts, scalars)

    def short(side: sp.Expr) -> sp.Expr:
        return scalars.factored(scalars.read(side.xreplace(members)))

    relations = tuple(Relation(u, short(side)) for u, side in sides.items() if members[u] == u)
    return FixedPoint(system.size, relations, tuple(map(short, moved.outputs)))


def _leads(system: FixedPoint) -> tuple[dict[sp.Dummy, tuple], dict[sp.Dummy, sp.Expr]]:
    """The first terms of each normalised unknown, and what it was divided by."""
    terms = _FIRST_TERMS
    while terms <= _MOST_TERMS:
        found = {u: s.normalised() for u, s in system.expansions(terms)[0].items()}
        if all(series.terms > 0 for series in found.values()):
            break
        terms *= 2
    else:
        raise ConvergenceError(f"a block trace is zero up to {_MOST_TERMS} terms in the letters")
    starts, leads = {}, {}
    for unknown, series in found.items():
        field = series.field
        first = series.coefficient(series.valuation)
        scaled = series.scaled(field.integer(1) / first)
        values = (field.write(scaled.coefficient(k)) for k in range(series.valuation, series.end))
        starts[unknown] = (series.valuation, *values)
        leads[unknown] = field.write(first)
    return starts, leads


def _classes(
    sides: Mapping[sp.Dummy, sp.Expr], starts: Mapping[sp.Dummy, tuple], scalars: Scalars
) -> dict[sp.Dummy, sp.Dummy]:
    """For each unknown the first one that is equal to it."""
    first: dict[tuple, sp.Dummy] = {}
    members = {name: first.setdefault(starts[name], name) for name in sides}
    while True:
        seen = {name: scalars.read(side.xreplace(members)) for name, side in sides.items()}
        finer: dict[sp.Dummy, sp.Dummy] = {}
        for name, other in members.items():
            same = (n for n in finer if finer[n] == n and members[n] == other)
            finer[name] = next((n for n in same if seen[n] == seen[name]), name)
        if finer == members:
            return members
        members = finer


def _inlined(system: FixedPoint) -> FixedPoint:
    """Every unknown that is used once is written where it is used."""
    relations, outputs = dict(system.relations), system.outputs
    while True:
        uses: Counter[sp.Basic] = Counter()
        for side in (*relations.values(), *outputs):
            uses.update(node for node in sp.preorder_traversal(side) if node.is_Symbol)
        once = next((u for u, side in relations.items() if uses[u] <= 1 and not side.has(u)), None)
        if once is None:
            pairs = tuple(Relation(left, right) for left, right in relations.items())
            return FixedPoint(system.size, pairs, outputs)
        value = {once: relations.pop(once)}
        relations = {left: right.xreplace(value) for left, right in relations.items()}
        outputs = tuple(output.xreplace(value) for output in outputs)


def _shared(system: FixedPoint) -> FixedPoint:
    """Where an unknown is u = c/D with a constant c, u/c for 1/D everywhere else."""
    bound = {system.size, *system.unknowns}
    known = {}
    for unknown, side in system.relations:
        top, bottom = sp.fraction(side)
        if not top.free_symbols & bound:
            known[bottom] = unknown / top
    relations = tuple(
        Relation(left, _put(side, {d: v for d, v in known.items() if not v.has(left)}))
        for left, side in system.relations
    )
    return FixedPoint(system.size, relations, tuple(_put(side, known) for side in system.outputs))


def _put(side: sp.Expr, known: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """A product with known denominators replaced."""
    factors = []
    for factor in sp.Mul.make_args(side):
        base, power = factor.as_base_exp()
        replaced = base in known and power.is_negative
        factors.append(known[base] ** -power if replaced else factor)
    return sp.Mul(*factors)
