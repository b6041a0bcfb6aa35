"""Vectorised float64 functions of variances and covariances, for kernels on data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.bound_symbol import ARGUMENT
from freeprob.nets.closed_forms import (
    COVARIANCE,
    FIRST,
    GAP,
    SECOND,
    VARIANCE,
    dual_of_pieces,
    mean_of_pieces,
)
from freeprob.nets.constants import prepared
from freeprob.nets.expectation import mean_of
from freeprob.nets.exponential_terms import OutsideClass
from freeprob.nets.numbers import numpy_function
from freeprob.nets.pieces import Pieces
from freeprob.nets.special import StableTail
from freeprob.numeric.bivariate_normal import determinant
from freeprob.numeric.blocks import blockwise
from freeprob.numeric.dual_grids import DualGrid
from freeprob.numeric.gaussian_grids import Grid
from freeprob.numeric.lowering import compile_numpy

if TYPE_CHECKING:
    from freeprob.nets.activations import Activation


def grid_of(pieces: Pieces) -> Grid:
    """Return the function as a float64 grid function."""
    _refuse_parameters(pieces.expression())
    return Grid(numpy_function(pieces), tuple(float(place.evalf(20)) for place in pieces.breaks))


def fast_dual(pieces: Pieces) -> Callable[[Any, Any, Any], np.ndarray]:
    """Return (q1, k, q2) -> E f(u) f(v) on float64 arrays, stable next to correlation 1.

    A closed form is written in q1, k, q2 and the determinant q1 q2 - k^2, which is computed
    without cancellation; other functions use their Hermite series.
    """
    _refuse_parameters(pieces.expression())
    grid = grid_of(pieces)
    functions, meanings = prepared(pieces, pieces)
    try:
        form = dual_of_pieces(*functions, stable=True)
    except OutsideClass:
        return _checked(DualGrid(grid))
    constants = {name: sp.Float(meaning.evalf(20), 20) for name, meaning in meanings}
    compiled = compile_numpy(form.xreplace(constants), [FIRST, COVARIANCE, SECOND, GAP])
    singular = _is_singular(form)
    gap, line = determinant if singular else _plain_gap, DualGrid(grid).on_the_line

    def on_the_line(q1: np.ndarray, k: np.ndarray, q2: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            value = np.broadcast_to(compiled(q1, k, q2, np.zeros_like(k)), k.shape).copy()
        open_ = np.isnan(value)
        if open_.any():
            value[open_] = line(q1[open_], k[open_], q2[open_])
        return value

    def block(q1: np.ndarray, k: np.ndarray, q2: np.ndarray) -> np.ndarray:
        determinants = gap(q1, k, q2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            value = np.asarray(compiled(q1, k, q2, determinants))
        if value.shape != k.shape:
            value = np.broadcast_to(value, k.shape)
        if not (q1.all() and q2.all()):
            means = grid.mean(q1) * grid.mean(q2)
            return np.where((q1 == 0) | (q2 == 0), means, value)
        if singular and not determinants.all():
            flat = determinants == 0
            a, c, b = (np.broadcast_to(part, k.shape)[flat] for part in (q1, k, q2))
            # a covariance a rounding beyond the bound would be taken for another sign
            bound = np.sqrt(a * b)
            value = np.array(value)
            value[flat] = on_the_line(a, np.clip(c, -bound, bound), b)
        return value

    return _checked(lambda q1, k, q2: blockwise(block, q1, k, q2))


def _is_singular(form: sp.Expr) -> bool:
    """Whether the form needs the relative accuracy of a determinant near 0."""
    return any(
        isinstance(node, sp.Pow) and node.base == GAP and not (node.exp.is_Integer and node.exp > 0)
        for node in sp.preorder_traversal(form)
    ) or form.has(StableTail)


def _plain_gap(q1: np.ndarray, k: np.ndarray, q2: np.ndarray) -> np.ndarray:
    return q1 * q2 - k * k


def _checked(function: Callable[..., np.ndarray]) -> Callable[[Any, Any, Any], np.ndarray]:
    def kernel(q1: Any, k: Any, q2: Any) -> np.ndarray:
        if np.min(q1, initial=0.0) < 0 or np.min(q2, initial=0.0) < 0:
            raise InvalidParameterError("a variance is negative")
        return function(q1, k, q2)

    return kernel


def fast_mean(f: Activation, power: int, derivative: int) -> Callable[[Any], np.ndarray]:
    """Return q -> E f^(derivative)(sqrt(q) Z)^power on float64 arrays."""
    pieces = f.pieces_of(derivative)
    _refuse_parameters(pieces.expression())
    if power > 1 and not pieces.is_function:
        raise UndefinedOperationError(
            f"E f^({derivative}) to the power {power} is infinite: the derivative has a point mass"
        )
    product = pieces
    for _ in range(power - 1):
        product = product.times(pieces)
    (renamed,), meanings = prepared(product)
    try:
        form = mean_of_pieces(renamed)
    except OutsideClass:
        grid = grid_of(pieces)
        return Grid(lambda w: grid.function(w) ** power, grid.breaks).mean
    constants = {name: sp.Float(meaning.evalf(20), 20) for name, meaning in meanings}
    compiled = compile_numpy(form.xreplace(constants), [VARIANCE])

    def closed(q: Any) -> np.ndarray:
        q = np.asarray(q, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            value = np.broadcast_to(compiled(q), q.shape) + 0.0
        if not q.all():
            value[q == 0] = float(mean_of(product, sp.Integer(0)).evalf(20))
        return value

    return closed


def _refuse_parameters(expr: sp.Expr) -> None:
    free = expr.free_symbols - {ARGUMENT}
    if free:
        names = ", ".join(sorted(map(str, free)))
        raise InvalidParameterError(
            f"a float64 function needs numbers for the parameters {names}: substitute them first"
        )
