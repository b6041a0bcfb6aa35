"""Gap probabilities of the bulk: the sine kernel, its even and odd parts.

With S(u) = sin(πu)/(πu) and D±(s) = det(1 - K±), K±(x, y) = S(x - y) ± S(x + y) on (0, s/2), the
probability E_β(s) that an interval of s mean spacings holds no eigenvalue is D₊(s) for β = 1,
D₊(s) D₋(s) for β = 2 and (D₊ + D₋)(2s)/2 for β = 4; the spacing density is E_β''
(M. L. Mehta, Random Matrices, ch. 6, 7 and 11). All are entire in s, so derivatives are means over
circles. Independent levels, β = 0, have E(s) = exp(-s).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, factorial, log10
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from numpy.polynomial.chebyshev import chebpts1, chebval, chebvander
from numpy.polynomial.polynomial import polyval

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.determinants.fredholm import ball_determinant, doubled, nodes, real_ball
from freeprob.numeric.precision import bits_of, to_mpf
from freeprob.parameters import digits as whole_digits
from freeprob.parameters import finite_reals, one_of

# nodes that resolve six periods of sin(πu), those of the farthest interval, to rounding
_NODES = 44
# points and radius of the circle on which float64 derivatives are read off: E is entire of order
# two, its Taylor coefficient of order 42 below 1e-19
_CIRCLE, _RADIUS = 40, 1.0
_TURNS = 8
# below it a density is its Taylor series: it is small of order s^β there
_SMALL = 0.125
# digits are those of the series below this length, where circles around it would be too narrow
_SHORTEST = 1e-3
# terms of the series in float64: those left out are below 8^-20
_TERMS = 20
# more nodes by this factor tell whether the digits have settled, as the error falls faster than
# exponentially
_GROWTH = 1.25
# degree that resolves E_β'' on the whole interval to rounding
_DEGREE = 96
_INDICES = (0, 1, 2, 4)
# beyond this many spacings float64 determinants are all rounding: E_1(12) is 1e-37
_FARTHEST = 12.0


def gap_probability(beta: int, s: Any, dps: int | None = None) -> Any:
    """E_β(s), the probability that an interval of s mean spacings holds no eigenvalue.

    Parameters
    ----------
    beta
        1, 2 or 4; 0 for independent eigenvalues.
    s
        Length in mean spacings, at least 0: an array in float64, or one number with ``dps``.
    dps
        Digits, or float64 (right to about 1e-15, absolutely).

    Returns
    -------
    float or array, mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        For another β or a negative length.
    ConvergenceError
        If the determinants do not settle.

    Notes
    -----
    Source: Mehta 2004, chapters 6, 7 and 11. Nodes are doubled until the digits agree: the accuracy
    is controlled, not proved.

    Examples
    --------
    >>> gap_probability(1, 1, dps=20)
    mpf('0.21416678762663637334')
    """
    beta = one_of(beta, "beta", _INDICES)
    dps = whole_digits(dps)
    if dps is not None:
        place = _length(s, dps)
        return to_mpf(_ball_gap(beta, acb(place), dps + 3).real, dps)
    lengths = _lengths(s)
    values = np.real(_float_gap(beta, lengths.astype(complex)))
    return float(values) if lengths.ndim == 0 else values


def spacing_density(beta: int, s: Any, dps: int | None = None) -> Any:
    """p_β(s) = E_β''(s), the density of spacings between neighbours in the bulk, of mean 1.

    Parameters, errors and source as :func:`gap_probability`. Wigner's surmise is within 3 % of it.

    Parameters
    ----------
    beta
        1, 2 or 4; 0 for independent eigenvalues.
    s
        Spacings in units of their mean, a number or an array.
    dps
        Digits; by default float64.

    Returns
    -------
    float or array, mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        If ``beta`` is another number, or a spacing is none.

    Examples
    --------
    >>> print(f"{spacing_density(1, 1.0):.8f}")
    0.70182265
    """
    beta = one_of(beta, "beta", _INDICES)
    dps = whole_digits(dps)
    if dps is not None:
        return to_mpf(_ball_density(beta, _length(s, dps), dps + 3), dps)
    lengths = _lengths(s)
    values = np.maximum(_float_derivative(beta, lengths, 2), 0.0)
    if (lengths < _SMALL).any():
        values = np.where(lengths < _SMALL, _float_series(beta, lengths), values)
    return float(values) if lengths.ndim == 0 else values


def gap_slope(beta: int, s: Any) -> Any:
    """E_β'(s) in float64: minus the probability that a spacing from a level is longer than s.

    Examples
    --------
    >>> gap_slope(2, 0.0)
    -1.0
    """
    beta = one_of(beta, "beta", _INDICES)
    lengths = _lengths(s)
    values = np.clip(_float_derivative(beta, lengths, 1), -1.0, 0.0)
    return float(values) if lengths.ndim == 0 else values


def _float_derivative(beta: int, lengths: np.ndarray, order: int) -> np.ndarray:
    """E_β' or E_β'' from its Chebyshev polynomial; 0 where it is below rounding."""
    if beta == 0:
        return (-1) ** order * np.exp(-lengths)
    scale = _scale(beta)
    near = np.minimum(scale * lengths, _FARTHEST)
    values = scale**order * chebval(2 * near / _FARTHEST - 1, _derivative_polynomial(beta, order))
    return np.where(scale * lengths > _FARTHEST, 0.0, values)


