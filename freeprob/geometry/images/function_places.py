"""Where the density of a function of a Gaussian variable is not analytic.

These are the values of the function at its critical points and finite ends, and its limits at
infinite ends. Between them the density is positive where the function takes the value at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, cmp_to_key, partial
from itertools import pairwise
from typing import NamedTuple, final

import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NoClosedFormError
from freeprob.exact.algebra.limits import limits_of
from freeprob.exact.operations.gaussian_mixtures import GaussianMixture, GaussianPart
from freeprob.geometry.candidates.local_terms import PowerLaw
from freeprob.geometry.signs.rounding import Constant, constant_ball
from freeprob.numeric.distributions.function_values import turn_ball
from freeprob.numeric.programs.gaussian_images import GaussianMap
from freeprob.numeric.programs.lowering import gaussian_map

_SAME = 512  # bits to which two values that are not known exactly must agree to be one
_MOST = 8  # derivatives that may vanish at a critical point


@final
@dataclass(frozen=True)
class TurnValue:
    """The value of a function at a critical point, which lies next to a float."""

    function: sp.Lambda
    turn: float

    @property
    def map(self) -> GaussianMap:
        """The function, compiled."""
        return gaussian_map(self.function, -sp.oo, sp.oo)

    def point(self, bits: int) -> arb:
        """A ball around the critical point."""
        with ctx.workprec(bits + 32):
            return turn_ball(self.map, self.turn)

    def ball(self, bits: int) -> arb:
        """A ball around the value."""
        with ctx.workprec(bits + 32):
            return self.map.at(acb(self.point(bits))).real

    def exact_point(self) -> sp.Expr:
        """The critical point, where a polynomial factor of the derivative vanishes there, or 0.

        Raises
        ------
        NoClosedFormError
            If there is none.
        """
        x = sp.Dummy("x", real=True)
        place, slope = self.point(_SAME), self.function(x).diff(x)
        if place.contains(0) and slope.xreplace({x: sp.S.Zero}) == 0:
            return sp.S.Zero
        for factor in _factors(slope, x):
            if factor.is_polynomial(x):
                for root in sp.real_roots(factor):
                    if constant_ball(root)(_SAME).overlaps(place):
                        return root
        raise NoClosedFormError(
            "the critical values of this function have no exact form here: ask for digits with dps="
        )

    def expression(self) -> sp.Expr:
        """The value, exact: 0 where a factor of the function vanishes with its derivative."""
        x = sp.Dummy("x", real=True)
        value = self.function(x)
        for factor in _factors(value, x):
            zero = gaussian_map(sp.Lambda(x, factor), -sp.oo, sp.oo)
            with ctx.workprec(_SAME):
                at = zero.at(acb(self.point(_SAME))).real
            if at.contains(0) and abs(at) < arb(2) ** (-_SAME // 4):
                return sp.S.Zero
        return sp.simplify(self.function(self.exact_point()))


@final
@dataclass(frozen=True)
class PointValue:
    """The value of a function at an exact point."""

    function: sp.Lambda
    exact: sp.Expr

    def point(self, bits: int) -> arb:
        """A ball around the point."""
        return constant_ball(self.exact)(bits)

    def ball(self, bits: int) -> arb:
        """A ball around the value."""
        return constant_ball(self.function(self.exact))(bits)

    def expression(self) -> sp.Expr:
        """The value."""
        return self.function(self.exact)


def _factors(expression: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Factors in a variable, without their powers."""
    factors = sp.Mul.make_args(sp.factor(expression))
    bases = [
        factor.base if factor.is_Pow and factor.exp.is_positive else factor for factor in factors
    ]
    return [base for base in bases if base.has(x)]


Value = Constant | PointValue | TurnValue


class Stretch(NamedTuple):
    """An interval on which a function is monotone, by its values at the ends; None for ±∞."""

    low: Value | None
    high: Value | None


def stretches(part: GaussianPart) -> list[Stretch]:
    """The values that a part takes, between neighbouring critical points.

    Raises
    ------
    ConvergenceError
        If the limits of the function are not known.
    """
    known = gaussian_map(part.function, part.low, part.high)
    left, right = _at_end(part.function, part.low, "+"), _at_end(part.function, part.high, "-")
    values = [left, *(TurnValue(part.function, turn) for turn in known.turns), right]
    found = []
    for a, b in pairwise(values):
        if isinstance(a, _Oscillation) or isinstance(b, _Oscillation):
            continue  # the turns before it are as far out as the limits
        first, second = (_size(value) for value in (a, b))
        low, high = (a, b) if first < second else (b, a)
        found.append(Stretch(*(None if isinstance(v, sp.Expr) else v for v in (low, high))))
    return found


class _Oscillation(NamedTuple):
    """An end at which a function goes on between two values."""

    low: sp.Expr
    high: sp.Expr


def _at_end(function: sp.Lambda, end: sp.Expr, side: str) -> Value | sp.Expr | _Oscillation:
    """The value at an end, ±∞, or the bounds of an oscillation."""
    if not end.is_infinite and _is_regular(function, end):
        return PointValue(function, end)
    low, high = limits_of(function, end, side)
    if low != high and (low.is_infinite or high.is_infinite):
        raise ConvergenceError(f"the limit of {function.expr} at {end} is not known")
    if low != high:
        return _Oscillation(low, high)
    return low if low.is_infinite else Constant(low)


