"""Wigner's semicircle law."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.systems.leaves import from_inverse
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Side, Square, Stand
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class Semicircle(Law):
    """Semicircle law: R(w) = mean + variance w, radius 2√variance.

    Parameters
    ----------
    variance
        Second free cumulant, positive.
    mean
        First moment.

    Notes
    -----
    Limit law of GOE and GUE matrices whose off-diagonal entries have E|h|² = variance/n.
    Source: Wigner 1955.

    Examples
    --------
    >>> from freeprob import Semicircle
    >>> Semicircle(2)
    Semicircle(2)
    """

    _short: ClassVar[str] = "SC"
    _defaults: ClassVar[tuple[int, ...]] = (0,)

    def __new__(cls, variance: Number = 1, mean: Number = 0) -> Semicircle:
        """Check and read the parameters."""
        variance, mean = exact(variance, "variance"), exact(mean, "mean")
        require(variance > 0, f"variance must be positive, got {variance}")
        return super().__new__(cls, variance, mean)

    @classmethod
    def _rebuilt(cls, variance: sp.Expr, mean: sp.Expr) -> Law:
        return PointMass(mean) if variance.is_zero else cls(variance, mean)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law:
        variance, mean = self.args
        return Semicircle(scale**2 * variance, scale * mean + shift)

    def _free_sum(self, other: Law) -> Law | None:
        if not isinstance(other, Semicircle):
            return None
        return Semicircle(*(mine + its for mine, its in zip(self.args, other.args, strict=True)))

    def _free_power(self, exponent: sp.Expr) -> Law:
        return Semicircle(*(exponent * own for own in self.args))

    def _system(self) -> System:
        variance, mean = self.args
        return from_inverse(lambda g: 1 / g + mean + variance * g)

    def _second_order(self, at: Stand) -> SecondOrder:
        """L = log(ΔF/Δz); with a fourth cumulant κ of the entries Q = κ (vGG')²/2."""
        variance, _ = self.args
        cauchy = Side(at, at.point.G)
        square = Square(cauchy, at.F, variance**2 / 2, 2)
        return SecondOrder((Ratio(at.F, at.z),), (square,))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, Gaussian

        variance, mean = map(float, self.args)
        return Affine(Gaussian(variance), shift=mean)

    def square(self) -> Law:
        """Law of X²: free Poisson when the mean is 0.

        Examples
        --------
        >>> Semicircle(2).square()
        MarchenkoPastur(1, 2)
        """
        from freeprob.laws.named.marchenko_pastur import MarchenkoPastur

        variance, mean = self.args
        return MarchenkoPastur(1, variance) if mean.is_zero else super().square()

    def _on_half_line(self) -> bool | None:
        variance, mean = self.args
        return (mean - 2 * sp.sqrt(variance)).is_nonnegative
