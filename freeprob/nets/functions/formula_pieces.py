"""The pieces that a formula consists of, or what to write instead."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.nets.functions.bound_symbol import ARGUMENT, shown
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.pieces import Pieces, split


@lru_cache(maxsize=1024)
def formula_pieces(expr: sp.Expr, order: int) -> Pieces:
    """The pieces of a derivative of the function, of order 0 or more."""
    if order:
        return formula_pieces(expr, order - 1).diff()
    try:
        return split(expr, ARGUMENT)
    except OutsideClass as reason:
        parameters = expr.free_symbols - {ARGUMENT}
        advice = "; assumptions on the parameters, such as positive=True, may decide it"
        raise UndefinedOperationError(
            f"the places where {shown(expr)} switches are not known ({reason}); where they "
            "are finitely many, write it as a Piecewise with conditions like x < 1/2, one for each "
            "place in increasing order" + (advice if parameters else "")
        ) from reason
