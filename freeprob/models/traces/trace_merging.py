"""Fewer block traces for the same trace: those that agree up to a factor, those used once.

Every unknown is divided by its first coefficient in the size s of the letters, so that unknowns
that are multiples of each other are equal. Which ones are is decided on the equations: all that
start alike are taken to agree, and classes are split until the equations of a class agree
identically (the coarsest bisimulation).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

import sympy as sp

from freeprob.exact.algebra.fields import PrimeField
from freeprob.exact.systems.system import Relation
from freeprob.models.pencils.random_fields import random_field
from freeprob.models.pencils.scalars import Scalars, scalars_of
from freeprob.models.traces.series_fixed_points import FixedPoint

_FIRST_TERMS, _MOST_TERMS = 3, 12


def simplified(system: FixedPoint) -> FixedPoint:
    """With normalised unknowns, one per class of multiples, each of them used more than once."""
    return _inlined(_shared(_inlined(_merged(system))))


def _merged(system: FixedPoint) -> FixedPoint:
    """One normalised unknown for each class of multiples, none for those that vanish."""
    scalars = scalars_of([*system.expressions, system.size, *system.unknowns])
    field = random_field(system.expressions, Random(len(system.relations)))
    terms = _FIRST_TERMS
    while True:
        starts = _starts(system, field, terms)
        leads = _leads(system, starts)
        moved = system.replace({u: leads.get(u, 1) * u for u in starts})
        pairs = zip(system.unknowns, moved.relations, strict=True)
        sides = {u: right / leads.get(u, 1) for u, (_, right) in pairs}
        members = _classes(sides, starts, scalars)
        if terms == _MOST_TERMS or all(u in leads or members[u] == 0 for u in starts):
            break
        terms *= 2

    def short(side: sp.Expr) -> sp.Expr:
        return scalars.factored(scalars.read(side.xreplace(members)))

    relations = tuple(Relation(u, short(side)) for u, side in sides.items() if members[u] == u)
    found = FixedPoint(system.size, relations, tuple(map(short, moved.outputs)))
    return _shifted(found, [u for u in found.unknowns if u not in leads])


def _shifted(system: FixedPoint, unknowns: Sequence[sp.Dummy]) -> FixedPoint:
    """Unknowns that may vanish, for a reason that no equation of theirs shows, counted from -1.

    A number that is 0 has no relative accuracy by which it could be proved.
    """
    moved = system.replace({u: u - 1 for u in unknowns})
    relations = tuple(
        Relation(u, right + 1 if u in unknowns else right)
        for u, (_, right) in zip(system.unknowns, moved.relations, strict=True)
    )
    return FixedPoint(system.size, relations, moved.outputs)


def _starts(system: FixedPoint, field: PrimeField, terms: int) -> dict[sp.Dummy, tuple]:
    """Valuation and first terms of each unknown over its first, modulo a prime; () for none."""
    starts: dict[sp.Dummy, tuple] = {}
    for unknown, known in system.expansions(terms, field)[0].items():
        series = known.normalised()
        if series.terms == 0:
            starts[unknown] = ()
            continue
        first = series.valuation
        scaled = series.scaled(field.integer(1) / series.coefficient(first))
        values = (int(scaled.coefficient(k)) for k in range(first, series.end))
        starts[unknown] = (first, *values)
    return starts


def _leads(system: FixedPoint, starts: Mapping[sp.Dummy, tuple]) -> dict[sp.Dummy, sp.Expr]:
    """The first coefficients of the unknowns that have one."""
    places = {u: start[0] for u, start in starts.items() if start}
    exact, _ = system.expansions(1 + max(places.values(), default=0))
    return {u: exact[u].field.write(exact[u].coefficient(place)) for u, place in places.items()}


def _classes(
    sides: Mapping[sp.Dummy, sp.Expr], starts: Mapping[sp.Dummy, tuple], scalars: Scalars
) -> dict[sp.Dummy, sp.Expr]:
    """For each unknown the first one that is equal to it, or 0."""
    first: dict[tuple, sp.Expr] = {(): sp.S.Zero}
    members = {name: first.setdefault(starts[name], name) for name in sides}
    while True:
        seen = {name: scalars.read(side.xreplace(members)) for name, side in sides.items()}
        finer: dict[sp.Dummy, sp.Expr] = {}
        for name, other in members.items():
            if other == 0 and seen[name].is_zero():
                finer[name] = sp.S.Zero
                continue
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
