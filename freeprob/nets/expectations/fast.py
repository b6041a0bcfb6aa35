"""Vectorised float64 functions of variances and covariances, for kernels on data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.systems.bounded_exponentials import for_floats
from freeprob.nets.expectations.cascade import kernel_by_routes
from freeprob.nets.expectations.closed_forms import (
    COVARIANCE,
    FIRST,
    GAP,
    SECOND,
    VARIANCE,
    mean_of_pieces,
)
from freeprob.nets.expectations.expectation import mean_of
from freeprob.nets.expectations.kept_digits import has_squares, keeps_digits, rounding_scale
from freeprob.nets.expectations.real_powers import degree_of
from freeprob.nets.expectations.special import StableTail
from freeprob.nets.functions.bound_symbol import ARGUMENT
from freeprob.nets.functions.callables import numpy_function
from freeprob.nets.functions.constants import prepared
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import Pieces
from freeprob.nets.functions.singular_places import (
    known_singular_places,
    refuse_infinite_mean,
)
from freeprob.numeric.gaussian.bivariate_normal import balanced, determinant
from freeprob.numeric.gaussian.blocks import Block, Pairs, pairs_of
from freeprob.numeric.gaussian.conditional_rules import kernel_on_the_line
from freeprob.numeric.gaussian.correlation_box import Box, Correlations, correlations
from freeprob.numeric.gaussian.dual_tables import DualTable, dual_table, with_zero_variances
from freeprob.numeric.gaussian.gaussian_grids import Grid
from freeprob.numeric.programs.lowering import compile_numpy

if TYPE_CHECKING:
    from freeprob.nets.activations.activations import Activation

Array = NDArray[np.float64]
BlockKernels = Callable[[Pairs, Block], tuple[tuple[Array, Any], ...]]

_LEAST = 1e-200  # stands for the squared sine of a pair in one line
_LARGE = 1e60  # variances up to which fourth powers stay within the range of float64


def grid_of(pieces: Pieces) -> Grid:
    """Return the function as a float64 grid function."""
    expression = pieces.expression()
    _refuse_parameters(expression)
    places = {*pieces.breaks, *known_singular_places(pieces)}
    breaks = tuple(sorted(float(place.evalf(20)) for place in places))
    return Grid(numpy_function(pieces), breaks, parity_of(pieces), _origin_of(pieces))


def _origin_of(pieces: Pieces) -> Callable[[], float]:
    return lambda: float(pieces.at_zero().evalf(20))


@dataclass(frozen=True)
class FastDuals:
    """Kernels E g(u) g(v) of several functions g in one pass over float64 arrays.

    Those with a closed form share its parts; for the others a table is made of the pairs at hand.
    """

    grids: tuple[Grid, ...]
    is_closed: tuple[bool, ...]
    closed: BlockKernels

    def __call__(self, q1: Any, k: Any, q2: Any) -> tuple[Array, ...]:
        """Return the kernels for arrays of covariance entries, broadcast against each other."""
        pairs = pairs_of(q1, k, q2)
        kernels = self.on(pairs)
        results = tuple(np.empty(pairs.cross.shape) for _ in self.grids)
        for block in pairs.blocks:
            for result, value in zip(results, kernels(block), strict=True):
                result[block] = value
        shape = np.broadcast_shapes(*map(np.shape, (q1, k, q2)))
        return tuple(result.reshape(shape) for result in results)

    def on(self, pairs: Pairs) -> Callable[[Block], tuple[Array, ...]]:
        """Return the kernels of the pairs as a function of one of their blocks."""
        tables = _Tables(pairs)

        def kernels(block: Block) -> tuple[Array, ...]:
            closed = iter(self.closed(pairs, block) if any(self.is_closed) else ())
            lost = [next(closed) if done else (None, None) for done in self.is_closed]
            return tuple(
                value
                if value is not None and where is None
                else tables.completed(grid, block, value, where)
                for grid, (value, where) in zip(self.grids, lost, strict=True)
            )

        return kernels


@dataclass(frozen=True)
class _Tables:
    """Tables of the kernels of some pairs, made when first asked for."""

    pairs: Pairs

    @cached_property
    def _known(self) -> Correlations:
        return correlations(self.pairs)

    @cached_property
    def _box(self) -> Box:
        return self._known.box() or Box((1, 1), (1, 1), (0, 0))

    @cached_property
    def _made(self) -> dict[Grid, tuple[DualTable, Callable[[Block, Array], Array]]]:
        return {}

    def completed(self, grid: Grid, block: Block, value: Array | None, lost: Any) -> Array:
        """A block of a kernel by its table: all of it, or where a closed form lost its digits."""
        if grid not in self._made:
            table = dual_table(grid, self._box)
            self._made[grid] = table, table.on(self.pairs)
        table, kernel = self._made[grid]
        found = kernel(block, table.variable.on(self._known, block))
        return found if value is None else np.where(lost, found, value)


def fast_duals(functions: Sequence[Pieces]) -> FastDuals:
    """Return the kernels of several functions, each with itself."""
    for pieces in functions:
        _refuse_parameters(pieces.expression())
    forms = [_stable_form(pieces) for pieces in functions]
    grids = tuple(grid_of(pieces) for pieces in functions)
    known = tuple(
        _Closed(grid, form, degree_of(pieces))
        for pieces, grid, form in zip(functions, grids, forms, strict=True)
        if form is not None
    )
    return FastDuals(grids, tuple(form is not None for form in forms), _ClosedKernels(known))


@dataclass(frozen=True)
class _Closed:
    """A function, the closed form of its kernel, and its degree if it is homogeneous."""

    grid: Grid
    form: sp.Expr
    degree: float | None


def _stable_form(pieces: Pieces) -> sp.Expr | None:
    """Return the closed form written with the determinant, or None if there is none."""
    functions, meanings = prepared(pieces, pieces)
    closed = kernel_by_routes(*functions, stable=True).value
    if closed is None:
        refuse_infinite_mean(pieces.times(pieces))
        return None
    return closed.value.xreplace(
        {name: sp.Float(meaning.evalf(20), 20) for name, meaning in meanings}
    )


@dataclass(frozen=True)
class _ClosedKernels:
    """Closed forms as one function, stable next to correlation 1.

    They are written in q1, k, q2 and the determinant q1 q2 - k^2, which is computed without
    cancellation where a form needs that.
    """

    known: tuple[_Closed, ...]

    def __call__(self, pairs: Pairs, block: Block) -> tuple[tuple[Array, Any], ...]:
        """Return the kernels of a block of pairs, each with where it lost its digits, or None."""
        (q1, k, q2), angles = pairs.part(block), pairs.known_angles(block)
        has_degrees = all(closed.degree is not None for closed in self.known)
        rule = self._scaled if has_degrees and _is_extreme(q1, q2) else self._within_range
        with np.errstate(over="ignore", invalid="ignore"):
            values = rule(q1, k, q2, angles)
        kept = [
            with_zero_variances(c.grid, v, q1, q2) for c, v in zip(self.known, values, strict=True)
        ]
        return tuple(zip(kept, self._lost(values, q1, k, q2), strict=True))

    def _lost(self, values: list[Array], q1: Array, k: Array, q2: Array) -> list[Any]:
        """Where closed forms lose digits that a table keeps; None for nowhere."""
        if not any(self._may_lose):
            return [None] * len(values)
        scales = self._scales_at(q1, k, q2)
        (own, first), (other, second) = (self._sizes(q) for q in (q1, q2))
        lost = []
        for i, may_lose in enumerate(self._may_lose):
            where = None
            if may_lose:
                size = np.sqrt(own[i]) * np.sqrt(other[i])
                where = ~keeps_digits(values[i], scales[i], size) & first[i] & second[i]
            lost.append(where if where is not None and where.any() else None)
        return lost

    def _sizes(self, q: Array) -> tuple[list[Array], list[NDArray[np.bool_]]]:
        """E f^2, 0 where closed forms lose it, and where a table may be asked instead."""
        gaps = np.zeros_like(q)
        values = self._evaluated(q, q, q, gaps)
        scales = self._scales_at(q, q, q)
        sizes = [
            np.where(keeps_digits(value, scale, value), value, 0.0)
            for value, scale in zip(values, scales, strict=True)
        ]
        return sizes, [(q > 0) & has_squares(closed.grid.function, q) for closed in self.known]

    def _scales_at(self, q1: Array, k: Array, q2: Array) -> list[Array]:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            scales = self._scales(q1, k, q2, _plain_gap(q1, k, q2))
        return [np.broadcast_to(scale, k.shape) for scale in scales]

    @cached_property
    def _compiled(self) -> Callable[..., Any]:
        forms = sp.Tuple(*(closed.form for closed in self.known))
        return compile_numpy(forms, [FIRST, COVARIANCE, SECOND, GAP])

    @cached_property
    def _bounds(self) -> list[sp.Expr]:
        return [rounding_scale(for_floats(closed.form)) for closed in self.known]

    @cached_property
    def _may_lose(self) -> list[bool]:
        """Whether terms of a form may cancel: without any, rounding is of the size of the mean."""
        return [
            closed.degree is None and bound != sp.Abs(for_floats(closed.form))
            for closed, bound in zip(self.known, self._bounds, strict=True)
        ]

    @cached_property
    def _scales(self) -> Callable[..., Any]:
        bounds = zip(self._may_lose, self._bounds, strict=True)
        scales = sp.Tuple(*(bound if may_lose else sp.S.Zero for may_lose, bound in bounds))
        return compile_numpy(scales, [FIRST, COVARIANCE, SECOND, GAP])

    @cached_property
    def _singular(self) -> bool:
        return any(_is_singular(closed.form) for closed in self.known)

    def _evaluated(self, q1: Array, k: Array, q2: Array, gaps: Array) -> list[Array]:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            values = self._compiled(q1, k, q2, gaps)
        return [v if np.shape(v) == k.shape else np.full(k.shape, v) for v in values]

    def _on_the_line(self, q1: Array, k: Array, q2: Array) -> list[Array]:
        # a covariance a rounding beyond the bound would be taken for another sign
        bound = np.sqrt(q1 * q2)
        k = np.clip(k, -bound, bound)
        values = self._evaluated(q1, k, q2, np.zeros_like(k))
        for closed, value in zip(self.known, values, strict=True):
            unknown = np.isnan(value)
            value[unknown] = kernel_on_the_line(closed.grid, q1[unknown], k[unknown], q2[unknown])
        return values

    def _within_range(self, q1: Array, k: Array, q2: Array, angles: Any) -> list[Array]:
        gaps = (determinant if self._singular else _plain_gap)(q1, k, q2)
        if self._singular and angles is not None:
            places, values = angles
            a, b = (np.broadcast_to(part, k.shape)[places] for part in (q1, q2))
            # forms that are 0/0 on the line itself take their limit there
            gaps[places] = a * b * np.maximum(np.sin(values) ** 2, _LEAST)
            # a covariance off by a rounding would put the pair on the wrong side of a threshold
            k = k.copy()
            k[places] = np.copysign(np.sqrt(a * b) * np.cos(values), k[places])
        values = self._evaluated(q1, k, q2, gaps)
        if self._singular and not gaps.all():
            flat = (gaps == 0) & (q1 > 0) & (q2 > 0)
            a, b = (np.broadcast_to(part, k.shape)[flat] for part in (q1, q2))
            for value, exact in zip(values, self._on_the_line(a, k[flat], b), strict=True):
                value[flat] = exact
        return values

    def _scaled(self, q1: Array, k: Array, q2: Array, angles: Any) -> list[Array]:
        one, middle, other, first, second = balanced(q1, k, q2)
        powers = (first + second).astype(float)
        with np.errstate(over="ignore", under="ignore"):
            return [
                value * np.exp2(powers * closed.degree)
                for closed, value in zip(
                    self.known, self._within_range(one, middle, other, angles), strict=True
                )
            ]


def _is_extreme(*variances: Array) -> bool:
    """Whether products of variances may leave the range of float64, or lose digits there."""
    return any(
        q.max(initial=1) > _LARGE or q.min(initial=1, where=q > 0) < 1 / _LARGE for q in variances
    )


def _is_singular(form: sp.Expr) -> bool:
    """Whether the form needs the relative accuracy of a determinant near 0."""
    return any(
        isinstance(node, sp.Pow) and node.base == GAP and not (node.exp.is_Integer and node.exp > 0)
        for node in sp.preorder_traversal(form)
    ) or form.has(StableTail)


def _plain_gap(q1: Array, k: Array, q2: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        return q1 * q2 - k * k


def fast_mean(f: Activation, power: int, derivative: int) -> Callable[[Any], np.ndarray]:
    """Return q -> E f^(derivative)(sqrt(q) Z)^power on float64 arrays."""
    pieces = f.pieces_of(derivative)
    _refuse_parameters(pieces.expression())
    if power > 1 and not pieces.is_function:
        raise UndefinedOperationError(
            f"E f^({derivative}) to the power {power} is infinite: "
            "the derivative has a point mass; use a smoother activation"
        )
    product = pieces
    for _ in range(power - 1):
        product = product.times(pieces)
    (renamed,), meanings = prepared(product)
    try:
        form = mean_of_pieces(renamed)
    except OutsideClass:
        refuse_infinite_mean(product)
        grid = grid_of(pieces)
        return Grid(
            lambda w: grid.function(w) ** power, grid.breaks, origin=_origin_of(product)
        ).mean
    constants = {name: sp.Float(meaning.evalf(20), 20) for name, meaning in meanings}
    form = form.xreplace(constants)
    scale = rounding_scale(for_floats(form)) if _may_lose(pieces, form) else sp.S.Zero
    compiled = compile_numpy(sp.Tuple(form, scale), [VARIANCE])
    numeric = grid_of(pieces) if scale != 0 else None

    def closed(q: Any) -> np.ndarray:
        q = np.asarray(q, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            value, size = (np.array(np.broadcast_to(v, q.shape) + 0.0) for v in compiled(q))
        if numeric is not None:
            lost = ~keeps_digits(value, size, np.abs(value)) & (q > 0)
            lost &= has_squares(numeric.function, q)
            if lost.any():
                function = numeric.function
                powers = Grid(lambda w: function(w) ** power, numeric.breaks)
                value[lost] = powers.mean(q[lost])
        if not q.all():
            value[q == 0] = float(mean_of(product, sp.Integer(0)).evalf(20))
        return value[()]

    return closed


def _may_lose(pieces: Pieces, form: sp.Expr) -> bool:
    """Whether terms of a mean may cancel, and a rule for the function would see the digits."""
    return pieces.is_function and any(isinstance(n, sp.Add) for n in sp.preorder_traversal(form))


def _refuse_parameters(expr: sp.Expr) -> None:
    free = expr.free_symbols - {ARGUMENT}
    if free:
        names = ", ".join(sorted(map(str, free)))
        raise InvalidParameterError(
            f"a float64 function needs numbers for the parameters {names}: substitute them first"
        )
