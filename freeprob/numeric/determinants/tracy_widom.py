"""The Tracy-Widom laws: fluctuations of the largest eigenvalue at a soft edge."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from numbers import Integral
from typing import Any, final, overload

import mpmath
import numpy as np
from flint import arb, ctx
from numpy.typing import ArrayLike

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.determinants.airy_kernel import AiryDeterminants, airy_determinants
from freeprob.numeric.determinants.fredholm import real_ball
from freeprob.numeric.determinants.hastings_mcleod import (
    LEFT,
    RIGHT,
    STEP,
    Cell,
    cells,
    table,
    value_and_slope,
)
from freeprob.numeric.precision import bits_of, to_mpf
from freeprob.parameters import count, digits, finite, generator, many, reals

_SQRT2 = float(np.sqrt(2.0))
# the densities are entire and fall faster than exponentially, so the trapezoidal rule converges
# geometrically in 1/step: 1/16 gives rounding error for all three
_STEP = 1 / 16
_NEWTON_STEPS = 60
_MOST_DRAWS = 10**7  # more fill the memory
_HIGHEST_MOMENT = 150  # powers of the points at which it is summed are floats
_SETTLED = 2e-16  # relative step of Newton's method that rounding makes
_LEAST = 1e-320  # survival: where it is 0 in float64 the logarithm is finite


@final
class TracyWidom:
    """The Tracy-Widom law of index β, as Tracy and Widom normalise it.

    (λ_max - E)/scale converges to it in law, where the density of states is
    √((E - x))/(π scale^(3/2) n) at the edge E: scale = n^(-2/3) for GOE, GUE and GSE spectra on
    [-2, 2].

    Parameters
    ----------
    beta
        1 (real symmetric), 2 (complex Hermitian) or 4 (quaternion self-dual). For β = 4 it is
        F₄(s) = (det(1 - V_t) + det(1 + V_t))/2 at t = √2 s, as in Tracy and Widom (1996); some
        authors leave the √2 out.

    Raises
    ------
    InvalidParameterError
        For another β, or points that are no real numbers.

    Notes
    -----
    Float64 values come from Taylor series of the Hastings-McLeod solution of Painlevé II, to
    nearly full relative accuracy in both tails; digits (``dps=``) from Fredholm determinants,
    whose nodes are doubled until they agree: controlled, not proved. Methods are those of a
    frozen SciPy distribution.

    Sources: Tracy-Widom 1994, 1996; Ferrari-Spohn 2005.

    Examples
    --------
    >>> print(f"{TracyWidom(1).cdf(-1):.13f}")
    0.5837898955197
    >>> TracyWidom(2).cdf(-1, dps=20)
    mpf('0.80721424199928529248')
    """

    def __init__(self, beta: int) -> None:
        if isinstance(beta, bool) or not isinstance(beta, Integral) or beta not in (1, 2, 4):
            raise InvalidParameterError(
                f"Tracy-Widom laws have closed determinants for beta 1, 2 and 4, got {beta!r}"
            )
        self._beta = int(beta)

    @property
    def beta(self) -> int:
        """The index β."""
        return self._beta

    def __repr__(self) -> str:
        return f"TracyWidom({self._beta})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TracyWidom) and other._beta == self._beta

    def __hash__(self) -> int:
        return hash((TracyWidom, self._beta))

    @overload
    def cdf(self, x: float, dps: None = None) -> float: ...
    @overload
    def cdf(self, x: np.ndarray, dps: None = None) -> np.ndarray: ...
    @overload
    def cdf(self, x: Any, dps: int) -> mpmath.mpf: ...
    def cdf(self, x: Any, dps: int | None = None) -> Any:
        """F_β(x), for an array in float64 or for one number to ``dps`` digits."""
        dps = digits(dps)
        if dps is not None:
            return to_mpf(self._digits(x, dps)[0], dps)
        return self._shaped(lambda s: np.exp(_log_cdf(self._beta, s)[0]), x, (0.0, 1.0))

    def sf(self, x: Any, dps: int | None = None) -> Any:
        """1 - F_β(x), with relative accuracy in the right tail."""
        dps = digits(dps)
        if dps is not None:
            return to_mpf(1 - self._digits(x, dps, tail=True)[0], dps)
        return self._shaped(lambda s: -np.expm1(_log_cdf(self._beta, s)[0]), x, (1.0, 0.0))

    def pdf(self, x: Any, dps: int | None = None) -> Any:
        """F_β'(x)."""
        dps = digits(dps)
        if dps is not None:
            return to_mpf(self._digits(x, dps)[1], dps)
        return self._shaped(lambda s: _density(self._beta, s), x, (0.0, 0.0))

    def ppf(self, q: ArrayLike) -> Any:
        """The quantile: F_β(ppf(q)) = q; -∞ at 0 and ∞ at 1."""
        return _quantiles(self._beta, q, upper=False)

    def isf(self, q: ArrayLike) -> Any:
        """The quantile of the right tail: 1 - F_β(isf(q)) = q."""
        return _quantiles(self._beta, q, upper=True)

    def median(self) -> float:
        """F_β(median) = 1/2."""
        return float(self.ppf(0.5))

    def interval(self, confidence: float) -> tuple[float, float]:
        """The interval of this mass with equal tails."""
        tail = (1 - finite(confidence, "confidence")) / 2
        return float(self.ppf(tail)), float(self.isf(tail))

    def support(self) -> tuple[float, float]:
        """The whole line."""
        return -np.inf, np.inf

    def rvs(
        self,
        size: int | tuple[int, ...] = 1,
        random_state: int | np.random.Generator | None = None,
    ) -> Any:
        """Independent draws by inversion; ``random_state`` is a seed or a Generator."""
        sizes = many(size, "size") if isinstance(size, list | tuple) else [size]
        shape = tuple(count(number, "size", most=_MOST_DRAWS) for number in sizes)
        if prod(shape) > _MOST_DRAWS:
            raise InvalidParameterError(f"size must be at most {_MOST_DRAWS} draws, got {size}")
        draws = np.asarray(self.ppf(generator(random_state).uniform(size=shape)))
        return float(draws[0]) if size == 1 else draws

    def moment(self, order: int) -> float:
        """E X^order in float64."""
        order = count(order, "the order of a moment", most=_HIGHEST_MOMENT)
        s = np.arange(-16.0, 40.0, _STEP)
        return float(_STEP * np.sum(s**order * _density(self._beta, s)))

    def mean(self, dps: int | None = None) -> Any:
        """E X, in float64 or to ``dps`` digits (seconds for 30)."""
        dps = digits(dps)
        return self.moment(1) if dps is None else to_mpf(_digit_moments(self._beta, dps)[0], dps)

    def variance(self, dps: int | None = None) -> Any:
        """Variance, in float64 or to ``dps`` digits (seconds for 30)."""
        dps = digits(dps)
        if dps is None:
            return self.moment(2) - self.moment(1) ** 2
        return to_mpf(_digit_moments(self._beta, dps)[1], dps)

    def var(self) -> float:
        """Variance, by SciPy's name."""
        return self.variance()

    def std(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(self.variance()))

    def stats(self, moments: str = "mv") -> tuple[float, ...]:
        """Mean, variance, skewness and excess kurtosis, by the letters m, v, s, k."""
        m1, m2, m3, m4 = (self.moment(k) for k in (1, 2, 3, 4))
        v = m2 - m1**2
        values = {
            "m": m1,
            "v": v,
            "s": (m3 - 3 * m1 * m2 + 2 * m1**3) / v**1.5,
            "k": (m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4) / v**2 - 3,
        }
        if not isinstance(moments, str) or not set(moments) <= set(values):
            raise InvalidParameterError(f"moments are letters among m, v, s, k, got {moments!r}")
        return tuple(values[letter] for letter in moments)

    def _shaped(
        self, function: Callable[[np.ndarray], np.ndarray], x: Any, outside: tuple[float, float]
    ) -> Any:
        """A function on the table's interval; beyond it values are below float64's range."""
        points = reals(x, "points")
        if np.isnan(points).any():
            raise InvalidParameterError("points must be real numbers, got NaN")
        low, high = _range(self._beta)
        inside = function(np.clip(points, low, high))
        values = np.where(points < low, outside[0], np.where(points > high, outside[1], inside))
        return float(values) if points.ndim == 0 else values

    def _digits(self, x: Any, dps: int, tail: bool = False) -> tuple[arb, arb]:
        """F and F' as balls; in the tail with as many digits more as 1 - F is small."""
        place = real_ball(x, dps)
        # 1 - F is about exp(-2/3 s^(3/2)), 10^-s^(3/2) at the least of the three
        spare = max(0.0, float(place.mid())) ** 1.5 if tail else 0.0
        return _law_digits(self._beta, place, dps + 3 + int(spare))


