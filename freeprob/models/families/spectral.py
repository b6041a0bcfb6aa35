"""The Cauchy transform of a deterministic family at a matrix, F(K) = E (K - Σ λ c)⁻¹, and K - F⁻¹.

For finitely many joint eigenvalues F is their sum. For one letter K - F⁻¹ is h(K c⁻¹) c with the
polynomial h that takes the values of x - 1/G(x), of the letter's own Cauchy transform, at the
eigenvalues of K c⁻¹; where P(G, x) = 0, it is determined by P(1/(x - h(x)), x) = 0 modulo the
characteristic polynomial, so that no eigenvalue has to be named.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.algebra.door import Fraction
from freeprob.exact.algebra.series import Series
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.systems.system import Relation
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.dyson import Spectral
from freeprob.models.dyson.family_series import UnknownTermError
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.resolvents import lowered
from freeprob.models.dyson.series_matrices import eliminated, product
from freeprob.models.families.family import moved
from freeprob.models.pencils.scalars import Matrix, Scalars, scalars_of


class MatrixTransform(ABC):
    """F of one family, with unknowns of its own where it is no rational function of K."""

    @property
    @abstractmethod
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """Its own unknowns."""

    @abstractmethod
    def scalars(self) -> list[sp.Expr]:
        """All scalar expressions in its shares."""

    @abstractmethod
    def shares(self, K: Matrix, scalars: Scalars) -> list[tuple[Fraction, Matrix]]:
        """F(K) as weights and matrices."""

    @abstractmethod
    def response(self, K: Matrix, scalars: Scalars) -> Matrix:
        """K - F(K)⁻¹."""

    @abstractmethod
    def relations(self, K: Matrix, scalars: Scalars) -> list[Relation]:
        """One equation per unknown."""

    @abstractmethod
    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of its unknowns."""

    @abstractmethod
    def numbers(self, solution: Solution) -> list[complex]:
        """Its unknowns where the equation was solved in floating point."""


@final
@dataclass(frozen=True)
class FiniteTransform(MatrixTransform):
    """Σ p (K - Σ λ c)⁻¹ over finitely many joint eigenvalues."""

    family: Spectral

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """None."""
        return ()

    def scalars(self) -> list[sp.Expr]:
        """None beyond those of the family."""
        return []

    def shares(self, K: Matrix, scalars: Scalars) -> list[tuple[Fraction, Matrix]]:
        """One per joint eigenvalue."""
        family = self.family
        return [
            (
                scalars.read(weight),
                scalars.inverse(lowered(K, family, place, family.field, scalars)),
            )
            for place, weight in family.atoms or ()
        ]

    def response(self, K: Matrix, scalars: Scalars) -> Matrix:
        """By the inverse of the sum."""
        r = range(self.family.rank)
        F = [[scalars.zero for _ in r] for _ in r]
        for weight, share in self.shares(K, scalars):
            F = [[F[i][j] + weight * share[i][j] for j in r] for i in r]
        return difference(K, scalars.inverse(tuple(map(tuple, F))))

    def relations(self, K: Matrix, scalars: Scalars) -> list[Relation]:
        """None."""
        return []

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """None."""
        return []

    def numbers(self, solution: Solution) -> list[complex]:
        """None."""
        return []


