"""The equations of the block traces of any pencil 1 - A(x), self-adjoint or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.door import Fraction
from freeprob.exact.system import Relation
from freeprob.models.dyson import factored, finite_spectrum, weight_of
from freeprob.models.fixed_points import FixedPoint
from freeprob.models.realization import Realization
from freeprob.models.scalars import Matrix, Scalars, inverse_by_components, scalars_of

Unit = Mapping[sp.Expr, sp.Expr]


class Place(NamedTuple):
    """An unknown: entry (i, j) of the corner of the k-th Gaussian pair or finite spectrum."""

    kind: str
    k: int
    i: int
    j: int


@final
@dataclass(frozen=True)
class Pair:
    """E[A x G A' x'] = L (w ∘ V* G L') V'*: the unknown is V* G L'.

    The columns of L and L' start with 1: what they are multiples of is in the weights, in which
    most radicals of parameters meet themselves again.
    """

    first: tuple[Matrix, Matrix]
    second: tuple[Matrix, Matrix]
    weights: Matrix


@final
@dataclass(frozen=True)
class Finite:
    """A ⊗ y, A = L V*, y of finite spectrum: the unknown is W = V* M⁻¹ L, M without this letter.

    R = L (1 + Y W)⁻¹ Y V* with Y = Σ p λ (1 - λ W)⁻¹.
    """

    factors: tuple[Matrix, Matrix]
    atoms: tuple[tuple[Fraction, Fraction], ...]


@final
class TraceSystem:
    """The families of a realisation, over a field that also has the size s and the unknowns."""

    def __init__(self, one: Realization, unit: Unit) -> None:
        self._one, self._unit = one, dict(unit)
        self.size = sp.Dummy("s")
        self._names: dict[Place, sp.Dummy] = {}

    def fixed_point(self) -> FixedPoint:
        """The traces that do not vanish, each given by the others, and C G B.

        Traces are taken to vanish until some equation says that they do not: what is left is
        closed, so it is the solution that starts from vanishing letters.
        """
        while True:
            scalars = self._field()
            pairs, finite = self._families(scalars)
            seen, G = self._seen(pairs, finite, scalars)
            found = [p for p, value in seen.items() if p not in self._names and not value.is_zero()]
            if not found:
                break
            for place in found:
                self._names[place] = sp.Dummy(f"g{len(self._names) + 1}")
        write = scalars.write
        relations = tuple(Relation(name, write(seen[p])) for p, name in self._names.items())
        C, B = self._moved(self._one.C, scalars), self._moved(self._one.B, scalars)
        trace = scalars.product(scalars.product(C, G), B)
        sizes = [size.xreplace(self._unit) for size in self._one.rows]
        total = sp.Add(*(size * write(trace[i][i]) for i, size in enumerate(sizes)))
        return FixedPoint(self.size, relations, (total / sp.Add(*sizes),))

    def _field(self) -> Scalars:
        """Field of the coefficients with the growing dimension scaled out."""
        one, write = self._one, self._one.scalars.write
        values = [v for matrix in (one.C, one.B) for row in matrix for v in row]
        values += [v for entries in one.A.values() for v in entries.values()]
        written = [write(value) for value in values]
        letters = [entry for key in one.A for entry in key.letter.scalars()]
        everything = [entry.xreplace(self._unit) for entry in (*written, *letters, *one.states)]
        return scalars_of([*everything, self.size, *self._names.values()])

    def _moved(self, matrix: Matrix, scalars: Scalars) -> Matrix:
        write = self._one.scalars.write
        return tuple(
            tuple(scalars.read(write(value).xreplace(self._unit)) for value in row)
            for row in matrix
        )

    def _families(self, scalars: Scalars) -> tuple[list[Pair], list[Finite]]:
        one, size = self._one, len(self._one.states)
        write = one.scalars.write
        coefficients = {
            key: {
                place: scalars.read(write(value).xreplace(self._unit))
                for place, value in entries.items()
            }
            for key, entries in one.A.items()
            if entries
        }
        pairs, finite = [], []
        size_of = scalars.read(self.size)
        for key, entries in coefficients.items():
            own = factored(entries, size, scalars)
            if key.letter.gaussian:
                if key.adjoint in coefficients:
                    weight = scalars.read(weight_of(key).xreplace(self._unit)) * size_of
                    other = factored(coefficients[key.adjoint], size, scalars)
                    pairs.append(_pair(own, other, weight))
                continue
            spectrum = finite_spectrum(key.letter)
            if spectrum is None:
                raise NotAlgebraicError(
                    f"the trace needs {key.letter.name} to be Gaussian or to have finitely many "
                    "eigenvalues; approximate its law by atoms"
                )
            atoms = tuple((scalars.read(v) * size_of, scalars.read(p)) for v, p in spectrum)
            finite.append(Finite(own, atoms))
        return pairs, finite

    def _value(self, place: Place, scalars: Scalars) -> Fraction:
        return scalars.read(self._names[place]) if place in self._names else scalars.zero

    def _corner(self, kind: str, k: int, rows: int, columns: int, scalars: Scalars) -> Matrix:
        return tuple(
            tuple(self._value(Place(kind, k, i, j), scalars) for j in range(columns))
            for i in range(rows)
        )

    def _seen(
        self, pairs: Sequence[Pair], finite: Sequence[Finite], scalars: Scalars
    ) -> tuple[dict[Place, Fraction], Matrix]:
        """What the equations say of every unknown, and all block traces."""
        size = len(self._one.states)
        total = [[scalars.zero] * size for _ in range(size)]
        for i in range(size):
            total[i][i] = scalars.one
        for k, pair in enumerate(pairs):
            (left, inner), (outer, right) = pair.first, pair.second
            X = self._corner("pair", k, len(inner[0]), len(outer[0]), scalars)
            X = tuple(
                tuple(weight * value for weight, value in zip(weights, row, strict=True))
                for weights, row in zip(pair.weights, X, strict=True)
            )
            _subtract(total, _chain(scalars, left, X, scalars.adjoint(right)))
        shares = []
        for k, letter in enumerate(finite):
            left, inner = letter.factors
            W = self._corner("finite", k, len(inner[0]), len(left[0]), scalars)
            share = _chain(scalars, left, _response(letter, W, scalars), scalars.adjoint(inner))
            shares.append(share)
            _subtract(total, share)
        G = inverse_by_components(total, scalars)
        seen: dict[Place, Fraction] = {}
        for k, pair in enumerate(pairs):
            corner = _chain(scalars, scalars.adjoint(pair.first[1]), G, pair.second[0])
            seen.update(_placed("pair", k, corner))
        for k, (letter, share) in enumerate(zip(finite, shares, strict=True)):
            without = [
                [a + b for a, b in zip(mine, row, strict=True)]
                for mine, row in zip(total, share, strict=True)
            ]
            left, inner = letter.factors
            inverse = inverse_by_components(without, scalars)
            seen.update(
                _placed("finite", k, _chain(scalars, scalars.adjoint(inner), inverse, left))
            )
        return seen, G


def _pair(first: tuple[Matrix, Matrix], second: tuple[Matrix, Matrix], weight: Fraction) -> Pair:
    """A pair with the multiples in its columns taken out."""
    (left, scales), (right, others) = (_normalised(matrix) for matrix, _ in (first, second))
    weights = tuple(tuple(weight * a * b for b in others) for a in scales)
    return Pair((left, first[1]), (right, second[1]), weights)


def _normalised(matrix: Matrix) -> tuple[Matrix, list[Fraction]]:
    """Columns that start with 1, and what they were multiplied with."""
    scales = [
        next(value for value in column if not value.is_zero())
        for column in zip(*matrix, strict=True)
    ]
    return tuple(
        tuple(value / scale for value, scale in zip(row, scales, strict=True)) for row in matrix
    ), scales


def _subtract(total: list[list[Fraction]], share: Matrix) -> None:
    for mine, row in zip(total, share, strict=True):
        mine[:] = [a - b for a, b in zip(mine, row, strict=True)]


def _chain(scalars: Scalars, *matrices: Matrix) -> Matrix:
    first, *others = matrices
    for other in others:
        first = scalars.product(first, other)
    return first


def _placed(kind: str, k: int, matrix: Matrix) -> dict[Place, Fraction]:
    return {
        Place(kind, k, i, j): value for i, row in enumerate(matrix) for j, value in enumerate(row)
    }


def _response(letter: Finite, W: Matrix, scalars: Scalars) -> Matrix:
    """(1 + Y W)⁻¹ Y with Y = Σ p λ (1 - λ W)⁻¹."""
    size = len(W)
    unit = tuple(
        tuple(scalars.one if i == j else scalars.zero for j in range(size)) for i in range(size)
    )
    Y = [[scalars.zero] * size for _ in range(size)]
    for value, weight in letter.atoms:
        below = tuple(
            tuple(e - value * w for e, w in zip(mine, row, strict=True))
            for mine, row in zip(unit, W, strict=True)
        )
        share = scalars.inverse(below)
        for mine, row in zip(Y, share, strict=True):
            mine[:] = [a + weight * value * b for a, b in zip(mine, row, strict=True)]
    product = scalars.product(tuple(map(tuple, Y)), W)
    bottom = tuple(
        tuple(a + b for a, b in zip(mine, row, strict=True))
        for mine, row in zip(unit, product, strict=True)
    )
    return scalars.product(scalars.inverse(bottom), tuple(map(tuple, Y)))
