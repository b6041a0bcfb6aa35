"""The support as formulas in the parameters.

The candidates' equations have parameters; those of degree 1 and 2 in x, or in x², are solved.
Which of their roots are the ends of the cuts can change only where two candidates meet or go to
infinity. One sample of parameters in each cell between these walls decides them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise, product

import sympy as sp

from freeprob.errors import BudgetExceededError, NoClosedFormError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import (
    coefficients_in,
    degree,
    univariate,
)
from freeprob.exact.operations.multiplicative import FreeProductPower
from freeprob.exact.systems.critical_equations import POINTS_BUDGET, CriticalSystem, critical_points
from freeprob.exact.systems.system import System, flatten, nodes
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic, real_roots
from freeprob.geometry.phases.cells import decomposition, meetings
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.samples import Instance, Values
from freeprob.geometry.signs.sides import RealNumber
from freeprob.geometry.spectrum.power_products import power_product
from freeprob.geometry.spectrum.support import Support, cuts, support

Cut = tuple[sp.Expr, sp.Expr]
Ends = tuple[tuple[int, int], ...]  # positions of formulas
_TRIES = (sp.Rational(1, 2), sp.Rational(9, 10), sp.Rational(1, 10), sp.Rational(99, 100))
_POSITIVE = 1e-12  # walls nearer to 0 are 0 itself: samples that they miss are those of a cell


def exact_cuts(
    system: System,
    instance: Instance,
    budget: int = POINTS_BUDGET,
    ends: Sequence[sp.Expr] = (),
) -> list[Cut]:
    """The cuts with exact ends: algebraic numbers, or formulas in parameters and constants.

    Raises
    ------
    NoClosedFormError
        If an end is known by its digits only, or the formulas change with the parameters.
    """
    if system.parameters:
        return symbolic_cuts(system, instance, budget, ends)
    try:
        return cuts(system, budget=budget)
    except NoClosedFormError as error:
        # irrational constants keep the candidates from being algebraic numbers over ℚ
        if not flatten(system).is_algebraic and power_product(system) is None:
            raise
        try:
            return symbolic_cuts(system, lambda values: system, budget, ends)
        except BudgetExceededError:
            raise error from None


def symbolic_cuts(
    system: System, instance: Instance, budget: int, ends: Sequence[sp.Expr]
) -> list[Cut]:
    """The cuts of a law with parameters, the same formulas for all their values.

    ``ends`` vanish where the law may cease to exist: samples lie on the right side of them.

    Raises
    ------
    NoClosedFormError
        If an end has no formula, or the formulas change with the parameters.
    """
    powers = power_product(system)
    if powers is not None:
        formulas, ring, walls = powers.ends(), powers.ring, powers.walls(Meter(budget))
        instance = _from_one(system, instance)
    elif not flatten(system).is_algebraic:
        raise _undecided(system.parameters, "its equations are not polynomial")
    else:
        equations = critical_points(flatten(system))
        images = equations.candidates(budget)
        formulas = [root for image in images for root in _roots(equations, image)]
        ring, walls = equations.ring, walls_between(equations, images, Meter(budget))
    if not formulas:
        raise _undecided(
            system.parameters, "its ends are roots of equations of degree 3 or more in x"
        )
    parameters = sorted(system.parameters, key=sp.default_sort_key)

    def look(values: Values, sample: System) -> Ends:
        return tuple(_matched(support(sample), formulas, values))

    known = [end for end in ends if end.is_polynomial(*parameters)]
    walls = [*walls, *(ring.polynomial(end) for end in known)]
    answers = _answers(parameters, walls, ring, instance, look, Meter(budget))
    if not answers:
        raise _undecided(system.parameters, "no admissible values of the parameters were found")
    if any(answer != answers[0] for answer in answers):
        raise _undecided(system.parameters, "the formulas change with the parameters")
    return [(formulas[low], formulas[high]) for low, high in answers[0]]


def _undecided(parameters: Collection[sp.Basic], reason: str) -> NoClosedFormError:
    if not parameters:
        return NoClosedFormError(
            f"the support has no exact formula: {reason}; ask for digits with support(dps=15)"
        )
    return NoClosedFormError(
        f"the support has no single formula in the parameters: {reason}; give values with "
        "law.subs({...})"
    )


def _roots(equations: CriticalSystem, image: Polynomial) -> list[sp.Expr]:
    """Roots in x of an equation of degree 1 or 2 in x or x²; none of others."""
    position = equations.ring.index(equations.x)
    coefficients = [equations.ring.expression(c) for c in coefficients_in(image, position)]
    if len(coefficients) == 2:
        return [sp.factor(-coefficients[0] / coefficients[1])]
    even = len(coefficients) == 5 and not any(coefficients[1::2])
    if len(coefficients) == 3 or even:
        c, b, a = coefficients[:: 2 if even else 1]
        values = _conjugates(sp.factor(-b / (2 * a)), sp.factor(b**2 / (4 * a**2) - c / a))
        if even:
            values = [sign * sp.sqrt(value) for value in values for sign in (-1, 1)]
        return values
    return []


def _conjugates(centre: sp.Expr, square: sp.Expr) -> list[sp.Expr]:
    """The numbers centre ∓ √square, as (√p ∓ √q)² where this has the smaller radicals."""
    inner = sp.sqrt(sp.factor(centre**2 - square)).replace(sp.Abs, lambda argument: argument)
    if inner.is_rational_function(*inner.free_symbols):
        p, q = (sp.factor((centre + sign * inner) / 2) for sign in (1, -1))
        if p.is_positive and q.is_positive:
            return [sp.factor(sp.sqrt(p) + sign * sp.sqrt(q)) ** 2 for sign in (-1, 1)]
    return [sp.factor(centre + sign * sp.sqrt(square)) for sign in (-1, 1)]


def walls_between(
    equations: CriticalSystem, images: Sequence[Polynomial], meter: Meter
) -> list[Polynomial]:
    """Irreducible polynomials in the parameters where candidates meet or go to infinity."""
    events = meetings(images, equations.ring.index(equations.x), meter)
    return [
        factor for event in events if not event.is_zero() for factor in factorization(event).factors
    ]


def _from_one(system: System, instance: Instance) -> Instance:
    """Instances whose free powers have exponents from 1 on, which is what a symbol stands for."""
    exponents = [
        node.operation.exponent
        for node in nodes(system)
        if isinstance(node.operation, FreeProductPower)
    ]

    def admissible(values: Values) -> System | None:
        if any((exponent.xreplace(values) < 1) == sp.true for exponent in exponents):
            return None
        return instance(values)

    return admissible


def _answers(
    parameters: Sequence[sp.Symbol],
    walls: Sequence[Polynomial],
    ring: Ring,
    instance: Instance,
    look: Callable[[Values, System], Ends],
    meter: Meter,
) -> list[Ends]:
    """What is seen at one admissible sample in each cell between the walls."""
    inside = [[s for s in parameters if degree(wall, ring.index(s)) > 0] for wall in walls]
    telling = [
        (wall, names)
        for wall, names in zip(walls, inside, strict=True)
        if names and not (len(names) > 1 and _never_zero(wall, names))
    ]
    if all(len(names) == 1 for _, names in telling):
        marks: dict[sp.Symbol, list[RealAlgebraic]] = {symbol: [] for symbol in parameters}
        for wall, (symbol,) in telling:
            dense = univariate(wall, ring.index(symbol))
            if dense is None:
                raise _undecided(
                    parameters, "irrational constants enter the walls between its cells"
                )
            marks[symbol] += real_roots(dense)
        return [look(*pair) for pair in _boxes(parameters, marks, instance)]
    mixed = {symbol for _, names in telling for symbol in names}
    if len(mixed) > 2:
        shown = next(wall for wall, names in telling if len(names) > 1)
        wall_equation = f"{sp.factor(ring.expression(shown))} = 0"
        raise _undecided(parameters, f"{wall_equation} may separate different formulas")
    others = [symbol for symbol in parameters if symbol not in mixed]

    def found(values: Values) -> Ends | None:
        for _, sample in _boxes(others, {}, lambda rest: instance({**values, **rest})):
            return look(values, sample)
        return None

    names = [symbol for symbol in parameters if symbol in mixed]
    cells = decomposition([wall for wall, _ in telling], ring, names, found, meter).cells
    return [cell.found for cell in cells]


def _boxes(
    parameters: Sequence[sp.Symbol],
    marks: Mapping[sp.Symbol, Sequence[RealAlgebraic]],
    instance: Instance,
) -> Iterator[tuple[Values, System]]:
    """One admissible sample in each box between marks on the axes."""
    ranges = [list(_intervals(symbol, marks.get(symbol, []))) for symbol in parameters]
    for choice in product(*ranges):
        for tried in product(_TRIES, repeat=len(parameters)):
            values = {
                symbol: _within(symbol, low, high, fraction)
                for symbol, (low, high), fraction in zip(parameters, choice, tried, strict=True)
            }
            sample = instance(values)
            if sample is not None:
                yield values, sample
                break


def _within(
    symbol: sp.Symbol, low: sp.Rational, high: sp.Rational, fraction: sp.Rational
) -> sp.Rational:
    """A simple value inside an interval; an integer where the symbol is one."""
    value, near = low + (high - low) * fraction, (high - low) / 128
    return sp.ceiling(value) if symbol.is_integer else _simplest(value - near, value + near)


def _simplest(low: sp.Rational, high: sp.Rational) -> sp.Rational:
    """The rational with the least denominator between two numbers."""
    whole = sp.ceiling(low)
    if whole <= high:
        return whole
    floor = whole - 1
    return floor + 1 / _simplest(1 / (high - floor), 1 / (low - floor))


def _never_zero(wall: Polynomial, inside: Sequence[sp.Symbol]) -> bool:
    """Whether a polynomial in positive parameters has coefficients of one sign."""
    signs = {coefficient > 0 for _, coefficient in wall.terms()}
    return len(signs) == 1 and all(symbol.is_positive for symbol in inside)


def _intervals(
    symbol: sp.Symbol, marks: Sequence[RealAlgebraic]
) -> Iterator[tuple[sp.Rational, sp.Rational]]:
    """Rational intervals inside the cells of one parameter."""
    values = sorted({float(mark.ball(64).mid()) for mark in marks})
    if symbol.is_nonnegative:
        values = [0.0, *(value for value in values if value > _POSITIVE)]
        values.append(3 * values[-1] + 3)
    else:
        reach = 3 * max((abs(value) for value in values), default=0.0) + 3
        values = [-reach, *values, reach]
    for low, high in pairwise(values):
        width = (high - low) / 64
        yield tuple(sp.nsimplify(end, rational=True) for end in (low + width, high - width))


def _matched(found: Support, formulas: Sequence[sp.Expr], values: Values) -> list[tuple[int, int]]:
    """Positions of the formulas that give the ends of the cuts at sample values."""
    numbers = [formula.xreplace(values) for formula in formulas]
    # constants that are known by their digits may not say that they are real
    balls = [constant_ball(n)(128) if n.evalf(15).is_real else None for n in numbers]

    def position(end: RealNumber | None) -> int:
        if end is None:
            raise _undecided(values, "the support is unbounded")
        ball = end.ball(100)
        near = [i for i, other in enumerate(balls) if other is not None and other.overlaps(ball)]
        if len(near) != 1:
            raise _undecided(values, "an end of a cut is a root of an equation of higher degree")
        return near[0]

    return [(position(low), position(high)) for low, high in found.cuts]
