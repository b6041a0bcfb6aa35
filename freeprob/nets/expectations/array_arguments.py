"""Float64 functions of variances and covariances that refuse arrays outside their domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.nets.expectations.closed_forms import COVARIANCE, FIRST, SECOND, VARIANCE
from freeprob.nets.functions.bound_symbol import shown
from freeprob.numeric.programs.lowering import compile_numpy
from freeprob.parameters import finite_reals

# inner products of float32 data may pass the bound by this much
_ROUNDING = 1e-6


def of_covariances(
    function: Callable[[Any, Any, Any], Any], conditions: list[sp.Expr]
) -> Callable[[Any, Any, Any], Any]:
    """Return the function of (q1, k, q2), refusing what is no covariance or has no mean."""
    limits = [(c, compile_numpy(c, [FIRST, COVARIANCE, SECOND])) for c in conditions]

    def checked(q1: Any, k: Any, q2: Any) -> Any:
        a, c, b = (
            finite_reals(entry, name)
            for entry, name in (
                (q1, "the variances"),
                (k, "the covariances"),
                (q2, "the variances"),
            )
        )
        _check_variances(a)
        _check_variances(b)
        try:
            np.broadcast_shapes(a.shape, c.shape, b.shape)
        except ValueError as error:
            raise InvalidParameterError(f"the arrays do not fit each other: {error}") from error
        with np.errstate(over="ignore", invalid="ignore"):
            inside = np.abs(c) <= np.sqrt(a) * np.sqrt(b) * (1 + _ROUNDING)
        if not inside.all():
            worst = np.broadcast_to(c, inside.shape)[~inside].flat[0]
            raise InvalidParameterError(
                f"the covariance {worst:g} is outside [-sqrt(q1 q2), sqrt(q1 q2)]: the "
                "correlation would be outside [-1, 1]"
            )
        for condition, limit in limits:
            _check_growth(condition, limit(a, c, b))
        return _finite(function(a, c, b))

    return checked


def of_variance(function: Callable[[Any], Any], conditions: list[sp.Expr]) -> Callable[[Any], Any]:
    """Return the function of q, refusing negative variances and those without a mean."""
    limits = [(c, compile_numpy(c, [VARIANCE])) for c in conditions]

    def checked(q: Any) -> Any:
        values = finite_reals(q, "the variances")
        _check_variances(values)
        for condition, limit in limits:
            _check_growth(condition, limit(values))
        return function(values)

    return checked


def _finite(values: Any) -> Any:
    if not np.isfinite(values).all():
        raise ConvergenceError(
            "the mean leaves the range of float64 for some of these variances; give exact numbers "
            "to expect or dual and use evalf"
        )
    return values


def _check_variances(values: np.ndarray) -> None:
    if (values < 0).any():
        raise InvalidParameterError("a variance is negative")


def _check_growth(condition: sp.Expr, values: Any) -> None:
    if not np.all(np.asarray(values) > 0):
        raise UndefinedOperationError(
            f"the mean is infinite unless {shown(condition)} > 0, which some of the variances "
            "break: the function grows like the exponential of a square"
        )
