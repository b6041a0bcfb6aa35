"""Transforms of functions of several independent variables, off the real axis.

On a product of charts the integrand is analytic and periodic, or falls like a Gaussian: rules of
equal steps (Gauss-Legendre on segments) converge geometrically, and a rule of twice the steps has
about the squared error. At w near the spectrum the rate falls like the distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import ceil, factorial, log, sqrt
from typing import final

import numpy as np
from flint import acb, acb_mat, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.programs.arithmetic import BallArithmetic, Complexes, FloatArithmetic
from freeprob.numeric.programs.conditional_images import Conditional
from freeprob.numeric.programs.conditional_integrals import integral, integral_ball
from freeprob.numeric.programs.straight_line import Oracle, Program, evaluate

_BALLS, _FLOATS = BallArithmetic(), FloatArithmetic()
_FIRST = 8  # steps on each axis of the first rule
_MOST_FLOATS, _MOST_BALLS = 1 << 20, 1 << 16  # nodes of the largest rules
_MOST_BEFORE = 1 << 16  # nodes, where integrals over one variable after the other are known
_MOST_ORDER = 1  # of derivatives for those
_ON_THE_AXIS = 1e-200  # heights that stand for the limit
_FLOAT_BITS = 60
# a rule agrees with the one before up to 2^-bits of these; its own error is about the square
_SHARE = 0.6
_ROUNDING_BITS = 10  # lost in sums of so many terms
_CHUNK = 1 << 21  # numbers in one table of points times nodes


@final
@dataclass(frozen=True)
class Axis:
    """One variable: circle, line or segment, its middle and size, and the weight on a circle."""

    kind: str
    numbers: Program
    weight: Program

    def nodes(self, steps: int) -> list[tuple[acb, acb]]:
        """Places and weights at the precision of FLINT's context."""
        middle, size = (acb(value) for value in evaluate(self.numbers, [], _BALLS))
        if self.kind == "line":
            reach = ceil(sqrt(2 * log(2) * ctx.prec)) + 1
            step = arb(2 * reach) / steps
            places = [step * (2 * j + 1 - steps) / 2 for j in range(steps)]
            scale = step / (2 * arb.pi()).sqrt()
            return [(middle + size * x, acb(scale * (-x * x / 2).exp())) for x in places]
        if self.kind == "segment":
            roots = [arb.legendre_p_root(steps, j, weight=True) for j in range(steps)]
            return [(middle + size * x, acb(w / 2)) for x, w in roots]
        cosines = [acb(arb.cos_pi(arb(2 * j + 1) / (2 * steps))) for j in range(steps)]
        weights = [acb(evaluate(self.weight, [c], _BALLS)[0]) * arb.pi() / steps for c in cosines]
        return [(middle + size * c, w) for c, w in zip(cosines, weights, strict=True)]


