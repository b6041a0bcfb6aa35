"""Equal parts of formulas by names, for compiled code."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.simplify.cse_main import tree_cse


def shared_parts(expr: sp.Basic) -> tuple[list[tuple[sp.Symbol, sp.Expr]], Any]:
    """Equal parts by names, then what is left, as ``lambdify`` asks for it.

    Parts are equal as they are written: SymPy's search for common factors takes q/2 for q + 1/2
    next to (2q + 1)/2.
    """
    several = isinstance(expr, sp.Tuple)
    names = sp.numbered_symbols(cls=sp.Dummy)
    parts, rest = tree_cse(list(expr.args) if several else [expr], names, {})
    return parts, sp.Tuple(*rest) if several else rest[0]
