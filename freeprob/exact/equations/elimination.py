"""Elimination: one irreducible polynomial P(G, z) from a structured system.

The tower climbs the tree of the law. A leaf's curve is eliminated at once. At a node the
polynomials Pᵢ(Gᵢ, zᵢ) of the parts are joined to the gluing of the operation, and the parts' points
are eliminated by resultants, cheapest first: an unknown that occurs linearly costs next to nothing.
Then the factor that the physical branch satisfies is selected, so every stage starts from minimal
polynomials. The eliminated polynomial is a view: numbers, edges and atoms never need it.

Source: Rao-Edelman 2008 (the polynomial method).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple, final

import sympy as sp

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.algebra.costs import DEFAULT_BUDGET
from freeprob.exact.algebra.door import Polynomial, Ring, ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import (
    depends_on,
    primitive_in,
)
from freeprob.exact.algebra.radicals import folded
from freeprob.exact.algebra.tower import eliminated
from freeprob.exact.equations.display import collected, over_label, renamed
from freeprob.exact.equations.guessing import bezout_bound, guessed_terms
from freeprob.exact.equations.parameter_functions import with_symbols
from freeprob.exact.equations.selection import confirms, physical_factor
from freeprob.exact.systems.poles import expanded
from freeprob.exact.systems.reduction import reduced
from freeprob.exact.systems.system import Curve, Leaf, Node, Operation, Point, System, flatten


@final
@dataclass(frozen=True)
class Elimination:
    """An irreducible primitive polynomial P with P(G(z), z) = 0.

    Parameters
    ----------
    ring
        Generators: G and z (two ``Dummy`` symbols), parameters, irrational constants.
    polynomial
        P, with positive leading coefficient.
    """

    ring: Ring
    polynomial: Polynomial
    start: ClassVar[int] = 2

    def expression(self, G: sp.Expr, z: sp.Expr) -> sp.Expr:
        """P in the caller's symbols, collected in G, coefficients factored."""
        return collected(self.polynomial, renamed(self.ring, (G, z)), 0)

    def poly(self, G: sp.Expr, z: sp.Expr) -> sp.Poly:
        """P as a SymPy polynomial in G and z over the parameters."""
        rest = self.ring.generators[2:]
        terms: dict[tuple[int, int], list[sp.Expr]] = {}
        for (in_G, in_z, *powers), coefficient in self.polynomial.terms():
            factors = [sp.Pow(g, int(e)) for g, e in zip(rest, powers, strict=True) if e]
            term = sp.Mul(sp.Integer(int(coefficient)), *factors)
            terms.setdefault((int(in_G), int(in_z)), []).append(term)
        return sp.Poly.from_dict({key: sp.Add(*sums) for key, sums in terms.items()}, G, z)


_SMALL = 2 * 10**7
_MOST_WITHOUT_MOMENTS = 3
_CAUCHY, _ARGUMENT = sp.Dummy("G"), sp.Dummy("z")


def polynomial(system: System, budget: int = DEFAULT_BUDGET) -> Elimination:
    """The minimal polynomial P(G, z) of a law's Cauchy transform over ℚ(z, parameters).

    Raises
    ------
    NotAlgebraicError
        If a part of the law has no polynomial equation.
    BudgetExceededError
        If a resultant is predicted to take more word operations than the budget.
    """
    plain, meant = with_symbols(expanded(system))
    found = _polynomial(plain, budget)
    own = Ring(tuple(meant.get(generator, generator) for generator in found.ring.generators))
    known = transported(found.polynomial, found.ring, own, meant) if meant else found.polynomial
    return Elimination(own, folded(known, own))


@lru_cache(maxsize=512)
def _polynomial(system: System, budget: int) -> Elimination:
    if isinstance(system, Leaf):
        return _leaf(system, budget)
    if system.operation.associative and len(system.parts) > 2:
        first, second, *rest = sorted(
            system.parts, key=lambda part: len(_polynomial(part, budget).polynomial)
        )
        pair = Node(system.operation, (first, second))
        return _polynomial(Node(system.operation, (pair, *rest)), budget)
    return _node(system, budget)


