"""Gaussian letters: Ginibre matrices, GOE and GUE."""

from __future__ import annotations

from typing import Self, final

import sympy as sp

from freeprob.models.letters.random_matrix import (
    RandomMatrix,
    dimension,
    letter_name,
    positive_variance,
)
from freeprob.parameters import flag


@final
class Ginibre(RandomMatrix):
    """Independent Gaussian entries of mean 0.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    rows, columns
        Dimensions, numbers or expressions in symbols that grow together.
    variance
        E |X_ij|², of each entry: X Xᵀ grows like variance · columns.
    complex
        Whether real and imaginary parts are independent of half the variance each.

    Raises
    ------
    InvalidParameterError
        If a dimension or the variance is not positive.

    Source: Ginibre 1965; Marchenko-Pastur 1967.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Ginibre
    >>> N = sp.Symbol("N", positive=True)
    >>> (Ginibre("X", N, 2 * N) * Ginibre("X", N, 2 * N).T).shape
    (N, N)
    """

    self_adjoint = False
    gaussian = True

    def __new__(
        cls,
        name: object,
        rows: object,
        columns: object,
        variance: object = 1,
        complex: object = False,
    ) -> Self:
        """Check the parameters."""
        sizes = dimension(rows, "rows"), dimension(columns, "columns")
        field = sp.sympify(flag(complex, "complex"))
        return sp.Basic.__new__(cls, letter_name(name), *sizes, positive_variance(variance), field)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Rows and columns."""
        return self.args[1], self.args[2]

    @property
    def variance(self) -> sp.Expr:
        """Variance of each entry."""
        return self.args[3]

    @property
    def complex_entries(self) -> bool:  # type: ignore[override]
        """Whether the entries are complex."""
        return self.args[4] == sp.true


class WignerLetter(RandomMatrix):
    """A self-adjoint Gaussian matrix whose law is Semicircle(variance)."""

    gaussian = True

    def __new__(cls, name: object, n: object, variance: object = 1) -> Self:
        """Check the parameters."""
        return sp.Basic.__new__(
            cls, letter_name(name), dimension(n, "n"), positive_variance(variance)
        )

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """(n, n)."""
        return self.args[1], self.args[1]

    @property
    def variance(self) -> sp.Expr:
        """Variance of the limit law."""
        return self.args[2]


@final
class GOE(WignerLetter):
    """Real symmetric Gaussian matrix with limit law Semicircle(variance).

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.
    variance
        Of the limit law: entries off the diagonal have variance/n.

    Source: Wigner 1955.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE
    >>> H = GOE("H", sp.Symbol("N", positive=True))
    >>> H.T == H
    True
    """


@final
class GUE(WignerLetter):
    """Complex Hermitian Gaussian matrix with limit law Semicircle(variance).

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.
    variance
        Of the limit law: entries have E |H_ij|² = variance/n.

    Source: Wigner 1955.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GUE
    >>> H = GUE("H", sp.Symbol("N", positive=True))
    >>> H.adjoint() == H
    True
    """

    complex_entries = True
