"""The smallest eigenvalue at a hard edge, by determinants of the Bessel kernel.

On (0, s) the Bessel kernel is a square: with x = s t², and in the variables t and v of (0, 1),
det(1 - K) = det(1 - B) det(1 + B), B(t, v) = √s v J_α(√s t v). Divided by (tv)^α it is entire, and
Gauss's rule of weight v^(2α+1) converges faster than exponentially. Source: Forrester 1993;
Tracy-Widom 1994b; Bornemann 2010.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, final

import numpy as np
from flint import acb, acb_mat, arb, ctx
from numpy.typing import ArrayLike
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import gamma, jv, roots_jacobi

from freeprob.errors import InvalidParameterError
from freeprob.numeric.determinants.fredholm import ball_nodes, doubled, real_ball
from freeprob.numeric.precision import bits_of, to_mpf
from freeprob.parameters import count, digits, finite, generator, reals

_NODES = 40  # float64's digits for √s up to the largest place where the tail is seen
_ERROR = 1e-13  # of quantiles and of moments, some hundred roundings
_FAR = 1e-15  # beyond the quantile of this tail nothing is seen
_GUARD = 10
_FIRST_TERM = 1e-8  # arguments below which the next term of the series, their square, is rounding
_MOST_LEVELS = 1000  # each quantile is a root of determinants: ten milliseconds


@final
class HardEdge:
    """The law of the smallest eigenvalue at a hard edge of complex matrices, Bessel's law.

    For X of size n x (n + α) with independent complex entries of variance 1 it is the limit law of
    4n times the smallest eigenvalue of XX*. E(s) = P(no eigenvalue in (0, s)) = det(1 - K) on
    (0, s), K the Bessel kernel of order α; E(s) = exp(-s/4) for square matrices.

    Parameters
    ----------
    order
        α > -1, real.

    Raises
    ------
    InvalidParameterError
        If the order is not larger than -1.

    Notes
    -----
    Values are right to about 1e-14, absolutely. Source: Forrester 1993; Tracy-Widom 1994b.

    Examples
    --------
    >>> law = HardEdge(0)
    >>> round(law.cdf(4.0), 12), round(law.mean(), 9)
    (0.632120558829, 4.0)
    >>> print(HardEdge(1).cdf(1, dps=30))
    0.0139869029867503612229723112583
    """

    def __init__(self, order: float = 0) -> None:
        self._order = finite(order, "order, an index of Bessel functions,")
        if self._order <= -1:
            raise InvalidParameterError(f"the order must be larger than -1, got {order}")

    @property
    def order(self) -> float:
        """α."""
        return self._order

    def __repr__(self) -> str:
        return f"HardEdge({self._order:g})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HardEdge) and self._order == other._order

    def __hash__(self) -> int:
        return hash((HardEdge, self._order))

    def sf(self, s: Any, dps: int | None = None) -> Any:
        """E(s), the probability that no eigenvalue lies below s; with ``dps`` an mpf.

        Digits converge fast where 2α is whole; elsewhere they may be refused.
        """
        dps = digits(dps)
        if dps is not None:
            return to_mpf(_digits(self._order, real_ball(s, dps), dps), dps)
        return self._shaped(s, lambda x: _survival(self._order, x)[0])

    def cdf(self, s: Any, dps: int | None = None) -> Any:
        """1 - E(s)."""
        dps = digits(dps)
        if dps is None:
            return 1 - self.sf(s)
        with ctx.workprec(bits_of(2 * dps + _GUARD)):
            return to_mpf(1 - _digits(self._order, real_ball(s, 2 * dps), 2 * dps), dps)

    def pdf(self, s: Any) -> Any:
        """-dE/ds."""
        return self._shaped(s, lambda x: _survival(self._order, x)[1])

    def ppf(self, q: ArrayLike) -> Any:
        """The place below which the smallest eigenvalue lies with probability q."""
        levels = reals(q, "probabilities")
        if levels.size > _MOST_LEVELS:
            raise InvalidParameterError(
                f"each quantile at a hard edge takes ten milliseconds: ask for at most "
                f"{_MOST_LEVELS} at a time, got {levels.size}"
            )
        if not ((levels >= 0) & (levels <= 1)).all():
            raise InvalidParameterError(f"probabilities lie in [0, 1], got {q!r:.80}")
        found = np.array([self._quantile(level) for level in levels.flat]).reshape(levels.shape)
        return float(found) if found.ndim == 0 else found

    def _quantile(self, level: float) -> float:
        if level in (0.0, 1.0):
            return 0.0 if level == 0 else np.inf
        return float(brentq(lambda s: self.cdf(s) - level, 0.0, _far(self._order), xtol=_ERROR))

    def rvs(self, size: int = 1, rng: int | np.random.Generator | None = None) -> np.ndarray:
        """Random values."""
        size = count(size, "size", least=1, most=_MOST_LEVELS)
        levels = generator(rng).uniform(_FAR, 1 - _FAR, size)
        return np.asarray(self.ppf(levels))

    def mean(self) -> float:
        """∫ E(s) ds."""
        return self._moment(1)

    def variance(self) -> float:
        """The variance."""
        return self._moment(2) - self._moment(1) ** 2

    def _moment(self, order: int) -> float:
        end = np.sqrt(_far(self._order))
        power = 2 * order - 1

        def integrand(r: float) -> float:
            return 2 * order * r**power * _survival(self._order, r * r)[0]

        return float(quad(integrand, 0, end, epsabs=_ERROR, epsrel=_ERROR, limit=200)[0])

    def _shaped(self, s: Any, value: Any) -> Any:
        points = reals(s, "points")
        if np.isnan(points).any():
            raise InvalidParameterError("points must be numbers, got NaN")
        found = np.array(
            [value(min(x, _far(self._order))) if x > 0 else value(0) for x in points.flat]
        )
        found = found.reshape(points.shape)
        return float(found) if found.ndim == 0 else found


@lru_cache(maxsize=32)
def _nodes(order: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of ∫ f(v) v^(2α+1) dv over (0, 1)."""
    x, weights = roots_jacobi(_NODES, 0, 2 * order + 1)
    return (1 + x) / 2, weights / 2 ** (2 * order + 2)


