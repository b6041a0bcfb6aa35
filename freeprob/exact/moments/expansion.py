"""The expansion of a system at infinity: leaves by series, nodes by their own rule.

A leaf's unknowns are Laurent series in t = 1/z. Few terms of one unknown come by reversion, all
else by Newton's iteration, which starts from leading terms and doubles the known ones. Nodes use
:meth:`Operation.moments`, a rule on moment series.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sympy as sp

from freeprob.errors import NotAlgebraicError, UndefinedOperationError
from freeprob.exact.algebra.door import to_rational
from freeprob.exact.algebra.field_choice import field_of
from freeprob.exact.algebra.fields import Field, FunctionField
from freeprob.exact.algebra.number_field import NumberField
from freeprob.exact.algebra.series import Series, lagrange
from freeprob.exact.moments.evaluation import Dual, Number, evaluate
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.poles import poles_of
from freeprob.exact.systems.system import Leaf, System

_GUARD = 3
# Reversion costs one evaluation but about n² products of coefficients; from here on Newton's few
# products of long series win.
_LONG = 64
_SINGULAR = (
    "the curve is singular at infinity: its expansion there is not determined by the leading term; "
    "describe the law by another equation"
)


@lru_cache(maxsize=512)
def moment_series(system: System, n: int, field: Field) -> Series:
    """M(t) = zG(z) = 1 + m₁ t + … + mₙ tⁿ + O(tⁿ⁺¹) at z = 1/t, Im z > 0.

    The expansion is formal: where its coefficients are not real, as for Cauchy laws, they are no
    moments, but still give the law's leading behaviour.

    Parameters
    ----------
    system
        The law.
    n
        Number of coefficients.
    field
        A field that contains the system's constants, such as :func:`moment_field`.

    Raises
    ------
    UndefinedOperationError
        If G has no such expansion.
    """
    if isinstance(system, Leaf):
        series = leaf_moments(system, n, field)
    else:
        series = system.operation.moments(system.parts, n, field)
    if series.end <= n:
        raise AssertionError(f"{n} moments were asked for, {series.end - 1} came back")
    return series.truncated(n + 1)


def leading_coefficients(system: System, n: int = 2) -> list[sp.Expr]:
    """The first coefficients of :func:`moment_series`, which need not be real."""
    field = moment_field(system, n)
    series = moment_series(system, n, field)
    return [field.write(series.coefficient(k)) for k in range(1, n + 1)]


@lru_cache(maxsize=512)
def moment_field(system: System, n: int) -> Field:
    """The field of the first n moments: ℚ(parameters, irrational constants)."""
    expressions, unknowns = _collect(system, n)
    return field_of(expressions, unknowns)


def moment_generators(system: System, n: int) -> tuple[sp.Expr, ...]:
    """Parameters and irrational constants in which the first n moments are rational."""
    field = moment_field(system, n)
    if isinstance(field, NumberField):
        return tuple(constant for constant, _ in field.images)
    return field.ring.generators if isinstance(field, FunctionField) else ()


def _collect(system: System, n: int) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """All expressions of the tree that moments are made of, and all symbols bound in it."""
    if isinstance(system, Leaf) and poles_of(system) is not None:
        return [], list(system.unknowns)
    if isinstance(system, Leaf) and system.moments is not None:
        return [system.moments.moment(k) for k in range(1, n + 1)], list(system.unknowns)
    if isinstance(system, Leaf):
        sides = [side for relation in system.relations for side in relation]
        expressions, bound = [system.z, system.G, *sides], list(system.unknowns)
        if isinstance(system.at_infinity, LeadingTerms):
            expressions += system.at_infinity.terms
            bound.append(system.at_infinity.argument)
        return expressions, bound
    expressions, unknowns = list(system.operation.coefficients), []
    for part in system.parts:
        inner, bound = _collect(part, system.operation.order(n))
        expressions += inner
        unknowns += bound
    expressions += system.operation.constants(system.parts)
    return expressions, unknowns


def leaf_moments(leaf: Leaf, n: int, field: Field) -> Series:
    """M = zG at the leaf's point over z = 1/t."""
    poles = poles_of(leaf)
    if poles is not None:
        found = [field.read(to_rational(poles.moment(k))) for k in range(n + 1)]
        return Series.of(field, found, 0)
    if leaf.moments is not None:
        known = [sp.S.One, *(leaf.moments.moment(k) for k in range(1, n + 1))]
        return Series.of(field, [field.read(moment) for moment in known])
    terms = n + 1

    def constant(expression: sp.Expr) -> Series:
        return Series.constant(field, field.read(expression), terms + _GUARD)

    while True:
        try:
            values = unknowns_at_infinity(leaf, field, terms)
            top, bottom = evaluate(sp.fraction(leaf.G), values, constant)
            series = (top / bottom).shifted(-1).normalised()
        except NotAlgebraicError as error:
            raise UndefinedOperationError(
                f"no expansion of this Cauchy transform in 1/z is known: {error}"
            ) from error
        if series.end > n:
            break
        terms += n + 1 - series.end
    if series.valuation or not field.is_zero(series.coefficient(0) - field.integer(1)):
        raise UndefinedOperationError(
            "the Cauchy transform is no series 1/z + m₁/z² + … at infinity: the law has no moments"
        )
    return series


