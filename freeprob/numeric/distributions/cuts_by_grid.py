"""Cuts of a law whose edges have no exact equations, found on a grid and refined.

Where exact candidates exist, the geometry decides the cuts; here nothing but the branch is known.
What the grid misses is missing mass, which the distribution refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import lcm

import numpy as np
from flint import acb, arb

from freeprob.errors import ConvergenceError
from freeprob.numeric.branch.branch import PhysicalBranch
from freeprob.numeric.distributions.cuts import LEAST_DENSITY, LOCATION_BITS, Cut, End
from freeprob.numeric.stepping.simple_folds import critical_unknowns, location

# a cut or a gap that falls between two points is missed, and with it mass: the distribution refuses
_POINTS = 2001
_FAR = 1e7  # in units of the law's scale
_NEARBY = 18  # halvings of a grid interval before Newton's method
_HALVINGS = 70  # and without it: an interval of the grid has fewer floats
# powers of algebraic densities: other ones with small denominators are at least 1/132 away, and a
# next term of the expansion moves what is seen by less than this, or the power is not told
_LARGEST_DENOMINATOR = 12
_SEEN = 0.05
# a power is read at two distances, where it leads, and a factor 100 apart for its digits
_INSIDE = (10.0, 1000.0)  # in widths of the bracket that holds an end, beyond rounding
_BESIDE = (1e-6, 1e-4)  # in the spacing about a known end
_FAR_OUT = (1e4, 1e6)  # in the law's scale from 0
_ASTRAY = 4.0  # widths of a bracket: next to an end the density is lost in rounding before it ends
_ROUNDING = 4e-16  # relative, of a place between two neighbouring floats


def scan(branch: PhysicalBranch) -> tuple[Cut, ...]:
    """The cuts of a law, from its branch.

    Raises
    ------
    ConvergenceError
        If the density shows no power law at an end.
    """
    scale = branch.radius / 64
    grid = scale * np.sinh(np.linspace(-1, 1, _POINTS) * np.arcsinh(_FAR))
    positive = rough_density(branch, grid) > 0
    change = np.flatnonzero(positive[1:] != positive[:-1])
    left = positive[change]
    low, high = _bisected(branch, grid[change], grid[change + 1], left, _NEARBY)
    ends = [_end(branch, *bracket) for bracket in zip(low, high, left, strict=True)]
    if positive[0]:
        ends.insert(0, tail(branch, -1))
    if positive[-1]:
        ends.append(tail(branch, 1))
    return tuple(Cut(low, high) for low, high in zip(ends[::2], ends[1::2], strict=True))


def rough_density(branch: PhysicalBranch, x: np.ndarray) -> np.ndarray:
    """Density in float64 alone, 0 where it is lost in rounding."""
    arrival = branch.follow(x.astype(complex))
    values = -arrival.G.imag / np.pi
    seen = arrival.on_sheet & (values > np.maximum(arrival.G_errors, LEAST_DENSITY))
    return np.where(seen, values, 0.0)


def _bisected(
    branch: PhysicalBranch, low: np.ndarray, high: np.ndarray, positive: np.ndarray, halvings: int
) -> tuple[np.ndarray, np.ndarray]:
    """Brackets of the places where density begins or ends; ``positive`` tells it at ``low``."""
    for _ in range(halvings):
        middle = low + (high - low) / 2
        same = (rough_density(branch, middle) > 0) == positive
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return low, high


def _end(branch: PhysicalBranch, low: float, high: float, positive_low: bool) -> End:
    """The end in a bracket: a critical point of z, else a place found by bisection."""
    width, side = high - low, -1 if positive_low else 1
    inner, outer = (low, high) if positive_low else (high, low)
    near, far = rough_density(branch, inner + side * width * np.array(_INSIDE))
    # the end is half a width beyond the bracket's inner side, give or take as much
    step = (_INSIDE[1] + 0.5) / (_INSIDE[0] + 0.5)
    power = _power(far / near, step) if near > 0 and far > 0 else Fraction(0)
    start = branch.follow(np.array([outer], dtype=complex))
    if start.on_sheet[0]:
        first = tuple(acb(complex(value)) for value in start.unknowns[:, 0])
        place = _critical_value(branch, first, LOCATION_BITS)
        if place is not None and abs(float(place) - inner) <= _ASTRAY * width:
            return End.of(partial(_edge, branch, first), power)
    ends = _bisected(
        branch, np.array([low]), np.array([high]), np.array([positive_low]), _HALVINGS - _NEARBY
    )
    place = float(ends[1 if positive_low else 0][0])
    return End((place, 0.0), power, None, _ROUNDING * (branch.radius / 64 + abs(place)))


def _critical_value(branch: PhysicalBranch, start: tuple[acb, ...], bits: int) -> arb | None:
    """The value of z at a critical point next to a start; None without convergence.

    Critical points that nearly meet may be told apart to few bits and not to many.
    """
    u = critical_unknowns(branch.program, start, bits)
    return None if u is None else location(branch.program, u, bits)


def _edge(branch: PhysicalBranch, start: tuple[acb, ...], bits: int) -> arb:
    """The edge next to a start, to any number of bits.

    Raises
    ------
    ConvergenceError
        If Newton's method does not lead to so many.
    """
    place = _critical_value(branch, start, bits)
    if place is None:
        raise ConvergenceError(f"an edge found on a grid could not be refined to {bits} bits")
    return place


def tail(branch: PhysicalBranch, side: int) -> End:
    """The infinite end of a cut, with the power of its tail.

    Raises
    ------
    ConvergenceError
        If the density shows no power law far out.
    """
    from freeprob.numeric.branch.digits import digits_of

    scale = side * branch.radius / 64
    if branch.program.has_oracles:
        far_out = branch.follow(np.asarray(scale * np.array(_FAR_OUT), dtype=complex))
        if far_out.undecided.any():
            # digits of an integral cost as much as the density is small, as a Gaussian tail is
            raise ConvergenceError(
                f"the density at {scale * _FAR_OUT[0]:.3g} is below what float64 tells of "
                "an integral: it shows no power law"
            )
    # float64 would lose a density of 1e-20 next to Re G = 1e-10
    near, far = (digits_of(branch.system).density_float(scale * x) for x in _FAR_OUT)
    if not (near > 0 and far > 0):
        raise ConvergenceError(
            f"the density ends between {scale:.3g} and {scale * _FAR_OUT[1]:.3g} where it was "
            "taken to go on to infinity"
        )
    return End((side * np.inf, 0.0), _power(far / near, _FAR_OUT[1] / _FAR_OUT[0]))


def end_at(branch: PhysicalBranch, ball: Callable[[int], arb], side: int, spacing: float) -> End:
    """The end of a cut at a known place, with the power seen next to it.

    Where the density does not vanish a square root may hide below it.
    """
    from freeprob.numeric.branch.digits import digits_of

    place = float(ball(64).mid())
    near, far = (
        digits_of(branch.system).density_float(place + side * spacing * step) for step in _BESIDE
    )
    step = _BESIDE[1] / _BESIDE[0]
    power = _power(far / near, step) if near > 0 and far > 0 else Fraction(0)
    return End.of(ball, power, lcm(power.denominator, 2))


def _power(ratio: float, step: float) -> Fraction:
    """The simple rational power that turns a step into a ratio."""
    if not 0 < ratio < np.inf:
        raise ConvergenceError("the density shows no power law in float64 next to an end")
    exact = float(np.log(ratio) / np.log(step))
    power = Fraction(exact).limit_denominator(_LARGEST_DENOMINATOR)
    if not abs(power - exact) < _SEEN:
        raise ConvergenceError(f"the density goes like the power {exact:.4g}, no simple rational")
    return power
