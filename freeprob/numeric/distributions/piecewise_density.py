"""The density on large grids: a graded piecewise polynomial on every cut.

Each half of a cut is cut again where needed, so that a polynomial of degree 14 in the local
variable (:mod:`freeprob.numeric.distributions.halves`) reaches rounding error on every piece;
pieces shrink towards singularities off the axis by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import numpy as np
from numpy.polynomial import chebyshev

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.distributions.cuts import Cut
from freeprob.numeric.distributions.deep_points import next_to_zero
from freeprob.numeric.distributions.halves import Half
from freeprob.routes import remembered

_DEGREE = 14
_TOLERANCE = 4e-14  # last Chebyshev coefficients, relative to the row: a few roundings
_LEVELS = 45
_CHUNK = 1 << 14
_NODES = (chebyshev.chebpts1(_DEGREE + 1) + 1) / 2
_UNSEEN = 0.3  # of a piece, over which a polynomial through the end is tried; the mass controls it
_SETTLED = 2e-16  # relative step of Newton's method that rounding makes
_DEEP = 1e-40  # in units of the law, from which on points next to 0 are reached along the axis
_GRADED = 10  # halvings of the distance to an end
_TINY = 1e-14  # of the half: pieces as narrow as the roundings of their places
_MASSLESS = 1e-12  # what such a piece may carry: far below the control of masses
_TAIL = 0.1  # share of a first piece's mass below which a power law starts its inversion

Density = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@final
@dataclass(frozen=True)
class Piecewise:
    """Pieces of one half: ends in t, and Chebyshev coefficients of f(t) = ρ/t^p on each."""

    half: Half
    breaks: np.ndarray
    coefficients: np.ndarray

    @cached_property
    def _monomials(self) -> np.ndarray:
        """Coefficients of powers of s in [-1, 1], highest first."""
        return np.array([chebyshev.cheb2poly(row)[::-1] for row in _padded(self.coefficients)])

    @cached_property
    def bounds(self) -> np.ndarray:
        """Ends of the pieces in x, ascending."""
        x = np.concatenate([[self.half.end.location[0]], self.half.point(self.breaks[1:])])
        x[-1] = self.half.middle
        return x if self.half.side > 0 else x[::-1]

    def fill(self, x: np.ndarray, out: np.ndarray) -> None:
        """Write the density at sorted points of this half into ``out``."""
        cuts = np.searchsorted(x, self.bounds[1:-1], side="right")
        places = [0, *cuts, len(x)]
        count = len(self.breaks) - 1
        for i in range(count):
            piece = i if self.half.side > 0 else count - 1 - i
            for start in range(places[i], places[i + 1], _CHUNK):
                stop = min(start + _CHUNK, places[i + 1])
                out[start:stop] = self._values(piece, x[start:stop])

    def _values(self, piece: int, x: np.ndarray) -> np.ndarray:
        """Density on one piece, by Horner's rule."""
        t = self.half.variable(x)
        low, high = self.breaks[piece], self.breaks[piece + 1]
        s = (2 / (high - low)) * t - (high + low) / (high - low)
        row = self._monomials[piece]
        value = row[0] * s
        for coefficient in row[1:-1]:
            value += coefficient
            value *= s
        value += row[-1]
        value *= _power(t, self.half.p)
        return value

    @cached_property
    def antiderivatives(self) -> np.ndarray:
        """Chebyshev coefficients, on every piece, of the mass between its near end and t."""
        power = self.power
        degree = self.coefficients.shape[1] - 1 + max(power, 0)
        s = chebyshev.chebpts1(degree + 1)
        f = chebyshev.chebval(s, self.coefficients.T)
        widths = np.diff(self.breaks)[:, None]
        t = self.breaks[:-1, None] + widths * (s + 1) / 2
        values = f * t ** float(power) * self.half.speed_factor
        rows = np.linalg.solve(chebyshev.chebvander(s, degree), values.T).T
        return np.array([chebyshev.chebint(row, lbnd=-1) for row in rows]) * widths / 2

    @cached_property
    def masses(self) -> np.ndarray:
        """Mass up to the near end of every piece, and of the whole half."""
        parts = self.antiderivatives.sum(axis=1)
        parts[0] = self._mass_from_end(self.breaks[1:2])[0]
        return np.concatenate([[0.0], np.cumsum(parts)])

    def smooth(self, t: float) -> float:
        """F at one place."""
        i = min(max(int(np.searchsorted(self.breaks, t)) - 1, 0), len(self.breaks) - 2)
        low, high = self.breaks[i], self.breaks[i + 1]
        return float(_clenshaw(self.coefficients[i], np.array((2 * t - low - high) / (high - low))))

    def on_pieces(self, pieces: np.ndarray, t: np.ndarray) -> np.ndarray:
        """F at points of given pieces."""
        low, high = self.breaks[pieces], self.breaks[pieces + 1]
        rows = np.moveaxis(self.coefficients[pieces], -1, 0)
        return _clenshaw(rows, (2 * t - low - high) / (high - low))

    @cached_property
    def power(self) -> int:
        """Power of t in ρ dx/dt; above -1, as the mass is finite."""
        return self.half.p + self.half.speed_power

    def mass_to(self, t: np.ndarray) -> np.ndarray:
        """Mass between the end of the half and t, relatively accurate next to the end too."""
        piece = np.clip(np.searchsorted(self.breaks, t) - 1, 0, len(self.breaks) - 2)
        low, high = self.breaks[piece], self.breaks[piece + 1]
        s = (2 * t - low - high) / (high - low)
        first = piece == 0
        if first.all():
            return self._mass_from_end(t)
        mass = self.masses[piece] + _clenshaw(self.antiderivatives[piece].T, s)
        if first.any():
            mass[first] = self._mass_from_end(t[first])
        return mass

    def _mass_from_end(self, t: np.ndarray) -> np.ndarray:
        """∫₀ᵗ τ^a f(τ) dτ on the first piece, without cancellation.

        With τ = tσ it is t^(a+1) ∫₀¹ σ^a f(tσ) dσ, and Gauss-Jacobi rules are exact for f.
        """
        nodes, weights = _jacobi(self.power)
        s = 2 * t[..., None] * nodes / self.breaks[1] - 1
        inner = chebyshev.chebval(s, self.coefficients[0]) @ weights
        return self.half.speed_factor * t ** (self.power + 1.0) * inner

    def place_of(self, mass: np.ndarray) -> np.ndarray:
        """The t up to which the half carries a given mass, by bisection and Newton's method."""
        piece = np.clip(np.searchsorted(self.masses, mass) - 1, 0, len(self.breaks) - 2)
        low, high = self.breaks[piece], self.breaks[piece + 1]
        power = self.power
        t = (low + high) / 2
        # next to the end the mass is a power of t
        whole = self.masses[1]
        share = np.where((piece == 0) & (whole > 0), mass / (whole or 1.0), 1.0)
        t = np.where(share < _TAIL, high * share ** (1 / (power + 1)), t)
        for _ in range(60):
            excess = self.mass_to(t) - mass
            low, high = np.where(excess <= 0, t, low), np.where(excess >= 0, t, high)
            s = (2 * t - self.breaks[piece] - self.breaks[piece + 1]) / (
                self.breaks[piece + 1] - self.breaks[piece]
            )
            slope = _clenshaw(self.coefficients[piece].T, s) * t ** float(power)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = t - excess / (slope * self.half.speed_factor)
            inside = (newton > low) & (newton < high)
            following = np.where(inside, newton, (low + high) / 2)
            if np.all(np.abs(following - t) <= _SETTLED * np.abs(t)):
                return following
            t = following
        return t


