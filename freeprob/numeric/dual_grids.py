"""Float64 dual kernels E f(u) f(v) of any function, vectorised over covariances.

The Hermite series sum a_n(q1) a_n(q2) c^n costs one pass over the pairs for each term; its tail
is at most |c|^(N+1) sqrt(A_N(q1) A_N(q2)), A_N what is left of E f^2. Pairs that this bound does
not serve (next to correlation 1, when f has kinks or its variance is large) are summed over a
product rule instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.blocks import blockwise
from freeprob.numeric.gaussian_grids import Grid, panels

_LENGTHS = (16, 32, 64, 128, 256)
_ROWS = 64
_PAIRS = 64


@dataclass(frozen=True)
class DualGrid:
    """The kernel of one function, to about ``tolerance`` relative to sqrt(E f(u)^2 E f(v)^2)."""

    grid: Grid
    tolerance: float = 1e-13

    def __call__(self, q1: object, k: object, q2: object) -> np.ndarray:
        """Return E f(u) f(v) for arrays of covariance entries, broadcast against each other."""
        return blockwise(self._block, q1, k, q2, prepare=self._prepare)

    def _prepare(self, q: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what depends on one variance only: coefficients, last tail and E f^2."""
        distinct, place = np.unique(q, return_inverse=True)
        parts = [
            self._coefficients(distinct[i : i + _ROWS]) for i in range(0, distinct.size, _ROWS)
        ]
        length = max(part[0].shape[1] for part in parts)
        padded = [np.pad(a, ((0, 0), (0, length - a.shape[1]))) for a, _, _ in parts]
        table = np.concatenate(padded).T[:, place.reshape(q.shape)]
        tail = np.concatenate([part[1] for part in parts])[place.reshape(q.shape)]
        square = np.concatenate([part[2] for part in parts])[place.reshape(q.shape)]
        return table, tail, square

    def _coefficients(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return orthonormal Hermite coefficients, row by row, with their tails."""
        root = np.sqrt(q)
        squared = Grid(lambda w: self.grid.function(w) ** 2, self.grid.breaks)
        # one level finer than f^2 needs, for the oscillation of the Hermite functions
        level = max(squared.settled_level(root) + 1, 4)
        z, weights = self.grid.rule(root, level)
        values = self.grid.function(root[:, None] * z)
        square = (weights * values * values).sum(axis=1)
        damped = weights * np.exp(z * z / 4) * values
        for length in _LENGTHS:
            waves = hermite_functions(z, length)
            a = np.einsum("rz,nrz->rn", damped, waves) if len(z) > 1 else damped @ waves[:, 0].T
            tail = np.maximum(square - (a * a).sum(axis=1), 0.0)
            if np.all(tail <= self.tolerance * square):
                break
        return a, tail, square

    def _block(
        self,
        q1: np.ndarray,
        k: np.ndarray,
        q2: np.ndarray,
        left: tuple[np.ndarray, ...],
        right: tuple[np.ndarray, ...],
    ) -> np.ndarray:
        (a, a_tail, a_square), (b, b_tail, b_square) = left, right
        product = q1 * q2
        with np.errstate(invalid="ignore", divide="ignore"):
            c = np.clip(np.where(product > 0, k / np.sqrt(product), 0.0), -1.0, 1.0)
        total, length = np.zeros(c.shape), min(len(a), len(b))
        with np.errstate(under="ignore"):
            for n in range(length - 1, -1, -1):
                total *= c
                total += a[n] * b[n]
        with np.errstate(under="ignore"):
            bound = np.abs(c) ** length * np.sqrt(a_tail * b_tail)
        poor = bound > 4 * self.tolerance * np.sqrt(a_square * b_square)
        if poor.any():
            arrays = (np.broadcast_to(x, c.shape)[poor] for x in (q1, c, q2))
            total[poor] = self._product_rule(*arrays)
        return total

    def _product_rule(self, q1: np.ndarray, c: np.ndarray, q2: np.ndarray) -> np.ndarray:
        """Return the kernel of a list of pairs by conditional rules, refined until they rest."""
        result = np.empty(c.size)
        for start in range(0, c.size, _PAIRS):
            block = slice(start, start + _PAIRS)
            previous = None
            for level in (1, 2, 3):
                value = self._conditional(q1[block], c[block], q2[block], 12 * 2**level)
                if previous is not None and np.all(
                    np.abs(value - previous) <= 1e-11 * np.maximum(np.abs(value), 1e-3)
                ):
                    break
                previous = value
            else:
                raise ConvergenceError(
                    f"the kernel moves by {np.abs(value - previous).max():.1e} between two grids; "
                    "use dual(...).evalf for these covariances"
                )
            result[block] = value
        return result

    def _conditional(self, q1: np.ndarray, c: np.ndarray, q2: np.ndarray, order: int) -> np.ndarray:
        """Return E f(u) E[f(v) | u] with panels between all kinks."""
        breaks = np.asarray(self.grid.breaks)
        first, second = np.sqrt(q1)[:, None], np.sqrt(q2)[:, None]
        noise = np.sqrt((1 - c) * (1 + c))[:, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            mirrored = np.nan_to_num(breaks / second / c[:, None], nan=99.0)
        x, outer = panels(np.concatenate([breaks / first, mirrored], axis=1), order)
        c, second = c[:, None], second
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            kinks = (breaks / second[..., None] - (c * x)[..., None]) / noise[..., None]
        y, inner = panels(np.nan_to_num(kinks, nan=0.0, posinf=99.0, neginf=-99.0), order)
        v = second[..., None] * ((c * x)[..., None] + noise[..., None] * y)
        given = (inner * self.grid.function(v)).sum(axis=2)
        return (outer * self.grid.function(first * x) * given).sum(axis=1)


def hermite_functions(z: np.ndarray, length: int) -> np.ndarray:
    """Return He_n(z)/sqrt(n!) exp(-z^2/4) for n < length, along a new first axis."""
    waves = np.empty((length, *z.shape))
    waves[0] = np.exp(-z * z / 4)
    for n in range(length - 1):
        below = waves[n - 1] if n else 0.0
        waves[n + 1] = (z * waves[n] - np.sqrt(n) * below) / np.sqrt(n + 1)
    return waves
