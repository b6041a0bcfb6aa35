"""Wide convolutional networks in one dimension, on a circle of sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    count,
    exact,
    filter_profile,
    non_negative,
)
from freeprob.nets.mean_field.gaussian_maps import GaussianMaps, float_maps
from freeprob.parameters import finite_reals
from freeprob.tables import Tabled

Array = NDArray[np.float64]


def uniform_filter(reach: int) -> tuple[sp.Expr, ...]:
    """The profile of a filter of width 2 reach + 1 whose weights share one variance.

    Parameters
    ----------
    reach : int
        Positions on each side, from 0.

    Returns
    -------
    tuple of SymPy numbers
        2 reach + 1 shares that sum to 1.

    Raises
    ------
    InvalidParameterError
        If the reach is no whole number, or negative.

    Examples
    --------
    >>> from freeprob import nets
    >>> nets.uniform_filter(1)
    (1/3, 1/3, 1/3)
    """
    width = 2 * count(reach, "reach") + 1
    return (sp.Rational(1, width),) * width


@dataclass(frozen=True)
class ConvolutionalKernel(Tabled):
    r"""The covariance map of a wide circular convolutional network.

    .. math:: \Sigma^{l+1}_{\alpha\alpha'} = \sigma_b^2 + \sigma_w^2 \sum_{\beta=-k}^{k} v_\beta\,
              E f(u_{\alpha+\beta}) f(u'_{\alpha'+\beta}), \qquad u \sim N(0, \Sigma^l),

    with :math:`\sum_\beta v_\beta = 1`; weights have variance :math:`\sigma_w^2 v_\beta/C` for C
    channels. The first layer acts on the inputs themselves, linearly.

    Parameters
    ----------
    activation : Activation
    depth : int
        Hidden layers.
    weight_variance, bias_variance : number
    filter_variances : sequence of numbers
        The profile v, of odd length; ``uniform_filter(k)`` for equal variances, ``(1,)`` or
        ``(0, 1, 0)`` for a delta-orthogonal network.

    References
    ----------
    L. Xiao et al., *Dynamical Isometry and a Mean Field Theory of CNNs*, ICML 2018.

    Examples
    --------
    >>> from freeprob import nets
    >>> kernel = nets.ConvolutionalKernel(nets.erf, 2, 2, 0, nets.uniform_filter(1))
    >>> kernel.mode_multipliers(4)
    [1, 1/3, -1/3, 1/3]
    """

    activation: sp.Basic
    depth: int
    weight_variance: sp.Expr
    bias_variance: sp.Expr
    filter_variances: tuple[sp.Expr, ...]

    def __post_init__(self) -> None:
        checked_activation(self.activation)
        object.__setattr__(self, "depth", count(self.depth, "depth"))
        for name in ("weight_variance", "bias_variance"):
            object.__setattr__(self, name, non_negative(getattr(self, name), name))
        profile = filter_profile(self.filter_variances)
        total = sp.simplify(sum(profile))
        if (total - 1).is_zero is False:
            raise InvalidParameterError(f"filter_variances need the sum 1, theirs is {total}")
        object.__setattr__(self, "filter_variances", profile)

    def covariance(self, X: ArrayLike) -> Array:
        """The covariance of the output layer's pre-activations.

        Parameters
        ----------
        X : array_like, shape (samples, channels, sites)

        Returns
        -------
        ndarray, shape (samples, samples, sites, sites)
        """
        inputs = finite_reals(X, "inputs")
        if inputs.ndim != 3 or inputs.size == 0:
            raise InvalidParameterError(
                f"inputs must be finite, of shape (samples, channels, sites), not {inputs.shape}"
            )
        products = np.einsum("acs,bct->abst", inputs, inputs) / inputs.shape[1]
        sigma = self._filtered(products)
        for _ in range(self.depth):
            sigma = self.step(sigma)
        return sigma

    def step(self, sigma: Array) -> Array:
        """One hidden layer on a covariance of shape (samples, samples, sites, sites)."""
        sigma = finite_reals(sigma, "sigma")
        if sigma.ndim != 4 or sigma.shape[0] != sigma.shape[1] or sigma.shape[2] != sigma.shape[3]:
            raise InvalidParameterError(
                f"sigma has the shape (samples, samples, sites, sites), not {sigma.shape}"
            )
        lengths = np.einsum("aass->as", sigma)
        products = self._maps.pair(lengths[:, None, :, None], sigma, lengths[None, :, None, :])
        samples, sites = lengths.shape
        a, s = np.meshgrid(np.arange(samples), np.arange(sites), indexing="ij")
        products[a, a, s, s] = self._maps.second(lengths)
        return self._filtered(products)

    def mode_multipliers(self, sites: int) -> list[sp.Expr]:
        r"""The filter's effect on each Fourier mode of a ring.

        :math:`\lambda_j = \sum_\beta v_\beta e^{2\pi i j \beta/n}`, exact. A perturbation of the
        diagonal of the fixed covariance is multiplied by :math:`\chi_q \lambda_j` per layer, one
        off the diagonal by :math:`C'(c^*) \lambda_j`.
        """
        sites = count(sites, "sites", least=1)
        reach = len(self.filter_variances) // 2
        offsets = range(-reach, reach + 1)
        turn = 2 * sp.pi * sp.I / sites

        def factor(mode: int) -> sp.Expr:
            waves = (sp.exp(turn * mode * beta).rewrite(sp.cos) for beta in offsets)
            terms = (v * wave for v, wave in zip(self.filter_variances, waves, strict=True))
            return sp.nsimplify(sp.Add(*terms).expand())

        return [factor(mode) for mode in range(sites)]

    def mode_depth_scale(self, mode: int, sites: int, slope: object) -> sp.Expr:
        r""":math:`\xi_j = -1/\log|\lambda_j s|`, s the fully connected map's slope.

        Use :math:`\chi_1` for correlations in the ordered phase, ``correlation_slope`` in general
        and :math:`\chi_q` for lengths.
        """
        multipliers = self.mode_multipliers(sites)
        mode = count(mode, "mode", most=len(multipliers) - 1)
        size = sp.Abs(exact(slope, "slope") * multipliers[mode])
        if size == 0:
            return sp.S.Zero
        return sp.oo if size == 1 else -1 / sp.log(size)

    def _filtered(self, products: Array) -> Array:
        """Bias plus the filter's average over products of equally shifted sites."""
        reach = len(self.filter_variances) // 2
        shifts: Sequence[int] = range(-reach, reach + 1)
        average = np.zeros_like(products)
        for beta, v in zip(shifts, self.filter_variances, strict=True):
            average += float(v) * np.roll(products, (-beta, -beta), axis=(2, 3))
        return float(self.bias_variance) + float(self.weight_variance) * average

    @cached_property
    def _maps(self) -> GaussianMaps:
        return float_maps(self.activation)
