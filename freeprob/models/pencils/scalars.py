"""Coefficients of matrix expressions: fractions in parameters, radicals and the imaginary unit.

Linear algebra over them is exact, and what vanishes because √2² = 2 or i² = -1 is 0; other
constants, such as π, enter as independent generators. The involution a* (complex conjugation)
turns the sign of i. What is written back is in the caller's own expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, final

import sympy as sp

from freeprob.exact.algebra.door import Fraction, Ring
from freeprob.models.pencils.coefficients import Names
from freeprob.models.pencils.roots import Algebraic, Root, Roots, reduced

# a Fraction, or an Algebraic where roots are among the generators: never both
Scalar: TypeAlias = Any
Vector: TypeAlias = tuple[Scalar, ...]
Matrix: TypeAlias = tuple[Vector, ...]


@final
@dataclass(frozen=True)
class Scalars:
    """The field of the coefficients of an expression; build it with :func:`scalars_of`.

    ``names`` says what parameters, roots and constants are in the generators.
    """

    ring: Ring
    names: Names
    roots: Roots = ()

    def read(self, expression: sp.Expr) -> Scalar:
        """An expression in the parameters."""
        found = self.ring.fraction(self.plain(expression))
        return Algebraic.of(found, self.roots) if self.roots else found

    def plain(self, expression: sp.Expr) -> sp.Expr:
        """The expression in the generators."""
        return self.names.plain(expression)

    def write(self, value: Scalar) -> sp.Expr:
        """The expression in the caller's symbols, in lowest terms."""
        if value.is_zero():  # as most entries of a pencil are
            return sp.S.Zero
        return self.ring.quotient(_fraction(value)).xreplace(self.names.written)

    def factored(self, value: Scalar) -> sp.Expr:
        """The expression with numerator and denominator factored."""
        return self.ring.factored(_fraction(value)).xreplace(self.names.written)

    @cached_property
    def zero(self) -> Scalar:
        """0."""
        return self.read(sp.S.Zero)

    @cached_property
    def one(self) -> Scalar:
        """1."""
        return self.read(sp.S.One)

    def star(self, value: Scalar) -> Scalar:
        """Complex conjugate."""
        position = self._imaginary
        if position is None:
            return value
        images = [-g if i == position else g for i, g in enumerate(self.ring.context.gens())]
        top, bottom = (
            part.compose(*images, ctx=self.ring.context)
            for part in (value.value.numerator, value.value.denominator)
        )
        return Algebraic(Fraction.of(top, bottom), self.roots)

    def real(self, value: Scalar) -> Scalar:
        """A value that equals its complex conjugate, written without i."""
        if self._imaginary is None:
            return value
        other = self.star(
            Algebraic.of(Fraction(value.value.denominator, self.ring.constant(1)), self.roots)
        )
        parts = (
            reduced(part * other.value.numerator, self.roots)
            for part in (value.value.numerator, value.value.denominator)
        )
        return Algebraic(Fraction.of(*parts), self.roots)

    @property
    def complex(self) -> bool:
        """Whether i is a generator."""
        return self._imaginary is not None

    @cached_property
    def _imaginary(self) -> int | None:
        """Position of i among the generators."""
        known = self.names.known.get(sp.S.NegativeOne)
        return None if known is None else self.ring.index(known)

    def adjoint(self, matrix: Matrix) -> Matrix:
        """Conjugate transpose."""
        return tuple(
            tuple(self.star(value) for value in column) for column in zip(*matrix, strict=True)
        )

    def coordinates(self, matrix: Matrix) -> Matrix:
        """The real :func:`coordinates` of a Hermitian matrix."""
        found = coordinates(matrix, lambda value, factor: value * self.read(factor))
        return tuple(tuple(self.real(value) for value in row) for row in found)

    def hermitian(self, coordinates: Sequence[Sequence[Fraction]]) -> Matrix:
        """The matrix with these coordinates."""
        r = range(len(coordinates))

        def entry(i: int, j: int) -> Fraction:
            real, turned = coordinates[min(i, j)][max(i, j)], coordinates[max(i, j)][min(i, j)]
            if i == j or turned.is_zero():
                return real
            return real + turned * self.read(sp.I if i > j else -sp.I)

        return tuple(tuple(entry(i, j) for j in r) for i in r)

    def product(self, left: Matrix, right: Matrix) -> Matrix:
        """Matrix product, zeros skipped."""
        width = len(right[0]) if right else 0
        rows = []
        for row in left:
            sums = [self.zero] * width
            for value, other in zip(row, right, strict=True):
                if not value.is_zero():
                    for place, entry in enumerate(other):
                        if not entry.is_zero():
                            sums[place] = sums[place] + value * entry
            rows.append(tuple(sums))
        return tuple(rows)

    def inverse(self, matrix: Matrix) -> Matrix:
        """The inverse; ``ZeroDivisionError`` when singular."""
        size = len(matrix)
        rows = [
            [*row, *(self.one if i == j else self.zero for j in range(size))]
            for i, row in enumerate(matrix)
        ]
        for column in range(size):
            pivot = next((r for r in range(column, size) if not rows[r][column].is_zero()), None)
            if pivot is None:
                raise ZeroDivisionError("singular matrix")
            rows[column], rows[pivot] = rows[pivot], rows[column]
            scale = rows[column][column].inverse()
            rows[column] = [value * scale for value in rows[column]]
            for other in range(size):
                factor = rows[other][column]
                if other != column and not factor.is_zero():
                    rows[other] = [
                        mine - factor * theirs
                        for mine, theirs in zip(rows[other], rows[column], strict=True)
                    ]
        return tuple(tuple(row[size:]) for row in rows)


