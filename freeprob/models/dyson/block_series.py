"""The block traces of a pencil as power series, in 1/z or in the size of the letters.

In t = 1/z: M(t) G = diag(t, …, t, 1, …, 1) with M = diag(1, …) - t (Λ₀ + R) in the outer rows and
-(Λ₀ + R) in the inner ones; for polynomials in the letters the iteration G ↦ M⁻¹ diag gains a
term in every round or two, because the inner words are finite. With inverses they are not; but at
any fixed z the traces are power series in the size s of the letters, which make R(G) s R(s G).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import free_cumulant_series
from freeprob.exact.moments.moments import moment_series
from freeprob.models.dyson.dyson import Covariance, Dyson, Rotation, Spectral
from freeprob.models.dyson.meter import Meter
from freeprob.models.pencils.scalars import Scalars, coordinates

SeriesMatrix: TypeAlias = list[list[Series]]
Weights: TypeAlias = list[list[Element]]
Lead: TypeAlias = Callable[[sp.Expr], sp.Expr]
"""The leading behaviour of an unknown near i∞, from z."""


_ENDLESS = (
    "the expansion of the block traces at infinity does not end at any order: the expression "
    "contains an inverse of letters that occur elsewhere too"
)


class UnknownTermError(ArithmeticError):
    """A leading term that the expansion is too short to show."""


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
    transforms: tuple[_Transform, ...]
    rotations: tuple[_Rotated, ...]
    size: int

    def traces(self, covariance: Covariance) -> SeriesMatrix:
        """V* G V of a Gaussian letter."""
        scalars, read = self.dyson.scalars, self.element
        inner = [[read(v) for v in row] for row in covariance.inner]
        inner_star = [[read(scalars.star(v)) for v in row] for row in covariance.inner]
        null = Series.constant(self.field, self.field.integer(0), self.matrix[0][0].end)
        return corner(self.matrix, inner_star, inner, null)

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

    def solve(*total: Any) -> SeriesMatrix:
        return _solved(*total, outer)

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
    covariances = [_Gaussian(c, element, dyson.scalars, zero) for c in dyson.covariances]
    transforms = tuple(
        _Transform(family, element, field, terms, meter) for family in dyson.spectral
    )
    rotations = tuple(_Rotated(r, element, dyson.scalars, zero) for r in dyson.rotations)
    G = solve(base, one, zero)
    for _ in range(4 * terms + 4 * len(base) + 8):
        meter.spend(len(base) ** 3)
        shares = [[zero] * len(base) for _ in base]
        scaled = _times(G, size)
        for part in (*covariances, *transforms, *rotations):
            part.add(scaled, shares)
        rows = zip(base, _times(shares, size), strict=True)
        total = [[a + b for a, b in zip(mine, share, strict=True)] for mine, share in rows]
        after = solve(total, one, zero)
        rows = zip(after, G, strict=True)
        if all((x - y).is_zero() for row, old in rows for x, y in zip(row, old, strict=True)):
            return BlockSeries(dyson, field, element, write, after, transforms, rotations, size)
        G = after
    raise UndefinedOperationError(_ENDLESS)


def _times(matrix: SeriesMatrix, size: int) -> SeriesMatrix:
    """A matrix times tˢ, as many terms as before."""
    if not size:
        return matrix
    return [[value.shifted(size).truncated(value.end) for value in row] for row in matrix]


def _vanishes(series: Series) -> bool:
    return series.dense.length() == 0 or series.is_zero()


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


def eliminated(rows: SeriesMatrix, size: int) -> SeriesMatrix:
    """Gauss-Jordan elimination over power series, pivots of least valuation."""
    for column in range(size):
        pivots = [
            (rows[r][column].normalised().valuation, r)
            for r in range(column, size)
            if not _vanishes(rows[r][column])
        ]
        if not pivots:
            raise UndefinedOperationError("the block traces have no expansion at infinity")
        pivot = min(pivots)[1]
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column].normalised().inverse()
        rows[column] = [v if _vanishes(v) else v * scale for v in rows[column]]
        for other in range(size):
            factor = rows[other][column]
            if other != column and not _vanishes(factor):
                rows[other] = [
                    mine if _vanishes(theirs) else mine - factor * theirs
                    for mine, theirs in zip(rows[other], rows[column], strict=True)
                ]
    return rows


def corner(G: SeriesMatrix, left: Weights, right: Weights, null: Series) -> SeriesMatrix:
    """V* G V, from the transposed V* and from V."""
    width = len(right[0])
    found = [[null] * width for _ in range(width)]
    for i, row in enumerate(G):
        for j, value in enumerate(row):
            if _vanishes(value):
                continue
            for a, first in enumerate(left[i]):
                for b, second in enumerate(right[j]):
                    weight = first * second
                    if not null.field.is_zero(weight):
                        found[a][b] = found[a][b] + value.scaled(weight)
    return found


def spread(total: SeriesMatrix, small: SeriesMatrix, left: Weights, right: Weights) -> None:
    """Add L X L* to a matrix, from L and from the transposed L*."""
    for i, row in enumerate(left):
        for j, column in enumerate(right):
            for first, line in zip(row, small, strict=True):
                for second, value in zip(column, line, strict=True):
                    weight = first * second
                    if not (_vanishes(value) or value.field.is_zero(weight)):
                        total[i][j] = total[i][j] + value.scaled(weight)


@final
class _Gaussian:
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
class _Rotated:
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
        raise UndefinedOperationError(_ENDLESS)

    def add(self, G: SeriesMatrix, total: SeriesMatrix) -> None:
        """Add f (a L L* + d V V*)."""
        a, d, f = self.seen(G)
        spread(total, [[a * f]], *self._left)
        spread(total, [[d * f]], *self._inner)


@final
class _Transform:
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
        gc = [[_combined(row, column, self._null) for column in zip(*c, strict=True)] for row in g]
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
            if all(_vanishes(v) for row in power for v in row):
                return R
        raise UndefinedOperationError(_ENDLESS)

    def _by_atoms(self, g: SeriesMatrix) -> SeriesMatrix:
        """(1 + Y W)⁻¹ Y with Y = Σ p c_λ (1 - W c_λ)⁻¹, where W + W Y W = g."""
        # from where the last g led: g itself changes by few terms in every round
        W = self._reached or g
        for _ in range(self._rank * (self._terms + 2) + 2):
            self._meter.spend(self._rank**3 * (3 + 2 * len(self._atoms or ())))
            Y = self._response(W)
            sandwich = product(product(W, Y, self._null), W, self._null)
            after = _difference(g, sandwich)
            if all(_vanishes(v) for row in _difference(after, W) for v in row):
                minus = _difference(self._unit(0), product(Y, W, self._null))
                bottom = _difference(self._unit(1), minus)
                self._reached = W
                return self._quotient(bottom, Y)
            W = after
        raise UndefinedOperationError(_ENDLESS)

    def _response(self, W: SeriesMatrix) -> SeriesMatrix:
        total = self._unit(0)
        for c, weight in self._atoms or ():
            Wc = [
                [_combined(row, column, self._null) for column in zip(*c, strict=True)] for row in W
            ]
            inverse = self._quotient(_difference(self._unit(1), Wc), self._unit(1))
            for mine, row in zip(total, c, strict=True):
                mine[:] = [
                    x + _combined(column, row, self._null).scaled(weight)
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
        R = self._small(corner(G, self._V, self._U, self._null))
        for i, left in enumerate(self._U):
            for j, right in enumerate(self._V):
                for first, row in zip(left, R, strict=True):
                    for second, value in zip(right, row, strict=True):
                        weight = first * second
                        if not self._field.is_zero(weight):
                            total[i][j] = total[i][j] + value.scaled(weight)

    def response(self, G: SeriesMatrix, power: int) -> SeriesMatrix:
        """R at U* G U, letters times t^power."""
        g = corner(G, self._V, self._U, self._null)
        return _times(self._small(_times(g, power)), power)

    def point(self, G: SeriesMatrix, power: int) -> SeriesMatrix:
        """(U* G U)⁻¹ + R, letters times t^power."""
        g = corner(G, self._V, self._U, self._null)
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


def _combined(row: Sequence[Series], weights: Sequence[Element], null: Series) -> Series:
    total = null
    for value, weight in zip(row, weights, strict=True):
        total = total + value.scaled(weight)
    return total


def _difference(one: SeriesMatrix, other: SeriesMatrix) -> SeriesMatrix:
    return [[a - b for a, b in zip(x, y, strict=True)] for x, y in zip(one, other, strict=True)]


def product(left: SeriesMatrix, right: SeriesMatrix, null: Series) -> SeriesMatrix:
    """The matrix product."""
    rows = []
    for row in left:
        sums = []
        for column in zip(*right, strict=True):
            total = null
            for first, second in zip(row, column, strict=True):
                if not (_vanishes(first) or _vanishes(second)):
                    total = total + first * second
            sums.append(total)
        rows.append(sums)
    return rows