def _float_series(beta: int, lengths: np.ndarray) -> np.ndarray:
    """E_β'' of short lengths, to relative accuracy: it begins with s^β."""
    if beta == 0:
        return np.exp(-lengths)
    x = _scale(beta) * np.minimum(lengths, _SMALL)
    return _scale(beta) ** 2 * x**beta * polyval(x, _float_taylor(beta))


@lru_cache(maxsize=3)
def _float_taylor(beta: int) -> np.ndarray:
    """Coefficients of E_β''/s^β by the scaled length, from a circle."""
    turns = np.exp(2j * np.pi * np.arange(_CIRCLE) / _CIRCLE)
    values = _combined(beta, *_float_determinants(turns))
    powers = np.arange(beta + 2, beta + 2 + _TERMS)
    taylor = np.real(np.mean(values * turns ** -powers[:, None], axis=1))
    return powers * (powers - 1) * taylor


@lru_cache(maxsize=6)
def _derivative_polynomial(beta: int, order: int) -> np.ndarray:
    """Chebyshev coefficients of a derivative by the scaled length: means over circles."""
    turns, even, odd = _circles()
    # values at conjugate points are conjugate, so that half a circle is enough
    weights = np.full(len(turns), 2.0)
    weights[[0, -1]] = 1
    means = np.real(_combined(beta, even, odd) * turns**-order) @ weights / _CIRCLE
    values = factorial(order) * means / _RADIUS**order
    coefficients = chebvander(chebpts1(_DEGREE + 1), _DEGREE).T @ values * 2 / (_DEGREE + 1)
    coefficients[0] /= 2
    return coefficients


