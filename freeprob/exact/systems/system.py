"""The structured system of a law: points of a curve that carries z and G.

A law is described by *unknowns* u, *relations* among them and two functions z(u), G(u). As u runs
over the curve {relations = 0}, (z(u), G(u)) runs over the graph of the Cauchy transform and of all
its continuations. Atoms have u = z; Marchenko-Pastur and semicircle laws have u = G; the Cauchy
transform of a free sum is its summands' curves glued along equal values of G (subordination). No
operation needs elimination: it only maps and glues points. Elimination, series, edges and numbers
all start from here.

A :class:`System` is a :class:`Leaf` or a :class:`Node` (an operation on systems). :func:`flatten`
gives the :class:`Curve`, with every relation that is a Möbius function of one unknown solved for
it: this one step is what makes sums of laws with rational R, products of laws with rational S
and their mixed forms uniformised, whatever the tree they stand in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any, TypeAlias, final

import sympy as sp
from flint import acb

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.algebra.door import Polynomial, Ring, functions, ring
from freeprob.exact.algebra.shortening import shortened
from freeprob.exact.systems.facts import UNKNOWN, Atoms, GivenMoments, Unknown
from freeprob.exact.systems.leading_terms import LeadingTerms, NoLeadingTerms
from freeprob.exact.systems.operation import Operation, Point, Relation


class Anchor(ABC):
    """Numbers on a leaf's physical branch, where nothing is known of it near i∞."""

    @abstractmethod
    def unknowns(self, height: float) -> Sequence[complex]:
        """Approximate unknowns at z = i height."""

    @abstractmethod
    def cauchy(self, leaf: Leaf) -> tuple[acb, acb]:
        """A rational point above the axis and a ball that holds the leaf's G there."""

    @abstractmethod
    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> Anchor:
        """The same with parameters replaced by values."""


@final
@dataclass(frozen=True)
class Leaf:
    """A curve given outright.

    Parameters
    ----------
    unknowns
        The k unknowns, each a ``Dummy`` bound here.
    relations
        k - 1 relations among them.
    z, G
        The two functions on the curve.
    at_infinity
        Maps z to the unknowns' leading behaviour near i∞ on the physical branch: ``known`` terms
        of falling order each, zeros counted. ``UndefinedOperationError`` where no such terms are
        known: numbers then start from the anchor.
    atoms
        The law's atoms, where its construction tells them all.
    moments
        The law's moments, where they are not those of an expansion of the equations.
    """

    unknowns: tuple[sp.Dummy, ...]
    z: sp.Expr
    G: sp.Expr
    at_infinity: LeadingTerms | NoLeadingTerms = field(compare=False)
    relations: tuple[Relation, ...] = ()
    known: int = 1
    anchor: Anchor | None = field(default=None, compare=False)
    atoms: Atoms | Unknown = field(default=UNKNOWN, compare=False)
    moments: GivenMoments | None = field(default=None, compare=False)

    @property
    def parameters(self) -> frozenset[sp.Symbol]:
        """Free symbols other than the unknowns."""
        expressions = [self.z, self.G, *(side for relation in self.relations for side in relation)]
        free = frozenset().union(*(expression.free_symbols for expression in expressions))
        return free - frozenset(self.unknowns)


@final
@dataclass(frozen=True)
class Node:
    """An operation applied to systems."""

    operation: Operation
    parts: tuple[System, ...]

    def __hash__(self) -> int:
        """That of operation and parts, computed once: every remembered answer asks for it."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.operation, self.parts))

    def __getstate__(self) -> dict[str, object]:
        """Without the hash, which differs from process to process."""
        return {"operation": self.operation, "parts": self.parts}

    @property
    def parameters(self) -> frozenset[sp.Symbol]:
        """Free symbols of the parts and of the operation."""
        points = [Point(sp.Dummy(), sp.Dummy()) for _ in self.parts]
        own = self.operation.glue(points)
        bound = {symbol for point in points for symbol in point} | set(own.unknowns)
        expressions = [own.z, own.G, *(side for relation in own.relations for side in relation)]
        free = frozenset().union(*(expression.free_symbols for expression in expressions))
        return (free - bound).union(*(part.parameters for part in self.parts))


System: TypeAlias = Leaf | Node
"""A law's structured system: there is no third kind."""


def nodes(system: System) -> Iterator[Node]:
    """All operations of a system, the last one first."""
    if isinstance(system, Node):
        yield system
        for part in system.parts:
            yield from nodes(part)


