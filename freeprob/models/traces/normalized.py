"""The deterministic equivalent of a normalised trace, by what its letters are known of."""

from __future__ import annotations

import sympy as sp

from freeprob.models.equivalents.deterministic_equivalent import DeterministicTrace
from freeprob.models.letters.letters import letters_of, matrix_expression
from freeprob.models.letters.shapes import require_square
from freeprob.models.letters.spectral_letters import Deterministic
from freeprob.models.traces.traces import TraceEquivalent


def normalized_trace(expr: sp.Expr) -> TraceEquivalent | DeterministicTrace:
    """The deterministic equivalent of tr r / dimension of a rational matrix expression.

    Any number of resolvents may occur, as in tr A (M + γ)⁻¹ B (M + γ)⁻¹; the expression need not be
    self-adjoint.

    Parameters
    ----------
    expr
        A square matrix expression in random letters, of order one.

    Returns
    -------
    TraceEquivalent or DeterministicTrace
        With ``equations()``, ``subs()``, ``evaluate(dps)`` and ``series(order)``. Where a letter
        has no law, in terms of traces of deterministic matrices, and
        ``evaluate(values, data={...})`` takes matrices for the letters.

    Raises
    ------
    InvalidParameterError
        If the expression is no square matrix expression, or grows with the dimensions.

    Source: Helton-Rashidi Far-Speicher 2007; Hachem-Loubaton-Najim 2007.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Ginibre, normalized_trace
    >>> N = sp.Symbol("N", positive=True)
    >>> X = Ginibre("X", N, N)
    >>> trace = normalized_trace((X * X.T / N + 2 * sp.Identity(N)).inverse())
    >>> print(trace.evaluate(dps=20))
    0.36602540378443864676
    """
    expr = matrix_expression(expr, "normalized_trace")
    require_square(expr)
    letters = letters_of(expr)
    stays = any(isinstance(letter, Deterministic) and letter.stays_letter for letter in letters)
    if stays or any(not power.exp.is_Integer for power in expr.atoms(sp.MatPow)):
        return DeterministicTrace.of(expr)
    return TraceEquivalent.of(expr)
