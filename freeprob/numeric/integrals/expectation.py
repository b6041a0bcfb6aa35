"""E f(X) in float64: Gauss rules on panels, cut in two where a half tells another story."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.integrals.log_potential import log_potential
from freeprob.numeric.integrals.panels import HalfRule, Quadrature

_AGREED = 4e-15  # share of the whole by which the rule on a panel and on its halves may differ
_LEVELS = 52
_MOST = 4096  # panels at a time
_EMPTY = 1e-30  # mass of a panel that is done, even if the function is infinite there

Function = Callable[[np.ndarray], np.ndarray]


def expectation(rule: Quadrature, function: Function, places: Sequence[float] = ()) -> float:
    """∫ f dμ, atoms included; ``places`` are where f is not smooth.

    Raises
    ------
    ConvergenceError
        If panels of float64's own width are not small enough, or f is no number somewhere.
    """
    atoms = np.array([x for x, _ in rule.law.atoms])
    masses = np.array([mass for _, mass in rule.law.atoms])
    with np.errstate(all="ignore"):
        total = float(function(atoms) @ masses) if len(atoms) else 0.0
        parts = [_over(half, function, places) for half in rule.halves]
    value = total + sum(part for part, _ in parts)
    size = abs(total) + sum(size for _, size in parts)
    if not np.isfinite(size):
        raise ConvergenceError(
            "the expectation was not found in float64: the function is too irregular, or grows "
            "so fast that there is none"
        )
    return float(value)


def _over(half: HalfRule, function: Function, places: Sequence[float]) -> tuple[float, float]:
    """The integral over a half and the sum of its panels' sizes, infinite without convergence."""
    panels, low, high = _cut(half, places)
    value = 0.0
    whole, scale = _sums(half, function, panels, low, high)
    size = float(np.sum(scale[np.isfinite(scale)]))
    for _ in range(_LEVELS):
        middle = (low + high) / 2
        left = _sums(half, function, panels, low, middle)
        right = _sums(half, function, panels, middle, high)
        better = left[0] + right[0]
        # next to a point where f is infinite and no mass is left
        empty = (half.local(panels, low, high)[1].sum(axis=1) <= _EMPTY) & ~np.isfinite(better)
        good = (np.abs(better - whole) <= _AGREED * size) | empty
        value += float(np.sum(np.where(empty, 0.0, better)[good]))
        if good.all():
            return value, size
        bad = ~good
        panels = np.concatenate([panels[bad], panels[bad]])
        low, high = (
            np.concatenate([low[bad], middle[bad]]),
            np.concatenate([middle[bad], high[bad]]),
        )
        whole = np.concatenate([left[0][bad], right[0][bad]])
        if len(panels) > _MOST:
            break
    return value, np.inf


def _cut(half: HalfRule, places: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Panels with their ends, cut also at places."""
    inside = [x for x in places if half.piece.bounds[0] < x < half.piece.bounds[-1]]
    extra = half.piece.half.variable(np.array(inside))
    ends = np.unique(np.concatenate([half.ends, extra]))
    panels = np.clip(np.searchsorted(half.ends, ends[:-1], side="right") - 1, 0, None)
    return panels, ends[:-1], ends[1:]


def _sums(
    half: HalfRule, function: Function, panels: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rule's value on parts of panels, and the sums of sizes."""
    t, mass = half.local(panels, low, high)
    values = function(half.piece.half.point(t)) * mass
    return values.sum(axis=1), np.abs(values).sum(axis=1)


def energy(rule: Quadrature) -> float:
    """∬ log|x - y| μ(dx) μ(dy) of a law without atoms.

    Raises
    ------
    ConvergenceError
        As by :func:`expectation`.
    """

    def potential(x: np.ndarray) -> np.ndarray:
        return log_potential(rule, x.ravel().astype(complex)).reshape(x.shape)

    ends = [half.piece.half.end for half in rule.halves]
    if any(end.is_finite and end.exponent.denominator == 1 for end in ends):
        # where the density jumps or has a corner the potential has a logarithm
        return expectation(rule, potential)
    return float(rule.weights @ potential(rule.places))


def cube(rule: Quadrature) -> float:
    """∫ ρ³ dx; ∞ where the density is so at an edge that there is none."""
    total = 0.0
    for half in rule.halves:
        piece = half.piece
        # ρ² dμ ~ t^(2p + power) dt; such an edge is infinite only if this is 1/t or more
        if 2 * piece.half.p + piece.power <= -1:
            return np.inf
        rows = np.broadcast_to(np.arange(len(half.lows))[:, None], half.variables.shape)
        density = piece.on_pieces(half.pieces[rows], half.variables)
        density = density * half.variables ** float(piece.half.p)
        total += float(np.sum(half.weights * density**2))
    return total
