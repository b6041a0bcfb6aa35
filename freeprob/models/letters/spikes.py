"""Deterministic letters of fixed rank: spikes."""

from __future__ import annotations

from typing import ClassVar, Self, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix, dimension, letter_name
from freeprob.models.letters.spectral_letters import SpectralLetter
from freeprob.parameters import exact, many, require


class FixedRank(RandomMatrix):
    """A letter of fixed rank with vectors in general position: no limit law sees it."""

    @property
    def values(self) -> tuple[sp.Expr, ...]:
        """The eigenvalues other than 0, or the singular values."""
        return tuple(self.args[1])


@final
class Spike(FixedRank, SpectralLetter):
    """A matrix of fixed rank, Σ θᵢ vᵢ vᵢᵀ or Σ θᵢ uᵢ vᵢᵀ, orthonormal vectors in general position.

    It leaves the limit law of an expression as it is without the letter, and adds outliers:
    ``law(expr)`` is that law, and ``law(expr).outliers()`` says where they are, which spikes make
    one, and how far their eigenvectors turned from the vᵢ.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    values
        The eigenvalues θᵢ other than 0, one for each of the rank; the singular values if
        ``columns`` are given.
    n
        Rows, and columns of a symmetric one.
    columns
        Columns of one that is not symmetric, Σ θᵢ uᵢ vᵢᵀ.

    Raises
    ------
    InvalidParameterError
        If there is no value, one of them is 0, or a singular value is negative.

    Notes
    -----
    Source: Baik, Ben Arous, Péché 2005; Belinschi, Bercovici, Capitaine 2021 (polynomials).

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE, Ginibre, Spike, law
    >>> N = sp.Symbol("N", positive=True)
    >>> (outlier,) = law(GOE("H", N) + Spike("S", [2], N)).outliers()
    >>> outlier.location, outlier.overlap
    (2.5, 0.75)
    >>> X = Ginibre("X", N, 2 * N, 1 / (2 * N))
    >>> Y = X + Spike("S", [2], N, 2 * N)
    >>> [outlier.location for outlier in law(Y * Y.T).outliers()]
    [5.625]
    """

    def __new__(  # pyright: ignore[reportInconsistentConstructor]
        cls, name: object, values: object, n: object, columns: object = None
    ) -> FixedRank:
        """Check the values."""
        if columns is not None:
            return RectangularSpike(name, values, n, columns)
        return sp.Basic.__new__(cls, letter_name(name), _read(values, name), dimension(n, "n"))

    @property
    def law(self) -> Law:
        """Limit law of the eigenvalues: all but finitely many are 0."""
        return PointMass(0)


@final
class RectangularSpike(FixedRank):
    """Σ θᵢ uᵢ vᵢᵀ with orthonormal uᵢ and vᵢ; build it with :class:`Spike`."""

    self_adjoint: ClassVar[bool] = False

    def __new__(cls, name: object, values: object, n: object, columns: object) -> Self:
        """Check the singular values."""
        found = _read(values, name)
        for value in found:
            require(value > 0, f"singular values of {name} are positive, got {value}")
        sizes = dimension(n, "n"), dimension(columns, "columns")
        return sp.Basic.__new__(cls, letter_name(name), found, *sizes)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Rows and columns."""
        return self.args[2], self.args[3]


def _read(values: object, name: object) -> sp.Tuple:
    """Values other than 0."""
    found = sp.Tuple(*(exact(value, "value") for value in many(values, "values")))
    require(found != (), f"{name} needs the eigenvalues of its spikes, as in [2] or [3, -2]")
    for value in found:
        if value.is_zero:
            raise InvalidParameterError(
                f"a spike of {name} is 0, and adds nothing to a matrix: leave it out"
            )
    return found


def spikes_of(expr: sp.MatrixExpr) -> list[FixedRank]:
    """The letters of fixed rank of an expression."""
    return [letter for letter in letters_of(expr) if isinstance(letter, FixedRank)]


def without_spikes(expr: sp.MatrixExpr, kept: RandomMatrix | None = None) -> sp.MatrixExpr:
    """The expression with its letters of fixed rank set to 0, one of them kept if it is named."""
    values = {letter: sp.ZeroMatrix(*letter.shape) for letter in spikes_of(expr) if letter != kept}
    return expr.xreplace(values).doit() if values else expr
