"""The potential of a matrix polynomial by the variational formula of its Dyson equation.

For a pencil Λ(z) = z E - Λ₀ - Σ C ⊗ x with G⁻¹ = z E - Λ₀ - R(G), Gaussian letters with
R(G) = Σ weight · C G C* and families in general position that stand at K with corners G_f,

log|det Λ(z)| → -log|det G| + ½ Re Tr R_Gauss(G) G + Σ (E log|det(K - Σ λc)| + log|det G_f|)
                - Σ log|f|, f of Haar letters with R = f (a L L* + d V V*), f = 1 - a d f²,

each row weighted by its relative dimension: the right side is stationary in G and in the K, and its
derivative by z is Re Tr E G. The determinant of a polynomial's pencil is that of z - r times that
of the inner block, which the letters, nilpotent there, do not change. Source: Mingo-Speicher 2017,
section 10 (the free energy). For blocks of Gaussian matrices it is -Σ κ log|g| + ½ Σ κ S κ g g.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from flint import arb

from freeprob.errors import ConvergenceError
from freeprob.models.dyson.dyson import Dyson
from freeprob.models.dyson.half_plane import numbers
from freeprob.models.solutions.two_resolvents import Known, PencilKernel
from freeprob.numeric.programs.points import Place


def has_potential(dyson: Dyson) -> bool:
    """Whether all coefficients are real and all families Gaussian or with finitely many atoms."""
    if any(family.atoms is None for family in dyson.spectral):
        return False
    matrices = [dyson.pencil.constant]
    matrices += [side for own in dyson.covariances for side in (own.left, own.inner)]
    matrices += [side for own in dyson.rotations for side in (own.left, own.inner)]
    matrices += [side for own in dyson.spectral for side in (own.range, *own.matrices)]
    return all(np.isreal(numbers(dyson, matrix, {})).all() for matrix in matrices)


@final
@dataclass(frozen=True, eq=False)
class PencilPotential:
    """U at points, for the pencil of a polynomial with real coefficients.

    Parameters
    ----------
    kernel
        The pencil with its equation and coupled system.
    dimensions
        Relative dimensions of the rows.
    """

    kernel: PencilKernel
    dimensions: tuple[float, ...]

    @cached_property
    def _spaces(self) -> list[np.ndarray]:
        """Rows of one space each."""
        names = self.kernel.dyson.pencil.spaces
        return [
            np.array([i for i, own in enumerate(names) if own == name])
            for name in dict.fromkeys(names)
        ]

    @property
    def _outer(self) -> int:
        return self.kernel.dyson.pencil.outer

    @cached_property
    def _inner(self) -> float:
        """The logarithm of the inner block's determinant."""
        pencil = self.kernel.dyson.pencil
        constant = self.kernel.real(pencil.constant)[None]
        inner = [rows[rows >= self._outer] for rows in self._spaces]
        return float(self._log_determinant(constant, inner)[0])

    def _log_determinant(self, matrices: np.ndarray, spaces: Sequence[np.ndarray]) -> np.ndarray:
        """Σ d log|det| over blocks."""
        return sum(
            (
                self.dimensions[rows[0]] * _logs(matrices[:, rows[:, None], rows])
                for rows in spaces
                if len(rows)
            ),
            np.zeros(len(matrices)),
        )

    def floats(self, z: np.ndarray) -> np.ndarray:
        """U at points, flat; NaN where a determinant is 0 or ∞.

        Raises
        ------
        ConvergenceError
            If the block traces are not determined at a point, as at edges.
        """
        z = np.where(np.imag(z) < 0, np.conj(z), z)
        known = self.kernel.known(z)
        with np.errstate(all="ignore"):
            total = -self._log_determinant(known.traces, self._spaces)
            total = total + self._of_letters(known) + self._of_families(known) - self._inner
            total = total + self._of_rotations(known)
        value = total / sum(self.dimensions[: self._outer])
        return np.where(np.isfinite(value), value, np.nan)

    def _of_letters(self, known: Known) -> np.ndarray:
        """½ Tr R(G) G of Gaussian letters."""
        G, weights = known.traces, np.array(self.dimensions)
        R = sum((share(G) for share in self.kernel.gaussian_shares), np.zeros_like(G))
        return np.einsum("i,kij,kji->k", weights, R, G).real / 2

    def _of_families(self, known: Known) -> np.ndarray:
        """The means over joint eigenvalues."""
        total = np.zeros(len(known.traces))
        families = zip(
            self.kernel.ranges, self.kernel.masses, known.corners, known.resolvents, strict=True
        )
        for U, masses, corner, resolvents in families:
            own = sum(mass * _logs(resolvents[:, k]) for k, mass in enumerate(masses))
            row = np.flatnonzero(np.abs(U).sum(axis=1))[0]
            total += self.dimensions[row] * (_logs(corner) - own)
        return total

    def _of_rotations(self, known: Known) -> np.ndarray:
        """-log f, f = 1 - 1/κ: Tr RG less the primitive of R, which is log f + 2/f - 2."""
        total = np.zeros(len(known.traces))
        for rotation, kappa in zip(self.kernel.dyson.rotations, known.products, strict=True):
            row = np.flatnonzero(np.abs(self.kernel.real(rotation.left)).sum(axis=1))[0]
            total -= self.dimensions[row] * np.log(np.abs(1 - 1 / kappa))
        return total

    def ball(self, place: Place, dps: int) -> arb:
        """Not known to more digits.

        Raises
        ------
        ConvergenceError
            Always.
        """
        raise ConvergenceError("determinants of block traces are known in float64 alone")


def _logs(matrices: np.ndarray) -> np.ndarray:
    """log|det| of each."""
    return np.linalg.slogdet(matrices)[1]
