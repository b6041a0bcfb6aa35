"""Gaussian means of functions to any number of digits, with the error controlled by doubling.

Functions analytic near the real line are summed by the trapezoidal rule, whose error falls like
exp(-2 pi d/h), d the distance to the nearest singularity (Trefethen and Weideman 2014, theorem
5.1), in a variable graded towards 0 where the variance is large. Functions with kinks are cut
there and summed by tanh-sinh panels (Takahasi and Mori 1974).
Halving the step about squares the error; a value is accepted when the changes are seen to fall
that fast and the error that is left, well below the last change, is below one rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from freeprob.errors import ConvergenceError
from freeprob.numeric import precision
from freeprob.numeric.gaussian.grading import graded_place, reach_in_t
from freeprob.numeric.gaussian.tanh_sinh import integrate_panels

_GUARD = 12  # digits beyond those asked for
_HALVINGS = 12
_WIDEST = 400  # standard deviations: no mean that exists needs a wider cut

Integrand = Callable[[mpmath.MPContext], tuple[Callable[[Any], Any], Sequence[Any]]]


def gaussian_mean(integrand: Integrand, dps: int, *, even: bool = False, depth: int = 0) -> Any:
    """Return E g(Z), Z standard normal, to ``dps`` significant digits.

    Parameters
    ----------
    integrand
        Called with a private mpmath context; returns g, a function of one ``mpf`` of that
        context, and the list of its kinks (points where g or a derivative jumps).
    dps
        Significant decimal digits.
    even
        Whether g(-z) = g(z), which halves the work.
    depth
        g bends near 0 over 2^-depth, as does f(root z) for a standard deviation near 2^depth.

    Returns
    -------
    mpf
        In a private context of ``dps`` digits.

    Raises
    ------
    ConvergenceError
        If g grows too fast, is not analytic between the given kinks, or if the mean is so much
        smaller than the integrand that its digits cannot be told from zero.
    """
    digits = dps + _GUARD
    context, value, error = precision.fresh_context(digits), 0, 0
    for _ in range(3):
        context = precision.fresh_context(digits)
        function, kinks = integrand(context)
        value, error = _mean(function, sorted(kinks), context, even, depth)
        if error <= abs(value) * context.mpf(10) ** (-dps - 1):
            return precision.context(dps).mpf(value)
        digits = 2 * digits
    raise ConvergenceError(
        f"the mean is {context.nstr(value, 3)} with an error of {context.nstr(error, 3)}: it may "
        f"be exactly zero, so {dps} significant digits cannot be given; "
        "ask for the mean of the even part instead"
    )


def _mean(
    function: Callable[[Any], Any],
    kinks: list[Any],
    context: mpmath.MPContext,
    even: bool,
    depth: int,
) -> tuple[Any, Any]:
    """Return the mean and a bound on its error."""
    scale = 1 / context.sqrt(2 * context.pi)

    def weighted(z: Any) -> Any:
        return function(z) * context.exp(-z * z / 2) * scale

    left, right, size = _cut(weighted, kinks, context, depth)
    tolerance = size * context.ldexp(1, -context.prec + 8)
    if not kinks:
        return _trapezoid(weighted, left, right, tolerance, context, even, depth)
    ends = {*kinks, context.zero} if depth else set(kinks)
    inside = [end for end in sorted(ends) if left < end < right]
    value, error = integrate_panels(weighted, [left, *inside, right], context, tolerance)
    return value, error + tolerance * (len(inside) + 1)


def _cut(
    weighted: Callable[[Any], Any], kinks: list[Any], context: mpmath.MPContext, depth: int
) -> tuple[Any, Any, Any]:
    """Return an interval outside which the weighted integrand is below one rounding."""
    width = context.sqrt(2 * context.ln(10) * context.dps) + 1
    places = [width * i / 24 for i in range(-24, 25)]
    places += [side * context.ldexp(width, -i) for i in range(5, depth + 4) for side in (-1, 1)]
    # the function may be infinite at the kinks themselves
    near = max(_size(weighted, z, context) for z in places if z not in kinks)
    if near == 0:
        near = context.one
    ends = []
    for side in (-1, 1):
        end = width
        while True:
            outside = [
                _size(weighted, side * end * (1 + context.mpf(i) / 8), context) for i in range(5)
            ]
            near = max(near, *outside)
            if max(outside) <= near * context.eps and outside[4] <= max(outside[0], context.eps**2):
                break
            end *= 1.3
            if end > _WIDEST:
                raise ConvergenceError(
                    "the Gaussian mean does not exist or cannot be resolved: the function grows "
                    f"as fast as the Gaussian weight decays (still {context.nstr(outside[0], 3)} "
                    f"at {context.nstr(end, 3)} standard deviations)"
                )
        ends.append(side * end)
    return ends[0], ends[1], near


def _size(weighted: Callable[[Any], Any], z: Any, context: mpmath.MPContext) -> Any:
    """Return the size of the weighted integrand, refusing complex values."""
    try:
        value = weighted(z)
    except ZeroDivisionError as reason:
        raise ConvergenceError(
            f"the function is infinite at {context.nstr(z, 5)} standard deviations, which was not "
            "declared"
        ) from reason
    if not isinstance(value, context.mpf):
        if abs(context.im(value)) > abs(value) * context.eps * 16:
            raise ConvergenceError(
                f"the function is complex at {context.nstr(z, 5)} standard deviations; "
                "a Gaussian mean here needs a real function"
            )
        value = context.re(value)
    if context.isnan(value):
        raise ConvergenceError(
            f"the function is undefined at {context.nstr(z, 5)} standard deviations"
        )
    return abs(value)


def _trapezoid(
    weighted: Callable[[Any], Any],
    left: Any,
    right: Any,
    tolerance: Any,
    context: mpmath.MPContext,
    even: bool,
    depth: int,
) -> tuple[Any, Any]:
    """Return the sum of the trapezoidal rule, halving the step until it rests."""
    step, half = context.mpf(1) / 2, context.mpf(1) / 2
    left, right = (reach_in_t(end, depth, context) for end in (left, right))
    first, last = int(left / step) - 1, int(right / step) + 1

    def value_at(t: Any) -> Any:
        z, stretch = graded_place(t, depth, context)
        return stretch * _real_part(weighted, z, context)

    def total(places: range, shift: Any) -> Any:
        return context.fsum(value_at(step * (i + shift)) for i in places)

    if even:
        first = 0
        value = 2 * total(range(1, last + 1), 0) + value_at(context.zero)
    else:
        value = total(range(first, last + 1), 0)
    size = value = step * value
    change = None
    for _ in range(_HALVINGS):
        middle = total(range(first, last), half) * (2 if even else 1)
        finer = (value + step * middle) / 2
        step, first, last = step / 2, 2 * first, 2 * last
        before, change, value = change, abs(finer - value), finer
        size = max(abs(size), abs(value))
        error = change if before is None else _left_over(before, change, size, context)
        if error <= tolerance * 4:
            return value, error + tolerance
    raise ConvergenceError(
        f"the trapezoidal rule still moves by {context.nstr(change, 3)} at step "
        f"{context.nstr(step, 3)}: the function has a kink, or a singularity very near the real "
        "line, that was not declared"
    )


def _real_part(weighted: Callable[[Any], Any], z: Any, context: mpmath.MPContext) -> Any:
    """Return the value at a node, refused if it is infinite."""
    try:
        value = context.re(weighted(z))
    except ZeroDivisionError:
        value = context.inf
    if context.isfinite(value):
        return value
    raise ConvergenceError(
        f"the function is infinite or undefined at {context.nstr(z, 5)} standard deviations, which "
        "was not declared"
    )


def _left_over(before: Any, change: Any, size: Any, context: mpmath.MPContext) -> Any:
    """Return a bound on the error after two changes: less than the last one if errors square.

    The exponents leave room below the 2 of an analytic function.
    """
    if size == 0 or before >= size or change > size * (before / size) ** 1.6:
        return change
    return size * (change / size) ** 1.6
