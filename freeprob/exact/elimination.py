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
from typing import final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.display import collected, renamed
from freeprob.exact.door import Polynomial, Ring, ring
from freeprob.exact.polynomials import (
    DEFAULT_BUDGET,
    degree,
    depends_on,
    predicted_terms,
    primitive_in,
    resultant,
)
from freeprob.exact.selection import physical_factor
from freeprob.exact.system import Leaf, Node, Point, System


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

    def expression(self, G: sp.Expr, z: sp.Expr) -> sp.Expr:
        """P in the caller's symbols, collected in G, coefficients factored."""
        return collected(self.polynomial, renamed(self.ring, (G, z)), 0)

    def poly(self, G: sp.Expr, z: sp.Expr) -> sp.Poly:
        """P as a SymPy polynomial in G and z over the parameters."""
        own = renamed(self.ring, (G, z))
        terms: dict[tuple[int, int], list[sp.Expr]] = {}
        for (in_G, in_z, *rest), coefficient in self.polynomial.terms():
            monomial = own.context.from_dict({(0, 0, *rest): coefficient})
            terms.setdefault((int(in_G), int(in_z)), []).append(own.expression(monomial))
        return sp.Poly.from_dict({key: sp.Add(*sums) for key, sums in terms.items()}, G, z)


def polynomial(system: System, budget: int = DEFAULT_BUDGET) -> Elimination:
    """The minimal polynomial P(G, z) of a law's Cauchy transform over ℚ(z, parameters).

    Raises
    ------
    NotAlgebraicError
        If a part of the law has no polynomial equation.
    BudgetExceededError
        If a resultant is predicted to take more word operations than the budget.
    """
    return _polynomial(system, budget)


@lru_cache(maxsize=512)
def _polynomial(system: System, budget: int) -> Elimination:
    if isinstance(system, Leaf):
        return _leaf(system, budget)
    if not isinstance(system, Node):
        raise TypeError(f"expected a Leaf or a Node, got {type(system).__name__}")
    if system.operation.associative and len(system.parts) > 2:
        first, second, *rest = sorted(
            system.parts, key=lambda part: len(_polynomial(part, budget).polynomial)
        )
        pair = Node(system.operation, (first, second))
        return _polynomial(Node(system.operation, (pair, *rest)), budget)
    return _node(system, budget)


def _leaf(leaf: Leaf, budget: int) -> Elimination:
    """Eliminate a leaf's unknowns from its relations and the equations of z and G."""
    sides = [side for relation in leaf.relations for side in relation]
    own = _Unknowns(leaf.unknowns, (leaf.z, leaf.G, *sides))
    equations = own.equations(leaf.z, leaf.G, leaf.relations)
    return own.eliminated(equations, leaf, budget)


def _node(node: Node, budget: int) -> Elimination:
    """Eliminate the parts' points from their polynomials and the operation's gluing."""
    parts = [_polynomial(part, budget) for part in node.parts]
    points = [Point(sp.Dummy("z"), sp.Dummy("G")) for _ in parts]
    glued = node.operation.glue(points)
    sides = [side for relation in glued.relations for side in relation]
    unknowns = [*(symbol for point in points for symbol in point), *glued.unknowns]
    parameters = [generator for part in parts for generator in part.ring.generators[2:]]
    own = _Unknowns(unknowns, (glued.z, glued.G, *sides, *parameters))
    equations = own.equations(glued.z, glued.G, glued.relations)
    for part, point in zip(parts, points, strict=True):
        names = dict(zip(part.ring.generators[:2], (point.G, point.z), strict=True))
        equations.append(transported(part.polynomial, part.ring, own.ring, names))
    return own.eliminated(equations, node, budget)


