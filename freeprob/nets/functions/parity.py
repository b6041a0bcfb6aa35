"""Parity of expressions by structure: odd functions have Gaussian mean 0."""

from __future__ import annotations

import sympy as sp

from freeprob.nets.functions.pieces import Pieces

_ODD = (
    sp.tanh,
    sp.sinh,
    sp.sin,
    sp.tan,
    sp.atan,
    sp.asinh,
    sp.erf,
    sp.erfi,
    sp.sign,
)
_EVEN = (sp.cos, sp.cosh, sp.sech, sp.Abs)


def parity(expr: sp.Expr, x: sp.Symbol) -> int | None:
    """Return 1 for an even function of ``x``, -1 for an odd one, None where it is not seen."""
    if not expr.has(x):
        return 1
    if expr == x:
        return -1
    if isinstance(expr, sp.Add):
        kinds = {parity(part, x) for part in expr.args}
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(expr, sp.Mul):
        kinds = [parity(part, x) for part in expr.args]
        return None if None in kinds else int(sp.prod(kinds))
    if isinstance(expr, sp.Pow) and not expr.exp.has(x):
        inner = parity(expr.base, x)
        if inner == -1 and expr.exp.is_integer is not True:
            return None
        return inner if inner is None or expr.exp.is_odd else 1
    if expr.args and all(parity(argument, x) == 1 for argument in expr.args):
        return 1
    if isinstance(expr, _ODD) and parity(expr.args[0], x) == -1:
        return -1
    if isinstance(expr, _EVEN) and parity(expr.args[0], x) == -1:
        return 1
    return None


def parity_of(pieces: Pieces) -> int:
    """Return 1 for an even piecewise function, -1 for an odd one, 0 where neither is seen."""
    x, parts = pieces.variable, pieces.parts
    if len(parts) == 1:
        return parity(parts[0], x) or 0
    if any(a + b != 0 for a, b in zip(pieces.breaks, reversed(pieces.breaks), strict=True)):
        return 0
    mirrored = [part.subs(x, -x, simultaneous=True) for part in reversed(parts)]
    for sign in (1, -1):
        if all(_are_equal(a, sign * b) for a, b in zip(parts, mirrored, strict=True)):
            return sign
    return 0


def _are_equal(a: sp.Expr, b: sp.Expr) -> bool:
    return a == b or sp.expand(a - b) == 0
