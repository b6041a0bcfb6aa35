"""Products and sums of letters with common eigenvectors, as letters of the same family.

Functions of jointly diagonal matrices are jointly diagonal with them: where they stand next to
each other, as in A B or A² + B, one letter takes their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp
from sympy.core.symbol import Str

from freeprob.errors import UndefinedOperationError
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.spectral_letters import JointlyDiagonal


def merged(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """The expression with one letter for each function of jointly diagonal matrices.

    Raises
    ------
    UndefinedOperationError
        If an inverse does not exist.
    """
    families = {
        letter.family: letter
        for letter in letters_of(expr)
        if isinstance(letter, JointlyDiagonal) and len(letter.family) > 1
    }
    for family, first in families.items():
        parts: list[sp.MatrixExpr] = []
        expr = _collected(expr, family, parts)
        if parts:
            expr = expr.xreplace(_extended(expr, first, parts)).doit()
    return expr


def _collected(
    expr: sp.MatrixExpr, family: Sequence[str], parts: list[sp.MatrixExpr]
) -> sp.MatrixExpr:
    """Functions of the family replaced by plain symbols, which are counted off in ``parts``."""
    if not isinstance(expr, sp.MatrixExpr) or isinstance(expr, sp.MatrixSymbol | sp.Identity):
        return expr
    if _is_function(expr, family):
        return _placeholder(expr, parts)
    if isinstance(expr, sp.MatAdd):
        own = [term for term in expr.args if _is_function(term, family)]
        rest = [_collected(term, family, parts) for term in expr.args if term not in own]
        joined = [_placeholder(sp.MatAdd(*own), parts)] if len(own) > 1 else own
        return sp.MatAdd(*(_collected(term, family, parts) for term in joined), *rest)
    if not isinstance(expr, sp.MatMul):
        return expr.func(*(_collected(part, family, parts) for part in expr.args))
    coefficient, factors = expr.as_coeff_matrices()
    runs: list[list[sp.MatrixExpr]] = []
    for factor in factors:
        joins = runs and _is_function(factor, family) and _is_function(runs[-1][0], family)
        if joins:
            runs[-1].append(factor)
        else:
            runs.append([factor])
    written = [
        _placeholder(sp.MatMul(*run), parts) if len(run) > 1 else _collected(run[0], family, parts)
        for run in runs
    ]
    return sp.MatMul(coefficient, *written)


def _is_function(expr: sp.MatrixExpr, family: Sequence[str]) -> bool:
    """Whether all letters are of the family; blocks are not asked."""
    letters = letters_of(expr)
    return (
        bool(letters)
        and not expr.has(sp.BlockMatrix)
        and all(isinstance(l, JointlyDiagonal) and l.family == tuple(family) for l in letters)
    )


def _placeholder(expr: sp.MatrixExpr, parts: list[sp.MatrixExpr]) -> sp.MatrixExpr:
    """A symbol that stands for a function."""
    if expr not in parts:
        parts.append(expr)
    return sp.MatrixSymbol(_name(parts.index(expr)), *expr.shape)


def _name(place: int) -> str:
    return f"function {place} of a family"


def _extended(
    expr: sp.MatrixExpr, first: JointlyDiagonal, parts: Sequence[sp.MatrixExpr]
) -> dict[sp.Basic, sp.MatrixExpr]:
    """The family's letters and the symbols as letters of a family with the functions in it."""
    places = [dict(zip(first.family, place, strict=True)) for place, _ in first.spectrum]
    # functions with equal values are one matrix: A B and B A
    values = [tuple(_value(part, place) for place in places) for part in parts]
    shown = {own: str(part) for own, part in reversed([*zip(values, parts, strict=True)])}
    columns = zip(first.spectrum, *shown, strict=True)
    spectrum = sp.Tuple(
        *(sp.Tuple(sp.Tuple(*place, *own), weight) for (place, weight), *own in columns)
    )
    family, size = sp.Tuple(*map(Str, (*first.family, *shown.values()))), first.shape[0]
    known: dict[sp.Basic, sp.MatrixExpr] = {
        letter: JointlyDiagonal(letter.name, family, spectrum, size)
        for letter in letters_of(expr)
        if isinstance(letter, JointlyDiagonal) and letter.family == first.family
    }
    for place, own in enumerate(values):
        symbol = sp.MatrixSymbol(_name(place), *parts[place].shape)
        known[symbol] = JointlyDiagonal(shown[own], family, spectrum, size)
    return known


def _value(expr: sp.Basic, place: Mapping[str, sp.Expr]) -> sp.Expr:
    """The eigenvalue of a function at a joint eigenvalue."""
    if isinstance(expr, JointlyDiagonal):
        return place[expr.name]
    if isinstance(expr, sp.Identity):
        return sp.S.One
    if isinstance(expr, sp.MatPow):
        base = _value(expr.base, place)
        if base == 0 and expr.exp.is_negative:
            raise UndefinedOperationError(
                f"{expr.base} has the eigenvalue 0, so {expr} does not exist: add a multiple of "
                "the Identity"
            )
        return base**expr.exp
    if isinstance(expr, sp.Transpose | sp.Adjoint):
        return _value(expr.arg, place)
    if isinstance(expr, sp.MatAdd):
        return sp.Add(*(_value(part, place) for part in expr.args))
    coefficient, factors = expr.as_coeff_matrices()
    return sp.Mul(coefficient, *(_value(factor, place) for factor in factors))
