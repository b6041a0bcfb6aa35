"""Dual kernels E f(u) g(v) of correlated Gaussians: closed forms, or exact unevaluated objects."""

from __future__ import annotations

import mpmath
import sympy as sp
from mpmath.libmp import prec_to_dps
from sympy.printing.precedence import PRECEDENCE

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.expectations.cascade import kernel_by_routes
from freeprob.nets.expectations.closed_forms import (
    COVARIANCE,
    FIRST,
    SECOND,
    growth_rates,
)
from freeprob.nets.expectations.expectation import gaussian_expectation, growth_condition, mean_of
from freeprob.nets.functions.bound_symbol import fresh_argument, shown, variance
from freeprob.nets.functions.callables import depth_of, mpmath_function, number, pieces_or_whole
from freeprob.nets.functions.constants import prepared
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.pieces import Pieces, split
from freeprob.nets.functions.singular_places import refuse_infinite_mean
from freeprob.numeric.gaussian.gaussian_pairs import gaussian_pair_mean
from freeprob.parameters import exact, expression


class GaussianDual(sp.Expr):
    r"""E f(u) g(v) for centred Gaussians of covariance [[q1, k], [k, q2]], left unevaluated.

    ``evalf`` gives any digits: the Hermite series with the tail bounded by Cauchy and Schwarz.
    ``diff`` follows Price's theorem: dE/dk = E f'(u) g'(v) and dE/dq1 = E f''(u) g(v)/2.

    Parameters
    ----------
    first, second : Expr
        f and g, expressions in ``symbol``.
    symbol : Symbol
        Their variable.
    q1, k, q2 : Expr
        Covariance entries.

    Examples
    --------
    >>> import sympy as sp
    >>> w = sp.Symbol("w")
    >>> kernel = GaussianDual(sp.tanh(w), sp.tanh(w), w, 1, sp.Rational(1, 2), 1)
    >>> kernel.evalf(18)
    0.186324413203448086
    """

    is_commutative = True
    is_extended_real = True

    def __new__(
        cls,
        first: sp.Expr,
        second: sp.Expr,
        symbol: sp.Symbol,
        q1: sp.Expr,
        k: sp.Expr,
        q2: sp.Expr,
    ) -> GaussianDual:
        """Make the object without attempting a closed form."""
        if not isinstance(symbol, sp.Symbol):
            raise InvalidParameterError(f"the variable must be a SymPy symbol, got {symbol!r:.80}")
        bodies = [expression(body, "a function") for body in (first, second)]
        bound = fresh_argument(*bodies)
        f, g = (body.xreplace({symbol: bound}) for body in bodies)
        return sp.Expr.__new__(cls, f, g, bound, *map(expression, (q1, k, q2)))

    @property
    def covariance(self) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        """The entries (q1, k, q2)."""
        return self.args[3], self.args[4], self.args[5]

    @property
    def symbol(self) -> sp.Symbol:
        """The bound variable."""
        return self.args[2]

    @property
    def is_number(self) -> bool:
        """Whether no symbol is free."""
        return not self.free_symbols

    @property
    def bound_symbols(self) -> list[sp.Symbol]:
        """The integration variable."""
        return [self.symbol]

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """Symbols of the function and of the covariance."""
        inside = (self.args[0].free_symbols | self.args[1].free_symbols) - {self.symbol}
        return inside.union(*(entry.free_symbols for entry in self.covariance))

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        f, g = (split(body, self.symbol) for body in self.args[:2])
        q1, k, q2 = self.covariance
        pairs = [
            (q1.diff(symbol) / 2, f.diff().diff, g.expression),
            (k.diff(symbol), f.diff, g.diff),
            (q2.diff(symbol) / 2, f.expression, g.diff().diff),
        ]
        total = sp.Integer(0)
        for rate, left, right in pairs:
            if rate != 0:
                total += rate * pair_mean(
                    _smooth(left(), self.symbol), _smooth(right(), self.symbol), q1, k, q2
                )
        for index in (0, 1):
            body = self.args[index].diff(symbol)
            if body != 0:
                total += pair_mean(
                    pieces_or_whole(body, self.symbol), (g, f)[index], *(self.covariance)
                )
        return total

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        if self.free_symbols:
            return None
        f, g = (pieces_or_whole(body, self.symbol) for body in self.args[:2])
        q1, k, q2 = checked_covariance(*self.covariance)
        for function in (f, g):
            # the Hermite series is one of square integrable functions
            refuse_infinite_mean(function.times(function))

        def pair(context: mpmath.MPContext) -> tuple:
            first = mpmath_function(f, q1, context)
            second = first if f == g and q1 == q2 else mpmath_function(g, q2, context)
            return first, second, number(k / sp.sqrt(q1 * q2), context)

        depths = (depth_of(q1), depth_of(q2))
        value = gaussian_pair_mean(pair, prec_to_dps(prec) + 3, depths)
        return sp.Float._new(value._mpf_, prec)

    def _sympystr(self, printer: sp.printing.str.StrPrinter) -> str:
        f = printer._print(self.args[0].xreplace({self.symbol: sp.Symbol("u")}))
        g = printer._print(self.args[1].xreplace({self.symbol: sp.Symbol("v")}))
        q1, k, q2 = map(printer._print, self.covariance)
        return f"E[({f})*({g}); u, v ~ N(0, [[{q1}, {k}], [{k}, {q2}]])]"

    _sympyrepr = _sympystr

    def _latex(self, printer: sp.printing.latex.LatexPrinter, exp: str | None = None) -> str:
        f, g = (
            printer.parenthesize(body.xreplace({self.symbol: sp.Symbol(name)}), PRECEDENCE["Mul"])
            for body, name in zip(self.args[:2], "uv", strict=True)
        )
        q1, k, q2 = map(printer._print, self.covariance)
        matrix = rf"\left(\begin{{smallmatrix}}{q1} & {k}\\ {k} & {q2}\end{{smallmatrix}}\right)"
        body = rf"\mathbb{{E}}_{{u,v\sim\mathcal{{N}}(0,{matrix})}}\left[{f}\,{g}\right]"
        return body if exp is None else rf"{body}^{{{exp}}}"


