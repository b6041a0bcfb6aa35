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

from typing import Any

import mpmath
import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.landscapes.kac_rice.counts import as_float, representable
from freeprob.landscapes.kac_rice.rates import (
    FLOATS,
    Arithmetic,
    OneSphere,
    digits_arithmetic,
    secured,
)
from freeprob.numeric.precision import FLOAT_DIGITS, context, to_mpf

_LOWEST = -1e100  # float64 holds powers of the energies above


def leading_order(sphere: OneSphere, n: int, u: sp.Expr, dps: int | None) -> Any:
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
    if dps is None and u > _LOWEST:
        return representable(float(_logarithm(sphere, n, u, FLOATS)), n)
    places = FLOAT_DIGITS if dps is None else dps

    def logarithm(digits: int) -> mpmath.mpf:
        return _logarithm(sphere, n, u, digits_arithmetic(context(digits)))

    # digits before the point of a logarithm are lost to its exponential
    size = max(0, context(places).mag(logarithm(places))) // 3 + 1
    value = to_mpf(context(places + size + 15).exp(secured(logarithm, places + size)), places)
    return as_float(value, n) if dps is None else value


def _logarithm(sphere: OneSphere, n: int, u: sp.Expr, ring: Arithmetic) -> Any:
    c, v = map(ring.number, (sphere.gradient, sphere.hessian))
    constant = ring.log(8 * c / (c + v)) / 2
    if u < 0:
        return constant + _log_bounded(sphere, n, u, ring)
    # the peak at x = 0: √(π/Nδ) ρ(0), ρ(0) = 1/π√v; half of it lies below the energy 0
    peak = ring.sqrt(n / (ring.number(sp.pi) * _decay(sphere, ring) * v))
    return constant + ring.log(v / c) * n / 2 + ring.log(peak / 2 if u == 0 else peak)


def _decay(sphere: OneSphere, ring: Arithmetic) -> Any:
    c, v = map(ring.number, (sphere.gradient, sphere.hessian))
    return 1 / (2 * (c + v)) - 1 / (4 * v)


def _log_bounded(sphere: OneSphere, n: int, u: sp.Expr, ring: Arithmetic) -> Any:
    """The end l = u and the peak over x: ρ(x)/(θ'(u) √(m² + β² (2δ + I''))) exp(N θ)."""
    s, c, v, level, pi = map(ring.number, (sphere.level, sphere.gradient, sphere.hessian, u, sp.pi))
    decay, m, root = _decay(sphere, ring), c / (c + v), ring.sqrt(v)
    x, w = sphere.radial(level, None, ring)
    if w < 1:
        height = w / ring.sqrt((1 - w * w) * 8 * pi * v * n)
        reach = root * (1 / w - w)
        slope, bend = -reach / (2 * v), -x / (2 * v * reach)
    else:
        height = ring.sqrt(4 * v - x * x) / (2 * pi * v)
        slope = bend = 0
    rise = -(2 * decay * x + slope) / m
    width = ring.sqrt(m**2 + (s - c * m) * (2 * decay + bend))
    # θ holds ½ log(v/c) already
    return ring.log(height / (rise * width)) + n * sphere.rate(level, None, ring)
