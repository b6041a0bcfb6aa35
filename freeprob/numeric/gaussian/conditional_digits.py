"""Means of f(X) g(Y) of a correlated Gaussian pair by the mean of g(Y) given X, to many digits.

Both means are sums over panels cut at the kinks of f, at those of g and where g's mean bends.
Gauss and Legendre's rule on panels graded towards these places serves functions that are analytic
up to their kinks; tanh-sinh panels serve those that are singular there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from freeprob.numeric.gaussian.gaussian_rules import standard_rule
from freeprob.numeric.gaussian.legendre_digits import graded_ends, legendre_rule

_ORDERS = (8, 12, 18, 27, 40)  # of Gauss-Legendre panels
_LEVELS = (2, 3, 4)  # of tanh-sinh panels
_SPARE = 6  # digits of the rules beyond those asked for
_RATE = 1.4  # power that the error of one rule is of the one before: 1.5 and 2 in theory
_WIDEST = 4  # standard deviations: the longest panel
_STEEP = 2  # panels next to a bend are shorter than its width by this factor

Function = tuple[Callable[[Any], Any], Sequence[Any]]
Rule = Callable[[Sequence[Any], Any, Any], tuple[list[Any], list[Any]]]


@dataclass(frozen=True)
class _Pair:
    """Two functions with their kinks and bends, their correlation and the widths to sum over."""

    first: Function
    second: Function
    correlation: Any
    widths: tuple[Any, Any]
    depths: tuple[int, int]
    context: mpmath.MPContext


def conditional_mean(
    first: Function,
    second: Function,
    correlation: Any,
    dps: int,
    context: mpmath.MPContext,
    depths: tuple[int, int],
) -> tuple[Any, Any]:
    """Return E f(X) g(Y) and an estimate of its error, which is infinite if the rules diverge.

    Parameters
    ----------
    first, second
        f and g, each with its kinks.
    correlation
        Of X and Y, not 1 or -1.
    dps
        Digits wanted.
    context
        The context of the functions.
    depths
        f and g bend near 0 over 2^-depth.
    """
    widths = tuple(_width(f, dps + _SPARE, context) for f in (first[0], second[0]))
    pair = _Pair(first, second, correlation, widths, depths, context)
    least = context.mpf(10) ** (-dps - _SPARE + 2)
    best, error = context.zero, context.inf
    for rules in (_legendre_rules(pair), _tanh_sinh_rules(pair)):
        before = previous = None
        for rule in rules:
            value = _conditional_sum(pair, rule)
            if previous is not None:
                change, size = abs(value - previous), max(abs(value), abs(previous))
                left = _left_over(before, change, size) + size * least
                before = change
                if left < error:
                    best, error = value, left
                if error <= abs(best) * context.mpf(10) ** (-dps - 1):
                    return best, error
            previous = value
    return best, error


def _left_over(before: Any, change: Any, size: Any) -> Any:
    """Return the error left after a change, smaller than it if changes are seen to fall fast."""
    if size == 0 or before is None or change >= before**_RATE * size ** (1 - _RATE):
        return change
    return size * (change / size) ** _RATE


def _legendre_rules(pair: _Pair) -> list[Rule]:
    def rule(order: int) -> Rule:
        return lambda cuts, finest, width: legendre_rule(
            graded_ends(cuts, finest, _WIDEST, width, pair.context), order, pair.context
        )

    return [rule(order) for order in _ORDERS]


def _tanh_sinh_rules(pair: _Pair) -> list[Rule]:
    def rule(level: int) -> Rule:
        return lambda cuts, _, width: standard_rule(cuts, width, level, pair.context)

    return [rule(level) for level in _LEVELS]


def _width(function: Callable[[Any], Any], digits: int, context: mpmath.MPContext) -> Any:
    """Return where the function times the Gaussian weight is negligible."""
    width = context.sqrt(2 * context.ln(10) * digits) + 1
    size = max(abs(function(side)) for side in (-context.one, context.one)) or context.one
    small = context.mpf(10) ** -digits * size
    for _ in range(12):
        weight = context.exp(-width * width / 2)
        if all(abs(function(side * width)) * weight <= small for side in (-1, 1)):
            break
        width *= 1.2
    return width


def _conditional_sum(pair: _Pair, rule: Rule) -> Any:
    """Return E f(X) E[g(Y) | X]."""
    (f, f_kinks), (g, g_kinks) = pair.first, pair.second
    context, c = pair.context, pair.correlation
    noise = context.sqrt((1 - c) * (1 + c))
    g_cuts = sorted({*g_kinks, context.zero})
    bend = context.ldexp(1, -max(pair.depths))
    inner_finest = min(max(context.ldexp(1, -pair.depths[1]) / noise, bend), 1) / _STEEP

    def given(x: Any) -> Any:
        cuts = [(cut - c * x) / noise for cut in g_cuts]
        nodes, weights = rule(cuts, inner_finest, pair.widths[1])
        shift = c * x
        return context.fdot(weights, [g(shift + noise * y) for y in nodes])

    mirrored = [cut / c for cut in g_cuts if c != 0]
    outer = sorted({*f_kinks, *mirrored, context.zero})
    nodes, weights = rule(outer, min(noise, bend) / _STEEP, pair.widths[0])
    values = [w * f(x) for x, w in zip(nodes, weights, strict=True)]
    small = max(map(abs, values), default=context.zero) * context.eps
    return context.fsum(v * given(x) for x, v in zip(nodes, values, strict=True) if abs(v) > small)
