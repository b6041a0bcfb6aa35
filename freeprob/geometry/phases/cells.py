"""Cells of one or two parameters between walls, each with a sample, and which of them adjoin.

A cylindrical decomposition: walls in two parameters are projected to the first one by leading
coefficients, discriminants and resultants; over each interval between the projected numbers the
walls are curves in a fixed order. Source: Collins 1975.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple, final

import sympy as sp
from flint import fmpq, fmpz_poly

from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import Polynomial, Ring, to_rational
from freeprob.exact.algebra.polynomials import (
    coefficients_in,
    degree,
    depends_on,
    leading_coefficient_in,
    metered_resultant,
    univariate,
)
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic, in_order, real_roots
from freeprob.geometry.signs.samples import Values, suits
from freeprob.geometry.signs.sides import probes

Look = Callable[[Values], Any]  # what tells cells apart, hashable; None where nothing is known

_CLOSER = (8, 16, 32)  # binary orders, of the distance to the next line: how near lines are joined
_BITS = 64


@final
@dataclass(frozen=True)
class Cell:
    """An open set of parameters without walls: admissible sample values and what is found there."""

    values: Values
    found: Any


class Border(NamedTuple):
    """Two cells by number, and the walls between them by number; none where they are one set."""

    one: int
    other: int
    walls: frozenset[int]


@final
@dataclass(frozen=True)
class Decomposition:
    """All cells with admissible values, and the borders between them."""

    cells: tuple[Cell, ...]
    borders: tuple[Border, ...]


class Line(NamedTuple):
    """Real numbers where walls cut a line, which walls those are, and test points between them."""

    roots: list[RealAlgebraic]
    walls: list[frozenset[int]]
    rooms: list[list[fmpq]]


def decomposition(
    walls: Sequence[Polynomial],
    ring: Ring,
    parameters: Sequence[sp.Symbol],
    look: Look,
    meter: Meter,
) -> Decomposition:
    """Cells between walls in one or two parameters; ``look`` tells what is found at values.

    Raises
    ------
    InvalidParameterError
        For another number of parameters.
    NoClosedFormError
        If irrational constants enter the walls.
    BudgetExceededError
        If projecting the walls takes more than the meter holds.
    """
    places = [ring.index(symbol) for symbol in parameters]
    if len(places) == 1:
        rooms, borders = _column(walls, places[0], parameters, {}, look)
        (numbers,) = _numbers([rooms])
        cells = tuple(cell for cell in rooms if cell is not None)
        return Decomposition(cells, tuple(_renumbered(borders, numbers)))
    if len(places) == 2:
        return _plane(walls, places, parameters, look, meter)
    raise InvalidParameterError(
        f"cells are made for one or two parameters, not {len(places)}: give values to the others "
        "with law.subs({...})"
    )


def _plane(
    walls: Sequence[Polynomial],
    places: Sequence[int],
    parameters: Sequence[sp.Symbol],
    look: Look,
    meter: Meter,
) -> Decomposition:
    """The same for two parameters: columns over the intervals of the first."""
    first, second = places
    upright = [i for i, wall in enumerate(walls) if not depends_on(wall, [second])]
    base = _line(_projected(walls, first, second, meter), first)
    columns = []
    for points in base.rooms:
        found: tuple[list[Cell | None], list[Border]] = ([], [])
        for p in points:
            values = {parameters[0]: to_rational(p)}
            if not suits(parameters[0], values[parameters[0]]):
                continue
            cut = [at(wall, first, p) for wall in walls]
            found = _column(cut, second, parameters[1:], values, look)
            if any(found[0]):
                break
        columns.append(found)
    numbers = _numbers([rooms for rooms, _ in columns])
    borders = [
        border
        for (_, own), numbered in zip(columns, numbers, strict=True)
        for border in _renumbered(own, numbered)
    ]
    for i, root in enumerate(base.roots):
        between = frozenset(j for j in upright if _vanishes(walls[j], first, root))
        pairs = set(_joined([w for j, w in enumerate(walls) if j not in upright], places, base, i))
        for low, high in sorted(pairs):
            one, other = numbers[i].get(low), numbers[i + 1].get(high)
            if one is not None and other is not None:
                borders.append(Border(one, other, between))
    cells = [cell for rooms, _ in columns for cell in rooms if cell is not None]
    return Decomposition(tuple(cells), tuple(borders))


def _column(
    walls: Sequence[Polynomial],
    place: int,
    parameters: Sequence[sp.Symbol],
    values: Values,
    look: Look,
) -> tuple[list[Cell | None], list[Border]]:
    """Cells on a line in their order, None without admissible values, and neighbours by room."""
    line = _line(walls, place)
    rooms = [_cell(points, parameters[0], values, look) for points in line.rooms]
    return rooms, [Border(i, i + 1, between) for i, between in enumerate(line.walls)]


def _cell(points: Sequence[fmpq], symbol: sp.Symbol, values: Values, look: Look) -> Cell | None:
    """A room at the first of its test points that is admissible."""
    for point in points:
        sample = {**values, symbol: to_rational(point)}
        found = look(sample) if suits(symbol, sample[symbol]) else None
        if found is not None:
            return Cell(sample, found)
    return None


def _numbers(columns: Sequence[Sequence[Cell | None]]) -> list[dict[int, int]]:
    """The number of each room's cell among all cells."""
    count, numbers = 0, []
    for rooms in columns:
        own = {}
        for i, cell in enumerate(rooms):
            if cell is not None:
                own[i], count = count, count + 1
        numbers.append(own)
    return numbers


