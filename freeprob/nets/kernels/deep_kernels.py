"""Kernels of deep wide networks: the Gaussian-process kernel and the tangent kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.memory import require_memory
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    count,
    digits,
    exact,
    keep_rate,
    non_negative,
)
from freeprob.nets.expectations.fast import FastDuals, fast_duals
from freeprob.nets.expectations.real_powers import degree_of
from freeprob.nets.functions.real_arrays import data_matrix
from freeprob.nets.kernels.alike_pairs import AlikePairs, alike_pairs
from freeprob.nets.kernels.recursion import Recursion, trained
from freeprob.nets.kernels.single_pairs import SinglePair
from freeprob.nets.mean_field.gaussian_maps import GaussianMaps, exact_maps, float_maps, rounded
from freeprob.numeric.gaussian.blocks import Pairs, mirror, tiles
from freeprob.parameters import many

Array = NDArray[np.float64]

_LARGEST = 1e305  # mean square of an input, its inverse the least one

_LARGEST = 1e305  # mean square of an input, its inverse the least one


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

    def _repr_latex_(self) -> str:
        """The recursion that the kernel is."""
        w, b = sp.latex(self.weight_variance), sp.latex(self.bias_variance)
        scale = "" if self.weight_variance == 1 else f"{w}\\,"
        own = "" if self.bias_variance == 0 else f" + {b}"
        lines = [
            rf"& f({sp.latex(self.activation.args[1])}) = {sp.latex(self.activation.args[0])}",
            rf"& K^0 = {scale}x \cdot x'/d{own}, \quad K^l = {scale}E f(u) f(v){own}, "
            rf"\quad (u, v) \sim N(0, K^{{l-1}}), \quad l \le {self.depth}",
        ]
        if self.tangent:
            lines.append(
                rf"& \Theta^0 = K^0, \quad \Theta^l = K^l + {scale}E f'(u) f'(v)\,\Theta^{{l-1}}"
            )
        body = " \\\\\n".join(lines)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

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
        recursion = self._exact()
        own, other = (recursion.lengths(k) for k in (products[0], products[2]))
        return recursion.pair(own, products[1], other)

    def diagonal_formula(self, k: object) -> sp.Expr:
        """The kernel of an input with itself, ``k`` being its mean square."""
        recursion = self._exact()
        return recursion.diagonal(recursion.lengths(non_negative(k, "k")))

    def __call__(self, x1: Sequence[object], x2: Sequence[object], dps: int | None = None) -> Any:
        """The kernel between two inputs: a float, or an mpf with ``dps`` digits."""
        if any(isinstance(one, np.ndarray) and one.ndim > 1 for one in (x1, x2)):
            raise InvalidParameterError(
                "an input is one row of numbers: of two arrays of rows give K.matrix(X1, X2)"
            )
        left, right = ([exact(x, "an input") for x in many(one, "an input")] for one in (x1, x2))
        if not left or len(left) != len(right):
            raise InvalidParameterError("two inputs need the same number of features, at least one")
        variances = self._numeric_variances()
        pair = SinglePair(self.activation, (left, right), variances, self.depth, self.tangent)
        value = pair.value(16 if dps is None else digits(dps))
        return rounded(value, dps) if dps is not None else float(_finite(np.asarray(float(value))))

    @np.errstate(over="ignore", invalid="ignore")
    def matrix(self, X1: ArrayLike, X2: ArrayLike | None = None) -> Array:
        """The kernel matrix of the rows of ``X1`` with those of ``X2`` (``X1`` if left out).

        Parameters
        ----------
        X1, X2 : array_like, shape (samples, features)

        Returns
        -------
        ndarray, float64
        """
        left = data_matrix(X1)
        right = left if X2 is None else data_matrix(X2)
        if left.shape[1] != right.shape[1]:
            raise InvalidParameterError(
                f"inputs have {left.shape[1]} and {right.shape[1]} features; they must agree"
            )
        require_memory((len(left), len(right)), "a kernel matrix")
        recursion, symmetric = self._floats(), X2 is None
        own = recursion.lengths(_squares(left))
        other = own if symmetric else recursion.lengths(_squares(right))
        kernel = left @ right.T
        kernel /= left.shape[1]
        if symmetric:
            # replaced below by the single-input map; 0 keeps the pair map away from correlation 1
            np.fill_diagonal(kernel, 0.0)
        blocks = tiles(len(left), len(right), symmetric)
        alike = alike_pairs(left, right, kernel, blocks, (recursion.weight, recursion.bias))
        kernel = self._layers(recursion, own, other, kernel, blocks, alike)
        if symmetric:
            mirror(kernel)
            np.fill_diagonal(kernel, recursion.diagonal(own))
        return _finite(kernel)

    def _layers(
        self,
        recursion: Recursion,
        own: list,
        other: list,
        kernel: Array,
        blocks: list[tuple[slice, slice]],
        alike: AlikePairs,
    ) -> Array:
        """Carry blocks of a matrix of inner products through all layers, in place."""
        weight, bias, keep = recursion.weight, recursion.bias, recursion.keep
        for block in blocks:
            kernel[block] = weight * kernel[block] + bias
        tangent = kernel.copy() if self.tangent else kernel
        grid, sides = self._duals.grids[0], list(zip(own, other, strict=True))
        followed = alike.lasting(grid, *sides[0], bias, self._degree) if keep == 1 else alike.none
        for before, after in pairwise(sides):
            duals = self._duals.on(
                Pairs(before[0], kernel, before[1], tuple(blocks), alike.known_angles)
            )
            for block in blocks:
                value, *slopes = duals(block)
                kernel[block] = level = weight * value + bias
                for slope in slopes:
                    tangent[block] = trained(level, weight * slope, tangent[block])
            alike, products = followed.after(grid, weight, before, after)
            place = alike.rows, alike.columns
            if self.tangent:
                tangent[place] += products - kernel[place]
            kernel[place] = products
            followed = alike
        return tangent

    @np.errstate(over="ignore", invalid="ignore")
    def diagonal(self, X: ArrayLike) -> Array:
        """The kernel of every row of ``X`` with itself."""
        recursion = self._floats()
        return _finite(recursion.diagonal(recursion.lengths(_squares(data_matrix(X)))))

    def __getstate__(self) -> dict[str, Any]:
        """The parameters; compiled functions are made again when asked for."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def _float_maps(self) -> GaussianMaps:
        return float_maps(self.activation)

    @cached_property
    def _duals(self) -> FastDuals:
        """The kernels that a layer needs, in one pass over arrays."""
        slopes = [self.activation.derivative_for_kernel()] if self.tangent else []
        return fast_duals([self.activation.pieces, *slopes])

    @cached_property
    def _degree(self) -> float | None:
        """The degree of a homogeneous activation."""
        return degree_of(self.activation.pieces)

    def _numeric_variances(self) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        """Weight and bias variance and keep rate, refused if they are symbols."""
        values = (self.weight_variance, self.bias_variance, self.keep_rate)
        for value in values:
            if value.free_symbols:
                raise UndefinedOperationError(
                    f"numbers need numeric variances; substitute values in {value} or use formula()"
                )
        return values

    def _exact(self) -> Recursion:
        variances = (self.weight_variance, self.bias_variance, self.keep_rate)
        return Recursion(exact_maps(self.activation), *variances, self.depth, self.tangent)

    def _floats(self) -> Recursion:
        weight, bias, keep = map(float, self._numeric_variances())
        maps = self._float_maps
        within_range = replace(maps, second=lambda q: maps.second(_finite(q)))
        return Recursion(within_range, weight, bias, keep, self.depth, self.tangent)


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

    Raises
    ------
    InvalidParameterError
        If the depth is no whole number, or a variance is negative.

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


