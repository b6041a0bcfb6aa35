"""The covariance of two resolvents of a pencil: the two-point form of its Dyson equation.

With block traces G at x and G' at y, and the divided difference ΔR of R = Σ R_f, both on matrices,

L = -log det(1 - K) + Σ log det(1 - K_f), K = ΔR(G · G'), K_f = ΔR_f(G · G'),

f over the deterministic families, in general position to each other, on their own spaces. Of a
Gaussian letter ΔR(T) = weight · C T C*; of a family ΔR(T) = G_f⁻¹ T G_f'⁻¹ - A⁻¹(T) with
A(T) = E (K_f - Σ λc)⁻¹ T (K_f' - Σ λc)⁻¹. A Haar letter's R = f (a L L* + d V V*) is that of a
rectangular part (:mod:`freeprob.exact.systems.second_order`): with κ = 1/(1 - f) it has
det(1 - K_f) = κκ'/(κκ' - 1), and its own log det(k l - U U*) does not fluctuate.
In real matrices the mean of log det(z - M) is off by
½ log det(1 - K) on the symmetric matrices less the same on the antisymmetric ones, and so on.
Source: Mingo-Speicher 2006 (annular diagrams); Collins, Mingo, Śniady, Speicher 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from typing import NamedTuple, final

import numpy as np

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.models.dyson.dyson import Dyson, Rotation, Spectral
from freeprob.models.dyson.half_plane import numbers
from freeprob.models.families.haar import HaarPart
from freeprob.models.pencils.scalars import Matrix
from freeprob.models.solutions.coupled import Coupled
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.functions import values_program
from freeprob.numeric.fluctuations.circles import Grid
from freeprob.numeric.fluctuations.two_point import TwoPoint, turned
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import evaluate

_FLOAT = FloatArithmetic()
_TELLING = 1e-9  # of the largest block trace: smaller ones are 0 but for rounding
_CHUNK = 1 << 22  # numbers in one batch of determinants


class Known(NamedTuple):
    """Block traces at points; of families G_f and (K_f - Σ λc)⁻¹ by atom; of Haar letters κ."""

    traces: np.ndarray
    corners: tuple[np.ndarray, ...]
    resolvents: tuple[np.ndarray, ...]
    products: tuple[np.ndarray, ...] = ()

    def mirrored(self) -> Known:
        """At the conjugate points of real pencils."""
        return Known(
            self.traces.conj(),
            tuple(corner.conj() for corner in self.corners),
            tuple(resolvent.conj() for resolvent in self.resolvents),
            tuple(product.conj() for product in self.products),
        )

    def rows(self, rows: slice) -> Known:
        """Some of the points."""
        return Known(
            self.traces[rows],
            tuple(corner[rows] for corner in self.corners),
            tuple(resolvent[rows] for resolvent in self.resolvents),
            tuple(product[rows] for product in self.products),
        )


def _sandwiched(weight: float, left: np.ndarray, inner: np.ndarray, G: np.ndarray) -> np.ndarray:
    """Weight · L V* G V L* for each G."""
    return weight * (left @ (inner.T @ G @ inner) @ left.T)


class _Block(NamedTuple):
    """ΔR's share L φ(V* G T G' V') L'*: of a Gaussian letter φ is a number, else a family's."""

    left: np.ndarray
    inner: np.ndarray
    weight: float
    family: int | None = None
    rotation: int | None = None


