"""Charts of a curve at infinite unknowns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import final

import numpy as np
import sympy as sp

from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.door import functions, ring
from freeprob.exact.systems.system import Curve, Relation
from freeprob.geometry.candidates.candidates import CurvePoint


@final
@dataclass(frozen=True)
class Chart:
    """A curve with 1 + 1/u, or 1 + u, in place of the original unknowns u at flagged positions.

    Infinity, or 0, is at 1, so that relative errors mean something there.
    """

    curve: Curve
    inverted: tuple[bool, ...]
    raised: tuple[bool, ...]

    def from_original(self, unknowns: np.ndarray) -> np.ndarray:
        """Original unknowns, along the first axis, in this chart."""
        shape = (-1,) + (1,) * (unknowns.ndim - 1)
        inverted, raised = (np.reshape(flags, shape) for flags in (self.inverted, self.raised))
        with np.errstate(divide="ignore"):
            return np.where(inverted, 1 + 1 / unknowns, np.where(raised, 1 + unknowns, unknowns))

    def to_original(self, own: np.ndarray) -> np.ndarray:
        """Back again, with as many digits as float64 leaves beside 1."""
        shape = (-1,) + (1,) * (own.ndim - 1)
        inverted, raised = (np.reshape(flags, shape) for flags in (self.inverted, self.raised))
        with np.errstate(divide="ignore"):
            return np.where(inverted, 1 / (own - 1), np.where(raised, own - 1, own))

    def distance(self, original: np.ndarray, other: np.ndarray) -> float:
        """Distance of a point in original unknowns to one in this chart, on spheres."""
        own = self.from_original(original)
        scale = np.sqrt((1 + np.abs(own) ** 2) * (1 + np.abs(other) ** 2))
        return float(np.max(np.abs(own - other) / scale))

    def is_at_infinity(self, point: CurvePoint) -> bool:
        """Whether all inverted unknowns are infinite: other points belong to other charts."""
        infinite = [u.contains(1) for u in point.unknowns(64)]
        return all(is_so for is_so, flag in zip(infinite, self.inverted, strict=True) if flag)


def charts(curve: Curve, large: Sequence[bool]) -> Iterator[Chart]:
    """The curve itself and its charts at unknowns that may be infinite."""
    for inverted in product(*((False, True) if flag else (False,) for flag in large)):
        yield chart(curve, inverted)


def chart(curve: Curve, inverted: Sequence[bool], raised: Sequence[bool] = ()) -> Chart:
    """The chart with the flagged unknowns inverted, and others raised by 1."""
    flags = tuple(bool(flag) for flag in inverted)
    lifts = tuple(bool(flag) for flag in raised) or (False,) * len(flags)
    if not any(flags + lifts):
        return Chart(curve, flags, lifts)
    places = list(zip(curve.unknowns, flags, lifts, strict=True))
    moved = {u: 1 / (u - 1) if flag else u - 1 for u, flag, lift in places if flag or lift}

    def inside(expression: sp.Expr) -> sp.Expr:
        return _reduced(
            expression.xreplace(moved).replace(
                lambda part: isinstance(part, sp.Function),
                lambda part: part.func(*(_reduced(argument) for argument in part.args)),
            )
        )

    relations = tuple(Relation(inside(left), inside(right)) for left, right in curve.relations)
    z, G = inside(curve.z), inside(curve.G)
    return Chart(Curve(curve.unknowns, relations, z, G, curve.kept), flags, lifts)


def _reduced(expression: sp.Basic) -> sp.Basic:
    """In lowest terms, as the chart is for points where reciprocals vanish."""
    if not isinstance(expression, sp.Expr):  # the poles of a sum of many
        return expression
    try:
        symbols = ring([expression], first=functions([expression]))
        return symbols.quotient(symbols.fraction(expression))
    except BudgetExceededError:
        return expression
