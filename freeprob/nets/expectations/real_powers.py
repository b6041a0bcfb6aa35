r"""Gaussian means and dual kernels of real powers of |x|, weighted apart on each half-line.

Such a function is a sum over exponents p of an even and an odd part, |x|^p sgn(x)^s with s = 0, 1.
Stein's identity continued in p gives its Hermite coefficients from the first one,
a_(n+2) = a_n (p - n)/sqrt((n + 1)(n + 2)) with a_s = E |z|^(p + s), and Mehler's formula sums the
kernel as a hypergeometric series in the squared correlation.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.nets.expectations.closed_forms import COVARIANCE, FIRST, SECOND, VARIANCE
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.pieces import Pieces

_RADIUS = sp.Dummy("r", positive=True)
Powers = dict[tuple[sp.Expr, int], sp.Expr]


def power_terms(pieces: Pieces) -> Powers:
    """Return the weights of |x|^p sgn(x)^s by (p, s), or raise :class:`OutsideClass`."""
    if pieces.masses or any(place != 0 for place in pieces.breaks):
        raise OutsideClass("more than powers on the two half-lines")
    left, right = pieces.parts[0], pieces.parts[-1]
    sides = (
        _half_line(left.xreplace({pieces.variable: -_RADIUS})),
        _half_line(right.xreplace({pieces.variable: _RADIUS})),
    )
    result: Powers = {}
    for p in dict.fromkeys([*sides[0], *sides[1]]):
        below, above = (side.get(p, sp.Integer(0)) for side in sides)
        for s, weight in ((0, (above + below) / 2), (1, (above - below) / 2)):
            if sp.expand(weight) != 0:
                result[p, s] = sp.expand(weight)
    return result


def _half_line(expr: sp.Expr) -> dict[sp.Expr, sp.Expr]:
    """Return a sum of real powers of the radius as weights by exponent."""
    weights: dict[sp.Expr, sp.Expr] = {}
    for term in sp.Add.make_args(sp.expand(sp.powdenest(expr))):
        weight, power = term.as_independent(_RADIUS, as_Add=False)
        exponent = sp.expand(
            sum((_exponent(factor) for factor in sp.Mul.make_args(power)), sp.S.Zero)
        )
        weights[exponent] = weights.get(exponent, sp.Integer(0)) + weight
    return {p: weight for p, weight in weights.items() if weight != 0}


def _exponent(factor: sp.Expr) -> sp.Expr:
    """Return the exponent of a power of the radius."""
    base, exponent = factor.as_base_exp()
    if not factor.has(_RADIUS):
        return sp.Integer(0)
    if base != _RADIUS or exponent.has(_RADIUS) or exponent.is_extended_real is not True:
        raise OutsideClass(factor)
    return exponent


def degree_of(pieces: Pieces) -> float | None:
    """Return d if f(t x) = t^d f(x) for all t > 0, or None where that is not seen."""
    try:
        degrees = {p for p, _ in power_terms(pieces)}
    except OutsideClass:
        return None
    degree = degrees.pop() if len(degrees) == 1 else None
    return float(degree) if degree is not None and degree.is_number else None


def absolute_moment(p: sp.Expr) -> sp.Expr:
    """Return E |z|^p = 2^(p/2) Gamma((p + 1)/2)/sqrt(pi) for a standard normal z."""
    return 2 ** (p / 2) * sp.gamma((p + 1) / 2) / sp.sqrt(sp.pi)


def power_mean(pieces: Pieces) -> sp.Expr:
    """Return the mean at variance VARIANCE; infinite for a positive non-integrable singularity."""
    terms = power_terms(pieces)
    singular = {p for p, _ in terms if not (p + 1).is_positive}
    for p in singular:
        even, odd = (terms.get((p, s), sp.Integer(0)) for s in (0, 1))
        if not (p + 1).is_nonpositive:
            raise UndefinedOperationError(
                f"the mean of |x|^({p}) is infinite unless {p + 1} > 0; give the exponent a value, "
                "or write it as a bound plus a positive symbol"
            )
        if not ((even + odd).is_nonnegative and (even - odd).is_nonnegative):
            raise UndefinedOperationError(
                f"the mean of |x|^({p}) is infinite, with weights that are not all positive: it "
                "has no value; use a function that is bounded at 0"
            )
    if singular:
        return sp.oo
    return sp.Add(
        *(
            weight * VARIANCE ** (p / 2) * absolute_moment(p)
            for (p, s), weight in terms.items()
            if s == 0
        )
    )


def power_coefficient(pieces: Pieces, n: sp.Symbol, q: sp.Expr) -> sp.Expr:
    """Return the Hermite coefficient a_n of real powers for a symbolic index."""
    terms = power_terms(pieces)
    if all(p.is_Integer for p, _ in terms):
        raise OutsideClass("a derivative of integer powers is made of steps and point masses")
    total = sp.Integer(0)
    for (p, s), weight in terms.items():
        m = (n - s) / 2
        form = (-2) ** m * sp.rf((s - p) / 2, m) * absolute_moment(p + s) / sp.sqrt(sp.factorial(n))
        own = sp.Piecewise((form, sp.Eq(sp.Mod(n, 2), s)), (0, True))
        total += weight * q ** (p / 2) * own
    return total


@lru_cache(maxsize=256)
def power_dual(first: Pieces, second: Pieces) -> sp.Expr:
    """Return E f(u) g(v) in FIRST, COVARIANCE, SECOND."""
    left, right = power_terms(first), power_terms(second)
    for p, _ in (*left, *right):
        if not (p + 1).is_positive:
            raise UndefinedOperationError(
                f"a kernel of |x|^({p}) exists only if {p + 1} > 0; give a larger exponent, or "
                "write it as a bound plus a positive symbol"
            )
    total = sp.Integer(0)
    for (p, s), a in left.items():
        for (r, t), b in right.items():
            if s == t:
                total += a * b * FIRST ** (p / 2) * SECOND ** (r / 2) * _series(p, r, s)
    return total


def _series(p: sp.Expr, r: sp.Expr, s: int) -> sp.Expr:
    """Return sum_n a_n b_n c^n over n = s, s + 2, ..., as its first term times 2F1 in c^2."""
    c = COVARIANCE / sp.sqrt(FIRST * SECOND)
    start = absolute_moment(p + s) * absolute_moment(r + s) * c**s
    upper, lower = ((s - p) / 2, (s - r) / 2), s + sp.Rational(1, 2)
    ends = [-n for n in upper if n.is_Integer and n <= 0]
    if not ends:
        return start * sp.hyper(upper, (lower,), c**2)
    return start * sp.Add(
        *(
            sp.rf(upper[0], m)
            * sp.rf(upper[1], m)
            / sp.rf(lower, m)
            / sp.factorial(m)
            * c ** (2 * m)
            for m in range(min(ends) + 1)
        )
    )
