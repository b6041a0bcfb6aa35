"""R of a Gaussian letter, of a Haar letter and of a spectral family as power series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import free_cumulant_series
from freeprob.exact.moments.moments import moment_series
from freeprob.models.dyson.dyson import Covariance, Rotation, Spectral
from freeprob.models.dyson.meter import Meter
from freeprob.models.dyson.series_matrices import (
    SeriesMatrix,
    Weights,
    combined,
    corner,
    difference,
    eliminated,
    product,
    spread,
    times,
    vanishes,
)
from freeprob.models.pencils.scalars import Scalars

ENDLESS = (
    "the expansion of the block traces at infinity does not end at any order: the expression "
    "contains an inverse of letters that occur elsewhere too"
)


class UnknownTermError(ArithmeticError):
    """A leading term that the expansion is too short to show."""


@final
class GaussianSeries:
    """R of one Gaussian letter."""

    def __init__(
        self,
        covariance: Covariance,
        element: Callable[[Fraction], Element],
        scalars: Scalars,
        null: Series,
    ) -> None:
        star = scalars.star
        self._inner = [[element(v) for v in row] for row in covariance.inner]
        self._inner_star = [[element(star(v)) for v in row] for row in covariance.inner]
        self._left = [[element(v * covariance.weight) for v in row] for row in covariance.left]
        self._left_star = [[element(star(v)) for v in row] for row in covariance.left]
        self._null = null

    def add(self, G: SeriesMatrix, total: SeriesMatrix) -> None:
        """Add weight · L (V* G V) L*."""
        small = corner(G, self._inner_star, self._inner, self._null)
        spread(total, small, self._left, self._left_star)


@final
class HaarSeries:
    """R of one Haar letter."""

    def __init__(
        self,
        rotation: Rotation,
        element: Callable[[Fraction], Element],
        scalars: Scalars,
        null: Series,
    ) -> None:
        star = scalars.star
        self._left, self._inner = (
            (
                [[element(v) for v in row] for row in m],
                [[element(star(v)) for v in row] for row in m],
            )
            for m in (rotation.left, rotation.inner)
        )
        self._null = null

    def seen(self, G: SeriesMatrix) -> tuple[Series, Series, Series]:
        """The traces a = V* G V and d = L* G L, and f = 1 - a d f²."""
        ((a,),) = corner(G, self._inner[1], self._inner[0], self._null)
        ((d,),) = corner(G, self._left[1], self._left[0], self._null)
        one = Series.constant(self._null.field, self._null.field.integer(1), self._null.end)
        product, f = a * d, one
        for _ in range(2 * self._null.end + 2):
            after = (one - product * f * f).truncated(self._null.end)
            if (after - f).is_zero():
                return a, d, f
            f = after
        raise UndefinedOperationError(ENDLESS)

    def add(self, G: SeriesMatrix, total: SeriesMatrix) -> None:
        """Add f (a L L* + d V V*)."""
        a, d, f = self.seen(G)
        spread(total, [[a * f]], *self._left)
        spread(total, [[d * f]], *self._inner)


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

    def add(self, G: SeriesMatrix, total: SeriesMatrix) -> None:
        """Add U R U*."""
        R = self._small(self.corner(G))
        for i, left in enumerate(self._U):
            for j, right in enumerate(self._V):
                for first, row in zip(left, R, strict=True):
                    for second, value in zip(right, row, strict=True):
                        weight = first * second
                        if not self._field.is_zero(weight):
                            total[i][j] = total[i][j] + value.scaled(weight)

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
