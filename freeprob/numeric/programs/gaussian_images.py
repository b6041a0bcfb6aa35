"""Transforms of the law of g(Z), Z standard normal, as integrals along a bent line.

The integral of φ(x) g(x)/(w - g(x)) over real x is singular at the preimages of w. Between two
critical points g is monotone and maps one side of the real line into the lower half plane: bent
to that side, the line leaves all w in the closed upper half plane in peace, and the integral
there continues the transform across the axis. Only the values at critical points stay
singularities; towards them the panels shrink geometrically.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from itertools import pairwise
from math import ceil, sqrt
from typing import final

import numpy as np
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.programs.arithmetic import BallArithmetic
from freeprob.numeric.programs.clustered_poles import SimplePoles, compressed
from freeprob.numeric.programs.straight_line import Program, evaluate

_BALLS = BallArithmetic()
_SCAN = 64  # places per unit of x at which the sign of g' is asked
_MOST_TURNS = 200
# at a zero of g'' that float64 knows to 2^-53 a slope that vanishes there is some 2^-106, which is
# far below its value at a distance of 2^-20
_TOUCH, _TOUCH_BITS = 2.0**-20, 160
_LOWEST, _HIGHEST, _RISE = 1e-3, 1.0, 1.2  # heights over the real line that are tried
_INNERMOST = 2.0**-40  # of a panel beside a critical point: values nearer than its square blur
_FLOAT_BITS = 60
_STRETCH = 1.6  # width of a panel over its height: poles lie on its ellipse of 2.85 or beyond
_FLOAT_ORDER = 18  # 2.85^(-36) = 4e-17
_DIGITS_PER_NODE = 0.85  # 2 log10(2.85), less a reserve
_INSIDE = (0.5, 0.25, 0.75, 0.125, 0.875)  # shares of a piece at which a slope is looked at
_CLUSTER = 2.0**-7  # distance from a critical point within which values are one cluster


class Limit(ABC):
    """Where a function goes at an infinite end."""

    @abstractmethod
    def bounds(self) -> tuple[arb, arb]:
        """The least and the largest limit: the same unless it oscillates; ±∞ if unknown."""


@final
@dataclass(frozen=True)
class GaussianMap:
    """A real analytic function g on (left, right).

    Programs of its value, two derivatives and finite ends, and its limits at both ends; those at
    finite ends are asked for where it has no value.
    """

    value: Program
    slope: Program
    bend: Program
    left: Program | Limit
    right: Program | Limit
    limits: tuple[Limit, Limit]

    def at(self, x: acb) -> acb:
        """g(x)."""
        return acb(evaluate(self.value, [x], _BALLS)[0])

    def ends(self, bits: int) -> tuple[acb, acb]:
        """Where the line is cut: at the ends, or where the weight is below 2^-bits."""
        reach = acb(ceil(8 * sqrt(2 * bits * np.log(2))) / 8)
        low, high = (
            sign * reach if isinstance(end, Limit) else acb(evaluate(end, [], _BALLS)[0])
            for sign, end in ((-1, self.left), (1, self.right))
        )
        far = float(reach.real)
        return (
            low if abs(float(low.real)) < far else -reach,
            high if abs(float(high.real)) < far else reach,
        )

    @cached_property
    def turns(self) -> list[float]:
        """Critical points strictly between the ends, where the Gaussian has mass."""
        low, high = self.ends(_FLOAT_BITS)
        return _turns(self, float(low.real), float(high.real))

    def sign(self, x: float | arb, order: int) -> int:
        """The sign of g' or g'' at a point; 0 where the precision does not tell."""
        program = (self.slope, self.bend)[order - 1]
        value = acb(evaluate(program, [acb(x)], _BALLS)[0]).real
        return int(value > 0) - int(value < 0)

    def rises(self, a: float, b: float) -> bool:
        """Whether g increases between two points between which g' keeps its sign.

        Values at the two points do not tell where there is a pole in between.
        """
        signs = (self.sign(a + share * (b - a), 1) for share in _INSIDE)
        return next((sign for sign in signs if sign), 0) > 0

    @cached_property
    def range(self) -> tuple[arb, arb]:
        """The least and the largest of the values of g and of its limits."""
        with ctx.workprec(_FLOAT_BITS):
            return self.range_of([arb(x) for x in self.turns])

    def range_of(self, turns: Sequence[arb]) -> tuple[arb, arb]:
        """The same from critical points that are known to the bits of FLINT's context."""
        values = [self.at(acb(x)).real for x in turns]
        sides = zip(self.ends(int(ctx.prec)), (self.left, self.right), self.limits, strict=True)
        for place, end, limit in sides:
            value = self.at(place)
            values += (value.real,) if value.is_finite() else ()
            if isinstance(end, Limit) or not value.is_finite():
                values += limit.bounds()
        return reduce(arb.min, values), reduce(arb.max, values)

    def is_beside(self, w: acb) -> bool:
        """Whether w is real and no value of g: the transform is real there."""
        low, high = self.range
        slack = self._slack
        return bool(w.imag == 0) and (
            bool(w.real > high + slack) or bool(w.real < low - slack and w.real != 0)
        )

    @cached_property
    def _slack(self) -> arb:
        """What rounding may have taken from the range."""
        sizes = (abs(value) for value in self.range if value.is_finite())
        return arb(2) ** (8 - _FLOAT_BITS) * sum(sizes, arb(0))

    def distances(self, x: np.ndarray) -> np.ndarray:
        """How far real numbers are from the values of g, 0 among them."""
        low, high, slack = self._floats
        return np.maximum(np.maximum(x - high - slack, low - slack - x), 0.0)

    @cached_property
    def _floats(self) -> tuple[float, float, float]:
        """The range and its slack, rounded."""
        low, high = (float(value.mid()) for value in self.range)
        return low, high, float(self._slack)

    @cached_property
    def poles(self) -> tuple[SimplePoles, SimplePoles]:
        """The rule as a sum over poles, and its shorter form away from critical values."""
        values, weights = self.rule
        whole = SimplePoles(values, weights * values)
        ends = (end for end in (self.left, self.right) if not isinstance(end, Limit))
        sharp = [*self.turns, *(float(acb(evaluate(end, [], _BALLS)[0]).real) for end in ends)]
        clusters = []
        for x in sharp:
            here, *beside = (complex(self.at(acb(x + d))) for d in (0, _CLUSTER, -_CLUSTER))
            if not np.isfinite([here, *beside]).all():
                continue  # beside a pole there is no cluster
            clusters.append((here, max(abs(value - here) for value in beside)))
        return whole, compressed(whole, clusters)

    @cached_property
    def rule(self) -> tuple[np.ndarray, np.ndarray]:
        """Values of g at the nodes and weights with φ, for complex128."""
        values, weights = ball_rule(self, _FLOAT_BITS, _FLOAT_ORDER)
        return (
            np.array([complex(value) for value in values]),
            np.array([complex(weight) for weight in weights]),
        )


