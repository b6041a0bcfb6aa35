"""The Fuss-Catalan law."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.systems.second_order import Ratio, SecondOrder, Side, Stand
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.raney import raney_curve
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class FussCatalan(Law):
    """Fuss-Catalan law: singular values squared of a product of s square Ginibre matrices.

    mₙ = binomial((s + 1) n, n)/(s n + 1), z = (1 + y)^(s + 1)/y with y = zG - 1.

    Parameters
    ----------
    s
        Number of factors; any positive real number or symbol, as free powers are.

    Raises
    ------
    InvalidParameterError
        If s is not positive.

    Notes
    -----
    Source: Banica-Belinschi-Capitaine-Collins 2011.

    Examples
    --------
    >>> from freeprob import FussCatalan
    >>> FussCatalan(2).moments(4)
    [1, 3, 12, 55]
    """

    _short: ClassVar[str] = "FC"

    def __new__(cls, s: Number) -> FussCatalan:
        """Check and read the number of factors."""
        s = exact(s, "s")
        require(s > 0, f"the number of factors must be positive, got {s}")
        return super().__new__(cls, s)

    @classmethod
    def _rebuilt(cls, s: sp.Expr) -> Law:
        return PointMass(1) if s.is_zero else cls(s)

    def _system(self) -> System:
        return raney_curve(self.args[0] + 1, self.args[0] ** 0)

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of a product of square Wishart matrices, whose F are all 1 + 1/y: L = log(Δ(1/y)/Δz)."""
        (factors,) = self.args
        if not factors.is_Integer:
            return super()._second_order(at)
        return SecondOrder((Ratio(Side(at, 1 / at.y), at.z),), None)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import FreeProduct, Wishart

        (factors,) = self.args
        if not factors.is_Integer:
            return super()._matrix_model()
        return FreeProduct.of_equal(Wishart(1.0), int(factors))

    def _on_half_line(self) -> bool:
        return True
