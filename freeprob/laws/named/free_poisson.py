"""The free Poisson law."""

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
class FreePoisson(Law):
    """Free Poisson law: κₙ = λ aⁿ, R(w) = λ a/(1 - a w).

    ``FreePoisson(1/c, c v)`` is ``MarchenkoPastur(c, v)``.

    Parameters
    ----------
    rate
        λ, positive. For λ < 1 there is an atom 1 - λ at 0.
    jump
        a, real and not 0.

    Raises
    ------
    InvalidParameterError
        If the rate is not positive or the jump is 0.

    Notes
    -----
    Source: Voiculescu 1986; Speicher 1998.

    Examples
    --------
    >>> from freeprob import FreePoisson
    >>> FreePoisson(2, 3).free_cumulants(3)
    [6, 18, 54]
    """

    _short: ClassVar[str] = "FP"
    _defaults: ClassVar[tuple[int, ...]] = (1,)

    def __new__(cls, rate: Number, jump: Number = 1) -> FreePoisson:
        """Check and read the parameters."""
        rate, jump = exact(rate, "rate"), exact(jump, "jump")
        require(rate > 0, f"rate must be positive, got {rate}")
        require(sp.Ne(jump, 0), "the jump must not be 0")
        return super().__new__(cls, rate, jump)

    @classmethod
    def _rebuilt(cls, rate: sp.Expr, jump: sp.Expr) -> Law:
        return PointMass(0) if rate.is_zero or jump.is_zero else cls(rate, jump)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law | None:
        rate, jump = self.args
        return FreePoisson(rate, scale * jump) if shift.is_zero else None

    def _free_sum(self, other: Law) -> Law | None:
        rate, jump = self.args
        if not isinstance(other, FreePoisson) or other.args[1] != jump:
            return None
        return FreePoisson(rate + other.args[0], jump)

    def _free_power(self, exponent: sp.Expr) -> Law:
        rate, jump = self.args
        return FreePoisson(exponent * rate, jump)

    def _system(self) -> System:
        rate, jump = self.args
        return from_inverse(lambda g: 1 / g + rate * jump / (1 - jump * g))

    def _second_order(self, at: Stand) -> SecondOrder:
        """That of the Marchenko-Pastur law of ratio 1/λ, of any sign."""
        rate, _ = self.args
        square = Square(Side(at, at.y), Side(at, 1 / at.y), -1 / rate)
        return SecondOrder((Ratio(at.F, at.z),), (square,))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, Wishart

        rate, jump = map(float, self.args)
        return Affine(Wishart(1 / rate), scale=rate * jump)

    def _on_half_line(self) -> bool | None:
        return self.args[1].is_positive
