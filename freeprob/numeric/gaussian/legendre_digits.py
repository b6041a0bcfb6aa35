"""Gauss and Legendre's rule on panels that are graded towards places, to any number of digits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import mpmath
from flint import arb, ctx


@lru_cache(maxsize=32)
def _on_unit_interval(order: int, bits: int) -> tuple[tuple[tuple, tuple], ...]:
    """Return nodes and weights on [-1, 1] as raw numbers of mpmath."""
    context = mpmath.MPContext()
    context.prec = bits
    with ctx.workprec(bits + 20):
        pairs = [arb.legendre_p_root(order, k, weight=True) for k in range(order)]
        return tuple((_raw(node, context), _raw(weight, context)) for node, weight in pairs)


def _raw(ball: arb, context: mpmath.MPContext) -> tuple:
    mantissa, exponent = ball.mid().man_exp()
    return context.ldexp(context.mpf(int(mantissa)), int(exponent))._mpf_


def legendre_rule(
    ends: Sequence[Any], order: int, context: mpmath.MPContext
) -> tuple[list[Any], list[Any]]:
    """Return nodes and Gaussian weights of all panels between increasing ends."""
    unit = [
        (context.make_mpf(x), context.make_mpf(w))
        for x, w in _on_unit_interval(order, context.prec)
    ]
    nodes, weights = [], []
    scale = 1 / context.sqrt(2 * context.pi)
    for a, b in itertools.pairwise(ends):
        half, middle = (b - a) / 2, (b + a) / 2
        for x, w in unit:
            z = middle + half * x
            nodes.append(z)
            weights.append(half * w * scale * context.exp(-z * z / 2))
    return nodes, weights


def graded_ends(
    cuts: Sequence[Any], finest: Any, widest: Any, width: Any, context: mpmath.MPContext
) -> list[Any]:
    """Return ends of panels on [-width, width]: cuts, and places that double away from each.

    Panels are ``finest`` long next to a cut and at most ``widest`` elsewhere.
    """
    places = {-width, width, *(cut for cut in cuts if -width < cut < width)}
    for cut in cuts:
        step = context.convert(finest)
        while step < 2 * width:
            places |= {p for p in (cut - step, cut + step) if -width < p < width}
            step = 2 * step if 2 * step < widest else step + widest
    ordered = sorted(places)
    result = [ordered[0]]
    for place in ordered[1:]:
        gap = place - result[-1]
        # places of two ladders may all but coincide; cuts themselves always stay
        if gap > finest / 4 or place in cuts or place == width:
            count = int(context.ceil(gap / widest))
            result += [result[-1] + gap * i / count for i in range(1, count)] + [place]
    return result
