"""How sums over the eigenvalues of a random-matrix expression fluctuate."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.functionals.fluctuations import Fluctuation, composed, from_kernel
from freeprob.models.dyson.dyson import dyson_of
from freeprob.models.letters.commuting import merged
from freeprob.models.letters.free_copies import with_free_copies
from freeprob.models.letters.gaussian_letters import GOE, GUE
from freeprob.models.letters.haar_letters import HaarLetter
from freeprob.models.letters.inverse_products import with_joined_inverses, with_projections
from freeprob.models.letters.letters import letters_of, matrix_expression
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.shapes import unit_of
from freeprob.models.letters.spikes import FixedRank
from freeprob.models.limit_laws.law import law, pencil_of_written
from freeprob.models.solutions.coupled import coupled
from freeprob.models.solutions.two_resolvents import PencilKernel


def fluctuation(expr: sp.Expr, f: Any, x: Any = None, g: Any = None) -> Fluctuation:
    """Fluctuations of Σ f(λ) over the eigenvalues of a random-matrix expression.

    The covariance of two resolvents is -log det(1 - K) of the two-point form of the matrix Dyson
    equation, K(T) = Σ weight · C G(x) T G(y) C* for Gaussian letters. Unlike ``law(expr)``, which
    may be the law of other matrices, too, it knows the expression: H² of a GOE matrix has the law
    of a Wishart matrix, and other fluctuations.

    Parameters
    ----------
    expr
        A self-adjoint expression with real coefficients in Gaussian and Haar letters, all real or
        all complex, and in deterministic letters with finitely many eigenvalues, in general
        position. A Haar letter rotates others, as in U A U*, or occurs once with its adjoint.
    f, g
        A SymPy expression in ``x``, an ``Activation``, or a Python function of one number, smooth
        on the support; g is f by default.
    x
        The variable.

    Returns
    -------
    Fluctuation
        ``mean_shift`` and ``covariance``: floats, right to about ten digits, and as for
        :meth:`Law.fluctuation` for functions of one letter.

    Raises
    ------
    UndefinedOperationError
        For deterministic letters of other laws, real and complex letters together, random letters
        next to their rotations, or transposes of complex letters.
    ConvergenceError
        If a function is not smooth on the support, or cuts nearly touch.

    Notes
    -----
    Source: Mingo-Speicher 2006 (annular diagrams); Collins, Mingo, Śniady, Speicher 2007.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE
    >>> N = sp.Symbol("N", positive=True)
    >>> y, z, t = GOE("y", N), GOE("z", N), sp.Symbol("t")
    >>> round(fluctuation(y * z + z * y, t**2, t).covariance, 6)
    56.0
    >>> fluctuation(y**2, t, t).covariance
    4
    """
    expr = matrix_expression(expr, "fluctuation")
    own = _of_one_letter(expr, f, x, g)
    if own is not None:
        return own
    kernel, beta = _kernel(expr)
    return from_kernel(law(expr), kernel, f, x, g, beta)


def _of_one_letter(expr: sp.MatrixExpr, f: Any, x: Any, g: Any) -> Fluctuation | None:
    """Of a function of one Gaussian letter: sums over that letter's own eigenvalues."""
    letters = letters_of(expr)
    if len(letters) != 1 or not isinstance(letters[0], GOE | GUE):
        return None
    s = sp.Dummy("s", real=True)
    place = _scalar(expr, letters[0], s)
    limit = law(letters[0])
    f, g = (None if h is None else composed(h, x, s, place, limit) for h in (f, g))
    beta = 2 if letters[0].complex_entries else 1
    return limit.fluctuation(f, s, g, beta=beta)


def _scalar(expr: sp.MatrixExpr, letter: RandomMatrix, s: sp.Symbol) -> sp.Expr:
    """A function of one matrix, as one of its eigenvalues."""
    if expr == letter:
        return s
    if isinstance(expr, sp.Identity):
        return sp.S.One
    if isinstance(expr, sp.ZeroMatrix):
        return sp.S.Zero
    if isinstance(expr, sp.MatPow):
        return _scalar(expr.base, letter, s) ** expr.exp
    parts = [_scalar(a, letter, s) if isinstance(a, sp.MatrixExpr) else a for a in expr.args]
    return (sp.Add if isinstance(expr, sp.MatAdd) else sp.Mul)(*parts)


def _with_copies(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """Free copies for letters that Haar letters only rotate, where they fluctuate alike.

    Eigenvalues of a random letter and of its rotation fluctuate together, and so do a complex
    matrix and its transpose: to first order only they are free from each other.
    """
    if any(
        isinstance(part, sp.Transpose) and getattr(part.arg, "complex_entries", False)
        for part in sp.preorder_traversal(expr)
    ):
        raise UndefinedOperationError(
            "fluctuations are not known for transposes of complex letters: take adjoints"
        )
    found = with_free_copies(expr)
    before, after = (sum(letter.gaussian for letter in letters_of(one)) for one in (expr, found))
    if after > before:
        raise UndefinedOperationError(
            "fluctuations are not known where a random letter occurs rotated and unrotated: its "
            "eigenvalues fluctuate together with their rotation's"
        )
    return found


@lru_cache(maxsize=64)
def _kernel(expr: sp.MatrixExpr) -> tuple[PencilKernel, int]:
    """The covariance of resolvents, and β."""
    limit = law(expr)
    if limit.parameters:
        names = ", ".join(map(str, limit.parameters))
        raise InvalidParameterError(f"numbers need values, and {names} stay symbolic")
    letters = letters_of(expr)
    spikes = [letter.name for letter in letters if isinstance(letter, FixedRank)]
    if spikes:
        raise UndefinedOperationError(
            f"{', '.join(spikes)} adds outliers, not fluctuations: take those of the expression "
            "without it, and add f at law(expr).outliers() to the mean"
        )
    written = with_joined_inverses(with_projections(merged(_with_copies(expr))))
    kinds = {
        letter.complex_entries
        for letter in letters
        if letter.gaussian or isinstance(letter, HaarLetter)
    }
    if len(kinds) > 1:
        raise UndefinedOperationError(
            "fluctuations are known for expressions in real or in complex Gaussian and Haar "
            "letters, not in both"
        )
    unit = unit_of(expr)
    pencil = pencil_of_written(written, expr)
    dyson = dyson_of(pencil, unit)
    found = coupled(dyson, pencil.spaces[: pencil.outer])
    return PencilKernel(dyson, found), 2 if kinds == {True} else 1
