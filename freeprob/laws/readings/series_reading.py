"""The series of a law at infinity: moments and cumulants of all kinds, mean and variance."""

from __future__ import annotations

import sympy as sp

from freeprob.exact.moments import moments as exact_moments
from freeprob.laws.description.deep_constants import written_out
from freeprob.laws.description.described import Described
from freeprob.parameters import count


class SeriesReading(Described):
    """What a law answers by its exact moment series."""

    def moments(self, n: int) -> list[sp.Expr]:
        """Exact moments m₁, …, mₙ, where mₖ is the k-th entry counted from 1.

        Parameters
        ----------
        n
            How many, at least 0.

        Returns
        -------
        list of sympy.Expr
            The n-th at index n - 1.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order, such as a Cauchy law.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).moments(8)
        [0, 1, 0, 2, 0, 5, 0, 14]
        """
        return _written_out(exact_moments.moments(self.system, count(n)))

    def free_cumulants(self, n: int) -> list[sp.Expr]:
        """Exact free cumulants κ₁, …, κₙ: R(w) = Σ κₖ wᵏ⁻¹ (Voiculescu 1986, Speicher 1994).

        Parameters
        ----------
        n
            How many, at least 0.

        Returns
        -------
        list of sympy.Expr
            The n-th at index n - 1.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur(2).free_cumulants(4)
        [1, 2, 4, 8]
        """
        return _written_out(exact_moments.free_cumulants(self.system, count(n)))

    def boolean_cumulants(self, n: int) -> list[sp.Expr]:
        """Exact Boolean cumulants b₁, …, bₙ: z - 1/G(z) = Σ bₖ z¹⁻ᵏ (Speicher-Woroudi 1997).

        Parameters
        ----------
        n
            How many, at least 0.

        Returns
        -------
        list of sympy.Expr
            The n-th at index n - 1.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).boolean_cumulants(6)
        [0, 1, 0, 1, 0, 2]
        """
        return _written_out(exact_moments.boolean_cumulants(self.system, count(n)))

    def classical_cumulants(self, n: int) -> list[sp.Expr]:
        """Exact classical cumulants k₁, …, kₙ: log E exp(tX) = Σ kₙ tⁿ/n!.

        Parameters
        ----------
        n
            How many, at least 0.

        Returns
        -------
        list of sympy.Expr
            The n-th at index n - 1.

        Raises
        ------
        UndefinedOperationError
            If the law has no moments of that order.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).classical_cumulants(4)
        [0, 1, 0, -1]
        """
        return _written_out(exact_moments.classical_cumulants(self.system, count(n)))

    @property
    def mean(self) -> sp.Expr:
        """The first moment."""
        return self.moments(1)[0]

    @property
    def variance(self) -> sp.Expr:
        """The second cumulant, m₂ - m₁²."""
        return self.free_cumulants(2)[1]


def _written_out(values: list[sp.Expr]) -> list[sp.Expr]:
    """Values as formulas in the law's own parameters."""
    return [written_out(value) for value in values]
