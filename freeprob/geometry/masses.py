"""Mass to the left of a point in a gap: an integral of G up the imaginary direction."""

from __future__ import annotations

import numpy as np

from freeprob.exact.system import System
from freeprob.numeric.branch import physical_branch

_STEP = 0.2
_REACH = 42.0


def mass_left(system: System, x: float, width: float) -> float:
    """Mass of (-∞, x) for x in a gap: 1/2 + (1/π) ∫₀^∞ Re G(x + iy) dy.

    With y = e^s the integrand is analytic for |Im s| < π/2, because G is analytic in the upper
    half plane and, through the gap, at x; so the trapezoidal rule with step h errs by
    exp(-π²/h).

    Parameters
    ----------
    system
        Structured system of a law without free parameters.
    x
        A point of a gap.
    width
        About the distance from x to the spectrum.
    """
    scale = np.log(width)
    s = np.arange(scale - _REACH, max(scale, 0.0) + _REACH, _STEP)
    y = np.exp(s)
    return float(0.5 + _STEP / np.pi * np.sum(physical_branch(system).cauchy(x + 1j * y).real * y))
