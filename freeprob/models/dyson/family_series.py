"""R of a Haar letter and of a spectral family as power series, and what R of letters is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import free_cumulant_series
from freeprob.exact.moments.moments import moment_series
from freeprob.models.dyson.dyson import Rotation, Spectral
from freeprob.models.dyson.letter_shares import HaarShare
from freeprob.models.dyson.meter import Meter
from freeprob.models.dyson.series_matrices import (
    SeriesMatrix,
    Weights,
    added,
    combined,
    corner,
    difference,
    eliminated,
    product,
    spread,
    times,
    vanishes,
)
from freeprob.models.pencils.scalars import Matrix, Scalars

ENDLESS = (
    "the expansion of the block traces at infinity does not end at any order: the expression "
    "contains an inverse of letters that occur elsewhere too"
)


class UnknownTermError(ArithmeticError):
    """A leading term that the expansion is too short to show."""


Coefficients: TypeAlias = tuple[Weights, Weights]
"""A matrix, and its conjugate."""


@final
@dataclass(frozen=True)
class SeriesSandwiches:
    """Matrices of power series between matrices of numbers."""

    element: Callable[[Fraction], Element]
    scalars: Scalars
    null: Series

    def read(self, matrix: Matrix) -> Coefficients:
        """In the field of the series."""
        rows = [[self.element(value) for value in row] for row in matrix]
        return rows, [
            [self._conjugate(*entry) for entry in zip(numbers, row, strict=True)]
            for numbers, row in zip(matrix, rows, strict=True)
        ]

    def _conjugate(self, value: Fraction, own: Element) -> Element:
        """Real numbers are read once."""
        star = self.scalars.star(value)
        return own if star is value else self.element(star)

    def inner(self, left: Coefficients, middle: SeriesMatrix, right: Coefficients) -> SeriesMatrix:
        """Zeros skipped."""
        return corner(middle, left[1], right[0], self.null)

    def outer(self, left: Coefficients, middle: SeriesMatrix, right: Coefficients) -> SeriesMatrix:
        """Zeros skipped."""
        total = [[self.null] * len(right[0]) for _ in left[0]]
        spread(total, middle, left[0], right[1])
        return total

    def product(self, one: SeriesMatrix, other: SeriesMatrix) -> SeriesMatrix:
        """Zeros skipped."""
        return product(one, other, self.null)

    def plus(self, one: SeriesMatrix, other: SeriesMatrix) -> SeriesMatrix:
        """Entry by entry."""
        return [
            [added(a, b) for a, b in zip(x, y, strict=True)]
            for x, y in zip(one, other, strict=True)
        ]


@final
class HaarSeries:
    """R of one Haar letter."""

    def __init__(self, rotation: Rotation, algebra: SeriesSandwiches) -> None:
        self._own, self._null = HaarShare.of(algebra, rotation), algebra.null

    def seen(self, G: SeriesMatrix) -> tuple[Series, Series, Series]:
        """The traces a = V* G V and d = L* G L, and f = 1 - a d f²."""
        X, Y = self._own.corners(G)
        null = self._null
        one = Series.constant(null.field, null.field.integer(1), null.end)
        f = one
        for _ in range(2 * null.end + 2):
            ((lost,),) = self._own.lost(X, Y, [[f]])
            after = (one - lost).truncated(null.end)
            if (after - f).is_zero():
                return X[0][0], Y[0][0], f
            f = after
        raise UndefinedOperationError(ENDLESS)

    def share(self, G: SeriesMatrix) -> SeriesMatrix:
        """R(G)."""
        a, d, f = self.seen(G)
        return self._own.share([[a]], [[d]], [[f]])


@final
class SpectralSeries:
    """R of one spectral family by its free cumulants."""

    def __init__(
        self,
        family: Spectral,
        element: Callable[[Fraction], Element],
        field: Field,
        terms: int,
        meter: Meter,
    ) -> None:
        self.family, self._meter = family, meter
        self._U = [[element(v) for v in row] for row in family.range]
        star = family.field.star
        self._V = [[element(star(v)) for v in row] for row in family.range]
        self._c = [[[element(v) for v in row] for row in small] for small in family.matrices]
        self._rank, self._terms, self._field = family.rank, terms, field
        self._null = Series.constant(field, field.integer(0), terms)
        self._known: list[Element] = []
        self._reached: SeriesMatrix | None = None
        self._atoms = (
            None
            if family.atoms is None
            else [(self._mixed(place, field), field.read(weight)) for place, weight in family.atoms]
        )

    def _mixed(self, place: Sequence[sp.Expr], field: Field) -> Weights:
        """c_λ = Σ λ_y c_y over the letters of the family."""
        values = [field.read(value) for value in place]
        r = range(self._rank)
        zero = field.integer(0)
        return [
            [sum((v * c[i][j] for v, c in zip(values, self._c, strict=True)), zero) for j in r]
            for i in r
        ]

    def _cumulant(self, n: int) -> Element:
        if n > len(self._known):
            system = self.family.law.system
            series = free_cumulant_series(moment_series(system, 2 * n + 4, self._field))
            self._known = [series.coefficient(k) for k in range(1, 2 * n + 4)]
        return self._known[n - 1]

    def _small(self, g: SeriesMatrix) -> SeriesMatrix:
        """R on the family's own space."""
        return self._by_cumulants(g) if self._atoms is None else self._by_atoms(g)

    def _by_cumulants(self, g: SeriesMatrix) -> SeriesMatrix:
        """Σ κₙ c (g c)ⁿ⁻¹."""
        (c,) = self._c
        gc = [[combined(row, column, self._null) for column in zip(*c, strict=True)] for row in g]
        power = [[Series.constant(self._field, v, self._terms) for v in row] for row in c]
        R = [[self._null for _ in row] for row in c]
        for n in range(1, self._rank * (self._terms + 2) + 2):
            self._meter.spend(self._rank**3)
            kappa = self._cumulant(n)
            R = [
                [x + y.scaled(kappa) for x, y in zip(mine, more, strict=True)]
                for mine, more in zip(R, power, strict=True)
            ]
            power = product(power, gc, self._null)
            if all(vanishes(v) for row in power for v in row):
                return R
        raise UndefinedOperationError(ENDLESS)

    def _by_atoms(self, g: SeriesMatrix) -> SeriesMatrix:
        """(1 + Y W)⁻¹ Y with Y = Σ p c_λ (1 - W c_λ)⁻¹, where W + W Y W = g."""
        # from where the last g led: g itself changes by few terms in every round
        W = self._reached or g
        for _ in range(self._rank * (self._terms + 2) + 2):
            self._meter.spend(self._rank**3 * (3 + 2 * len(self._atoms or ())))
            Y = self._response(W)
            sandwich = product(product(W, Y, self._null), W, self._null)
            after = difference(g, sandwich)
            if all(vanishes(v) for row in difference(after, W) for v in row):
                minus = difference(self._unit(0), product(Y, W, self._null))
                bottom = difference(self._unit(1), minus)
                self._reached = W
                return self._quotient(bottom, Y)
            W = after
        raise UndefinedOperationError(ENDLESS)

    def _response(self, W: SeriesMatrix) -> SeriesMatrix:
        total = self._unit(0)
        for c, weight in self._atoms or ():
            Wc = [
                [combined(row, column, self._null) for column in zip(*c, strict=True)] for row in W
            ]
            inverse = self._quotient(difference(self._unit(1), Wc), self._unit(1))
            for mine, row in zip(total, c, strict=True):
                mine[:] = [
                    x + combined(column, row, self._null).scaled(weight)
                    for x, column in zip(mine, zip(*inverse, strict=True), strict=True)
                ]
        return total

    def _unit(self, value: int) -> SeriesMatrix:
        one = Series.constant(self._field, self._field.integer(value), self._terms)
        r = range(self._rank)
        return [[one if i == j else self._null for j in r] for i in r]

    def _quotient(self, bottom: SeriesMatrix, top: SeriesMatrix) -> SeriesMatrix:
        """bottom⁻¹ top."""
        rows = [[*left, *right] for left, right in zip(bottom, top, strict=True)]
        return [row[self._rank :] for row in eliminated(rows, self._rank)]

    def share(self, G: SeriesMatrix) -> SeriesMatrix:
        """U R U*."""
        total = [[self._null] * len(self._U) for _ in self._U]
        spread(total, self._small(self.corner(G)), self._U, self._V)
        return total

    def response(self, G: SeriesMatrix, power: int) -> SeriesMatrix:
        """R at U* G U, letters times t^power."""
        g = self.corner(G)
        return times(self._small(times(g, power)), power)

    def corner(self, G: SeriesMatrix) -> SeriesMatrix:
        """The block traces U* G U."""
        return corner(G, self._V, self._U, self._null)

    def is_nilpotent(self, G: SeriesMatrix) -> bool:
        """Whether (U* G U c)^r = 0 for the r rows, of a single letter."""
        (c,) = self._c
        g = self.corner(G)
        step = [[combined(row, column, self._null) for column in zip(*c, strict=True)] for row in g]
        power = step
        for _ in range(self._rank - 1):
            power = product(power, step, self._null)
        return all(vanishes(value) for row in power for value in row)

    def point(self, G: SeriesMatrix, power: int) -> SeriesMatrix:
        """(U* G U)⁻¹ + R, letters times t^power."""
        g = self.corner(G)
        R, size = self.response(G, power), self._rank
        one = Series.constant(self._field, self._field.integer(1), self._terms)
        rows = [
            [*row, *(one if i == j else self._null for j in range(size))] for i, row in enumerate(g)
        ]
        try:
            inverse = [row[size:] for row in eliminated(rows, size)]
        except UndefinedOperationError:
            # generically invertible: too few terms are known
            raise UnknownTermError from None
        return [
            [a + b for a, b in zip(mine, other, strict=True)]
            for mine, other in zip(inverse, R, strict=True)
        ]
