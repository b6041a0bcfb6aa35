"""Matrices drawn from the expression that describes them, and their comparison with a law."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import final

import numpy as np
import sympy as sp

from freeprob.ensembles import Comparison, Dense, Gram, Model, SelfAdjoint, compare, simulated
from freeprob.ensembles.spectra import generator, spectra
from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.readings.simulation import theory
from freeprob.models.letters.shapes import growing
from freeprob.models.letters.values import scaled, sized, specialised
from freeprob.models.samples.draws import Drawing


def simulate(
    expr: sp.MatrixExpr,
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
        if np.abs(matrix - adjoint).max() <= 1e-8 * np.abs(matrix).max():
            return (matrix + adjoint) / 2
    raise InvalidParameterError(
        f"{expr} is not self-adjoint, so its eigenvalues are no law on the real line: use the Gram "
        "matrix M*M.adjoint() for its singular values, or the self-adjoint BlockMatrix "
        "[[0, M], [M.adjoint(), 0]]"
    )


def check(
    expr: sp.MatrixExpr,
    values: Mapping[sp.Symbol, object] | None = None,
    n: int | None = None,
    draws: int = 8,
    rng: int | np.random.Generator | None = 0,
    executor: Executor | None = None,
    progress: bool = False,
) -> Comparison:
    """Compare the limit law of an expression with matrices drawn from the same expression.

    Moments, values of G, the distribution function, atoms and edges are each compared on the
    scale on which they fluctuate at this size: a wrong law fails.

    Parameters
    ----------
    expr
        A self-adjoint matrix expression in random letters.
    values
        A number for each parameter, and for each dimension if several grow; n scales those.
    n
        Rows of the matrices; by default as the dimensions in ``values`` say, else 1000.
    draws
        Number of matrices.
    rng
        Seed or generator; the result does not depend on the number of workers.
    executor
        Any :class:`concurrent.futures.Executor` over which to spread the draws.
    progress
        Whether to show a progress bar.

    Raises
    ------
    InvalidParameterError
        If the expression has no limit law, is not self-adjoint, or a symbol has no number.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE, Ginibre, check
    >>> N, c = sp.symbols("N c", positive=True)
    >>> X = Ginibre("X", N, N / c)
    >>> check(X * X.T * c / N + GOE("H", N), {c: "1/2"}, n=200, draws=4).passed
    True
    """
    from freeprob.models.limit_laws.law import law

    numbers, _ = scaled(expr, values, n)
    limit = law(specialised(expr, numbers))
    return compared(expr, values, limit, n, draws, rng, executor, progress)


def compared(
    expr: sp.MatrixExpr,
    values: Mapping[sp.Symbol, object] | None,
    law: Law,
    n: int | None = None,
    draws: int = 8,
    rng: int | np.random.Generator | None = 0,
    executor: Executor | None = None,
    progress: bool = False,
) -> Comparison:
    """Compare a given law without parameters with matrices drawn from an expression."""
    _, rows = scaled(expr, values, n)
    model = ExpressionModel(expr, tuple((values or {}).items()))
    if not growing(expr):
        # there is no smaller matrix of this kind that would show the bias
        drawn = spectra(model, rows, draws, rng, executor=executor, progress=progress)
        return compare(drawn, theory(law))
    return simulated(model, theory(law), rows, draws, rng, executor=executor, progress=progress)
