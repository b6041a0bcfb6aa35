"""The matrix Dyson equation as numbers: its fixed point in the upper half plane.

With Im b > 0 the map G ↦ (b - Λ₀ - R(G))⁻¹, R of deterministic letters by subordination, sends
matrices with Im G < 0 to such matrices and has exactly one fixed point there, which averaged
iteration reaches from everywhere. No path, no expansion: this finds the physical solution also
where inverses make the expansion at infinity start from numbers that are no finite sums.
Source: Helton-Rashidi Far-Speicher 2007; Belinschi-Mai-Speicher 2017.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.models.dyson.dyson import Covariance, Dyson, Rotation, Spectral
from freeprob.models.dyson.letter_shares import GaussianShare
from freeprob.models.pencils.scalars import Matrix
from freeprob.numeric.branch.branch import physical_branch

Values = Mapping[sp.Symbol, sp.Expr]

States = list[np.ndarray]

_HEIGHTS = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8)
"""Imaginary parts of b on the rows without z, on the way to 0."""

_ROUNDS, _TRIAL, _NEWTON = 2048, 16, 12
_SMALL = 1e-7
"""A relative change that counts as none: states lose digits far from 0, and are polished later."""

_STEP = 1e-7  # of a difference quotient: the root of float64's rounding, a digit to spare


@final
@dataclass(frozen=True)
class Solution:
    """Block traces G, and the points K of the spectral families and of the Haar letters."""

    dyson: Dyson
    values: Values
    matrix: np.ndarray
    points: tuple[np.ndarray, ...]

    def coefficients(self, matrix: Matrix) -> np.ndarray:
        """Coefficients of the equation."""
        return numbers(self.dyson, matrix, self.values)

    def corner(self, matrix: Matrix) -> np.ndarray:
        """V* G V."""
        V = self.coefficients(matrix)
        return V.conj().T @ self.matrix @ V

    def coordinates(self, matrix: np.ndarray) -> np.ndarray:
        """Its real coordinates, if it is Hermitian where z is real."""
        real, turned = (matrix + matrix.T) / 2, (matrix - matrix.T) / 2j
        return np.triu(real) + np.tril(turned, -1)

    def point(self, family: Spectral | Rotation) -> np.ndarray:
        """K of a family."""
        families = [*self.dyson.spectral, *self.dyson.rotations]
        return self.points[families.index(family)]


def numbers(dyson: Dyson, rows: Iterable[Iterable], values: Values) -> np.ndarray:
    """A matrix of coefficients in floating point."""
    write = dyson.scalars.write
    return np.array([[_number(write(value), values) for value in row] for row in rows])


def _number(value: sp.Expr, values: Values) -> complex:
    put = value.xreplace(dict(values))
    if put.free_symbols:
        names = ", ".join(sorted(map(str, put.free_symbols)))
        raise InvalidParameterError(
            f"numbers need values for the parameters {names}: use law.subs({{...}}) first"
        )
    return complex(put)


class _Family(ABC):
    """One family's share U r U* of R, r a function of a state that is improved in each round."""

    @property
    @abstractmethod
    def start(self) -> np.ndarray:
        """A state in the right half plane."""

    @abstractmethod
    def share(self, state: np.ndarray) -> np.ndarray:
        """U r U*."""

    @abstractmethod
    def improved(self, state: np.ndarray, G: np.ndarray) -> np.ndarray:
        """The state that the block traces call for."""


