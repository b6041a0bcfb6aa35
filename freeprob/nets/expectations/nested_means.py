"""Means whose variance holds means, as lengths through layers: how well inner ones must be known.

Asked for one by one, each inner mean is asked for more digits than the outer one, down a tower.
But d E g/dq = E g (z² - 1)/(2q), so a relative error e of a mean m in q is one of E g of

    e |m ∂q/∂m / q| |E g (z² - 1)| / (2 |E g|),   |E g (z² - 1)| <= sqrt(2 E g²),

and all means of a tower may be known to the same bits, those asked for and what levels lose.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, isfinite, log2, sqrt
from typing import Any, TypeVar

import mpmath
import sympy as sp

from freeprob.errors import ConvergenceError
from freeprob.nets.functions.callables import depth_of, mpmath_function
from freeprob.nets.functions.pieces import Pieces
from freeprob.numeric.gaussian.gaussian_quadrature import gaussian_mean

_SIZE_DIGITS = 3  # of E g², which only bounds an error
_ROUNDING = 2  # bits for the rounding of the inner means and of the variance

Mean = TypeVar("Mean", bound=sp.Expr)


def outermost(expr: sp.Basic, kind: type[Mean]) -> set[Mean]:
    """The objects of that kind in an expression that stand in no other one."""
    if isinstance(expr, kind):
        return {expr}
    return set().union(*(outermost(part, kind) for part in expr.args))


def bits_lost(
    pieces: Pieces, mean: Callable[[sp.Expr], sp.Expr], variance: sp.Expr, values: dict
) -> int | None:
    """How many bits fewer than the means in its variance a mean has, or None if that is not known.

    Parameters
    ----------
    pieces
        g.
    mean
        E g at a variance that is a float.
    variance
        q with means in it.
    values
        These means as floats.
    """
    names = {inner: sp.Dummy(real=True) for inner in values}
    written = variance.xreplace(names)
    at = {names[inner]: value for inner, value in values.items()}
    spread = written.xreplace(at).evalf()
    if not (spread.is_Float and spread > 0):
        return None
    moves = sum(
        abs(float((name * written.diff(name)).xreplace(at) / spread)) for name in names.values()
    )
    try:
        size = float(gaussian_mean(_square(pieces, spread), _SIZE_DIGITS, depth=depth_of(spread)))
    except ConvergenceError:
        return None
    value = abs(float(mean(spread)))
    if value == 0 or not isfinite(size):
        return None
    lost = moves * sqrt(2 * size) / (2 * value)
    return ceil(log2(1 + lost)) + _ROUNDING


def _square(pieces: Pieces, variance: sp.Expr) -> Callable[[mpmath.MPContext], tuple]:
    """The function g² and its kinks."""

    def square(context: mpmath.MPContext) -> tuple[Callable[[Any], Any], list[Any]]:
        function, kinks = mpmath_function(pieces, variance, context)
        return (lambda z: abs(function(z)) ** 2), kinks

    return square
