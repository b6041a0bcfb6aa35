"""The law of an expression with spikes: that of the bulk, and the outliers next to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, final

import sympy as sp

from freeprob.ensembles import Outlying
from freeprob.errors import UndefinedOperationError
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.numbers.spectrum_for_numbers import require_numbers
from freeprob.laws.subordination.outliers import Outliers
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.spikes import FixedRank, spikes_of, without_spikes
from freeprob.models.limit_laws.letter_outliers import (
    merged_outliers,
    outliers_of_letter,
    require_plain,
)
from freeprob.models.solutions.conditional import Conditional
from freeprob.parameters import digits, many

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


class Whole(Protocol):
    """The law of the expression by its pencil, the spikes among its letters."""

    @property
    def expression(self) -> sp.MatrixExpr:
        """The matrix."""
        ...

    def conditional(self, letter: RandomMatrix) -> Conditional:
        """The resolvent on the eigenvectors of a letter."""
        ...


@final
class SpikedLaw(Law):
    """Limit law of an expression in which a ``Spike`` occurs; build it with :func:`law`.

    It is the law without the spikes, ``bulk``; ``outliers()`` are what they add.
    """

    _word: ClassVar[str] = "law"

    @property
    def bulk(self) -> Law:
        """The law of the expression without its spikes."""
        return self.args[0]

    @property
    def expression(self) -> sp.MatrixExpr:
        """The matrix."""
        return self._whole.expression

    @property
    def _whole(self) -> Any:
        return self.args[1]

    def outliers(
        self,
        spikes: Any = None,
        part: Any = None,
        kind: str = "additive",
        ratio: Any = None,
        dps: int | None = None,
    ) -> Outliers:
        """Outliers that the spikes of the expression make, or others in their place.

        An eigenvalue θ of a spike on C = U c U* of the pencil makes an outlier z where
        det(c⁻¹/θ - U* G(z) U) = 0, with the block traces G of the bulk.

        Parameters
        ----------
        spikes
            By default all eigenvalues of the expression's spikes. A list moves eigenvalues of
            ``part`` instead, and without a part adds more to the whole matrix, as for other laws.
        part
            One letter: a spike, or a deterministic letter. By default all spikes.
        kind, ratio
            As for other laws, for spikes without a part.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        Outliers
            By location, each with its ``part``. ``overlap`` is the squared norm of the unit
            eigenvector's projection on the spike's eigenvector, in the block rows of its size.
            Of Σ θ u vᵀ it is that on u, and ``right_overlap`` that on v, where the matrix has rows
            of their size (v alone in YᵀY). ``deviation`` is √n times the standard deviation of the
            location, n the rows of the letter, where all letters are real and deterministic ones
            have finitely many eigenvalues. ``thresholds`` say which eigenvalues of the letter make
            an outlier; with several spikes ask for one of them as ``part``.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols, or ``part`` is no such letter.

        Notes
        -----
        Source: Benaych-Georges-Nadakuditi 2011; Belinschi, Bercovici, Capitaine 2021.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import Ginibre, Spike, law
        >>> N = sp.Symbol("N", positive=True)
        >>> X, S = Ginibre("X", N, 2 * N, 1 / (2 * N)), Spike("S", [1], N)
        >>> factor = sp.Identity(N) + S
        >>> spiked = law(factor * X * X.T * factor)
        >>> (outlier,) = spiked.outliers(dps=20)
        >>> print(outlier.location, outlier.overlap)
        4.6666666666666666667 0.80952380952380952381
        >>> print(spiked.outliers(["1/4"]).reason)  # doctest: +ELLIPSIS
        a spike makes an outlier if it lies in (-inf, -0.20...) or (1.20..., inf), and 1/4 does not
        """
        if spikes is not None and part is None:
            return self.bulk.outliers(spikes, None, kind, ratio, dps)
        letters = [part] if part is not None else spikes_of(self.expression)
        require_plain(kind, ratio)
        require_numbers(self)
        asked = digits(dps)
        found = []
        for letter in letters:
            moved = letter.values if spikes is None and isinstance(letter, FixedRank) else spikes
            values = many(moved, "spikes")
            seen = self._whole.conditional(letter)
            found.append(outliers_of_letter(self.bulk, seen, letter, values, asked))
        return merged_outliers(found, letters)

    def _system(self) -> System:
        return self.bulk.system

    def _on_half_line(self) -> bool | None:
        return self.bulk.on_half_line

    def _outlying(self) -> tuple[Outlying, ...]:
        return tuple(Outlying(found.location, found.deviation) for found in self.outliers())

    def _second_order(self, at: Stand) -> SecondOrder:
        """Outliers are no part of it."""
        raise UndefinedOperationError(
            f"sums over the eigenvalues of {self.expression} are those of its bulk and of the "
            "outliers: use fluctuation(expr, f, x) of the expression without its spikes, and add "
            "f at the outliers"
        )

    def _matrix_model(self) -> Model:
        from freeprob.models.samples.sampling import ExpressionModel

        return ExpressionModel(self.expression)

    def _sympystr(self, printer: Any) -> str:
        return f"{self._word}({printer._print(self.expression)})"

    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\mathcal{{L}}\left({printer._print(self.expression)}\right)"


def bulk_of(expr: sp.MatrixExpr) -> sp.MatrixExpr | Law:
    """What is left of an expression without its spikes, or the law of the zero matrix."""
    bulk = without_spikes(expr)
    return PointMass(0) if isinstance(bulk, sp.ZeroMatrix) else bulk
