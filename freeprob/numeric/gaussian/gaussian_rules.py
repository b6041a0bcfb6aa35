"""Nodes and weights for the Gaussian measure, fine enough for one given function."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.grading import graded_place, reach_in_t
from freeprob.numeric.gaussian.tanh_sinh import panel_rule

_LEVELS = 9
_WIDEST = 400


def gaussian_rule(
    function: Callable[[Any], Any],
    kinks: Sequence[Any],
    context: mpmath.MPContext,
    extra: int = 1,
    depth: int = 0,
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return nodes, weights and values with sum w f(z)^2 = E f(Z)^2 to the context's precision.

    The trapezoidal rule if there are no kinks, tanh-sinh panels between them otherwise. ``extra``
    halvings of the step beyond the one that settled E f^2 serve products of f with oscillating
    functions such as Hermite polynomials. The function bends near 0 over 2^-depth.
    """
    width = width_of(function, kinks, context)
    cuts = sorted({*kinks, context.zero} if kinks and depth else kinks)
    return settled_rule(function, cuts, width, context, extra, depth)


def width_of(
    function: Callable[[Any], Any], kinks: Sequence[Any], context: mpmath.MPContext
) -> Any:
    """Return where a function times the root of the Gaussian weight is below one rounding.

    A factor sqrt(weight) is left to the other function of a product.
    """
    width = 2 * context.sqrt(context.ln(10) * context.dps) + 1
    places = [place for i in range(-12, 13) if (place := context.mpf(i) / 3) not in kinks]
    scale = max(abs(function(place)) for place in places) or context.one
    while max(abs(function(side * width)) for side in (-1, 1)) * context.exp(
        -width * width / 4
    ) > scale * context.sqrt(context.eps):
        width *= 1.3
        if width > _WIDEST:
            raise ConvergenceError(
                "E f^2 does not exist or cannot be resolved: the function grows as fast as the "
                f"square root of the Gaussian weight decays ({context.nstr(width, 3)} standard "
                "deviations)"
            )
    return width


def settled_rule(
    function: Callable[[Any], Any],
    cuts: Sequence[Any],
    width: Any,
    context: mpmath.MPContext,
    extra: int,
    depth: int,
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the rule of the level at which E f^2 rests, and ``extra`` - 1 levels on."""
    previous, square, settled, known = None, context.inf, 0, {}
    for level in range(2, _LEVELS):
        nodes, weights = standard_rule(cuts, width, level, context, depth)
        values = [known[z] if z in known else function(z) for z in nodes]
        known = dict(zip(nodes, values, strict=True))
        square = context.fsum(w * v * v for w, v in zip(weights, values, strict=True))
        if previous is not None and abs(square - previous) <= 64 * context.eps * abs(square):
            settled += 1
        if settled and settled >= extra:
            return nodes, weights, values
        previous = square
    raise ConvergenceError(
        f"E f^2 still moves by {context.nstr(abs(square - previous), 3)}: the function has a "
        "kink, or a singularity very near the real line, that was not declared"
    )


def standard_rule(
    cuts: Sequence[Any], width: Any, level: int, context: mpmath.MPContext, depth: int = 0
) -> tuple[list[Any], list[Any]]:
    """Return the rule of one level on [-width, width], in panels if there are cuts."""
    scale = 1 / context.sqrt(2 * context.pi)
    step = context.ldexp(1, -level - 1)
    inside = [cut for cut in cuts if -width < cut < width]
    nodes, weights = [], []
    if not inside:
        count = int(reach_in_t(width, depth, context) / step) + 1
        for i in range(count + 1):
            z, stretch = graded_place(step * i, depth, context)
            nodes += [-z, z] if i else [z]
            weights += [step * stretch] * (2 if i else 1)
        order = sorted(range(len(nodes)), key=nodes.__getitem__)
        nodes, weights = ([part[i] for i in order] for part in (nodes, weights))
    else:
        ends = [-width, *inside, width]
        for a, b in itertools.pairwise(ends):
            for z, w in panel_rule(a, b, level, context):
                nodes.append(z)
                weights.append(w)
    weights = [w * scale * context.exp(-z * z / 2) for z, w in zip(nodes, weights, strict=True)]
    return nodes, weights
