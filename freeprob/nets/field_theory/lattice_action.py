"""The exact action of a random network: its layers as a chain with nearest-neighbour coupling."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.parameters import expression, many


def layer_kernel(
    activation: sp.Basic,
    weight_variance: sp.Expr,
    bias_variance: sp.Expr,
    field: sp.IndexedBase,
    layer: sp.Expr,
    width: sp.Expr,
    inputs: int,
) -> sp.Matrix:
    r""":math:`K_{ab} = \sigma_b^2 + \frac{\sigma_w^2}N \sum_j f(z^{l-1}_{aj}) f(z^{l-1}_{bj})`."""
    j = sp.Dummy("j", integer=True, positive=True)

    def entry(a: int, b: int) -> sp.Expr:
        left, right = (_site(field, layer - 1, one, j, inputs) for one in (a, b))
        product = activation.expression(left) * activation.expression(right)
        return bias_variance + weight_variance / width * sp.Sum(product, (j, 1, width))

    return sp.Matrix(inputs, inputs, lambda a, b: entry(min(a, b), max(a, b)))


def lattice_action(
    activation: sp.Basic,
    weight_variance: sp.Expr,
    bias_variance: sp.Expr,
    field: sp.IndexedBase,
    input_kernel: sp.Matrix,
    width: sp.Expr,
    depth: sp.Expr,
) -> sp.Expr:
    r"""The action H of the pre-activations of layers 1 to ``depth``, weights integrated out.

    .. math:: H = \frac12 \sum_l \left[ \mathrm{tr}\, (K^l)^{-1} Z^l (Z^l)^T
              + N \log\det 2\pi K^l \right], \qquad P(z) = e^{-H}.
    """
    inputs = input_kernel.shape[0]
    l = sp.Dummy("l", integer=True, positive=True)
    later = layer_kernel(activation, weight_variance, bias_variance, field, l, width, inputs)
    first = _layer_term(field, sp.Integer(1), input_kernel, width)
    return first + sp.Sum(_layer_term(field, l, later, width), (l, 2, depth))


def _layer_term(
    field: sp.IndexedBase, layer: sp.Expr, kernel: sp.Matrix, width: sp.Expr
) -> sp.Expr:
    """Minus the log density of one layer given the one before."""
    inputs = kernel.shape[0]
    i = sp.Dummy("i", integer=True, positive=True)
    inverse = kernel.adjugate() / kernel.det(method="berkowitz")
    quadratic = sum(
        inverse[a, b]
        * sp.Sum(
            _site(field, layer, a, i, inputs) * _site(field, layer, b, i, inputs), (i, 1, width)
        )
        for a in range(inputs)
        for b in range(inputs)
    )
    return (quadratic + width * sp.log((2 * sp.pi * kernel).det(method="berkowitz"))) / 2


def _site(
    field: sp.IndexedBase, layer: sp.Expr, one: int, unit: sp.Expr, inputs: int
) -> sp.Indexed:
    """z[l, i] for one input, z[l, a, i] for several (a = 1, 2, ...)."""
    return field[layer, unit] if inputs == 1 else field[layer, one + 1, unit]


def as_kernel(entries: Any) -> sp.Matrix:
    """The kernel of the inputs as a symmetric SymPy matrix; a scalar means one input."""
    if isinstance(entries, sp.MatrixBase | np.ndarray):
        entries = entries.tolist()
    if not isinstance(entries, list | tuple):
        entries = [[entries]]
    rows = [many(row, "a row of the input kernel") for row in entries]
    if len({*map(len, rows), len(rows)}) > 1:
        raise InvalidParameterError("the input kernel must be a symmetric matrix")
    matrix = sp.Matrix([[expression(x, "the input kernel") for x in row] for row in rows])
    if not matrix.is_symmetric():
        raise InvalidParameterError("the input kernel must be a symmetric matrix")
    return matrix
