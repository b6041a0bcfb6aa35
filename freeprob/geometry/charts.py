"""Charts of a curve at infinite unknowns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import final

import numpy as np

from freeprob.exact.system import Curve, Relation
from freeprob.geometry.candidates import CurvePoint


@final
@dataclass(frozen=True)
class Chart:
    """A curve whose unknowns at the flagged positions are reciprocals of the original ones."""

    curve: Curve
    inverted: tuple[bool, ...]

    def from_original(self, unknowns: np.ndarray) -> np.ndarray:
        """Original unknowns, along the first axis, in this chart."""
        flags = np.reshape(self.inverted, (-1,) + (1,) * (unknowns.ndim - 1))
        return np.where(flags, 1 / unknowns, unknowns)

    def distance(self, original: np.ndarray, other: np.ndarray) -> float:
        """Distance of a point in original unknowns to one in this chart, on spheres."""
        own = self.from_original(original)
        scale = np.sqrt((1 + np.abs(own) ** 2) * (1 + np.abs(other) ** 2))
        return float(np.max(np.abs(own - other) / scale))

    def is_at_infinity(self, point: CurvePoint) -> bool:
        """Whether all inverted unknowns are zero: other points belong to other charts."""
        at_zero = [u.contains(0) for u in point.unknowns(64)]
        return all(zero for zero, flag in zip(at_zero, self.inverted, strict=True) if flag)


def charts(curve: Curve, large: Sequence[bool]) -> Iterator[Chart]:
    """The curve itself and its charts at unknowns that may be infinite."""
    for inverted in product(*((False, True) if flag else (False,) for flag in large)):
        yield chart(curve, inverted)


def chart(curve: Curve, inverted: Sequence[bool]) -> Chart:
    """The chart with the flagged unknowns inverted."""
    flags = tuple(bool(flag) for flag in inverted)
    if not any(flags):
        return Chart(curve, flags)
    reciprocals = {u: 1 / u for u, flag in zip(curve.unknowns, flags, strict=True) if flag}
    relations = tuple(
        Relation(left.xreplace(reciprocals), right.xreplace(reciprocals))
        for left, right in curve.relations
    )
    z, G = curve.z.xreplace(reciprocals), curve.G.xreplace(reciprocals)
    return Chart(Curve(curve.unknowns, relations, z, G, curve.kept), flags)