@final
@dataclass(frozen=True)
class _Arrays:
    """Matrices in floating point."""

    dyson: Dyson
    values: Values

    def read(self, matrix: Matrix) -> np.ndarray:
        return numbers(self.dyson, matrix, self.values)

    def inner(self, left: np.ndarray, middle: np.ndarray, right: np.ndarray) -> np.ndarray:
        return left.conj().T @ middle @ right

    def outer(self, left: np.ndarray, middle: np.ndarray, right: np.ndarray) -> np.ndarray:
        return left @ middle @ right.conj().T

    def product(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return one @ other

    def plus(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return one + other


@final
class _Gaussian(_Family):
    """The state is V* G V."""

    def __init__(self, dyson: Dyson, covariance: Covariance, values: Values) -> None:
        self._own = GaussianShare.of(_Arrays(dyson, values), covariance)
        self._size = dyson.pencil.size

    @property
    def start(self) -> np.ndarray:
        return self._own.corner(-1j * np.eye(self._size))

    def share(self, state: np.ndarray) -> np.ndarray:
        return self._own.share(state)

    def improved(self, state: np.ndarray, G: np.ndarray) -> np.ndarray:
        return self._own.corner(G)


class _Subordinated(_Family):
    """State K, share U (K - F(K)⁻¹) U*; K is improved to (U* G U)⁻¹ + K - F(K)⁻¹."""

    def __init__(self, U: np.ndarray) -> None:
        self._U = U

    @property
    def start(self) -> np.ndarray:
        return 1j * np.eye(self._U.shape[1])

    @abstractmethod
    def small(self, K: np.ndarray) -> np.ndarray:
        """K - F(K)⁻¹."""

    def share(self, state: np.ndarray) -> np.ndarray:
        return self._U @ self.small(state) @ self._U.conj().T

    def seen(self, G: np.ndarray) -> np.ndarray:
        """U* G U, as far as the family sees it."""
        return self._U.conj().T @ G @ self._U

    def improved(self, state: np.ndarray, G: np.ndarray) -> np.ndarray:
        return np.linalg.inv(self.seen(G)) + self.small(state)


@final
class _Atoms(_Subordinated):
    """F(K) = Σ p (K - Σ λ c)⁻¹."""

    def __init__(self, dyson: Dyson, family: Spectral, values: Values) -> None:
        super().__init__(numbers(dyson, family.range, values))
        matrices = [numbers(dyson, matrix, values) for matrix in family.matrices]
        self._atoms = [
            (
                sum(_number(v, values) * c for v, c in zip(place, matrices, strict=True)),
                _number(weight, values),
            )
            for place, weight in family.atoms or ()
        ]

    def small(self, K: np.ndarray) -> np.ndarray:
        F = sum(weight * np.linalg.inv(K - c) for c, weight in self._atoms)
        return K - np.linalg.inv(F)


@final
class _Function(_Subordinated):
    """One letter of any law, C = U c U*: F(K) = ∫ (K - λ c)⁻¹ μ(dλ) = c⁻¹ G(K c⁻¹)."""

    def __init__(self, dyson: Dyson, family: Spectral, values: Values) -> None:
        super().__init__(numbers(dyson, family.range, values))
        self._inverse = np.linalg.inv(numbers(dyson, family.matrices[0], values))
        self._branch = physical_branch(family.law.subs(dict(values)).system)

    def small(self, K: np.ndarray) -> np.ndarray:
        places, vectors = np.linalg.eig(K @ self._inverse)
        cauchy = vectors * self._branch.cauchy(places) @ np.linalg.inv(vectors)
        return K - np.linalg.inv(self._inverse @ cauchy)


@final
class _Haar(_Subordinated):
    """A Haar letter on U = (L, V): K diagonal and K - F(K)⁻¹ = diag(1/k_V, 1/k_L)."""

    def __init__(self, dyson: Dyson, rotation: Rotation, values: Values) -> None:
        sides = rotation.left, rotation.inner
        super().__init__(np.hstack([numbers(dyson, side, values) for side in sides]))

    def small(self, K: np.ndarray) -> np.ndarray:
        return np.diag(1 / np.diag(K)[::-1])

    def seen(self, G: np.ndarray) -> np.ndarray:
        return np.diag(np.diag(super().seen(G)))


def _families(dyson: Dyson, values: Values) -> list[_Family]:
    """All families: Gaussian letters, then spectral families, then Haar letters."""
    return [
        *(_Gaussian(dyson, covariance, values) for covariance in dyson.covariances),
        *(
            _Atoms(dyson, family, values)
            if family.atoms is not None
            else _Function(dyson, family, values)
            for family in dyson.spectral
        ),
        *(_Haar(dyson, rotation, values) for rotation in dyson.rotations),
    ]


def solved(dyson: Dyson, z: complex, values: Values) -> Solution:
    """The block traces at a point with Im z > 0.

    Parameters
    ----------
    dyson
        The matrix equation of a self-adjoint pencil.
    z
        The point.
    values
        A number for each parameter.

    Raises
    ------
    ConvergenceError
        If the iteration does not settle as the rows without z tend to the real axis.
    """
    families = _families(dyson, values)
    size, outer = dyson.pencil.size, dyson.pencil.outer
    base = -numbers(dyson, dyson.pencil.constant, values)
    base[range(outer), range(outer)] += z
    states = [family.start for family in families]
    for height in _HEIGHTS:
        b = base.copy()
        b[range(outer, size), range(outer, size)] += 1j * height / max(1.0, abs(z))
        states = _settled(_Round(families, b), states)
    G = _Round(families, base).traces(states)
    return Solution(dyson, values, G, tuple(states[len(dyson.covariances) :]))


@final
class _Round:
    """One round of the iteration at fixed b."""

    def __init__(self, families: list[_Family], b: np.ndarray) -> None:
        self._families, self._b = families, b

    def traces(self, states: States) -> np.ndarray:
        """(b - R)⁻¹."""
        pairs = zip(self._families, states, strict=True)
        return np.linalg.inv(self._b - sum((f.share(s) for f, s in pairs), 0 * self._b))

    def improved(self, states: States) -> States:
        """The states that the block traces call for."""
        G = self.traces(states)
        return [f.improved(s, G) for f, s in zip(self._families, states, strict=True)]

    def newton(self, states: States) -> States:
        """A Newton step for improved(states) = states, the map analytic, slopes by differences."""
        here = _flat(states)
        residual = _flat(self.improved(states)) - here
        slopes = np.empty((len(here), len(here)), dtype=complex)
        for k in range(len(here)):
            moved = here.copy()
            moved[k] += (step := _STEP * max(abs(here[k]), np.abs(here).mean()))
            slopes[:, k] = (_flat(self.improved(_shaped(moved, states))) - here - residual) / step
        change = np.linalg.solve(slopes - np.eye(len(here)), residual)
        return _shaped(here - change, states)

    def is_physical(self, states: States) -> bool:
        """Whether Im G ≤ 0, up to rounding."""
        G = self.traces(states)
        top = np.linalg.eigvalsh((G - G.conj().T) / 2j)[-1]
        return bool(top <= _SMALL * np.abs(G).max())


def _flat(states: States) -> np.ndarray:
    return np.concatenate([state.ravel() for state in states])


def _shaped(flat: np.ndarray, states: States) -> States:
    places = np.cumsum([state.size for state in states])[:-1]
    parts = np.split(flat, places)
    return [part.reshape(state.shape) for part, state in zip(parts, states, strict=True)]


def _settled(round_: _Round, states: States) -> States:
    """Averaged iteration, ended by Newton's method where that stays in the half plane."""
    for count in range(1, _ROUNDS):
        improved = round_.improved(states)
        if _close(improved, states):
            return improved
        states = [(new + old) / 2 for new, old in zip(improved, states, strict=True)]
        # after 16, 32, 64, … rounds
        if count >= _TRIAL and count.bit_count() == 1:
            ended = _ended(round_, states)
            if ended is not None:
                return ended
    raise ConvergenceError(
        "the matrix Dyson equation has no solution that settles near the real axis: an inverse in "
        "the expression is singular in the limit, or nearly so"
    )


def _ended(round_: _Round, states: States) -> States | None:
    """The end of Newton's method, or None where it is not the physical solution."""
    with np.errstate(all="ignore"):
        for _ in range(_NEWTON):
            try:
                after = round_.newton(states)
            except np.linalg.LinAlgError:
                return None
            if not all(np.isfinite(state).all() for state in after):
                return None
            if _close(after, states):
                return after if round_.is_physical(after) else None
            states = after
    return None


def _close(new: States, old: States) -> bool:
    """Whether nothing has moved."""
    return all(
        np.abs(a - b).max() <= _SMALL * np.abs(a).max() for a, b in zip(new, old, strict=True)
    )
