"""Derivatives of rational matrix expressions by a scalar parameter."""

from __future__ import annotations

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.models.letters.letters import letters_of, refuse_operation


def derivative(expr: sp.MatrixExpr, symbol: sp.Symbol) -> sp.MatrixExpr:
    """The derivative, by the product rule and (M⁻¹)' = -M⁻¹ M' M⁻¹.

    Raises
    ------
    InvalidParameterError
        If a letter or a dimension depends on the symbol.
    """
    for letter in letters_of(expr):
        if letter.has(symbol):
            raise InvalidParameterError(
                f"the letter {letter} depends on {symbol}: write {symbol} as a factor of it"
            )
    return _derivative(expr, symbol)


def _derivative(expr: sp.MatrixExpr, symbol: sp.Symbol) -> sp.MatrixExpr:
    if not expr.has(symbol):
        return sp.ZeroMatrix(*expr.shape)
    if isinstance(expr, sp.MatAdd):
        return _sum(expr.shape, [_derivative(term, symbol) for term in expr.args])
    if isinstance(expr, sp.Transpose | sp.Adjoint):
        return _sum(expr.shape, [expr.func(_derivative(expr.arg, symbol))])
    if isinstance(expr, sp.MatMul):
        coefficient, matrices = expr.as_coeff_matrices()
        own = sp.diff(coefficient, symbol)
        return _sum(expr.shape, _product(coefficient, own, matrices, symbol))
    if isinstance(expr, sp.MatPow) and expr.exp.is_Integer:
        if expr.exp > 0:
            return _sum(expr.shape, _product(sp.S.One, sp.S.Zero, [expr.base] * expr.exp, symbol))
        inverse = sp.MatPow(expr.base, -1)
        if expr.exp < -1:
            factors = [inverse] * int(-expr.exp)
            return _sum(expr.shape, _product(sp.S.One, sp.S.Zero, factors, symbol))
        inner = _derivative(expr.base, symbol)
        return _sum(expr.shape, [] if _vanishes(inner) else [-inverse * inner * inverse])
    refuse_operation(expr)


def _product(
    coefficient: sp.Expr, own: sp.Expr, matrices: list[sp.MatrixExpr], symbol: sp.Symbol
) -> list[sp.MatrixExpr]:
    """The terms of the product rule."""
    terms = [own * sp.MatMul(*matrices)] if own != 0 else []
    for place, matrix in enumerate(matrices):
        inner = _derivative(matrix, symbol)
        if not _vanishes(inner):
            factors = [*matrices[:place], inner, *matrices[place + 1 :]]
            terms.append(coefficient * sp.MatMul(*factors))
    return terms


def _sum(shape: tuple[sp.Expr, sp.Expr], terms: list[sp.MatrixExpr]) -> sp.MatrixExpr:
    left = [term for term in terms if not _vanishes(term)]
    if not left:
        return sp.ZeroMatrix(*shape)
    return left[0] if len(left) == 1 else sp.MatAdd(*left)


def _vanishes(matrix: sp.MatrixExpr) -> bool:
    return isinstance(matrix, sp.ZeroMatrix)