def _renumbered(borders: Sequence[Border], numbers: dict[int, int]) -> Iterator[Border]:
    """Borders between rooms as borders between cells."""
    for one, other, walls in borders:
        if one in numbers and other in numbers:
            yield Border(numbers[one], numbers[other], walls)


def _line(walls: Sequence[Polynomial], place: int) -> Line:
    """Where walls in one variable vanish; walls that do not depend on it have no part."""
    found: dict[RealAlgebraic, set[int]] = {}
    for i, wall in enumerate(walls):
        if degree(wall, place) > 0:
            for root in real_roots(dense_in(wall, place)):
                found.setdefault(root, set()).add(i)
    roots = in_order(found)
    rooms = [
        # probes of narrow rooms are rounded
        [point for point in points if _room(roots, point) == i]
        for i, points in enumerate(probes(roots))
    ]
    return Line(roots, [frozenset(found[root]) for root in roots], rooms)


def _room(roots: Sequence[RealAlgebraic], point: fmpq) -> int | None:
    """How many numbers lie left of a rational one; None if it is one of them."""
    number = RealAlgebraic((int(-point.p), int(point.q)), 0)
    order = in_order([*roots, number])
    return order.index(number) if len(order) > len(roots) else None


def _projected(
    walls: Sequence[Polynomial], first: int, second: int, meter: Meter
) -> list[Polynomial]:
    """Polynomials in the first parameter between whose roots the walls do not meet."""
    inner = [wall for wall in walls if degree(wall, second) > 0]
    events = [wall for wall in walls if degree(wall, second) == 0]
    events += meetings(inner, second, meter)
    return [event for event in events if degree(event, first) > 0]


def meetings(polynomials: Sequence[Polynomial], position: int, meter: Meter) -> list[Polynomial]:
    """Where roots in one variable go to infinity or meet, of one polynomial or of two."""
    events = [leading_coefficient_in(each, position) for each in polynomials]
    events += [
        metered_resultant(each, each.derivative(position), position, meter)
        for each in polynomials
        if degree(each, position) > 1
    ]
    events += [
        metered_resultant(one, other, position, meter)
        for one, other in combinations(polynomials, 2)
    ]
    return events


def _joined(
    walls: Sequence[Polynomial], places: Sequence[int], base: Line, i: int
) -> Iterator[tuple[int, int]]:
    """Rooms left and right of the i-th projected number that a level segment joins."""
    first, second = places
    here = base.roots[i].ball(_BITS).mid().fmpq()
    others = [root.ball(_BITS).mid().fmpq() for root in base.roots]
    spacing = min([abs(here - other) for other in others if other != here] + [fmpq(1)])
    for orders in _CLOSER:
        ends = [here + sign * spacing / 2**orders for sign in (-1, 1)]
        left, right = (_line([at(wall, first, p) for wall in walls], second) for p in ends)
        for y in (y for line in (left, right) for points in line.rooms for y in points):
            level = [at(wall, second, y) for wall in walls]
            if not any(_meets(wall, first, ends) for wall in level):
                one, other = _room(left.roots, y), _room(right.roots, y)
                if one is not None and other is not None:
                    yield one, other


def _meets(wall: Polynomial, place: int, ends: Sequence[fmpq]) -> bool:
    """Whether a wall in one variable has a root between two numbers, as far as balls tell."""
    if degree(wall, place) == 0:
        return False
    balls = [root.ball(_BITS) for root in real_roots(dense_in(wall, place))]
    return not all(ball < ends[0] or ball > ends[1] for ball in balls)


def _vanishes(wall: Polynomial, place: int, root: RealAlgebraic) -> bool:
    """Whether a polynomial in one variable vanishes at a number."""
    return root in real_roots(dense_in(wall, place))


def at(polynomial: Polynomial, place: int, value: fmpq) -> Polynomial:
    """The polynomial at a rational value of one variable, denominators cleared."""
    coefficients = coefficients_in(polynomial, place)
    total = polynomial * 0
    for power, coefficient in enumerate(coefficients):
        rest = len(coefficients) - 1 - power
        total += coefficient * (value.p**power * value.q**rest)
    return total


def dense_in(polynomial: Polynomial, place: int) -> fmpz_poly:
    """A polynomial in one variable.

    Raises
    ------
    NoClosedFormError
        If others, as irrational constants, occur.
    """
    dense = univariate(polynomial, place)
    if dense is None:
        raise NoClosedFormError(
            "irrational constants or other symbols enter the conditions on the parameters: give "
            "rational values with law.subs({...})"
        )
    return dense
