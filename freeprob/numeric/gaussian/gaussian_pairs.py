"""Means of f(u) g(v) for a correlated Gaussian pair, to any number of digits.

The Hermite series sum a_n b_n c^n (Mehler) needs one-dimensional sums only, and its tail is at
most |c|^(N+1) sqrt(A_N B_N), where A_N = E f^2 - sum_{n <= N} a_n^2 is known: a proved bound,
free of any assumption on f. Where |c| is so near 1 and f so rough that the series is long, the
pair is rotated to independent variables and summed on a grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
from mpmath.libmp import to_fixed

from freeprob.errors import ConvergenceError
from freeprob.numeric import precision
from freeprob.numeric.gaussian.conditional_digits import conditional_mean
from freeprob.numeric.gaussian.gaussian_rules import gaussian_rule

_GUARD = 14
_LONGEST = 1500  # terms of the series
# terms after which the bound must have come a third of the way: tails that fall like
# exp(-a sqrt(n)) or slower would not arrive otherwise
_EARLY = 256

Function = tuple[Callable[[Any], Any], Sequence[Any]]
Pair = Callable[[mpmath.MPContext], tuple[Function, Function, Any]]


def gaussian_pair_mean(pair: Pair, dps: int, depths: tuple[int, int] = (0, 0)) -> Any:
    """Return E f(X) g(Y) for standard normals X, Y of correlation c, to ``dps`` digits.

    Parameters
    ----------
    pair
        Called with a private mpmath context; returns (f, kinks of f), (g, kinks of g) and c.
    dps
        Significant decimal digits.
    depths
        f and g bend near 0 over 2^-depth.

    Raises
    ------
    ConvergenceError
        If neither the series nor the grid reaches the digits.
    """
    reached = ""
    for digits in (dps + _GUARD, 2 * (dps + _GUARD), 4 * (dps + _GUARD)):
        context = precision.fresh_context(digits)
        first, second, correlation = pair(context)
        tolerance = context.mpf(10) ** (-digits + 4)
        value, error = _series(first, second, correlation, tolerance, context, depths)
        if error > abs(value) * context.mpf(10) ** (-dps - 1):
            rotated = conditional_mean(first, second, correlation, dps, context, depths)
            value, error = min(((value, error), rotated), key=lambda found: found[1])
        if error <= abs(value) * context.mpf(10) ** (-dps - 1):
            return precision.context(dps).mpf(value)
        reached = f"{context.nstr(value, 5)} with an error of {context.nstr(error, 3)}"
    raise ConvergenceError(
        f"the mean of the product is {reached}: {dps} significant digits cannot be given"
    )


def _series(
    first: Function,
    second: Function,
    correlation: Any,
    tolerance: Any,
    context: mpmath.MPContext,
    depths: tuple[int, int],
) -> tuple[Any, Any]:
    """Return the Hermite series and the bound on its error."""
    left = HermiteCoefficients(first, context, depths[0])
    right = left if second is first else HermiteCoefficients(second, context, depths[1])
    total, power, scale = context.zero, context.one, context.sqrt(left.norm * right.norm)
    bound = scale
    for n in range(_LONGEST):
        a = left.next()
        b = a if right is left else right.next()
        total += a * b * power
        power *= correlation
        bound = abs(power) * context.sqrt(left.tail * right.tail)
        if bound <= tolerance * abs(total) or (power == 0 and n > 0):
            break
        if n == _EARLY and bound > context.cbrt(tolerance) * scale:
            break
    return total, bound + scale * context.eps * 64


class HermiteCoefficients:
    """Successive orthonormal Hermite coefficients of one function, with what is left of E f^2.

    The recurrence runs in fixed point on whole arrays of integers, some ten times faster than
    one multiprecision float after the other.
    """

    def __init__(self, function: Function, context: mpmath.MPContext, depth: int = 0) -> None:
        self.context = context
        nodes, weights, values = gaussian_rule(*function, context, depth=depth)
        weighted = [w * v for w, v in zip(weights, values, strict=True)]
        self.norm = context.fdot(weighted, values)
        # Hermite polynomials grow like exp(z^2/4): so many more bits keep every product exact
        width = max(abs(z) for z in nodes)
        self.bits = context.prec + 40 + int(width * width / 4 / context.ln(2))
        self.nodes, self.weighted = self._fixed(nodes), self._fixed(weighted)
        self.parity = self._fold()
        self.spent = context.zero
        self.n = 0
        self.older = 0 * self.nodes
        self.newer = self.older + (1 << self.bits)

    def _fixed(self, numbers: Sequence[Any]) -> np.ndarray:
        """Return the numbers times 2^bits, as an array of Python integers."""
        return np.array([to_fixed(x._mpf_, self.bits) for x in numbers], dtype=object)

    def _fold(self) -> int:
        """Keep half of the nodes of an odd or even function; return its parity, 0 for none."""
        count, mirrored = len(self.nodes), self.weighted[::-1]
        if (self.nodes + self.nodes[::-1]).any():
            return 0
        parity = next((s for s in (1, -1) if not (self.weighted - s * mirrored).any()), 0)
        if parity:
            half = count // 2
            self.nodes, self.weighted = self.nodes[half:], 2 * self.weighted[half:]
            if count % 2:
                self.weighted[0] //= 2
        return parity

    def next(self) -> Any:
        """Return a_n and move on to n + 1."""
        context, bits = self.context, self.bits
        value = context.zero
        if self.parity * (-1) ** self.n >= 0:
            value = context.ldexp(context.mpf(int((self.weighted * self.newer).sum())), -2 * bits)
        self.spent += value * value
        root = to_fixed(context.sqrt(self.n)._mpf_, bits)
        inverse = to_fixed((1 / context.sqrt(self.n + 1))._mpf_, bits)
        upper = (self.nodes * self.newer - root * self.older) >> bits
        self.older, self.newer = self.newer, (upper * inverse) >> bits
        self.n += 1
        return value

    @property
    def tail(self) -> Any:
        """Bound on the sum of the squares of the coefficients not yet taken."""
        return abs(self.norm - self.spent) + self.norm * self.context.eps
