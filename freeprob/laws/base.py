"""The base of the tree of laws: a probability measure on the real line, as a SymPy ``Basic``."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.errors import FreeprobError
from freeprob.laws.readings.equation_reading import EquationReading
from freeprob.laws.readings.matrix_reading import MatrixReading
from freeprob.laws.readings.number_reading import NumberReading
from freeprob.laws.readings.spectrum_reading import SpectrumReading
from freeprob.parameters import exact


class Law(EquationReading, SpectrumReading, NumberReading, MatrixReading):
    """A probability measure on ℝ, described once and read as equation, number or matrix.

    Arguments are parameters or laws, and ``law.func(*law.args) == law``. Final subclasses describe
    themselves by :meth:`_system`; the methods only ask the rooms that know the answer.
    """

    def dilate(self, factor: object) -> Law:
        """Law of aX, a real.

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

    def shift(self, amount: object) -> Law:
        """Law of X + a, a real.

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

        Examples
        --------
        >>> from freeprob import Semicircle
        >>> Semicircle(1).square().moments(4)
        [1, 2, 5, 14]
        """
        from freeprob.laws.operations.square import Square

        return self._image(lambda x: x**2) or Square(self)

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        """The law of change(X), for laws that know it outright."""
        return None

    @property
    def on_half_line(self) -> bool | None:
        """Whether all mass lies on [0, ∞); None when that is not decided, as with free symbols."""
        return _half_line(self)

    def _on_half_line(self) -> bool | None:
        """What the construction says about the half line; None when it does not say."""
        return None


@lru_cache(maxsize=1024)
def _half_line(law: Law) -> bool | None:
    known = law._on_half_line()
    if known is not None or law.parameters:
        return known
    try:
        moments = law.moments(7)
        # Stieltjes: no law on [0, ∞) has a negative determinant of shifted moments
        for size in range(1, 5):
            if sp.Matrix(size, size, lambda i, j: moments[i + j]).det().is_negative:
                return False
        places = [place for cut in law.support() for place in cut] + list(law.atoms())
    except FreeprobError:
        return None
    return fuzzy_and(place.is_nonnegative for place in places)
