"""What the law of a matrix expression says of its deterministic letters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import sympy as sp

from freeprob.law_symbols import own_symbols
from freeprob.laws.base import Law
from freeprob.laws.numbers.spectrum_for_numbers import require_numbers
from freeprob.laws.subordination.outliers import Outliers
from freeprob.models.dyson.dyson import Dyson
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.limit_laws.letter_outliers import outliers_of_letter, require_plain
from freeprob.models.limit_laws.letter_subordination import (
    equations_of_letters,
    preimages_of_letter,
    single_letters,
    values_of_letters,
)
from freeprob.models.solutions.conditional import Conditional
from freeprob.models.solutions.coupled import Coupled
from freeprob.parameters import digits, many


class LetterReading(Law):
    """A law given by a pencil: the parts of such a law are its deterministic letters."""

    @property
    @abstractmethod
    def expression(self) -> sp.MatrixExpr:
        """The matrix."""

    @property
    @abstractmethod
    def dyson(self) -> Dyson:
        """The matrix Dyson equation of the pencil."""

    @abstractmethod
    def coupled(self) -> Coupled:
        """The system in the block traces, before any unknown is solved for."""

    @abstractmethod
    def conditional(self, letter: RandomMatrix) -> Conditional:
        """The resolvent on the eigenvectors of a spike or of a deterministic letter."""

    def outliers(
        self,
        spikes: Any,
        part: Any = None,
        kind: str = "additive",
        ratio: Any = None,
        dps: int | None = None,
    ) -> Outliers:
        """Outliers, also of eigenvalues of a deterministic letter that were moved.

        With C = U c U* of the letter's in the pencil and M(z) = z E - Λ₀ - R without the letter,
        its eigenvalue θ makes an outlier z where M(z) - θC is singular.

        Parameters
        ----------
        spikes
            A list of real numbers.
        part
            A letter of the expression, which has the spikes as eigenvalues off its law's support.
            Without it the whole matrix is perturbed, as for other laws.
        kind, ratio
            As for other laws, for spikes without a part.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        Outliers
            As for other laws. ``overlap`` is the squared norm of the unit eigenvector's projection
            on the letter's eigenvector, in the block rows of its size.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols, or ``part`` is no deterministic letter of the expression.
        UndefinedOperationError
            If ``part`` has its eigenvectors in common with other letters.

        Notes
        -----
        Source: Belinschi-Mai-Speicher 2017; Belinschi, Bercovici, Capitaine 2021.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import GOE, Atomic, Deterministic, law
        >>> N = sp.Symbol("N", positive=True)
        >>> H, D = GOE("H", N), Deterministic("D", Atomic({1: "1/2", 3: "1/2"}), N)
        >>> for outlier in law(H * D + D * H).outliers([6], part=D, dps=10):
        ...     print(outlier.location, outlier.overlap)
        -9.890047599 0.2186532886
        9.890047599 0.2186532886
        """
        if not isinstance(part, RandomMatrix):
            return super().outliers(spikes, part, kind, ratio, dps)
        require_plain(kind, ratio)
        require_numbers(self)
        asked = digits(dps)
        values = many(spikes, "spikes")
        return outliers_of_letter(self, self.conditional(part), part, values, asked)

    def subordination(self, z: Any, dps: int | None = None) -> dict[Any, Any]:
        """Subordination functions of the deterministic letters: {letter: ω(z)}.

        With C the letter's coefficient in :meth:`pencil` and M(z) = z E - Λ₀ - R without the
        letter y, the conditional expectation of Λ(z)⁻¹ on y is (M(z) - C ⊗ y)⁻¹. For C = γ u u*
        ω is the number 1/(γ u* M⁻¹ u), with G_y(ω) = γ u* G u of the block traces G; in A + X B Xᵀ
        and other sums G_A(ω) = G(z). Else ω is the matrix M(z), with G = E (ω - y C)⁻¹.

        Parameters
        ----------
        z
            A number or an array; real z means z + i0, also outside the support.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        dict
            Values by letter; matrices along the last two axes.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is no finite number.
        UndefinedOperationError
            If there is no deterministic letter with eigenvectors of its own.

        Notes
        -----
        Source: Belinschi-Mai-Speicher 2017.

        Examples
        --------
        >>> import numpy as np, sympy as sp
        >>> from freeprob import GOE, Atomic, Deterministic, law
        >>> N = sp.Symbol("N", positive=True)
        >>> H, D = GOE("H", N), Deterministic("D", Atomic({1: "1/2", 3: "1/2"}), N)
        >>> found = law(H * D + D * H)
        >>> omega, y = found.subordination(12)[D], sp.Symbol("D", commutative=False)
        >>> C = np.array(-found.pencil().matrix(0).applyfunc(lambda e: e.coeff(y)), dtype=float)
        >>> G = np.mean([np.linalg.inv(omega - d * C) for d in (1, 3)], axis=0)
        >>> bool(abs(G[0, 0] - found.cauchy(12)) < 1e-14)
        True
        """
        require_numbers(self)
        dyson = self.dyson
        letters = single_letters(dyson, self.expression)
        return values_of_letters(self.coupled(), dyson, letters, z, digits(dps))

    def subordination_equations(
        self, G: sp.Symbol, z: sp.Symbol, names: Mapping[Any, Any] | None = None
    ) -> list[sp.Eq]:
        """Equations of the block traces, then those that give ω of each deterministic letter.

        Parameters
        ----------
        G, z
            Symbols that are not parameters of the law.
        names
            For ω by letter: symbols, or matrix symbols where ω is a matrix.

        Returns
        -------
        list of sympy.Eq
            After :meth:`system_equations` the equations of the letter's own law at ω, where ω is a
            number, and ω in terms of the block traces.

        Raises
        ------
        UndefinedOperationError
            If there is no deterministic letter with eigenvectors of its own.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import GOE, Atomic, Deterministic, law
        >>> N = sp.Symbol("N", positive=True)
        >>> H, D = GOE("H", N), Deterministic("D", Atomic({1: "1/2", 3: "1/2"}), N)
        >>> equations = law(H * D * H + H).subordination_equations(
        ...     *sp.symbols("G z"), {D: sp.Symbol("omega")}
        ... )
        >>> equations[-1].lhs
        omega
        """
        own_symbols(self, G, z)
        found, dyson = self.coupled(), self.dyson
        letters = single_letters(dyson, self.expression)
        curve = found.curve
        system = [sp.Eq(G, curve.G, evaluate=False)]
        system += [sp.Eq(left, right, evaluate=False) for left, right in curve.relations]
        equations = equations_of_letters(found, dyson, letters, system, names)
        return [equation.xreplace({curve.z: z}) for equation in equations]

    def preimages(self, part: Any, value: Any, dps: int | None = None) -> list[Any]:
        """All real z outside the support where ω of a part has a value.

        Parameters
        ----------
        part
            A deterministic letter of the expression. Where its ω is a matrix M(z), the places are
            those where M - value C is singular.
        value
            A real number off the support of the letter's law.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        list
            From left to right; empty where the value is not taken.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or ``part`` is no letter of the expression.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import GOE, Atomic, Deterministic, law
        >>> N = sp.Symbol("N", positive=True)
        >>> H, D = GOE("H", N), Deterministic("D", Atomic({1: "1/2", 3: "1/2"}), N)
        >>> law(H * D + D * H).preimages(D, 6, dps=12)
        [mpf('-9.89004759926'), mpf('9.89004759926')]
        """
        if not isinstance(part, RandomMatrix):
            return super().preimages(part, value, dps)
        require_numbers(self)
        return preimages_of_letter(self, self.conditional(part), value, digits(dps))
