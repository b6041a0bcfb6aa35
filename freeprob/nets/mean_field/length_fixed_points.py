"""Fixed points of a length map: which exist, and which attract, decided before any digit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import mpmath
import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.nets.activations.network_arguments import positive
from freeprob.nets.functions.as_numpy import pointwise
from freeprob.nets.mean_field.gaussian_maps import private_context, rounded, to_digits
from freeprob.nets.mean_field.length_map import LengthAverages, LengthMap
from freeprob.nets.mean_field.roots import bracketed_root, polished_root
from freeprob.parameters import finite, require

POINTS_PER_DECADE = 24
# where |V(q)/q - 1| is below the first, the grid is made finer by the second
CLOSE, FINER = 1e-3, 16
# layers iterated before a length map that turns back counts as never settling
SETTLING = 10_000
_UNSURE = 1e-6  # relative distance from a root within which the sign of a float64 excess is unsure
_ARRIVED = 1e-6  # distance from a fixed point, relative and from 0: lengths only go nearer to it
Kind = Literal["attracting", "repelling", "half-stable"]


@dataclass(frozen=True)
class FixedPoint:
    """A length that the map leaves alone, the map's slope there, and what it does to others.

    A half-stable point attracts from one side only: the map touches the diagonal there.
    """

    value: Any
    slope: Any
    kind: Kind


def fixed_point(lengths: LengthMap, dps: int, start: object = None) -> FixedPoint:
    """The fixed point that networks flow to; with several, the one ``start`` flows to."""
    points = fixed_points(lengths, dps)
    stable = [p for p in points if p.kind == "attracting"]
    stable = stable or [p for p in points if p.kind == "half-stable"]
    if not stable:
        raise UndefinedOperationError(_why_none(lengths, points))
    if start is None:
        if len(stable) > 1:
            values = ", ".join(mpmath.nstr(p.value, 8) for p in stable)
            raise UndefinedOperationError(
                f"the length map has several attracting fixed points ({values}); "
                "pass start= the first layer's length to choose a basin"
            )
        return stable[0]
    place = finite(positive(start, "start"), "start")
    require(place > 0, f"start must be in the range of floats, got {start!s:.80}")
    return _basin(lengths, points, place)


@lru_cache(maxsize=256)
def fixed_points(lengths: LengthMap, dps: int) -> tuple[FixedPoint, ...]:
    """All fixed points in increasing order, each to ``dps`` digits."""
    if lengths.parameters:
        names = ", ".join(sorted(map(str, lengths.parameters)))
        raise UndefinedOperationError(f"digits need numbers: substitute values for {names} first")
    if lengths.is_affine:
        return _affine(lengths, dps)
    context = private_context(dps)
    averages = lengths.digits(context)
    found = [] if _excess_at_zero(lengths) > 0 else [_at_zero(lengths, averages, context)]
    grid, excess = _scan(lengths)
    signs = np.where(excess >= 0, 1, -1)
    for i in range(len(grid) - 1):
        if signs[i] != signs[i + 1]:
            low, high = grid[i] * (1 - _UNSURE), grid[i + 1] * (1 + _UNSURE)
            seed = _float_root(lengths, low, high)
            found.append(_crossing(averages, context, low, high, signs[i], dps, seed))
        elif i > 0 and _turns_towards_zero(excess[i - 1 : i + 2]):
            found += _touching(averages, context, grid[i - 1], grid[i + 1], signs[i], dps)
    return tuple(
        FixedPoint(rounded(p.value, dps), rounded(p.slope, dps), p.kind)
        for p in sorted(found, key=lambda p: p.value)
    )


def _affine(lengths: LengthMap, dps: int) -> tuple[FixedPoint, ...]:
    """V(q) = s q + b: decided exactly."""
    slope, rest = lengths.affine()
    if (slope - 1).is_zero:
        if rest.is_zero:
            raise UndefinedOperationError(
                "the length map is the identity: every length is a fixed point; "
                "pass length= the first layer's length where a method takes it"
            )
        return ()
    value = rest / (1 - slope)
    if value.is_negative:
        return ()
    kind = "attracting" if (1 - slope).is_positive else "repelling"
    place, steepness = (
        rounded(sp.Float(sp.N(x, dps + 10), dps + 10)._mpf_, dps) for x in (value + 0, slope + 0)
    )
    return (FixedPoint(place, steepness, kind),)


def _excess_at_zero(lengths: LengthMap) -> float:
    """V(0), whose sign alone matters."""
    at_zero = float(pointwise(lengths.activation)(np.zeros(1))[0])
    return float(lengths.weight_variance) * at_zero**2 + float(lengths.bias_variance)


def _at_zero(lengths: LengthMap, averages: LengthAverages, context: mpmath.MPContext) -> FixedPoint:
    """The fixed point q = 0, with the one-sided slope of V there."""
    exact = lengths.slope_at_zero()
    slope = to_digits(exact, {}, context)
    near = context.mpf(10) ** -6
    attracts = averages.step(near) < near if (exact - 1).is_zero else slope < 1
    return FixedPoint(context.zero, slope, "attracting" if attracts else "repelling")


def _scan(lengths: LengthMap) -> tuple[np.ndarray, np.ndarray]:
    """V(q)/q - 1 in float64 on a logarithmic grid that reaches both asymptotic regimes."""
    bias = float(lengths.bias_variance)
    beyond = float(lengths.slope_at_infinity() - 1)
    low = np.log10(bias) - 1 if 0 < bias < 1e-7 else -8
    high = 2.3 + np.log10(1 + bias)
    while True:
        grid = np.logspace(low, high, int((high - low) * POINTS_PER_DECADE) + 1)
        excess = _excess(lengths, grid)
        if beyond == 0 or np.sign(excess[-1]) == np.sign(beyond):
            return _refined(lengths, grid, excess)
        if high > 24:
            raise ConvergenceError(
                "the length map does not reach its asymptotic regime before length 1e24"
            )
        high += 1


def _refined(
    lengths: LengthMap, grid: np.ndarray, excess: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same with more points where V runs so close to the diagonal that roots may hide."""
    close = np.abs(excess) < CLOSE
    cells = np.flatnonzero(close[:-1] | close[1:])
    if not 0 < cells.size < grid.size // 2:
        return grid, excess
    inside = np.linspace(grid[cells], grid[cells + 1], FINER + 1)[1:-1].ravel()
    every = np.concatenate([grid, inside])
    values = np.concatenate([excess, _excess(lengths, inside)])
    order = np.argsort(every)
    return every[order], values[order]