def _smooth(function: Pieces | sp.Expr, x: sp.Symbol) -> Pieces:
    pieces = function if isinstance(function, Pieces) else split(function, x)
    if not pieces.is_function:
        raise UndefinedOperationError(
            "this derivative of the kernel involves a point mass (the function has a kink or a "
            "jump there); differentiate a closed form, or use finite variances"
        )
    return pieces


def checked_covariance(q1: object, k: object, q2: object) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return exact covariance entries, refusing those of no Gaussian pair."""
    first, second = variance(q1, "the variance q1"), variance(q2, "the variance q2")
    cross = exact(k, "the covariance k")
    gap = sp.expand(first * second - cross**2)
    if gap.is_negative:
        raise InvalidParameterError(
            f"the covariance k = {k} is outside [-sqrt(q1 q2), sqrt(q1 q2)] for q1 = {q1}, "
            f"q2 = {q2}: the correlation would be outside [-1, 1]"
        )
    return first, cross, second


def pair_mean(f: Pieces, g: Pieces, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> sp.Expr:
    """Return E f(u) g(v) in closed form or unevaluated; degenerate pairs become single means."""
    x = f.variable
    if q1.is_zero:
        return f.at_zero() * mean_of(g, q2)
    if q2.is_zero:
        return g.at_zero() * mean_of(f, q1)
    if sp.expand(q1 * q2 - k**2).is_zero:
        ratio = sp.sqrt(q2 / q1) if q1 != k else sp.Integer(1)
        if k.is_negative:
            ratio = -ratio
        other = g.expression().subs(x, ratio * x, simultaneous=True)
        return gaussian_expectation(f.expression() * other, x, q1)
    if k.is_zero:
        return mean_of(f, q1) * mean_of(g, q2)
    functions, meanings = prepared(f, g)
    values = dict(meanings) | {FIRST: q1, COVARIANCE: k, SECOND: q2}
    closed = kernel_by_routes(*functions).value
    if closed is None:
        refuse_infinite_mean(f)
        refuse_infinite_mean(g)
        growth_conditions(f, g)
        return GaussianDual(f.expression(), g.expression(), x, q1, k, q2)
    for condition in growth_conditions(*functions):
        if not condition.xreplace(values).is_positive:
            limit = shown(condition.xreplace(dict(meanings)))
            raise UndefinedOperationError(
                f"the kernel is infinite unless {limit} > 0, and here (q1, k, q2) = "
                f"{shown(sp.Tuple(q1, k, q2))}: the function grows like the exponential of a "
                "square; give numbers small enough, or bound it"
            )
    return closed.value.xreplace(values)


def growth_conditions(f: Pieces, g: Pieces) -> list[sp.Expr]:
    """Return what must be positive for factors exp(a u^2 + b v^2) to have a mean.

    Functions that grow faster are refused.
    """
    try:
        rates = [growth_rates(function) or [sp.Integer(0)] for function in (f, g)]
    except OutsideClass:
        for function in (f, g):
            growth_condition(function)
        return []
    conditions = []
    for a in rates[0]:
        for b in rates[1]:
            if a != 0 or b != 0:
                left, right = 1 - 2 * a * FIRST, 1 - 2 * b * SECOND
                conditions += [left, sp.expand(left * right - 4 * a * b * COVARIANCE**2)]
    return conditions
