"""Tanh-sinh nodes for panels, to any number of digits (Takahasi and Mori 1974).

The nodes of one level are those of the level before and as many new ones between them; they do
not depend on the panel, so they are computed once for each precision.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import mpmath

from freeprob.errors import ConvergenceError
from freeprob.numeric import precision

_LEVELS = 10


@lru_cache(maxsize=64)
def _new_nodes(dps: int, level: int) -> tuple[tuple[tuple, tuple], ...]:
    """Return the new (distance to the end, weight) of one level on [-1, 1], for t >= 0.

    Distances are exact next to the end; weights are without the step. At level 0 the first node
    is the middle, which counts once.
    """
    context = precision.fresh_context(dps)
    step = context.ldexp(1, -level - 1)
    reach = context.asinh(2 * context.ln(10) * dps / context.pi)
    first, stride = (0, 1) if level == 0 else (1, 2)
    result = []
    for i in range(first, int(reach / step) + 2, stride):
        t = step * i
        lift = context.exp(context.pi * context.sinh(t))
        away = 2 / (1 + lift)
        weight = context.pi / 2 * context.cosh(t) * 4 * lift / (1 + lift) ** 2
        result.append((away._mpf_, weight._mpf_))
    return tuple(result)


def _new_on_panel(a: Any, b: Any, level: int, context: mpmath.MPContext) -> list[tuple[Any, Any]]:
    """Return the new nodes of one level on a panel and their weights, without the step."""
    half, result = (b - a) / 2, []
    for i, (away, weight) in enumerate(_new_nodes(context.dps, level)):
        offset = half * context.make_mpf(away)
        weight = half * context.make_mpf(weight)
        sides = (b - offset,) if level == 0 and i == 0 else (b - offset, a + offset)
        result += [(x, weight) for x in sides if a < x < b]
    return result


def panel_rule(a: Any, b: Any, level: int, context: mpmath.MPContext) -> list[tuple[Any, Any]]:
    """Return all nodes and weights of one level on the panel [a, b]."""
    step = context.ldexp(1, -level - 1)
    return [
        (x, step * weight)
        for depth in range(level + 1)
        for x, weight in _new_on_panel(a, b, depth, context)
    ]


def integrate_panels(
    function: Callable[[Any], Any],
    points: Sequence[Any],
    context: mpmath.MPContext,
    tolerance: Any,
) -> Any:
    """Return the integral over [points[0], points[-1]], cut at every point between.

    Raises
    ------
    ConvergenceError
        If the sum over a panel still moves at the finest level.
    """
    return context.fsum(
        _integrate(function, a, b, context, tolerance)
        for a, b in itertools.pairwise(points)
        if a != b
    )


def _integrate(
    function: Callable[[Any], Any], a: Any, b: Any, context: mpmath.MPContext, tolerance: Any
) -> Any:
    """Return the integral over one panel, analytic inside; endpoint singularities allowed."""
    total, value, change = context.zero, None, context.inf
    for level in range(_LEVELS):
        new = _new_on_panel(a, b, level, context)
        total += context.fsum(weight * context.re(function(x)) for x, weight in new)
        finer = total * context.ldexp(1, -level - 1)
        if value is not None:
            change = abs(finer - value)
            # tanh-sinh about doubles its digits with each halving
            size = max(abs(finer), tolerance)
            if change <= context.sqrt(tolerance * size) * context.mpf(10) ** -3:
                return finer
        value = finer
    raise ConvergenceError(
        f"panel quadrature on [{context.nstr(a, 5)}, {context.nstr(b, 5)}] still moves by "
        f"{context.nstr(change, 3)}: a kink inside it was not declared"
    )
