"""The continuum limit of the layer field: a free massive field in one dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from freeprob.nets.activations.network_arguments import positive
from freeprob.parameters import expression, require


@dataclass(frozen=True)
class ContinuumTheory:
    r"""The effective theory at distances of many layers.

    .. math:: S = \frac1{2D} \int dl\, [\chi\, (\partial_l \kappa)^2 + (1 - \chi)^2 \kappa^2],
              \qquad G(k) = \frac{D/\chi}{k^2 + m^2}, \quad m^2 = \frac{(1 - \chi)^2}{\chi} .

    Parameters
    ----------
    chi, noise : SymPy expression
        The lattice theory's slope and noise strength D.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import nets
    >>> theory = nets.LayerFieldTheory(nets.linear, sp.Rational(4, 5), sp.Rational(1, 5))
    >>> theory.continuum().correlation_length()
    2*sqrt(5)
    """

    chi: sp.Expr
    noise: sp.Expr

    def __post_init__(self) -> None:
        """Read the parameters."""
        object.__setattr__(self, "chi", positive(self.chi, "chi"))
        object.__setattr__(self, "noise", expression(self.noise, "noise"))

    def mass_squared(self) -> sp.Expr:
        r""":math:`m^2 = (1-\chi)^2/\chi`; zero at criticality."""
        return (1 - self.chi) ** 2 / self.chi

    def correlation_length(self) -> sp.Expr:
        r""":math:`1/m`; the lattice has :math:`\cosh(1/\xi) = 1 + m^2/2` instead."""
        mass = self.mass_squared()
        return sp.oo if mass == 0 else 1 / sp.sqrt(mass)

    def propagator(self, k: object) -> sp.Expr:
        r""":math:`G(k) = (D/\chi)/(k^2 + m^2)`."""
        return self.noise / self.chi / (expression(k, "k") ** 2 + self.mass_squared())

    def covariance(self, distance: object) -> sp.Expr:
        r""":math:`\frac{D}{2\chi m} e^{-m|x|}` between layers at this distance."""
        mass, x = sp.sqrt(self.mass_squared()), expression(distance, "the distance")
        return self.noise / (2 * self.chi * mass) * sp.exp(-mass * sp.Abs(x))

    def action(self, kappa: sp.Expr, l: sp.Symbol, start: object, stop: object) -> sp.Expr:
        """The action of the function ``kappa`` of the symbol ``l`` between two layers."""
        require(isinstance(l, sp.Symbol), f"l must be a SymPy symbol, got {l!r:.80}")
        kappa = expression(kappa, "kappa")
        start, stop = expression(start, "start"), expression(stop, "stop")
        density = self.chi * sp.diff(kappa, l) ** 2 + (1 - self.chi) ** 2 * kappa**2
        return sp.Integral(density, (l, start, stop)) / (2 * self.noise)

    def departure(self, k: Any) -> sp.Expr:
        """The lattice propagator divided by this one: 1 at k = 0, larger at finite wavelength."""
        k = expression(k, "k")
        mass = self.mass_squared()
        return (k**2 + mass) / (2 * (1 - sp.cos(k)) + mass)
