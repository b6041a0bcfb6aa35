"""Where Newton's method starts after a long step: on the tangent, or on a power of z - a.

Far above the spectrum unknowns are nearly powers of z - a with whole exponents. Products divide
by z - F, where z cancels: a relative error of u counts |z| times. From the tangent of 1/(z - a)
Newton's method then finds no way back, after a step of a share of |z|. Steps are still judged by
how far they end from the tangent; and as a start that is no tangent may be near to another sheet,
all unknowns must be such powers, of the same exponents at both ends.
"""

from __future__ import annotations

import numpy as np
from flint import acb

from freeprob.numeric.programs.arithmetic import Complexes

DOUBTED = 0.3  # first correction from the tangent, of the move: steps that count bend less
_WHOLE = 0.1  # from a whole number, up to which an exponent is taken for it
_HIGHEST = 64  # exponents are small: more is what an unknown that is nearly 0 shows


def on_powers(u: Complexes, slope: Complexes, z: Complexes, step: Complexes) -> Complexes:
    """Ends of a step along u = c (z - a)^k of u's value and slope; a = 0 unless k is whole."""
    turn = slope / u
    order = turn * z
    whole = np.round(order.real)
    centred = (whole != 0) & (np.abs(order - whole) < _WHOLE) & (np.abs(whole) <= _HIGHEST)
    whole = np.where(centred, whole, 1.0)
    return u * np.where(centred, (1 + turn * step / whole) ** whole, (1 + step / z) ** order)


def on_power(u: acb, slope: acb, z: acb, step: acb) -> acb:
    """The same of one unknown, over balls; the tangent's end where u is 0."""
    turn = slope / u
    order = turn * z
    if not order.is_finite():
        return u + slope * step
    whole = round(float(order.real.mid()))
    if whole and abs(whole) <= _HIGHEST and abs(order - whole) < _WHOLE:
        return u * (1 + turn * step / whole) ** whole
    return u * (1 + step / z) ** order


def are_powers(exponents: Complexes) -> np.ndarray:
    """Whether exponents (k, n) of powers of z are small whole numbers."""
    whole = np.round(exponents.real)
    return np.all((np.abs(exponents - whole) < _WHOLE) & (np.abs(whole) <= _HIGHEST), axis=0)


def follow_powers(before: Complexes, after: Complexes) -> np.ndarray:
    """Whether powers at the start of steps have the same exponents (k, n) at the end."""
    return np.all(np.abs(after - before) < _WHOLE, axis=0)
