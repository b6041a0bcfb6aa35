"""Where moved eigenvalues of a letter appear: the zeros of t⁻¹ - A along the gaps of a law.

A is a positive measure's matrix Cauchy transform, so t⁻¹ - A rises on each gap without a pole, and
so do its eigenvalues: each is 0 once at most. Which spikes make an outlier in a gap is read off
the signs of the eigenvalues at its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, final

import numpy as np
import sympy as sp
from flint import acb, acb_mat, arb, ctx

from freeprob.laws.subordination.gap_places import Ends, Found
from freeprob.laws.subordination.subordination import Standing
from freeprob.models.solutions.conditional import Conditional
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.functions import values_program
from freeprob.numeric.branch.gap_roots import Height, Reach, Rise, Rising, Root
from freeprob.numeric.programs.lowering import read_place

Piece = tuple[Ends, Rise]

_FALL = 4
"""Over the next step of the grid, what falls short of 0 by a root of the distance moves as much."""


@final
@dataclass(frozen=True)
class LetterBlock:
    """A set of rows of t⁻¹ - A that is connected to no others."""

    seen: Conditional
    rows: tuple[int, ...]

    @cached_property
    def response(self) -> sp.ImmutableMatrix:
        """A on these rows."""
        return sp.ImmutableMatrix(self.seen.response.extract(self.rows, self.rows))

    @cached_property
    def inverse(self) -> sp.ImmutableMatrix:
        """c⁻¹ on these rows."""
        return sp.ImmutableMatrix(self.seen.coefficient.extract(self.rows, self.rows).inv())

    @cached_property
    def _numbers(self) -> np.ndarray:
        """c⁻¹ in floating point."""
        return np.array(self.inverse.evalf(20).tolist(), dtype=complex)

    @cached_property
    def _rising(self) -> Rising:
        curve = self.seen.system
        program = values_program(physical_branch(curve).curve, list(self.response))
        return Rising(physical_branch(curve), program, (), lambda v: np.real(sum(v)), bounded=True)

    def pieces(self, gaps: Sequence[Ends], reach: Reach) -> list[Piece]:
        """The gaps, with the values of A on them."""
        return [(ends, rise) for ends in gaps for rise in self._rising.pieces(ends.gap, reach)]

    def matrices(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """A at points, Hermitian."""
        size = len(self.rows)
        A = np.array(values).reshape(size, size, -1).transpose(2, 0, 1)
        return (A + A.conj().transpose(0, 2, 1)) / 2

    def heights(self, values: Sequence[np.ndarray], value: float) -> np.ndarray:
        """The eigenvalues of t⁻¹ - A at points, from the least to the largest."""
        scale = self._numbers / (value - float(self.seen.base))
        return np.linalg.eigvalsh(scale - self.matrices(values))

    def products(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """The matrices c A at points."""
        return np.linalg.solve(self._numbers, self.matrices(values))

    def appearances(self, pieces: Sequence[Piece], value: sp.Expr) -> list[Appearance]:
        """All real places outside the support where an eigenvalue of the letter appears."""
        found = []
        for ends, rise in pieces:
            for index in range(len(self.rows)):
                roots = self._roots(rise, value, index)
                if not roots:
                    continue
                standing = self._standing(value, index)
                places = [Found(standing, sp.S.One, 1, ends, root) for root in roots]
                found += [
                    Appearance(self, value, index, place) for place in places if place.is_outside()
                ]
        return found

    def _roots(self, rise: Rise, value: sp.Expr, index: int) -> list[Root]:
        """Where an eigenvalue is 0, not counting those that vanish where others are infinite."""
        roots = self._rising.roots(rise, self._height(value, index))
        if not roots or (rise.x[0] < roots[0].high and roots[0].low < rise.x[-1]):
            return roots
        near, inner = (0, 1) if roots[0].high <= rise.x[0] else (-1, -2)
        heights = self.heights([v[[near, inner]] for v in rise.values], float(value))
        first, second = np.prod(heights, axis=1)
        return roots if abs(first) <= _FALL * abs(second - first) else []

    def _height(self, value: sp.Expr, index: int) -> Height:
        number = float(value)
        return lambda _, values: self.heights(values, number)[:, index]

    def _standing(self, value: sp.Expr, index: int) -> Standing:
        """1 ± det(t⁻¹ - A), which rises where ``index`` of the other eigenvalues are negative."""
        rising = (-1) ** index * determinant(self.singular(value))
        return Standing(self.seen.system, 1 + rising, sp.S.Zero, (), ())

    def singular(self, value: sp.Expr) -> sp.ImmutableMatrix:
        """t⁻¹ - A."""
        return sp.ImmutableMatrix(self.inverse / (value - self.seen.base) - self.response)


class Appearance(NamedTuple):
    """An outlier that an eigenvalue of a letter makes, the ``number``-th of t⁻¹ - A being 0."""

    block: LetterBlock
    value: sp.Expr
    number: int
    place: Found

    def location(self, bits: int) -> arb:
        """Where it is."""
        return self.place.location(bits)

    def overlap(self, side: int) -> Callable[[int], arb]:
        """The squared norm of the eigenvector's part along one side's vectors, in the outer rows.

        The residue e* Q U adj(t⁻¹ - A) U* Q e / (d/dz) det, by a bordered determinant.
        """
        columns, rows = self.block.seen.sides[side]
        own, B = list(self.block.rows), self.block.singular(self.value)
        bordered = (
            sp.ImmutableMatrix(
                sp.BlockMatrix([[B, columns[own, k : k + 1]], [rows[k : k + 1, own], sp.zeros(1)]])
            )
            for k in range(columns.cols)
        )
        weight = sp.Add(*(-((-1) ** self.number) * determinant(matrix) for matrix in bordered))
        place = replace(self.place, standing=replace(self.place.standing, weight=weight))
        return lambda bits: place.overlaps(bits)[0]

    def deviation(self, bits: int) -> arb:
        """√n times the standard deviation of the location, n the rows of the letter.

        With φ in the kernel of t⁻¹ - A and w = U φ, an outlier moves by -φ* δ φ/(φ* A' φ) where
        δ = (U ⊗ v)* Q (U ⊗ v) - A for a uniformly distributed unit vector v. The variance of
        φ* δ φ is (2/n) (w* Ġ w - (φ* A φ)²), Ġ = tr Q (w w* ⊗ 1) Q. Left and right singular vectors
        of n and m entries have this each for their rows, and together (4/m) w* Ġ w with the w of
        the left ones outside and that of the right ones in Ġ.
        """
        assert self.block.seen.moving is not None
        unknowns, slope = self.place.state(bits)
        moving = self.block.seen.moving.at(unknowns, bits)
        with ctx.workprec(bits + 16):
            rows, size = list(self.block.rows), len(self.block.rows)
            vectors = self.block.seen.vectors[:, rows]
            U = acb_mat([[read_place(v)() for v in row] for row in vectors.tolist()])
            groups = [self.block.seen.groups[row] for row in rows]
            full = U.transpose() * moving.traces * U
            r = range(size)
            A = acb_mat([[full[i, j] if groups[i] == groups[j] else 0 for j in r] for i in r])
            inverse = acb_mat(size, size, [read_place(v)() for v in self.block.inverse])
            kernel, adjugate = _kernel(inverse * (1 / read_place(self.value)()) - A)
            spread = acb(0)
            pairs = list(zip(kernel.entries(), groups, strict=True))
            sizes = self.block.seen.sizes
            parts = [[v if own == g else acb(0) for v, own in pairs] for g in range(len(sizes))]
            for g, part in enumerate(parts):
                own = acb_mat(size, 1, part)
                w = U * own
                moved = moving.moved(w * w.transpose())
                first = (own.transpose() * A * own)[0, 0]
                scale = 2 / read_place(sizes[g])()
                spread += scale * (_form(w, moved) - first**2)
                for before in parts[:g]:
                    spread += 2 * scale * _form(U * acb_mat(size, 1, before), moved)
            return spread.real.sqrt() * abs(slope) / abs(adjugate.real)


def _form(vector: acb_mat, matrix: acb_mat) -> acb:
    return (vector.transpose() * matrix * vector)[0, 0]


def _kernel(matrix: acb_mat) -> tuple[acb_mat, acb]:
    """A column of the adjugate of a singular symmetric matrix, and its entry on the diagonal.

    The adjugate is that column times its transpose, over the entry.
    """
    size = matrix.nrows()
    r = range(size)

    def cofactor(i: int, j: int) -> acb:
        kept = [[matrix[a, b] for b in r if b != j] for a in r if a != i]
        return (-1) ** (i + j) * (acb_mat(kept).det() if kept else acb(1))

    place = max(r, key=lambda k: float(abs(cofactor(k, k)).mid()))
    column = [cofactor(place, i) for i in r]
    return acb_mat(size, 1, column), column[place]


def determinant(matrix: sp.ImmutableMatrix) -> sp.Expr:
    """Expanded along rows, products not multiplied out."""
    if matrix.rows == 1:
        return matrix[0]
    terms = []
    for k in range(matrix.cols):
        if matrix[0, k] != 0:
            minor = sp.ImmutableMatrix(matrix.minor_submatrix(0, k))
            terms.append((-1) ** k * matrix[0, k] * determinant(minor))
    return sp.Add(*terms)
