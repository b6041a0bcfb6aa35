"""Random matrices as SymPy matrix symbols: the letters of an expression.

Letters of one name are one matrix; letters of different names are independent, which makes them
asymptotically free. Sums, products, transposes, inverses and powers are SymPy's own.
"""

from __future__ import annotations

from typing import NoReturn

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixSymbol

from freeprob.errors import InvalidParameterError
from freeprob.models.letters.random_matrix import RandomMatrix


def refuse_unknown(letter: MatrixSymbol) -> NoReturn:
    """A plain matrix symbol has no law."""
    raise InvalidParameterError(
        f"{letter} is a plain MatrixSymbol and has no law: use Ginibre, GOE, GUE, HaarOrthogonal, "
        f"Projection or Deterministic({str(letter)!r}, law, n)"
    )


def refuse_operation(expr: sp.Basic) -> NoReturn:
    """What is no rational operation on matrices has no limit law here."""
    if not isinstance(expr, sp.MatrixExpr):
        raise InvalidParameterError(
            f"expected a matrix expression in random letters, got {type(expr).__name__} {expr}"
        )
    if isinstance(expr, sp.BlockMatrix):
        raise InvalidParameterError(
            "blocks have no equivalent of their own here: write the block that you want, as "
            "(A - B*D.inverse()*C).inverse() for the first one of the inverse of [[A, B], [C, D]]"
        )
    raise InvalidParameterError(
        f"{type(expr).__name__} {expr} is no operation on random matrices here: use sums, "
        "products, scalar multiples, transposes and adjoints, inverses, integer powers, Identity, "
        "ZeroMatrix and BlockMatrix"
    )


def matrix_expression(expr: object, asked: str) -> sp.MatrixExpr:
    """Read a matrix expression, which SymPy's own operators declare to be any expression.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    if not isinstance(expr, sp.MatrixExpr):
        raise InvalidParameterError(
            f"{asked} takes a matrix expression in random letters such as GOE('H', N), "
            f"got {expr!r:.80}"
        )
    return expr


def letters_of(expr: sp.Basic) -> tuple[RandomMatrix, ...]:
    """All random letters of an expression, in a fixed order.

    Raises
    ------
    InvalidParameterError
        If two different letters have one name.
    """
    found: dict[str, RandomMatrix] = {}
    for part in sp.preorder_traversal(expr):
        if isinstance(part, RandomMatrix):
            known = found.setdefault(part.name, part)
            if known != part:
                raise InvalidParameterError(
                    f"the name {part.name} stands for two different matrices: {sp.srepr(known)} "
                    f"and {sp.srepr(part)}; give each its own name"
                )
    return tuple(found[name] for name in sorted(found))
