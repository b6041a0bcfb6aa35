"""Gaussian means of any expression: a closed form where one is derived, else an exact object."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from mpmath.libmp import prec_to_dps

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.bound_symbol import ARGUMENT, fresh_argument, variance
from freeprob.nets.closed_forms import VARIANCE, mean_of_pieces, piece_terms
from freeprob.nets.constants import prepared
from freeprob.nets.exponential_terms import OutsideClass
from freeprob.nets.numbers import mpmath_function, pieces_or_whole
from freeprob.nets.pieces import Pieces, split
from freeprob.numeric.gaussian_quadrature import gaussian_mean


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

    def __new__(cls, integrand: sp.Expr, symbol: sp.Symbol, q: sp.Expr) -> GaussianExpectation:
        """Make the object without attempting a closed form."""
        body = sp.sympify(integrand)
        bound = fresh_argument(body)
        return sp.Expr.__new__(cls, body.xreplace({symbol: bound}), bound, variance(q))

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

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        if self.free_symbols:
            return None
        pieces = pieces_or_whole(self.integrand, self.symbol)
        value = gaussian_mean(
            lambda context: mpmath_function(pieces, self.variance, context),
            prec_to_dps(prec) + 3,
        )
        return sp.Float._new(value._mpf_, prec)

    def _eval_rewrite_as_Integral(self, *_: object, **__: object) -> sp.Expr:
        density = sp.exp(-(self.symbol**2) / (2 * self.variance))
        density /= sp.sqrt(2 * sp.pi * self.variance)
        return sp.Integral(self.integrand * density, (self.symbol, -sp.oo, sp.oo))

    def _sympystr(self, printer: sp.printing.str.StrPrinter) -> str:
        body = printer.doprint(self.integrand.xreplace({self.symbol: sp.Symbol("x")}))
        return f"E[{body}; x ~ N(0, {printer.doprint(self.variance)})]"

    _sympyrepr = _sympystr

    def _latex(self, printer: sp.printing.latex.LatexPrinter, exp: str | None = None) -> str:
        body = printer.doprint(self.integrand.xreplace({self.symbol: sp.Symbol("x")}))
        mean = rf"\mathbb{{E}}_{{x\sim\mathcal{{N}}(0,{printer.doprint(self.variance)})}}"
        mean += rf"\left[{body}\right]"
        return mean if exp is None else rf"{mean}^{{{exp}}}"


def gaussian_expectation(expr: sp.Expr, symbol: sp.Symbol, q: object) -> sp.Expr:
    r"""Return E expr(w), w ~ N(0, q), in closed form or as a :class:`GaussianExpectation`.

    Parameters
    ----------
    expr : Expr
        Any real expression in ``symbol``; other symbols are real parameters.
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
    expr = sp.sympify(expr).xreplace({symbol: ARGUMENT})
    return mean_of(pieces_or_whole(expr, ARGUMENT), variance(q))


def mean_of(pieces: Pieces, q: sp.Expr) -> sp.Expr:
    """Return the Gaussian mean of a piecewise function with point masses, at variance ``q``."""
    if q.is_zero:
        return _at_zero(pieces)
    (pieces,), meanings = prepared(pieces)
    form, condition = _mean(pieces)
    back = dict(meanings) | {VARIANCE: q}
    _require(condition.xreplace(back), q)
    return form.xreplace(back)


@lru_cache(maxsize=512)
def _mean(pieces: Pieces) -> tuple[sp.Expr, sp.Expr]:
    """Return the mean at variance VARIANCE, and an expression that must be positive for it."""
    smooth = Pieces(pieces.variable, pieces.breaks, pieces.parts)
    masses = Pieces(pieces.variable, (), (sp.Integer(0),), pieces.masses)
    try:
        return mean_of_pieces(pieces), _growth_condition(smooth)
    except OutsideClass:
        rest = GaussianExpectation(smooth.expression(), pieces.variable, VARIANCE)
        return rest + mean_of_pieces(masses), sp.Integer(1)


def _growth_condition(pieces: Pieces) -> sp.Expr:
    """Return 1 - 2 b q for the fastest growing factor exp(b x^2)."""
    rates = {shape.quadratic for shape in piece_terms(pieces)}
    growing = [rate for rate in rates if not sp.re(rate).is_nonpositive]
    return sp.Min(*(1 - 2 * rate * VARIANCE for rate in growing)) if growing else sp.Integer(1)


def _require(condition: sp.Expr, q: sp.Expr) -> None:
    if condition.is_positive:
        return
    raise UndefinedOperationError(
        f"the Gaussian mean is infinite unless {condition} > 0 (here q = {q}): the function grows "
        "like the exponential of a square; give a number q small enough, or bound the function"
    )


def _at_zero(pieces: Pieces) -> sp.Expr:
    """Return the value at 0, the mean under a point mass."""
    if any(place.is_zero is not False for place, _, _ in pieces.masses):
        raise UndefinedOperationError("the mean of a point mass at 0 is infinite at variance 0")
    value = pieces.expression().subs(pieces.variable, 0)
    if value.has(sp.nan, sp.zoo, sp.oo):
        raise InvalidParameterError("the function has no finite value at 0, so q must be positive")
    return value
