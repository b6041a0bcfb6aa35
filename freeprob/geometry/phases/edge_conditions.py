"""Edges in the parameters: polynomials that vanish where there is an edge at a place.

The values of z at the critical points of the structured curve satisfy irreducible equations in x
and the parameters. At sample values of the parameters the support is decided with proof, and only
the equations that hold one of its boundaries there are physical.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import BudgetExceededError, NoClosedFormError
from freeprob.exact.algebra.door import Polynomial, Ring, to_fmpq, to_rational
from freeprob.exact.algebra.polynomials import (
    coefficients_in,
    degree,
    irreducible_factors,
    leading_coefficient_in,
    normal_sign,
    resultant,
)
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.systems.critical_equations import (
    POINTS_BUDGET,
    CriticalSystem,
    critical_points,
)
from freeprob.exact.systems.leaves import from_polynomial
from freeprob.exact.systems.system import Curve, System, flatten, solved
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic, in_order, real_roots
from freeprob.geometry.candidates.components import linear_in_one
from freeprob.geometry.phases.cells import at, dense_in
from freeprob.geometry.signs.samples import Instance, Values, samples, suits
from freeprob.geometry.signs.sides import probes
from freeprob.geometry.spectrum.support import support

_SAMPLES = 12
_PROBES = 2  # in each interval: the first may lie outside the range of the parameter
_BITS = 256
_NEAR = 10, 20  # binary orders of the steps from a zero at which the nearest edge is looked at
# while the step shrinks by 2^10 the distance of an edge that tends to x shrinks as its power, 1/3
# where three critical points meet; that of another edge stays
_CLOSER = arb(2) ** -2


@lru_cache(maxsize=256)
def edge_equations(
    system: System, budget: int = POINTS_BUDGET
) -> tuple[CriticalSystem, tuple[Polynomial, ...]]:
    """Irreducible equations in x and the parameters of all candidates for edges.

    Raises
    ------
    BudgetExceededError
        If elimination is past the budget.
    NotAlgebraicError
        If the law satisfies no polynomial equation.
    """
    equations = critical_points(flatten(system))
    try:
        return equations, equations.candidates(budget)
    except BudgetExceededError:
        # several relations: the eliminated equation has one
        equations = critical_points(eliminated(system, budget))
        return equations, equations.candidates(budget)


def eliminated(system: System, budget: int = POINTS_BUDGET) -> Curve:
    """P(G, z) = 0 with its parameters as a curve; with z solved for where P is linear in z."""
    found = polynomial(system, budget)
    curve = flatten(from_polynomial(found.expression))
    relations = tuple(linear_in_one(relation, curve.unknowns) for relation in curve.relations)
    return solved(replace(curve, relations=relations))


def edge_factors(
    system: System,
    instance: Instance,
    x: sp.Expr,
    budget: int = POINTS_BUDGET,
    wanted: sp.Symbol | None = None,
) -> tuple[Ring, list[Polynomial]]:
    """The irreducible polynomials whose zeros hold an edge at x, and the ring of their variables.

    ``x`` is a symbol that is no parameter, or a rational expression in the parameters. A factor is
    left out if it holds no edge at any of the sample values, at which the wanted parameter tends to
    a zero if there is one.

    Raises
    ------
    NoClosedFormError
        If there is an edge at x for a whole range of parameters.
    """
    equations, images = edge_equations(system, budget)
    parameters = sorted(system.parameters, key=sp.default_sort_key)
    if not x.free_symbols <= set(parameters):
        ring, found = _with_place(equations, images, x)
        seen = _holding(system, parameters, instance, equations, images)
        return ring, [factor for i, factor in enumerate(found) if i in seen]
    ring = equations.ring
    factors: list[Polynomial] = []
    for image in images:
        value = _at_place(equations, image, x)
        if value.is_zero():
            _require_no_edge_at(parameters, instance, x)
            continue
        for factor in map(normal_sign, irreducible_factors(value)):
            if factor not in factors:
                factors.append(factor)
    kept = [f for f in factors if _holds(f, factors, ring, parameters, instance, x, wanted)]
    return ring, kept


def _with_place(
    equations: CriticalSystem, images: Sequence[Polynomial], x: sp.Expr
) -> tuple[Ring, list[Polynomial]]:
    """The equations with the caller's symbol for the place."""
    names = tuple(x if g == equations.x else g for g in equations.ring.generators)
    return Ring(names), [normal_sign(image) for image in images]


def _at_place(equations: CriticalSystem, image: Polynomial, x: sp.Expr) -> Polynomial:
    """The numerator of an equation at an expression in the parameters."""
    value, position = equations.ring.fraction(x), equations.ring.index(equations.x)
    coefficients = coefficients_in(image, position)
    total = equations.ring.constant(0)
    for power, coefficient in enumerate(coefficients):
        rest = len(coefficients) - 1 - power
        total += coefficient * value.numerator**power * value.denominator**rest
    return total


def _holding(
    system: System,
    parameters: Sequence[sp.Symbol],
    instance: Instance,
    equations: CriticalSystem,
    images: Sequence[Polynomial],
) -> set[int]:
    """Numbers of the equations that hold a boundary of the support at some sample."""
    seen: set[int] = set()
    trials = samples(parameters, instance, _SAMPLES) if parameters else [({}, system)]
    for values, sample in trials:
        seen |= held(sample, values, equations, images)
        if len(seen) == len(images):
            break
    return seen


