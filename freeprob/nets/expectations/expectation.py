"""Gaussian means of any expression: a closed form where one is derived, else an exact object."""

from __future__ import annotations

from functools import lru_cache

import mpmath
import sympy as sp
from mpmath.libmp import dps_to_prec, prec_to_dps

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.law_symbols import distinct_symbols
from freeprob.nets.expectations.cascade import Closed, mean_by_routes
from freeprob.nets.expectations.closed_forms import VARIANCE, growth_rates
from freeprob.nets.expectations.nested_means import bits_lost, outermost
from freeprob.nets.functions.bound_symbol import (
    ARGUMENT,
    fresh_argument,
    integrand,
    shown,
    variance,
)
from freeprob.nets.functions.callables import depth_of, mpmath_function, pieces_or_whole
from freeprob.nets.functions.constants import prepared
from freeprob.nets.functions.exponential_terms import OutsideClass, terms_of
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import Pieces, split
from freeprob.nets.functions.singular_places import refuse_infinite_mean
from freeprob.numeric.gaussian.gaussian_quadrature import gaussian_mean
from freeprob.parameters import expression
from freeprob.routes import Routed


class GaussianExpectation(sp.Expr):
    r"""E g(w) for w ~ N(0, q), left unevaluated because no closed form is known.

    It is a number like any other in SymPy: ``evalf`` gives any digits (the trapezoidal rule with
    its error controlled by doubling; panels at kinks), ``diff`` in the variance uses the heat
    equation dE g/dq = E g''/2.

    Parameters
    ----------
    integrand : Expr
        g, an expression in ``symbol``.
    symbol : Symbol
        The Gaussian variable.
    q : Expr
        Its variance.

    Examples
    --------
    >>> import sympy as sp
    >>> w, q = sp.Symbol("w"), sp.Symbol("q", positive=True)
    >>> mean = GaussianExpectation(sp.tanh(w)**2, w, q)
    >>> mean.subs(q, 1).evalf(30)
    0.394294490397841174416459772444
    """

    is_commutative = True
    is_extended_real = True

    def __new__(cls, integrand: sp.Expr, symbol: sp.Symbol, q: sp.Expr) -> sp.Expr:
        """Make the object without attempting a closed form, but at variance 0."""
        distinct_symbols((symbol,), "the variable must be a SymPy symbol for numbers")
        body, spread = expression(integrand, "the function"), variance(q)
        bound = fresh_argument(body)
        body = body.xreplace({symbol: bound})
        if spread.is_zero and not body.has(sp.DiracDelta):
            return pieces_or_whole(body, bound).at_zero()
        return sp.Expr.__new__(cls, body, bound, spread)

    @property
    def integrand(self) -> sp.Expr:
        """The function g, in :attr:`symbol`."""
        return self.args[0]

    @property
    def symbol(self) -> sp.Symbol:
        """The bound Gaussian variable."""
        return self.args[1]

    @property
    def is_number(self) -> bool:
        """Whether no symbol is free."""
        return not self.free_symbols

    @property
    def variance(self) -> sp.Expr:
        """The variance of the Gaussian variable."""
        return self.args[2]

    @property
    def bound_symbols(self) -> list[sp.Symbol]:
        """The integration variable."""
        return [self.symbol]

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """Symbols of the function and of the covariance."""
        return (self.integrand.free_symbols - {self.symbol}) | self.variance.free_symbols

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        total = sp.Integer(0)
        rate = self.variance.diff(symbol)
        if rate != 0:
            second = split(self.integrand, self.symbol).diff().diff()
            total += rate * mean_of(second, self.variance) / 2
        inner = self.integrand.diff(symbol)
        if inner != 0:
            total += gaussian_expectation(inner, self.symbol, self.variance)
        return total

    def _eval_is_real(self) -> bool | None:
        """A mean of a real function, which is finite where it is one: signs are then asked for."""
        return True if self.integrand.is_extended_real and self.variance.is_nonnegative else None

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        if self.free_symbols or self.integrand.has(sp.DiracDelta):
            return None
        return _evaluated(self.integrand, self.symbol, self.variance, prec)

    def _eval_rewrite_as_Integral(self, *_: object, **__: object) -> sp.Expr:
        density = sp.exp(-(self.symbol**2) / (2 * self.variance))
        density /= sp.sqrt(2 * sp.pi * self.variance)
        return sp.Integral(self.integrand * density, (self.symbol, -sp.oo, sp.oo))

    def _sympystr(self, printer: sp.printing.str.StrPrinter) -> str:
        body = printer._print(self.integrand.xreplace({self.symbol: sp.Symbol("x")}))
        return f"E[{body}; x ~ N(0, {printer._print(self.variance)})]"

    _sympyrepr = _sympystr

    def _latex(self, printer: sp.printing.latex.LatexPrinter, exp: str | None = None) -> str:
        body = printer._print(self.integrand.xreplace({self.symbol: sp.Symbol("x")}))
        mean = rf"\mathbb{{E}}_{{x\sim\mathcal{{N}}(0,{printer._print(self.variance)})}}"
        mean += rf"\left[{body}\right]"
        return mean if exp is None else rf"{mean}^{{{exp}}}"


