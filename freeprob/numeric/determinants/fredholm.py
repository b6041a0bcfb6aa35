"""Fredholm determinants det(1 - K) on an interval, by Gauss-Legendre quadrature.

The determinant of the integral operator becomes that of the matrix δ_ij - √w_i K(x_i, x_j) √w_j.
For analytic kernels the error falls exponentially in the number of nodes (F. Bornemann, On the
numerical evaluation of Fredholm determinants, Math. Comp. 79 (2010), theorem 6.2). Nodes are
doubled until two answers agree to the digits asked for: the accuracy is controlled, not proved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from typing import Any, overload

import mpmath
import numpy as np
from flint import acb, acb_mat, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.precision import bits_of, context, finite_in, to_mpf

# balls of kernels: nodes in, rows of K(x_i, x_j) out; entries may be complex where the interval is
BallKernel = Callable[[Sequence[acb]], Sequence[Sequence[acb]]]

_FIRST_NODES = 12
_MAX_NODES, _MAX_BALL_NODES = 768, 384
# two float64 determinants that agree to this are as close as rounding lets them be
_ROUNDING = 2e-15


@lru_cache(maxsize=32)
def nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on [-1, 1] in float64."""
    return np.polynomial.legendre.leggauss(count)


@lru_cache(maxsize=32)
def ball_nodes(count: int, bits: int) -> tuple[tuple[arb, ...], tuple[arb, ...]]:
    """Gauss-Legendre nodes and weights on [-1, 1] as balls."""
    with ctx.workprec(bits):
        pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
    return tuple(x for x, _ in pairs), tuple(w for _, w in pairs)


def ball_determinant(
    kernel: BallKernel, a: acb, b: acb, count: int, bits: int, sign: int = 1
) -> acb:
    """det(1 - sign K) on the straight line from a to b, with this many nodes."""
    points, weights = ball_nodes(count, bits)
    with ctx.workprec(bits):
        half = (b - a) / 2
        places = [a + half * (1 + x) for x in points]
        roots = [w.sqrt() for w in weights]
        rows = [
            [int(i == j) - sign * roots[i] * value * roots[j] * half for j, value in enumerate(row)]
            for i, row in enumerate(kernel(places))
        ]
        return acb_mat(rows).det()


def doubled(
    evaluate: Callable[[int], acb], digits: int, first: int = _FIRST_NODES, growth: float = 2
) -> acb:
    """The first of evaluate(n), evaluate(2n), … that agrees with its successor.

    ``growth`` is that factor of 2: less is enough where more nodes by it are many more digits.

    Raises
    ------
    ConvergenceError
        If no two agree below the largest number of nodes.
    """
    count, before = first, evaluate(first)
    while count < _MAX_BALL_NODES:
        count = ceil(growth * count)
        value = evaluate(count)
        if abs(value - before).upper() <= abs(value).lower() * arb(10) ** -digits:
            return value
        before = value
    raise ConvergenceError(
        f"the determinant did not settle to {digits} digits with {count} nodes: is the kernel "
        "smooth on the interval, and computed in x.context? Ask for fewer digits or cut it"
    )


def real_ball(x: Any, dps: int) -> arb:
    """A user's real number as a ball: exact where it is a float or short, else with spare digits.

    Raises
    ------
    InvalidParameterError
        If it is no finite real number.
    """
    value = finite_in(context(dps + 30), x)
    with ctx.workprec(bits_of(dps + 30)):
        return exact_ball(value)


def exact_ball(value: Any) -> arb:
    """An mpf as a ball of radius 0, at the working precision of the caller."""
    sign, mantissa, power, _ = value._mpf_
    return arb(-int(mantissa) if sign else int(mantissa)) * arb(2) ** int(power)


