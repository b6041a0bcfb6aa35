"""What every letter is: a named matrix symbol with dimensions and parameters."""

from __future__ import annotations

from typing import ClassVar

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixSymbol

from freeprob.errors import InvalidParameterError
from freeprob.parameters import exact, require


class RandomMatrix(MatrixSymbol):
    """A letter: name, dimensions, and how its entries are drawn. Final subclasses below."""

    self_adjoint: ClassVar[bool] = True
    """Whether the matrix equals its adjoint."""

    gaussian: ClassVar[bool] = False
    """Whether its entries are Gaussian: it is then given by a covariance alone."""

    complex_entries: ClassVar[bool] = False
    """Whether its entries are complex."""

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Rows and columns; the last argument but the parameters."""
        return self.args[-1], self.args[-1]

    def scalars(self) -> tuple[sp.Expr, ...]:
        """Dimensions and parameters, those inside a law too."""
        bound = bound_symbols(self)
        nodes = (node for part in self.args for node in sp.preorder_traversal(part))
        return tuple(
            node
            for node in nodes
            if isinstance(node, sp.Expr)
            and not isinstance(node, sp.MatrixExpr)
            and not node.free_symbols & bound
        )

    def _eval_transpose(self) -> sp.MatrixExpr:
        real = self.self_adjoint and not self.complex_entries
        return self if real else super()._eval_transpose()

    def _eval_adjoint(self) -> sp.MatrixExpr:
        if self.self_adjoint:
            return self
        return sp.Adjoint(self) if self.complex_entries else sp.Transpose(self)

    def _eval_conjugate(self) -> sp.MatrixExpr:
        return super()._eval_conjugate() if self.complex_entries else self


def letter_name(name: object) -> Str:
    """A letter's name."""
    if isinstance(name, Str):
        return name
    if isinstance(name, str) and name:
        return Str(name)
    raise InvalidParameterError(f"the name of a random matrix is a text such as 'X', got {name!r}")


def dimension(value: object, what: str) -> sp.Expr:
    """A positive number or expression that counts rows or columns."""
    size = exact(value, what)
    require(size > 0, f"{what} must be positive, got {size}")
    if size.is_integer is False:
        raise InvalidParameterError(f"{what} must be a whole number or a symbol, got {size}")
    return size


def positive_variance(value: object) -> sp.Expr:
    """A variance, which must be positive."""
    variance = exact(value, "variance")
    require(variance > 0, f"variance must be positive, got {variance}")
    return variance


def bound_symbols(expr: sp.Basic) -> set[sp.Symbol]:
    """Variables of the functions and means by which laws and parameters of letters are given."""
    inner = (getattr(node, "bound_symbols", ()) for node in sp.preorder_traversal(expr))
    return {symbol for symbols in inner for symbol in symbols}
