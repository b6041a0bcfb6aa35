"""The Cauchy law."""

from __future__ import annotations

from typing import final

import sympy as sp

from freeprob.exact.systems.leaves import from_cauchy
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require


@final
class Cauchy(Law):
    """Cauchy law: density (γ/π)/((x - x₀)² + γ²), G(z) = 1/(z - x₀ + iγ) for Im z > 0.

    It has no moments. μ ⊞ Cauchy(0, γ) is the classical convolution: G(z) = G_μ(z + iγ).

    Parameters
    ----------
    location
        x₀, real.
    scale
        γ, positive.

    Raises
    ------
    InvalidParameterError
        If the scale is not positive.

    Notes
    -----
    Source: Bercovici-Voiculescu 1993.

    Examples
    --------
    >>> from freeprob import Cauchy
    >>> Cauchy(0, 1)
    Cauchy(0, 1)
    """

    def __new__(cls, location: Number = 0, scale: Number = 1) -> Cauchy:
        """Check and read the parameters."""
        location, scale = exact(location, "location"), exact(scale, "scale")
        require(scale > 0, f"scale must be positive, got {scale}")
        return super().__new__(cls, location, scale)

    @classmethod
    def _rebuilt(cls, location: sp.Expr, scale: sp.Expr) -> Law:
        return PointMass(location) if scale.is_zero else cls(location, scale)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law:
        location, own = self.args
        return Cauchy(scale * location + shift, sp.Abs(scale) * own)

    def _free_sum(self, other: Law) -> Law | None:
        if not isinstance(other, Cauchy):
            return None
        return Cauchy(*(mine + its for mine, its in zip(self.args, other.args, strict=True)))

    def _free_power(self, exponent: sp.Expr) -> Law:
        return Cauchy(*(exponent * own for own in self.args))

    def _system(self) -> System:
        location, scale = self.args
        return from_cauchy(lambda z: 1 / (z - location + sp.I * scale))

    def _on_half_line(self) -> bool:
        return False
