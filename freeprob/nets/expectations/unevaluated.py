"""The exact object for a Gaussian mean that has no known closed form."""

from __future__ import annotations

from functools import lru_cache

import mpmath
import sympy as sp
from mpmath.libmp import prec_to_dps

from freeprob.nets.functions.bound_symbol import fresh_argument, variance
from freeprob.nets.functions.callables import depth_of, mpmath_function, pieces_or_whole
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import split
from freeprob.nets.functions.singular_places import refuse_infinite_mean
from freeprob.numeric.gaussian.gaussian_quadrature import gaussian_mean


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
        body, spread = sp.sympify(integrand), variance(q)
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
        from freeprob.nets.expectations.expectation import gaussian_expectation, mean_of

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
        if self.free_symbols or self.integrand.has(sp.DiracDelta):
            return None
        return _evaluated(*self.args, prec)

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


@lru_cache(maxsize=1024)
def _evaluated(integrand: sp.Expr, symbol: sp.Symbol, variance: sp.Expr, prec: int) -> sp.Expr:
    """The mean to ``prec`` bits: SymPy asks for the same digits many times over."""
    pieces = pieces_or_whole(integrand, symbol)
    refuse_infinite_mean(pieces)
    symmetry = parity_of(pieces)

    def weighed(context: mpmath.MPContext) -> tuple:
        function, kinks = mpmath_function(pieces, variance, context)
        if symmetry == -1:
            # the mean over a half-line shows that the mean exists
            return (lambda z: function(z) if z > 0 else context.zero), [*kinks, context.zero]
        return function, kinks

    value = gaussian_mean(
        weighed, prec_to_dps(prec) + 3, even=symmetry == 1, depth=depth_of(variance)
    )
    return sp.S.Zero if symmetry == -1 else sp.Float._new(value._mpf_, prec)