def _range(beta: int) -> tuple[float, float]:
    """Where F_β and 1 - F_β are in float64's range."""
    scale = _SQRT2 if beta == 4 else 1.0
    return LEFT / scale, RIGHT / scale


def _law_digits(beta: int, s: arb, digits: int) -> tuple[arb, arb]:
    """F_β and its derivative at a point."""
    with ctx.workprec(bits_of(digits) + 64):
        scale = arb(2).sqrt() if beta == 4 else arb(1)
        d: AiryDeterminants = airy_determinants(scale * s, digits)
        if beta == 1:
            return d.minus, d.minus_slope
        if beta == 2:
            return d.minus * d.plus, d.minus_slope * d.plus + d.minus * d.plus_slope
        return (d.minus + d.plus) / 2, scale * (d.minus_slope + d.plus_slope) / 2


@lru_cache(maxsize=32)
def _digit_moments(beta: int, dps: int) -> tuple[arb, arb]:
    """Mean and variance by the trapezoidal rule over the Painlevé cells, with two steps.

    The density is entire and falls faster than exponentially: halving the step squares the error,
    so two rules that agree to half the digits, and a mass of 1, leave the finer one right.
    """
    digits = dps + 8
    scale = _SQRT2 if beta == 4 else 1.0
    left = -round(scale * (24 * 2.303 * digits) ** (1 / 3)) - 1.0
    right = round(scale * (1.5 * 2.303 * digits) ** (2 / 3)) + 1.0
    count = 2 * (1 + digits // 12)
    with ctx.workprec(bits_of(digits) + 64):
        root = arb(2).sqrt() if beta == 4 else arb(1)
        sums = [[arb(0)] * 3, [arb(0)] * 3]
        for cell in cells(left, right, bits_of(digits)):
            for k in range(count):
                h = arb(STEP) * (arb(2 * k + 1 - count) / (2 * count))
                s, f = (arb(cell.centre) + h) / root, _cell_density(beta, cell, h)
                for rule in sums if k % 2 == 0 else sums[:1]:
                    for n in range(3):
                        rule[n] += f * s**n
        step = arb(STEP) / count / root
        fine, coarse = [total * step for total in sums[0]], [total * 2 * step for total in sums[1]]
        far = max(float(abs(a - b).upper()) for a, b in zip(fine, coarse, strict=True))
        if far > 10.0 ** (-digits / 2) or abs(fine[0] - 1).upper() > arb(10) ** -(dps + 3):
            raise ConvergenceError(f"moments of {TracyWidom(beta)} to {dps} digits: ask for fewer")
        return fine[1], fine[2] - fine[1] ** 2


def _cell_density(beta: int, cell: Cell, h: arb) -> arb:
    """F_β' at the point of a cell."""
    u, du = value_and_slope(cell.potential, h)
    w, dw = value_and_slope(cell.integral, h)
    if beta == 2:
        return -du * (-u).exp()
    if beta == 1:
        return -(du + dw) / 2 * (-(u + w) / 2).exp()
    scale = arb(2).sqrt() * (-u / 2).exp() / 2
    return scale * ((w / 2).sinh() * dw - (w / 2).cosh() * du)


def _log_cdf(beta: int, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log F_β and its derivative in float64 on the table."""
    u, du, w, dw = table().at(s * _SQRT2 if beta == 4 else s)
    if beta == 2:
        return -u, -du
    if beta == 1:
        return -(u + w) / 2, -(du + dw) / 2
    # log cosh(w/2) without cancellation
    lifted = np.where(w > 2, w / 2 + np.log1p(np.exp(-w)) - np.log(2), 0.0)
    small = np.log1p(2 * np.sinh(np.minimum(w, 2) / 4) ** 2)
    return (
        -u / 2 + np.where(w > 2, lifted, small),
        _SQRT2 * (-du + np.tanh(w / 2) * dw) / 2,
    )


def _density(beta: int, s: np.ndarray) -> np.ndarray:
    logarithm, slope = _log_cdf(beta, s)
    return np.exp(logarithm) * slope


def _quantiles(beta: int, q: ArrayLike, upper: bool) -> Any:
    """Newton's method on the logarithm of the smaller tail, between points of the table."""
    p = reals(q, "probabilities")
    if not ((p >= 0) & (p <= 1)).all():
        raise InvalidParameterError("probabilities lie between 0 and 1")
    flat = np.atleast_1d(p).ravel()
    low, high = _range(beta)
    a, b = np.full(flat.shape, low), np.full(flat.shape, high)
    s = np.full(flat.shape, -1.0)
    right = (flat < 0.5) if upper else (flat > 0.5)
    tail = np.where(right == upper, flat, 1 - flat)
    target = np.log(np.maximum(tail, np.finfo(float).tiny))
    for _ in range(_NEWTON_STEPS):
        logarithm, slope = _log_cdf(beta, s)
        survival = -np.expm1(logarithm)
        value = np.where(right, np.log(np.maximum(survival, _LEAST)), logarithm)
        rate = np.where(right, -slope * np.exp(logarithm) / np.maximum(survival, _LEAST), slope)
        too_far = np.where(right, value < target, value > target)
        a, b = np.where(too_far, a, s), np.where(too_far, s, b)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = s - (value - target) / rate
        new = np.where((step > a) & (step < b), step, (a + b) / 2)
        if np.all(np.abs(new - s) <= _SETTLED * np.maximum(1.0, np.abs(s))):
            break
        s = new
    ends = (np.inf, -np.inf) if upper else (-np.inf, np.inf)
    s = np.where(flat == 0, ends[0], np.where(flat == 1, ends[1], s))
    return float(s[0]) if p.ndim == 0 else s.reshape(p.shape)
