"""Fixed-point equations u = f(s, u) whose solution is a power series in s, and functions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import final

import sympy as sp

from freeprob.exact.algebra.field_choice import field_of
from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.evaluation import evaluate
from freeprob.exact.systems.system import Curve, Relation
from freeprob.models.pencils.scalars import scalars_of


@final
@dataclass(frozen=True)
class FixedPoint:
    """Unknowns given by each other, and what is asked for.

    Parameters
    ----------
    size
        s: at s = 0 the right-hand sides are constants.
    relations
        One per unknown, which stands on the left.
    outputs
        Functions of s and the unknowns.
    """

    size: sp.Dummy
    relations: tuple[Relation, ...]
    outputs: tuple[sp.Expr, ...]

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """Those of the relations, s not among them."""
        return tuple(left for left, _ in self.relations)

    @property
    def expressions(self) -> tuple[sp.Expr, ...]:
        """Right-hand sides and outputs."""
        return (*(right for _, right in self.relations), *self.outputs)

    def replace(self, values: Mapping[sp.Expr, sp.Expr]) -> FixedPoint:
        """With parameters replaced."""
        values = dict(values)
        relations = tuple(Relation(left, right.xreplace(values)) for left, right in self.relations)
        outputs = tuple(output.xreplace(values) for output in self.outputs)
        return FixedPoint(self.size, relations, outputs)

    def curve(self) -> Curve:
        """The curve over s, on which G is the first output."""
        unknowns = (self.size, *self.unknowns)
        places = tuple(range(len(unknowns)))
        return Curve(unknowns, self.relations, self.size, self.outputs[0], places, unknowns)

    def complete(self) -> tuple[Relation, ...]:
        """The equations for the given letters, s = 1."""
        return self.replace({self.size: sp.S.One}).relations

    def joined(self, other: FixedPoint) -> FixedPoint:
        """Both, with the outputs of the first before those of the second."""
        names = {u: sp.Dummy(u.name) for u in other.unknowns} | {other.size: self.size}
        moved = other.replace(names)
        relations = tuple(Relation(names[left], right) for left, right in moved.relations)
        return FixedPoint(self.size, self.relations + relations, self.outputs + moved.outputs)

    def slope(self, symbols: Sequence[sp.Symbol]) -> FixedPoint:
        """The derivatives of the outputs by parameters, one after the other.

        Each unknown gets one for its derivative by every part of the symbols, given by the
        tangent of the equation before.
        """
        ordered = sorted(symbols, key=sp.default_sort_key)
        parts = sorted(
            {c for k in range(len(ordered) + 1) for c in combinations(ordered, k)}, key=len
        )
        names = {(u, ()): u for u in self.unknowns}
        names |= {
            (u, p): sp.Dummy(f"{u.name}{chr(39) * len(p)}")
            for u in self.unknowns
            for p in parts[1:]
        }
        places = {name: place for place, name in names.items()}

        def derivative(side: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
            inner = [side.diff(symbol)]
            for name in side.free_symbols & set(places):
                unknown, part = places[name]
                after = tuple(sorted((*part, symbol), key=sp.default_sort_key))
                inner.append(side.diff(name) * names[unknown, after])
            return sp.Add(*inner)

        sides = {(left, ()): right for left, right in self.relations}
        outputs = {(): self.outputs}
        for part in parts[1:]:
            *before, last = part
            for u in self.unknowns:
                sides[u, part] = derivative(sides[u, tuple(before)], last)
            outputs[part] = tuple(derivative(side, last) for side in outputs[tuple(before)])
        relations = tuple(Relation(names[place], side) for place, side in sides.items())
        return FixedPoint(self.size, relations, outputs[parts[-1]]).alive()

    def alive(self) -> FixedPoint:
        """Without the unknowns that vanish: those that no equation says are not zero."""
        scalars = scalars_of([*self.expressions, self.size, *self.unknowns])
        found: set[sp.Dummy] = set()
        while True:
            null = {u: sp.S.Zero for u in self.unknowns if u not in found}
            short = self.replace(null)
            more = {
                left
                for left, right in short.relations
                if left not in found and not scalars.read(right).is_zero()
            }
            if not more:
                relations = tuple(relation for relation in short.relations if relation[0] in found)
                return FixedPoint(self.size, relations, short.outputs)
            found |= more

    def expansions(
        self, terms: int, field: Field | None = None
    ) -> tuple[dict[sp.Dummy, Series], list[Series]]:
        """Unknowns and outputs as power series in s up to O(s^terms), by iteration.

        Exact unless a prime field is given.
        """
        sides: Sequence[sp.Expr] = [right for _, right in self.relations]
        field = field or field_of(self.expressions, (self.size, *self.unknowns))
        s = Series.of(field, [field.integer(1)], 1).extended(terms + 1)

        def constant(value: sp.Expr) -> Series:
            return Series.constant(field, field.read(value), terms)

        known = dict.fromkeys(self.unknowns, constant(sp.S.Zero))
        for _ in range(2 * terms + 2):
            after = evaluate(sides, {self.size: s, **known}, constant)
            known = dict(zip(self.unknowns, after, strict=True))
        return known, evaluate(self.outputs, {self.size: s, **known}, constant)

    def series(self, order: int) -> list[sp.Expr]:
        """Coefficients of s⁰, …, s^order of the first output."""
        _, (first, *_) = self.expansions(order + 1)
        return [first.field.write(first.coefficient(k)) for k in range(order + 1)]
