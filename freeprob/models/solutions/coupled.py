"""The scalar coupled system of a pencil: as few unknowns as determine all block traces.

The Dyson equation needs only the block traces that occur in R, and for each deterministic family
the point at which its own Cauchy transform is taken. Unknowns that vanish or coincide are seen on
expansions modulo a prime and proved on the equations: with the reduced unknowns put in, every
equation that was left out is one of those kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from random import Random
from typing import final

import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.algebra.field_choice import field_of
from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.moments.expansion import moment_generators, moment_series
from freeprob.exact.systems.leading_terms import LeadingTerms, NoLeadingTerms
from freeprob.exact.systems.reduction import reduced
from freeprob.exact.systems.system import Anchor, Curve, Leaf
from freeprob.models.dyson.block_series import BlockSeries, Lead, block_series, letter_series
from freeprob.models.dyson.dyson import Dyson
from freeprob.models.dyson.family_series import UnknownTermError
from freeprob.models.dyson.half_plane import Values, solved
from freeprob.models.dyson.meter import Meter
from freeprob.models.dyson.resolvents import Resolvent, resolvent_of
from freeprob.models.families.family import Part
from freeprob.models.families.unknowns import parts_of, require_equations
from freeprob.models.pencils.random_fields import random_field
from freeprob.models.pencils.scalars import Matrix, Scalars, scalars_of
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.programs.points import Place

_FEWEST_TERMS, _MOST_TERMS = 2, 256
_MOST_UNKNOWNS = 8
_UNKNOWN = NoLeadingTerms(
    "the block traces tend to no known numbers at infinity: the expression contains an inverse of "
    "letters that occur elsewhere too"
)
_MOMENTS = 8
_DIGITS = 120
"""Of the value of G that tells factors apart."""


@final
@dataclass(frozen=True)
class PhysicalSolution(Anchor):
    """The unknowns z and those of the parts, from the fixed point of the Dyson equation."""

    dyson: Dyson
    parts: tuple[Part, ...]
    values: tuple[tuple[sp.Expr, sp.Expr], ...] = ()

    def unknowns(self, height: float) -> list[complex]:
        """At z = i height."""
        values: Values = dict(self.values)
        solution = solved(self.dyson, 1j * height, values)
        return [1j * height, *(value for part in self.parts for value in part.numbers(solution))]

    def escaped(self, height: float) -> float:
        """How far zG of some row is from 1 at z = i height: at i∞, the mass that lies there."""
        G = solved(self.dyson, 1j * height, dict(self.values)).matrix
        outer = self.dyson.pencil.outer
        return float(abs(1 - 1j * height * G.diagonal()[:outer]).max())

    def cauchy(self, leaf: Leaf) -> tuple[acb, acb]:
        """At a point near the spectrum, to many digits."""
        place = Place(fmpq(17, 53), fmpq(19, 29))
        value = digits_of(leaf).cauchy(place, _DIGITS)
        with ctx.workprec(4 * _DIGITS):
            return place(), value

    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> PhysicalSolution:
        """With values for parameters."""
        earlier = ((symbol, value.xreplace(dict(values))) for symbol, value in self.values)
        return replace(self, values=(*earlier, *values.items()))


@final
@dataclass(frozen=True)
class Coupled:
    """A coupled system: the unknowns, their equations and how they behave at infinity.

    Parameters
    ----------
    curve
        Unknowns z and one for each block trace or letter's point, one relation for each of these.
    leads, known
        The leading behaviour of the unknowns as functions of z, and its number of terms.
    field, moments
        A prime field with values for all parameters, and the first moments there.
    parts, resolvent
        The families of letters, and all block traces in terms of the unknowns.
    anchor
        Where the expansion at infinity is not known: then there are no leads and no moments.
    """

    curve: Curve
    leads: tuple[Lead, ...]
    known: int
    field: Field
    moments: tuple[Element, ...]
    parts: tuple[Part, ...]
    resolvent: Resolvent
    anchor: PhysicalSolution | None = None

    def whole(self) -> Leaf:
        """With all unknowns: the form a paper prints."""
        return self._described(self.curve)

    def leaf(self) -> Leaf:
        """In one or two unknowns where the equations can be solved for the others, else as it is.

        Between these the written-out equations are long, and cancel where z is large.
        """
        return self._described(self._short)

    def values(self) -> dict[sp.Expr, sp.Expr]:
        """All unknowns as functions of those of :meth:`leaf`."""
        return dict(zip(self.curve.unknowns, self._short.all_unknowns, strict=True))

    @cached_property
    def _short(self) -> Curve:
        if self.anchor is not None or len(self.curve.unknowns) > _MOST_UNKNOWNS:
            return self.curve
        short = reduced(self.curve, self._accepts)
        return short if len(short.unknowns) < 3 else self.curve

    def _described(self, curve: Curve) -> Leaf:
        at_infinity = _UNKNOWN
        if self.anchor is None:
            at_infinity = LeadingTerms.of(
                lambda at: tuple(self.leads[place](at) for place in curve.kept)
            )
        whole = curve.unknowns, curve.z, curve.G, at_infinity, curve.relations
        return Leaf(*whole, self.known, self.anchor)

    def _accepts(self, curve: Curve) -> bool:
        """Whether a curve is regular at infinity, and its unknowns tell there where z is."""
        at = sp.Dummy("z")
        moving = all(self.leads[place](at).has(at) for place in curve.kept)
        return (moving or curve.z in curve.unknowns) and self.is_regular(curve)

    def is_regular(self, curve: Curve) -> bool:
        """Whether the expansion at infinity follows from the leading terms, and is right."""
        try:
            series = moment_series(self._described(curve), len(self.moments), self.field)
        except (UndefinedOperationError, ZeroDivisionError):
            return False
        return all(series.coefficient(k) == m for k, m in enumerate(self.moments, start=1))


def coupled(dyson: Dyson, spaces: Sequence[sp.Expr]) -> Coupled:
    """The coupled system of a matrix Dyson equation.

    Parameters
    ----------
    dyson
        The matrix equation.
    spaces
        Relative dimensions of the outer rows, by which their traces are weighted.
    """
    require_equations(dyson)
    meter = Meter()
    series = _modular(dyson, meter)
    z, parts = sp.Dummy("z"), parts_of(dyson, series)
    while True:
        inside = [entry for part in parts for entry in part.scalars()]
        scalars = scalars_of([*expressions_of(dyson), z, *inside])
        matrix = _matrix(dyson, parts, z, scalars)
        named = next((G for part in parts if (G := part.entries(scalars)) is not None), None)
        resolvent = resolvent_of(matrix, dyson.averaged, dyson.scalars, scalars, named)
        seen = [part.seen(resolvent) for part in parts]
        finer = [part.refuted(own, scalars) or part for part, own in zip(parts, seen, strict=True)]
        if finer == parts:
            break
        parts = finer
    relations = tuple(
        relation
        for part, own in zip(parts, seen, strict=True)
        for relation in part.relations(own, scalars)
    )
    weights = [space / sp.Add(*spaces) for space in spaces]
    diagonal = [entry.written(scalars) for entry in resolvent.diagonal(len(weights))]
    G = sp.Add(*(weight * entry for weight, entry in zip(weights, diagonal, strict=True)))
    unknowns = (z, *(symbol for part in parts for symbol in part.unknowns))
    curve = Curve(unknowns, relations, z, G, tuple(range(len(unknowns))), unknowns)
    if series.size:
        anchor = PhysicalSolution(dyson, tuple(parts))
        return Coupled(curve, (), 1, series.field, (), tuple(parts), resolvent, anchor)
    moments = tuple(_moments(series, weights))
    for known in (1, 2, 4, 8):
        # modulo the prime first: exact terms are dear
        modular = partial(modular_series, dyson, series.field, meter)
        terms, leads = _leads(parts, known, modular)
        found = Coupled(curve, leads, known, series.field, moments, tuple(parts), resolvent)
        if found.is_regular(curve):
            _, leads = _leads(parts, known, partial(_exact_series, dyson, meter), terms)
            return replace(found, leads=leads)
    raise ConvergenceError(
        "the coupled system is singular at infinity: its expansion there is not determined by "
        "eight terms of each unknown"
    )


def _moments(series: BlockSeries, weights: Sequence[sp.Expr]) -> list[Element]:
    """Moments from the traces of the outer rows."""
    factors = [series.field.read(weight) for weight in weights]
    terms = range(2, 2 + _MOMENTS)
    outer = range(len(weights))
    return [sum(factors[i] * series.matrix[i][i].coefficient(k) for i in outer) for k in terms]


def _leads(
    parts: Sequence[Part],
    known: int,
    expanded: Callable[[int], BlockSeries],
    terms: int = _FEWEST_TERMS,
) -> tuple[int, tuple[Lead, ...]]:
    """Leading terms of z and of all unknowns, and how many terms of the traces show them."""
    while terms < _MOST_TERMS:
        series = expanded(terms)
        try:
            return terms, (lambda at: at, *(f for part in parts for f in part.leads(series, known)))
        except UnknownTermError:
            terms += (terms + 1) // 2
    raise ConvergenceError(
        f"no leading term of some block trace shows up in {_MOST_TERMS} terms: the pencil is "
        "degenerate"
    )


def _exact_series(dyson: Dyson, meter: Meter, terms: int) -> BlockSeries:
    """Exact expansions, over the smallest field that is known here."""
    field, write = field_of(expressions_of(dyson)), dyson.scalars.write
    return block_series(
        dyson, field, terms, lambda value: field.read(write(value)), field.write, meter
    )


def expressions_of(dyson: Dyson) -> list[sp.Expr]:
    """All coefficients, written out, and the parameters of the deterministic letters."""
    write = dyson.scalars.write
    values = [value for row in dyson.pencil.constant for value in row]
    for covariance in dyson.covariances:
        values += [
            v for matrix in (covariance.left, covariance.inner) for row in matrix for v in row
        ]
        values.append(covariance.weight)
    for rotation in dyson.rotations:
        values += [v for matrix in (rotation.left, rotation.inner) for row in matrix for v in row]
    for family in dyson.spectral:
        values += [v for matrix in (family.range, *family.matrices) for row in matrix for v in row]
    found = [write(value) for value in values if not value.is_zero()]
    laws = [family.law.system for family in dyson.spectral if family.atoms is None]
    found += [constant for law in laws for constant in moment_generators(law, _MOMENTS)]
    return [*found, *(e for family in dyson.spectral for e in family.scalars())]


def _modular(dyson: Dyson, meter: Meter) -> BlockSeries:
    """Expansions modulo a prime at random parameters, long enough to tell traces apart."""
    draws, terms = Random(dyson.pencil.size), 2 * dyson.pencil.size + 12
    while True:
        field = random_field(expressions_of(dyson), draws)
        try:
            modular_series(dyson, field, meter, 1)
        except UndefinedOperationError:
            # already the traces at infinity are no finite sums
            at = field.integer(draws.randrange(2, field.prime))
            return letter_series(dyson, field, terms, partial(_read, dyson, field), at, meter)
        except ZeroDivisionError:
            continue
        return modular_series(dyson, field, meter, terms)


def modular_series(dyson: Dyson, field: Field, meter: Meter, terms: int) -> BlockSeries:
    """Expansions over a prime field that has values for everything in the equation."""
    read = partial(_read, dyson, field)
    return block_series(dyson, field, terms, read, field.write, meter)


def _read(dyson: Dyson, field: Field, value: Fraction) -> Element:
    """A coefficient modulo the prime."""
    return field.read(dyson.scalars.write(value))


def _matrix(dyson: Dyson, parts: Sequence[Part], z: sp.Dummy, scalars: Scalars) -> Matrix:
    """Z E - Λ₀ - R in terms of the unknowns."""
    pencil, old = dyson.pencil, dyson.scalars
    total = [[-scalars.read(old.write(value)) for value in row] for row in pencil.constant]
    for i in range(pencil.outer):
        total[i][i] = total[i][i] + scalars.read(z)
    for part in parts:
        part.subtract(total, scalars)
    return tuple(map(tuple, total))
