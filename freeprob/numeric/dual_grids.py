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
from freeprob.numeric.gaussian_grids import TINY, Grid, panels

_SHORTEST, _LONGEST = 32, 512
_ROWS = 256
_NEAR = 0.9  # correlations beyond it get the whole series
_PAIRS = 64


@dataclass(frozen=True)
class DualGrid:
    """The kernel of one function, to about ``tolerance`` relative to sqrt(E f(u)^2 E f(v)^2)."""

    grid: Grid
    tolerance: float = 1e-12

    def __call__(self, q1: object, k: object, q2: object) -> np.ndarray:
        """Return E f(u) f(v) for arrays of covariance entries, broadcast against each other."""
        return blockwise(self._block, q1, k, q2, prepare=self._prepare)

    def _prepare(self, q: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what depends on one variance only: coefficients, their tails and E f^2."""
        distinct, place = np.unique(q, return_inverse=True)
        rows = [distinct[i : i + _ROWS] for i in range(0, distinct.size, _ROWS)]
        parts = [self._coefficients(part) for part in rows]
        length = max(a.shape[1] for a, _, _ in parts)
        tables = (
            np.concatenate(
                [np.pad(part[i], ((0, 0), (0, length - part[i].shape[1]))) for part in parts]
            )
            for i in (0, 1)
        )
        place = place.reshape(q.shape)
        square = np.concatenate([part[2] for part in parts])[place]
        return *(np.ascontiguousarray(table.T[:, place]) for table in tables), square

    def _coefficients(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return orthonormal Hermite coefficients, the tails behind each, and E f^2."""
        root = np.maximum(np.sqrt(q), TINY)
        squared = Grid(lambda w: self.grid.function(w) ** 2, self.grid.breaks)
        # one level finer than f^2 needs, for the oscillation of the Hermite functions
        level = max(squared.settled_level(root[[0, -1]]) + 1, 4)
        z, weights = self.grid.rule(root, level)
        values = self.grid.function(root[:, None] * z)
        square = (weights * values * values).sum(axis=1)
        damped = weights * np.exp(z * z / 4) * values
        length = _SHORTEST
        while True:
            a = _projected(damped, z, length)
            tails = np.maximum(square[:, None] - np.cumsum(a * a, axis=1), 0.0)
            enough = np.all(tails <= self.tolerance * square[:, None], axis=0)
            if enough.any():
                length = int(np.argmax(enough)) + 1
            elif length < _LONGEST:
                length *= 2
                continue
            return a[:, :length], tails[:, :length], square

    def _block(
        self,
        q1: np.ndarray,
        k: np.ndarray,
        q2: np.ndarray,
        left: tuple[np.ndarray, ...],
        right: tuple[np.ndarray, ...],
    ) -> np.ndarray:
        product = q1 * q2
        with np.errstate(invalid="ignore", divide="ignore"):
            c = np.clip(np.where(product > 0, k / np.sqrt(product), 0.0), -1.0, 1.0)
        short = self._length(_NEAR, left, right)
        total = _mehler_sum(left[0][:short], right[0][:short], c)
        near = np.abs(c) > _NEAR
        if near.any():
            total[near] = self._near(near, c, (q1, q2), left, right)
        return total

    def _length(self, c: float, left: tuple[np.ndarray, ...], right: tuple[np.ndarray, ...]) -> int:
        """Return how many terms serve every pair of a block up to correlation ``c``."""
        length = min(len(left[0]), len(right[0]))
        worst = [
            np.sqrt((tails[:length] / np.where(square > 0, square, 1.0)).reshape(length, -1).max(1))
            for _, tails, square in (left, right)
        ]
        with np.errstate(under="ignore"):
            bound = c ** np.arange(1, length + 1) * worst[0] * worst[1]
        return min(int(np.argmax(np.append(bound, 0.0) <= self.tolerance)) + 1, length)

    def _near(
        self,
        near: np.ndarray,
        c: np.ndarray,
        variances: tuple[np.ndarray, np.ndarray],
        left: tuple[np.ndarray, ...],
        right: tuple[np.ndarray, ...],
    ) -> np.ndarray:
        """Return the kernel of the pairs of a block next to correlation 1 or -1."""
        shape = c.shape
        (a, a_tail, a_square), (b, b_tail, b_square) = (
            tuple(
                np.broadcast_to(x, (*x.shape[: x.ndim - c.ndim], *shape))[..., near] for x in side
            )
            for side in (left, right)
        )
        length = min(len(a), len(b))
        close = c[near]
        value = _mehler_sum(a[:length], b[:length], close)
        with np.errstate(under="ignore"):
            bound = np.abs(close) ** length * np.sqrt(a_tail[length - 1] * b_tail[length - 1])
        poor = bound > self.tolerance * np.sqrt(a_square * b_square)
        if poor.any():
            q1, q2 = (np.broadcast_to(q, shape)[near][poor] for q in variances)
            value[poor] = self._product_rule(q1, close[poor], q2)
        return value

    def on_the_line(self, q1: np.ndarray, k: np.ndarray, q2: np.ndarray) -> np.ndarray:
        """Return E f(sqrt(q1) Z) f(+-sqrt(q2) Z), the kernel at correlation 1 or -1."""
        if not k.size:
            return np.zeros(0)
        first, second = np.sqrt(q1)[:, None], (np.sign(k) * np.sqrt(q2))[:, None]
        breaks = np.asarray(self.grid.breaks)
        z, weights = panels(np.concatenate([breaks / first, breaks / second], axis=1), 96)
        values = self.grid.function(first * z) * self.grid.function(second * z)
        return (weights * values).sum(axis=1)

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


def _projected(damped: np.ndarray, z: np.ndarray, length: int) -> np.ndarray:
    """Return sum_z damped(r, z) He_n(z)/sqrt(n!) exp(-z^2/4) for n < length, row by row."""
    result = np.empty((length, len(damped)))
    older, newer = np.zeros_like(z), np.exp(-z * z / 4)
    waves = np.empty((length, z.shape[1])) if len(z) == 1 else None
    for n in range(length):
        if waves is None:
            result[n] = (damped * newer).sum(axis=1)
        else:
            waves[n] = newer[0]
        older, newer = newer, (z * newer - np.sqrt(n) * older) / np.sqrt(n + 1)
    return damped @ waves.T if waves is not None else result.T


def _mehler_sum(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return sum_n a_n b_n c^n by Horner's rule, in c^2 if the function is odd or even."""
    sizes = [
        max(np.abs(a[parity::2]).max(initial=0), np.abs(b[parity::2]).max(initial=0))
        for parity in (0, 1)
    ]
    vanishing = [size <= 1e-15 * max(sizes) for size in sizes]
    total, term = np.zeros(c.shape), np.empty(c.shape)
    if any(vanishing):
        start = 0 if vanishing[1] else 1
        step, a, b = c * c, a[start::2], b[start::2]
    else:
        start, step = 0, c
    with np.errstate(under="ignore"):
        for n in range(len(a) - 1, -1, -1):
            np.multiply(total, step, out=total)
            np.multiply(a[n], b[n], out=term)
            np.add(total, term, out=total)
        return total * c if start else total
