"""Exact finite-size formulas of the Gaussian ensembles: mean densities, mean determinants, rates.

With orthonormal Hermite functions φ_j of weight exp(-x²) and ε φ(x) = ½∫ sgn(x - y) φ(y) dy, the
eigenvalue densities of mass n are, for entries of variance 1/2 (M. L. Mehta, Random Matrices,
3rd ed., (6.2.10) and (7.2.32)),

GUE: Σ_{j<n} φ_j², GOE: Σ_{j<n} φ_j² + √(n/2) φ_{n-1} ε φ_n + [n odd] φ_{n-1} / ∫ φ_{n-1}.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from numbers import Integral
from typing import Any, NamedTuple

import mpmath
import numpy as np

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.precision import context, finite_in, to_mpf
from freeprob.parameters import finite, reals

_LARGE = 1e100  # from where on Hermite functions are rescaled, before their squares overflow
_FARTHEST = 1e200  # and to where points times such a function are floats; densities are 0 there
_MAX_DOUBLINGS = 6
_MOST_DIGITS = 100_000
_NEAR = 1.0  # below, sinh t - t is summed: so many terms leave 1/(2 * 9 + 3)! of it
_TERMS = 9


class _Arithmetic(NamedTuple):
    """Float64 arrays, or one number of an mpmath context, whose exponents have no bound."""

    sqrt: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    erf: Callable[[Any], Any]
    ratio: Callable[[int, int], Any]
    pi: Any
    rescaled: Callable[..., tuple]


_LARGEST = 100_000  # the recursion takes one step for each dimension


class _Hermite(NamedTuple):
    """At each point: φ_{n-1} e^-(s+t), Σ φ_j² e^-2(s+t), s, t = -x²/2, ε φ_n; and ∫ φ_{n-1}."""

    last: Any
    squares: Any
    scale: Any
    gaussian: Any
    primitive: Any
    integral: Any


def goe_density(n: int, x: Any, variance: Any = 1, dps: int | None = None) -> Any:
    """Mean eigenvalue density, of mass 1, of the n x n GOE with limit law Semicircle(variance).

    Off-diagonal entries have variance ``variance``/n, diagonal ones twice that.

    Parameters
    ----------
    n
        Size, at least 1.
    x
        Points: a number or an array.
    variance
        Of the limit law, positive.
    dps
        Digits, or float64.

    Raises
    ------
    InvalidParameterError
        For n < 1, a variance that is not positive, or points that are no real numbers.

    Notes
    -----
    Source: Mehta 2004, (7.2.32).

    Examples
    --------
    A single eigenvalue is Gaussian of twice the variance.

    >>> goe_density(1, 0, dps=20)
    mpf('0.28209479177387814347')
    """
    return _density(1, n, x, variance, dps)


def gue_density(n: int, x: Any, variance: Any = 1, dps: int | None = None) -> Any:
    """As :func:`goe_density`, for the GUE with E|h_ij|² = ``variance``/n (Mehta, (6.2.10)).

    Examples
    --------
    >>> gue_density(1, 0, dps=20)
    mpf('0.39894228040143267794')
    """
    return _density(2, n, x, variance, dps)


def goe_determinant(n: int, x: Any, variance: Any = 1, dps: int | None = None) -> Any:
    """E|det(M - x)| of the n x n GOE with limit law Semicircle(variance), exactly.

    The density of the GOE of size n + 1 with the same entries gives it,
    E|det(M - x)| = √(2π) (√2 s)^(n+1) Γ(1 + (n+1)/2)/Γ(3/2) exp(x²/4s²) ρ(x), s² = variance/n.

    Parameters, errors as :func:`goe_density`; ``ConvergenceError`` where the value is beyond
    float64's range (``dps=`` has no such bound).

    Notes
    -----
    Source: Auffinger, Ben Arous and Černý 2013, lemma 3.3, with the constant of Selberg's integral.

    Examples
    --------
    >>> print(f"{goe_determinant(1, 0.7, 0.36):.12f}")
    0.895177402819
    """
    size = _size(n)
    if dps is not None:
        return _each(partial(_digits_determinant, size), x, variance, dps)
    points, stretch = _points(x), _stretch(size, variance)
    with np.errstate(over="ignore"):
        scaled = points * stretch
    near = np.clip(scaled, -_FARTHEST, _FARTHEST)
    constant = (
        0.5 * math.log(2 * math.pi)
        - size * math.log(stretch)
        + math.lgamma(1 + (size + 1) / 2)
        - math.lgamma(1.5)
    )
    # the Gaussian factor of the density cancels, far out all digits with it
    logarithm = constant + _logarithms(1, size + 1, near)[0]
    if (logarithm > np.log(np.finfo(float).max)).any() or (near != scaled).any():
        raise ConvergenceError(
            f"E|det(M - x)| for n = {size} is beyond float64's range: ask for digits by dps="
        )
    values = np.exp(logarithm)
    return float(values) if points.ndim == 0 else values


def extreme_eigenvalue_rate(
    x: Any, variance: Any = 1, beta: int = 1, dps: int | None = None
) -> Any:
    """The rate I(x) with P(λ_max > x) = exp(-n I(x) + o(n)) for Gaussian ensembles.

    I(x) = (β/2) ∫_2^y √(z² - 4) dz at y = x/√variance, and 0 up to the edge y = 2. To push the edge
    inwards costs n² and is not of this scale. With y = 2 cosh t it is β (sinh 2t - 2t)/2.

    Parameters
    ----------
    x
        Points: a number or an array.
    variance
        Of the limit law, positive.
    beta
        1, 2 or 4.
    dps
        Digits, or float64.

    Raises
    ------
    InvalidParameterError
        For a variance that is not positive, β other than 1, 2, 4, or points that are no real
        numbers.
    ConvergenceError
        Beyond float64's range: ``dps=`` has no such bound.

    Notes
    -----
    Source: Ben Arous, Dembo and Guionnet 2001, theorem 6.2.

    Examples
    --------
    >>> print(f"{extreme_eigenvalue_rate(1.8, 0.5):.12f}")
    0.279397920713
    """
    if isinstance(beta, bool) or not isinstance(beta, Integral) or beta not in (1, 2, 4):
        raise InvalidParameterError(f"beta is 1, 2 or 4, got {beta!r:.80}")
    if dps is not None:
        return _each(partial(_digits_rate, int(beta)), x, variance, dps)
    points = _points(x)
    with np.errstate(over="ignore"):
        beyond = np.maximum(points / math.sqrt(_variance(variance)) / 2 - 1, 0.0)
        # 2t with cosh t = 1 + beyond, without the digits that arccosh loses near 1
        t = 2 * np.log1p(beyond + np.sqrt(beyond) * np.sqrt(beyond + 2))
        values = beta / 2 * np.where(t < _NEAR, _sinh_beyond(t), np.sinh(t) - t)
    if not np.isfinite(values).all():
        raise ConvergenceError("a rate is beyond float64's range: ask for digits by dps=")
    return float(values) if points.ndim == 0 else values


def _sinh_beyond(t: np.ndarray) -> np.ndarray:
    """Sinh t - t where the two nearly cancel."""
    total = np.zeros_like(t)
    for j in range(_TERMS, 0, -1):
        total = (1 + total) * np.minimum(t, _NEAR) ** 2 / (2 * j * (2 * j + 1))
    return t * total


def _density(beta: int, n: int, x: Any, variance: Any, dps: int | None) -> Any:
    size = _size(n)
    if dps is not None:
        return _each(partial(_digits_density, beta, size), x, variance, dps)
    points, stretch = _points(x), _stretch(size, variance)
    with np.errstate(over="ignore"):
        scaled = np.clip(points * stretch, -_FARTHEST, _FARTHEST)
    rest, gaussian = _logarithms(beta, size, scaled)
    values = np.exp(rest + gaussian) * stretch
    return float(values) if points.ndim == 0 else values


def _stretch(size: int, variance: Any) -> float:
    """From entries of a limit law's variance to those of variance 1/2."""
    return math.sqrt(size / 2) / math.sqrt(_variance(variance))


