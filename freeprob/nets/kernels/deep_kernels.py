"""Kernels of deep wide networks: the Gaussian-process kernel and the tangent kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    count,
    digits,
    exact,
    keep_rate,
    non_negative,
)
from freeprob.nets.expectations.fast import FastDuals, fast_duals
from freeprob.nets.mean_field.gaussian_maps import (
    GaussianMaps,
    digit_maps,
    exact_maps,
    float_maps,
    private_context,
    rounded,
    to_digits,
)
from freeprob.numeric.gaussian.blocks import Pairs, mirror, tiles
from freeprob.parameters import many, reals

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DeepKernel:
    r"""The kernel of a deep network of infinite width, with or without gradients.

    Made by :func:`nngp` and :func:`ntk`, which state the formulas.

    Parameters
    ----------
    activation : Activation
    depth : int
        Hidden layers L.
    weight_variance, bias_variance : number or SymPy expression
    keep_rate : number or SymPy expression
    tangent : bool
        Whether the derivative kernels are accumulated as well.
    """

    activation: sp.Basic
    depth: int
    weight_variance: sp.Expr
    bias_variance: sp.Expr
    keep_rate: sp.Expr
    tangent: bool

    def __post_init__(self) -> None:
        checked_activation(self.activation)
        object.__setattr__(self, "depth", count(self.depth, "depth"))
        for name in ("weight_variance", "bias_variance"):
            object.__setattr__(self, name, non_negative(getattr(self, name), name))
        object.__setattr__(self, "keep_rate", keep_rate(self.keep_rate))

    def formula(self, k11: object, k12: object, k22: object) -> sp.Expr:
        r"""The kernel between two different inputs as an expression.

        Parameters
        ----------
        k11, k12, k22 : number or SymPy expression
            Inner products of the inputs divided by their dimension,
            :math:`x_a \cdot x_b / d`.

        Returns
        -------
        sympy.Expr
        """
        products = [exact(k, name) for k, name in ((k11, "k11"), (k12, "k12"), (k22, "k22"))]
        if all(k.is_number for k in products):
            _require_gram(*products)
        return self._pair(exact_maps(self.activation), self._variances(sp.Expr), *products)

    def diagonal_formula(self, k: object) -> sp.Expr:
        """The kernel of an input with itself, ``k`` being its mean square."""
        maps, variances = exact_maps(self.activation), self._variances(sp.Expr)
        return self._diagonal(maps, variances, self._lengths(maps, variances, non_negative(k, "k")))

    def __call__(self, x1: Sequence[object], x2: Sequence[object], dps: int | None = None) -> Any:
        """The kernel between two inputs: a float, or an mpf with ``dps`` digits."""
        left, right = ([exact(x, "an input") for x in many(one, "an input")] for one in (x1, x2))
        if not left or len(left) != len(right):
            raise InvalidParameterError("two inputs need the same number of features, at least one")
        context = private_context(16 if dps is None else digits(dps))
        maps = digit_maps(self.activation, context)
        variances = self._variances(lambda value: to_digits(value, {}, context))
        k11, k12, k22 = (
            to_digits(sum(x * y for x, y in zip(a, b, strict=True)) / len(a), {}, context)
            for a, b in ((left, left), (left, right), (right, right))
        )
        if left == right:
            value = self._diagonal(maps, variances, self._lengths(maps, variances, k11))
        else:
            value = self._pair(maps, variances, k11, k12, k22)
        return float(value) if dps is None else rounded(value, dps)

    def matrix(self, X1: ArrayLike, X2: ArrayLike | None = None) -> Array:
        """The kernel matrix of the rows of ``X1`` with those of ``X2`` (``X1`` if left out).

        Parameters
        ----------
        X1, X2 : array_like, shape (samples, features)

        Returns
        -------
        ndarray, float64
        """
        left = _data(X1)
        right = left if X2 is None else _data(X2)
        if left.shape[1] != right.shape[1]:
            raise InvalidParameterError(
                f"inputs have {left.shape[1]} and {right.shape[1]} features; they must agree"
            )
        variances, symmetric = self._variances(float), X2 is None
        own = self._lengths(self._float_maps, variances, _squares(left))
        other = own if symmetric else self._lengths(self._float_maps, variances, _squares(right))
        kernel = left @ right.T
        kernel /= left.shape[1]
        if symmetric:
            # replaced below by the single-input map; 0 keeps the pair map away from correlation 1
            np.fill_diagonal(kernel, 0.0)
        kernel = self._layers(variances, own, other, kernel, tiles(*kernel.shape, symmetric))
        if symmetric:
            mirror(kernel)
            np.fill_diagonal(kernel, self._diagonal(self._float_maps, variances, own))
        return kernel

    def _layers(
        self,
        variances: tuple[Any, Any, Any],
        own: list,
        other: list,
        kernel: Array,
        blocks: list[tuple[slice, slice]],
    ) -> Array:
        """Carry blocks of a matrix of inner products through all layers, in place."""
        weight, bias, _ = variances
        for block in blocks:
            kernel[block] = weight * kernel[block] + bias
        tangent = kernel.copy() if self.tangent else kernel
        for q1, q2 in zip(own[:-1], other[:-1], strict=True):
            duals = self._duals.on(Pairs(q1, kernel, q2, tuple(blocks)))
            for block in blocks:
                value, *slopes = duals(block)
                kernel[block] = after = weight * value + bias
                for slope in slopes:
                    tangent[block] = _trained(after, weight * slope, tangent[block])
        return tangent

    def diagonal(self, X: ArrayLike) -> Array:
        """The kernel of every row of ``X`` with itself."""
        variances = self._variances(float)
        lengths = self._lengths(self._float_maps, variances, _squares(_data(X)))
        return self._diagonal(self._float_maps, variances, lengths)

    @cached_property
    def _float_maps(self) -> GaussianMaps:
        return float_maps(self.activation)

    @cached_property
    def _duals(self) -> FastDuals:
        """The kernels that a layer needs, in one pass over arrays."""
        slopes = [self.activation.derivative_for_kernel()] if self.tangent else []
        return fast_duals([self.activation.pieces, *slopes])

    def _variances(self, read: Any) -> tuple[Any, Any, Any]:
        """Weight and bias variance and keep rate in one arithmetic."""
        values = (self.weight_variance, self.bias_variance, self.keep_rate)
        if read is sp.Expr:
            return values
        for value in values:
            if value.free_symbols:
                raise UndefinedOperationError(
                    f"numbers need numeric variances; substitute values in {value} or use formula()"
                )
        return tuple(read(value) for value in values)

    def _lengths(self, maps: GaussianMaps, variances: tuple[Any, Any, Any], square: Any) -> list:
        """Pre-activation variances of layers 1, ..., L + 1."""
        weight, bias, keep = variances
        lengths = [weight * square + bias]
        for _ in range(self.depth):
            lengths.append(weight / keep * maps.second(lengths[-1]) + bias)
        return lengths

    def _pair(
        self, maps: GaussianMaps, variances: tuple[Any, Any, Any], k11: Any, k12: Any, k22: Any
    ) -> Any:
        own, other = (self._lengths(maps, variances, square) for square in (k11, k22))
        return self._propagate(maps, variances, own, k12, other)

    def _propagate(
        self,
        maps: GaussianMaps,
        variances: tuple[Any, Any, Any],
        own: list,
        product: Any,
        other: list,
    ) -> Any:
        """Carry the inner product of two inputs through all layers."""
        weight, bias, _ = variances
        kernel = weight * product + bias
        tangent = kernel
        for q1, q2 in zip(own[:-1], other[:-1], strict=True):
            after = weight * maps.pair(q1, kernel, q2) + bias
            if self.tangent:
                slope = maps.slope_pair(q1, kernel, q2)
                tangent = _trained(after, weight * slope, tangent)
            kernel = after
        return tangent if self.tangent else kernel

    def _diagonal(self, maps: GaussianMaps, variances: tuple[Any, Any, Any], lengths: list) -> Any:
        """The same on the diagonal, where the two inputs share one Gaussian."""
        weight, _, keep = variances
        if not self.tangent:
            return lengths[-1]
        tangent = lengths[0]
        for before, after in pairwise(lengths):
            tangent = _trained(after, weight / keep * maps.slope_second(before), tangent)
        return tangent


def nngp(
    activation: sp.Basic,
    depth: int,
    weight_variance: object,
    bias_variance: object,
    keep_rate: object = 1,
) -> DeepKernel:
    r"""The Gaussian-process kernel of a wide network with ``depth`` hidden layers.

    .. math:: K^0(x, x') = \sigma_b^2 + \sigma_w^2\, x \cdot x'/d, \qquad
              K^l(x, x') = \sigma_b^2 + \sigma_w^2\, E f(u) f(v),

    (u, v) Gaussian with the covariance :math:`K^{l-1}` of the two inputs; the kernel of the
    network's linear output is :math:`K^L`.

    Parameters
    ----------
    activation : Activation
        f, in every hidden layer.
    depth : int
        The number L of hidden layers, from 0.
    weight_variance, bias_variance : number or SymPy expression
        :math:`\sigma_w^2` (times 1/fan-in) and :math:`\sigma_b^2`.
    keep_rate : number or SymPy expression
        Dropout with independent masks for each input, kept units divided by this rate; it
        multiplies E f^2 on the diagonal by 1/keep_rate.

    Returns
    -------
    DeepKernel

    References
    ----------
    J. Lee et al., *Deep Neural Networks as Gaussian Processes*, ICLR 2018, eq. (5).

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import nets
    >>> K = nets.nngp(nets.relu, 1, weight_variance=2, bias_variance=0)
    >>> K.diagonal_formula(sp.Symbol("k", positive=True))
    2*k
    >>> K.matrix([[1.0, 0.0], [0.0, 1.0]]).round(4)
    array([[1.    , 0.3183],
           [0.3183, 1.    ]])
    """
    return DeepKernel(activation, depth, weight_variance, bias_variance, keep_rate, tangent=False)


def ntk(
    activation: sp.Basic, depth: int, weight_variance: object, bias_variance: object
) -> DeepKernel:
    r"""The tangent kernel of a wide network with ``depth`` hidden layers, all layers trained.

    .. math:: \Theta^0 = K^0, \qquad
              \Theta^l = K^l + \sigma_w^2\, E f'(u) f'(v)\; \Theta^{l-1},

    with K of :func:`nngp`, in the parametrisation :math:`h = \frac{\sigma_w}{\sqrt n} W x +
    \sigma_b b`.

    Parameters
    ----------
    activation : Activation
        f; it must have no jumps, since E f'(u) f'(v) would diverge on the diagonal.
    depth : int
    weight_variance, bias_variance : number or SymPy expression

    Returns
    -------
    DeepKernel

    Raises
    ------
    UndefinedOperationError
        The activation jumps.

    References
    ----------
    A. Jacot, F. Gabriel, C. Hongler, *Neural Tangent Kernel*, NeurIPS 2018, theorem 1.

    Examples
    --------
    >>> from freeprob import nets
    >>> T = nets.ntk(nets.relu, 1, weight_variance=2, bias_variance=0)
    >>> T.diagonal([[1.0, 1.0]])
    array([4.])
    """
    if checked_activation(activation).expect(sp.S.One, power=2, derivative=1) is sp.oo:
        raise UndefinedOperationError(
            f"{activation} jumps, so its derivative is a distribution and the tangent kernel "
            "diverges on the diagonal; use a continuous activation, or nngp, which exists"
        )
    return DeepKernel(activation, depth, weight_variance, bias_variance, 1, tangent=True)


def _trained(kernel: Any, gain: Any, tangent: Any) -> Any:
    """The tangent kernel after a layer: what its own weights add, and what passes through it."""
    return kernel + gain * tangent


def _data(X: ArrayLike) -> Array:
    """A finite float64 matrix of samples by features."""
    array = reals(X, "inputs")
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidParameterError(
            f"data must be a matrix of samples by features, not of shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise InvalidParameterError("data must be finite; it contains NaN or infinity")
    return array


def _squares(X: Array) -> Array:
    """The mean square of each row."""
    return np.einsum("ij,ij->i", X, X) / X.shape[1]


def _require_gram(k11: sp.Expr, k12: sp.Expr, k22: sp.Expr) -> None:
    """Refuse inner products that no two vectors have."""
    if k11.is_negative or k22.is_negative or (k11 * k22 - k12**2).is_negative:
        raise InvalidParameterError(
            f"no two inputs have inner products {k11}, {k12}, {k22}: their correlation would lie "
            "outside [-1, 1]"
        )
