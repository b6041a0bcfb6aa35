"""Reading SymPy matrix expressions as realisations."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import final

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixSymbol

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.models.letters.letters import letters_of, refuse_operation, refuse_unknown
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.pencils import realization as build
from freeprob.models.pencils.realization import Key, Realization
from freeprob.models.pencils.scalars import Scalars, scalars_of
from freeprob.parameters import exact


def realized(
    expr: sp.MatrixExpr, centres: dict[RandomMatrix, sp.Expr] | None = None
) -> Realization:
    """A realisation of a matrix expression in random letters.

    Parameters
    ----------
    expr
        Any rational matrix expression.
    centres
        Multiples of the identity around which square letters are expanded; 0 for others.

    Raises
    ------
    InvalidParameterError
        For symbols without law, shapes that differ, or operations that are no matrix algebra.
    ZeroDivisionError
        If an inverse does not exist at the centre of all letters.
    """
    if not isinstance(expr, sp.MatrixExpr):
        raise InvalidParameterError(
            f"expected a matrix expression in random letters, got {type(expr).__name__} {expr}"
        )
    centres = centres or {}
    scalars = scalars_of([*_scalars_in(expr), *centres.values()])
    return _Reader(scalars, centres).read(expr)


def _scalars_in(expr: sp.Basic) -> list[sp.Expr]:
    """Scalar factors of all products."""
    if isinstance(expr, sp.MatMul):
        coefficient, matrices = expr.as_coeff_matrices()
        return [exact_scalar(coefficient), *(s for m in matrices for s in _scalars_in(m))]
    if isinstance(expr, RandomMatrix):
        return list(expr.scalars())
    if isinstance(expr, MatrixSymbol):
        return []
    return [scalar for part in expr.args for scalar in _scalars_in(part)]


def exact_scalar(value: sp.Expr) -> sp.Expr:
    """A scalar factor, floating-point numbers read as the decimals they print; complex allowed."""
    floats = {number: exact(number) for number in value.atoms(sp.Float)}
    return sp.sympify(value).xreplace(floats)


@final
class _Reader:
    """Recursion over the tree with one field of scalars."""

    def __init__(self, scalars: Scalars, centres: dict[RandomMatrix, sp.Expr]) -> None:
        self._scalars = scalars
        self._centres = centres

    def read(self, expr: sp.MatrixExpr) -> Realization:
        """One expression."""
        if isinstance(expr, RandomMatrix):
            return self._letter(Key(expr))
        if isinstance(expr, MatrixSymbol):
            refuse_unknown(expr)
        if isinstance(expr, sp.Identity):
            return build.constant(self._scalars, expr.shape[0], self._scalars.one)
        if isinstance(expr, sp.ZeroMatrix):
            return build.zero(self._scalars, *expr.shape)
        if isinstance(expr, sp.MatAdd):
            return self._sum(expr)
        if isinstance(expr, sp.MatMul):
            return self._product(expr)
        if isinstance(expr, sp.MatPow):
            return self._power(expr)
        if isinstance(expr, sp.Transpose | sp.Adjoint):
            return self._adjoint(expr)
        if isinstance(expr, sp.BlockMatrix):
            rows, columns = expr.blockshape
            read = [[self.read(expr.blocks[i, j]) for j in range(columns)] for i in range(rows)]
            return build.stacked(read)
        refuse_operation(expr)

    def _letter(self, key: Key) -> Realization:
        found = build.letter(self._scalars, key)
        if key.letter not in self._centres:
            return found
        centre = self._scalars.read(self._centres[key.letter])
        return build.total(found, build.constant(self._scalars, key.shape[0], centre))

    def _sum(self, expr: sp.MatAdd) -> Realization:
        terms = [self.read(term) for term in expr.args]
        widest = max(terms, key=lambda term: len(term.rows))
        same = [self._spread(term, widest) for term in terms]
        for term, read, source in zip(terms, same, expr.args, strict=True):
            if read.rows != widest.rows or read.columns != widest.columns:
                raise InvalidParameterError(
                    f"the terms of a sum must have one shape, but {source} has rows {term.rows} "
                    f"and columns {term.columns} next to {widest.rows} and {widest.columns}"
                )
        return reduce(build.total, same)

    def _spread(self, term: Realization, widest: Realization) -> Realization:
        """A multiple of the identity as a block-diagonal one where its neighbours have blocks."""
        if len(term.rows) == len(widest.rows) or term.A or widest.rows != widest.columns:
            return term
        if sp.expand(sp.Add(*widest.rows) - term.rows[0]) != 0:
            return term
        value = term.constant()[0][0]
        blocks = [
            [
                build.constant(self._scalars, row, value)
                if i == j
                else build.zero(self._scalars, row, column)
                for j, column in enumerate(widest.columns)
            ]
            for i, row in enumerate(widest.rows)
        ]
        return build.stacked(blocks)

    def _product(self, expr: sp.MatMul) -> Realization:
        coefficient, matrices = expr.as_coeff_matrices()
        factors = [self.read(matrix) for matrix in matrices]
        for (left, one), (right, other) in pairwise(zip(factors, matrices, strict=True)):
            if left.columns != right.rows:
                raise InvalidParameterError(
                    f"{one} has {sp.Add(*left.columns)} columns and {other} has "
                    f"{sp.Add(*right.rows)} rows: the product needs them to be one expression"
                )
        found = reduce(build.product, factors)
        if coefficient == 1:
            return found
        return found.scaled(self._scalars.read(exact_scalar(coefficient)))

    def _power(self, expr: sp.MatPow) -> Realization:
        base, exponent = expr.base, expr.exp
        if not exponent.is_Integer:
            raise InvalidParameterError(
                f"{expr}: a root is read where it stands on both sides of a matrix without its "
                f"letter, as in {expr}*X*X.T*{expr}, and the letter has no negative eigenvalues; "
                "elsewhere give the root a letter of its own, R = Deterministic('R', its law, n), "
                f"and write powers of R for {base}"
            )
        read = self.read(base)
        if read.rows != read.columns:
            raise InvalidParameterError(f"{base} is not square: it has no powers")
        if exponent == 0:
            return self.read(sp.Identity(base.shape[0]))
        if exponent < 0:
            try:
                read = build.inverse(read)
            except ZeroDivisionError:
                raise SingularCentreError(base) from None
        return reduce(build.product, [read] * abs(int(exponent)))

    def _adjoint(self, expr: sp.Transpose | sp.Adjoint) -> Realization:
        inside = expr.arg
        if isinstance(expr, sp.Transpose) and _has_complex(inside):
            raise UndefinedOperationError(
                f"{expr}: the transpose of a complex random matrix is no function of it and its "
                "adjoint; use .adjoint()"
            )
        return self.read(inside).adjoint()


class SingularCentreError(ZeroDivisionError):
    """An inverse that does not exist where all letters stand at their centres."""

    def __init__(self, base: sp.MatrixExpr) -> None:
        super().__init__(f"{base} is singular at the centre of its letters")
        self.base = base


def _has_complex(expr: sp.MatrixExpr) -> bool:
    return any(letter.complex_entries for letter in letters_of(expr)) or any(
        scalar.has(sp.I) for scalar in _scalars_in(expr)
    )