@lru_cache(maxsize=64)
def _jacobi(power: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1] for σ^power, exact up to the degree of a piece."""
    from scipy.special import roots_jacobi

    nodes, weights = roots_jacobi(_DEGREE // 2 + 1, 0.0, float(power))
    return (nodes + 1) / 2, weights / 2.0 ** (power + 1)


def _clenshaw(coefficients: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Chebyshev series with one column of coefficients per point."""
    ahead = behind = np.zeros_like(s)
    for row in coefficients[:0:-1]:
        ahead, behind = 2 * s * ahead - behind + row, ahead
    return s * ahead - behind + coefficients[0]


def _padded(coefficients: np.ndarray) -> np.ndarray:
    """Rows whose last coefficient is not exactly 0, which cheb2poly would drop."""
    rows = coefficients.copy()
    rows[rows[:, -1] == 0, -1] = 1e-300
    return rows


def _power(t: np.ndarray, p: int) -> np.ndarray:
    """An integer power of t, infinite at 0 when negative."""
    if p == 1:
        return t
    with np.errstate(divide="ignore"):
        return np.power(t, float(p))


@remembered(maxsize=64)
def piecewise_density(system: System, cuts: tuple[Cut, ...]) -> tuple[Piecewise, ...]:
    """The representation of a law's density, left half and right half of every cut."""
    branch = physical_branch(system)
    for cut in cuts:
        if not cut.is_resolved:
            place = cut.left.location[0]
            raise ConvergenceError(
                f"the cut at {place:.17g} is narrower than float64 resolves there: shift the law "
                f"to 0, as in law.shift({-place:.6g}), and shift the answers back"
            )

    def density(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        deep = np.abs(x) < _DEEP * branch.radius
        values, errors = np.empty(x.shape), np.empty(x.shape)
        G, errors[~deep] = branch.bounded_cauchy(x[~deep])
        values[~deep] = -G.imag / np.pi
        for side in (-1, 1):
            here = deep & (np.sign(x) == side)
            values[here], errors[here] = next_to_zero(branch, x[here])
        return values, errors

    halves = [half for cut in cuts for half in split(cut, branch.radius / 64)]
    # most pieces will lie next to ends: what all of them share of the way is walked at once
    ends = [
        half.point(np.maximum(half.length * _NODES * 2.0**-j, half.lowest))
        for half in halves
        for j in range(_GRADED // half.q + 1)
    ]
    branch.perches.above(np.concatenate(ends or [np.empty(0)]).astype(complex))
    return tuple(represent(halves, density))


def split(cut: Cut, scale: float) -> tuple[Half, Half]:
    """The two halves of a cut."""
    left, right = cut.left.location[0], cut.right.location[0]
    if np.isfinite(left) and np.isfinite(right):
        middle = left + (right - left) / 2
    elif np.isfinite(left) or np.isfinite(right):
        middle = left + scale if np.isfinite(left) else right - scale
    else:
        middle = 0.0
    return Half(cut.left, middle, 1, scale), Half(cut.right, middle, -1, scale)


def represent(halves: Sequence[Half], density: Density) -> list[Piecewise]:
    """Fit all halves, cutting pieces in two until each is resolved.

    Raises
    ------
    ConvergenceError
        If a piece stays unresolved: the ends or their exponents are wrong.
    """
    waiting = [(i, 0.0, half.length) for i, half in enumerate(halves)]
    done: list[list[tuple[float, float, np.ndarray]]] = [[] for _ in halves]
    for _ in range(_LEVELS if waiting else 0):
        rows, resolved = _fit(halves, waiting, density)
        again = []
        for (i, low, high), row, good in zip(waiting, rows, resolved, strict=True):
            if good:
                done[i].append((low, high, row))
            else:
                middle = low + (high - low) / 2
                again += [(i, low, middle), (i, middle, high)]
        waiting = again
        if not waiting:
            return [_assembled(half, pieces) for half, pieces in zip(halves, done, strict=True)]
        if len(waiting) > 4000:
            break
    if not waiting:
        return []
    i, low, high = waiting[0]
    x = halves[i].point(np.array([max(low, 1e-300), high]))
    raise ConvergenceError(
        f"the density was not resolved between {x.min():.17g} and {x.max():.17g}: "
        "there is an edge or a cusp that the cuts do not name, or an exponent is wrong"
    )


def _assembled(half: Half, pieces: list[tuple[float, float, np.ndarray]]) -> Piecewise:
    """Pieces in order of t."""
    pieces = sorted(pieces, key=lambda piece: piece[0])
    breaks = np.array([piece[0] for piece in pieces] + [pieces[-1][1]])
    return Piecewise(half, breaks, np.array([piece[2] for piece in pieces]))


def _places(half: Half, low: float, high: float) -> np.ndarray:
    """Nodes of a piece; next to a steep end one stands for the end, the others are floats apart.

    Raises
    ------
    ConvergenceError
        If floats hold too little of the piece for a polynomial through its end.
    """
    if low >= half.lowest:
        return low + (high - low) * (chebyshev.chebpts1(_DEGREE + 1) + 1) / 2
    if half.lowest > _UNSEEN * high:
        raise ConvergenceError(
            f"the density next to {half.end.location[0]:.17g} is steeper than floats can show: ask "
            "for digits with dps="
        )
    inside = half.lowest + (high - half.lowest) * (chebyshev.chebpts1(_DEGREE) + 1) / 2
    return np.append(inside[0], inside)


def _fit(
    halves: Sequence[Half], pieces: Sequence[tuple[int, float, float]], density: Density
) -> tuple[list[np.ndarray], list[bool]]:
    """Chebyshev coefficients of f on every piece, and which pieces are resolved."""
    nodes = chebyshev.chebpts1(_DEGREE + 1)
    x = np.array([_inside(halves[i], _places(halves[i], a, b)) for i, a, b in pieces])
    rho, noise = (values.reshape(x.shape) for values in density(x.ravel()))
    rows, resolved = [], []
    for (i, a, b), places, values, errors in zip(pieces, x, rho, noise, strict=True):
        half = halves[i]
        # the places were rounded: what counts is where they are
        t = half.variable(places)
        # a jump inside a cut, or an end without power law, is cornered in a piece without mass
        if a >= half.lowest and (not t.all() or len(np.unique(t)) < len(t)):
            rows.append(_level(t, values, half.p))
            resolved.append(True)
            continue
        power = t ** float(half.p)
        f = values / power
        if a < half.lowest:
            t[0], f[0] = 0.0, half.end.constant
        row = np.linalg.solve(chebyshev.chebvander((2 * t - a - b) / (b - a), _DEGREE), f)
        rows.append(row)
        slope = chebyshev.chebval(nodes, chebyshev.chebder(row)) * 2 / (b - a)
        rounding = 2 * np.finfo(float).eps * np.abs(t * slope)
        # a power of t rounds as often as it multiplies
        rounding = rounding + np.finfo(float).eps * half.q * np.abs(f)
        noise_floor = np.max(errors / power + half.sensitivity(t) * np.abs(f) + rounding)
        goal = max(_TOLERANCE * np.max(np.abs(row)), noise_floor)
        width = np.ptp(places)
        tiny = width <= _TINY * (half.scale + np.max(np.abs(places)))
        tiny &= width * np.max(np.abs(values)) <= _MASSLESS
        resolved.append(bool(np.max(np.abs(row[-2:])) <= goal) or bool(tiny))
    return rows, resolved


def _inside(half: Half, t: np.ndarray) -> np.ndarray:
    """Places at t, none of them rounded onto the end, where the density may be infinite."""
    x = half.point(t)
    return np.where(x == half.end.location[0], np.nextafter(x, half.middle), x)


def _level(t: np.ndarray, values: np.ndarray, p: int) -> np.ndarray:
    """Coefficients of a constant on a piece as wide as rounding, whose nodes may fall together."""
    row, inside = np.zeros(_DEGREE + 1), (t > 0) & np.isfinite(values)
    if inside.any():
        row[0] = np.median(values[inside] / t[inside] ** float(p))
    return row


def on_grid(pieces: Sequence[Piecewise], x: np.ndarray) -> np.ndarray:
    """The density at any points; 0 outside the cuts, ∞ at a hard edge."""
    flat = np.ascontiguousarray(x, dtype=float).ravel()
    is_sorted = flat.size < 2 or bool(np.all(flat[1:] >= flat[:-1]))
    order = None if is_sorted else np.argsort(flat)
    points = flat if order is None else flat[order]
    out = np.zeros_like(points)
    for piece in pieces:
        bounds = piece.bounds
        start, stop = np.searchsorted(points, bounds[[0, -1]], side="left")
        stop = np.searchsorted(points, bounds[-1], side="right")
        if stop > start:
            piece.fill(points[start:stop], out[start:stop])
    if order is not None:
        unsorted = np.empty_like(out)
        unsorted[order] = out
        out = unsorted
    return out.reshape(x.shape)
