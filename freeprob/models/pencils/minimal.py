"""The self-adjoint pencil of a matrix expression, of least size.

A realisation is cut down to what is reachable and observable, which makes it unique up to a change
of basis. The realisation of the adjoint is then similar to it by a unique S, and S turns it into
a self-adjoint pencil: r = r₀ + ℓ(x) + β(x)* (s - h(x))⁻¹ β(x), all entries linear in the letters.
Source: Helton-McCullough-Vinnikov 2006 (symmetric realisations); Helton-Mai-Speicher 2018.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.pencils.realization import Entries, Key, Realization
from freeprob.models.pencils.scalars import Matrix, Scalars, Span, echelon, scalars_of


@final
@dataclass(frozen=True)
class Pencil:
    """Λ(z) = z E - Λ₀ - Σ C_x ⊗ x, whose inverse has (z - r)⁻¹ in its first ``outer`` rows.

    Parameters
    ----------
    spaces
        The dimension of the space of each row.
    outer
        How many rows carry z.
    constant
        Λ₀, Hermitian.
    coefficients
        C_x for each letter and adjoint: C_{x*} = C_x*.
    centre
        Σ c C_x for the multiples c of the identity around which the expression is regular.
    """

    scalars: Scalars
    spaces: tuple[sp.Expr, ...]
    outer: int
    constant: Matrix
    coefficients: Mapping[Key, Entries]
    centre: Matrix

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.spaces)

    def matrix(self, z: sp.Expr) -> sp.ImmutableMatrix:
        """Λ(z) with a symbol for each letter, to be shown."""
        write = self.scalars.write
        rows = [[-write(value) for value in row] for row in self.constant]
        for i in range(self.outer):
            rows[i][i] += z
        for key, entries in self.coefficients.items():
            name = f"{key.letter.name}^*" if key.starred else key.letter.name
            symbol = sp.Symbol(name, commutative=False)
            for (i, j), value in entries.items():
                rows[i][j] -= write(value) * symbol
        return sp.ImmutableMatrix(rows)

    def at(self, values: Mapping[sp.Expr, sp.Expr]) -> Pencil:
        """The pencil with symbols replaced in coefficients and dimensions, not in the letters."""
        if not values:
            return self
        old, known = self.scalars, dict(values)
        lists = [
            self.constant,
            self.centre,
            *([entries.values()] for entries in self.coefficients.values()),
        ]
        written = [
            old.write(value).xreplace(known) for rows in lists for row in rows for value in row
        ]
        letters = [entry for key in self.coefficients for entry in key.letter.scalars()]
        spaces = tuple(space.xreplace(known) for space in self.spaces)
        new = scalars_of([*written, *spaces, *(entry.xreplace(known) for entry in letters)])

        def moved(value: Fraction) -> Fraction:
            return new.read(old.write(value).xreplace(known))

        constant, centre = (
            tuple(tuple(moved(value) for value in row) for row in matrix)
            for matrix in (self.constant, self.centre)
        )
        coefficients = {
            key: {place: moved(value) for place, value in entries.items()}
            for key, entries in self.coefficients.items()
        }
        return Pencil(new, spaces, self.outer, constant, coefficients, centre)

    def about(self, centres: Mapping[RandomMatrix, sp.Expr]) -> Pencil:
        """The pencil in the letters themselves, made for their distances from some centres."""
        total = [list(row) for row in self.centre]
        for key, entries in self.coefficients.items():
            value = self.scalars.read(centres.get(key.letter, sp.S.Zero))
            for (i, j), entry in entries.items():
                total[i][j] = total[i][j] + value * entry
        constant = tuple(
            tuple(a - b for a, b in zip(mine, row, strict=True))
            for mine, row in zip(self.constant, total, strict=True)
        )
        return replace(self, constant=constant, centre=tuple(map(tuple, total)))


def pencil_of(realization: Realization, name: object = "this expression") -> Pencil:
    """The least self-adjoint pencil.

    Raises
    ------
    UndefinedOperationError
        If the expression is not self-adjoint.
    """
    short = least(realization)
    pairing = _pairing(short)
    if pairing is None or realization.rows != realization.columns:
        raise UndefinedOperationError(
            f"{name} is not self-adjoint, so its eigenvalues have no law on the real line: take "
            "its Gram matrix Y*Y.T, its Hermitian part (Y + Y.T)/2, or the Hermitisation "
            "BlockMatrix([[0, Y], [Y.T, 0]])"
        )
    return _butterfly(short, pairing)


def least(realization: Realization) -> Realization:
    """The realisation of least size, unique up to a change of basis."""
    return _observable(_reachable(realization))


def _apply(entries: Entries, vector: Sequence[Fraction], scalars: Scalars) -> list[Fraction]:
    """A sparse matrix times a vector."""
    result = [scalars.zero] * len(vector)
    for (i, j), value in entries.items():
        if not vector[j].is_zero():
            result[i] = result[i] + value * vector[j]
    return result


def _krylov(
    A: Mapping[Key, Entries], starts: Sequence[Sequence[Fraction]], scalars: Scalars
) -> tuple[Span, list[list[Fraction]], list[tuple[Key | None, int, Fraction]]]:
    """A basis of words applied to the starts, and how each arose: letter, earlier vector, scale."""
    span, basis, paths = Span(scalars), [], []

    def keep(vector: Sequence[Fraction], key: Key | None, place: int) -> None:
        lead = next((value for value in vector if not value.is_zero()), None)
        if lead is None:
            return
        # a leading 1 keeps radicals of parameters out of the basis
        scale = lead.inverse()
        vector = [value * scale for value in vector]
        if span.add(vector):
            basis.append(vector)
            paths.append((key, place, scale))

    for place, start in enumerate(starts):
        keep(start, None, place)
    seen = 0
    while seen < len(basis):
        for key, entries in A.items():
            keep(_apply(entries, basis[seen], scalars), key, seen)
        seen += 1
    return span, basis, paths


def _columns(matrix: Matrix, width: int) -> list[list[Fraction]]:
    return [[row[j] for row in matrix] for j in range(width)]


def _reachable(one: Realization) -> Realization:
    """Restricted to the space spanned by words applied to B.

    Its basis is the echelon one, with pivots last: where the states of a factor of a product form
    an invariant subspace, so do the first vectors of the basis, and A stays block triangular.
    """
    scalars = one.scalars
    starts = _columns(one.B, len(one.columns))
    _, reached, _ = _krylov(one.A, starts, scalars)
    basis = [row[::-1] for row in reversed(echelon([v[::-1] for v in reached]))]
    span = Span(scalars)
    for vector in basis:
        span.add(vector)
    A: dict[Key, dict[tuple[int, int], Fraction]] = {}
    for key, entries in one.A.items():
        own: dict[tuple[int, int], Fraction] = {}
        for j, vector in enumerate(basis):
            coordinates = span.coordinates(_apply(entries, vector, scalars))
            own.update({(i, j): v for i, v in enumerate(coordinates or ()) if not v.is_zero()})
        A[key] = own
    columns = [span.coordinates(start) or [] for start in starts]
    B = tuple(tuple(column[i] for column in columns) for i in range(len(basis)))
    C = (
        scalars.product(one.C, tuple(zip(*basis, strict=True)))
        if basis
        else tuple(() for _ in one.C)
    )
    return Realization(scalars, one.rows, one.columns, _spaces(one, basis), C, A, B)


def _spaces(one: Realization, basis: Sequence[Sequence[Fraction]]) -> tuple[sp.Expr, ...]:
    """The space in which each vector lies."""
    return tuple(
        next(space for space, value in zip(one.states, vector, strict=True) if not value.is_zero())
        for vector in basis
    )


def _observable(one: Realization) -> Realization:
    """Unobservable states divided out: the reachable part of the adjoint."""
    return _reachable(one.adjoint()).adjoint()


def _pairing(one: Realization) -> Matrix | None:
    """S with S A_x = (A_{x*})* S and S B = C*, if there is one."""
    scalars, other = one.scalars, one.adjoint()
    starts = _columns(one.B, len(one.columns))
    _, basis, paths = _krylov(one.A, starts, scalars)
    if one.rows != one.columns:
        return None
    images: list[list[Fraction]] = []
    others = _columns(other.B, len(other.columns))
    for key, place, scale in paths:
        image = others[place] if key is None else images[place]
        if key is not None:
            image = _apply(other.A.get(key, {}), image, scalars)
        images.append([value * scale for value in image])
    if not basis:
        return ()
    V, W = tuple(zip(*basis, strict=True)), tuple(zip(*images, strict=True))
    S = scalars.product(W, scalars.inverse(V))
    size = len(one.states)
    if scalars.product(S, one.B) != other.B or scalars.product(other.C, S) != one.C:
        return None
    for key in {*one.A, *other.A}:
        left = scalars.product(S, _dense(one.A.get(key, {}), size, scalars))
        right = scalars.product(_dense(other.A.get(key, {}), size, scalars), S)
        if left != right:
            return None
    return S


def _dense(entries: Entries, size: int, scalars: Scalars) -> Matrix:
    return tuple(tuple(entries.get((i, j), scalars.zero) for j in range(size)) for i in range(size))


def _butterfly(one: Realization, S: Matrix) -> Pencil:
    """Split off the first and the last letter of every word: they stand at the pencil's rim."""
    scalars, outer = one.scalars, len(one.rows)
    inputs = {
        key: [_apply(entries, column, scalars) for column in _columns(one.B, outer)]
        for key, entries in one.A.items()
    }
    starts = [vector for vectors in inputs.values() for vector in vectors]
    _, reached, _ = _krylov(one.A, starts, scalars)
    chosen = _nondegenerate(reached, S, scalars)
    W = tuple(zip(*chosen, strict=True)) if chosen else ()
    left = scalars.product(scalars.adjoint(W), S) if chosen else ()
    size = outer + len(chosen)

    def against(vector: Sequence[Fraction]) -> list[Fraction]:
        return (
            [row[0] for row in scalars.product(left, tuple((v,) for v in vector))] if left else []
        )

    constant = [[scalars.zero] * size for _ in range(size)]
    for i, row in enumerate(one.constant() if one.states else ()):
        constant[i][:outer] = row
    for j, vector in enumerate(chosen):
        for i, value in enumerate(against(vector)):
            constant[outer + i][outer + j] = -value
    coefficients: dict[Key, dict[tuple[int, int], Fraction]] = {key: {} for key in one.A}
    for key, entries in one.A.items():
        own = coefficients[key]
        for j, vector in enumerate(inputs[key]):
            ell = scalars.product(one.C, tuple((v,) for v in vector))
            own.update({(i, j): row[0] for i, row in enumerate(ell)})
            for i, value in enumerate(against(vector)):
                own[outer + i, j] = value
        for j, vector in enumerate(chosen):
            for i, value in enumerate(against(_apply(entries, vector, scalars))):
                own[outer + i, outer + j] = value
    for key in list(coefficients):
        for (i, j), value in list(coefficients[key].items()):
            if i >= outer > j:
                coefficients.setdefault(key.adjoint, {})[j, i] = scalars.star(value)
    spaces = one.rows + _spaces(one, chosen)
    return Pencil(
        scalars,
        spaces,
        outer,
        tuple(map(tuple, constant)),
        _without_zeros(coefficients),
        tuple((scalars.zero,) * size for _ in range(size)),
    )


def _without_zeros(coefficients: Mapping[Key, Entries]) -> dict[Key, Entries]:
    """Entries that are not 0, of letters that have one."""
    sparse = {
        key: {place: value for place, value in entries.items() if not value.is_zero()}
        for key, entries in coefficients.items()
    }
    return {key: entries for key, entries in sparse.items() if entries}


def _nondegenerate(
    vectors: Sequence[list[Fraction]], S: Matrix, scalars: Scalars
) -> list[list[Fraction]]:
    """Vectors on which the pairing is nondegenerate, as many as its rank.

    Rows that are independent in a Hermitian matrix have an invertible principal minor.
    """
    if not vectors:
        return []
    V = tuple(zip(*vectors, strict=True))
    gram = scalars.product(scalars.product(scalars.adjoint(V), S), V)
    span = Span(scalars)
    return [vector for vector, row in zip(vectors, gram, strict=True) if span.add(row)]