def components(matrix: Sequence[Sequence[Any]]) -> list[list[int]]:
    """The connected sets of rows of a matrix whose entries know whether they vanish."""
    size, found = len(matrix), []
    left = set(range(size))
    while left:
        block: set[int] = set()
        front = [min(left)]
        while front:
            row = front.pop()
            if row not in block:
                block.add(row)
                front += [
                    j
                    for j in range(size)
                    if not (matrix[row][j].is_zero() and matrix[j][row].is_zero())
                ]
        found.append(sorted(block))
        left -= block
    return found


def inverse_by_components(matrix: Sequence[Sequence[Fraction]], scalars: Scalars) -> Matrix:
    """The inverse, computed on each connected set of rows."""
    result = [[scalars.zero] * len(matrix) for _ in matrix]
    for rows in components(matrix):
        small = scalars.inverse(tuple(tuple(matrix[i][j] for j in rows) for i in rows))
        for i, row in zip(rows, small, strict=True):
            for j, value in zip(rows, row, strict=True):
                result[i][j] = value
    return tuple(map(tuple, result))


def coordinates(
    matrix: Sequence[Sequence[Any]], scaled: Callable[[Any, sp.Expr], Any]
) -> list[list[Any]]:
    """Real and imaginary parts of a Hermitian matrix, in a matrix: S + iA has S above A.

    The diagonal and what is above it have (X + Xᵀ)/2, what is below has (X - Xᵀ)/(2i): both are
    series or functions with real coefficients where the letters are real up to the factor i.
    """
    r = range(len(matrix))

    def entry(i: int, j: int) -> Any:
        if i == j:
            return matrix[i][i]
        if i < j:
            return scaled(matrix[i][j] + matrix[j][i], sp.S.Half)
        difference = matrix[i][j] - matrix[j][i]
        return difference if difference.is_zero() else scaled(difference, -sp.I / 2)

    return [[entry(i, j) for j in r] for i in r]


@final
class Span:
    """A growing set of independent vectors with the coordinates of what is tested against it."""

    def __init__(self, scalars: Scalars) -> None:
        self._scalars = scalars
        self._rows: list[tuple[int, list[Fraction], list[Fraction]]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, vector: Sequence[Fraction]) -> bool:
        """Keep a vector if it is independent of the earlier ones."""
        rest, made = self._reduced(vector)
        pivot = next((place for place, value in enumerate(rest) if not value.is_zero()), None)
        if pivot is None:
            return False
        scale = rest[pivot].inverse()
        # row = scale (vector - Σ made_i basis_i)
        own = [-value * scale for value in made] + [scale]
        self._rows.append((pivot, [value * scale for value in rest], own))
        return True

    def coordinates(self, vector: Sequence[Fraction]) -> list[Fraction] | None:
        """Coordinates in the kept vectors, or None outside their span."""
        rest, made = self._reduced(vector)
        return made if all(value.is_zero() for value in rest) else None

    def _reduced(self, vector: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
        """What is left of a vector, and the combination of kept vectors that was removed."""
        rest = list(vector)
        made = [self._scalars.zero] * len(self._rows)
        for pivot, row, own in self._rows:
            factor = rest[pivot]
            if factor.is_zero():
                continue
            rest = [mine - factor * theirs for mine, theirs in zip(rest, row, strict=True)]
            for place, value in enumerate(own):
                made[place] = made[place] + factor * value
        return rest, made


def echelon(vectors: Iterable[Sequence[Fraction]]) -> list[list[Fraction]]:
    """The basis of a span in which each vector starts with a 1, where the others have a 0."""
    rows = [list(vector) for vector in vectors]
    done: list[list[Fraction]] = []
    for place in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows if not row[place].is_zero()), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        scale = pivot[place].inverse()
        pivot = [value * scale for value in pivot]
        rows, done = ([_cleared(row, pivot, place) for row in some] for some in (rows, done))
        done.append(pivot)
    return done


def _cleared(row: list[Fraction], pivot: Sequence[Fraction], place: int) -> list[Fraction]:
    """A row with a 0 at a pivot's place."""
    factor = row[place]
    if factor.is_zero():
        return row
    return [
        mine if theirs.is_zero() else mine - factor * theirs
        for mine, theirs in zip(row, pivot, strict=True)
    ]


def scalars_of(expressions: Iterable[sp.Expr]) -> Scalars:
    """The field that holds the given scalar expressions."""
    names = Names(expressions)
    ring = Ring(tuple(names.written))
    roots: list[Root] = []
    for generator, base, order in names.bases:
        power = Algebraic.of(ring.fraction(names.plain(base)), tuple(roots)).value
        roots.append(Root(ring.index(generator), order, power.numerator))
    return Scalars(ring, names, tuple(roots))


def _fraction(value: Fraction | Algebraic) -> Fraction:
    """As an element of the fractions of all generators."""
    return value.value if isinstance(value, Algebraic) else value
