"""Arrays for deterministic letters: words and their traces by dense linear algebra.

Words in one letter are functions of its eigenvalues: one decomposition serves all of them. Words in
several letters are products of matrices.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, final

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.named.empirical import Empirical
from freeprob.models.equivalents.words import ONE, Factor, Word
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.parameters import finite_reals, mapping

_ROUNDING = 1e-12
"""Asymmetry and negative eigenvalues that rounding leaves, relative to the largest entry."""

Polynomials = Sequence[Mapping[Word, complex]]


@final
@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues with weights; vectors where the matrix itself is known."""

    values: np.ndarray
    weights: np.ndarray
    vectors: np.ndarray | None = None

    def power(self, exponent: sp.Rational, letter: RandomMatrix) -> np.ndarray:
        """Powers of the eigenvalues.

        Raises
        ------
        InvalidParameterError
            For roots of negative values and inverses of zeros.
        """
        values = self.values
        if not exponent.is_Integer:
            least = -_ROUNDING * np.abs(values).max(initial=0.0)
            if (values < least).any():
                raise InvalidParameterError(
                    f"{letter}**({exponent}) needs a matrix without negative eigenvalues, and the "
                    f"least one is {values.min():.6g}"
                )
            values = np.maximum(values, 0.0)
        if exponent < 0 and (values == 0).any():
            raise InvalidParameterError(f"{letter}**({exponent}): the matrix has no inverse")
        return values ** float(exponent)


class Words(ABC):
    """Values of words, given the polynomials that resolvents invert."""

    @abstractmethod
    def single(self, index: int) -> OneLetter:
        """Functions of one letter, by its number."""

    @abstractmethod
    def trace(self, word: Word, resolvents: Polynomials) -> complex:
        """The normalised trace."""

    @abstractmethod
    def matrix(self, word: Word, resolvents: Polynomials) -> np.ndarray:
        """The matrix.

        Raises
        ------
        InvalidParameterError
            If only eigenvalues are known.
        """

    @abstractmethod
    def applied(self, word: Word, vector: np.ndarray, resolvents: Polynomials) -> np.ndarray:
        """The matrix times a vector.

        Raises
        ------
        InvalidParameterError
            If only eigenvalues are known, or the vector is of another length.
        """


@final
@dataclass(frozen=True)
class OneLetter(Words):
    """Functions of one letter."""

    letter: RandomMatrix
    spectrum: Spectrum

    def single(self, index: int) -> OneLetter:
        """The only letter."""
        return self

    def function(self, word: Word, resolvents: Polynomials) -> np.ndarray:
        """Its values at the eigenvalues."""
        found = np.ones_like(self.spectrum.values, dtype=complex)
        for factor in word:
            if factor.is_resolvent:
                below = sum(
                    value * self.function(inner, resolvents)
                    for inner, value in resolvents[factor.number].items()
                )
                found = found / below ** int(factor.power)
            else:
                found = found * self.spectrum.power(factor.power, self.letter)
        return found

    def trace(self, word: Word, resolvents: Polynomials) -> complex:
        """A sum over eigenvalues."""
        return complex(self.spectrum.weights @ self.function(word, resolvents))

    def matrix(self, word: Word, resolvents: Polynomials) -> np.ndarray:
        """From the eigenvectors."""
        vectors = self.vectors()
        return (vectors * self.function(word, resolvents)) @ vectors.T

    def applied(self, word: Word, vector: np.ndarray, resolvents: Polynomials) -> np.ndarray:
        """By the eigenvectors."""
        vectors = self.vectors()
        require_length(vector, len(vectors))
        return vectors @ (self.function(word, resolvents) * (vectors.T @ vector))

    def vectors(self) -> np.ndarray:
        """Eigenvectors, which a matrix has and eigenvalues alone have not."""
        vectors = self.spectrum.vectors
        if vectors is None:
            raise InvalidParameterError(
                f"the equivalent is a matrix, and of {self.letter} only eigenvalues are given: "
                f"give data={{{self.letter}: array}} with the matrix, or ask for a trace"
            )
        return vectors

    def matrix_itself(self) -> np.ndarray:
        """The letter."""
        return self.matrix((Factor(False, 0, sp.S.One),), ())


