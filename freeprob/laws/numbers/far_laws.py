"""Laws so far from 0 that float64 hardly tells their points apart: read near 0 and moved back.

X = a + Y with the exact mean a: Y is a law of numbers of its own size, for which everything holds,
and x - a is exact before it is rounded.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import NoClosedFormError, UndefinedOperationError
from freeprob.exact.moments.moments import moments
from freeprob.numeric.distributions.cuts import RESOLVED
from freeprob.numeric.precision import bits_of, to_ball, to_mpf
from freeprob.parameters import exact

if TYPE_CHECKING:
    from freeprob.laws.base import Law


class Near(NamedTuple):
    """The law of X - a, and a."""

    law: Law
    place: sp.Rational

    def points(self, x: Any, dps: int | None) -> Any:
        """Points x - a; float64 numbers are binary ones unless digits are asked for."""
        if isinstance(x, list | tuple | np.ndarray):
            table = np.asarray(x, dtype=object)
            moved = [self._point(value, dps) for value in table.ravel()]
            kind = object if dps else float
            return np.array(moved, dtype=kind).reshape(table.shape)
        return self._point(x, dps)

    def _point(self, value: Any, dps: int | None) -> Any:
        if isinstance(value, float | np.floating) and not isfinite(value):
            return float(value)
        if isinstance(value, float | np.floating) and dps is None:
            return float(sp.Rational(*value.as_integer_ratio()) - self.place)
        moved = exact(value, "the point") - self.place
        return moved if dps or moved.free_symbols else float(moved)

    def back(self, y: Any, dps: int | None) -> Any:
        """Places y + a of numbers y of the near law: exact ones, float64 or with digits."""
        if isinstance(y, np.ndarray):
            table = [self.back(value, dps) for value in y.ravel()]
            return np.array(table, dtype=y.dtype).reshape(y.shape)
        if isinstance(y, sp.Expr):
            return y + self.place
        if not isfinite(y):
            return y
        if dps is None:
            return float(sp.Rational(*y.as_integer_ratio()) + self.place)
        with ctx.workprec(4 * bits_of(dps)):
            there = to_ball(y)
            return to_mpf(there + arb(fmpq(int(self.place.p), int(self.place.q))), dps)


@lru_cache(maxsize=256)
def near_law(law: Law) -> Near | None:
    """The law next to 0 of a law far from it; None for other laws, and where a is not rational."""
    try:
        first, second = moments(law.system, 2)
    except (UndefinedOperationError, NoClosedFormError):
        return None
    spread = second - first**2
    if not (first.is_Rational and spread.is_Rational and spread > 0):
        return None
    if spread >= first**2 * sp.Rational(RESOLVED) ** 2:
        return None
    centred, place = law._centred()
    return Near(centred, place) if place.is_Rational else None
