"""The block traces of a pencil as power series, in 1/z or in the size of the letters.

In t = 1/z: M(t) G = diag(t, …, t, 1, …, 1) with M = diag(1, …) - t (Λ₀ + R) in the outer rows and
-(Λ₀ + R) in the inner ones; for polynomials in the letters the iteration G ↦ M⁻¹ diag gains a
term in every round or two, because the inner words are finite. With inverses they are not; but at
any fixed z the traces are power series in the size s of the letters, which make R(G) s R(s G).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.algebra.series import Series
from freeprob.models.dyson.dyson import Covariance, Dyson, Spectral
from freeprob.models.dyson.family_series import (
    ENDLESS,
    HaarSeries,
    SeriesSandwiches,
    SpectralSeries,
    UnknownTermError,
)
from freeprob.models.dyson.letter_shares import GaussianShare
from freeprob.models.dyson.meter import Meter
from freeprob.models.dyson.series_matrices import SeriesMatrix, Weights, eliminated, times
from freeprob.models.pencils.scalars import coordinates

Lead: TypeAlias = Callable[[sp.Expr], sp.Expr]
"""The leading behaviour of an unknown near i∞, from z."""


@final
@dataclass(frozen=True)
class BlockSeries:
    """Expansions of all block traces up to O(t^terms), and of R of each spectral family.

    ``size`` is the power of t that multiplies all letters.
    """

    dyson: Dyson
    field: Field
    element: Callable[[Fraction], Element]
    write: Callable[[Element], sp.Expr]
    matrix: SeriesMatrix
    transforms: tuple[SpectralSeries, ...]
    rotations: tuple[HaarSeries, ...]
    size: int

    def traces(self, covariance: Covariance) -> SeriesMatrix:
        """V* G V of a Gaussian letter."""
        null = Series.constant(self.field, self.field.integer(0), self.matrix[0][0].end)
        algebra = SeriesSandwiches(self.element, self.dyson.scalars, null)
        return GaussianShare.of(algebra, covariance).corner(self.matrix)

    def response(self, family: Spectral) -> SeriesMatrix:
        """R of a spectral family on its own space."""
        (transform,) = [t for t in self.transforms if t.family == family]
        return transform.response(self.matrix, self.size)

    def coordinates(self, matrix: SeriesMatrix) -> SeriesMatrix:
        """Real coordinates of a Hermitian matrix."""
        return coordinates(matrix, lambda value, factor: value.scaled(self.field.read(factor)))

    def written(self, series: Series, known: int) -> Lead:
        """The first terms, in the caller's symbols.

        Raises
        ------
        UnknownTermError
            If the expansion is too short to show them.
        """
        first = series.normalised()
        while first.terms > 0:
            # what looks like a leading term may vanish because of a relation among radicals
            if self.write(first.coefficient(first.valuation)) != 0:
                break
            rest = first.dense.right_shift(1)
            first = Series(first.field, first.valuation + 1, rest, first.end).normalised()
        if first.terms < known:
            raise UnknownTermError
        start = first.valuation
        values = [self.write(first.coefficient(start + k)) for k in range(known)]
        return lambda z: sp.Add(*(value * z ** -(start + k) for k, value in enumerate(values)))

    def corner(self, family: Spectral) -> SeriesMatrix:
        """U* G U of a spectral family."""
        (transform,) = [t for t in self.transforms if t.family == family]
        return transform.corner(self.matrix)

    def is_nilpotent(self, family: Spectral) -> bool:
        """Whether U* G U c is nilpotent, of a single letter."""
        (transform,) = [t for t in self.transforms if t.family == family]
        return transform.is_nilpotent(self.matrix)

    def point(self, family: Spectral) -> SeriesMatrix:
        """K = (U* G U)⁻¹ + R of a spectral family, Laurent series."""
        (transform,) = [t for t in self.transforms if t.family == family]
        return transform.point(self.matrix, self.size)


def block_series(
    dyson: Dyson,
    field: Field,
    terms: int,
    element: Callable[[Fraction], Element],
    write: Callable[[Element], sp.Expr],
    meter: Meter,
) -> BlockSeries:
    """All block traces up to O(t^terms).

    Parameters
    ----------
    dyson
        The matrix equation.
    field, element, write
        A field of coefficients, how the equation's coefficients are read in it, and how its
        elements are written as expressions.
    terms
        How many terms.
    meter
        How much work it may take.

    Raises
    ------
    UndefinedOperationError
        If the iteration does not become stationary: the expression has an inverse, and its
        expansion at infinity starts from traces that are no finite sums.
    """
    outer = dyson.pencil.outer

    def solve(total: SeriesMatrix, one: Series, zero: Series) -> SeriesMatrix:
        return _solved(total, one, zero, outer)

    return _stationary(dyson, field, terms, (element, write), 0, solve, meter)


def letter_series(
    dyson: Dyson,
    field: Field,
    terms: int,
    element: Callable[[Fraction], Element],
    z: Element,
    meter: Meter,
) -> BlockSeries:
    """All block traces at one z up to O(s^terms), letters times s about their centres.

    Traces that vanish or agree do so for letters of every size.
    """
    outer = dyson.pencil.outer

    def solve(total: SeriesMatrix, one: Series, zero: Series) -> SeriesMatrix:
        rows = [[-value for value in row] for row in total]
        for i in range(outer):
            rows[i][i] = rows[i][i] + one.scaled(z)
        right = [[one if i == j else zero for j in range(len(rows))] for i in range(len(rows))]
        joined = [[*row, *unit] for row, unit in zip(rows, right, strict=True)]
        return [row[len(rows) :] for row in eliminated(joined, len(rows))]

    drift = [[element(value) for value in row] for row in dyson.pencil.centre]
    return _stationary(dyson, field, terms, (element, field.write), 1, solve, meter, drift)


def _stationary(
    dyson: Dyson,
    field: Field,
    terms: int,
    reading: tuple[Callable[[Fraction], Element], Callable[[Element], sp.Expr]],
    size: int,
    solve: Callable[[SeriesMatrix, Series, Series], SeriesMatrix],
    meter: Meter,
    drift: Weights | None = None,
) -> BlockSeries:
    """Iterate G ↦ solve(Λ₀ + tˢ R(tˢ G)), s = ``size``, until nothing changes.

    A ``drift`` D adds (1 - t) D.
    """
    element, write = reading
    zero = Series.constant(field, field.integer(0), terms)
    one = Series.constant(field, field.integer(1), terms)
    base = [
        [Series.constant(field, element(v), terms) for v in row] for row in dyson.pencil.constant
    ]
    if drift is not None:
        ramp = one - one.shifted(1).truncated(terms)
        base = [
            [a + ramp.scaled(b) for a, b in zip(mine, row, strict=True)]
            for mine, row in zip(base, drift, strict=True)
        ]
    algebra = SeriesSandwiches(element, dyson.scalars, zero)
    gaussians = [GaussianShare.of(algebra, covariance) for covariance in dyson.covariances]
    transforms = tuple(
        SpectralSeries(family, element, field, terms, meter) for family in dyson.spectral
    )
    rotations = tuple(HaarSeries(r, algebra) for r in dyson.rotations)
    G = solve(base, one, zero)
    for _ in range(4 * terms + 4 * len(base) + 8):
        meter.spend(len(base) ** 3)
        shares = [[zero] * len(base) for _ in base]
        scaled = times(G, size)
        for own in gaussians:
            shares = algebra.plus(shares, own.share(own.corner(scaled)))
        for part in (*transforms, *rotations):
            shares = algebra.plus(shares, part.share(scaled))
        rows = zip(base, times(shares, size), strict=True)
        total = [[a + b for a, b in zip(mine, share, strict=True)] for mine, share in rows]
        after = solve(total, one, zero)
        rows = zip(after, G, strict=True)
        if all((x - y).is_zero() for row, old in rows for x, y in zip(row, old, strict=True)):
            return BlockSeries(dyson, field, element, write, after, transforms, rotations, size)
        G = after
    raise UndefinedOperationError(ENDLESS)


def _solved(total: SeriesMatrix, one: Series, zero: Series, outer: int) -> SeriesMatrix:
    """M⁻¹ diag(t, 1) by elimination with pivots that are units."""
    size = len(total)
    rows: SeriesMatrix = []
    for i, row in enumerate(total):
        entries = [-value for value in row]
        if i < outer:
            entries = [value.shifted(1).truncated(one.end) for value in entries]
            entries[i] = entries[i] + one
        right = [zero] * size
        right[i] = one.shifted(1).truncated(one.end) if i < outer else one
        rows.append(entries + right)
    return [row[size:] for row in eliminated(rows, size)]