def _is_regular(function: sp.Lambda, end: sp.Expr) -> bool:
    """Whether a function has a value at a finite end."""
    value = function(end)
    return value.is_finite is not False and not value.has(sp.nan, sp.zoo, sp.oo, sp.AccumBounds)


def _size(value: Value | sp.Expr) -> float:
    """For the order of two different values."""
    return float(value.ball(64).mid()) if isinstance(value, Value) else float(value)


def compared(one: Value, other: Value) -> int:
    """Order of two values; they are equal if many bits agree."""
    bits = 64
    while bits <= _SAME:
        x, y = one.ball(bits), other.ball(bits)
        if not x.overlaps(y):
            return -1 if x < y else 1
        bits *= 2
    return 0


def places_of(mixture: GaussianMixture) -> tuple[tuple[Value, ...], list[bool]]:
    """Values where the density is not analytic, and whether it is positive between them.

    It is on the unions of the intervals that monotone stretches of the functions cover.
    """
    covered = [stretch for part in mixture.parts for stretch in stretches(part)]
    ends = [value for stretch in covered for value in stretch if value is not None]
    places: list[Value] = []
    for value in sorted(ends, key=cmp_to_key(compared)):
        if not places or compared(places[-1], value) != 0:
            places.append(value)
    natures = [
        any(
            (low is None or any(compared(low, place) == 0 for place in places[:i]))
            and (high is None or any(compared(high, place) == 0 for place in places[i:]))
            for low, high in covered
        )
        for i in range(len(places) + 1)
    ]
    return tuple(places), natures


@final
@dataclass(frozen=True)
class FunctionExpansion:
    """How the density grows next to a value e at critical points: the largest terms on each side.

    With g - e = g⁽ᵐ⁾(x*)(x - x*)ᵐ/m! + … a preimage next to x* adds
    φ(x*)/m (m!/|g⁽ᵐ⁾|)^(1/m) |y - e|^(1/m - 1).
    """

    mixture: GaussianMixture
    place: Value

    @property
    def p(self) -> int:
        """The order of the root."""
        return max((order for order, _, _, _ in self._shares), default=1)

    @cached_property
    def _shares(self) -> list[tuple[int, bool, TurnValue, sp.Expr]]:
        """Order, side, critical point and weight of every preimage next to a critical point."""
        found = []
        for part in self.mixture.parts:
            for turn in gaussian_map(part.function, part.low, part.high).turns:
                value = TurnValue(part.function, turn)
                if compared(value, self.place) == 0:
                    order, rises = _order(value)
                    sides = (rises, rises) if order % 2 == 0 else (False, True)
                    found += [(order, side, value, part.weight) for side in sides]
            found += _at_ends(part, self.place)
        return found

    def on_side(self, turn: int, right: bool) -> PowerLaw | None:
        """The largest terms on a side; None without critical points there."""
        orders = [order for order, side, _, _ in self._shares if side == right]
        if not orders:
            return None
        top = max(orders)
        leading = [
            (value, weight)
            for order, side, value, weight in self._shares
            if (order, side) == (top, right)
        ]
        return PowerLaw(right, top, fmpq(1 - top, top), partial(_constant, leading, top))


def _at_ends(part: GaussianPart, place: Value) -> list[tuple[int, bool, PointValue, sp.Expr]]:
    """The preimage next to a finite end of a part, of order 1 where g' does not vanish there."""
    found = []
    for end, inner in ((part.low, 1), (part.high, -1)):
        known = not end.is_infinite and _is_regular(part.function, end)
        value = PointValue(part.function, end) if known else None
        if value is not None and compared(value, place) == 0:
            order, rises = _order(value, 1)
            up = rises == (inner > 0) if order % 2 else rises
            found.append((order, up, value, part.weight))
    return found


def _order(turn: TurnValue | PointValue, least: int = 2) -> tuple[int, bool]:
    """Which derivative is the first that does not vanish, and whether it is positive."""
    for order in range(least, _MOST):
        value = _derivative(turn, order, _SAME)
        if not value.contains(0):
            return order, bool(value > 0)
        if not abs(value) < arb(2) ** (-_SAME // 8):
            break
    raise ConvergenceError("the order of a critical point was not found")


def _derivative(turn: TurnValue | PointValue, order: int, bits: int) -> arb:
    """A derivative of the function at its critical point."""
    x = sp.Dummy("x", real=True)
    derived = gaussian_map(sp.Lambda(x, turn.function(x).diff(x, order)), -sp.oo, sp.oo)
    with ctx.workprec(bits + 32):
        return derived.at(acb(turn.point(bits))).real


def _constant(
    terms: Sequence[tuple[TurnValue | PointValue, sp.Expr]], order: int, bits: int
) -> arb:
    """The sum over the preimages at critical points."""
    with ctx.workprec(bits + 32):
        total = arb(0)
        for turn, weight in terms:
            x = turn.point(bits)
            normal = (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
            size = abs(_derivative(turn, order, bits))
            stretch = (arb(order).fac() / size).root(order) / order
            total += constant_ball(weight)(bits) * normal * stretch
        return total
