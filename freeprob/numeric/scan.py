"""Cuts of a law whose equations are not algebraic, found on a grid and refined by bisection.

Where exact candidates exist, the exact room and the geometry decide the cuts; here nothing but the
branch is known. What the grid misses is missing mass, which the distribution refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.cuts import Cut, End

_POINTS = 2001
_FAR = 1e7  # in units of the law's scale
_HALVINGS = 70
_LARGEST_DENOMINATOR = 12

Density = Callable[[np.ndarray], np.ndarray]


def scan(density: Density, scale: float) -> tuple[Cut, ...]:
    """The cuts of a density given as a function, of a law of about this scale.

    Raises
    ------
    ConvergenceError
        If the density shows no power law at an end.
    """
    grid = scale * np.sinh(np.linspace(-1, 1, _POINTS) * np.arcsinh(_FAR))
    positive = density(grid) > 0
    change = np.flatnonzero(positive[1:] != positive[:-1])
    places = _bisected(density, grid[change], grid[change + 1], positive[change])
    ends = [
        _end(density, place, 1 if not positive[i] else -1, scale)
        for place, i in zip(places, change, strict=True)
    ]
    if positive[0]:
        ends.insert(0, tail(density, -1, scale))
    if positive[-1]:
        ends.append(tail(density, 1, scale))
    if not ends:
        raise ConvergenceError("no density was found on the line: the law may consist of atoms")
    return tuple(Cut(low, high) for low, high in zip(ends[::2], ends[1::2], strict=True))


def _bisected(
    density: Density, low: np.ndarray, high: np.ndarray, positive_low: np.ndarray
) -> np.ndarray:
    """Places where the density begins or ends, to the last bit."""
    for _ in range(_HALVINGS):
        middle = low + (high - low) / 2
        same = (density(middle) > 0) == positive_low
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.where(positive_low, high, low)


def _end(density: Density, place: float, side: int, scale: float) -> End:
    """A finite end with the power of the density next to it."""
    distance = 1e-4 * scale
    near, far = density(place + side * distance * np.array([1e-3, 1.0]))
    return End((float(place), 0.0), _power(far / near, 1e3), None, 4e-16 * (scale + abs(place)))


def tail(density: Density, side: int, scale: float) -> End:
    """An infinite end with the power of the tail."""
    near, far = density(side * scale * np.array([1e8, 1e10]))
    return End((side * np.inf, 0.0), _power(far / near, 1e2))


def _power(ratio: float, step: float) -> Fraction:
    """The simple rational power that turns a step into a ratio."""
    exact = float(np.log(ratio) / np.log(step))
    power = Fraction(exact).limit_denominator(_LARGEST_DENOMINATOR)
    if not abs(power - exact) < 0.02:
        raise ConvergenceError(f"the density goes like the power {exact:.4g}, no simple rational")
    return power
