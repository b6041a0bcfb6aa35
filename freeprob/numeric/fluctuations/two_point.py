"""Fluctuations of sums over eigenvalues in float64, from the covariance of two resolvents.

With L the covariance of log det(x - M) and log det(y - M), Cov(Σ f(λ), Σ g(λ)) is the double
contour integral of f(x) g(y) ∂²L/∂x∂y around the support over (2πi)². Contracted to the cuts and
written in the angles of their circles it is

¼ Σ k f_k g_k - ⟨S(θ, φ) f'(θ) g'(φ)⟩, S = Re L + log|1 - e^{-i(θ+φ)}|

on one cut, f = Σ f_k cos kθ, where S is smooth, and without the first sum and the logarithm for two
different cuts. The mean over a circle of ½ Im L(z, z) f'(θ) is what means are off in real matrices.
Means are taken by Gauss's rule on panels that crowd where complex branch points are near.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, final

import numpy as np

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.numeric.fluctuations.circles import Circle, Grid, Panel

_ORDERS = (16, 17)  # nodes of θ and φ never coincide
_CONTROL = (21, 22)  # more nodes, which must not change the answer
_AGREE = 1e-9  # of the largest of the covariances compared
_TRIED = 4  # orders of cosines whose covariances are compared
_PANELS, _MOST = 4, 256
_SHORTEST = 1e-5  # of an angle: panels so short next to cuts that nearly touch are kept
_RESOLVED = 1e-9  # of a function's size, in its last Legendre coefficients on a panel: Gauss's rule
# is exact to twice the degree, so that its error is the square of that


class TwoPoint(ABC):
    """A covariance of resolvents at points x + i0 and, with ``mirrored``, y - i0 of cuts."""

    @abstractmethod
    def states(self, grid: Grid) -> Any:
        """All that is needed at the points of a grid."""

    @abstractmethod
    def covariance(self, one: Any, other: Any, mirrored: bool) -> np.ndarray:
        """Re L, one row for each point of the first grid."""

    @abstractmethod
    def extra(self, one: Any, other: Any, mirrored: bool) -> np.ndarray:
        """Re Q, which each unit of a fourth cumulant adds."""

    @abstractmethod
    def diagonal(self, states: Any) -> np.ndarray:
        """The exponential of L(z, z) up to a real factor: the shift of log det is -L(z, z)/2."""

    @abstractmethod
    def extra_diagonal(self, states: Any) -> np.ndarray:
        """Q(z, z)."""

    @abstractmethod
    def smooth(self, states: Any, grid: Grid) -> np.ndarray:
        """Functions on the circles, one row for each, that panels must resolve."""


@final
@dataclass(frozen=True)
class Sums:
    """The kernel on grids: what joins derivatives of f and g by the angles."""

    kernel: TwoPoint
    first: Grid
    second: Grid

    @cached_property
    def _states(self) -> tuple[Any, Any]:
        return self.kernel.states(self.first), self.kernel.states(self.second)

    @cached_property
    def covariances(self) -> np.ndarray:
        """Weights of f'(θ) g'(φ) in the covariance for β = 2, both angles in (0, π)."""
        return self._weighted(_between(self.kernel, self.first, self.second, *self._states))

    @cached_property
    def extras(self) -> np.ndarray:
        """The same of what a fourth cumulant adds."""
        one, other = self._states
        upper, lower = (self.kernel.extra(one, other, mirrored) for mirrored in (False, True))
        return self._weighted(upper - lower)

    def _weighted(self, values: np.ndarray) -> np.ndarray:
        """The mean over both circles: f' and g' are odd, so four quarters are two."""
        return -2 / (2 * np.pi) ** 2 * self.first.weights[:, None] * values * self.second.weights

    @cached_property
    def shifts(self) -> np.ndarray:
        """Weights of f' in the shift of the mean for β = 1."""
        values = turned(self.kernel.diagonal(self._states[0]), self.first)
        phases = []
        for index in range(len(self.first.circles)):
            own = np.unwrap(np.angle(values[self.first.owners == index]))
            # L(z, z) is real at the ends of a cut
            phases.append(own - np.pi * np.round(own[0] / np.pi))
        return np.concatenate(phases) * self.first.weights / (2 * np.pi)

    @cached_property
    def extra_shifts(self) -> np.ndarray:
        """The same of what a fourth cumulant adds."""
        phases = np.imag(self.kernel.extra_diagonal(self._states[0]))
        return phases * self.first.weights / (2 * np.pi)

    def covariance(
        self, f: Sequence[np.ndarray], g: Sequence[np.ndarray], beta: int, cumulant: float
    ) -> float:
        """The covariance of two sums, from their cosine coefficients on each cut."""
        total = 0.0
        for one, other in zip(f, g, strict=True):
            size = min(len(one), len(other))
            total += 0.5 / beta * float(np.sum(np.arange(size) * one[:size] * other[:size]))
        matrix = 2 / beta * self.covariances
        if cumulant:
            matrix = matrix + cumulant * self.extras
        return total + float(self.first.slopes(f) @ matrix @ self.second.slopes(g))

    def shift(self, f: Sequence[np.ndarray], beta: int, cumulant: float) -> float:
        """What the mean of a sum is off."""
        weights = (2 / beta - 1) * self.shifts
        if cumulant:
            weights = weights + cumulant * self.extra_shifts
        ends = sum(float(np.sum(one[2::2])) for one in f)
        return float(weights @ self.first.slopes(f)) + (2 / beta - 1) * ends / 2


