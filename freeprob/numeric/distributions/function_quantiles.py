"""Quantiles of functions of a Gaussian variable to any number of digits, between values of F.

F is known as balls at every point, so that a quantile is kept between a point where F is below
the level and one where it is not.
Nothing is asked of the density. A level that equals F at an atom is told by :data:`NOTHING`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from flint import arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.distributions.function_values import FunctionDistribution, beside
from freeprob.numeric.precision import NOTHING
from freeprob.numeric.programs.points import Place

_GUARD = 32
_BESIDE = 48  # bits of a float64 quantile that are right as a rule; else the bracket grows
_GROWTH = 16  # bits by which it then grows, from the least to the largest number in 64 steps
_LEAST = 1000  # binary order of a bracket about 0
_WIDENINGS = 140
_ROUNDS = 4  # for each bit: a jump of F takes one or two, elsewhere bits double


def quantile_ball(known: FunctionDistribution, p: Place) -> Callable[[int], arb]:
    """The smallest x with F(x) ≥ p as balls by bits; the ends of the support for p = 0 and 1.

    Raises
    ------
    InvalidParameterError
        If p is outside [0, 1].
    """
    with ctx.workprec(_GUARD + p.depth):
        level = p().real
    if level < 0 or level > 1:
        raise InvalidParameterError(f"probabilities must lie in [0, 1], got {level.str(10)}")
    start = float(known.quantile(np.array(float(level))))

    def ball(bits: int) -> arb:
        with ctx.workprec(bits + _GUARD):
            share = p().real
            if share in (0, 1):
                return known.end(upper=share == 1)

            def excess(x: arb) -> arb:
                return known.mass_until(x) - share

            for atom in known.jumps:
                if _holds(known, atom, p):
                    return atom.place().real
            for top in known.top_balls():
                if excess(top).contains(0) and _is_level(known, top, p):
                    return top
            low, high = _bracket(excess, arb(start))
            if low < 0 < high and _is_level(known, arb(0), p):
                return arb(0)
            return _between(excess, low, high, bits)

    return ball


def _holds(known: FunctionDistribution, atom: Atom, p: Place) -> bool:
    """Whether F passes the level at an atom, in FLINT's context."""
    share, mass = p().real, atom.mass().real
    above = known.mass_until(atom.place().real) - share
    if not above - mass < 0:
        return False
    if not above.contains(0):
        return bool(above > 0)
    return _is_level(known, atom.place().real, p)


def _is_level(known: FunctionDistribution, place: arb, p: Place) -> bool:
    """Whether F equals the level, as far as any number is told from 0."""
    with ctx.workprec(NOTHING * int(ctx.prec)):
        return bool((known.mass_until(place) - p().real).contains(0))


def _bracket(excess: Callable[[arb], arb], start: arb) -> tuple[arb, arb]:
    """Two points about a start between which a rising function changes its sign."""
    width = max(abs(start) * arb(2) ** -_BESIDE, arb(2) ** -_LEAST)
    low, high = start - width, start + width
    for _ in range(_WIDENINGS):
        below, above = bool(excess(low) < 0), bool(excess(high) > 0)
        if below and above:
            return low.mid(), high.mid()
        width *= 2**_GROWTH
        low = low if below else start - width
        high = high if above else start + width
    raise ConvergenceError("the level is not told from values of the distribution function")


def _between(excess: Callable[[arb], arb], low: arb, high: arb, bits: int) -> arb:
    """Where a rising function changes its sign between two points, by the Illinois method."""
    # of midpoints: FLINT shortens those of sums and quotients to what their radii leave
    below, above, kept = excess(low).mid(), excess(high).mid(), 0
    for _ in range(_ROUNDS * bits):
        if high - low < max(abs(low), abs(high)) * arb(2) ** -bits:
            break
        place = (low + (high - low) * (below / (below - above))).mid()
        here = excess(place)
        if here.contains(0):
            return beside(lambda x: _sign(excess(x)), place, -1) or low.union(high)
        # an end that is kept twice counts half: both then move, at a jump of F too
        if here < 0:
            low, below, above = place, here.mid(), above / 2 if kept < 0 else above
        else:
            high, above, below = place, here.mid(), below / 2 if kept > 0 else below
        kept = -1 if here < 0 else 1
    return low.union(high)


def _sign(value: arb) -> int:
    """-1 or 1, and 0 where it is not known."""
    return 0 if value.contains(0) else 1 if value > 0 else -1
