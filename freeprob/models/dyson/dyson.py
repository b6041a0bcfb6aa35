"""The matrix Dyson equation of a pencil: G⁻¹ = z E - Λ₀ - R(G).

G = (id ⊗ tr) Λ(z)⁻¹ is a matrix of block traces, and R is the sum of the operator-valued
R-transforms of the free families of letters: R(G) = Σ weight · C G C* for Gaussian letters, and
R(G) = Σ κₙ c (G c)ⁿ⁻¹ for a letter with free cumulants κₙ.
Source: Helton-Rashidi Far-Speicher 2007; Belinschi-Mai-Speicher 2017.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import Fraction
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.models.letters.gaussian_letters import Ginibre, WignerLetter
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import JointlyDiagonal
from freeprob.models.letters.spikes import FixedRank
from freeprob.models.pencils.minimal import Pencil
from freeprob.models.pencils.realization import Entries, Key
from freeprob.models.pencils.scalars import Matrix, Scalars, Span, echelon


@final
@dataclass(frozen=True)
class Covariance:
    """A Gaussian letter's part of R: weight · C G C* = weight · L (V* G V) L* with C = L V*.

    The columns of V are as many as the rank of C, so that only the block traces V* G V occur.
    """

    left: Matrix
    inner: Matrix
    weight: Fraction

    @property
    def rank(self) -> int:
        """The rank of C."""
        return len(self.inner[0])


@final
@dataclass(frozen=True)
class Spectral:
    """Commuting deterministic letters: Σ C_y ⊗ y with C_y = U c_y U* on a space of dimension r.

    Parameters
    ----------
    field
        Field of the coefficients.
    letters
        The letters of the family that occur.
    range
        U, one column per dimension.
    matrices
        c_y for each letter.
    """

    field: Scalars
    letters: tuple[RandomMatrix, ...]
    range: Matrix
    matrices: tuple[Matrix, ...]

    def scalars(self) -> list[sp.Expr]:
        """Everything the laws of the letters contain."""
        return [entry for letter in self.letters for entry in letter.scalars()]

    @property
    def rank(self) -> int:
        """Dimension of the space."""
        return len(self.range[0])

    @property
    def law(self) -> Law:
        """The law of a single letter."""
        (letter,) = self.letters
        return letter.law

    @property
    def atoms(self) -> list[tuple[tuple[sp.Expr, ...], sp.Expr]] | None:
        """Joint eigenvalues of the letters with weights, where they are finitely many."""
        first = self.letters[0]
        if isinstance(first, JointlyDiagonal):
            places = [letter.position for letter in self.letters]
            masses: dict[tuple[sp.Expr, ...], sp.Expr] = {}
            for at, weight in first.spectrum:
                place = tuple(at[i] for i in places)
                masses[place] = masses.get(place, sp.S.Zero) + weight
            return list(masses.items())
        spectrum = finite_spectrum(first)
        return None if spectrum is None else [((place,), weight) for place, weight in spectrum]


def finite_spectrum(letter: RandomMatrix) -> list[tuple[sp.Expr, sp.Expr]] | None:
    """Eigenvalues of a deterministic letter with weights, where they are finitely many."""
    law = getattr(letter, "law", None)
    if isinstance(law, PointMass):
        return [(law.args[0], sp.S.One)]
    return list(law.weights.items()) if isinstance(law, Atomic) else None


@final
@dataclass(frozen=True)
class Rotation:
    """A Haar letter: C ⊗ u + C* ⊗ u* with C = L V* of rank one.

    With a = V* G V, d = L* G L and f = 1 - a d f² the alternating free cumulants of u, which are
    signed Catalan numbers, give R = f (a L L* + d V V*).
    """

    left: Matrix
    inner: Matrix


@final
@dataclass(frozen=True)
class Dyson:
    """A pencil with the R-transforms of its letters."""

    pencil: Pencil
    covariances: tuple[Covariance, ...]
    spectral: tuple[Spectral, ...]
    rotations: tuple[Rotation, ...]

    @property
    def scalars(self) -> Scalars:
        """Field of the coefficients."""
        return self.pencil.scalars

    @property
    def averaged(self) -> Spectral | None:
        """A family of finitely many joint eigenvalues that needs no unknowns: the largest one."""
        finite = [family for family in self.spectral if family.atoms is not None]
        return max(finite, key=lambda family: family.rank, default=None)


def dyson_of(pencil: Pencil, unit: Mapping[sp.Expr, sp.Expr]) -> Dyson:
    """Group the letters of a pencil into free families.

    Parameters
    ----------
    pencil
        A self-adjoint pencil.
    unit
        Values of growing dimensions that scale out.
    """
    scalars = pencil.scalars
    covariances, rotations, families = [], [], {}
    for key, entries in pencil.coefficients.items():
        letter = key.letter
        if isinstance(letter, FixedRank):
            # of fixed rank: its R-transform is 0
            continue
        if letter.gaussian:
            weight = scalars.read(weight_of(key).xreplace(dict(unit)))
            covariances.append(Covariance(*factored(entries, pencil.size, pencil.scalars), weight))
        elif isinstance(letter, HaarLetter):
            if not key.starred:
                rotations.append(_rotation(entries, pencil, letter))
        else:
            family = letter.family if isinstance(letter, JointlyDiagonal) else letter.name
            families.setdefault(family, []).append(key)
    spectral = tuple(family_of(pencil, keys) for keys in families.values())
    return Dyson(pencil, tuple(covariances), spectral, tuple(rotations))


def _rotation(entries: Entries, pencil: Pencil, letter: RandomMatrix) -> Rotation:
    left, inner = factored(entries, pencil.size, pencil.scalars)
    if len(inner[0]) > 1:
        raise NotAlgebraicError(
            f"{letter.name} occurs {len(inner[0])} times in the pencil; equations are known here "
            f"when it occurs once with its adjoint: replace {letter.name} A {letter.name}* by a "
            "deterministic letter of the same law, which is free from the others"
        )
    return Rotation(left, inner)


def factored(entries: Entries, size: int, scalars: Scalars) -> tuple[Matrix, Matrix]:
    """L and V with C = L V*, the rows of V* the echelon basis of the row space."""
    dense = [[entries.get((i, j), scalars.zero) for j in range(size)] for i in range(size)]
    rows = echelon(dense)
    pivots = [next(k for k, value in enumerate(row) if not value.is_zero()) for row in rows]
    left = tuple(tuple(row[place] for place in pivots) for row in dense)
    return left, scalars.adjoint(tuple(map(tuple, rows)))


def weight_of(key: Key) -> sp.Expr:
    """E[x B x*] = weight · tr(B) with the normalised trace."""
    letter = key.letter
    if isinstance(letter, Ginibre):
        return letter.variance * key.shape[1]
    if isinstance(letter, WignerLetter):
        return letter.variance
    raise AssertionError(f"{letter} has no covariance")


def family_of(pencil: Pencil, keys: Sequence[Key]) -> Spectral:
    """Commuting letters: the common range of their coefficients, and the coefficients on it."""
    scalars, size = pencil.scalars, pencil.size
    span, vectors = Span(scalars), []
    for key in keys:
        for column in range(size):
            vector = [pencil.coefficients[key].get((i, column), scalars.zero) for i in range(size)]
            lead = next((value for value in vector if not value.is_zero()), None)
            if lead is not None and span.add(vector := [value / lead for value in vector]):
                vectors.append(vector)
    U = tuple(zip(*vectors, strict=True))
    adjoint = scalars.adjoint(U)
    gram = scalars.inverse(scalars.product(adjoint, U))
    left = scalars.product(gram, adjoint)
    right = scalars.adjoint(left)
    matrices = []
    for key in keys:
        dense = tuple(
            tuple(pencil.coefficients[key].get((i, j), scalars.zero) for j in range(size))
            for i in range(size)
        )
        matrices.append(scalars.product(scalars.product(left, dense), right))
    return Spectral(scalars, tuple(key.letter for key in keys), U, tuple(matrices))
