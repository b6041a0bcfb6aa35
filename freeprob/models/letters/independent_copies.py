"""Expressions that share some letters and have the others drawn afresh: variances as traces."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.models.letters.free_copies import renamed
from freeprob.models.letters.letters import letters_of, matrix_expression
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spectral_letters import JointlyDiagonal
from freeprob.parameters import count as whole
from freeprob.parameters import many


def independent_copies(
    expr: sp.Expr, fresh: Iterable[RandomMatrix] | RandomMatrix, count: int = 2
) -> tuple[sp.MatrixExpr, ...]:
    """Copies of an expression in which some letters are drawn anew and all others are shared.

    With X₁, X₂ the copies of X(W, D), fresh in W, lim tr X₁X₂ᵀ = tr E[X | D] E[X | D]ᵀ: what is
    left of the mean square after averaging over W. Differences of such traces are the terms of a
    decomposition of variance.

    Parameters
    ----------
    expr
        A matrix expression in random letters.
    fresh
        Its letters to be drawn anew, each with its whole jointly diagonal family.
    count
        Number of copies; the first is the expression itself.

    Returns
    -------
    tuple of MatrixExpr

    Raises
    ------
    InvalidParameterError
        If ``expr`` is no matrix expression or a fresh letter does not occur in it.

    Source: Adlam-Pennington 2020 (fine-grained bias-variance decomposition).

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Ginibre, independent_copies, normalized_trace
    >>> N = sp.Symbol("N", positive=True)
    >>> W, D = Ginibre("W", N, N, 1 / N), Ginibre("D", N, N, 1 / N)
    >>> one, two = independent_copies(W * D + D, fresh=(W,))
    >>> normalized_trace(one * one.T).evaluate(), normalized_trace(one * two.T).evaluate()
    (2.0, 1.0)
    """
    expr = matrix_expression(expr, "independent_copies")
    letters = letters_of(expr)
    chosen = [fresh] if isinstance(fresh, RandomMatrix) else many(fresh, "fresh")
    for letter in chosen:
        if not isinstance(letter, RandomMatrix) or letter not in letters:
            names = ", ".join(str(known) for known in letters) or "none"
            raise InvalidParameterError(
                f"{letter!r} is no letter of the expression, whose letters are {names}"
            )
    anew = [letter for letter in letters if any(_together(letter, other) for other in chosen)]
    copies, taken = [expr], {letter.name for letter in letters}
    for _ in range(1, whole(count, "count", least=1)):
        mark = _mark([letter.name for letter in anew], taken)
        copies.append(expr.xreplace({letter: renamed(letter, mark) for letter in anew}))
        taken |= {f"{letter.name}{mark}" for letter in anew}
    return tuple(copies)


def _together(letter: RandomMatrix, other: RandomMatrix) -> bool:
    """Whether two letters are one draw: the same, or of one jointly diagonal family."""
    if isinstance(letter, JointlyDiagonal) and isinstance(other, JointlyDiagonal):
        return letter.family == other.family
    return letter == other


def _mark(names: list[str], taken: set[str]) -> str:
    """What follows the names of one copy, so that none is taken."""
    mark = "′"
    while any(f"{name}{mark}" in taken for name in names):
        mark += "′"
    return mark