def order_of(bits: int) -> int:
    """Nodes on each panel, with which a rule's error is below 2^-bits."""
    return ceil(bits * 0.302 / _DIGITS_PER_NODE) + 6


@lru_cache(maxsize=64)
def ball_rule(function: GaussianMap, bits: int, order: int) -> tuple[list[acb], list[acb]]:
    """Values of g at the nodes along the bent line, and weights φ(x) dx."""
    with ctx.workprec(bits + 16):
        nodes, own = _legendre(order, bits)
        values, weights = [], []
        scale = 1 / acb(2 * arb.pi()).sqrt()
        vertices = bent_line(function, bits)
        for a, b in pairwise(vertices):
            middle, half = (a + b) / 2, (b - a) / 2
            for node, weight in zip(nodes, own, strict=True):
                x = middle + half * node
                values.append(function.at(x))
                weights.append(half * weight * scale * (-x * x / 2).exp())
        return values, weights


@lru_cache(maxsize=64)
def _legendre(order: int, bits: int) -> tuple[list[arb], list[arb]]:
    pairs = [arb.legendre_p_root(order, k, weight=True) for k in reversed(range(order))]
    return [node for node, _ in pairs], [weight for _, weight in pairs]


@lru_cache(maxsize=64)
def bent_line(function: GaussianMap, bits: int) -> list[acb]:
    """Vertices of the line, from end to end."""
    low, high = function.ends(bits)
    turns = _turns(function, float(low.real), float(high.real))
    ends = [float(low.real), *turns, float(high.real)]
    vertices = [low]
    for i, (a, b) in enumerate(pairwise(ends)):
        sharp = (
            i > 0 or not isinstance(function.left, Limit),
            b != ends[-1] or not isinstance(function.right, Limit),
        )
        inner = _arch(function, a, b, sharp)
        vertices += inner
        vertices.append(high if i == len(ends) - 2 else acb(b))
    return vertices


