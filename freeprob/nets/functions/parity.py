"""Parity of expressions by structure: odd functions have Gaussian mean 0."""

from __future__ import annotations

import sympy as sp

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
