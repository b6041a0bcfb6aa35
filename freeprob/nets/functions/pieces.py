"""Piecewise functions of one variable with point masses: the derivatives of an activation.

A function is a list of smooth parts between break points, plus multiples of Dirac's delta and its
derivatives where a part jumps. Differentiation and multiplication stay inside this class, or say
that the product of two distributions has no meaning.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.zeros import real_zeros

_SWITCHES = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)


@dataclass(frozen=True)
class Pieces:
    """Smooth parts between increasing breaks, and point masses {(place, order): weight}.

    ``own`` is the value at 0 that the function was written with, and a product knows its
    ``factors``: what a jump at 0 counts for there cannot be read off the parts.
    """

    variable: sp.Symbol
    breaks: tuple[sp.Expr, ...]
    parts: tuple[sp.Expr, ...]
    masses: tuple[tuple[sp.Expr, int, sp.Expr], ...] = ()
    own: sp.Expr | None = None
    factors: tuple[Pieces, ...] = ()

    @property
    def is_function(self) -> bool:
        """Whether there are no point masses."""
        return not self.masses

    @property
    def smooth(self) -> Pieces:
        """The function without its point masses."""
        return Pieces(self.variable, self.breaks, self.parts)

    def intervals(self) -> Iterable[tuple[sp.Expr, sp.Expr, sp.Expr]]:
        """Yield (left end, right end, part)."""
        ends = (-sp.oo, *self.breaks, sp.oo)
        yield from zip(ends[:-1], ends[1:], self.parts, strict=True)

    def expression(self) -> sp.Expr:
        """Return the function as one SymPy expression."""
        if len(self.parts) == 1:
            return self.parts[0]
        cases = [(part, self.variable < end) for _, end, part in self.intervals() if end != sp.oo]
        return sp.Piecewise(*cases, (self.parts[-1], True))

    def at_zero(self) -> sp.Expr:
        """Return the value at 0: the function's own, halfway between the sides of a derivative.

        A product takes the product of the values of its factors, so that E f^2 at variance 0 is
        f(0)^2 also where f jumps.

        Raises
        ------
        InvalidParameterError
            If the function is infinite or undefined at 0.
        """
        if self.factors:
            value = sp.Mul(*(factor.at_zero() for factor in self.factors))
        else:
            value = self._halfway() if self.own is None else self.own
        if not _is_value(value):
            raise InvalidParameterError(
                "the function has no finite value at 0, so the variance must be positive"
            )
        return value

    def _halfway(self) -> sp.Expr:
        """Return the mean of the one-sided values at 0."""
        index = sum(1 for place in self.breaks if is_less(place, sp.Integer(0)))
        right = self.parts[index]
        left, zero = right, sp.Integer(0)
        if index < len(self.breaks) and self.breaks[index] == 0:
            right = self.parts[index + 1]
        sides = _value(left, self.variable, zero, "-"), _value(right, self.variable, zero, "+")
        return sides[0] if sides[0] == sides[1] else sum(sides) / 2

    def jump(self, index: int) -> sp.Expr:
        """Return the jump at the break of this index."""
        place = self.breaks[index]
        left, right = self.parts[index], self.parts[index + 1]
        sides = (
            _value(right, self.variable, place, "+"),
            _value(left, self.variable, place, "-"),
        )
        if any(side.is_finite is False or side.has(sp.oo, sp.zoo, sp.nan) for side in sides):
            raise UndefinedOperationError(
                f"the function is infinite at {place}, so its derivative has a singularity there "
                "that is not integrable; use a function that is finite there"
            )
        return sp.simplify(sides[0] - sides[1])

    def diff(self) -> Pieces:
        """Return the derivative in the sense of distributions."""
        masses = {(place, order + 1): weight for place, order, weight in self.masses}
        for index, place in enumerate(self.breaks):
            jump = self.jump(index)
            if jump != 0:
                masses[place, 0] = jump
        parts = tuple(sp.diff(part, self.variable) for part in self.parts)
        listed = tuple((place, order, weight) for (place, order), weight in masses.items())
        return joined(Pieces(self.variable, self.breaks, parts, listed))

    def map(self, function: Callable[[sp.Expr], sp.Expr]) -> Pieces:
        """Return the pieces with every part replaced by ``function(part)``."""
        return Pieces(self.variable, self.breaks, tuple(map(function, self.parts)), self.masses)

    def substituted(self, table: dict[sp.Symbol, sp.Expr]) -> Pieces:
        """Return the pieces with parameters replaced."""
        if not table:
            return self
        return Pieces(
            self.variable,
            tuple(place.xreplace(table) for place in self.breaks),
            tuple(part.xreplace(table) for part in self.parts),
            tuple((p.xreplace(table), order, w.xreplace(table)) for p, order, w in self.masses),
            None if self.own is None else self.own.xreplace(table),
            tuple(factor.substituted(table) for factor in self.factors),
        )

    def times(self, other: Pieces) -> Pieces:
        """Return the product."""
        breaks = merged_breaks(self.breaks, other.breaks)
        first, second = _refined(self, breaks), _refined(other, breaks)
        parts = tuple(a * b for a, b in zip(first, second, strict=True))
        if self.masses and other.masses:
            raise UndefinedOperationError(
                "the product of two point masses (the derivative of a jump, squared) is not a "
                "distribution: the mean is infinite or undefined"
            )
        masses = [m for mass in self.masses for m in _weighted(mass, other)]
        masses += [m for mass in other.masses for m in _weighted(mass, self)]
        return joined(Pieces(self.variable, breaks, parts, tuple(masses), None, (self, other)))


def _value(part: sp.Expr, x: sp.Symbol, place: sp.Expr, side: str) -> sp.Expr:
    """Return the one-sided value of a smooth part at a break."""
    value = part.subs(x, place)
    if value.is_finite is False or value.has(sp.nan, sp.zoo) or _has_power_of_zero(value):
        try:
            value = sp.limit(part, x, place, side)
        except NotImplementedError as reason:
            raise UndefinedOperationError(
                f"whether {part} is finite at {place} depends on its parameters: give them values"
            ) from reason
    return value


def _has_power_of_zero(value: sp.Expr) -> bool:
    """Whether a power of 0 is left because the sign of its exponent is unknown."""
    return any(power.base.is_zero for power in value.atoms(sp.Pow))


def _weighted(
    mass: tuple[sp.Expr, int, sp.Expr], function: Pieces
) -> list[tuple[sp.Expr, int, sp.Expr]]:
    """Return g(x) delta^(m)(x - place) as point masses: sum (-1)^j C(m,j) g^(j) delta^(m-j)."""
    place, order, weight = mass
    result, derivative = [], function
    for j in range(order + 1):
        ends = (*derivative.breaks,)
        if place in ends:
            index = ends.index(place)
            if derivative.jump(index) != 0:
                raise UndefinedOperationError(
                    f"a point mass at {place} times a function that jumps there is undefined"
                )
        value = _value(_part_at(derivative, place), function.variable, place, "+")
        result.append((place, order - j, weight * (-1) ** j * sp.binomial(order, j) * value))
        derivative = derivative.map(lambda part: sp.diff(part, function.variable))
    return [entry for entry in result if sp.simplify(entry[2]) != 0]


def _part_at(function: Pieces, place: sp.Expr) -> sp.Expr:
    """Return the part that holds just right of a place."""
    chosen = function.parts[0]
    for end, part in zip(function.breaks, function.parts[1:], strict=True):
        if not is_less(place, end):
            chosen = part
    return chosen


def _refined(function: Pieces, breaks: tuple[sp.Expr, ...]) -> list[sp.Expr]:
    """Return the parts on a finer list of breaks."""
    parts, index = [function.parts[0]], 0
    for place in breaks:
        if index < len(function.breaks) and place == function.breaks[index]:
            index += 1
        parts.append(function.parts[index])
    return parts


def joined(pieces: Pieces) -> Pieces:
    """Remove breaks between equal parts and merge point masses at one place."""
    breaks, parts = [], [pieces.parts[0]]
    for place, part in zip(pieces.breaks, pieces.parts[1:], strict=True):
        if part != parts[-1]:
            breaks.append(place)
            parts.append(part)
    masses: dict[tuple[sp.Expr, int], sp.Expr] = {}
    for place, order, weight in pieces.masses:
        masses[place, order] = masses.get((place, order), sp.Integer(0)) + weight
    listed = tuple((p, o, w) for (p, o), w in masses.items() if w != 0)
    return Pieces(pieces.variable, tuple(breaks), tuple(parts), listed, pieces.own, pieces.factors)


def is_less(a: sp.Expr, b: sp.Expr) -> bool:
    """Decide a < b from numbers or assumptions, or raise :class:`OutsideClass`."""
    if a == b:
        return False
    if a == -sp.oo or b == sp.oo:
        return True
    if a == sp.oo or b == -sp.oo:
        return False
    difference = sp.expand(b - a)
    if difference.is_positive:
        return True
    if difference.is_nonpositive:
        return False
    raise OutsideClass(f"the order of the break points {a} and {b} is not known")


def merged_breaks(*lists: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
    """Return the sorted union of break points."""
    result: list[sp.Expr] = []
    for place in (place for places in lists for place in places):
        if place in result:
            continue
        position = sum(1 for other in result if is_less(other, place))
        result.insert(position, place)
    return tuple(result)


def split(expr: sp.Expr, x: sp.Symbol) -> Pieces:
    """Return ``expr`` cut where |.|, sign, max, min, Heaviside or a condition switches.

    Raises
    ------
    OutsideClass
        If switching places are not known (see :func:`real_zeros`), or the order of symbolic
        break points does not follow from their assumptions.
    """
    pending, done = [(-sp.oo, sp.oo, expr)], []
    while pending:
        left, right, part = pending.pop()
        node = _innermost_switch(part, x)
        if node is None:
            done.append((left, right, part))
            continue
        inside = [
            place
            for place in merged_breaks(*(real_zeros(g, x) for g in _switching(node, x)))
            if is_less(left, place) and is_less(place, right)
        ]
        ends = (left, *inside, right)
        for a, b in itertools.pairwise(ends):
            pending.append((a, b, part.xreplace({node: _branch(node, x, _between(a, b))})))
    order = merged_breaks(tuple(right for _, right, _ in done if right != sp.oo))
    by_end = {right: part for _, right, part in done}
    parts = tuple(by_end[end] for end in (*order, sp.oo))
    return joined(Pieces(x, order, parts, (), written_value(expr, x)))


def written_value(expr: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """Return the value at 0 that an expression has as it is written, or None for a limit."""
    value = expr.subs(x, 0)
    return value if _is_value(value) and not _has_power_of_zero(value) else None


def _is_value(value: sp.Expr) -> bool:
    return not value.has(sp.nan, sp.zoo, sp.oo) and value.is_finite is not False


def _innermost_switch(expr: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    for node in sp.postorder_traversal(expr):
        if isinstance(node, _SWITCHES) and node.has(x):
            return node
    return None


def _switching(node: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Return the functions whose zeros are the switching places of a node."""
    if isinstance(node, sp.Max | sp.Min):
        return [a - b for i, a in enumerate(node.args) for b in node.args[:i]]
    if isinstance(node, sp.Piecewise):
        relations = {r for _, condition in node.args for r in condition.atoms(Relational)}
        return [r.lhs - r.rhs for r in sorted(relations, key=str) if r.has(x)]
    return [node.args[0]]