# digits of towers are computed to multiples of this many bits: SymPy asks for a few bits more each
# time, and each new number of bits would be an integral a level
_RUNG = 64


def _evaluated(integrand: sp.Expr, symbol: sp.Symbol, variance: sp.Expr, prec: int) -> sp.Expr:
    """The mean, rounded to ``prec`` bits."""
    if not outermost(variance, GaussianExpectation):
        # where the rule converges slowly, bits beyond those that are asked may be out of reach
        return _digits(integrand, symbol, variance, prec)
    lost = _lost(integrand, symbol, variance)
    if lost is None:
        value = _digits(integrand, symbol, variance, _rung(prec))
    else:
        value = _of_tower(integrand, symbol, variance, _rung(prec + lost))
    return value if value.is_zero else sp.Float(value, precision=prec)


def _rung(prec: int) -> int:
    return _RUNG * -(-prec // _RUNG)


def _parts(mean: GaussianExpectation) -> tuple[sp.Expr, sp.Symbol, sp.Expr]:
    return mean.integrand, mean.symbol, mean.variance


def _of_tower(integrand: sp.Expr, symbol: sp.Symbol, variance: sp.Expr, prec: int) -> sp.Expr:
    """The mean by means in its variance of as many bits."""
    inner = {
        mean: _of_tower(*_parts(mean), prec) for mean in outermost(variance, GaussianExpectation)
    }
    known = variance.xreplace(inner).evalf(prec_to_dps(prec) + 3) if inner else variance
    return _digits(integrand, symbol, known, prec)


@lru_cache(maxsize=1024)
def _lost(integrand: sp.Expr, symbol: sp.Symbol, variance: sp.Expr) -> int | None:
    """How many bits a tower loses; None where each mean has to be asked for its own digits."""
    inner = outermost(variance, GaussianExpectation)
    below = [_lost(*_parts(mean)) for mean in inner]
    if any(lost is None for lost in below):
        return None
    if not inner:
        return 0
    values = {mean: _of_tower(*_parts(mean), _RUNG) for mean in inner}
    own = bits_lost(
        pieces_or_whole(integrand, symbol),
        lambda spread: _digits(integrand, symbol, spread, _RUNG),
        variance,
        values,
    )
    return None if own is None else own + max(lost for lost in below if lost is not None)


def _digits(integrand: sp.Expr, symbol: sp.Symbol, variance: sp.Expr, prec: int) -> sp.Expr:
    """The mean to ``prec`` bits at a variance."""
    value = _mean_to(integrand, symbol, variance, prec_to_dps(prec) + 3)
    return value if value.is_zero else sp.Float._new(value._mpf_, prec)


@lru_cache(maxsize=1024)
def _mean_to(integrand: sp.Expr, symbol: sp.Symbol, variance: sp.Expr, dps: int) -> sp.Expr:
    """The mean to decimal digits: SymPy asks for the same ones many times over."""
    pieces = pieces_or_whole(integrand, symbol)
    refuse_infinite_mean(pieces)
    symmetry = parity_of(pieces)

    def weighed(context: mpmath.MPContext) -> tuple:
        function, kinks = mpmath_function(pieces, variance, context)
        if symmetry == -1:
            # the mean over a half-line shows that the mean exists
            return (lambda z: function(z) if z > 0 else context.zero), [*kinks, context.zero]
        return function, kinks

    value = gaussian_mean(weighed, dps, even=symmetry == 1, depth=depth_of(variance))
    return sp.S.Zero if symmetry == -1 else sp.Float._new(value._mpf_, dps_to_prec(dps))


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
    condition = _growth(pieces.smooth)
    return closed_mean(pieces).value.value, condition


@lru_cache(maxsize=512)
def closed_mean(pieces: Pieces) -> Routed[Closed]:
    """Return the mean at variance VARIANCE, the route that gave it, and its terms."""
    return mean_by_routes(pieces, GaussianExpectation)


def _growth(pieces: Pieces) -> sp.Expr:
    """Return 1 - 2 b q for the fastest growing factor exp(b x^2)."""
    try:
        return sp.Min(1, *(1 - 2 * rate * VARIANCE for rate in growth_rates(pieces)))
    except OutsideClass:
        return _condition_by_probing(pieces)


def _condition_by_probing(pieces: Pieces) -> sp.Expr:
    """Refuse growth beyond exp(b x^2); at that growth return 1 - 2 b q, which must be positive."""
    condition = sp.Integer(1)
    for part, places in ((pieces.parts[0], (-40, -80)), (pieces.parts[-1], (40, 80))):
        symbols = part.free_symbols - {pieces.variable}
        part = part.xreplace({s: sp.Rational(-7 if s.is_negative else 7, 5) for s in symbols})
        near = _logarithm(part, pieces.variable, places[0])
        if not near.is_Float or near < 100:
            continue
        far = _logarithm(part, pieces.variable, places[1])
        if not far.is_Float:
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


def _logarithm(part: sp.Expr, x: sp.Symbol, place: int) -> sp.Expr:
    """The logarithm of the size at a place, far out in a tail with as many digits as it needs."""
    # of numbers: SymPy would ask for the sign of the expression to thousands of digits
    return sp.log(sp.Abs(part.subs(x, place).evalf(10)))


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
