"""Matrices drawn from the expression that describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import sympy as sp

from freeprob.ensembles import Dense, Gram, Model, SelfAdjoint
from freeprob.errors import InvalidParameterError
from freeprob.models.letters.letters import matrix_expression
from freeprob.models.letters.values import scaled, sized
from freeprob.models.samples.draws import Drawing
from freeprob.parameters import generator

_SYMMETRIC = 1e-8  # relative: products and inverses round by less, other expressions differ by more


def simulate(
    expr: sp.Expr,
    values: Mapping[sp.Symbol, object] | None = None,
    N: int | None = None,
    rng: int | np.random.Generator | None = 0,
) -> np.ndarray:
    """One random matrix, drawn from the expression that describes it.

    Every letter is drawn once, so all its occurrences are one matrix. For one seed a Gaussian or
    Haar letter of the same name and size is the same matrix in every expression:
    ``simulate(X * X.T)`` is ``simulate(X) @ simulate(X).T``.

    Parameters
    ----------
    expr
        A matrix expression in random letters, self-adjoint or not, square or not.
    values
        A number for each parameter, and for each dimension if several grow.
    N
        Value of the one symbol that grows, 1000 unless given here or in ``values``. Dimensions
        such as N/c that are no whole numbers are rounded up or down at random with the right
        mean.
    rng
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        ``float64``, or ``complex128`` if a letter or a factor is complex. A deterministic matrix
        has the quantiles of its law as eigenvalues; its eigenvectors are the coordinate axes for
        the first such letter or family of the expression, uniformly random for the others.

    Raises
    ------
    InvalidParameterError
        If a symbol has no number, shapes do not fit, an operation is no matrix algebra, or an
        inverse does not exist.

    Examples
    --------
    >>> import numpy as np, sympy as sp
    >>> from freeprob import Ginibre, simulate
    >>> N, c = sp.symbols("N c", positive=True)
    >>> X = Ginibre("X", N, N / c)
    >>> wishart = simulate(X * X.T * c / N, {c: 2}, N=400)
    >>> wishart.shape, int(np.linalg.matrix_rank(wishart))
    ((400, 400), 200)
    """
    expr = matrix_expression(expr, "simulate")
    numbers = sized(expr, values, N)
    return Drawing(expr, numbers, generator(rng)).matrix(expr)


@final
@dataclass(frozen=True)
class ExpressionModel(Model):
    """The random matrices of a self-adjoint expression, of every size.

    Parameters
    ----------
    expr
        A self-adjoint matrix expression in random letters.
    values
        Pairs of symbol and number: the parameters, and the dimensions up to a common factor if
        several grow.

    Examples
    --------
    >>> import numpy as np, sympy as sp
    >>> from freeprob import GOE
    >>> H = GOE("H", sp.Symbol("N", positive=True))
    >>> ExpressionModel(H**2).spectrum(200, np.random.default_rng(0)).mean().round(1)
    np.float64(1.0)
    """

    expr: sp.MatrixExpr
    values: tuple[tuple[sp.Symbol, object], ...] = ()

    @property
    def invariant(self) -> bool:
        """False: blocks and deterministic letters fix a basis."""
        return False

    def draw(self, n: int, rng: np.random.Generator, beta: int = 1) -> SelfAdjoint:
        """One matrix with n rows.

        Raises
        ------
        InvalidParameterError
            If the matrix is not self-adjoint, or ``beta`` is not 1: letters themselves say
            whether they are complex.
        """
        if beta != 1:
            raise InvalidParameterError(
                f"beta = {beta}: the letters of an expression say whether they are complex, such "
                "as GUE or Ginibre(..., complex=True)"
            )
        numbers, rows = scaled(self.expr, dict(self.values), n)
        drawing = Drawing(self.expr, numbers, rng, rows)
        scale, factor = _gram_factor(self.expr)
        if factor is not None and drawing.number(scale).real > 0:
            return Gram(np.sqrt(drawing.number(scale).real) * drawing.matrix(factor))
        return Dense(_self_adjoint(drawing.matrix(self.expr), self.expr))


def _gram_factor(expr: sp.MatrixExpr) -> tuple[sp.Expr, sp.MatrixExpr | None]:
    """Scale s and factor F of an expression s F F*; no factor for others."""
    if not isinstance(expr, sp.MatMul):
        return sp.S.One, None
    coefficient, matrices = expr.as_coeff_matrices()
    half, odd = divmod(len(matrices), 2)
    adjoints = [matrix.adjoint() for matrix in reversed(matrices[:half])]
    if odd or adjoints != list(matrices[half:]) or coefficient.is_real is False:
        return coefficient, None
    return coefficient, sp.MatMul(*matrices[:half])


def _self_adjoint(matrix: np.ndarray, expr: sp.MatrixExpr) -> np.ndarray:
    """The matrix without rounding errors that break its symmetry."""
    rows, columns = matrix.shape
    if rows == columns:
        adjoint = matrix.conj().T
        if np.abs(matrix - adjoint).max() <= _SYMMETRIC * np.abs(matrix).max():
            return (matrix + adjoint) / 2
    raise InvalidParameterError(
        f"{expr} is not self-adjoint, so its eigenvalues are no law on the real line: use the Gram "
        "matrix M*M.adjoint() for its singular values, or the self-adjoint BlockMatrix "
        "[[0, M], [M.adjoint(), 0]]"
    )