@final
@dataclass(frozen=True)
class Curve:
    """A flattened system: k unknowns, k - 1 relations, z and G as functions of the unknowns.

    ``kept`` are the positions of the unknowns in the list (unknowns of part 1, of part 2, …, the
    operation's own) before redundant ones were solved for; ``raw`` are the values of the whole list
    in terms of the unknowns left (empty for curves made otherwise), with functions for the sums in
    ``sums``, which only :attr:`all_unknowns` writes out.
    """

    unknowns: tuple[sp.Dummy, ...]
    relations: tuple[Relation, ...]
    z: sp.Expr
    G: sp.Expr
    kept: tuple[int, ...]
    raw: tuple[sp.Expr, ...] = ()
    sums: tuple[tuple[sp.Expr, sp.Expr], ...] = ()

    @cached_property
    def all_unknowns(self) -> tuple[sp.Expr, ...]:
        """Values of the whole list of unknowns in terms of those left."""
        return tuple(value.xreplace(dict(self.sums)) for value in self.raw)

    @cached_property
    def expressions(self) -> tuple[sp.Expr, ...]:
        """z, G and both sides of every relation."""
        return (self.z, self.G, *(side for relation in self.relations for side in relation))

    @property
    def parameters(self) -> frozenset[sp.Symbol]:
        """Free symbols other than the unknowns."""
        free = frozenset().union(*(expression.free_symbols for expression in self.expressions))
        return free - frozenset(self.unknowns)

    @cached_property
    def is_algebraic(self) -> bool:
        """Whether z, G and the relations are rational in unknowns and parameters."""
        symbols = ring(self.expressions)
        try:
            for expression in self.expressions:
                symbols.fraction(expression)
        except NotAlgebraicError:
            return False
        return True

    @property
    def is_uniformised(self) -> bool:
        """Whether one unknown and no relation describe the curve."""
        return len(self.unknowns) == 1

    def replace(self, values: Mapping[sp.Expr, sp.Expr]) -> Curve:
        """The curve with symbols replaced (parameters by values, unknowns by fresh ones)."""
        return Curve(
            tuple(values.get(unknown, unknown) for unknown in self.unknowns),
            tuple(Relation(*_replaced(tuple(pair), dict(values))) for pair in self.relations),
            self.z.xreplace(values),
            self.G.xreplace(values),
            self.kept,
            tuple(value.xreplace(values) for value in self.raw),
            tuple((f.xreplace(values), total.xreplace(values)) for f, total in self.sums),
        )


def specialised(system: System, values: Mapping[sp.Expr, sp.Expr]) -> System:
    """The system with parameters replaced by values."""
    values = dict(values)
    if isinstance(system, Node):
        operation = system.operation
        changed = {
            entry.name: _replaced(getattr(operation, entry.name), values)
            for entry in fields(operation)
        }
        parts = tuple(specialised(part, values) for part in system.parts)
        return Node(replace(operation, **changed), parts)
    return Leaf(
        system.unknowns,
        system.z.xreplace(values),
        system.G.xreplace(values),
        system.at_infinity.replaced(values),
        tuple(Relation(*_replaced(tuple(relation), values)) for relation in system.relations),
        system.known,
        system.anchor and system.anchor.specialised(values),
        _replaced_atoms(system.atoms, values),
        system.moments and system.moments.specialised(values),
    )


def _replaced_atoms(atoms: Atoms | Unknown, values: dict[sp.Expr, sp.Expr]) -> Atoms | Unknown:
    """Places and masses with symbols replaced."""
    if isinstance(atoms, Unknown):
        return atoms
    return {x.xreplace(values): mass.xreplace(values) for x, mass in atoms.items()}


def _replaced(value: Any, values: dict[sp.Expr, sp.Expr]) -> Any:
    """An expression, or a tuple of them, with symbols replaced; other things as they are."""
    if isinstance(value, sp.Basic):
        return value.xreplace(values)
    if isinstance(value, tuple):
        return tuple(_replaced(entry, values) for entry in value)
    return value


# a curve that is forgotten and made anew is the same: its unknowns are named by their places
@lru_cache(maxsize=1024)
def flatten(system: System) -> Curve:
    """The system as one curve, relations that are Möbius in one unknown solved.

    Laws that differ in their atoms share all of this: sums over atoms are letters meanwhile.
    """
    if isinstance(system, Leaf):
        kept = tuple(range(len(system.unknowns)))
        return Curve(system.unknowns, system.relations, system.z, system.G, kept, system.unknowns)
    sums: dict[sp.Expr, type[sp.Basic]] = {}
    curve = _glued(Node(system.operation, tuple(_lettered(part, sums) for part in system.parts)))
    written = {letter: G for G, letter in sums.items()}
    values = {
        f: written[f.func].xreplace(dict.fromkeys(written[f.func].free_symbols, f.args[0]))
        for f in (functions([*curve.expressions, *curve.raw]) if sums else ())
        if f.func in written
    }
    return _compact(curve, values)


def _lettered(part: System, sums: dict[sp.Expr, type[sp.Basic]]) -> System:
    """The part, a function's letter in the place of a sum over atoms, which ``sums`` notes."""
    if isinstance(part, Node) or not _is_sum_over_atoms(part):
        return part
    letter = sums.setdefault(part.G, sp.Function(f"G_{len(sums)}"))
    return replace(part, G=letter(*part.unknowns))


def _is_sum_over_atoms(leaf: Leaf) -> bool:
    """Whether G is a sum over so many numbers that nothing Möbius in u comes of it."""
    places = {} if isinstance(leaf.atoms, Unknown) else leaf.atoms
    return (
        leaf.unknowns == (leaf.z,)
        and len(places) >= _MANY
        and len(sp.Add.make_args(leaf.G)) == len(places)
        and leaf.G.free_symbols == {leaf.z}
        and sum(places.values()) == 1
    )


