"""What rounding may take from a closed form in float64, to first order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from freeprob.nets.expectations.special import BivariateNormalTail, StableTail

Array = NDArray[np.float64]

# of the root of E f(u)^2 E f(v)^2: what tables of kernels keep
_KEPT = 1e-11
# standard deviations within which a Gaussian mean has its mass
_REACH = 40.0


def rounding_scale(form: sp.Expr) -> sp.Expr:
    """A bound on what float64 rounds at, evaluating ``form``: terms that cancel count in full.

    A tail P(u > s, v > t) is a difference of numbers of the size of P(u > s) and P(v > t).
    """
    if form.is_number or form.is_Symbol:
        return sp.Abs(form)
    if isinstance(form, sp.Add | sp.Mul):
        return form.func(*map(rounding_scale, form.args))
    if isinstance(form, sp.exp):
        return form * (1 + rounding_scale(form.args[0]))
    if isinstance(form, sp.Pow):
        base, power = form.args
        if power.is_Integer and power.is_positive:
            return rounding_scale(base) ** power
        grown = base.is_Symbol or base.is_number
        return sp.Abs(form) * (1 if grown else rounding_scale(base) / sp.Abs(base))
    if isinstance(form, StableTail | BivariateNormalTail):
        first, second, q1, _, q2 = form.args[:5]
        return _upper(first, q1) + _upper(second, q2)
    if isinstance(form, sp.sin | sp.cos):
        return sp.Abs(form) + rounding_scale(form.args[0])
    return sp.Abs(form)


def _upper(threshold: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """Chernoff's bound on the tail of a Gaussian."""
    above = (threshold + sp.Abs(threshold)) / 2
    return sp.exp(-(above**2) / (2 * variance))


def keeps_digits(values: Array, scales: Array, size: Array) -> NDArray[np.bool_]:
    """Where rounding takes no digit that a table would keep, relative to a size of the mean."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.isfinite(values) & (np.finfo(float).eps * scales <= _KEPT * size)


def has_squares(function: Callable[[Any], Any], variances: Array) -> NDArray[np.bool_]:
    """Whether squares of a function stay within floats where a Gaussian mean has its mass."""
    ends = _REACH * np.sqrt(variances)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.isfinite(function(ends) ** 2) & np.isfinite(function(-ends) ** 2)
