"""The uniform law."""

from __future__ import annotations

from typing import final

import sympy as sp

from freeprob.exact.systems.leaves import from_cauchy
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require


@final
class Uniform(Law):
    """Uniform law on [a, b]: G(z) = log((z - a)/(z - b))/(b - a); not algebraic.

    Parameters
    ----------
    a, b
        Ends of the support, a < b.

    Raises
    ------
    InvalidParameterError
        If a ≥ b.

    Examples
    --------
    >>> from freeprob import Uniform
    >>> Uniform(0, 1).moments(4)
    [1/2, 1/3, 1/4, 1/5]
    """

    def __new__(cls, a: Number = 0, b: Number = 1) -> Uniform:
        """Check and read the ends."""
        a, b = exact(a, "a"), exact(b, "b")
        require(a < b, f"the support [a, b] needs a < b, got [{a}, {b}]")
        return super().__new__(cls, a, b)

    @classmethod
    def _rebuilt(cls, a: sp.Expr, b: sp.Expr) -> Law:
        return PointMass(a) if a == b else cls(a, b)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law | None:
        ends = [scale * end + shift for end in self.args]
        if scale.is_extended_positive:
            return Uniform(*ends)
        return Uniform(*reversed(ends)) if scale.is_extended_negative else None

    def _system(self) -> System:
        a, b = self.args
        # the quotient never crosses the cut of log in the upper half plane
        return from_cauchy(lambda z: sp.log((z - a) / (z - b)) / (b - a), atoms={})

    def _closed_density(self, x: sp.Expr) -> sp.Expr:
        a, b = self.args
        return sp.Piecewise((1 / (b - a), sp.And(a < x, x < b)), (0, True))

    def _on_half_line(self) -> bool | None:
        return self.args[0].is_nonnegative
