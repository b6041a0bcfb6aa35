"""Exact mean numbers of critical points at finite N, on one sphere.

With f, r of variances s, c + v and covariance c, the Kac-Rice formula is

E Crt(u) = vol(S^(N-1)) (2πc)^(-(N-1)/2) E[|det(GOE_{N-1}(v) - r)| 1{f ≤ √N u}],

and |det| with the eigenvalues below r counts the order of r in the GOE_N(v), entries of the same
variance v (Auffinger, Ben Arous and Černý 2013, lemma 3.3). So

E Crt_k(u) = 2√2 √(c/(c + v)) (v/c)^(N/2) E[w(λ_k)],
log w(r) = r²/4v - r²/2(c + v) + log P(f ≤ √N u | r),

λ_k the eigenvalue number k of that GOE; all of them give N times its mean density.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from flint import arb, ctx
from scipy.special import log_ndtr

from freeprob.ensembles.finite_size import goe_density
from freeprob.errors import BudgetExceededError, ConvergenceError
from freeprob.landscapes.kac_rice.rates import FLOATS, OneSphere
from freeprob.numeric.determinants.fredholm import ball_nodes, nodes
from freeprob.numeric.determinants.ordered_eigenvalues import distribution, mean_density
from freeprob.numeric.precision import FLOAT_DIGITS, bits_of, to_mpf

_PANEL = 64
_DOUBLINGS = 7
# two quadratures in float64 that agree to this: the density itself has 1e-12
_FLOAT_AGREEMENT = 1e-12
# where the integrand is largest, the logarithm of a smaller density is no longer trusted
_LEAST_DENSITY = 1e-280
_MOST_ORDERED = 64
_LEAST_LOGARITHM = -1e6  # smaller counts are refused: .complexity says what there is to say
_LOWEST = -1e100  # energies below have squares beyond floats, and mean numbers of 0


@dataclass(frozen=True)
class _Weight:
    """log w(r) = -decay r² + log P(f ≤ √N u | r), f of mean slope r and this deviation."""

    decay: sp.Expr
    slope: sp.Expr
    deviation: sp.Expr
    ceiling: sp.Expr

    @classmethod
    def of(cls, sphere: OneSphere, n: int, u: sp.Expr) -> _Weight:
        c, v = sphere.gradient, sphere.hessian
        return cls(
            1 / (2 * (c + v)) - 1 / (4 * v),
            c / (c + v),
            sp.sqrt(sp.simplify(sphere.level - c**2 / (c + v))),
            sp.oo if u == sp.oo else sp.sqrt(n) * u,
        )

    @property
    def last(self) -> sp.Expr:
        """No r beyond it counts: the energy is a multiple of r in a pure field."""
        pure = self.deviation == 0 and self.ceiling != sp.oo
        return self.ceiling / self.slope if pure else sp.oo


def mean_count(sphere: OneSphere, n: int, u: sp.Expr, index: int | None, dps: int | None) -> object:
    """The mean number of critical points at size n with energy at most u.

    Raises
    ------
    ConvergenceError
        If it is beyond float64's range or below exp(-10^6), or digits are not secured.
    BudgetExceededError
        For a fixed index at more than 64 dimensions.
    """
    if index is not None and index >= n:
        return 0.0 if dps is None else to_mpf(arb(0), dps)
    level = max(min(float(u), float(sphere.top(index))), _LOWEST)
    size = n * float(sphere.rate(level, index, FLOATS))
    if size < _LEAST_LOGARITHM:
        raise ConvergenceError(
            f"the mean number below this energy is about exp({size:.6g}), too small to compute: "
            "ask for .complexity, its logarithm over N"
        )
    if index is not None:
        value = _ordered(sphere, n, u, index, dps or FLOAT_DIGITS)
    elif dps is not None:
        value = _all_digits(sphere, n, u, dps)
    else:
        logarithm = _all_floats(sphere, n, u)
        if logarithm is not None:
            return representable(logarithm, n)
        value = _all_digits(sphere, n, u, FLOAT_DIGITS)
    return value if dps is not None else as_float(value, n)


def representable(logarithm: float, n: int) -> float:
    """The number of this logarithm, refused where float64 would overflow."""
    with np.errstate(over="ignore"):
        return as_float(np.exp(logarithm), n)


def as_float(value: Any, n: int) -> float:
    """The same of a number with digits."""
    found = float(value)
    if math.isinf(found):
        raise ConvergenceError(
            f"the mean number at N = {n} is beyond float64's range: ask for digits by dps="
        )
    return found


def _window(sphere: OneSphere, n: int, u: sp.Expr, last: sp.Expr, dps: int) -> tuple[sp.Expr, ...]:
    """Ends between which all but 10^(-dps) of the integral lies.

    The spectrum reaches 2√(vN); the product of a determinant and a Gaussian of variance c + v has
    its peak at most √((c + v) N) beyond and falls at least as fast as the Gaussian from there.
    Given an energy far below, the peak is near the r of the complexity's supremum.
    """
    c, v = sphere.gradient, sphere.hessian
    fall = math.sqrt(float(c + v)) * (math.sqrt(n) + 4 + math.sqrt(5 * dps))
    reach = 2 * math.sqrt(float(v) * n) + fall
    peak = 0.0
    if u != sp.oo:
        peak = min(0.0, float(sphere.radial(min(float(u), 0.0), None, FLOATS)[0])) * math.sqrt(n)
    if last < -reach:
        # an end far below: the logarithm falls at least as steeply as |r|/2(c + v) from there
        width = min(reach, (2.4 * dps + 60) * 2 * float((c + v) / -last))
        return last - sp.Rational(width), last
    high = sp.Integer(math.ceil(reach))
    return sp.Integer(math.floor(peak - reach)), last if last < high else high


def _log_constant(sphere: OneSphere, n: int) -> sp.Expr:
    c, v = sphere.gradient, sphere.hessian
    return sp.log(8 * c / (c + v)) / 2 + sp.Rational(n, 2) * sp.log(v / c)


def _all_floats(sphere: OneSphere, n: int, u: sp.Expr) -> float | None:
    """The logarithm of the mean number; None where the density leaves float64."""
    weight, v = _Weight.of(sphere, n, u), float(sphere.hessian)
    low, high = map(float, _window(sphere, n, u, weight.last, FLOAT_DIGITS))
    decay, slope, deviation = map(float, (weight.decay, weight.slope, weight.deviation))
    x, w = nodes(_PANEL)
    before = None
    for doubling in range(_DOUBLINGS):
        ends = np.linspace(low, high, 2 + (n // 16 << doubling) + (1 << doubling))
        half = np.diff(ends)[:, None] / 2
        r = ((ends[:-1, None] + half) + half * x).ravel()
        density = goe_density(n, r, n * v)
        with np.errstate(divide="ignore"):
            logs = np.log((half * w).ravel()) + np.log(density) - decay * r**2
        if weight.deviation != 0 and weight.ceiling != sp.oo:
            logs = logs + log_ndtr((float(weight.ceiling) - slope * r) / deviation)
        place = int(np.argmax(logs))
        if density[place] < _LEAST_DENSITY:
            return None
        value = float(logs[place] + np.log(np.exp(logs - logs[place]).sum()))
        if before is not None and abs(value - before) <= _FLOAT_AGREEMENT:
            return value + math.log(n) + float(_log_constant(sphere, n))
        before = value
    raise ConvergenceError(
        f"the integral over radial derivatives did not settle at N = {n}: ask for digits by dps="
    )


def _all_digits(sphere: OneSphere, n: int, u: sp.Expr, dps: int) -> mpmath.mpf:
    weight = _Weight.of(sphere, n, u)
    low, high = _window(sphere, n, u, weight.last, dps)
    # the mean density is even: half the line is enough where every energy counts
    start, times = (sp.S.Zero, 2) if u == sp.oo else (low, 1)

    def integral(count: int) -> arb:
        parts = _Parts(sphere, weight, n, 0)
        return times * parts.mean(_ball(start), _ball(high), count)

    return _secured(integral, sphere, n, dps)


def _secured(integral: Callable[[int], arb], sphere: OneSphere, n: int, dps: int) -> mpmath.mpf:
    """An integral times the constant of all counts, with bits until it has the digits."""
    bits = bits_of(dps) + 64 + 4 * n
    for _ in range(_DOUBLINGS):
        with ctx.workprec(bits):
            value = _settled_ball(integral, n, dps)
            if value is not None:
                return to_mpf(_ball(_log_constant(sphere, n)).exp() * value, dps)
        bits *= 2
    raise ConvergenceError(f"{dps} digits of the mean number at N = {n} could not be secured")


def _ordered(sphere: OneSphere, n: int, u: sp.Expr, index: int, dps: int) -> mpmath.mpf:
    """E w(λ_k) by parts, from the distribution function of the eigenvalue number k."""
    if n > _MOST_ORDERED:
        raise BudgetExceededError(
            f"a fixed index at N = {n} needs Pfaffians of that size; at most {_MOST_ORDERED} are "
            "computed: ask for all indices, or for .complexity(u, index)"
        )
    weight = _Weight.of(sphere, n, u)
    low, high = _window(sphere, n, u, weight.last, dps)

    def integral(count: int) -> arb:
        return _Parts(sphere, weight, n, index).total(low, high, count)

    return _secured(integral, sphere, n, dps)


def _settled_ball(integral: Callable[[int], arb], n: int, dps: int) -> arb | None:
    """An integral whose nodes are doubled; None where rounding takes too many digits."""
    count = _PANEL + n
    before = integral(count)
    for _ in range(_DOUBLINGS):
        count *= 2
        value = integral(count)
        if value.rel_accuracy_bits() < bits_of(dps) + 10:
            return None
        if abs(value - before).upper() <= abs(value).lower() * arb(10) ** (-dps - 3):
            return value
        before = value
    raise ConvergenceError(f"{dps} digits of the mean number at N = {n} could not be secured")


class _Parts:
    """∫ w dF over r up to an end, F or 1 - F kept small where it is."""

    def __init__(self, sphere: OneSphere, weight: _Weight, n: int, index: int) -> None:
        self.n, self.index = n, index
        self.stretch = 1 / _ball(sp.sqrt(2 * sphere.hessian))
        self.decay, self.slope = _ball(weight.decay), _ball(weight.slope)
        self.conditional = weight.deviation != 0 and weight.ceiling != sp.oo
        self.deviation = _ball(weight.deviation)
        self.ceiling = _ball(weight.ceiling) if self.conditional else arb(0)

    def total(self, low: sp.Expr, high: sp.Expr, count: int) -> arb:
        """∫_low^high w dF; F(low) is nothing."""
        start, end = _ball(low), _ball(high)
        if high <= 0:
            return self._weight(end)[0] * self._below(end) - self._integral(start, end, count)
        middle = arb(0)
        at_zero, at_end = self._weight(middle)[0], self._weight(end)[0]
        left = at_zero * self._below(middle) - self._integral(start, middle, count)
        right = at_zero * self._above(middle) - at_end * self._above(end)
        return left + right + self._integral(middle, end, count, above=True)

    def mean(self, low: arb, high: arb, count: int) -> arb:
        """∫ w times the mean density of all eigenvalues."""
        half, total = (high - low) / 2, arb(0)
        for x, w in zip(*ball_nodes(count, ctx.prec), strict=True):
            r = low + half * (1 + x)
            total += w * self._weight(r)[0] * mean_density(self.n, self.stretch * r)
        return half * self.stretch * total

    def _integral(self, low: arb, high: arb, count: int, above: bool = False) -> arb:
        half, total = (high - low) / 2, arb(0)
        for x, w in zip(*ball_nodes(count, ctx.prec), strict=True):
            r = low + half * (1 + x)
            total += w * self._weight(r)[1] * (self._above(r) if above else self._below(r))
        return half * total

    def _weight(self, r: arb) -> tuple[arb, arb]:
        """The weight and its derivative."""
        gauss = (-self.decay * r * r).exp()
        if not self.conditional:
            return gauss, -2 * self.decay * r * gauss
        z = (self.ceiling - self.slope * r) / self.deviation
        chance = (-z / arb(2).sqrt()).erfc() / 2
        fall = -self.slope / self.deviation * (-z * z / 2).exp() / (2 * arb.pi()).sqrt()
        return gauss * chance, gauss * (fall - 2 * self.decay * r * chance)

    def _below(self, r: arb) -> arb:
        return distribution(self.n, self.index, self.stretch * r)

    def _above(self, r: arb) -> arb:
        # the spectrum is symmetric: few above r are few below -r
        return distribution(self.n, self.n - 1 - self.index, -self.stretch * r)


def _ball(value: sp.Expr) -> arb:
    digits = int(ctx.prec * 0.30103) + 10
    return arb(str(sp.N(value, digits))) if not value.is_Rational else arb(value.p) / value.q