def _entire(order: float, z: np.ndarray) -> np.ndarray:
    """J_α(z)/z^α."""
    small = z < _FIRST_TERM
    safe = np.where(small, 1.0, z)
    return np.where(small, 0.5**order / gamma(order + 1), jv(order, safe) / safe**order)


@lru_cache(maxsize=1 << 14)
def _survival(order: float, s: float) -> tuple[float, float]:
    """E(s) and -dE/ds."""
    v, weights = _nodes(order)
    if s == 0:
        return 1.0, {0.0: 0.25}.get(order, 0.0 if order > 0 else np.inf)
    r = np.sqrt(s)
    z = r * np.outer(v, v)
    near, next_ = _entire(order, z), _entire(order + 1, z)
    B = r ** (order + 1) * weights * near
    slope = r**order * weights * ((1 + order) * near - z**2 * next_)
    one = np.eye(len(v))
    value = np.linalg.det(one - B) * np.linalg.det(one + B)
    # d log det(1 ∓ B) = ∓ tr (1 ∓ B)⁻¹ dB
    change = np.trace(np.linalg.solve(one + B, slope)) - np.trace(np.linalg.solve(one - B, slope))
    return float(value), float(-value * change / (2 * r))


@lru_cache(maxsize=32)
def _far(order: float) -> float:
    """Where the tail is below all that is seen: it falls like exp(-s/4 + α √s)."""
    return 4 * (max(order, 0.0) + np.sqrt(max(order, 0.0) ** 2 - np.log(_FAR))) ** 2


def _digits(order: float, s: arb, dps: int) -> arb:
    """E(s) to digits."""
    if s <= 0:
        return arb(1)
    bits = bits_of(dps) + 64
    return doubled(lambda count: _determinant(order, s, count, bits), dps + 2).real


def _determinant(order: float, s: arb, count: int, bits: int) -> acb:
    """Both factors, by Gauss's rule of constant weight."""
    points, weights = ball_nodes(count, bits)
    with ctx.workprec(bits):
        alpha, r = arb(order), s.sqrt()
        v = [(1 + x) / 2 for x in points]
        B = acb_mat(
            [
                [
                    r * w / 2 * b * (r * a * b).bessel_j(alpha)
                    for b, w in zip(v, weights, strict=True)
                ]
                for a in v
            ]
        )
        one = acb_mat([[int(i == j) for j in range(count)] for i in range(count)])
        return (one - B).det() * (one + B).det()
