"""Integrals against a law: expectations, moments and the entropy, atoms included.

Each half of a cut is integrated in its local variable, in which the density is t^a f(t) with f
analytic: power-law edges and tails are no singularities of the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.integrate import quad

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.numeric.distributions.distribution import Distribution
from freeprob.numeric.distributions.piecewise_density import Piecewise

_ABSOLUTE = 1e-13  # of the size of the whole integral, as QUADPACK is asked for each piece
_RELATIVE = 1e-11  # asked of quadrature; its own estimate of the error is what is judged
_ACCEPTED = 1e-7  # an error estimate above this share of the whole is a refusal


def expectation(
    law: Distribution,
    function: Callable[[float], Any],
    low: float = -np.inf,
    high: float = np.inf,
) -> float:
    """E f(X) over [low, high], by QUADPACK on every piece and by a sum over the atoms.

    Raises
    ------
    ConvergenceError
        If a piece does not converge: the expectation may not exist.
    """
    total = sum(mass * float(function(x)) for x, mass in law.atoms if low <= x <= high)
    size, error = abs(total), 0.0
    for piece in law.pieces:
        value, part, bound = _over(piece, lambda x, _: float(function(x)), low, high)
        total, size, error = total + value, size + part, error + bound
    if not (np.isfinite(total) and error <= _ACCEPTED * size + 1e-300):
        raise ConvergenceError(
            "the expectation was not found: the function is too irregular, or grows so fast that "
            "there is none"
        )
    return float(total)


def moment(law: Distribution, order: int) -> float:
    """E X^order: a number, ±∞, or NaN where both tails are infinite, as SciPy has it."""
    signs = {
        (-piece.half.side) ** order
        for piece in law.pieces
        if not piece.half.end.is_finite and piece.half.end.exponent + order >= -1
    }
    if signs:
        return signs.pop() * np.inf if len(signs) == 1 else np.nan
    return expectation(law, lambda x: x**order)


def entropy(law: Distribution) -> float:
    """-∫ ρ log ρ dx.

    Raises
    ------
    UndefinedOperationError
        If there are atoms: then there is no density.
    """
    if law.atoms:
        raise UndefinedOperationError(
            "a law with atoms has no density, so no differential entropy either"
        )
    total = 0.0
    for piece in law.pieces:
        value, _, _ = _over(piece, lambda _, density: -np.log(density) if density > 0 else 0.0)
        total += value
    return float(total)


def _over(
    piece: Piecewise,
    integrand: Callable[[float, float], float],
    low: float = -np.inf,
    high: float = np.inf,
) -> tuple[float, float, float]:
    """∫ g(x, ρ) ρ dx over a half within bounds, the sum of its parts' sizes, and its error."""
    half = piece.half
    ends = [min(max(end, piece.bounds[0]), piece.bounds[-1]) for end in (low, high)]
    if not ends[0] < ends[1]:
        return 0.0, 0.0, 0.0
    first, last = sorted(float(half.variable(np.array(end))) for end in ends)
    breaks = [first, *(b for b in piece.breaks if first < b < last), last]

    def at(t: float) -> float:
        smooth = piece.smooth(t)
        rate = smooth * t ** float(piece.power) * half.speed_factor
        return integrand(float(half.point(np.array(t))), smooth * t ** float(half.p)) * rate

    total = size = error = 0.0
    for a, b in pairwise(breaks):
        value, bound, *_ = quad(
            at, a, b, epsabs=_ABSOLUTE, epsrel=_RELATIVE, limit=200, full_output=1
        )
        total, size, error = total + value, size + abs(value), error + bound
    return total, size, error
