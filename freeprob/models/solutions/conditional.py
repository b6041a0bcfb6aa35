"""What an eigenvector of a deterministic letter sees of the whole matrix.

With Σ C_y ⊗ y = C ⊗ y, C = U c U*, and M(z) = z E - Λ₀ - R of all other letters, the resolvent of
the pencil is close to (M - C ⊗ y)⁻¹: operator-valued subordination. On an eigenvector of y with
the eigenvalue λ₀ in its spectrum stands Q = (M - λ₀C)⁻¹, and on one with the eigenvalue θ

(M - θC)⁻¹ = Q + Q U (t⁻¹ - A)⁻¹ U* Q,   A = U* Q U,   t = (θ - λ₀) c.

A is regular outside the support, so an eigenvalue θ of y makes an outlier where t⁻¹ - A is
singular. A letter of fixed rank has λ₀ = 0 and R = 0, so that Q = G. One that is rectangular,
Σ θ u v* on C = L V*, is the same with U = (L, V), without L* Q V as u* v = 0, and with
c = (0, 1; 1, 0).
Source: Belinschi-Mai-Speicher 2017; Belinschi, Bercovici, Capitaine 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.exact.systems.system import Leaf
from freeprob.models.dyson.dyson import Dyson, Rotation, Spectral
from freeprob.models.dyson.resolvents import Average
from freeprob.models.families.family import moved
from freeprob.models.families.haar import HaarPart
from freeprob.models.families.nilpotent import NilpotentPart
from freeprob.models.families.spectral_points import SpectralMatrix, SpectralPoint
from freeprob.models.pencils.minimal import Pencil
from freeprob.models.pencils.scalars import Matrix, Scalars, inverse_by_components
from freeprob.models.solutions.coupled import Coupled
from freeprob.models.solutions.derivative import Perturbation


@final
@dataclass(frozen=True)
class Conditional:
    """The resolvent on the eigenvectors of a letter, by the unknowns of the law's curve.

    Parameters
    ----------
    system
        The curve.
    base
        λ₀.
    coefficient
        c.
    response
        A.
    sides
        U* Q e for the outer rows e, and e* Q U: of eigenvectors, or of left and of right singular
        vectors.
    corner
        Q on the outer rows.
    vectors
        U.
    moving
        Where known, how G moves; of letters of fixed rank.
    groups, sizes
        Which of the letter's sets of vectors each row belongs to, and the dimensions that they are
        in, relative to the letter's rows.
    """

    system: Leaf
    base: sp.Expr
    coefficient: sp.ImmutableMatrix
    response: sp.ImmutableMatrix
    sides: tuple[tuple[sp.ImmutableMatrix, sp.ImmutableMatrix], ...]
    corner: sp.ImmutableMatrix
    vectors: sp.ImmutableMatrix
    moving: Perturbation | None = None
    groups: tuple[int, ...] = ()
    sizes: tuple[sp.Expr, ...] = (sp.S.One,)

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The sets of rows that neither A nor c connects."""
        return tuple(map(tuple, _connected(self.response, self.coefficient)))


def _part_of(found: Coupled, family: Spectral) -> SpectralPoint | SpectralMatrix | None:
    """What stands for a family in the coupled system; None for one that is averaged over."""
    kinds = (part for part in found.parts if isinstance(part, SpectralPoint | SpectralMatrix))
    return next((part for part in kinds if part.family == family), None)


def _connected(*matrices: sp.ImmutableMatrix) -> list[list[int]]:
    """Connected sets of rows."""
    size, found = matrices[0].rows, []
    left = set(range(size))
    while left:
        block, front = set(), [min(left)]
        while front:
            row = front.pop()
            if row not in block:
                block.add(row)
                front += [
                    j for j in left if any(m[row, j] != 0 or m[j, row] != 0 for m in matrices)
                ]
        found.append(sorted(block))
        left -= block
    return found


@final
class _Writer:
    """Corners of G by the unknowns of the leaf, or by all of the coupled system."""

    def __init__(
        self, found: Coupled, pencil: Pencil, rows: int | None = None, whole: bool = False
    ) -> None:
        self._found = found
        self.scalars: Scalars = found.resolvent.scalars
        self._known = {} if whole else found.values()
        zero, one = self.scalars.zero, self.scalars.one
        self.outer: Matrix = tuple(
            tuple(one if i == j else zero for j in range(rows or pencil.outer))
            for i in range(pencil.size)
        )

    def moved(self, matrix: Matrix, old: Scalars) -> Matrix:
        """Coefficients of the pencil, read."""
        return moved(matrix, old, self.scalars)

    def written(self, matrix: Matrix) -> sp.ImmutableMatrix:
        """A matrix of functions."""
        write = self.scalars.write
        return sp.ImmutableMatrix([[write(v).xreplace(self._known) for v in row] for row in matrix])

    def mean(
        self, left: Matrix, right: Matrix, shares: Sequence[tuple[Fraction, Matrix]] | None = None
    ) -> sp.ImmutableMatrix:
        """L* G R, over the shares of G or over others."""
        product, scalars = self.scalars.product, self.scalars
        start = scalars.adjoint(left)
        corners = [
            (weight, product(product(start, inverse), right))
            for weight, inverse in shares or self._found.resolvent.inverses
        ]
        rows, columns = range(len(left[0])), range(len(right[0]))
        means = [
            [Average.of([(w, c[i][j]) for w, c in corners]).written(scalars) for j in columns]
            for i in rows
        ]
        return sp.ImmutableMatrix([[v.xreplace(self._known) for v in row] for row in means])