@final
@dataclass(frozen=True)
class Matrices(Words):
    """Several letters by their matrices; what depends on one of them by its eigenvalues.

    Letters that words keep apart, by random rotations in between, need only these.
    """

    letters: tuple[RandomMatrix, ...]
    entries: tuple[np.ndarray | Spectrum, ...]
    _singles: dict[int, OneLetter] = field(default_factory=dict, compare=False)
    _overlaps: dict[tuple[int, int], np.ndarray] = field(default_factory=dict, compare=False)

    def single(self, index: int) -> OneLetter:
        """By its eigenvalues, which are computed once."""
        if index not in self._singles:
            self._singles[index] = OneLetter(self.letters[index], _spectrum(self.entries[index]))
        return self._singles[index]

    def _array(self, index: int) -> np.ndarray:
        entry = self.entries[index]
        return self.single(index).matrix_itself() if isinstance(entry, Spectrum) else entry

    def _require_matrices(self, inside: frozenset[int]) -> None:
        """Eigenvalues do not tell products with other letters."""
        for index in sorted(inside):
            if isinstance(self.entries[index], Spectrum):
                letter = self.letters[index]
                raise InvalidParameterError(
                    f"{letter} stands next to other deterministic letters, and its eigenvalues do "
                    "not say how they lie to each other: give matrices, or a random rotation in "
                    "between"
                )

    def _inside(self, word: Word, resolvents: Polynomials) -> frozenset[int]:
        """Numbers of the letters that a word depends on."""
        found: set[int] = set()
        for factor in word:
            inner = resolvents[factor.number] if factor.is_resolvent else ()
            found |= {k for part in inner for k in self._inside(part, resolvents)}
            found |= set() if factor.is_resolvent else {factor.number}
        return frozenset(found)

    def matrix(self, word: Word, resolvents: Polynomials) -> np.ndarray:
        """The product."""
        found = np.eye(self._size(word, resolvents))
        for inside, factors in self._runs(word, resolvents):
            if factors == (Factor(False, factors[0].number, sp.S.One),):
                found = found @ self._array(factors[0].number)
            elif len(inside) == 1:
                found = found @ self.single(min(inside)).matrix(factors, resolvents)
            else:
                for factor in factors:
                    below = self.polynomial(factor.number, resolvents)
                    for _ in range(int(factor.power)):
                        found = np.linalg.solve(below.T, found.T).T
        return found

    def applied(self, word: Word, vector: np.ndarray, resolvents: Polynomials) -> np.ndarray:
        """Factor by factor from the right."""
        require_length(vector, self._size(word, resolvents))
        for inside, factors in reversed(self._runs(word, resolvents)):
            if len(inside) == 1:
                vector = self.single(min(inside)).applied(factors, vector, resolvents)
                continue
            for factor in reversed(factors):
                below = self.polynomial(factor.number, resolvents)
                for _ in range(int(factor.power)):
                    vector = np.linalg.solve(below, vector)
        return vector

    def _runs(self, word: Word, resolvents: Polynomials) -> list[tuple[frozenset[int], Word]]:
        """Neighbours that depend on the same letters."""
        runs = groupby(word, key=lambda factor: self._inside((factor,), resolvents))
        return [(inside, tuple(run)) for inside, run in runs]

    def _overlap(self, one: int, other: int) -> np.ndarray:
        """Squared products of the eigenvectors of two letters."""
        if (one, other) not in self._overlaps:
            left, right = (self.single(number).vectors() for number in (one, other))
            self._overlaps[one, other] = (left.T @ right) ** 2
        return self._overlaps[one, other]

    def polynomial(self, index: int, resolvents: Polynomials) -> np.ndarray:
        """The matrix that a resolvent inverts."""
        size = self._size((Factor(True, index, sp.S.One),), resolvents)
        found = np.zeros((size, size), dtype=complex)
        for inner, value in resolvents[index].items():
            found += value * (self.matrix(inner, resolvents) if inner != ONE else np.eye(size))
        return found

    def trace(self, word: Word, resolvents: Polynomials) -> complex:
        """The trace of the product."""
        inside = self._inside(word, resolvents)
        if not inside:
            return 1.0
        if len(inside) == 1:
            return self.single(min(inside)).trace(word, resolvents)
        self._require_matrices(inside)
        runs = self._runs(word, resolvents)
        if len(runs) == 2 and all(len(letters) == 1 for letters, _ in runs):
            (one,), (other,) = (letters for letters, _ in runs)
            left, right = (
                self.single(min(letters)).function(factors, resolvents) for letters, factors in runs
            )
            return complex(left @ self._overlap(one, other) @ right) / len(left)
        matrix = self.matrix(word, resolvents)
        return complex(np.trace(matrix) / len(matrix))

    def _size(self, word: Word, resolvents: Polynomials) -> int:
        inside = self._inside(word, resolvents)
        self._require_matrices(inside if len(inside) > 1 else frozenset())
        return len(self._array(min(inside)))