def _between(kernel: TwoPoint, first: Grid, second: Grid, one: Any, other: Any) -> np.ndarray:
    """S(θ, φ) - S(θ, -φ), one row for each point of the first grid."""
    total = first.angles[:, None] + second.angles
    gap = first.angles[:, None] - second.angles
    same = first.owners[:, None] == second.owners
    with np.errstate(all="ignore"):
        upper = kernel.covariance(one, other, mirrored=False)
        lower = kernel.covariance(one, other, mirrored=True)
    # log|1 - exp(-iφ)| for the sum and for the difference of the angles
    upper = upper + same * np.log(np.abs(np.sin(total / 2)))
    lower = lower + same * np.log(np.abs(np.sin(gap / 2)))
    return upper - lower


def turned(diagonal: np.ndarray, grid: Grid) -> np.ndarray:
    """The exponential of L(z, z) without its poles at the ends of the cuts."""
    return diagonal * (1 - np.exp(-2j * grid.angles))


def sums_of(kernel: TwoPoint, circles: Sequence[Circle]) -> Sums:
    """A kernel on panels that resolve it.

    Raises
    ------
    ConvergenceError
        If they would be too many, or more nodes give other covariances: the kernel has
        singularities that its functions do not show.
    UndefinedOperationError
        If there are no cuts.
    """
    circles = tuple(circles)
    if not circles:
        raise UndefinedOperationError(
            "the spectrum has no cuts: sums over eigenvalues that are all in atoms do not fluctuate"
        )
    ends = np.linspace(0, np.pi, _PANELS + 1)
    open_panels = [list(pairwise(ends)) for _ in circles]
    closed: list[list[Panel]] = [[] for _ in circles]
    while any(open_panels):
        rough = _rough(kernel, Grid(circles, tuple(map(tuple, open_panels)), _ORDERS[0]))
        for own, done in zip(open_panels, closed, strict=True):
            halves = []
            for low, high in own:
                if next(rough) and high - low > _SHORTEST:
                    halves += [(low, (low + high) / 2), ((low + high) / 2, high)]
                else:
                    done.append((low, high))
            own[:] = halves
        if sum(map(len, closed)) + sum(map(len, open_panels)) > _MOST * len(circles):
            raise ConvergenceError(
                "the covariance of the resolvents is not resolved on the cuts: they nearly touch"
            )
    panels = tuple(tuple(sorted(own)) for own in closed)
    sums, finer = (_sums(kernel, circles, panels, orders) for orders in (_ORDERS, _CONTROL))
    if _agree(sums, finer):
        return sums
    raise ConvergenceError(
        "the covariance of the resolvents is singular also where points of the spectrum do not "
        "meet, as for sums of two laws with two atoms each, whose spectra are symmetric: of such "
        "sums law.fluctuation knows polynomials, exactly"
    )


def _sums(
    kernel: TwoPoint,
    circles: tuple[Circle, ...],
    panels: tuple[tuple[Panel, ...], ...],
    orders: tuple[int, int],
) -> Sums:
    one, other = (Grid(circles, panels, order) for order in orders)
    return Sums(kernel, one, other)


def _agree(sums: Sums, finer: Sums) -> bool:
    """Whether more nodes give the same covariances."""
    tried = _TRIED * len(sums.first.circles)
    found = []
    for each in (sums, finer):
        left, right = (
            np.array([grid.slopes(_cosine(k, len(grid.circles))) for k in range(tried)])
            for grid in (each.first, each.second)
        )
        with np.errstate(all="ignore"):
            found.append(left @ each.covariances @ right.T)
    one, other = found
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    return bool(np.abs(one - other).max() <= _AGREE * max(1.0, np.abs(one).max()))


def _cosine(number: int, count: int) -> list[np.ndarray]:
    """The function cos kθ on one of the circles, 0 on the others."""
    order, circle = number // count + 1, number % count
    return [np.eye(1, order + 1, order)[0] * float(i == circle) for i in range(count)]


def _rough(kernel: TwoPoint, grid: Grid) -> Iterator[bool]:
    """For each panel whether some function is not resolved on it.

    One of them is S next to the panel's middle φ: a logarithm of ω(θ) - ω(φ) at y - i0 turns over
    Im ω/|ω'|, also where ω itself is smooth.
    """
    states = kernel.states(grid)
    middles = Grid(grid.circles, grid.panels, 1)
    pairs = _between(kernel, grid, middles, states, kernel.states(middles))
    beside = np.take_along_axis(pairs, np.arange(len(pairs))[:, None] // grid.order, axis=1).T
    rows = np.vstack([np.atleast_2d(kernel.smooth(states, grid)), beside])
    order = grid.order
    nodes = np.polynomial.legendre.leggauss(order)[0]
    values = rows.reshape(len(rows), -1, order)
    coefficients = values @ np.linalg.inv(np.polynomial.legendre.legvander(nodes, order - 1)).T
    sizes = np.abs(values).max(axis=2)
    # of logarithms errors count as they are; and all by the share of the circle that they fill:
    # next to ends they are rounding of x, which shorter panels do not make less
    lengths = np.array([high - low for panels in grid.panels for low, high in panels])
    sizes[-1] = np.maximum(sizes[-1], 1.0)
    sizes /= lengths
    last = np.abs(coefficients[..., -2:]).max(axis=2)
    yield from map(bool, (last > _RESOLVED * sizes).any(axis=0))
