"""Limit laws beside matrices drawn from the same expression."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np
import sympy as sp

from freeprob.ensembles import Comparison, compare, simulated
from freeprob.ensembles.spectra import spectra
from freeprob.laws.base import Law
from freeprob.laws.matrices.simulation import theory
from freeprob.models.letters.letters import matrix_expression
from freeprob.models.letters.shapes import growing
from freeprob.models.letters.values import scaled, specialised
from freeprob.models.limit_laws.law import law as limit_law
from freeprob.models.samples.sampling import ExpressionModel


def check(
    expr: sp.Expr,
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

    Returns
    -------
    Comparison

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
    expr = matrix_expression(expr, "check")
    numbers, _ = scaled(expr, values, n)
    limit = limit_law(specialised(expr, numbers))
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