class _Unknowns:
    """A ring (G, z, unknowns, parameters, constants) and the elimination of its unknowns."""

    def __init__(self, unknowns: Sequence[sp.Dummy], expressions: Iterable[sp.Expr]) -> None:
        self.first = (sp.Dummy("G"), sp.Dummy("z"))
        self.ring = ring(tuple(expressions), first=(*self.first, *unknowns))
        self.positions = range(2, 2 + len(unknowns))

    def equations(
        self, z: sp.Expr, G: sp.Expr, relations: Iterable[tuple[sp.Expr, sp.Expr]]
    ) -> list[Polynomial]:
        """The cleared equations of z, of G and of every relation."""
        found = []
        for value, expression in zip(self.first, (G, z), strict=True):
            fraction = self.ring.fraction(expression)
            found.append(fraction.numerator - self.ring.generator(value) * fraction.denominator)
        for left, right in relations:
            found.append((self.ring.fraction(left) - self.ring.fraction(right)).numerator)
        return found

    def eliminated(self, equations: list[Polynomial], system: System, budget: int) -> Elimination:
        """Eliminate all unknowns, then select the physical factor."""
        moving = (0, 1, *self.positions)
        equations = [self._cleaned(equation, moving) for equation in equations]
        left = list(self.positions)
        while left:
            _, unknown, pivot = min(
                _step_cost(equations, unknown, pivot)
                for unknown in left
                for pivot in range(len(equations))
                if depends_on(equations[pivot], [unknown])
            )
            used = equations.pop(pivot)
            equations = [
                self._cleaned(_reduced(used, equation, unknown, budget), moving)
                if depends_on(equation, [unknown])
                else equation
                for equation in equations
            ]
            left.remove(unknown)
        (result,) = equations
        target = Ring((*self.first, *self.ring.generators[self.positions.stop :]))
        factors = [
            transported(factor, self.ring, target, {})
            for factor, _ in result.factor()[1]
            if depends_on(factor, [0]) and depends_on(factor, [1])
        ]
        selected = physical_factor(factors, target, system)
        return Elimination(target, primitive_in(selected, (0, 1)))

    @staticmethod
    def _cleaned(equation: Polynomial, moving: Sequence[int]) -> Polynomial:
        """Square-free, without factors that cannot vanish on the curve.

        No function on the curve but a constant satisfies an equation by itself over the
        parameters, and z, G and the unknowns are not constant.
        """
        if equation.is_zero():
            raise NotAlgebraicError("the relations of this system do not determine a curve")
        total = equation.context().constant(1)
        for factor, _ in equation.factor()[1]:
            degrees = factor.degrees()
            if sum(degrees[index] > 0 for index in moving) > 1:
                total *= factor
        return total


def _step_cost(
    equations: Sequence[Polynomial], unknown: int, pivot: int
) -> tuple[tuple[int, int], int, int]:
    """Equations touched and predicted terms when one equation eliminates an unknown."""
    others = [
        equation
        for place, equation in enumerate(equations)
        if place != pivot and depends_on(equation, [unknown])
    ]
    terms = sum(predicted_terms(equations[pivot], other, unknown) for other in others)
    return (len(others), terms * degree(equations[pivot], unknown)), unknown, pivot


def _reduced(used: Polynomial, other: Polynomial, unknown: int, budget: int) -> Polynomial:
    """Resultant without the factor that both share: on it the two would be one equation."""
    common = used.gcd(other)
    return resultant(used, other if common.is_constant() else other // common, unknown, budget)


def transported(
    polynomial: Polynomial, source: Ring, target: Ring, names: Mapping[sp.Expr, sp.Expr]
) -> Polynomial:
    """A polynomial in another ring, generators renamed; unused ones may be missing there."""
    degrees = polynomial.degrees()
    places = [
        target.index(names.get(generator, generator)) if used > 0 else None
        for generator, used in zip(source.generators, degrees, strict=True)
    ]
    terms = {}
    for exponents, coefficient in polynomial.terms():
        moved = [0] * len(target.generators)
        for place, exponent in zip(places, exponents, strict=True):
            if place is not None:
                moved[place] = exponent
        terms[tuple(moved)] = coefficient
    return target.context.from_dict(terms)