@lru_cache(maxsize=1)
def _circles() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper halves of circles around Chebyshev's points of (0, farthest), D₊ and D₋ on them."""
    turns = np.exp(2j * np.pi * np.arange(_CIRCLE // 2 + 1) / _CIRCLE)
    centres = _FARTHEST * (chebpts1(_DEGREE + 1) + 1) / 2
    pairs = [_float_determinants(centre + _RADIUS * turns) for centre in centres]
    even, odd = np.array(pairs).transpose(1, 0, 2)
    return turns, even, odd


def _scale(beta: int) -> int:
    """E_4 has the determinants of twice the length."""
    return 2 if beta == 4 else 1


def _combined(beta: int, even: Any, odd: Any) -> Any:
    """E_β of the determinants."""
    return {1: even, 2: even * odd, 4: (even + odd) / 2}[beta]


def _lengths(s: Any) -> np.ndarray:
    lengths = finite_reals(s, "lengths")
    if (lengths < 0).any():
        raise InvalidParameterError("lengths of intervals are at least 0")
    return lengths


def _length(s: Any, dps: int) -> arb:
    # without its radius, far below the digits: circles around it would divide that by their own
    length = real_ball(s, dps).mid()
    if length < 0:
        raise InvalidParameterError(f"the length of an interval is at least 0, got {s}")
    return length


def _float_gap(beta: int, s: np.ndarray) -> np.ndarray:
    """E_β at real lengths, as complex numbers."""
    if beta == 0:
        return np.exp(-s)
    scaled = _scale(beta) * s
    far = np.real(scaled) > _FARTHEST
    return np.where(far, 0.0, _combined(beta, *_float_determinants(np.where(far, 0, scaled))))


def _float_determinants(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """D₊ and D₋, all lengths at once."""
    points, weights = nodes(_NODES)
    half = s[..., None] / 4
    x = half * (1 + points)
    difference, total = x[..., :, None] - x[..., None, :], x[..., :, None] + x[..., None, :]
    scale = half[..., None] * np.sqrt(weights[:, None] * weights)
    minus, plus = np.sinc(difference) * scale, np.sinc(total) * scale
    one = np.eye(_NODES)
    return np.linalg.det(one - minus - plus), np.linalg.det(one - minus + plus)


def _ball_gap(beta: int, s: acb, digits: int) -> acb:
    """E_β to relative digits."""
    count, bits = _effort(beta, s, digits)
    with ctx.workprec(bits):
        if beta == 0:
            return (-s).exp()
        return doubled(lambda n: _gap_with_nodes(beta, s, n, bits), digits, count, _GROWTH)


def _ball_density(beta: int, s: arb, digits: int) -> arb:
    """E_β'' by a mean over a small circle: 8 points err by r⁸ E^(10)/10!, and lose r² in digits."""
    if beta == 0 or s < _SHORTEST:
        return _ball_series(beta, s, digits)
    # digits in which E'' is small: it rises like s^β and falls like exp(-(πs)²/16) for each of
    # the determinants
    length = float(abs(s).mid()) * _scale(beta)
    low = ceil((0.54 if beta == 2 else 0.27) * length**2 + beta * max(0.0, -log10(length)))
    shrink = (digits + low) // 6 + 2
    spare = digits + 2 * shrink + 4 + low
    count, bits = _effort(beta, acb(s + 1), spare)
    with ctx.workprec(bits):
        radius = arb(10) ** -shrink
        # conjugate points have conjugate values
        turns = [(acb(2) * k / _TURNS).exp_pi_i() for k in range(_TURNS // 2 + 1)]

        def mean(nodes_now: int) -> acb:
            values = [_gap_with_nodes(beta, acb(s) + radius * t, nodes_now, bits) for t in turns]
            parts = [(v * t**-2).real for v, t in zip(values, turns, strict=True)]
            total = 2 * sum(parts[1:-1], arb(0)) + parts[0] + parts[-1]
            return acb(2 * total / (_TURNS * radius**2))

        return doubled(mean, digits, count, _GROWTH).real


def _ball_series(beta: int, s: arb, digits: int) -> arb:
    """E_β'' of short lengths to relative digits: it begins with s^β."""
    _, bits = _effort(beta, acb(s), digits)
    with ctx.workprec(bits):
        if beta == 0:
            return (-s).exp()
        if s.is_zero():
            return arb(0)
        taylor = _ball_taylor(beta, digits, bits)
        powers = range(beta + 2, len(taylor))
        tail = sum((k * (k - 1) * taylor[k] * s ** (k - 2 - beta) for k in powers), arb(0))
        return tail * s**beta


@lru_cache(maxsize=16)
def _ball_taylor(beta: int, digits: int, bits: int) -> tuple[arb, ...]:
    """Taylor coefficients of E_β at 0, from a circle; the first β + 2 are known and control them.

    Raises
    ------
    ConvergenceError
        If 1 - s + 0 + … does not come out.
    """
    terms = beta + 5 + digits // 3
    # coefficients beyond the points are multiplied by 16 to minus their number
    points, radius = 24 + 2 * (digits // 2), arb(1) / (16 * _scale(beta))
    spare = digits + 2 * beta + 6
    with ctx.workprec(bits + 5 * terms + 32):
        turns = [(acb(2) * k / points).exp_pi_i() for k in range(points // 2 + 1)]
        count = 12 + spare // 4
        values = [_gap_with_nodes(beta, radius * t, count, ctx.prec) for t in turns]

        def coefficient(k: int) -> arb:
            parts = [(v * t**-k).real for v, t in zip(values, turns, strict=True)]
            return (2 * sum(parts[1:-1], arb(0)) + parts[0] + parts[-1]) / (points * radius**k)

        found = tuple(coefficient(k) for k in range(terms))
        known = [1, -1] + [0] * beta
        errors = [abs(own - value) for own, value in zip(found, known, strict=False)]
        if not all(error < arb(10) ** -(digits + 2) for error in errors):
            raise ConvergenceError(
                f"the gap probability's Taylor series at 0 has not {digits} digits: ask for fewer"
            )
        return found


def _effort(beta: int, s: acb, digits: int) -> tuple[int, int]:
    """Nodes to begin with, and bits: E falls like exp(-(πs)²/16), relative digits need as many."""
    length = float(abs(s).mid()) * _scale(beta)
    return 8 + digits // 3 + int(2 * length), bits_of(digits) + int(2 * length**2) + 64


def _gap_with_nodes(beta: int, s: acb, count: int, bits: int) -> acb:
    scaled = _scale(beta) * s

    def determinant(sign: int) -> acb:
        def kernel(points: Sequence[acb]) -> list[list[acb]]:
            return [[(x - y).sinc_pi() + sign * (x + y).sinc_pi() for y in points] for x in points]

        return ball_determinant(kernel, acb(0), scaled / 2, count, bits)

    even = determinant(1)
    if beta == 1:
        return even
    return _combined(beta, even, determinant(-1))
