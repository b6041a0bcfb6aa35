"""The pieces that a formula consists of, or what to write instead."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.errors import BudgetExceededError, UndefinedOperationError
from freeprob.nets.functions.bound_symbol import ARGUMENT, shown
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.pieces import Pieces, split

# operations of a derivative that takes seconds; those of tanh double with each order
_LONGEST = 20_000


def formula_pieces(expr: sp.Expr, order: int) -> Pieces:
    """The pieces of a derivative of the function, of order 0 or more.

    Raises
    ------
    UndefinedOperationError
        If it is not known where the function switches.
    BudgetExceededError
        If the formula of the derivative is too long.
    """
    pieces = _pieces(expr)
    for k in range(order):
        if sum(part.count_ops() for part in pieces.parts) > _LONGEST:
            raise BudgetExceededError(
                f"derivative {k} of {shown(expr)} has more than {_LONGEST} operations, and those "
                f"of order {order} are out of reach: take a lower order"
            )
        pieces = _derivative(pieces)
    return pieces


@lru_cache(maxsize=1024)
def _derivative(pieces: Pieces) -> Pieces:
    return pieces.diff()


@lru_cache(maxsize=1024)
def _pieces(expr: sp.Expr) -> Pieces:
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
