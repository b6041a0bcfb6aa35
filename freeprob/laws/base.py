"""The base of the tree of laws: a probability measure on the real line, as a SymPy ``Basic``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.errors import FreeprobError, UndefinedOperationError
from freeprob.exact.systems.second_order import DETERMINISTIC, SecondOrder, Stand
from freeprob.laws.readings.equation_reading import EquationReading
from freeprob.laws.readings.functional_reading import FunctionalReading
from freeprob.laws.readings.matrix_reading import MatrixReading
from freeprob.laws.readings.number_reading import NumberReading
from freeprob.laws.readings.picture_reading import PictureReading
from freeprob.laws.readings.series_reading import SeriesReading
from freeprob.laws.readings.spectrum_reading import SpectrumReading
from freeprob.laws.readings.subordination_reading import SubordinationReading
from freeprob.parameters import Number, exact

if TYPE_CHECKING:
    from freeprob.ensembles import Model, Outlying
    from freeprob.exact.systems.system import System
    from freeprob.laws.numbers.explanation import Explanation
    from freeprob.numeric.integrals.potential_values import Potentials


class Squares(NamedTuple):
    """The law of X² by its system, its matrices and how these fluctuate."""

    system: System
    second_order: Callable[[Stand], SecondOrder]
    model: Callable[[], Model]


class Law(
    SeriesReading,
    EquationReading,
    SpectrumReading,
    NumberReading,
    FunctionalReading,
    SubordinationReading,
    MatrixReading,
    PictureReading,
):
    """A probability measure on ℝ, described once and read as equation, number or matrix.

    Arguments are parameters or laws, and ``law.func(*law.args) == law``. Final subclasses describe
    themselves by :meth:`_system`; the methods only ask the rooms that know the answer.
    """

    def dilate(self, factor: Number) -> Law:
        """Law of aX, a real.

        Parameters
        ----------
        factor
            a, real.

        Returns
        -------
        Law

        Raises
        ------
        InvalidParameterError
            If the factor is no real number.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).dilate(3).moments(4)
        [0, 9, 0, 162]
        """
        from freeprob.laws.named.atomic import PointMass
        from freeprob.laws.operations.maps import Dilate

        value = exact(factor, "factor")
        if value.is_zero:
            return PointMass(0)
        if value == 1:
            return self
        return self._image(lambda x: value * x) or Dilate(self, value)

    def shift(self, amount: Number) -> Law:
        """Law of X + a, a real.

        Parameters
        ----------
        amount
            a, real.

        Returns
        -------
        Law

        Raises
        ------
        InvalidParameterError
            If the amount is no real number.

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).shift(1).moments(3)
        [1, 2, 4]
        """
        from freeprob.laws.operations.maps import Shift

        value = exact(amount, "amount")
        if value.is_zero:
            return self
        return self._image(lambda x: x + value) or Shift(self, value)

    def inverse(self) -> Law:
        """Law of 1/X, for a law without atom at 0: G(z) = 1/z - G_X(1/z)/z².

        Returns
        -------
        Law

        Raises
        ------
        UndefinedOperationError
            If the law has an atom at 0.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur("1/2").inverse().moments(3)
        [2, 8, 48]
        """
        from freeprob.laws.operations.maps import mobius

        return mobius(self, 0, 1, 1, 0)

    def square(self) -> Law:
        """Law of X²: G(ω²) = (G_X(ω) - G_X(-ω))/(2ω).

        Returns
        -------
        Law

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).square().moments(4)
        [1, 2, 5, 14]
        """
        from freeprob.laws.operations.square import Square

        return self._image(lambda x: x**2) or Square(self)

    def companion(self, ratio: Number) -> Law:
        """Law of AᵀA when this is that of AAᵀ, A of size p x n, ratio = p/n.

        See :func:`freeprob.laws.operations.companion.companion`.

        Parameters
        ----------
        ratio
            rows/columns of A, positive.

        Returns
        -------
        Law

        Raises
        ------
        InvalidParameterError
            If the ratio is not positive, or there is no such A.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> MarchenkoPastur("1/2").companion("1/2").atoms()
        {0: 1/2}
        """
        from freeprob.laws.operations.companion import companion

        return companion(self, ratio)

    def explain(self) -> Explanation:
        """How the law's answers are got: routes, refusals, proofs and controls.

        Returns
        -------
        Explanation
            It shows as text; ``.answers`` holds one entry for each question.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> told = boxplus(MarchenkoPastur("1/2"), Semicircle(1)).explain()
        >>> {answer.question: answer.route for answer in told.answers}["support"]
        'exact candidates'
        """
        from freeprob.laws.numbers.explanation import explain

        return explain(self)

    def doit(self, **hints: bool) -> Law:
        """The same law with like laws put together, and operations that a law knows outright done.

        Free sums of semicircles, free Poisson laws of one jump, Cauchy laws and point masses, their
        free powers, compressions and affine images, products with point masses and mixtures of
        atoms become one law.

        Parameters
        ----------
        **hints
            ``deep=False`` leaves the parts as they are.

        Returns
        -------
        Law

        Examples
        --------
        >>> from freeprob import Semicircle, boxplus
        >>> boxplus(Semicircle("1/2"), Semicircle("1/2")).doit()
        Semicircle(1)
        """
        merged = self._merged()
        if merged == self and hints.get("deep", True):
            merged = self.func(*(argument.doit(**hints) for argument in self.args))
        return self if merged == self else merged.doit(**hints)

    @property
    def func(self) -> Callable[..., Law]:
        """What SymPy rebuilds the law with after a change of its arguments.

        At an end of a parameter's range, where the law degenerates, it gives the limit: a
        semicircle of variance 0 is a point mass.
        """
        return self._rebuilt

    @classmethod
    def _rebuilt(cls, *arguments: Any, **named: Any) -> Law:
        """The law with these arguments, or their limit at the ends of parameter ranges."""
        return cls(*arguments)

    def _merged(self) -> Law:
        """The law in simpler terms, one step."""
        return self

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        """The law of change(X), for laws that know it outright."""
        return None

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law | None:
        """The law of scale X + shift in the same family, scale ≠ 0."""
        return self._image(lambda x: scale * x + shift)

    def _scaled(self, factor: sp.Expr) -> Law:
        """The law of factor X, factor > 0, with numbers of its own size where that is known."""
        if self._homogeneous:
            parts = (a._scaled(factor) if isinstance(a, Law) else a for a in self.args)
            return self._rebuilt(*parts)
        return self._affine(factor, sp.S.Zero) or self.dilate(factor)

    def _centred(self) -> tuple[Law, sp.Expr]:
        """The law of X - a with numbers of its own size, and a: the mean, or near to it.

        Raises
        ------
        UndefinedOperationError
            If the law has no mean.
        """
        mean = self.mean
        return self._affine(sp.S.One, -mean) or self.shift(-mean), mean

    def _free_sum(self, other: Law) -> Law | None:
        """The free sum with a law of the same family, where it stays in the family."""
        return None

    def _free_power(self, exponent: sp.Expr) -> Law | None:
        """The free power in the same family, for any positive exponent."""
        return None

    @property
    def on_half_line(self) -> bool | None:
        """Whether all mass lies on [0, ∞); None when that is not decided, as with free symbols."""
        return _half_line(self)

    def _second_order(self, at: Stand) -> SecondOrder:
        """How the law's matrices fluctuate where they stand; a diagonal of quantiles does not.

        Raises
        ------
        UndefinedOperationError
            If the law is made from others by no operation on matrices, or by one whose
            fluctuations are not known.
        """
        if any(isinstance(argument, Law) for argument in sp.preorder_traversal(self.args)):
            raise UndefinedOperationError(
                f"fluctuations are not known for {self}: they are for sums, products, corners, "
                "mixtures, images, compound Poisson laws, rectangular sums and information plus "
                "noise of laws for which they are known"
            )
        return DETERMINISTIC

    def _potential_values(self) -> Potentials | None:
        """The logarithmic potential without cuts; None where quadrature is the only way."""
        from freeprob.laws.functionals.potentials import values_of

        return values_of(self.system)

    def _closed_density(self, x: sp.Expr) -> sp.Expr | None:
        """The density as a formula, for laws whose construction tells it."""
        return None

    def _outlying(self) -> tuple[Outlying, ...]:
        """Eigenvalues of the law's matrices outside its support."""
        return ()

    def _of_squares(self) -> Squares | None:
        """What X² is made of, for laws ±√X that are made from it."""
        return None

    def _pulled_back(self, x: sp.Expr) -> tuple[Law, tuple[sp.Expr, ...]] | None:
        """A law and functions with Σ f(λ) = Σ f(functions of the other law's eigenvalues)."""
        return None

    def _blocks(self) -> tuple[Law, ...]:
        """Laws of independent blocks that the matrix is made of; none if it is one block."""
        return ()

    def _on_half_line(self) -> bool | None:
        """What the construction says about the half line; None when it does not say."""
        return None


_DIGITS, _SPARE = 60, 10  # of moments whose determinants are no short formulas, and those lost


@lru_cache(maxsize=1024)
def _half_line(law: Law) -> bool | None:
    known = law._on_half_line()
    if known is not None or law.parameters:
        return known
    try:
        moments = law.moments(7)
        # Stieltjes: no law on [0, ∞) has a negative determinant of shifted moments
        if any(_has_negative_determinant(moments, size) for size in range(1, 5)):
            return False
        places = [place for cut in law.support() for place in cut] + list(law.atoms())
    except FreeprobError:
        return None
    return fuzzy_and(place.is_extended_nonnegative for place in places)


def _has_negative_determinant(moments: Sequence[sp.Expr], size: int) -> bool:
    """Whether the determinant of m₁ … is seen to be so; by digits where it is long to write."""
    digits = [moment if moment.is_Rational else sp.N(moment, _DIGITS) for moment in moments]
    matrix = sp.Matrix(size, size, lambda i, j: digits[i + j])
    rounding = sp.factorial(size) * sp.Mul(*(max(map(abs, row)) for row in matrix.tolist()))
    return bool(matrix.det(method="berkowitz") < -rounding * sp.Rational(10) ** (_SPARE - _DIGITS))
