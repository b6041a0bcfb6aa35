"""Wachter's law of the MANOVA (Jacobi) ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import sympy as sp

from freeprob.exact.operations.additive import Compression
from freeprob.exact.systems.leaves import from_atoms
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class Wachter(Law):
    """Law of W₁(W₁ + W₂)⁻¹ for Wishart matrices p x p with a p and b p degrees of freedom.

    It is the corner of relative size 1/(a + b) of a projection of trace a/(a + b).

    Parameters
    ----------
    a, b
        Degrees of freedom n₁/p and n₂/p, positive, a + b ≥ 1.

    Raises
    ------
    InvalidParameterError
        If a or b is not positive or a + b < 1.

    Notes
    -----
    For a, b ≥ 1 the density is (a + b) √((x - m)(M - x))/(2π x (1 - x)) between
    ((√b ± √(a (a + b - 1)))/(a + b))². Source: Wachter 1980; Dubbs-Edelman 2015, table 1.

    Examples
    --------
    >>> from freeprob import Wachter
    >>> Wachter(2, 2).moments(2)
    [1/2, 5/16]
    """

    def __new__(cls, a: Number, b: Number) -> Wachter:
        """Check and read the parameters."""
        a, b = exact(a, "a"), exact(b, "b")
        for value, name in ((a, "a"), (b, "b")):
            require(value > 0, f"{name} must be positive, got {value}")
        require(a + b >= 1, f"W₁ + W₂ is invertible only for a + b ≥ 1, got {a + b}")
        return super().__new__(cls, a, b)

    @classmethod
    def _rebuilt(cls, a: sp.Expr, b: sp.Expr) -> Law:
        if (a.is_zero or b.is_zero) and (a + b - 1).is_nonnegative:
            return PointMass(0 if a.is_zero else 1)
        return cls(a, b)

    def _system(self) -> System:
        a, b = self.args
        projection = from_atoms({sp.S.Zero: b / (a + b), sp.S.One: a / (a + b)})
        return Node(Compression(1 / (a + b)), (projection,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of the corner of a rotated projection."""
        return SecondOrder((Ratio(at.part(0).z, at.z),), None)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Corner, Deterministic

        a, b = map(float, self.args)
        projection = Deterministic(AtomicQuantile((0.0, 1.0), (b / (a + b), a / (a + b))))
        return Corner(projection, 1 / (a + b))

    def _on_half_line(self) -> bool:
        return True