def of_family(
    found: Coupled, pencil: Pencil, family: Spectral, base: sp.Expr, rows: int | None = None
) -> Conditional:
    """Of a deterministic letter with a law.

    Parameters
    ----------
    found, pencil
        The coupled system of the whole matrix, and its pencil.
    family
        The letter, alone in its family.
    base
        λ₀, in the support of its law; the first eigenvalue if they are finitely many.
    rows
        How many rows are looked at, the outer ones by default.
    """
    writer, old = _Writer(found, pencil, rows), family.field
    U = writer.moved(family.range, old)
    (small,) = (writer.moved(matrix, old) for matrix in family.matrices)
    part = _part_of(found, family)
    if part is None:
        # G is the average over this family: its first share stands at λ₀
        first = [(writer.scalars.one, found.resolvent.inverses[0][1])]
        sides = writer.mean(U, writer.outer, first), writer.mean(writer.outer, U, first)
        response = writer.mean(U, U, first)
        corner = writer.mean(writer.outer, writer.outer, first)
    else:
        scalars = writer.scalars
        K, inverse = part.point(scalars)
        scale = scalars.read(base)
        moved_to = tuple(
            tuple(a - scale * b for a, b in zip(mine, row, strict=True))
            for mine, row in zip(K, small, strict=True)
        )
        A = scalars.inverse(moved_to)
        before = writer.mean(U, writer.outer), writer.mean(writer.outer, U)
        step = writer.written(scalars.product(A, inverse))
        back = writer.written(scalars.product(inverse, A))
        sides = sp.ImmutableMatrix(step * before[0]), sp.ImmutableMatrix(before[1] * back)
        response = writer.written(A)
        # Q = G - G U F⁻¹ U* G + G U F⁻¹ A F⁻¹ U* G
        left = writer.written(inverse)
        turned = writer.written(scalars.product(inverse, scalars.product(A, inverse)))
        G = writer.mean(writer.outer, writer.outer)
        corner = sp.ImmutableMatrix(G + before[1] * (turned - left) * before[0])
    own = writer.written(small), response, (sides,), corner, writer.written(U)
    return Conditional(found.leaf(), base, *own)


def of_fixed_rank(
    found: Coupled, pencil: Pencil, family: Spectral, moving: Perturbation | None = None
) -> Conditional:
    """Of a symmetric letter of fixed rank: the resolvent is that of the bulk."""
    writer = _Writer(found, pencil)
    U = writer.moved(family.range, family.field)
    (small,) = (writer.moved(matrix, family.field) for matrix in family.matrices)
    sides = writer.mean(U, writer.outer), writer.mean(writer.outer, U)
    corner = writer.mean(writer.outer, writer.outer)
    own = writer.written(small), writer.mean(U, U), (sides,), corner, writer.written(U)
    return Conditional(found.leaf(), sp.S.Zero, *own, moving, (0,) * family.rank)


def of_rectangular(
    found: Coupled, pencil: Pencil, rotation: Rotation, ratio: sp.Expr, moving: Perturbation | None
) -> Conditional:
    """Of a letter Σ θ u v*, on C = L V*.

    Parameters
    ----------
    found, pencil, moving
        As for the others.
    rotation
        L and V.
    ratio
        Columns over rows.
    """
    writer, old = _Writer(found, pencil), pencil.scalars
    L, V = (writer.moved(matrix, old) for matrix in (rotation.left, rotation.inner))
    rank = len(L[0])
    none, one = sp.zeros(rank, rank), sp.eye(rank)
    coefficient = sp.ImmutableMatrix(sp.BlockMatrix([[none, one], [one, none]]))
    response = sp.ImmutableMatrix(sp.diag(writer.mean(L, L), writer.mean(V, V)))
    outer, empty = writer.outer, sp.zeros(rank, pencil.outer)
    sides = []
    for place, side in enumerate((L, V)):
        columns, rows = writer.mean(side, outer), writer.mean(outer, side)
        stack = [columns, empty] if place == 0 else [empty, columns]
        row = [rows, empty.T] if place == 0 else [empty.T, rows]
        if any(value != 0 for value in columns):
            sides.append((_stacked(sp.Matrix.vstack, stack), _stacked(sp.Matrix.hstack, row)))
    vectors = _stacked(sp.Matrix.hstack, [writer.written(L), writer.written(V)])
    own = coefficient, response, tuple(sides), writer.mean(outer, outer), vectors, moving
    groups = (0,) * rank + (1,) * rank
    return Conditional(found.leaf(), sp.S.Zero, *own, groups, (sp.S.One, ratio))


