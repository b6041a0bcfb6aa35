"""Laws so far from 0 that float64 hardly tells their points apart, and laws of extreme size.

X = a + 10ᵏ Y with the exact mean a and a power of 10 near the spread, which keeps the numbers that
people write short: Y is a law of numbers of its own size, for which everything holds, and
(x - a)/10ᵏ is exact before it is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from math import isfinite, log10
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import InvalidParameterError, NoClosedFormError, UndefinedOperationError
from freeprob.exact.moments.moments import moments
from freeprob.numeric.distributions.cuts import RESOLVED
from freeprob.numeric.precision import bits_of, to_ball, to_mpc, to_mpf
from freeprob.parameters import exact

if TYPE_CHECKING:
    from freeprob.geometry.spectrum.edges import Edge, Edges
    from freeprob.laws.base import Law

# spreads from 10⁻ᵏ to 10ᵏ are read as they are: the branch is followed from i∞ down to points of
# that share of the spread, and squares and cubes of such sizes are far from the ends of float64
_ORDINARY = 20
_MODERATE = 10**6  # numbers whose ratios leave float64 four digits at least
_FLOATS = np.finfo(np.float64)


class Near(NamedTuple):
    """The law of Y, where X = place + 10^exponent Y."""

    law: Law
    place: sp.Rational
    exponent: int

    @property
    def scale(self) -> sp.Rational:
        """The power of 10."""
        return sp.Integer(10) ** self.exponent

    def points(self, x: Any, dps: int | None) -> Any:
        """Points (x - a)/10ᵏ; float64 numbers are binary ones unless digits are asked for."""
        if isinstance(x, list | tuple | np.ndarray):
            table = np.asarray(x, dtype=object)
            moved = [self._point(value, dps) for value in table.ravel()]
            plain = not dps and all(isinstance(value, float | complex) for value in moved)
            entries = np.array(moved, dtype=None if plain else object)
            return entries.reshape(table.shape)
        return self._point(x, dps)

    def _point(self, value: Any, dps: int | None) -> Any:
        if isinstance(value, sp.Expr) and value.is_extended_real is False:
            real, imag = value.as_real_imag()
        elif isinstance(value, complex | np.complexfloating) or hasattr(value, "_mpc_"):
            real, imag = value.real, value.imag
        else:
            return self._moved(value, self.place, dps)
        x, y = self._moved(real, self.place, dps), self._moved(imag, sp.S.Zero, dps)
        plain = isinstance(x, float) and isinstance(y, float)
        return complex(x, y) if plain else sp.sympify(x) + sp.I * sp.sympify(y)

    def _moved(self, value: Any, place: sp.Rational, dps: int | None) -> Any:
        if isinstance(value, float | np.floating):
            if not isfinite(value):
                return float(value)
            if dps is None:
                return _as_float((sp.Rational(*value.as_integer_ratio()) - place) / self.scale)
        moved = (exact(value, "the point") - place) / self.scale
        return moved if dps or moved.free_symbols else _as_float(moved)

    def back(self, y: Any, dps: int | None) -> Any:
        """Places a + 10ᵏ y of numbers y of the near law: exact ones, float64 or with digits."""
        if isinstance(y, np.ndarray):
            table = [self.back(value, dps) for value in y.ravel()]
            return np.array(table, dtype=y.dtype).reshape(y.shape)
        if isinstance(y, sp.Expr):
            return self.scale * y + self.place
        if not isfinite(y):
            return y
        if dps is None:
            return _in_range(sp.Rational(*y.as_integer_ratio()) * self.scale + self.place)
        with ctx.workprec(4 * bits_of(dps)):
            there = to_ball(y) * arb(10) ** self.exponent
            return to_mpf(there + arb(fmpq(int(self.place.p), int(self.place.q))), dps)

    def per_length(self, value: Any, dps: int | None, power: sp.Rational = sp.S.One) -> Any:
        """What is so much per length^power of Y, said of X: value/10^(k power)."""
        if not self.exponent:
            return value
        if isinstance(value, sp.Expr):
            return value * self.scale**-power
        if isinstance(value, np.ndarray):
            table = [self.per_length(entry, dps, power) for entry in value.ravel()]
            return np.array(table, dtype=value.dtype).reshape(value.shape)
        if isinstance(value, complex):
            return complex(self.per_length(value.real, dps), self.per_length(value.imag, dps))
        if isinstance(value, float):
            if not isfinite(value):
                return value
            return _in_range(sp.Rational(*value.as_integer_ratio()) / self.scale**power)
        assert dps is not None  # other numbers were asked for with digits
        with ctx.workprec(4 * bits_of(dps)):
            shrunk = arb(10) ** (-self.exponent * arb(fmpq(int(power.p), int(power.q))))
            if hasattr(value, "_mpc_"):
                return to_mpc(acb(to_ball(value.real), to_ball(value.imag)) * shrunk, dps)
            return to_mpf(to_ball(value) * shrunk, dps) if isfinite(value) else value

    def edges(self, edges: Iterable[Edge], dps: int | None) -> Edges:
        """Edges ρ ~ C|y - e|^p of the near law, said of X."""
        from freeprob.geometry.spectrum.edges import Edges

        return Edges(
            replace(
                edge,
                location=self.back(edge.location, dps),
                constant=self.per_length(edge.constant, dps, 1 + edge.exponent),
            )
            for edge in edges
        )


def _as_float(number: sp.Expr) -> Any:
    """The nearest float64; numbers beyond its range stay as they are."""
    size = abs(number)
    within = size == 0 or (size >= float(_FLOATS.tiny) and size <= float(_FLOATS.max))
    return float(number) if within else number


def _in_range(number: sp.Rational) -> float:
    """The nearest float64.

    Raises
    ------
    InvalidParameterError
        If the number is beyond its range.
    """
    if abs(number) > float(_FLOATS.max):
        raise InvalidParameterError(
            f"{sp.N(number, 5)} is beyond the range of floats: ask for digits with dps="
        )
    return float(number)


@lru_cache(maxsize=256)
def near_law(law: Law) -> Near | None:
    """The law of ordinary numbers of one far from 0 or of extreme size; None for other laws.

    It is None too where a is not rational.
    """
    try:
        first, second = (sp.sympify(moment) for moment in moments(law.system, 2))
    except (UndefinedOperationError, NoClosedFormError):
        return None
    spread = second - first**2
    if spread.free_symbols:
        return None
    place = sp.S.Zero
    if _is_far(first, spread):
        centred, place = law._centred()
        if not place.is_Rational:
            return None
        law, second = centred, spread
    exponent = _magnitude(second)
    if abs(exponent) > _ORDINARY:
        scaled = law._scaled(sp.Integer(10) ** -exponent)
        if _is_moderate(scaled):
            return Near(scaled, place, exponent)
    return Near(law, place, 0) if place else None


def _is_far(first: sp.Expr, spread: sp.Expr) -> bool:
    rational = bool(first.is_Rational and spread.is_Rational and spread > 0)
    return rational and bool(spread < first**2 * sp.Rational(RESOLVED) ** 2)


def _is_moderate(law: Law) -> bool:
    """Whether a law is written in numbers of one size: small parts of large ones stay as they are.

    Next to a part of another size float64 has no digits left for it in any units but its own.
    """
    sizes = (abs(number) for number in law.atoms(sp.Rational) if number)
    return all(1 / _MODERATE < size < _MODERATE for size in sizes)


def magnitude_of(law: Law) -> int:
    """The even k for which 10ᵏ is near the size of a law's numbers; 0 without moments."""
    try:
        return _magnitude(sp.sympify(moments(law.system, 2)[1]))
    except (UndefinedOperationError, NoClosedFormError):
        return 0


def _magnitude(square: sp.Expr) -> int:
    """The even k for which 10ᵏ is near the root of a number; 0 for 0."""
    size = sp.N(square, 15)
    if not isinstance(size, sp.Float) or size <= 0:
        return 0
    _, _, exponent, bits = size._mpf_
    return 2 * round((exponent + bits) * log10(2) / 4)
