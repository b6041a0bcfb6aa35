"""Mean Euler characteristics of the sets below an energy, exactly at any N, on one sphere.

By Morse's theorem the Euler characteristic of {f ≤ √N u} is Σ (-1)^k over the critical points in
it, k their index, so the Kac-Rice formula has E det in place of E |det|. With n = N - 1 the mean of
det(M - r) over a GOE_n(v) is (-1)^n He_n(r; v), monic Hermite polynomials of variance v, and the
mean over a Gaussian r of mean m and variance a² is He_n(m; v - a²). Given the value √N l the mean
of r is c l/s, and v - a² = c²/s - c: v drops out. So with y = l √(N/s), w = s/c,

E χ = vol(S^n) (2πc)^(-n/2) (-c/√s)^n ∫_{-∞}^{Y} φ(y) He_n(y; 1 - w) dy, Y = u √(N/s),

and He_n(y; 1 - w) = Σ_j C(n, 2j) (2j - 1)!! w^j He_{n-2j}(y), ∫ φ He_m = -φ(Y) He_{m-1}(Y).
"""

from __future__ import annotations

import math
from typing import Any

import sympy as sp
from flint import arb, ctx

from freeprob.geometry.signs.rounding import constant_ball
from freeprob.landscapes.kac_rice.counts import as_float
from freeprob.landscapes.kac_rice.rates import OneSphere
from freeprob.numeric.precision import FLOAT_DIGITS, rounded

_GUARD = 64  # bits that sums of Hermite polynomials of alternating signs lose at least


def mean_euler_characteristic(sphere: OneSphere, size: int, u: sp.Expr, dps: int | None) -> Any:
    """E Σ (-1)^k over the critical points of index k with energy at most u."""
    n = size - 1
    if u == sp.oo:
        whole = 2 if n % 2 == 0 else 0
        value = rounded(lambda bits: arb(whole), dps or FLOAT_DIGITS)
        return float(whole) if dps is None else value
    end = constant_ball(u * sp.sqrt(size / sphere.level))
    ratio = constant_ball(sphere.level / sphere.gradient)

    def ball(bits: int) -> arb:
        work = bits + _GUARD + 8 * n
        with ctx.workprec(work):
            return _characteristic(n, end(work), ratio(work))

    found = rounded(ball, dps or FLOAT_DIGITS)
    return found if dps is not None else as_float(found, size)


def _characteristic(n: int, end: arb, ratio: arb) -> arb:
    """2π^(N/2)/Γ(N/2) (2πc)^(-n/2) (-c/√s)^n = 2π^(N/2)/Γ(N/2) (-1)^n (2πw)^(-n/2), times ∫."""
    pi = arb.pi()
    hermite = [arb(1), end]
    for m in range(1, n):
        hermite.append(end * hermite[m] - m * hermite[m - 1])
    density = (-end * end / 2).exp() / (2 * pi).sqrt()
    total = arb(0)
    power = arb(1)
    for j in range(n // 2 + 1):
        m = n - 2 * j
        below = (-end / arb(2).sqrt()).erfc() / 2 if m == 0 else -density * hermite[m - 1]
        total += math.comb(n, 2 * j) * math.prod(range(1, 2 * j, 2)) * power * below
        power *= ratio
    half = arb(n + 1) / 2
    volume = 2 * pi**half / half.gamma()
    return volume * (-1) ** n * total / (2 * pi * ratio) ** (arb(n) / 2)