@final
@dataclass(frozen=True)
class AlgebraicTransform(MatrixTransform):
    """h(K c⁻¹) for one letter whose law has a polynomial equation.

    ``names`` are the coefficients of h that do not vanish, by their powers.
    """

    family: Spectral
    names: tuple[tuple[int, sp.Dummy], ...]

    @cached_property
    def _terms(self) -> dict[tuple[int, int], sp.Expr]:
        """P by powers of (G, x)."""
        G, x = sp.symbols("G x")
        return dict(polynomial(self.family.law.system).poly(G, x).as_dict(native=False))

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """The coefficients of h."""
        return tuple(name for _, name in self.names)

    def scalars(self) -> list[sp.Expr]:
        """The unknowns."""
        return list(self.unknowns)

    def shares(self, K: Matrix, scalars: Scalars) -> list[tuple[Fraction, Matrix]]:
        """One matrix, (K - R)⁻¹."""
        return [(scalars.one, scalars.inverse(difference(K, self.response(K, scalars))))]

    def response(self, K: Matrix, scalars: Scalars) -> Matrix:
        """h(K c⁻¹) c."""
        r, names = range(self.family.rank), dict(self.names)
        (power,) = (moved(c, self.family.field, scalars) for c in self.family.matrices)
        A = scalars.product(K, self._inverse(scalars))
        total = [[scalars.zero for _ in r] for _ in r]
        for k in r:
            if k in names:
                value = scalars.read(names[k])
                total = [[total[i][j] + value * power[i][j] for j in r] for i in r]
            power = scalars.product(A, power)
        return tuple(map(tuple, total))

    def _inverse(self, scalars: Scalars) -> Matrix:
        (c,) = self.family.matrices
        return moved(self.family.field.inverse(c), self.family.field, scalars)

    def relations(self, K: Matrix, scalars: Scalars) -> list[Relation]:
        """Coefficients of P(1/(x - h), x) (x - h)ⁿ modulo the characteristic polynomial."""
        own = characteristic(scalars.product(K, self._inverse(scalars)), scalars)
        low = [sp.Dummy("c") for _ in own]
        ring = scalars_of([*low, *self.unknowns, *self._terms.values()])
        rest = self._remainder([ring.read(name) for name in low], ring)
        values = {name: scalars.write(value) for name, value in zip(low, own, strict=True)}
        written = [ring.write(value).xreplace(values) for value in rest]
        return [Relation(value, sp.S.Zero) for value in written if value != 0]

    def _remainder(self, low: Sequence[Fraction], ring: Scalars) -> list[Fraction]:
        """The same modulo xʳ + Σ lowₖ xᵏ, by Horner's rule in x - h."""
        names = dict(self.names)
        r = range(self.family.rank)
        # modulo a polynomial of degree 1, x itself is a number
        x = _multiplied([ring.zero, ring.one], [ring.one], low, ring)
        h = [ring.read(names[k]) if k in names else ring.zero for k in r]
        below = [a - b for a, b in zip(x, h, strict=True)]
        powers = [[ring.one if k == 0 else ring.zero for k in r]]
        top = [max(power[i] for power in self._terms) for i in range(2)]
        for _ in range(top[1]):
            powers.append(_multiplied(powers[-1], x, low, ring))
        total = [ring.zero for _ in r]
        for i in range(top[0] + 1):
            total = _multiplied(total, below, low, ring)
            for j in range(top[1] + 1):
                if (i, j) in self._terms:
                    scale = ring.read(self._terms[i, j])
                    total = [a + scale * b for a, b in zip(total, powers[j], strict=True)]
        return total

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of the coefficients of h."""
        found = interpolating(series, self.family)
        return [series.written(found[k], known) for k, _ in self.names]

    def numbers(self, solution: Solution) -> list[complex]:
        """The coefficients of h, from (K - (U* G U)⁻¹) c⁻¹ = h(K c⁻¹)."""
        K, G = solution.point(self.family), solution.corner(self.family.range)
        inverse = np.linalg.inv(solution.coefficients(self.family.matrices[0]))
        A, wanted = K @ inverse, (K - np.linalg.inv(G)) @ inverse
        powers = [np.linalg.matrix_power(A, k).ravel() for k in range(self.family.rank)]
        found = np.linalg.lstsq(np.array(powers).T, wanted.ravel())[0]
        return [complex(found[k]) for k, _ in self.names]


def algebraic_transform(family: Spectral, series: BlockSeries) -> AlgebraicTransform:
    """With a name for every coefficient of h that does not vanish."""
    found = interpolating(series, family)
    names = [(k, sp.Dummy(f"h{k}")) for k, value in enumerate(found) if not value.is_zero()]
    return AlgebraicTransform(family, tuple(names))


def characteristic(A: Matrix, scalars: Scalars) -> list[Fraction]:
    """Coefficients of det(x - A) below the first, which is 1 (Faddeev-Le Verrier)."""
    size = len(A)
    found = [scalars.one]
    M = tuple((scalars.zero,) * size for _ in A)
    for k in range(1, size + 1):
        AM = scalars.product(A, M)
        M = tuple(
            tuple(v + found[0] if i == j else v for j, v in enumerate(row))
            for i, row in enumerate(AM)
        )
        AM, trace = scalars.product(A, M), scalars.zero
        for i in range(size):
            trace = trace + AM[i][i]
        found.insert(0, scalars.real(trace * scalars.read(sp.Rational(-1, k))))
    return found[:-1]


def _multiplied(
    one: Sequence[Fraction], other: Sequence[Fraction], low: Sequence[Fraction], ring: Scalars
) -> list[Fraction]:
    """The product modulo xʳ + Σ lowₖ xᵏ."""
    size = len(low)
    total = [ring.zero] * max(2 * size, len(one) + len(other))
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            if not (a.is_zero() or b.is_zero()):
                total[i + j] = total[i + j] + a * b
    for power in range(len(total) - 1, size - 1, -1):
        lead = total[power]
        if not lead.is_zero():
            for k, value in enumerate(low):
                total[power - size + k] = total[power - size + k] - lead * value
    return total[:size]


def difference(one: Matrix, other: Matrix) -> Matrix:
    """One matrix minus the other."""
    return tuple(
        tuple(a - b for a, b in zip(mine, row, strict=True))
        for mine, row in zip(one, other, strict=True)
    )


def interpolating(series: BlockSeries, family: Spectral) -> list[Series]:
    """The coefficients of h, from R c⁻¹ = h(K c⁻¹)."""
    (c,), size = family.matrices, family.rank
    end = series.matrix[0][0].end
    null = Series.zero(series.field, end)

    def constant(value: Fraction) -> Series:
        return Series.constant(series.field, series.element(value), end)

    inverse = [[constant(value) for value in row] for row in family.field.inverse(c)]
    A = product(series.point(family), inverse, null)
    wanted = product(series.response(family), inverse, null)
    one = constant(family.field.one)
    powers = [[[one if i == j else null for j in range(size)] for i in range(size)]]
    for _ in range(size - 1):
        powers.append(product(powers[-1], A, null))
    # any row that A turns into a basis will do
    for row in range(size):
        equations = [[p[row][j] for p in powers] + [wanted[row][j]] for j in range(size)]
        try:
            return [line[size] for line in eliminated(equations, size)]
        except UndefinedOperationError:
            continue
    raise UnknownTermError
