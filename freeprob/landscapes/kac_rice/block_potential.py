"""The log-potential at 0 of Gaussian blocks with shifted diagonals, and its derivatives.

For blocks of weight κ_a, entries of variance S_ab/N and diagonals shifted by d_a,

g_a = 1/(-d_a - Σ_b S_ab κ_b g_b), Im g_a ≤ 0,

U = Re[-Σ κ_a log g_a + ½ Σ κ_a S_ab κ_b g_a g_b], ∂U/∂d_a = -κ_a Re g_a:

U is stationary in the g_a. The root is the one continued from z = i∞: with all Im g_a < 0 it is the
only one; a real one is it exactly if |g_a|² S_ab κ_b has spectral radius at most 1, as taking
imaginary parts shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import ConvergenceError

Complexes = NDArray[np.complex128]

_ROUNDS = 120
_AVERAGES = 12
_NEWTON_STEPS = 12
_RESIDUAL = 1e-13  # of equations between numbers of order one: what rounding leaves
# rounding of an imaginary part or a spectral radius of which theory says ≤ 0, ≤ 1
_SLACK = 1e-7


@dataclass(frozen=True)
class Blocks:
    """Weights κ_a and variances S_ab in float64."""

    weights: np.ndarray
    variances: np.ndarray

    def transforms(self, shifts: np.ndarray, near: Complexes | None = None) -> Complexes:
        """The g_a at z = 0, on the real axis from above.

        Averages of a point and its image contract the half plane; Newton's steps finish and are
        kept only where they land on the root that theory names. They may also start ``near`` by.

        Raises
        ------
        ConvergenceError
            If no root settles: at a hard edge or an atom of the spectrum at 0.
        """
        linear = self.variances * self.weights
        if near is not None:
            found = _newton(near, shifts, linear)
            if found is not None and _is_physical(found, linear):
                return found
        g = -1j / np.sqrt(linear.sum(axis=1) + shifts**2)
        for _ in range(_ROUNDS):
            for _ in range(_AVERAGES):
                g = (g + 1 / (-shifts - linear @ g)) / 2
            found = _newton(g, shifts, linear)
            if found is not None and _is_physical(found, linear):
                return found
        raise ConvergenceError(
            f"the Hessian's transform at 0 did not settle for shifts {shifts.tolist()}: the "
            "spectrum has an atom or a hard edge there"
        )

    def value(self, g: Complexes) -> float:
        """U at the transforms."""
        weighted = self.weights * g
        quadratic = weighted @ self.variances @ weighted / 2
        return float(-self.weights @ np.log(np.abs(g)) + quadratic.real)


def _newton(g: Complexes, shifts: np.ndarray, linear: np.ndarray) -> Complexes | None:
    for _ in range(_NEWTON_STEPS):
        field = -shifts - linear @ g
        residual = g * field - 1
        if np.abs(residual).max() < _RESIDUAL:
            return g
        jacobian = np.diag(field) - g[:, None] * linear
        try:
            g = g - np.linalg.solve(jacobian, residual)
        except np.linalg.LinAlgError:
            return None
    return None


def _is_physical(g: Complexes, linear: np.ndarray) -> bool:
    # signs of what is small beside a transform are rounding
    if (g.imag > _SLACK * np.abs(g)).any():
        return False
    if (g.imag < -_SLACK * np.abs(g)).all():
        return True
    radius = np.abs(np.linalg.eigvals(np.abs(g[:, None]) ** 2 * linear)).max()
    return bool(radius <= 1 + _SLACK)