def _size(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, Integral) or not 1 <= n <= _LARGEST:
        raise InvalidParameterError(
            f"the size n is a whole number of at least 1 and at most {_LARGEST}, got {n!s:.80}"
        )
    return int(n)


def _points(x: Any) -> np.ndarray:
    table = _table(x)
    try:
        kind = np.asarray(x).dtype.kind
    except (TypeError, ValueError, ArithmeticError):
        kind = "O"
    if kind in "iuf":
        points = reals(x, "points")
    else:
        entries = [finite(entry, "a point") for entry in table.flat]
        points = np.array(entries, dtype=float).reshape(table.shape)
    if not np.isfinite(points).all():
        raise InvalidParameterError(f"expected finite real numbers, got {x!s:.80}")
    return points


def _table(x: Any) -> np.ndarray:
    """Points as they are given, in an array of objects."""
    try:
        return np.asarray(x, dtype=object)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InvalidParameterError(f"expected real numbers, got {x!s:.80}") from error


def _each(evaluate: Callable[..., Any], x: Any, variance: Any, dps: int) -> Any:
    """Digits of ``evaluate(point, variance, context)`` at every point."""
    table = _table(x)
    found = [
        to_mpf(_settled(partial(_evaluated, evaluate, point, variance), dps), dps)
        for point in table.flat
    ]
    return found[0] if table.ndim == 0 else np.array([*found, None])[:-1].reshape(table.shape)