def _stacked(stack: Callable[..., sp.Matrix], parts: Sequence[sp.MatrixBase]) -> sp.ImmutableMatrix:
    return sp.ImmutableMatrix(stack(*map(sp.Matrix, parts)))


def subordination_of(
    found: Coupled, pencil: Pencil, family: Spectral, base: sp.Expr, *, whole: bool = False
) -> sp.ImmutableMatrix:
    """The subordination function of a letter, by the unknowns.

    Parameters
    ----------
    found, pencil, family, base
        As for :func:`of_family`.
    whole
        Whether all unknowns of the coupled system may stand in it.

    Returns
    -------
    ImmutableMatrix
        Of one entry ω = 1/(γ u* M⁻¹ u) for C = γ u u*, where the letter's law has γ u* G u; else
        M itself, of the size of the pencil: G = E (M - y C)⁻¹.
    """
    writer, scalars = _Writer(found, pencil, whole=whole), found.resolvent.scalars
    part = _part_of(found, family)
    U = writer.moved(family.range, family.field)
    (small,) = (writer.moved(matrix, family.field) for matrix in family.matrices)
    product, scale = scalars.product, scalars.read(base)
    if family.rank == 1:
        if part is not None:
            K = part.point(scalars)[0][0][0]
            return writer.written(((K * small[0][0].inverse(),),))
        ((A,),) = product(product(scalars.adjoint(U), found.resolvent.inverses[0][1]), U)
        return writer.written((((A * small[0][0]).inverse() + scale,),))
    if part is None:
        move = product(
            product(U, tuple(tuple(scale * v for v in r) for r in small)), scalars.adjoint(U)
        )
        first = found.resolvent.shares[0][1]
        return writer.written(_total(first, move))
    share = [[scalars.zero] * pencil.size for _ in range(pencil.size)]
    part.subtract(share, scalars)
    negative = tuple(tuple(-v for v in row) for row in share)
    return writer.written(_total(_inverse_traces(found), negative))


def _inverse_traces(found: Coupled) -> Matrix:
    """G⁻¹."""
    resolvent = found.resolvent
    if len(resolvent.shares) == 1 and resolvent.named is None:
        return resolvent.shares[0][1]
    size = len(resolvent.inverses[0][1])
    r = range(size)
    G = [[resolvent.scalars.zero for _ in r] for _ in r]
    for weight, inverse in resolvent.inverses:
        G = [[G[i][j] + weight * inverse[i][j] for j in r] for i in r]
    return inverse_by_components(G, resolvent.scalars)


def _total(one: Matrix, other: Matrix) -> Matrix:
    return tuple(
        tuple(a + b for a, b in zip(mine, row, strict=True))
        for mine, row in zip(one, other, strict=True)
    )


def perturbation_of(found: Coupled, dyson: Dyson) -> Perturbation | None:
    """How G moves with a constant that is added; None if a letter has infinitely many eigenvalues.

    Parameters
    ----------
    found, dyson
        The coupled system and the equation that it comes from.
    """
    hidden = [part for part in found.parts if isinstance(part, NilpotentPart)]
    other = [family for family in dyson.spectral if all(p.hidden != family for p in hidden)]
    if any(family.atoms is None for family in other):
        return None
    writer = _Writer(found, dyson.pencil, dyson.pencil.size)
    families = tuple(family for family in other if family != dyson.averaged)
    points = []
    for family in families:
        part = _part_of(found, family)
        assert part is not None  # only the averaged family has none
        points.append(writer.written(part.point(writer.scalars)[0]))
    for rotation in dyson.rotations:
        (part,) = (p for p in found.parts if isinstance(p, HaarPart) and p.rotation == rotation)
        points.append(writer.written(((writer.scalars.read(part.names[2]),),)))
    weights, inverses = zip(*found.resolvent.inverses, strict=True)
    shares = tuple(writer.written(inverse) for inverse in inverses)
    written = tuple(writer.scalars.write(weight) for weight in weights)
    few = tuple((part.hidden, part.cumulants) for part in hidden)
    return Perturbation(found.leaf(), dyson, written, shares, families, tuple(points), few)
