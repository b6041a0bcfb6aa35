"""Realisations: a matrix expression as C (1 - A(x))⁻¹ B with A linear in the letters.

Sums, products and inverses of realisations are realisations, so every rational expression that is
regular where all letters vanish has one. States carry the dimension of the space they stand for.
Source: Fliess 1974; Helton-McCullough-Vinnikov 2006.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, final

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.pencils.scalars import Matrix, Scalars


class Key(NamedTuple):
    """A letter or its adjoint."""

    letter: RandomMatrix
    starred: bool = False

    @property
    def adjoint(self) -> Key:
        """The key of the adjoint matrix."""
        return self if self.letter.self_adjoint else Key(self.letter, not self.starred)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Dimensions of the matrix."""
        rows, columns = self.letter.shape
        return (columns, rows) if self.starred else (rows, columns)


Entries: TypeAlias = Mapping[tuple[int, int], Fraction]
"""A sparse matrix over the states."""


@final
@dataclass(frozen=True)
class Realization:
    """C (1 - Σ A_x x)⁻¹ B.

    ``rows``, ``columns`` and ``states`` are dimensions of the spaces; ``C`` is rows x states, ``B``
    states x columns, ``A`` maps letters to sparse matrices over the states.
    """

    scalars: Scalars
    rows: tuple[sp.Expr, ...]
    columns: tuple[sp.Expr, ...]
    states: tuple[sp.Expr, ...]
    C: Matrix
    A: Mapping[Key, Entries]
    B: Matrix

    def constant(self) -> Matrix:
        """The value where all letters vanish."""
        return self.scalars.product(self.C, self.B)

    def adjoint(self) -> Realization:
        """The realisation of the adjoint."""
        star = self.scalars.star
        return Realization(
            self.scalars,
            self.columns,
            self.rows,
            self.states,
            self.scalars.adjoint(self.B),
            {
                key.adjoint: {(j, i): star(value) for (i, j), value in entries.items()}
                for key, entries in self.A.items()
            },
            self.scalars.adjoint(self.C),
        )

    def scaled(self, factor: Fraction) -> Realization:
        """Times a scalar."""
        C = tuple(tuple(factor * value for value in row) for row in self.C)
        return Realization(self.scalars, self.rows, self.columns, self.states, C, self.A, self.B)


def constant(scalars: Scalars, size: sp.Expr, value: Fraction) -> Realization:
    """A multiple of the identity."""
    return Realization(scalars, (size,), (size,), (size,), ((value,),), {}, ((scalars.one,),))


def zero(scalars: Scalars, rows: sp.Expr, columns: sp.Expr) -> Realization:
    """The zero matrix: no states."""
    return Realization(scalars, (rows,), (columns,), (), ((),), {}, ())


def letter(scalars: Scalars, key: Key) -> Realization:
    """One letter: x = (1 0) (1 - x E₁₂)⁻¹ (0 1)ᵀ."""
    rows, columns = key.shape
    one, null = scalars.one, scalars.zero
    return Realization(
        scalars,
        (rows,),
        (columns,),
        (rows, columns),
        ((one, null),),
        {key: {(0, 1): one}},
        ((null,), (one,)),
    )


def _joined(first: Realization, second: Realization) -> dict[Key, dict[tuple[int, int], Fraction]]:
    """Both A side by side."""
    offset = len(first.states)
    A = {key: dict(entries) for key, entries in first.A.items()}
    for key, entries in second.A.items():
        own = A.setdefault(key, {})
        own.update({(i + offset, j + offset): value for (i, j), value in entries.items()})
    return A


def total(first: Realization, second: Realization) -> Realization:
    """The sum."""
    return Realization(
        first.scalars,
        first.rows,
        first.columns,
        first.states + second.states,
        tuple(a + b for a, b in zip(first.C, second.C, strict=True)),
        _joined(first, second),
        first.B + second.B,
    )


def product(first: Realization, second: Realization) -> Realization:
    """The product: A = [[A₁, A₁ B₁ C₂], [0, A₂]], C = (C₁, C₁ B₁ C₂), B = (0, B₂)."""
    scalars = first.scalars
    middle = scalars.product(first.B, second.C)
    offset = len(first.states)
    A = _joined(first, second)
    for key, entries in first.A.items():
        own = A[key]
        for (i, k), value in entries.items():
            for j, entry in enumerate(middle[k]):
                if not entry.is_zero():
                    place = (i, j + offset)
                    own[place] = own.get(place, scalars.zero) + value * entry
    through = scalars.product(first.C, middle) if second.states else tuple(() for _ in first.C)
    null = tuple(scalars.zero for _ in second.columns)
    return Realization(
        scalars,
        first.rows,
        second.columns,
        first.states + second.states,
        tuple(a + b for a, b in zip(first.C, through, strict=True)),
        A,
        (null,) * offset + second.B,
    )


def inverse(one: Realization) -> Realization:
    """The inverse, D = C B invertible: D⁻¹ - D⁻¹ C (1 - A P)⁻¹ A B D⁻¹ with P = 1 - B D⁻¹ C.

    Raises
    ------
    ZeroDivisionError
        If the value where all letters vanish is singular.
    """
    scalars = one.scalars
    D = scalars.inverse(one.constant())
    left, right = scalars.product(D, one.C), scalars.product(one.B, D)
    size, outer = len(one.states), len(one.rows)
    removed = scalars.product(one.B, left)
    P = tuple(
        tuple((scalars.one if i == j else scalars.zero) - value for j, value in enumerate(row))
        for i, row in enumerate(removed)
    )
    A: dict[Key, dict[tuple[int, int], Fraction]] = {}
    for key, entries in one.A.items():
        own = A.setdefault(key, {})
        for (i, k), value in entries.items():
            own[i, k + size] = value
            for j, entry in enumerate(P[k]):
                if not entry.is_zero():
                    own[i, j] = own.get((i, j), scalars.zero) + value * entry
    null = scalars.zero
    unit = tuple(tuple(scalars.one if i == j else null for j in range(outer)) for i in range(outer))
    C = tuple(tuple(-value for value in left[i]) + (null,) * size + D[i] for i in range(outer))
    B = ((null,) * outer,) * size + right + unit
    states = one.states + one.states + one.rows
    return Realization(scalars, one.columns, one.rows, states, C, A, B)


def stacked(blocks: list[list[Realization]]) -> Realization:
    """A matrix of blocks."""
    scalars = blocks[0][0].scalars
    null = scalars.zero
    rows = tuple(row[0].rows[0] for row in blocks)
    columns = tuple(block.columns[0] for block in blocks[0])
    C: list[list[Fraction]] = [[] for _ in rows]
    B: list[tuple[Fraction, ...]] = []
    states: tuple[sp.Expr, ...] = ()
    A: dict[Key, dict[tuple[int, int], Fraction]] = {}
    for i, line in enumerate(blocks):
        for j, block in enumerate(line):
            offset = len(states)
            states += block.states
            for place, row in enumerate(C):
                row.extend(block.C[0] if place == i else [null] * len(block.states))
            B.extend(
                tuple(value if column == j else null for column in range(len(columns)))
                for (value,) in block.B
            )
            for key, entries in block.A.items():
                own = A.setdefault(key, {})
                own.update({(a + offset, b + offset): v for (a, b), v in entries.items()})
    return Realization(scalars, rows, columns, states, tuple(map(tuple, C)), A, tuple(B))
