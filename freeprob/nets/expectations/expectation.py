"""Gaussian means of any expression: a closed form where one is derived, else an exact object."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.expectations.closed_forms import VARIANCE, growth_rates, mean_of_pieces
from freeprob.nets.expectations.real_powers import power_mean
from freeprob.nets.expectations.reductions import reduced_mean
from freeprob.nets.expectations.unevaluated import GaussianExpectation
from freeprob.nets.functions.bound_symbol import ARGUMENT, integrand, shown, variance
from freeprob.nets.functions.callables import pieces_or_whole
from freeprob.nets.functions.constants import prepared
from freeprob.nets.functions.exponential_terms import OutsideClass, terms_of
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import Pieces
from freeprob.nets.functions.singular_places import refuse_infinite_mean


def gaussian_expectation(expr: sp.Expr, symbol: sp.Symbol, q: object) -> sp.Expr:
    r"""Return E expr(w), w ~ N(0, q), in closed form or as a :class:`GaussianExpectation`.

    Parameters
    ----------
    expr : Expr
        Any expression in ``symbol``, real or complex; other symbols are real parameters.
    symbol : Symbol
        The Gaussian variable (its own variance is ``q``: write ``w/sqrt(q)`` for the standard
        one).
    q : number or Expr
        Variance, not negative.

    Returns
    -------
    Expr
        Closed form where the moment rule or one of the reductions gives it.

    Raises
    ------
    InvalidParameterError
        If q is negative.
    UndefinedOperationError
        If the mean is infinite.

    Examples
    --------
    >>> import sympy as sp
    >>> w, q = sp.Symbol("w"), sp.Symbol("q", positive=True)
    >>> gaussian_expectation(sp.erf(w)**2, w, q)
    2*asin(2*q/(2*q + 1))/pi
    """
    expr = integrand(expr, symbol)
    if expr.has(sp.I) and expr.is_extended_real is not True and not _is_closed(expr):
        real, imaginary = expr.as_real_imag()
        if real.has(sp.re, sp.im) or imaginary.has(sp.re, sp.im):
            raise InvalidParameterError(
                f"the real and imaginary parts of {shown(expr)} are not known; declare its "
                "parameters real"
            )
        parts = (pieces_or_whole(part, ARGUMENT) for part in (real, imaginary))
        means = [mean_of(part, variance(q)) for part in parts]
        return means[0] + sp.I * means[1]
    return mean_of(pieces_or_whole(expr, ARGUMENT), variance(q))


def _is_closed(expr: sp.Expr) -> bool:
    """Whether the moment rule takes a complex function."""
    try:
        terms_of(expr, ARGUMENT)
    except OutsideClass:
        return False
    return True


def mean_of(pieces: Pieces, q: sp.Expr) -> sp.Expr:
    """Return the Gaussian mean of a piecewise function with point masses, at variance ``q``."""
    if q.is_zero:
        return _at_zero(pieces)
    (pieces,), meanings = prepared(pieces)
    form, condition = _mean(pieces)
    back = dict(meanings) | {VARIANCE: q}
    _require(condition.xreplace(dict(meanings)), q)
    return form.xreplace(back)


@lru_cache(maxsize=512)
def _mean(pieces: Pieces) -> tuple[sp.Expr, sp.Expr]:
    """Return the mean at variance VARIANCE, and an expression that must be positive for it."""
    smooth = pieces.smooth
    masses = Pieces(pieces.variable, (), (sp.Integer(0),), pieces.masses)
    try:
        return mean_of_pieces(pieces), _growth_condition(smooth)
    except OutsideClass:
        condition = _condition_by_probing(smooth)
        return _rest(smooth) + mean_of_pieces(masses), condition


def _rest(pieces: Pieces) -> sp.Expr:
    """Return the mean of a function outside the class of the moment rule."""
    try:
        return power_mean(pieces)
    except OutsideClass:
        is_integrable = refuse_infinite_mean(pieces)
        if is_integrable and parity_of(pieces) == -1:
            return sp.Integer(0)
        if pieces.breaks:
            return GaussianExpectation(pieces.expression(), pieces.variable, VARIANCE)
        return reduced_mean(pieces.parts[0], pieces.variable)


def _condition_by_probing(pieces: Pieces) -> sp.Expr:
    """Refuse growth beyond exp(b x^2); at that growth return 1 - 2 b q, which must be positive."""
    condition = sp.Integer(1)
    for part, places in ((pieces.parts[0], (-40, -80)), (pieces.parts[-1], (40, 80))):
        symbols = part.free_symbols - {pieces.variable}
        part = part.xreplace({s: sp.Rational(-7 if s.is_negative else 7, 5) for s in symbols})
        near, far = (
            sp.log(sp.Abs(part.subs(pieces.variable, place))).evalf(10) for place in places
        )
        if not (near.is_Float and far.is_Float) or near < 100:
            continue
        if far > 5 * near:
            raise UndefinedOperationError(
                f"the Gaussian mean of {shown(part)} is infinite for every variance: the function "
                "grows faster than the exponential of a square; use a slower activation"
            )
        if far > 3 * near:
            rate = sp.nsimplify(far / 6400, rational=True, tolerance=1e-3)
            condition = sp.Min(condition, 1 - 2 * rate * VARIANCE)
    return condition


def _growth_condition(pieces: Pieces) -> sp.Expr:
    """Return 1 - 2 b q for the fastest growing factor exp(b x^2)."""
    return sp.Min(1, *(1 - 2 * rate * VARIANCE for rate in growth_rates(pieces)))


def growth_condition(pieces: Pieces) -> list[sp.Expr]:
    """Return what must be positive for the mean, an empty list if nothing grows that fast."""
    try:
        return [1 - 2 * rate * VARIANCE for rate in growth_rates(pieces)]
    except OutsideClass:
        condition = _condition_by_probing(pieces)
        return [] if condition == 1 else [condition]


def _require(condition: sp.Expr, q: sp.Expr) -> None:
    """Refuse a variance at which a factor exp(b x^2) has no mean."""
    if condition.xreplace({VARIANCE: q}).is_positive:
        return
    here = "which is not known of a symbol" if q.free_symbols else f"and here q = {q}"
    raise UndefinedOperationError(
        f"the Gaussian mean is infinite unless {shown(condition)} > 0, {here}: the function grows "
        "like the exponential of a square; give a number q small enough, or bound the function"
    )


def _at_zero(pieces: Pieces) -> sp.Expr:
    """Return the value at 0, the mean under a point mass."""
    if any(place.is_zero is not False for place, _, _ in pieces.masses):
        raise UndefinedOperationError("the mean of a point mass at 0 is infinite at variance 0")
    return pieces.at_zero()
