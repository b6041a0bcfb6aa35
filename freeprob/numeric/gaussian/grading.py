"""A variable in which functions that bend over a tiny part of the Gaussian's range are smooth.

With delta = 2^-depth and t = s + delta sinh(s), the standard variable is z = delta sinh(s): steps
in z shrink to delta times those in t around 0 and stay below them far out. The map is analytic
for |Im t| < pi/2.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

_SETTLED = 1e-14  # relative: of a place that numbers of more digits refine


def depth_of(root: float) -> int:
    """Return how many halvings of a standard deviation reach a unit of the argument."""
    return max(0, int(np.ceil(np.log2(root)))) if root > 0 else 0


def graded_place(t: Any, depth: int, context: mpmath.MPContext) -> tuple[Any, Any]:
    """Return z and dz/dt; both are plain at depth 0."""
    if depth == 0:
        return t, context.one
    delta = context.ldexp(1, -depth)
    s = context.mpf(_float_place(float(t), float(delta)))
    # the float64 place is right to 10 digits at least, and each step doubles them
    correct = 30
    while correct < 2 * context.prec:
        wave = delta * context.sinh(s)
        s -= (s + wave - t) / (1 + delta * context.cosh(s))
        correct *= 2
    stretch = delta * context.cosh(s)
    return delta * context.sinh(s), stretch / (1 + stretch)


def reach_in_t(z: Any, depth: int, context: mpmath.MPContext) -> Any:
    """Return the t of a place z."""
    return z if depth == 0 else z + context.asinh(context.ldexp(z, depth))


def _float_place(t: float, delta: float) -> float:
    """Return s by Newton's method from above, on the side of t."""
    size = abs(t)
    s = min(size, float(np.arcsinh(size / delta)))
    for _ in range(100):
        step = (s + delta * np.sinh(s) - size) / (1 + delta * np.cosh(s))
        s -= step
        if abs(step) <= _SETTLED * (1 + s):
            break
    return float(np.copysign(s, t))
