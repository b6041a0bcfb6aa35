"""The determinants D∓(t) = det(1 ∓ B_t) of B_t(x, y) = Ai(x + y + t) on (0, ∞), to any digits.

They give all three Tracy-Widom laws: F₁ = D₋, F₂ = D₋ D₊ and F₄(t/√2) = (D₋ + D₊)/2 at t
(P. L. Ferrari and H. Spohn, J. Phys. A 38 (2005) L557; C. A. Tracy and H. Widom 1996).
"""

from __future__ import annotations

from typing import NamedTuple

from flint import arb, arb_mat, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.determinants.fredholm import ball_nodes

_MAX_NODES = 1536
_GUARD_DIGITS = 8


class AiryDeterminants(NamedTuple):
    """D₋, D₊ and their derivatives in t."""

    minus: arb
    plus: arb
    minus_slope: arb
    plus_slope: arb


def airy_determinants(t: arb, digits: int) -> AiryDeterminants:
    """D∓ and their slopes, nodes doubled until all four agree to this many digits.

    Raises
    ------
    ConvergenceError
        If the largest number of nodes is not enough.
    """
    # log D∓ falls like -|t|³/24: as many bits more keep relative digits on the left
    left = max(0.0, -float(t.mid())) ** 3 / 24
    bits = int(3.33 * (digits + _GUARD_DIGITS) + 2.9 * left) + 64
    reach = _reach(float(t.mid()), digits + _GUARD_DIGITS)
    count = 24 + int(0.7 * digits + 3 * max(0.0, -float(t.mid())))
    before = _with_nodes(t, reach, count, bits)
    while count < _MAX_NODES:
        count = count * 3 // 2
        value = _with_nodes(t, reach, count, bits)
        if all(_agree(a, b, digits) for a, b in zip(value, before, strict=True)):
            return value
        before = value
    raise ConvergenceError(
        f"the Airy determinant at {float(t.mid()):.6g} did not settle to {digits} digits: "
        "ask for fewer digits"
    )


def _agree(a: arb, b: arb, digits: int) -> bool:
    return bool(abs(a - b).upper() <= abs(a).lower() * arb(10) ** -digits)


def _reach(t: float, digits: int) -> float:
    """Where Ai(x + t) is below 10^-digits of what decides: exp(-2/3 (x + t)^(3/2)), both ends."""
    return max(1.0, (1.5 * 2.303 * digits + max(t, 0.0) ** 1.5) ** (2 / 3) - t)


def _with_nodes(t: arb, reach: float, count: int, bits: int) -> AiryDeterminants:
    points, weights = ball_nodes(count, bits)
    with ctx.workprec(bits):
        half = arb(reach) / 2
        x = [half * (1 + point) for point in points]
        roots = [(half * weight).sqrt() for weight in weights]
        kernel, slope = arb_mat(count, count), arb_mat(count, count)
        for i in range(count):
            for j in range(i + 1):
                ai, derivative, _, _ = (x[i] + x[j] + t).airy()
                scale = roots[i] * roots[j]
                kernel[i, j] = kernel[j, i] = ai * scale
                slope[i, j] = slope[j, i] = derivative * scale
        one = arb_mat(count, count, [int(i == j) for i in range(count) for j in range(count)])
        minus, plus = one - kernel, one + kernel
        down, up = minus.det(), plus.det()
        return AiryDeterminants(
            down, up, -down * minus.solve(slope).trace(), up * plus.solve(slope).trace()
        )
