"""The Gaussian law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import sympy as sp

from freeprob.exact.systems.facts import GivenMoments
from freeprob.exact.systems.leaves import from_gaussian
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.nets.expectations.gaussian_images import gaussian_image, is_affine
from freeprob.nets.functions.bound_symbol import ARGUMENT
from freeprob.nets.functions.formula_pieces import formula_pieces
from freeprob.parameters import Number, bound, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model

_X = bound("x")


@final
class Normal(Law):
    r"""The Gaussian law of density :math:`e^{-(x - m)^2/2v}/\sqrt{2\pi v}`.

    Its G is no elementary function: numbers come from E[x/(z - x)] as an integral.

    Parameters
    ----------
    mean
        m.
    variance
        v, positive.

    Raises
    ------
    InvalidParameterError
        If the variance is not positive.

    Examples
    --------
    >>> from freeprob import Normal
    >>> Normal(1, 2).moments(4)
    [1, 3, 7, 25]
    >>> print(Normal().cauchy(1j, dps=20))
    (0.0 - 0.65567954241879847154j)
    """

    def __new__(cls, mean: Number = 0, variance: Number = 1) -> Normal:
        """Read mean and variance."""
        mean, variance = exact(mean, "mean"), exact(variance, "variance")
        require(variance > 0, f"the variance must be positive, got {variance}")
        return super().__new__(cls, mean, variance)

    @classmethod
    def _rebuilt(cls, mean: sp.Expr, variance: sp.Expr) -> Law:
        return PointMass(mean) if variance.is_zero else cls(mean, variance)

    def _system(self) -> System:
        mean, variance = self.args
        # of -x, which has the same law: SymPy has a class of its own for x ↦ x
        function = sp.Lambda(_X, mean - sp.sqrt(variance) * _X)
        part = (sp.S.One, function, -sp.oo, sp.oo)
        return from_gaussian([part], {}, NormalMoments(mean, variance))

    def _closed_density(self, x: sp.Expr) -> sp.Expr:
        mean, variance = self.args
        return sp.exp(-((x - mean) ** 2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law | None:
        mean, variance = self.args
        return Normal(scale * mean + shift, scale**2 * variance) if scale.is_nonzero else None

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        """Functions of a Gaussian variable have laws of one kind; affine ones stay Gaussian."""
        if is_affine(change):
            return None
        mean, variance = self.args
        return gaussian_image(formula_pieces(change(mean + ARGUMENT), 0), variance)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Deterministic

        return Deterministic(NormalQuantile(*map(float, self.args)))

    def _on_half_line(self) -> bool | None:
        return False


@final
@dataclass(frozen=True)
class NormalMoments(GivenMoments):
    """mₖ = m mₖ₋₁ + (k - 1) v mₖ₋₂."""

    mean: sp.Expr
    variance: sp.Expr

    def moment(self, order: int) -> sp.Expr:
        """By the recursion."""
        before, moment = sp.S.One, self.mean
        for k in range(2, order + 1):
            following = self.mean * moment + (k - 1) * self.variance * before
            before, moment = moment, sp.expand(following)
        return moment

    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> NormalMoments:
        """The same with parameters replaced by values."""
        values = dict(values)
        return NormalMoments(self.mean.xreplace(values), self.variance.xreplace(values))


@final
@dataclass(frozen=True)
class NormalQuantile:
    """The quantile function."""

    mean: float
    variance: float

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """On arrays."""
        from scipy.special import ndtri

        return self.mean + np.sqrt(self.variance) * ndtri(probabilities)