def _squares(X: Array) -> Array:
    """The mean square of each row."""
    with np.errstate(over="ignore"):
        squares = np.einsum("ij,ij->i", X, X) / X.shape[1]
    if (squares > _LARGEST).any() or (X[squares < 1 / _LARGEST] != 0).any():
        raise InvalidParameterError(
            "some inputs are so large or so small that their squares leave the range of float64: "
            "rescale the inputs, or use K(x1, x2, dps=) for single pairs"
        )
    return squares


def _finite(kernel: Array) -> Array:
    """The kernel, refused where float64 cannot hold it."""
    if np.isfinite(kernel).all():
        return kernel
    raise ConvergenceError(
        "the kernel leaves the range of float64 for these inputs: lengths grow too fast from layer "
        "to layer, or the inputs are too large; use smaller variances or inputs, fewer layers, or "
        "K(x1, x2, dps=) for single pairs"
    )


def _require_gram(k11: sp.Expr, k12: sp.Expr, k22: sp.Expr) -> None:
    """Refuse inner products that no two vectors have."""
    if k11.is_negative or k22.is_negative or (k11 * k22 - k12**2).is_negative:
        raise InvalidParameterError(
            f"no two inputs have inner products {k11}, {k12}, {k22}: their correlation would lie "
            "outside [-1, 1]"
        )
