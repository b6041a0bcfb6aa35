"""Fewer unknowns for a coupled system, wherever an equation is linear in one of them.

Each step solves an equation that is linear in an unknown, u = -b/a, and puts u into the others.
Nothing is lost: where a and b do not vanish together, the curve is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import sympy as sp

from freeprob.exact.algebra.door import Fraction, Polynomial, Ring, ring
from freeprob.exact.algebra.polynomials import coefficients_in, degree, primitive_in
from freeprob.exact.systems.system import Curve, Relation

_MOST_TERMS = 400


class _Solution(NamedTuple):
    """One unknown by the others, and the equations that are left."""

    position: int
    value: Fraction
    equations: tuple[Polynomial, ...]

    @property
    def size(self) -> int:
        """Terms that it writes."""
        return sum(len(equation) for equation in self.equations) + sum(
            len(part) for part in (self.value.numerator, self.value.denominator)
        )


def reduced(curve: Curve, accept: Callable[[Curve], bool]) -> Curve:
    """The curve with every unknown solved for that some relation gives rationally by the others.

    Parameters
    ----------
    curve
        Algebraic, its relations polynomial or rational.
    accept
        Whether a curve with fewer unknowns may be used: a projection can be singular where the
        curve itself was not.

    Returns
    -------
    Curve
        With ``kept`` naming the unknowns that are left; the solved ones are replaced in z and G,
        and ``raw`` has the values of all.
    """
    sides = [side for relation in curve.relations for side in relation]
    own = ring([curve.z, curve.G, *sides], first=curve.unknowns)
    equations = tuple(
        primitive_in((own.fraction(a) - own.fraction(b)).numerator, range(len(curve.unknowns)))
        for a, b in curve.relations
    )
    left = range(len(curve.unknowns))
    z, G = own.fraction(curve.z), own.fraction(curve.G)
    state = _State(equations, tuple(left), z, G)
    while True:
        for solution in _solutions(state):
            after = state.solved(solution, own)
            if accept(after.curve(curve, own)):
                state = after
                break
        else:
            return replace(state.curve(curve, own), raw=state.raw(curve, own))


class _State(NamedTuple):
    """A curve on the way."""

    equations: tuple[Polynomial, ...]
    left: tuple[int, ...]
    z: Fraction
    G: Fraction
    steps: tuple[_Solution, ...] = ()

    def solved(self, solution: _Solution, own: Ring) -> _State:
        """With one unknown less."""
        return _State(
            solution.equations,
            tuple(i for i in self.left if i != solution.position),
            _substituted(self.z, solution, own),
            _substituted(self.G, solution, own),
            (*self.steps, solution),
        )

    def raw(self, source: Curve, own: Ring) -> tuple[sp.Expr, ...]:
        """All unknowns by those that are left: what was solved for last depends on these alone."""
        values: dict[sp.Expr, sp.Expr] = {}
        for step in reversed(self.steps):
            value = own.expression(step.value.numerator) / own.expression(step.value.denominator)
            values[source.unknowns[step.position]] = value.xreplace(values)
        return tuple(values.get(unknown, unknown) for unknown in source.unknowns)

    def curve(self, source: Curve, own: Ring) -> Curve:
        """In the source's unknowns."""
        return Curve(
            tuple(source.unknowns[i] for i in self.left),
            tuple(Relation(own.expression(equation), sp.S.Zero) for equation in self.equations),
            own.factored(self.z),
            own.factored(self.G),
            tuple(source.kept[i] for i in self.left),
        )


def _solutions(state: _State) -> list[_Solution]:
    """All ways to solve for one unknown, those that leave the shortest equations first."""
    found = []
    for place, equation in enumerate(state.equations):
        for position in state.left:
            if degree(equation, position) != 1:
                continue
            constant, slope = coefficients_in(equation, position)
            value = Fraction.of(-constant, slope)
            rest = [other for k, other in enumerate(state.equations) if k != place]
            after = tuple(_put(other, position, value, state.left) for other in rest)
            # an equation that says nothing more, or too much, marks a part of the curve only
            if not any(other.is_constant() for other in after):
                found.append(_Solution(position, value, after))
    shortest = sorted(found, key=lambda solution: (solution.size, solution.position))
    return [solution for solution in shortest if solution.size <= _MOST_TERMS]


def _put(polynomial: Polynomial, position: int, value: Fraction, left: Sequence[int]) -> Polynomial:
    """A polynomial with a fraction in place of one variable, without what depends on nothing."""
    top = degree(polynomial, position)
    if not top:
        return polynomial
    total = polynomial.context().constant(0)
    for power, coefficient in enumerate(coefficients_in(polynomial, position)):
        share = value.numerator**power * value.denominator ** (top - power)
        total += coefficient * share
    if total.is_zero():
        return total
    total = primitive_in(total, [i for i in left if i != position])
    # where the denominator vanishes the unknown is infinite, which no point of the branch is
    while not (common := total.gcd(value.denominator)).is_constant():
        total = total // common
    return total


def _substituted(fraction: Fraction, solution: _Solution, own: Ring) -> Fraction:
    """A fraction with one variable replaced."""
    position, value = solution.position, solution.value
    top = max(degree(fraction.numerator, position), degree(fraction.denominator, position))
    parts = []
    for polynomial in (fraction.numerator, fraction.denominator):
        total = own.constant(0)
        for power, coefficient in enumerate(coefficients_in(polynomial, position)):
            total += coefficient * value.numerator**power * value.denominator ** (top - power)
        parts.append(total)
    return Fraction.of(*parts)
