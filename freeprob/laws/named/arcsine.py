"""The arcsine law."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import sympy as sp

from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Side, Stand
from freeprob.exact.systems.system import Leaf, System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class Arcsine(Law):
    """Arcsine law on [a, b]: density 1/(π √((x - a)(b - x))), G(z) = 1/√((z - a)(z - b)).

    Parameters
    ----------
    a, b
        Ends of the support, a < b.

    Raises
    ------
    InvalidParameterError
        If a ≥ b.

    Notes
    -----
    ``Arcsine(-2, 2)`` is the free sum of two fair signs (Voiculescu 1986).

    Examples
    --------
    >>> from freeprob import Arcsine
    >>> Arcsine(-2, 2).moments(4)
    [0, 2, 0, 6]
    """

    def __new__(cls, a: Number = -2, b: Number = 2) -> Arcsine:
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
            return Arcsine(*ends)
        return Arcsine(*reversed(ends)) if scale.is_extended_negative else None

    def _system(self) -> System:
        a, b = self.args
        # Joukowski's map makes the square root rational: with z = (a + b)/2 + quarter (u + 1/u)
        # it is quarter (1/u - u)
        quarter = (b - a) / 4
        u = sp.Dummy("u")
        for zero, scale in ((a, quarter), (b, -quarter)):
            if zero.is_zero:
                # in 1 + 1/u, or 1 - 1/u, nothing cancels next to an end at 0, where floats are fine
                return Leaf(
                    (u,),
                    scale * u**2 / (u - 1),
                    (u - 1) / (scale * u * (u - 2)),
                    LeadingTerms.of(lambda z, scale=scale: (z / scale,)),
                )
        return Leaf(
            (u,),
            (a + b) / 2 + quarter * (u + 1 / u),
            1 / (quarter * (1 / u - u)),
            LeadingTerms.of(lambda z: (quarter / z,)),
        )

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of the sum of two rotated signs, which stand at (z + F)/2 each."""
        middle = Side(at, at.point.z + 1 / at.point.G)
        return SecondOrder((Ratio(middle, at.z, 2), Ratio(at.F, at.z, -1)), None)

    def _pulled_back(self, x: sp.Expr) -> tuple[Law, tuple[sp.Expr, ...]]:
        """Both square roots of the corner that one of two projections in general position cuts.

        With the projections P and Q, (P + Q - 1)² has the eigenvalues of PQP twice.
        """
        from freeprob.laws.named.wachter import Wachter

        low, high = self.args
        middle, half = (low + high) / 2, (high - low) / 2 * sp.sqrt(x)
        return Wachter(1, 1), (middle + half, middle - half)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, AtomicQuantile, Deterministic, FreeSum

        low, high = map(float, self.args)
        sign = Deterministic(AtomicQuantile((-1.0, 1.0), (0.5, 0.5)))
        return Affine(FreeSum((sign, sign)), scale=(high - low) / 4, shift=(low + high) / 2)

    def _on_half_line(self) -> bool | None:
        return self.args[0].is_nonnegative