def _excess(lengths: LengthMap, q: np.ndarray) -> np.ndarray:
    """V(q)/q - 1 in float64."""
    gain = float(lengths.weight_variance / lengths.keep_rate)
    second = lengths.activation.expect_function(power=2, derivative=0)
    with np.errstate(over="ignore"):
        values = (gain * second(q) + float(lengths.bias_variance)) / q - 1
    if np.isnan(values).any():
        raise ConvergenceError("the length map could not be evaluated at all lengths")
    return values


def _turns_towards_zero(window: np.ndarray) -> bool:
    """Whether the middle one of three values of one sign is the closest to zero, and close."""
    if not (np.sign(window) == np.sign(window[0])).all():
        return False
    left, middle, right = np.abs(window)
    # a parabola through the three points cannot reach zero unless the middle is this small
    return middle < min(left, right) and middle <= 4 * (left + right - 2 * middle)


def _float_root(lengths: LengthMap, low: float, high: float) -> float:
    """The crossing in float64."""
    from scipy.optimize import brentq

    return brentq(
        lambda q: float(_excess(lengths, np.array([q]))[0]), low, high, xtol=1e-300, rtol=1e-14
    )


def _crossing(
    averages: LengthAverages,
    context: mpmath.MPContext,
    low: float,
    high: float,
    sign_before: float,
    dps: int,
    seed: float | None = None,
) -> FixedPoint:
    """The fixed point between two lengths where V(q) - q has opposite signs."""

    def excess(q: Any) -> Any:
        return averages.step(q) - q

    value = None if seed is None else polished_root(excess, seed, context)
    if value is None:
        value = bracketed_root(excess, low, high, context)
    slope = averages.slope(value)
    marginal = abs(slope - 1) < context.mpf(10) ** -dps
    attracts = sign_before > 0 if marginal else abs(slope) < 1
    return FixedPoint(value, slope, "attracting" if attracts else "repelling")


def _touching(
    averages: LengthAverages,
    context: mpmath.MPContext,
    low: float,
    high: float,
    sign: float,
    dps: int,
) -> list[FixedPoint]:
    """What hides in a dip of V(q)/q - 1 towards zero: nothing, a double point or two points."""

    def tilt(q: Any) -> Any:
        return averages.slope(q) * q - averages.step(q)

    bottom = bracketed_root(tilt, low, high, context)
    depth = averages.step(bottom) / bottom - 1
    if abs(depth) < context.mpf(10) ** -dps:
        return [FixedPoint(bottom, averages.slope(bottom), "half-stable")]
    if context.sign(depth) == sign:
        return []
    return [
        _crossing(averages, context, low, bottom, sign, dps),
        _crossing(averages, context, bottom, high, -sign, dps),
    ]


def _basin(lengths: LengthMap, points: tuple[FixedPoint, ...], start: float) -> FixedPoint:
    """The fixed point that iteration from ``start`` converges to.

    Where V increases, lengths move monotonically to the next fixed point in their direction; a
    V that turns back is iterated until it settles.
    """
    grid, excess = _scan(lengths)
    if np.all(np.diff(grid * (1 + excess)) >= 0):
        rising = _excess(lengths, np.array([start]))[0] > 0
        ahead = [p for p in points if (p.value >= start if rising else p.value <= start)]
        if ahead:
            return ahead[0] if rising else ahead[-1]
        raise UndefinedOperationError(f"lengths started at {start} grow without bound")
    q = start
    for _ in range(SETTLING):
        near = [
            p for p in points if abs(q - float(p.value)) <= _ARRIVED * (_ARRIVED + float(p.value))
        ]
        if near and near[0].kind != "repelling":
            return near[0]
        q *= 1 + float(_excess(lengths, np.array([q]))[0])
    raise UndefinedOperationError(f"lengths started at {start} do not settle at a fixed point")


def _why_none(lengths: LengthMap, points: tuple[FixedPoint, ...]) -> str:
    """The sentence that explains why no length attracts."""
    beyond = lengths.slope_at_infinity()
    where = (
        "V(q) > q for every length q"
        if not points
        else "its fixed points " + ", ".join(mpmath.nstr(p.value, 8) for p in points) + " repel"
    )
    return (
        f"the length map V(q) = weight_variance*E f^2 + bias_variance has no attracting fixed "
        f"point: {where}, and V(q)/q tends to {beyond} at large q, so lengths grow from layer to "
        "layer; try a smaller weight_variance"
    )