def _between(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """Return a point inside an interval."""
    if left == -sp.oo:
        return sp.Integer(0) if right == sp.oo else right - 1
    return left + 1 if right == sp.oo else (left + right) / 2


def _branch(node: sp.Expr, x: sp.Symbol, sample: sp.Expr) -> sp.Expr:
    """Return the smooth branch of a switching node at a sample point."""
    if isinstance(node, sp.Max | sp.Min):
        best = node.args[0]
        for other in node.args[1:]:
            if _is_positive_at(other - best, x, sample) == isinstance(node, sp.Max):
                best = other
        return best
    if isinstance(node, sp.Piecewise):
        for value, condition in node.args:
            if _holds(condition, x, sample):
                return value
        raise OutsideClass(f"{node} is not defined everywhere")
    positive = _is_positive_at(node.args[0], x, sample)
    if isinstance(node, sp.Abs):
        return node.args[0] if positive else -node.args[0]
    if isinstance(node, sp.sign):
        return sp.Integer(1 if positive else -1)
    return sp.Integer(1 if positive else 0)


def _holds(condition: Boolean, x: sp.Symbol, sample: sp.Expr) -> bool:
    value = condition.subs(x, sample)
    if value not in (sp.true, sp.false):
        raise OutsideClass(f"whether {condition} holds at {sample} is not known")
    return value == sp.true


def _is_positive_at(function: sp.Expr, x: sp.Symbol, sample: sp.Expr) -> bool:
    value = sp.expand(function.subs(x, sample))
    if value.is_positive:
        return True
    if value.is_nonpositive:
        return False
    raise OutsideClass(f"the sign of {function} at {sample} is not known")
