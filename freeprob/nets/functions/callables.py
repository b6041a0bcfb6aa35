"""From piecewise SymPy functions to the numeric callables that quadrature wants."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from freeprob.nets.functions.constants import hoist
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.pieces import Pieces, split, written_value
from freeprob.nets.functions.singular_places import known_singular_places, step_places
from freeprob.numeric.gaussian import grading
from freeprob.numeric.programs.lowering import compile_mpmath, compile_numpy


def pieces_or_whole(expr: sp.Expr, x: sp.Symbol) -> Pieces:
    """Return the pieces of a function, or one piece if its switching places are not known."""
    try:
        return split(expr, x)
    except OutsideClass:
        return Pieces(x, (), (expr,), (), written_value(expr, x))


def number(expr: sp.Expr, context: mpmath.MPContext) -> Any:
    """Return a SymPy number in a private mpmath context."""
    return context.mpf(sp.Float(expr.evalf(context.dps + 5), context.dps + 5)._mpf_)


def mpmath_function(
    pieces: Pieces, variance: sp.Expr, context: mpmath.MPContext
) -> tuple[Callable[[Any], Any], list[Any]]:
    """Return z -> f(sqrt(variance) z) and its kinks: breaks, singular places and steps."""
    root = number(sp.sqrt(variance), context)
    breaks = [number(place, context) / root for place in pieces.breaks]
    parts = [_compiled(part, pieces.variable, context) for part in pieces.parts]
    window = float(root * (context.sqrt(2 * context.ln(10) * context.dps) + 1))
    others = [
        number(place, context) / root
        for place in (*known_singular_places(pieces), *step_places(pieces, window))
    ]
    kinks = sorted({*breaks, *others})
    if not breaks:
        return (lambda z: parts[0](root * z)), kinks
    return (lambda z: parts[bisect_right(breaks, z)](root * z)), kinks


def depth_of(variance: Any) -> int:
    """Return how many halvings of the standard deviation reach a unit of the argument."""
    return grading.depth_of(float(sp.sqrt(variance)))


def _compiled(part: sp.Expr, x: sp.Symbol, context: mpmath.MPContext) -> Callable[[Any], Any]:
    """Compile one part, its irrational constants evaluated once."""
    names: dict[sp.Expr, sp.Symbol] = {}
    part = hoist(part, x, names)
    function = compile_mpmath(part, [x, *names.values()], context)
    constants = [number(constant, context) for constant in names]
    return lambda value: function(value, *constants)


def numpy_function(pieces: Pieces) -> Callable[[Any], Any]:
    """Return the vectorised float64 function of x."""
    names: dict[sp.Expr, sp.Symbol] = {}
    parts = [hoist(part, pieces.variable, names) for part in pieces.parts]
    symbols = [pieces.variable, *names.values()]
    constants = [float(constant.evalf(20)) for constant in names]
    functions = [compile_numpy(part, symbols) for part in parts]
    breaks = np.array([float(place.evalf(20)) for place in pieces.breaks])

    @np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore")
    def evaluate(x: Any) -> Any:
        x = np.asarray(x, dtype=float)
        if not breaks.size:
            return np.broadcast_to(functions[0](x, *constants), x.shape)
        result, index = np.empty(x.shape), np.searchsorted(breaks, x, side="right")
        for i, function in enumerate(functions):
            inside = index == i
            result[inside] = function(x[inside], *constants)
        return result

    return evaluate