@final
@dataclass(frozen=True)
class ProductMap:
    """A symmetric matrix as a function of some variables."""

    entries: Program
    size: int
    axes: tuple[Axis, ...]
    conditional: Conditional | None

    def matrix(self, places: list[acb]) -> acb_mat:
        """M at one node."""
        values = dict(zip(_upper(self.size), evaluate(self.entries, places, _BALLS), strict=True))
        rows = range(self.size)
        return acb_mat([[acb(values[min(i, j), max(i, j)]) for j in rows] for i in rows])

    def eigenvalues(self, first: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Those of M where one variable has the value u and the other v, in units of the charts."""
        units = [u, v] if first == 0 else [v, u]
        places = []
        for axis, unit in zip(self.axes, units, strict=False):
            middle, size = (complex(x).real for x in evaluate(axis.numbers, [], _FLOATS))
            places.append((middle + size * unit).ravel())
        return _on_grid(self.entries, places, self.size).reshape(*u.shape, self.size)


@lru_cache(maxsize=64)
def float_rule(image: ProductMap, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and weights on all nodes."""
    with ctx.workprec(_FLOAT_BITS):
        axes = [
            [(float(place.real), float(weight.real)) for place, weight in axis.nodes(steps)]
            for axis in image.axes
        ]
    grids = np.meshgrid(*([place for place, _ in axis] for axis in axes), indexing="ij")
    weights = np.meshgrid(*([weight for _, weight in axis] for axis in axes), indexing="ij")
    mass = np.prod(weights, axis=0).ravel()
    values = _on_grid(image.entries, [grid.ravel() for grid in grids], image.size)
    return values.ravel(), np.repeat(mass / image.size, image.size)


def _on_grid(entries: Program, places: list[np.ndarray], size: int) -> np.ndarray:
    found = evaluate(entries, [place.astype(complex) for place in places], _FLOATS)
    rows = [np.broadcast_to(np.real(v), places[0].shape) for v in found]
    if size == 1:
        return rows[0][:, None]
    matrix = np.empty((places[0].size, size, size))
    for (i, j), row in zip(_upper(size), rows, strict=True):
        matrix[:, i, j] = matrix[:, j, i] = row
    return np.linalg.eigvalsh(matrix)


def _upper(size: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(size) for j in range(i, size)]


@lru_cache(maxsize=64)
def ball_rule(image: ProductMap, steps: int, bits: int) -> tuple[list[acb_mat], list[acb]]:
    """M and weights on all nodes, as balls."""
    with ctx.workprec(bits + _ROUNDING_BITS):
        matrices, weights = [], []
        for nodes in product(*(axis.nodes(steps) for axis in image.axes)):
            mass = acb(1) / image.size
            for _, weight in nodes:
                mass *= weight
            matrices.append(image.matrix([place for place, _ in nodes]))
            weights.append(mass)
        return matrices, weights


@final
@dataclass(frozen=True)
class ProductOracle(Oracle):
    """The derivative of some order of w ↦ E tr M (w - M)⁻¹/d."""

    image: ProductMap
    order: int

    def floats(self, argument: np.ndarray) -> np.ndarray:
        """On complex128 arrays."""
        points: Complexes = np.atleast_1d(np.asarray(argument, dtype=complex)).ravel()
        result, left, steps = np.empty_like(points), np.arange(points.size), _FIRST
        before = self._sum(points, steps)[0] if points.size else points
        most = _MOST_FLOATS if self._inner is None else _MOST_BEFORE
        if self._inner is not None:
            # sums of poles on the axis know no limits from above
            left, before = left[np.imag(points) != 0], before[np.imag(points) != 0]
            for i in np.flatnonzero(np.imag(points) == 0):
                result[i] = self._near(complex(points[i]))
        while left.size and (2 * steps) ** len(self.image.axes) <= most:
            steps *= 2
            found, size = self._sum(points[left], steps)
            done = np.abs(found - before) <= 2.0 ** (-_SHARE * _FLOAT_BITS) * size
            result[left[done]] = found[done]
            left, before = left[~done], found[~done]
        for i in left:
            result[i] = self._near(complex(points[i]))
        return result.reshape(np.shape(argument))

    @property
    def _inner(self) -> Conditional | None:
        """Integrals over one variable after the other, which reach the axis."""
        return self.image.conditional if self.order <= _MOST_ORDER else None

    def _near(self, w: complex) -> complex:
        """At a point near the spectrum."""
        if self._inner is None:
            raise _too_near(w)
        if w.imag < 0:
            return self._near(w.conjugate()).conjugate()
        point = complex(w.real) if w.imag < _ON_THE_AXIS else w
        values = [integral(self._inner, point, k)[0] for k in range(self.order + 1)]
        return values[0] + w * values[1] if self.order else w * values[0] - 1

    def _sum(self, points: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """The rule, and the sum of absolute values."""
        values, weights = float_rule(self.image, steps)
        tops = weights * values * (-1) ** self.order * factorial(self.order)
        step, totals, sizes = max(1, _CHUNK // values.size), [], []
        for start in range(0, points.size, step):
            gaps = points[start : start + step, None] - values
            with np.errstate(divide="ignore", invalid="ignore"):
                table = tops / gaps ** (self.order + 1)
            totals.append(table.sum(axis=1))
            sizes.append(np.abs(table).sum(axis=1))
        return np.concatenate(totals), np.concatenate(sizes)

    def below(self, x: float) -> float:
        """Mass of (-∞, x] where x is off the spectrum: the rule's own once G' settled there.

        Raises
        ------
        ConvergenceError
            Where it does not.
        """
        steps, before = _FIRST, np.inf
        while steps ** len(self.image.axes) <= _MOST_FLOATS:
            values, weights = float_rule(self.image, steps)
            # -G' has positive terms only: those of G may cancel in the middle of the spectrum
            with np.errstate(divide="ignore"):
                found = float(np.sum(weights / (x - values) ** 2))
            if abs(found - before) <= 2.0 ** (-_SHARE * _FLOAT_BITS) * found < np.inf:
                return float(weights[values <= x].sum())
            before, steps = found, 2 * steps
        raise _too_near(complex(x))

    def ball(self, argument: acb) -> acb:
        """On balls."""
        bits, steps, before = ctx.prec, _FIRST, None
        most = _MOST_BALLS if self._inner is None else _MOST_BEFORE
        while steps ** len(self.image.axes) <= most:
            total, size = self._ball_sum(argument, steps, bits)
            if not size.is_finite():
                break
            bound = size * arb(2) ** ceil(-_SHARE * bits)
            if before is not None and abs((total - before).mid()) < bound.mid():
                factor = (-1) ** self.order * factorial(self.order)
                error = arb(0, (size * arb(2) ** (_ROUNDING_BITS - bits)).abs_upper())
                return factor * (total + (acb(error) if argument.imag == 0 else acb(error, error)))
            before, steps = total, 2 * steps
        if self._inner is None:
            raise _too_near(complex(argument))
        return self._near_ball(self._inner, argument)

    def _near_ball(self, inner: Conditional, argument: acb) -> acb:
        """The same near the spectrum, where the ball of w is told apart from the axis."""
        if argument.imag < 0:
            return self._near_ball(inner, argument.conjugate()).conjugate()
        middle = argument.mid()
        values = [integral_ball(inner, middle, k) for k in range(self.order + 1)]
        return values[0] + middle * values[1] if self.order else middle * values[0] - 1

    def _ball_sum(self, argument: acb, steps: int, bits: int) -> tuple[acb, arb]:
        """The rule on balls, and the sum of absolute values."""
        total, size, own = acb(0), arb(0), range(self.image.size)
        point = acb_mat([[argument if i == j else 0 for j in own] for i in own])
        for matrix, weight in zip(*ball_rule(self.image, steps, bits), strict=True):
            try:
                resolvent = (point - matrix).inv()
            except ZeroDivisionError:
                return total, arb("nan")
            powers = matrix * resolvent
            for _ in range(self.order):
                powers = powers * resolvent
            term = weight * powers.trace()
            total += term
            size += abs(term)
        return total, size


KNOWN_ON_THE_AXIS = (
    "functions of two continuous variables that are rational, of degree two at most in one of "
    "them, are known there, others off the real axis (cauchy at larger Im z, or off the support), "
    "by moments and by sample"
)


def _too_near(w: complex) -> ConvergenceError:
    return ConvergenceError(f"w = {w:.6g} is too near the spectrum: {KNOWN_ON_THE_AXIS}")
