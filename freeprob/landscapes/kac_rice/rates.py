"""Complexities on one sphere, in closed form, in the arithmetic of whoever asks.

Let s, c, v be the variances of the field, of its gradient and of its Hessian, N x l the value and
N x r the radial derivative. Then r - (c/s) l is independent of l, of variance α² = c + v - c²/s,
the Hessian is GOE(v) - r, and the number of critical points of index k has the rate

θ_k(l) = ½ - ½ log c - l²/2s + sup_r {U(r) - k I(r) - (r - c l/s)²/2α²},

U(r) = r²/4v - ½ + ½ log v - I(r) the semicircle's log-potential and I the rate of an extreme
eigenvalue, 0 inside the bulk; k ≥ 0 fixed needs r ≤ -2√v. With r = -√v (w + 1/w), 0 < w ≤ 1,

I = (1/w² - w²)/4 + log w,

and the supremum over r < -2√v solves a quadratic equation for w.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.precision import context, fresh_context, to_mpf

_DOUBLINGS = 6


class Arithmetic(NamedTuple):
    """Float64 arrays or numbers of an mpmath context."""

    sqrt: Callable[[Any], Any]
    log: Callable[[Any], Any]
    where: Callable[[Any, Any, Any], Any]
    number: Callable[[sp.Expr], Any]


FLOATS = Arithmetic(np.sqrt, np.log, np.where, float)


EXACT = Arithmetic(sp.sqrt, sp.log, lambda test, a, b: a if test else b, sp.sympify)


def digits_arithmetic(mp: mpmath.MPContext) -> Arithmetic:
    """The arithmetic of an mpmath context."""
    return Arithmetic(
        mp.sqrt, mp.log, lambda test, a, b: a if test else b, lambda value: in_context(value, mp)
    )


def in_context(value: sp.Expr, mp: mpmath.MPContext) -> mpmath.mpf:
    """A SymPy number in an mpmath context."""
    return mp.make_mpf(sp.Float(sp.N(value, mp.dps + 5), mp.dps + 5)._mpf_)


@dataclass(frozen=True)
class OneSphere:
    """The variances s, c, v of a field, its gradient and its Hessian; α² = c + v - c²/s."""

    level: sp.Expr
    gradient: sp.Expr
    hessian: sp.Expr

    @cached_property
    def spread(self) -> sp.Expr:
        """α², the variance of the radial derivative at a given value."""
        return sp.simplify(self.gradient + self.hessian - self.gradient**2 / self.level)

    @cached_property
    def threshold(self) -> sp.Expr:
        """-l where r reaches the edge -2√v, the supremum taken inside the bulk."""
        c, v = self.gradient, self.hessian
        return sp.simplify((2 * v - self.spread) * self.level / (c * sp.sqrt(v)))

    @property
    def is_trivial(self) -> bool:
        """Whether the number of all critical points does not grow exponentially: v ≤ c."""
        return bool(self.hessian <= self.gradient)

    def top(self, index: int | None) -> sp.Expr:
        """The value of l where the rate is largest, below 0 at least for a fixed index.

        Over all l the rate is ½ - ½ log c - r²/2(c + v) + U(r) - k I(r), at l = c r/(c + v); its
        maximum is inside the bulk exactly if v ≥ c.
        """
        c, v, k = self.gradient, self.hessian, index or 0
        if index is None and v >= c:
            return sp.S.Zero
        w = sp.S.One
        if v < c:
            w = sp.sqrt((2 * v + (c + v) * k) / ((c + v) * (k + 2) - 2 * v))
        return -sp.sqrt(v) * (w + 1 / w) * c / (c + v)

    def radial(self, level: Any, index: int | None, ring: Arithmetic) -> tuple[Any, Any]:
        """The radial derivative r at which the supremum is, l at most the top, and its w."""
        s, c, v, spread = map(ring.number, (self.level, self.gradient, self.hessian, self.spread))
        slope, k, root = c / s * level, index or 0, ring.sqrt(v)
        a, b = root - spread * (k + 2) / (2 * root), slope
        last = root + spread * k / (2 * root)
        outside = a + b + last < 0
        discriminant = ring.where(outside, b * b - 4 * a * last, 1)
        w = ring.where(outside, 2 * last / ring.where(outside, ring.sqrt(discriminant) - b, 1), 1)
        inside = 2 * v * slope / (2 * v - spread) if index is None else -2 * root + 0 * level
        return ring.where(outside, -root * (w + 1 / w), inside), w

    def rate(self, level: Any, index: int | None, ring: Arithmetic) -> Any:
        """θ_k at l up to the top."""
        s, c, v, spread = map(ring.number, (self.level, self.gradient, self.hessian, self.spread))
        r, w = self.radial(level, index, ring)
        extreme = (1 / w**2 - w**2) / 4 + ring.log(w)
        gap = (r - c / s * level) ** 2 / (2 * spread) if self.spread else 0
        bulk = (ring.log(v) - ring.log(c)) / 2 + r**2 / (4 * v) - level**2 / (2 * s)
        return bulk - gap - ((index or 0) + 1) * extreme


def complexity(sphere: OneSphere, levels: np.ndarray, index: int | None) -> np.ndarray:
    """Θ or Θ_k of levels in float64: the rate at the level or at the top.

    Raises
    ------
    ConvergenceError
        Where squares of levels are beyond float64's range.
    """
    below = np.minimum(levels, float(sphere.top(index)))
    with np.errstate(all="ignore"):
        values = sphere.rate(below, index, FLOATS)
    if not np.isfinite(values).all():
        raise ConvergenceError("a rate is beyond float64's range: ask for digits by dps=")
    return values


def complexity_digits(sphere: OneSphere, level: sp.Expr, index: int | None, dps: int) -> mpmath.mpf:
    """As :func:`complexity`, with ``dps`` digits."""
    top = sphere.top(index)
    below = top if level == sp.oo or level >= top else level

    def at(digits: int) -> mpmath.mpf:
        mp = context(digits)
        return sphere.rate(in_context(below, mp), index, digits_arithmetic(mp))

    return secured(at, dps)


def ground_level(sphere: OneSphere, index: int, dps: int) -> mpmath.mpf:
    """E_k: the rate of index k is 0 at -E_k and negative below.

    Raises
    ------
    InvalidParameterError
        If the rate is negative everywhere.
    """
    top = sphere.top(index)
    if sphere.is_trivial:
        if index and sphere.hessian != sphere.gradient:
            raise InvalidParameterError(
                f"critical points of index {index} are exponentially rare at all energies, so "
                "there is no E_k: the field has ν'' < ν', only minima and maxima remain"
            )
        return secured(lambda digits: -in_context(top, context(digits)), dps)

    def at(digits: int) -> mpmath.mpf:
        mp = fresh_context(digits + 10)
        ring, high = digits_arithmetic(mp), in_context(top, mp)
        step = mp.mpf(1)
        while sphere.rate(high - step, index, ring) > 0:
            step *= 2
        # Θ_k rises up to the top, so the bracket holds its only zero
        found = mp.findroot(
            lambda level: sphere.rate(level, index, ring), (high - step, high), solver="anderson"
        )
        return -found

    return secured(at, dps)


def secured(at: Callable[[int], mpmath.mpf], dps: int) -> mpmath.mpf:
    """A value to ``dps`` digits: closed forms lose at most a few digits by cancellation.

    Two precisions are compared; digits are added until they agree. A value that stays below
    half of the digits carried is an exact 0 of the formulas.

    Raises
    ------
    ConvergenceError
        If no two precisions agree.
    """
    digits = dps + 15
    before = at(digits)
    for _ in range(_DOUBLINGS):
        digits *= 2
        value, mp = at(digits), context(digits)
        if abs(value - before) <= abs(value) * mp.mpf(10) ** (-dps - 5):
            return to_mpf(value, dps)
        if abs(value) < mp.mpf(10) ** (-digits // 2):
            return to_mpf(mp.zero, dps)
        before = value
    raise ConvergenceError(f"{dps} digits could not be secured: ask for fewer")