def held(
    sample: System, values: Values, equations: CriticalSystem, images: Sequence[Polynomial]
) -> set[int]:
    """Numbers of the equations that hold a boundary of the support at these values."""
    position = equations.ring.index(equations.x)
    found = set()
    for i, image in enumerate(images):
        for symbol, value in values.items():
            if symbol in equations.ring.generators:
                image = at(image, equations.ring.index(symbol), to_fmpq(value))
        roots = [root.ball(_BITS) for root in real_roots(dense_in(image, position))]
        places = (boundary.location.ball(_BITS) for boundary in support(sample).boundaries)
        if any(root.overlaps(place) for place in places for root in roots):
            found.add(i)
    return found


def _require_no_edge_at(parameters: Sequence[sp.Symbol], instance: Instance, x: sp.Expr) -> None:
    """Refuse a place that is an edge for open sets of parameters."""
    for values, sample in samples(parameters, instance, _SAMPLES):
        place = to_fmpq(x.xreplace(values))
        if any(b.location.ball(_BITS).contains(place) for b in support(sample).boundaries):
            raise NoClosedFormError(
                f"there is an edge at {x} for a whole range of parameters, as at {values}: no "
                "polynomial in them tells where"
            )


def _holds(
    factor: Polynomial,
    factors: Sequence[Polynomial],
    ring: Ring,
    parameters: Sequence[sp.Symbol],
    instance: Instance,
    x: sp.Expr,
    wanted: sp.Symbol | None,
) -> bool:
    """Whether an edge tends to x where parameters tend to a zero of the factor, at some sample."""
    return any(
        tends(instance, x, moving, others, root)
        for moving, others, root in zeros(factor, factors, ring, parameters, instance, wanted)
    )


def zeros(
    factor: Polynomial,
    factors: Sequence[Polynomial],
    ring: Ring,
    parameters: Sequence[sp.Symbol],
    instance: Instance,
    wanted: sp.Symbol | None = None,
) -> Iterator[tuple[sp.Symbol, Values, RealAlgebraic]]:
    """Zeros of a factor: a parameter, rational values of the others, and the number it takes.

    The parameter is the wanted one, or the one of least degree. Where the zeros cross those of the
    other factors they may cease to hold an edge, so that each part between is listed.
    """
    inside = [symbol for symbol in parameters if degree(factor, ring.index(symbol)) > 0]
    if not inside:
        return
    moving, *rest = sorted(
        inside, key=lambda symbol: (symbol != wanted, degree(factor, ring.index(symbol)))
    )
    # one other parameter goes through all its intervals, the rest through samples
    second = next(iter([*rest, *(symbol for symbol in parameters if symbol != moving)]), None)
    free = [symbol for symbol in parameters if symbol not in (moving, second)]
    trials = [v for v, _ in samples(parameters, instance, _SAMPLES)] if free else [{}]
    for values in trials:
        others = {symbol: values[symbol] for symbol in free}
        inner, *between = (
            section(f, ring, others) for f in (factor, *(f for f in factors if f != factor))
        )
        for value in _steps(inner, between, ring, moving, second):
            line = section(inner, ring, value)
            if degree(line, ring.index(moving)) > 0:
                for root in real_roots(dense_in(line, ring.index(moving))):
                    yield moving, {**others, **value}, root


def section(factor: Polynomial, ring: Ring, values: Values) -> Polynomial:
    """A polynomial at values of some variables."""
    for symbol, value in values.items():
        factor = at(factor, ring.index(symbol), to_fmpq(value))
    return factor


def _steps(
    factor: Polynomial,
    others: Sequence[Polynomial],
    ring: Ring,
    moving: sp.Symbol,
    second: sp.Symbol | None,
) -> Iterator[Values]:
    """Values of a second parameter, in each interval where zeros in the first keep their order."""
    if second is None:
        yield {}
        return
    first, place = ring.index(moving), ring.index(second)
    # where zeros meet, go to infinity, or reach 0 and 1, the ends of the range of many parameters
    events = [leading_coefficient_in(factor, first), coefficients_in(factor, first)[0]]
    if degree(factor, first) > 1:
        events.append(resultant(factor, factor.derivative(first), first))
    events += [
        resultant(factor, other, first) if degree(other, first) > 0 else other for other in others
    ]
    events += [ring.generator(second), ring.generator(second) - 1]
    moving_events = [event for event in events if degree(event, place) > 0]
    roots = {root for event in moving_events for root in real_roots(dense_in(event, place))}
    for room in probes(in_order(roots)):
        for point in room[:_PROBES]:
            value = to_rational(point)
            if suits(second, value):
                yield {second: value}


def tends(
    instance: Instance, x: sp.Expr, moving: sp.Symbol, others: Values, root: RealAlgebraic
) -> bool:
    """Whether an edge tends to x as one parameter tends to a number, from either side."""
    if moving.is_positive and not root.ball(_BITS) > 0:
        return False
    return any(_tends_from(instance, x, moving, others, root, sign) for sign in (1, -1))


def _tends_from(
    instance: Instance,
    x: sp.Expr,
    moving: sp.Symbol,
    others: Values,
    root: RealAlgebraic,
    sign: int,
) -> bool:
    distances = []
    for orders in _NEAR:
        here = root.ball(orders + 64).mid().fmpq() + fmpq(sign) / 2**orders
        values = {**others, moving: to_rational(_short(here, orders + 16))}
        sample = instance(values) if suits(moving, values[moving]) else None
        if sample is None or sample.parameters:
            return False
        place = to_fmpq(x.xreplace(values))
        with ctx.workprec(_BITS):
            gaps = [abs(b.location.ball(_BITS) - place) for b in support(sample).boundaries]
        if not gaps:
            return False
        distances.append(min(gaps, key=lambda gap: gap.mid()))
    far, near = distances
    return bool(near < far * _CLOSER)


def _short(value: fmpq, bits: int) -> fmpq:
    """A dyadic number near a rational one."""
    return fmpq((value.p * 2**bits) // value.q, 2**bits)
