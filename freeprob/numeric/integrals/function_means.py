"""Means E f(g(Z)) of functions of a Gaussian variable; U(z) = E log|z - g(Z)| is one.

No cuts are needed. Between critical points of g and the places where it passes those at which f is
not analytic the integrand is, but at its ends: double exponential rules take logarithms there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.distributions.function_values import FunctionDistribution, Part

Function = Callable[[np.ndarray], np.ndarray]

_REACH = 10.0  # the Gaussian beyond has mass 1e-23: powers there add nothing to a float64
_BREAKS = (-6.0, -3.0, -1.5, 0.0, 1.5, 3.0, 6.0)  # the weight itself is smooth between them
_RANGE = 3.5  # of the rule's variable: the last nodes are 1e-22 of a piece from its end
_STEPS = tuple(2.0**-k for k in range(3, 9))
_SETTLED = 1e-13  # by so much two rules may differ, as the roundings of a few thousand nodes
_LOST = 1e-14  # weight of nodes at which z - g is 0 by rounding, some units beside a passage


def function_potential(law: FunctionDistribution, z: np.ndarray) -> np.ndarray:
    """U at points, flat; -∞ at atoms.

    Raises
    ------
    ConvergenceError
        As by :func:`function_mean`.
    """

    def at(point: complex) -> float:
        return function_mean(law, lambda x: np.log(np.abs(point - x)), (point.real,))

    return np.array([at(complex(point)) for point in np.asarray(z)], dtype=float)


def function_mean(law: FunctionDistribution, f: Function, places: Sequence[float]) -> float:
    """E f(X), f analytic but for some places.

    Raises
    ------
    ConvergenceError
        If the mean does not settle, as where it is infinite.
    """
    with np.errstate(all="ignore"):
        jumps = [atom.weight * float(f(np.array([atom.location]))[0]) for atom in law.jumps]
    return sum(jumps) + sum(part.mass * _of_part(part, f, places) for part in law.parts)


def _of_part(part: Part, f: Function, places: Sequence[float]) -> float:
    """The integral of φ(x) f(g(x)) over a part's interval."""

    def values(x: np.ndarray) -> np.ndarray:
        return f(part.values(x)) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)

    total = 0.0
    for start, stop, rises in part.segments:
        a, b = max(start, -_REACH), min(stop, _REACH)
        if a >= b:
            continue
        passed = part._preimages(np.array(places, dtype=float), start, stop, rises)
        inside = {a, b} | {float(x) for x in (*_BREAKS, *passed) if a < x < b}
        total += sum(_settled(values, low, high) for low, high in pairwise(sorted(inside)))
    return total


def _settled(values: Function, low: float, high: float) -> float:
    """An integral whose ends may be singular."""
    last = np.nan
    for step in _STEPS:
        shares, weights = _rule(step)
        # counted from the nearer end, next to which a share of 1 would round
        x = np.where(shares < 0, high + (high - low) * shares, low + (high - low) * shares)
        with np.errstate(all="ignore"):
            terms = values(x) * weights
        known = np.isfinite(terms)
        if np.sum(weights[~known]) > _LOST:
            break
        found = (high - low) * float(np.sum(terms[known]))
        if abs(found - last) <= _SETTLED * max(1.0, abs(found)):
            return found
        last = found
    raise ConvergenceError(
        f"a mean over {low:.6g} < x < {high:.6g} standard deviations did not settle in float64: it "
        "may be infinite, or the function may vary too fast"
    )


@lru_cache(maxsize=8)
def _rule(step: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of (0, 1) and weights; past the middle what is left to 1, with a minus sign."""
    t = np.arange(-_RANGE, _RANGE + step / 2, step)
    bent = np.pi * np.sinh(t)
    small = 1 / (1 + np.exp(np.abs(bent)))
    weights = step * np.pi * np.cosh(t) * small * (1 - small)
    return np.where(t > 0, -small, small), weights