def unknowns_at_infinity(leaf: Leaf, field: Field, terms: int) -> dict[sp.Expr, Series]:
    """The unknowns as Laurent series in t = 1/z, each with the given number of terms."""
    z = sp.Dummy("z", positive=True)
    starts = [_leading_terms(value, z, field, leaf.known) for value in leaf.at_infinity(z)]
    if len(starts) == 1 and abs(starts[0].valuation) == 1 and terms < _LONG:
        return {leaf.unknowns[0]: _reverted(leaf, field, starts[0], terms)}
    known = leaf.known
    while known < terms:
        # halved from the end, so that the last and dearest step is no longer than needed
        goal = terms
        while goal > 2 * known:
            goal = (goal + 1) // 2
        size = goal + _GUARD
        guesses = [start.extended(start.valuation + size) for start in starts]
        defects = _residuals(leaf, field, guesses, size)
        slopes = [dual.slopes for dual in _residuals(leaf, field, _duals(starts, known), known)]
        steps = _solve(slopes, defects)
        found = [_corrected(guess, step, known) for guess, step in zip(guesses, steps, strict=True)]
        # where the curve is singular at infinity a step gains less than it started from
        sure = min(series.end - series.valuation for series in found)
        after = min(sure, goal)
        if after <= known:
            raise UndefinedOperationError(_SINGULAR)
        starts = [series.truncated(series.valuation + after) for series in found]
        known = after
    return dict(zip(leaf.unknowns, starts, strict=True))


def _reverted(leaf: Leaf, field: Field, start: Series, terms: int) -> Series:
    """One unknown u = s^±1: t = 1/z is a power series in the coordinate s, to be reverted."""
    size = terms + _GUARD
    s = Series.of(field, [field.integer(1)], 1).extended(1 + size)

    def constant(expression: sp.Expr) -> Series:
        return Series.constant(field, field.read(expression), size)

    u = s if start.valuation == 1 else s.inverse()
    top, bottom = evaluate(_cleared(leaf), {leaf.unknowns[0]: u}, constant)
    t = (bottom / top).normalised()
    if t.valuation != 1:
        raise UndefinedOperationError(_SINGULAR)
    s = lagrange(t.shifted(-1).inverse())
    u = s if start.valuation == 1 else s.inverse()
    lead = start.coefficient(start.valuation)
    if u.terms < terms or not field.is_zero(u.coefficient(u.valuation) - lead):
        raise UndefinedOperationError(_SINGULAR)
    return u.truncated(u.valuation + terms)


def _duals(values: Sequence[Series], terms: int) -> list[Dual]:
    """Series as independent variables."""
    field = values[0].field
    unit = Series.constant(field, field.integer(1), terms + _GUARD)
    null = Series.zero(field, terms + _GUARD)
    return [
        Dual(value, tuple(unit if i == j else null for j in range(len(values))))
        for i, value in enumerate(values)
    ]


def _residuals(leaf: Leaf, field: Field, values: Sequence[Number], terms: int) -> list[Number]:
    """bottom(u) - t top(u), z = top/bottom, and left - right of every relation: all vanish."""

    def lift(series: Series) -> Any:
        if isinstance(values[0], Series):
            return series
        return Dual(series, (Series.zero(field, series.end),) * len(values))

    def constant(expression: sp.Expr) -> Number:
        return lift(Series.constant(field, field.read(expression), terms + _GUARD))

    unknowns = dict(zip(leaf.unknowns, values, strict=True))
    top, bottom, *sides = evaluate(_cleared(leaf), unknowns, constant)
    relations = [left - right for left, right in zip(sides[::2], sides[1::2], strict=True)]
    return [bottom - top.shifted(1), *relations]


@lru_cache(maxsize=256)
def _cleared(leaf: Leaf) -> tuple[sp.Expr, ...]:
    """Numerator and denominator of z, and both sides of every relation."""
    sides = (side for relation in leaf.relations for side in relation)
    return (*sp.fraction(leaf.z), *sides)


def _leading_terms(value: sp.Expr, z: sp.Symbol, field: Field, known: int) -> Series:
    """The first terms of a Laurent series in 1/z, from their sum."""
    found: dict[int, sp.Expr] = {}
    for term in sp.Add.make_args(value if known == 1 else sp.expand(value)):
        coefficient, power = term.as_coeff_exponent(z)
        if not power.is_Integer or coefficient.has(z):
            raise UndefinedOperationError(f"{value} shows no leading terms of a series in 1/z")
        found[-int(power)] = found.get(-int(power), sp.S.Zero) + coefficient
    first = min(found)
    entries = [field.read(found.get(first + k, sp.S.Zero)) for k in range(known)]
    return Series.of(field, entries, first)


def _corrected(guess: Series, step: Series, known: int) -> Series:
    """One Newton correction; the step must leave the terms that were already known."""
    if step.normalised().valuation < guess.valuation + known:
        raise UndefinedOperationError(_SINGULAR)
    return (guess - step).truncated(guess.end)


def _solve(matrix: Sequence[Sequence[Series]], right: Sequence[Series]) -> list[Series]:
    """Gaussian elimination over Laurent series, pivots of least valuation."""
    # leading zeros would cost known terms in every product
    rows = [
        [entry.normalised() for entry in (*row, value)]
        for row, value in zip(matrix, right, strict=True)
    ]
    size = len(rows)
    for column in range(size):
        candidates = [
            (entry.valuation, place)
            for place in range(column, size)
            if (entry := rows[place][column].normalised()).terms > 0
        ]
        if not candidates:
            raise UndefinedOperationError("the curve is singular at infinity")
        pivot = min(candidates)[1]
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = rows[column][column].inverse()
        rows[column] = [entry * inverse for entry in rows[column]]
        for place in range(size):
            if place != column and not rows[place][column].is_zero():
                factor = rows[place][column]
                rows[place] = [
                    (mine - factor * other).normalised()
                    for mine, other in zip(rows[place], rows[column], strict=True)
                ]
    return [row[size] for row in rows]