@overload
def fredholm_determinant(
    kernel: Callable[..., Any], a: float, b: float, dps: None = None
) -> float: ...
@overload
def fredholm_determinant(kernel: Callable[..., Any], a: Any, b: Any, dps: int) -> mpmath.mpf: ...
def fredholm_determinant(
    kernel: Callable[..., Any], a: Any, b: Any, dps: int | None = None
) -> float | mpmath.mpf:
    """det(1 - K) of an integral operator on L²(a, b).

    Parameters
    ----------
    kernel
        K(x, y), smooth on the closed interval. Called with float64 arrays that broadcast, or, with
        ``dps``, with one pair of mpmath numbers of a private context at a time, whose functions
        are ``x.context.sin``, ``x.context.airyai``, … : those of ``mpmath`` itself would compute
        to mpmath's global precision.
    a, b
        A finite interval. Cut an infinite one where the kernel is below the accuracy wanted.
    dps
        Digits, or float64.

    Returns
    -------
    float or mpmath.mpf

    Raises
    ------
    InvalidParameterError
        If the interval is empty or infinite, or the kernel is not finite on it.
    ConvergenceError
        If doubling the nodes does not settle the value: kernels with kinks or singularities.

    Notes
    -----
    Source: Bornemann 2010. The accuracy is controlled by doubling the number of nodes, not proved.

    Examples
    --------
    The probability that a long GUE spectrum of mean spacing 1 has no eigenvalue in (0, 1).

    >>> import numpy as np
    >>> print(f"{fredholm_determinant(lambda x, y: np.sinc(x - y), 0, 1):.12f}")
    0.170217421379
    """
    lower, upper = float(a), float(b)
    if not (np.isfinite([lower, upper]).all() and lower < upper):
        raise InvalidParameterError(
            f"a Fredholm determinant needs a finite interval a < b, got ({a}, {b}); "
            "cut an infinite one where the kernel is negligible"
        )
    if dps is None:
        return _float_determinant(kernel, lower, upper)
    return _digits_determinant(kernel, a, b, dps)


def _float_determinant(kernel: Callable[..., Any], a: float, b: float) -> float:
    """In float64, nodes doubled until rounding decides."""

    def evaluate(count: int) -> float:
        points, weights = nodes(count)
        half = (b - a) / 2
        x = a + half * (1 + points)
        values = np.asarray(kernel(x[:, None], x[None, :]), dtype=float)
        if values.shape != (count, count) or not np.isfinite(values).all():
            raise InvalidParameterError("the kernel must give finite numbers for arrays (x, y)")
        roots = np.sqrt(half * weights)
        return float(np.linalg.det(np.eye(count) - roots[:, None] * values * roots))

    count, before = _FIRST_NODES, evaluate(_FIRST_NODES)
    while count < _MAX_NODES:
        count *= 2
        value = evaluate(count)
        if abs(value - before) <= _ROUNDING * count * max(1.0, abs(value)):
            return value
        before = value
    raise ConvergenceError(
        f"the determinant did not settle with {_MAX_NODES} nodes: is the kernel smooth?"
    )


def _digits_determinant(kernel: Callable[..., Any], a: Any, b: Any, dps: int) -> mpmath.mpf:
    """To digits: the kernel in mpmath, the determinant in balls."""
    digits = dps + 4
    bits = bits_of(digits) + 64
    working = context(digits + 20)

    def balls(points: Sequence[acb]) -> list[list[acb]]:
        places = [working.make_mpf(to_mpf(x.real, digits + 20)._mpf_) for x in points]
        return [[ball(kernel(x, y)) for y in places] for x in places]

    def ball(value: Any) -> acb:
        number = working.mpf(value)
        if not working.isfinite(number):
            raise InvalidParameterError("the kernel must be finite on the closed interval")
        return acb(exact_ball(number))

    with ctx.workprec(bits):
        low, high = ball(a), ball(b)
        value = doubled(lambda n: ball_determinant(balls, low, high, n, bits), digits)
        return to_mpf(value.real, dps)
