"""Mean numbers of critical points to leading order in N, with their constants, on one sphere.

Laplace's method in the exact count (``counts``): with m = c/(c + v), β² = s - c²/(c + v),
δ = 1/2(c + v) - 1/4v and ρ the mean density of the GOE_N(v)/√N,

E Crt(u) = 2√2 √m (v/c)^(N/2) N ∫∫_{l ≤ u} ρ(x) exp(-N δ x²) N(l; m x, β²/N) dl dx.

Inside the bulk ρ is the semicircle. Outside, ρ(x) ~ (8πvN)^(-1/2) w (1 - w²)^(-1/2) exp(-N I(x)),
x = -√v (w + 1/w), from √(N/2) φ_{N-1} ½∫φ_N: Plancherel and Rotach's asymptotics of the Hermite
functions and ∫ φ_N ~ 2^(3/4) N^(-1/4). The energy is at its bound u or, in the bulk of the field's
values, at 0.
"""

from __future__ import annotations

import math

import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.landscapes.kac_rice.counts import representable
from freeprob.landscapes.kac_rice.rates import FLOATS, OneSphere


def leading_order(sphere: OneSphere, n: int, u: sp.Expr) -> float:
    """The leading term of the mean number of critical points with energy at most u.

    Raises
    ------
    NoClosedFormError
        At the threshold, where two of the three regimes meet, and from there on where the total
        does not grow exponentially.
    ConvergenceError
        Beyond float64's range.
    """
    if u == -sphere.threshold:
        raise NoClosedFormError(
            "at u = -E_∞ two regimes meet and the leading term is another: take u beside it"
        )
    if sphere.is_trivial and u >= min(-sphere.threshold, sphere.top(None), key=float):
        raise NoClosedFormError(
            "the field has ν'' ≤ ν': the number of all critical points does not grow "
            "exponentially; ask for .mean_critical_points"
        )
    if u >= 0:
        share = 0.5 if u == 0 else 1.0
        return representable(math.log(share) + _log_total(sphere, n), n)
    return representable(_log_bounded(sphere, n, float(u)), n)


def _decay(sphere: OneSphere) -> float:
    c, v = sphere.gradient, sphere.hessian
    return float(1 / (2 * (c + v)) - 1 / (4 * v))


def _log_constant(sphere: OneSphere, n: int) -> float:
    c, v = float(sphere.gradient), float(sphere.hessian)
    return math.log(8 * c / (c + v)) / 2 + n / 2 * math.log(v / c)


def _log_total(sphere: OneSphere, n: int) -> float:
    """The peak at x = 0: √(π/Nδ) ρ(0), ρ(0) = 1/π√v."""
    peak = math.sqrt(math.pi * n / _decay(sphere)) / (math.pi * math.sqrt(float(sphere.hessian)))
    return _log_constant(sphere, n) + math.log(peak)


def _log_bounded(sphere: OneSphere, n: int, u: float) -> float:
    """The end l = u and the peak over x: ρ(x)/(θ'(u) √(m² + β² (2δ + I''))) exp(N θ)."""
    c, v, s = float(sphere.gradient), float(sphere.hessian), float(sphere.level)
    decay, m = _decay(sphere), c / (c + v)
    x, w = (float(value) for value in sphere.radial(u, None, FLOATS))
    if w < 1:
        height = w / math.sqrt((1 - w * w) * 8 * math.pi * v * n)
        reach = math.sqrt(v) * (1 / w - w)
        slope, bend = -reach / (2 * v), -x / (2 * v * reach)
    else:
        height = math.sqrt(4 * v - x * x) / (2 * math.pi * v)
        slope = bend = 0.0
    rise = -(2 * decay * x + slope) / m
    width = math.sqrt(m**2 + (s - c * m) * (2 * decay + bend))
    # θ holds ½ log(v/c) already
    constant = _log_constant(sphere, n) - n / 2 * math.log(v / c)
    rate = float(sphere.rate(u, None, FLOATS))
    return constant + math.log(height / (rise * width)) + n * rate