def _leaf(leaf: Leaf, budget: int) -> Elimination:
    """Eliminate a leaf's unknowns from its relations and the equations of z and G.

    Coupled systems over ℚ whose resultants are not small are expanded and their relation guessed.
    """
    if leaf.anchor is not None and len(leaf.relations) > _MOST_WITHOUT_MOMENTS:
        raise BudgetExceededError(
            f"{len(leaf.relations)} coupled equations are too many for resultants, and without "
            "moments no relation can be guessed; the numeric reading never eliminates"
        )
    curve: Leaf | Curve = leaf if len(leaf.relations) < 2 else reduced(flatten(leaf), _always)
    system = _system(curve.z, curve.G, curve.relations, curve.unknowns)
    if len(leaf.relations) < 2:
        return _selected(system, leaf, budget)
    if len(system.ring.generators) > system.start:
        found = _confirmed(system, leaf, budget)
        if found is None:
            raise BudgetExceededError(
                "the coupled system has symbolic parameters and no equation for G and z was found "
                "within the budget; give values to parameters, or use the numeric reading"
            )
        return found
    # resultants of several relations can drop the physical component: what they say is checked
    found = _confirmed(system, leaf, min(budget, _SMALL))
    if found is not None:
        return found
    terms = None if leaf.anchor is not None else guessed_terms(leaf, bezout_bound(curve))
    if terms is not None:
        target = Ring(system.ring.generators[:2])
        factors = factorization(target.context.from_dict(terms)).factors
        return Elimination(target, primitive_in(physical_factor(factors, target, leaf), (0, 1)))
    found = _confirmed(system, leaf, budget) if budget > _SMALL else None
    if found is None:
        raise BudgetExceededError(
            "no polynomial equation of moderate degree was found within the budget; the numeric "
            "reading never eliminates"
        )
    return found


def _always(curve: Curve) -> bool:
    """Any projection will do: the polynomial found is confirmed on the law's own expansion."""
    return True


def _confirmed(system: _Equations, leaf: Leaf, budget: int) -> Elimination | None:
    """The eliminated polynomial, if its cost is within the budget and it has the law's moments."""
    try:
        found = _selected(system, leaf, budget)
    except (BudgetExceededError, NotAlgebraicError):
        return None
    return found if confirms(found.polynomial, found.ring, leaf) else None


def _node(node: Node, budget: int) -> Elimination:
    """Eliminate the parts' points from their polynomials and the operation's gluing."""
    parts = [_polynomial(part, budget) for part in node.parts]
    points, glued = _gluing(node.operation, len(parts))
    generators = glued.ring.generators[: glued.start]
    parameters = {g: None for part in (glued, *parts) for g in part.ring.generators[part.start :]}
    if len(parameters) > 1:
        parameters = dict.fromkeys(sorted(parameters, key=_by_kind))
    own = Ring((*generators, *parameters))
    equations = [transported(equation, glued.ring, own, {}) for equation in glued.equations]
    for part, point in zip(parts, points, strict=True):
        names = dict(zip(part.ring.generators[:2], (point.G, point.z), strict=True))
        equations.append(transported(part.polynomial, part.ring, own, names))
    return _selected(_Equations(own, glued.start, tuple(equations)), node, budget)


def _by_kind(generator: sp.Expr) -> tuple:
    """Parameters before irrational constants, each in SymPy's order."""
    return not generator.free_symbols, sp.default_sort_key(generator)


class _Equations(NamedTuple):
    """Equations in a ring (G, z, unknowns, parameters, constants); parameters begin at start."""

    ring: Ring
    start: int
    equations: tuple[Polynomial, ...]


