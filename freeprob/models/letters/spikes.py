"""Deterministic letters of fixed rank: spikes."""

from __future__ import annotations

from typing import Self, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.models.letters.random_matrix import dimension, letter_name
from freeprob.models.letters.spectral_letters import SpectralLetter
from freeprob.parameters import exact, many, require


@final
class Spike(SpectralLetter):
    """A symmetric matrix of fixed rank, Σ θᵢ vᵢ vᵢᵀ with orthonormal vᵢ in general position.

    It leaves the limit law of an expression as it is without the letter, and adds outliers:
    ``law(expr)`` is that law, and ``law(expr).outliers()`` says where they are, which spikes make
    one, and how far their eigenvectors turned from the vᵢ.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    values
        The eigenvalues θᵢ other than 0, one for each of the rank.
    n
        Rows and columns.

    Raises
    ------
    InvalidParameterError
        If there is no value, or one of them is 0.

    Notes
    -----
    Source: Baik, Ben Arous, Péché 2005; Belinschi, Bercovici, Capitaine 2021 (polynomials).

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE, Spike, law
    >>> N = sp.Symbol("N", positive=True)
    >>> (outlier,) = law(GOE("H", N) + Spike("S", [2], N)).outliers()
    >>> outlier.location, outlier.overlap
    (2.5, 0.75)
    """

    def __new__(cls, name: object, values: object, n: object) -> Self:
        """Check the values."""
        found = sp.Tuple(*(exact(value, "value") for value in many(values, "values")))
        require(found != (), f"{name} needs the eigenvalues of its spikes, as in [2] or [3, -2]")
        for value in found:
            if value.is_zero:
                raise InvalidParameterError(
                    f"a spike of {name} is 0, and adds nothing to a matrix: leave it out"
                )
        return sp.Basic.__new__(cls, letter_name(name), found, dimension(n, "n"))

    @property
    def values(self) -> tuple[sp.Expr, ...]:
        """The eigenvalues other than 0."""
        return tuple(self.args[1])

    @property
    def law(self) -> Law:
        """Limit law of the eigenvalues: all but finitely many are 0."""
        return PointMass(0)