def _evaluated(evaluate: Callable[..., Any], point: Any, variance: Any, mp: Any) -> Any:
    v = finite_in(mp, variance)
    if v <= 0:
        raise InvalidParameterError(f"the variance must be positive, got {variance!s:.80}")
    return evaluate(finite_in(mp, point), v, mp)


def _variance(variance: Any) -> float:
    value = _points(variance)
    if value.ndim or not value > 0:
        raise InvalidParameterError(f"the variance must be positive, got {variance!s:.80}")
    return float(value)


def _logarithms(beta: int, n: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the density of mass 1 for entries of variance 1/2, in two parts.

    The second is that of its factor e^(-βx²/2).
    """
    # e^(-x²/2) may be 0, and what is left of a factor may be nothing beside the next
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        values = _hermite(n, np.atleast_1d(x), _FLOATS)
        scale, last = values.scale, values.last
        if beta == 2:
            result = 2 * scale + np.log(values.squares)
        else:
            # every term of the GOE holds one factor φ of the common scale
            terms = values.squares * np.exp(scale + values.gaussian)
            terms = terms + math.sqrt(n / 2) * last * values.primitive
            if n % 2:
                terms = terms + last / values.integral
            result = scale + np.log(np.maximum(terms, 0.0))
    return (result - math.log(n)).reshape(x.shape), (beta * values.gaussian).reshape(x.shape)


def _hermite(n: int, x: Any, arithmetic: _Arithmetic) -> _Hermite:
    """The recurrences φ_{j+1} = √(2/(j+1)) x φ_j - √(j/(j+1)) φ_{j-1} and that of ε φ_j."""
    sqrt, exp, erf_, ratio, pi, rescaled = arithmetic
    root = 1 / sqrt(sqrt(pi))
    gaussian, scale = -(x**2) / 2, 0 * x
    before, now = 0 * x, root + 0 * x
    squares, odd = now**2, -sqrt(ratio(2, 1)) * now * exp(gaussian)
    even, integral = root * sqrt(pi / 2) * erf_(x / sqrt(ratio(2, 1))), root * sqrt(2 * pi)
    for j in range(1, n):
        before, now = now, sqrt(ratio(2, j)) * x * now - sqrt(ratio(j - 1, j)) * before
        before, now, squares, scale = rescaled(before, now, squares, scale)
        squares = squares + now**2
        # ε φ_{j+1} from ε φ_{j-1} and φ_j
        step = sqrt(ratio(2, j + 1)) * now * exp(scale + gaussian)
        if j % 2:
            even = sqrt(ratio(j, j + 1)) * even - step
        else:
            odd = sqrt(ratio(j, j + 1)) * odd - step
            integral = integral * sqrt(ratio(j - 1, j))
    return _Hermite(now, squares, scale, gaussian, even if n % 2 == 0 else odd, integral)


def _rescaled(
    before: np.ndarray, now: np.ndarray, squares: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, ...]:
    large = np.abs(now) > _LARGE
    if not large.any():
        return before, now, squares, scale
    factor = np.where(large, np.abs(now), 1.0)
    return before / factor, now / factor, squares / factor**2, scale + np.log(factor)


def _erf(x: Any) -> Any:
    """SciPy's, which laws that are only described do not need."""
    from scipy.special import erf

    return erf(x)


_FLOATS = _Arithmetic(np.sqrt, np.exp, _erf, lambda a, b: a / b, math.pi, _rescaled)


def _numbers(mp: Any) -> _Arithmetic:
    return _Arithmetic(
        mp.sqrt, mp.exp, mp.erf, lambda a, b: mp.mpf(a) / b, +mp.pi, lambda *state: state
    )


def _settled(evaluate: Any, dps: int) -> mpmath.mpf:
    """A value at growing precision until two agree to the digits wanted."""
    if isinstance(dps, bool) or not isinstance(dps, Integral) or not 1 <= dps <= _MOST_DIGITS:
        raise InvalidParameterError(
            f"dps is a positive number of digits, at most {_MOST_DIGITS}, got {dps!r:.80}"
        )
    digits, before = dps + 15, None
    for _ in range(_MAX_DOUBLINGS):
        mp = context(digits)
        value = evaluate(mp)
        if before is not None and abs(value - before) <= abs(value) * mp.mpf(10) ** (-dps - 3):
            return value
        before, digits = value, 2 * digits
    raise ConvergenceError(f"{dps} digits could not be secured: ask for fewer")


def _digits_rate(beta: int, x: Any, variance: Any, mp: Any) -> Any:
    y = x / mp.sqrt(variance)
    t = 2 * mp.acosh(y / 2) if y > 2 else mp.zero
    return mp.mpf(beta) / 2 * (mp.sinh(t) - t)


def _digits_density(beta: int, n: int, x: Any, variance: Any, mp: Any) -> Any:
    stretch = mp.sqrt(n / (2 * variance))
    return stretch * _digits_scaled(beta, n, stretch * x, mp) / n


def _digits_determinant(n: int, x: Any, variance: Any, mp: Any) -> Any:
    stretch = mp.sqrt(n / (2 * variance))
    y = stretch * x
    density = stretch * _digits_scaled(1, n + 1, y, mp) / (n + 1)
    constant = mp.sqrt(2 * mp.pi) * stretch ** -(n + 1) * mp.gamma(1 + mp.mpf(n + 1) / 2)
    return constant / mp.gamma(mp.mpf(3) / 2) * mp.exp(y**2 / 2) * density


def _digits_scaled(beta: int, n: int, x: Any, mp: Any) -> Any:
    """The density of mass n for entries of variance 1/2."""
    values = _hermite(n, x, _numbers(mp))
    weight = mp.exp(values.scale + values.gaussian)
    if beta == 2:
        return values.squares * weight**2
    terms = values.squares * weight + mp.sqrt(mp.mpf(n) / 2) * values.last * values.primitive
    return weight * (terms + values.last / values.integral if n % 2 else terms)