def _system(
    z: sp.Expr,
    G: sp.Expr,
    relations: Iterable[tuple[sp.Expr, sp.Expr]],
    unknowns: Sequence[sp.Expr],
) -> _Equations:
    """The cleared equations of z, of G and of every relation.

    An unknown that is G or z itself takes that place in the ring.
    """
    first = (G if G in unknowns else _CAUCHY, z if z in unknowns else _ARGUMENT)
    pairs = [pair for pair in ((first[0], G), (first[1], z), *relations) if pair[0] != pair[1]]
    sides = [side for pair in pairs for side in pair]
    own = ring(sides, first=(*first, *(u for u in unknowns if u not in first)))
    found = [(own.fraction(left) - own.fraction(right)).numerator for left, right in pairs]
    start = 2 + sum(u not in first for u in unknowns)
    return _Equations(own, start, tuple(found))


@lru_cache(maxsize=512)
def _gluing(operation: Operation, count: int) -> tuple[tuple[Point, ...], _Equations]:
    """An operation's equations for any parts, its own unknowns eliminated where that is linear.

    A part whose z or G is one of the operation's is given that variable at once.
    """
    points = tuple(Point(sp.Dummy("z"), sp.Dummy("G")) for _ in range(count))
    glued = operation.glue(points)
    symbols = [symbol for point in points for symbol in point]
    G = over_label(glued.G, glued.z, _ARGUMENT)
    own, start, equations = _system(glued.z, G, glued.relations, [*symbols, *glued.unknowns])
    inner = [own.index(u) for u in glued.unknowns if u not in own.generators[:2]]
    left = eliminated(equations, inner, range(start), DEFAULT_BUDGET, linear_only=True)
    equations, names = _renamed([equation.polynomial for equation in left], own)
    points = tuple(Point(names.get(z, z), names.get(G, G)) for z, G in points)
    return points, _Equations(own, start, tuple(equations))


def _renamed(
    equations: list[Polynomial], own: Ring
) -> tuple[list[Polynomial], dict[sp.Expr, sp.Expr]]:
    """The equations without those that say u = v, and what each such u is called then."""
    names: dict[sp.Expr, sp.Expr] = {}
    variables = own.context.gens()
    for later in range(len(variables) - 1, 1, -1):
        for earlier in range(later):
            same = variables[earlier] - variables[later]
            if same in equations or -same in equations:
                equations = [e for e in equations if e not in (same, -same)]
                images = [variables[earlier] if i == later else v for i, v in enumerate(variables)]
                equations = [e.compose(*images, ctx=own.context) for e in equations]
                old, new = own.generators[later], own.generators[earlier]
                # what was called u is called v from here on: u = v may come after w = u
                names = {name: new if now == old else now for name, now in names.items()}
                names[old] = new
                break
    return equations, names


def _selected(system: _Equations, source: System, budget: int) -> Elimination:
    """Eliminate all unknowns, then select the physical factor."""
    own, start, equations = system
    unknowns = [i for i in range(2, start) if any(e.degrees()[i] > 0 for e in equations)]
    results = eliminated(equations, unknowns, range(start), budget)
    if len(results) != 1:
        raise NotAlgebraicError("the equations of this law leave more than one relation")
    (result,) = results
    target = Ring((*own.generators[:2], *own.generators[start:]))
    factors = [
        transported(factor, own, target, {})
        for factor in result.factors or factorization(result.polynomial).factors
        if depends_on(factor, [0]) and depends_on(factor, [1])
    ]
    selected = physical_factor(factors, target, source)
    return Elimination(target, primitive_in(selected, (0, 1)))


def transported(
    polynomial: Polynomial, source: Ring, target: Ring, names: Mapping[sp.Expr, sp.Expr]
) -> Polynomial:
    """A polynomial in another ring, generators renamed; unused ones may be missing there."""
    variables = target.context.gens()
    nothing = target.constant(0)
    images = [
        variables[target.index(names.get(generator, generator))] if used > 0 else nothing
        for generator, used in zip(source.generators, polynomial.degrees(), strict=True)
    ]
    return polynomial.compose(*images, ctx=target.context) if images else polynomial
