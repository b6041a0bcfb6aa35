"""Haar letters: uniformly distributed orthogonal and unitary matrices."""

from __future__ import annotations

from typing import Self, final

import sympy as sp

from freeprob.models.letters.random_matrix import RandomMatrix, dimension, letter_name


class HaarLetter(RandomMatrix):
    """A matrix that is uniformly distributed on a compact group."""

    self_adjoint = False

    def __new__(cls, name: object, n: object) -> Self:
        """Check the dimension."""
        return sp.Basic.__new__(cls, letter_name(name), dimension(n, "n"))


@final
class HaarOrthogonal(HaarLetter):
    """Uniformly distributed orthogonal matrix.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import HaarOrthogonal
    >>> HaarOrthogonal("O", sp.Symbol("N", positive=True)).shape
    (N, N)
    """

    def _eval_inverse(self) -> sp.MatrixExpr:
        return sp.Transpose(self)


@final
class HaarUnitary(HaarLetter):
    """Uniformly distributed unitary matrix.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import HaarUnitary
    >>> HaarUnitary("U", sp.Symbol("N", positive=True)).shape
    (N, N)
    """

    complex_entries = True

    def _eval_inverse(self) -> sp.MatrixExpr:
        return sp.Adjoint(self)