@final
@dataclass(frozen=True)
class Scalars(Words):
    """No letters at all."""

    def single(self, index: int) -> OneLetter:
        """There is none."""
        raise AssertionError(f"no letter has the number {index}")

    def trace(self, word: Word, resolvents: Polynomials) -> complex:
        """The trace of the identity."""
        return 1.0

    def matrix(self, word: Word, resolvents: Polynomials) -> np.ndarray:
        """The identity of size 1."""
        return np.eye(1)

    def applied(self, word: Word, vector: np.ndarray, resolvents: Polynomials) -> np.ndarray:
        """The vector itself."""
        return vector


def require_length(vector: np.ndarray, size: int) -> None:
    """Refuse vectors of other lengths."""
    if vector.shape != (size,):
        raise InvalidParameterError(
            f"a vector next to these matrices has {size} entries, got shape {vector.shape}"
        )


def read_data(letters: Sequence[RandomMatrix], data: object) -> dict[RandomMatrix, Any]:
    """Arrays, eigenvalues and laws by letter; laws of letters that have one.

    Raises
    ------
    InvalidParameterError
        If a letter has no data, or data are no real symmetric matrix, list or finite law.
    """
    given = mapping({} if data is None else data, "data", "{Sigma: array}")
    for key in given:
        if key not in letters:
            raise InvalidParameterError(
                f"data maps letters of the expression to arrays, and {key!r} is none of "
                f"{', '.join(map(str, letters)) or 'its letters: it has none'}"
            )
    for letter in letters:
        if letter not in given and getattr(letter, "stays_letter", False):
            raise InvalidParameterError(
                f"numbers need the matrix {letter}: give data={{{letter}: array}}, with a "
                "symmetric matrix, its eigenvalues, or an Atomic or Empirical law"
            )
    laws = {letter: letter.law for letter in letters if letter not in given}
    return {letter: _one(letter, (given | laws)[letter]) for letter in letters}


def words_of(data: Mapping[RandomMatrix, Any]) -> Words:
    """How words in these letters are evaluated.

    Raises
    ------
    InvalidParameterError
        If sizes differ.
    """
    letters = tuple(data)
    if not letters:
        return Scalars()
    if len(letters) == 1:
        (entry,) = data.values()
        return OneLetter(letters[0], _spectrum(entry))
    arrays = {x: entry for x, entry in data.items() if isinstance(entry, np.ndarray)}
    sizes = {len(entry) for entry in arrays.values()}
    if len(sizes) > 1 and len({letter.shape[0] for letter in arrays}) == 1:
        shown = ", ".join(f"{letter}: {len(entry)}" for letter, entry in arrays.items())
        raise InvalidParameterError(f"the matrices must have one size, got {shown}")
    return Matrices(letters, tuple(data.values()))


def _one(letter: RandomMatrix, entry: object) -> np.ndarray | Spectrum:
    """A symmetric matrix, or eigenvalues with weights."""
    if isinstance(entry, Law):
        return _of_law(letter, entry)
    array = finite_reals(entry, f"data of {letter}")
    if array.ndim == 1 and array.size:
        return Spectrum(array, np.full(array.size, 1 / array.size))
    if array.ndim != 2 or not array.size or array.shape[0] != array.shape[1]:
        raise InvalidParameterError(
            f"data of {letter} must be a square matrix or a list of eigenvalues, got an array of "
            f"shape {array.shape}"
        )
    if np.abs(array - array.T).max() > _ROUNDING * np.abs(array).max():
        raise InvalidParameterError(
            f"data of {letter} must be a symmetric matrix: entries differ from their mirror images "
            f"by up to {np.abs(array - array.T).max():.3g}"
        )
    return (array + array.T) / 2


def _of_law(letter: RandomMatrix, law: Law) -> Spectrum:
    if not isinstance(law, Atomic | Empirical | PointMass) or law.parameters:
        raise InvalidParameterError(
            f"{letter} needs finitely many eigenvalues that are numbers, and {law} has others: "
            "give Empirical(law.sample(n)), or values with law.subs({...})"
        )
    weights = law.weights if isinstance(law, Atomic | Empirical) else {law.args[0]: sp.S.One}
    places, masses = (
        np.array([float(x) for x in part]) for part in zip(*weights.items(), strict=True)
    )
    return Spectrum(places, masses)


def _spectrum(entry: np.ndarray | Spectrum) -> Spectrum:
    """Of a matrix with its vectors."""
    if isinstance(entry, Spectrum):
        return entry
    values, vectors = np.linalg.eigh(entry)
    return Spectrum(values, np.full(len(values), 1 / len(values)), vectors)
