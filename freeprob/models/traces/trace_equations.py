"""The equations of the block traces of any pencil 1 - A(x), self-adjoint or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.dyson import factored, finite_spectrum, weight_of
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.spectral_letters import JointlyDiagonal
from freeprob.models.pencils.realization import Key, Realization
from freeprob.models.pencils.scalars import (
    Matrix,
    Scalars,
    echelon,
    inverse_by_components,
    scalars_of,
)
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.models.traces.trace_families import Commuting, Family, Haar, Pair, subtracted, unit

Unit = Mapping[sp.Expr, sp.Expr]


class Place(NamedTuple):
    """An unknown: entry (i, j) of a corner of the k-th family."""

    k: int
    corner: str
    i: int
    j: int


@final
class TraceSystem:
    """The families of a realisation, over a field that also has the size s and the unknowns."""

    def __init__(self, one: Realization, unit: Unit, centres: Unit) -> None:
        self._one, self._unit, self._centres = one, dict(unit), dict(centres)
        self.size = sp.Dummy("s")
        self._names: dict[Place, sp.Dummy] = {}

    def fixed_point(self) -> FixedPoint:
        """The traces that do not vanish, each given by the others, and C G B.

        Traces are taken to vanish until some equation says that they do not: what is left is
        closed, so it is the solution that starts from vanishing letters.
        """
        while True:
            scalars = self._field()
            seen, G = self._seen(self._families(scalars), scalars)
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
        # an expression that is 0 has no states
        diagonal = [write(row[i]) for i, row in enumerate(trace)] if B else [sp.S.Zero] * len(sizes)
        total = sp.Add(*(size * value for size, value in zip(sizes, diagonal, strict=True)))
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

    def _families(self, scalars: Scalars) -> list[Family]:
        one = self._one
        coefficients = {key: self._dense(key, scalars) for key, entries in one.A.items() if entries}
        families: list[Family] = []
        commuting: dict[object, list[Key]] = {}
        size = scalars.read(self.size)
        for key, dense in coefficients.items():
            letter = key.letter
            if letter.gaussian:
                if key.adjoint in coefficients:
                    weight = scalars.read(weight_of(key).xreplace(self._unit)) * size
                    adjoint = _factors(coefficients[key.adjoint], scalars)
                    families.append(Pair.of(_factors(dense, scalars), adjoint, weight))
            elif isinstance(letter, HaarLetter):
                if not key.starred and key.adjoint in coefficients:
                    left, inner = _factors(dense, scalars)
                    scaled = tuple(tuple(size * value for value in row) for row in left)
                    families.append(
                        Haar((scaled, inner), _factors(coefficients[key.adjoint], scalars))
                    )
            else:
                name = letter.family if isinstance(letter, JointlyDiagonal) else letter.name
                commuting.setdefault(name, []).append(key)
        families += [
            self._commuting(keys, [coefficients[key] for key in keys], scalars)
            for keys in commuting.values()
        ]
        return families

    def _dense(self, key: Key, scalars: Scalars) -> Matrix:
        """A_x in the field."""
        r, zero = range(len(self._one.states)), self._one.scalars.zero
        entries = self._one.A[key]
        return self._moved(tuple(tuple(entries.get((i, j), zero) for j in r) for i in r), scalars)

    def _commuting(self, keys: list[Key], dense: list[Matrix], scalars: Scalars) -> Commuting:
        """Letters with common eigenvectors, their coefficients on common spaces."""
        rows = echelon([row for matrix in dense for row in matrix])
        columns = echelon([column for matrix in dense for column in zip(*matrix, strict=True)])
        places, others = ([_lead(vector) for vector in some] for some in (rows, columns))
        parts = [[[matrix[i][j] for j in places] for i in others] for matrix in dense]
        size, atoms = scalars.read(self.size), []
        for values, weight in self._spectrum(keys):
            scales = [size * scalars.read(value) for value in values]
            small = [[scalars.zero] * len(places) for _ in others]
            for scale, part in zip(scales, parts, strict=True):
                for mine, row in zip(small, part, strict=True):
                    mine[:] = [a + scale * b for a, b in zip(mine, row, strict=True)]
            atoms.append((tuple(map(tuple, small)), scalars.read(weight)))
        left = tuple(zip(*columns, strict=True))
        return Commuting(left, scalars.adjoint(tuple(map(tuple, rows))), tuple(atoms))

    def _spectrum(self, keys: list[Key]) -> list[tuple[list[sp.Expr], sp.Expr]]:
        """Joint eigenvalues about the centres, with weights."""
        first = keys[0].letter
        if isinstance(first, JointlyDiagonal):
            joint = [
                ([place[key.letter.position] for key in keys], weight)
                for place, weight in first.spectrum
            ]
        else:
            spectrum = finite_spectrum(first)
            if spectrum is None:
                raise NotAlgebraicError(
                    f"the trace needs {first.name} to be Gaussian, Haar or to have finitely many "
                    "eigenvalues; approximate its law by atoms"
                )
            joint = [([value], weight) for value, weight in spectrum]
        centres = [self._centres.get(key.letter, sp.S.Zero) for key in keys]
        return [
            ([value - centre for value, centre in zip(values, centres, strict=True)], weight)
            for values, weight in joint
        ]

    def _seen(
        self, families: list[Family], scalars: Scalars
    ) -> tuple[dict[Place, Fraction], Matrix]:
        """What the equations say of every unknown, and all block traces."""
        corners = [
            {
                name: tuple(
                    tuple(self._value(Place(k, name, i, j), scalars) for j in range(columns))
                    for i in range(rows)
                )
                for name, (rows, columns) in family.shapes().items()
            }
            for k, family in enumerate(families)
        ]
        pairs = list(zip(families, corners, strict=True))
        shares = [family.share(own, scalars) for family, own in pairs]
        total = subtracted(unit(len(self._one.states), scalars), shares)
        G = inverse_by_components(total, scalars)
        seen = {}
        for k, ((family, own), share) in enumerate(zip(pairs, shares, strict=True)):
            for name, matrix in family.seen(own, total, G, share, scalars).items():
                for i, row in enumerate(matrix):
                    seen.update({Place(k, name, i, j): value for j, value in enumerate(row)})
        return seen, G

    def _value(self, place: Place, scalars: Scalars) -> Fraction:
        return scalars.read(self._names[place]) if place in self._names else scalars.zero


def _factors(dense: Matrix, scalars: Scalars) -> tuple[Matrix, Matrix]:
    """L and V with A = L V*."""
    entries = {(i, j): v for i, row in enumerate(dense) for j, v in enumerate(row)}
    return factored(entries, len(dense), scalars)


def _lead(vector: Sequence[Fraction]) -> int:
    """Where a vector of an echelon basis has its 1."""
    return next(place for place, value in enumerate(vector) if not value.is_zero())