@lru_cache(maxsize=1024)
def _glued(system: Node) -> Curve:
    """The same, not yet in lowest terms."""
    curves, start = [flatten(part) for part in system.parts], 0
    parts: list[Curve] = []
    for curve in curves:
        parts.append(curve.replace(_own_names(system, start, curve.unknowns)))
        start += len(curve.unknowns)
    own = system.operation.glue([Point(part.z, part.G) for part in parts])
    unknowns = [*(u for part in parts for u in part.unknowns), *own.unknowns]
    relations = [*(relation for part in parts for relation in part.relations), *own.relations]
    places = tuple(range(len(unknowns)))
    raw = Curve(tuple(unknowns), tuple(relations), own.z, own.G, places, tuple(unknowns))
    return solved(raw.replace(_own_names(system, start, own.unknowns)))


_PLACES = 1 << 20  # more than a system has unknowns
_OTHERS = 1 << 64  # above the numbers of SymPy's own dummies
_MANY = 3  # atoms: z - 1/G and zG - 1 are of degree 2 and more


def _own_names(system: System, start: int, unknowns: Sequence[sp.Dummy]) -> dict[sp.Expr, sp.Dummy]:
    """Unknowns of a part, or an operation's own, as those of the whole from some place on.

    Two copies of one law need two sets of unknowns, and equal systems the same ones.
    """
    first = _OTHERS + hash(system) % _OTHERS * _PLACES + start
    return {
        u: sp.Dummy(u.name, dummy_index=first + i, **u.assumptions0) for i, u in enumerate(unknowns)
    }


def solved(curve: Curve) -> Curve:
    """Eliminate every unknown that some relation gives as a Möbius function of the others.

    The argument of a function stays an unknown: a value computed for it is rounded, and then
    nothing tells from which side it lies at a branch cut.
    """
    sides = [side for relation in curve.relations for side in relation]
    inside = {symbol for f in functions([curve.z, curve.G, *sides]) for symbol in f.free_symbols}
    # equal unknowns first, so that these arguments stay plain
    for position in sorted(
        range(len(curve.relations)),
        key=lambda i: not all(side.is_Symbol for side in curve.relations[i]),
    ):
        relation = curve.relations[position]
        for side, other in (relation, relation[::-1]):
            solution = moebius_solution(side, other, curve.unknowns)
            if solution is None:
                continue
            unknown, value = solution
            if unknown in inside and not value.is_Symbol:
                continue
            pairs = zip(curve.unknowns, curve.kept, strict=True)
            left = [(u, index) for u, index in pairs if u != unknown]
            rest = Curve(
                tuple(u for u, _ in left),
                curve.relations[:position] + curve.relations[position + 1 :],
                curve.z,
                curve.G,
                tuple(index for _, index in left),
                curve.raw,
            )
            return solved(rest.replace({unknown: value}))
    return curve


def moebius_solution(
    side: sp.Expr, other: sp.Expr, unknowns: tuple[sp.Dummy, ...]
) -> tuple[sp.Dummy, sp.Expr] | None:
    """(u, u as an expression of the other side) if the side is (αu + β)/(γu + δ), else None."""
    inside = [unknown for unknown in unknowns if side.has(unknown)]
    if len(inside) != 1 or other.has(inside[0]):
        return None
    unknown = inside[0]
    symbols = ring([side], first=[unknown])
    try:
        fraction = symbols.fraction(side)
    except (NotAlgebraicError, BudgetExceededError):
        return None
    if max(fraction.numerator.degrees()[0], fraction.denominator.degrees()[0]) != 1:
        return None
    (beta, alpha), (delta, gamma) = (
        [symbols.expression(coefficient) for coefficient in _linear(symbols, polynomial)]
        for polynomial in (fraction.numerator, fraction.denominator)
    )
    # SymPy asks whether an expression is finite before it lets 0 times it vanish
    above, below = (value * other if value != 0 else value for value in (delta, gamma))
    return unknown, (above - beta) / (alpha - below)


def _linear(symbols: Ring, polynomial: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Coefficients of 1 and of the first generator in a polynomial linear in it."""
    derivative = polynomial.derivative(0)
    return polynomial - derivative * symbols.context.gens()[0], derivative


def _compact(curve: Curve, values: Mapping[sp.Expr, sp.Expr]) -> Curve:
    """Put each expression in lowest terms where that is the shorter way to write it.

    The structured form of a sum over atoms stays where it is shorter: expanded, it loses digits
    near the atoms. ``values`` are the sums that letters stand for.
    """

    def short(expression: sp.Expr) -> sp.Expr:
        return shortened(expression, values)

    return Curve(
        curve.unknowns,
        tuple(Relation(short(left), short(right)) for left, right in curve.relations),
        short(curve.z),
        short(curve.G),
        curve.kept,
        curve.raw,
        tuple(values.items()),
    )