@final
@dataclass(frozen=True, eq=False)
class PencilKernel(TwoPoint):
    """L of a pencil with real coefficients, for β = 2.

    Parameters
    ----------
    dyson
        The equation.
    found
        Its coupled system, all parameters numbers.
    """

    dyson: Dyson
    found: Coupled

    @cached_property
    def _blocks(self) -> list[_Block]:
        blocks = []
        for covariance in self.dyson.covariances:
            L, V = (self.real(matrix) for matrix in (covariance.left, covariance.inner))
            weight = float(self.real([[covariance.weight]])[0, 0])
            blocks.append(_Block(L, V, weight))
        for index, family in enumerate(self.dyson.spectral):
            U = self.real(family.range)
            blocks.append(_Block(U, U, 1.0, family=index))
        for index, rotation in enumerate(self.dyson.rotations):
            U = np.hstack([self.real(rotation.left), self.real(rotation.inner)])
            blocks.append(_Block(U, U, 1.0, rotation=index))
        return blocks

    def real(self, matrix: Sequence) -> np.ndarray:
        """Coefficients, which must be real.

        Raises
        ------
        UndefinedOperationError
            If they are not.
        """
        found = numbers(self.dyson, matrix, {})
        if np.abs(np.imag(found)).max(initial=0) > 0:
            raise UndefinedOperationError(
                "fluctuations are known for expressions with real coefficients"
            )
        return np.real(found)

    @cached_property
    def gaussian_shares(self) -> list[Callable[[np.ndarray], np.ndarray]]:
        """R of each Gaussian letter, as a map of stacks of block traces."""
        shares = []
        for block in self._blocks:
            if block.family is None and block.rotation is None:
                left, inner, weight = block.left, block.inner, block.weight
                shares.append(partial(_sandwiched, weight, left, inner))
        return shares

    @property
    def ranges(self) -> list[np.ndarray]:
        """U of each deterministic family."""
        return [self.real(family.range) for family in self.dyson.spectral]

    @property
    def masses(self) -> list[list[float]]:
        """Weights of the joint eigenvalues of each deterministic family."""
        return [[weight for _, weight in atoms] for atoms in self._atoms]

    @cached_property
    def _atoms(self) -> list[list[tuple[np.ndarray, float]]]:
        """For each family Σ λc and the weight of each joint eigenvalue."""
        return [self._atoms_of(family) for family in self.dyson.spectral]

    def _atoms_of(self, family: Spectral) -> list[tuple[np.ndarray, float]]:
        if family.atoms is None:
            raise UndefinedOperationError(
                f"fluctuations are known for deterministic letters with finitely many eigenvalues, "
                f"and {family.letters[0]} has others"
            )
        matrices = [self.real(matrix) for matrix in family.matrices]
        return [
            (
                sum((float(v) * c for v, c in zip(place, matrices, strict=True)), 0 * matrices[0]),
                float(weight),
            )
            for place, weight in family.atoms
        ]

    def states(self, grid: Grid) -> Known:
        """Block traces at x + i0."""
        return self.known(grid.places + 0j)

    def known(self, places: np.ndarray) -> Known:
        """Block traces at points with Im z ≥ 0, from the unknowns of the coupled system."""
        scalars = self.found.resolvent.scalars
        weights, matrices = self._matrices
        shares = [self._share(family) for family in self.dyson.spectral]
        factors = [self._factor(rotation) for rotation in self.dyson.rotations]
        tables = self._tables(
            [matrix for matrix in (*matrices, *shares, *factors) if matrix is not None], places
        )
        inverses = tables[: len(matrices)]
        if self.found.resolvent.named is None:
            inverses = [np.linalg.inv(table) for table in inverses]
        values = [float(scalars.write(weight)) for weight in weights]
        G = sum((w * M for w, M in zip(values, inverses, strict=True)), 0 * inverses[0])
        rest = iter(tables[len(matrices) :])
        corners, resolvents = [], []
        for index, family in enumerate(self.dyson.spectral):
            atoms, U = self._atoms[index], self.real(family.range)
            corner = U.T @ G @ U
            if shares[index] is None:
                # the family over which G is averaged: its first atom comes first
                K = np.linalg.inv(U.T @ inverses[0] @ U) + atoms[0][0]
            else:
                left = np.linalg.pinv(U)
                K = np.linalg.inv(corner) + left @ next(rest) @ left.T
            corners.append(corner)
            resolvents.append(np.stack([np.linalg.inv(K - place) for place, _ in atoms], axis=1))
        products = tuple(1 / (1 - factor[:, 0, 0]) for factor in rest)
        return Known(G, tuple(corners), tuple(resolvents), products)

    def _factor(self, rotation: Rotation) -> Matrix:
        """The f of a Haar letter on the diagonal: R = f (a L L* + d V V*), and κ = 1/(1 - f)."""
        kinds = (part for part in self.found.parts if isinstance(part, HaarPart))
        (part,) = (part for part in kinds if part.rotation == rotation)
        scalars, size = self.found.resolvent.scalars, self.dyson.pencil.size
        f = scalars.read(part.names[2])
        return tuple(tuple(f if i == j else scalars.zero for j in range(size)) for i in range(size))

    @property
    def _matrices(self) -> tuple[list[Fraction], list[Matrix]]:
        """Weights and matrices of which G is the mean of the inverses, or is itself."""
        resolvent = self.found.resolvent
        if resolvent.named is not None:
            return [resolvent.scalars.one], [resolvent.named]
        weights, matrices = zip(*resolvent.shares, strict=True)
        return list(weights), list(matrices)

    def _share(self, family: Spectral) -> Matrix | None:
        """R of a family in terms of the unknowns; None of the one over which G is averaged."""
        if family == self.dyson.averaged:
            return None
        (part,) = (part for part in self.found.parts if getattr(part, "family", None) == family)
        scalars, size = self.found.resolvent.scalars, self.dyson.pencil.size
        total = [[scalars.zero] * size for _ in range(size)]
        part.subtract(total, scalars)
        return tuple(tuple(-value for value in row) for row in total)

    def _tables(self, matrices: Sequence[Matrix], places: np.ndarray) -> list[np.ndarray]:
        """Matrices of functions of the unknowns at x + i0, one for each place."""
        branch, size = physical_branch(self.found.leaf()), self.dyson.pencil.size
        write, known = self.found.resolvent.scalars.write, self.found.values()
        flat = [
            write(value).xreplace(known) for matrix in matrices for row in matrix for value in row
        ]
        u = list(branch.unknowns(places))
        values = evaluate(values_program(branch.curve, flat), u, _FLOAT)
        table = np.array([np.broadcast_to(v, places.shape) for v in values], dtype=complex)
        return list(table.reshape(len(matrices), size, size, -1).transpose(0, 3, 1, 2))

    def covariance(self, one: Known, other: Known, mirrored: bool) -> np.ndarray:
        """-log|det(1 - K)| - Σ log|det A|, up to terms in one point alone."""
        other = other.mirrored() if mirrored else other
        size = sum(block.inner.shape[1] ** 2 for block in self._blocks)
        step = max(1, _CHUNK // (size**2 * len(other.traces)))
        rows = [
            self._log_modulus(one.rows(slice(k, k + step)), other)
            for k in range(0, len(one.traces), step)
        ]
        return np.concatenate(rows)

    def _log_modulus(self, one: Known, other: Known) -> np.ndarray:
        total = -np.linalg.slogdet(self._two_point(one, other))[1]
        for index in range(len(self.dyson.spectral)):
            total -= np.linalg.slogdet(self._average(one, other, index))[1]
        for kappa, beside in zip(one.products, other.products, strict=True):
            total -= np.log(np.abs(np.multiply.outer(kappa, beside) - 1))
        return total

    def _average(self, one: Known, other: Known, index: int, paired: bool = False) -> np.ndarray:
        """A as a matrix on r² entries, for all pairs of points or for points with themselves."""
        terms = (
            weight * _two_sided(one.resolvents[index][:, k], other.resolvents[index][:, k], paired)
            for k, (_, weight) in enumerate(self._atoms[index])
        )
        return reduce(np.add, terms)

    def _response(self, one: Known, other: Known, index: int, paired: bool) -> np.ndarray:
        """ΔR_f as a matrix on r² entries."""
        first, second = (np.linalg.inv(k.corners[index]) for k in (one, other))
        average = self._average(one, other, index, paired)
        return _two_sided(first, second, paired) - np.linalg.inv(average)

    def _rotated(self, one: Known, other: Known, block: _Block, paired: bool) -> np.ndarray:
        """ΔR of a Haar letter as a matrix on the entries of its corner: diagonal ones alone.

        With κ of both points D = Δf/Δ(ad) and E = Δ(adf)/Δ(ad), where f = 1 - 1/κ and
        ad = κ/(κ - 1)².
        """
        index, U = block.rotation, block.inner
        assert index is not None  # asked of Haar letters only
        a, d = ([(U.T @ known.traces @ U)[:, k, k] for known in (one, other)] for k in (1, 0))
        first, second = (known.products[index] for known in (one, other))
        product = _paired(first, second, paired)
        lowered = _paired(first - 1, second - 1, paired)
        E = lowered / (product - 1)
        D = -E * lowered / product
        found = np.zeros((*product.shape, 4, 4), dtype=complex)
        found[..., 0, 0], found[..., 0, 3] = _paired(a[0], a[1], paired) * D, E
        found[..., 3, 3], found[..., 3, 0] = _paired(d[0], d[1], paired) * D, E
        return found

    def _two_point(self, one: Known, other: Known, paired: bool = False) -> np.ndarray:
        """1 - K on the shares' own spaces."""
        ends = np.cumsum([0, *(block.inner.shape[1] ** 2 for block in self._blocks)])
        rows = []
        for row in self._blocks:
            response = None
            if row.family is not None:
                response = self._response(one, other, row.family, paired)
            elif row.rotation is not None:
                response = self._rotated(one, other, row, paired)
            steps = []
            for column in self._blocks:
                left = row.inner.T @ one.traces @ column.left
                right = column.left.T @ other.traces @ row.inner
                step = _two_sided(left, right, paired)
                steps.append(row.weight * step if response is None else response @ step)
            rows.append(np.concatenate(steps, axis=-1))
        return np.eye(ends[-1]) - np.concatenate(rows, axis=-2)

    def extra(self, one: Known, other: Known, mirrored: bool) -> np.ndarray:
        """No fourth cumulants."""
        return np.zeros((len(one.traces), len(other.traces)))

    def extra_diagonal(self, states: Known) -> np.ndarray:
        """None."""
        return np.zeros(len(states.traces), dtype=complex)

    def diagonal(self, states: Known) -> np.ndarray:
        """Determinants on the antisymmetric matrices over those on the symmetric ones."""
        sizes = [block.inner.shape[1] for block in self._blocks]
        total = _twisted(self._two_point(states, states, paired=True), sizes)
        for index, corner in enumerate(states.corners):
            average = self._average(states, states, index, paired=True)
            total = total * np.linalg.det(corner) ** 2 * _twisted(average, [corner.shape[-1]])
        for kappa in states.products:
            total = total * kappa**2 / (kappa**2 - 1)
        return total

    def smooth(self, states: Known, grid: Grid) -> np.ndarray:
        """The block traces, the points of the families, and L(z, z) in both signs."""
        ends = turned(self.diagonal(states), grid)
        entries = states.traces.reshape(len(ends), -1).T
        telling = entries[np.abs(entries).max(axis=1) > _TELLING * np.abs(entries).max()]
        # at hard edges traces grow like 1/θ
        return np.array([*telling * np.sin(grid.angles), ends, 1 / ends])


def _paired(one: np.ndarray, other: np.ndarray, paired: bool) -> np.ndarray:
    """Products for all pairs of points, or for points with themselves."""
    return one * other if paired else np.multiply.outer(one, other)


def _two_sided(left: np.ndarray, right: np.ndarray, paired: bool) -> np.ndarray:
    """T ↦ left T right as matrices, for all pairs of points or for points with themselves."""
    subscripts = "pac,pdb->pabcd" if paired else "pac,qdb->pqabcd"
    found = np.einsum(subscripts, left, right)
    rows, columns = (left.shape[k] * right.shape[-k + 3] for k in (1, 2))
    return found.reshape(*found.shape[:-4], rows, columns)


def _twisted(matrix: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Its determinant on antisymmetric blocks over that on symmetric ones."""
    symmetric, antisymmetric = (_basis(sizes, sign) for sign in (1, -1))
    top = np.linalg.det(antisymmetric.T @ matrix @ antisymmetric)
    return top / np.linalg.det(symmetric.T @ matrix @ symmetric)


def _basis(sizes: Sequence[int], sign: int) -> np.ndarray:
    """An orthonormal basis of the blocks with Tᵀ = ± T."""
    columns = []
    total = sum(size**2 for size in sizes)
    start = 0
    for size in sizes:
        for i in range(size):
            for j in range(i, size):
                if i == j and sign < 0:
                    continue
                column = np.zeros(total)
                column[start + i * size + j] += 1
                column[start + j * size + i] += sign
                columns.append(column / np.linalg.norm(column))
        start += size**2
    return np.array(columns).reshape(-1, total).T
