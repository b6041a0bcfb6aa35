"""The Marchenko-Pastur law."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.systems.leaves import from_inverse
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Side, Square, Stand
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.free_poisson import FreePoisson
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class MarchenkoPastur(Law):
    """Marchenko-Pastur law of XXᵀ/columns: R(w) = v/(1 - c v w).

    Parameters
    ----------
    ratio
        c = rows/columns of X, positive. For c > 1 there is an atom 1 - 1/c at 0.
    variance
        v, the variance of the entries of X, positive; also the law's mean.

    Notes
    -----
    Source: Marchenko-Pastur 1967.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur
    >>> MarchenkoPastur(0.5)
    MarchenkoPastur(1/2)
    """

    _short: ClassVar[str] = "MP"
    _defaults: ClassVar[tuple[int, ...]] = (1,)

    def __new__(cls, ratio: Number, variance: Number = 1) -> MarchenkoPastur:
        """Check and read the parameters."""
        ratio, variance = exact(ratio, "ratio"), exact(variance, "variance")
        require(ratio > 0, f"ratio = rows/columns must be positive, got {ratio}")
        require(variance > 0, f"variance must be positive, got {variance}")
        return super().__new__(cls, ratio, variance)

    @classmethod
    def _rebuilt(cls, ratio: sp.Expr, variance: sp.Expr) -> Law:
        # R = v/(1 - c v w) is constant at c = 0
        return PointMass(variance) if ratio.is_zero or variance.is_zero else cls(ratio, variance)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law | None:
        ratio, variance = self.args
        if scale.is_extended_positive and shift.is_zero:
            return MarchenkoPastur(ratio, scale * variance)
        return None

    def _free_sum(self, other: Law) -> Law | None:
        """A free Poisson law of rate 1/c and jump c v; rates of one jump add."""
        ratio, variance = self.args
        jump = ratio * variance
        if isinstance(other, MarchenkoPastur) and other.args[0] * other.args[1] == jump:
            mean = variance + other.args[1]
        elif isinstance(other, FreePoisson) and other.args[1] == jump:
            mean = variance + other.args[0] * jump
        else:
            return None
        return MarchenkoPastur(jump / mean, mean)

    def _free_power(self, exponent: sp.Expr) -> Law:
        ratio, variance = self.args
        return MarchenkoPastur(ratio / exponent, exponent * variance)

    def _system(self) -> System:
        ratio, variance = self.args
        return from_inverse(lambda g: 1 / g + variance / (1 - ratio * variance * g))

    def _second_order(self, at: Stand) -> SecondOrder:
        """L = log(ΔF/Δz); with fourth cumulant κ of the entries Q = κ c y y', y = zG - 1."""
        ratio, _ = self.args
        square = Square(Side(at, at.y), Side(at, 1 / at.y), -ratio)
        return SecondOrder((Ratio(at.F, at.z),), (square,))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, Wishart

        ratio, variance = map(float, self.args)
        return Affine(Wishart(ratio), scale=variance)

    def _on_half_line(self) -> bool | None:
        return True