def _turns(function: GaussianMap, low: float, high: float) -> list[float]:
    """Critical points of g strictly between the ends.

    Between neighbours of a grid and of the zeros of g'' found on it g' changes its sign once at
    most, if g'' does not change its sign twice between neighbours of the grid; at a zero of both
    derivatives g' need not change its sign.
    """
    grid = np.linspace(low, high, max(3, ceil(_SCAN * (high - low))) + 1)[1:-1]
    bends = _changes(lambda x: function.sign(x, 2), grid)
    found = _changes(lambda x: function.sign(x, 1), np.union1d(grid, bends))
    with ctx.workprec(_TOUCH_BITS):
        touching = [x for x in bends if _touches(function, x)]
    found = sorted({*found, *(x for x in touching if not any(abs(x - t) < _TOUCH for t in found))})
    if len(found) > _MOST_TURNS:
        raise ConvergenceError(
            f"the function turns {len(found)} times where the Gaussian has mass: use a smaller "
            "variance"
        )
    return found


def _changes(sign: Callable[[float], int], grid: np.ndarray) -> list[float]:
    """Where a sign changes between points of a grid at which it is known."""
    # where it is not known there is a zero, between two that are, or no digit left
    known = [(float(x), s) for x in grid if (s := sign(float(x)))]
    return [
        _bisected(sign, a, b, left) for (a, left), (b, right) in pairwise(known) if left != right
    ]


def _touches(function: GaussianMap, x: float) -> bool:
    """Whether g' vanishes next to a zero of g'' as the square of the distance."""
    here, beside = (
        abs(acb(evaluate(function.slope, [acb(place)], _BALLS)[0]).real).mid()
        for place in (x, x + _TOUCH)
    )
    return bool(here <= beside * arb(2) ** (-_TOUCH_BITS // 4))


def _bisected(sign: Callable[[float], int], a: float, b: float, left: int) -> float:
    while True:
        middle = (a + b) / 2
        if middle in (a, b):
            return middle
        here = sign(middle)
        if not here:
            return middle
        if here == left:
            a = middle
        else:
            b = middle


def _arch(function: GaussianMap, a: float, b: float, sharp: tuple[bool, bool]) -> list[acb]:
    """Vertices over (a, b), where g is monotone, on the side that g maps downwards."""
    side = -1 if function.rises(a, b) else 1
    places, heights = _towards(function, a, b, side, sharp)
    return [acb(x, side * h) for x, h in zip(places, heights, strict=True)]


def _towards(
    function: GaussianMap, a: float, b: float, side: int, sharp: tuple[bool, bool]
) -> tuple[list[float], list[float]]:
    """Places, graded towards sharp ends, and heights over them."""

    def height(x: float) -> float:
        reach = min((x - a) if sharp[0] else _HIGHEST, (b - x) if sharp[1] else _HIGHEST)
        return min(reach, _room(function, x, side, 2 * reach) / 2)

    first = min(_INNERMOST, (b - a) / 4)
    x = a + first if sharp[0] else a
    places, heights = [x], [height(x)]
    while True:
        step = _STRETCH * heights[-1]
        x += max(step, first)
        left = b - x
        if sharp[1]:
            # towards a sharp end the distance halves
            if left < step:
                break
        elif left <= step:
            places.append(b)
            heights.append(height(b))
            return places, heights
        places.append(x)
        heights.append(height(x))
    distance = b - places[-1]
    while distance > 2 * first:
        distance /= 2
        places.append(b - distance)
        heights.append(height(b - distance))
    return places, heights


def _room(function: GaussianMap, x: float, side: int, enough: float) -> float:
    """Up to which height over x the values of g lie in the lower half plane, or enough."""
    height = _LOWEST
    while height < min(2 * _HIGHEST, _RISE * enough):
        value = function.at(acb(x, side * height))
        if not value.is_finite() or not float(value.imag.mid()) < 0:
            return height / _RISE
        height *= _RISE
    return height
