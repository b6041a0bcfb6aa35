"""The kinks of an activation, and how it behaves at zero and towards the two infinities."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.nets.activations.activations import Activation


def slope_jumps(activation: Activation) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """The places where f' jumps, and by how much."""
    masses = activation.pieces_of(2).masses
    return tuple((place, weight) for place, order, weight in masses if order == 0)


def slopes_at_infinity(activation: Activation) -> tuple[sp.Expr, sp.Expr]:
    """The limits of f(x)/x as x goes to minus and plus infinity; may be infinite."""
    return _ends(activation, lambda part, w: part / w)


def values_at_infinity(activation: Activation) -> tuple[sp.Expr, sp.Expr]:
    """The limits of f(x) as x goes to minus and plus infinity; may be infinite."""
    return _ends(activation, lambda part, w: part)


def slopes_at_zero(activation: Activation) -> tuple[sp.Expr, sp.Expr]:
    """The left and right derivatives at zero."""
    pieces = activation.pieces
    w = pieces.variable
    around = [part for left, right, part in pieces.intervals() if left <= 0 <= right]
    return tuple(_limit(sp.diff(part, w), w, sp.S.Zero) for part in (around[0], around[-1]))


def _ends(
    activation: Activation, of: Callable[[sp.Expr, sp.Symbol], sp.Expr]
) -> tuple[sp.Expr, sp.Expr]:
    """The limits of something made of the outermost parts."""
    pieces = activation.pieces
    w = pieces.variable
    ends = ((pieces.parts[0], -sp.oo), (pieces.parts[-1], sp.oo))
    return tuple(_limit(of(part, w), w, end) for part, end in ends)


@lru_cache(maxsize=512)
def _limit(part: sp.Expr, w: sp.Symbol, end: sp.Expr) -> sp.Expr:
    """The limit of a smooth part towards one end of its interval."""
    limit = part.subs(w, end) if end == 0 else sp.limit(part, w, end)
    if end == 0 and not limit.is_finite:
        limit = sp.limit(part, w, end)
    # SymPy writes a limit of growing oscillations with AccumBounds anywhere inside
    if not limit.is_extended_real or limit.has(sp.AccumBounds, sp.Limit, sp.nan):
        raise UndefinedOperationError(
            f"the behaviour of the activation towards {end} could not be decided: {part}; "
            "means and kernels at given lengths ask for no limit"
        )
    return limit
