"""Spherical spin glasses, pure and mixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.kac_rice.covariances import Covariances
from freeprob.landscapes.kac_rice.one_sphere import OneSphereField
from freeprob.parameters import bound, count, exact, require


@final
@dataclass(frozen=True)
class PSpin(OneSphereField):
    """The spherical p-spin H(σ) = N^(-(p-1)/2) Σ J σ_{i1} … σ_{ip}, J standard Gaussian, |σ|² = N.

    H = √N f with E f(x) f(y) = (x·y)^p on the unit sphere: energies are u = H/N. Critical points
    come in pairs ±x and both are counted.

    Parameters
    ----------
    p
        Number of spins in a term, at least 2.

    Raises
    ------
    InvalidParameterError
        For p < 2.

    Notes
    -----
    Choromanska et al. (2015) model the loss of a network of p layers by this field, N counting its
    distinct weights, under assumptions (independent paths and inputs, a spherical constraint) that
    no trained network meets. Their wording was not compared.
    Source: Auffinger, Ben Arous and Černý 2013.

    Examples
    --------
    >>> from freeprob.landscapes import PSpin
    >>> glass = PSpin(3)
    >>> print(f"{glass.ground_level(0):.6f} {glass.complexity():.6f}", glass.threshold())
    1.656998 0.346574 2*sqrt(6)/3
    """

    p: int

    def __post_init__(self) -> None:
        """Check p."""
        object.__setattr__(self, "p", count(self.p, "p", least=2))

    @cached_property
    def covariances(self) -> Covariances:
        """Variances of the field, its gradient, Hessian and radial derivative at one point."""
        t = bound("t")
        return Covariances.of([t**self.p], t)


@final
@dataclass(frozen=True)
class MixedPSpin(OneSphereField):
    """The mixed p-spin, E f(x) f(y) = ν(x·y), ν(t) = Σ β_p² t^p with ν(1) = 1.

    Parameters
    ----------
    nu
        A polynomial in one symbol, or {p: β_p²}.

    Raises
    ------
    InvalidParameterError
        If ν is no polynomial with coefficients ≥ 0 that sum to 1, linear, or has a constant.

    Notes
    -----
    Complexities are those of means. Source: Auffinger-Ben Arous 2013, whose printed theorems were
    not compared: the formulas are derived here.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob.landscapes import MixedPSpin
    >>> t = sp.Symbol("t")
    >>> print(MixedPSpin(t**2/2 + t**4/2).complexity(dps=15))
    0.423648930193602
    """

    nu: sp.Expr

    def __post_init__(self) -> None:
        """Read ν; equal mixtures compare equal whatever their symbol."""
        t = bound("t")
        if isinstance(self.nu, Mapping):
            powers = {count(p, "p", least=1): exact(w, "β²") for p, w in self.nu.items()}
            nu = sp.Add(*(weight * t**p for p, weight in powers.items()))
        else:
            nu = exact(self.nu, "ν")
            if len(nu.free_symbols) != 1:
                raise InvalidParameterError(
                    f"ν must be a polynomial in one symbol such as t**2/2 + t**4/2, got {nu}"
                )
            nu = nu.subs(nu.free_symbols.pop(), t)
        total = sp.simplify(nu.subs(t, 1) - 1)
        require(total.is_zero, f"ν(1) must be 1, got {total + 1}: divide ν by it")
        object.__setattr__(self, "nu", sp.expand(nu))
        _ = self.covariances

    @cached_property
    def covariances(self) -> Covariances:
        """Variances of the field, its gradient, Hessian and radial derivative at one point."""
        return Covariances.of([self.nu], bound("t"))

    def __repr__(self) -> str:
        return f"MixedPSpin({self.nu.xreplace({bound('t'): sp.Symbol('t')})})"
