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
_STEEP = 1000  # a change of so many last terms is one of the singularity they stand next to


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
) -> tuple[Any, Any]:
    """Return the integral over [points[0], points[-1]], cut at every point between, and an error.

    The error is what the last nodes next to the points still weigh: a singularity there may be too
    strong for the precision of the context.

    Raises
    ------
    ConvergenceError
        If the sum over a panel still moves at the finest level.
    """
    values = [
        _integrate(function, a, b, context, tolerance)
        for a, b in itertools.pairwise(points)
        if a != b
    ]
    return context.fsum(value for value, _ in values), context.fsum(error for _, error in values)


def _integrate(
    function: Callable[[Any], Any], a: Any, b: Any, context: mpmath.MPContext, tolerance: Any
) -> tuple[Any, Any]:
    """Return the integral over one panel, analytic inside; endpoint singularities allowed."""
    total, value, change = context.zero, None, context.inf
    ends = _LastNodes(context)
    for level in range(_LEVELS):
        step = context.ldexp(1, -level - 1)
        terms = [
            ends.kept(x, weight, _finite_value(function, x, context))
            for x, weight in _new_on_panel(a, b, level, context)
        ]
        total += context.fsum(terms)
        finer = total * step
        if value is not None:
            change = abs(finer - value)
            # tanh-sinh about doubles its digits with each halving
            size = max(abs(finer), tolerance)
            if change <= context.sqrt(tolerance * size) * context.mpf(10) ** -3:
                return finer, ends.weight * step
        value = finer
    if change <= _STEEP * ends.weight:
        # the singularity needs more digits, not more nodes
        return total * context.ldexp(1, -_LEVELS), change + ends.weight
    raise ConvergenceError(
        f"panel quadrature on [{context.nstr(a, 5)}, {context.nstr(b, 5)}] still moves by "
        f"{context.nstr(change, 3)}: a kink inside it was not declared, or the function oscillates "
        "without end or is not integrable at one end"
    )


def _finite_value(function: Callable[[Any], Any], x: Any, context: mpmath.MPContext) -> Any:
    """Return the real part of a value, or infinity where a node fell on the singularity."""
    try:
        value = context.re(function(x))
    except ZeroDivisionError:
        return context.inf
    return value if context.isfinite(value) else context.inf


class _LastNodes:
    """The terms of the nodes next to both ends of a panel."""

    def __init__(self, context: mpmath.MPContext) -> None:
        self._first = (context.inf, context.zero)
        self._last = (context.ninf, context.zero)
        self._lost = context.zero
        self._context = context

    def kept(self, x: Any, weight: Any, value: Any) -> Any:
        """Return the term of a node, 0 if its value is infinite, and remember it."""
        if self._context.isinf(value):
            self._lost = self._context.inf
            return self._context.zero
        term = weight * value
        if x < self._first[0]:
            self._first = (x, abs(term))
        if x > self._last[0]:
            self._last = (x, abs(term))
        return term

    @property
    def weight(self) -> Any:
        """The size of both terms, infinite if a node had no value."""
        return self._first[1] + self._last[1] + self._lost
