"""The one special function that kernels with thresholds need: the tail of a Gaussian pair."""

from __future__ import annotations

import mpmath
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.numeric.gaussian import bivariate_normal
from freeprob.parameters import exact


def _entry(value: object) -> sp.Expr:
    """A real number or expression, ±∞ among them."""
    infinite = isinstance(value, sp.Expr) and value in (sp.oo, -sp.oo)
    return value if infinite else exact(value, "an entry")


class BivariateNormalTail(sp.Function):
    r"""P(u > t1, v > t2) for centred Gaussians u, v of covariance [[q1, k], [k, q2]].

    Elementary when both thresholds are 0 (Sheppard 1899), when the pair is independent, or when
    it is degenerate; otherwise it stays a function, with the derivatives of Plackett (1954) and
    numbers to any precision by Owen's T.

    Parameters
    ----------
    t1, t2 : Expr
        Thresholds.
    q1, k, q2 : Expr
        Covariance entries, q1 and q2 positive, k^2 <= q1 q2.

    Examples
    --------
    >>> import sympy as sp
    >>> BivariateNormalTail(0, 0, 1, sp.Rational(1, 2), 1)
    1/3
    >>> BivariateNormalTail(1, 0, 2, 1, 3).evalf(20)
    0.17118553708193330322
    """

    nargs = 5

    def __new__(cls, *args: object, **options: object) -> sp.Expr:
        """Read the entries."""
        read = [_entry(entry) for entry in args]
        return super().__new__(cls, *read, **options)

    @classmethod
    def eval(cls, t1: sp.Expr, t2: sp.Expr, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> sp.Expr | None:
        """Evaluate the elementary cases; refuse what is no covariance."""
        if all(entry.is_number for entry in (q1, k, q2)) and (
            q1.is_negative or q2.is_negative or (q1 * q2 - k**2).is_negative
        ):
            raise InvalidParameterError(
                f"{q1}, {k}, {q2} are no covariance: variances are positive, and the correlation "
                "lies in [-1, 1]"
            )
        if t1.is_zero and t2.is_zero:
            return sp.Rational(1, 4) + sp.asin(k / sp.sqrt(q1 * q2)) / (2 * sp.pi)
        if k.is_zero:
            return normal_distribution(-t1, q1) * normal_distribution(-t2, q2)
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Return the derivative in one argument (Plackett 1954)."""
        t1, t2, q1, k, q2 = self.args
        gap = q1 * q2 - k**2
        joint = sp.exp(-(t1**2 * q2 - 2 * k * t1 * t2 + t2**2 * q1) / (2 * gap))
        joint /= 2 * sp.pi * sp.sqrt(gap)
        first = -normal_density(t1, q1) * normal_distribution(k * t1 / q1 - t2, gap / q1)
        second = -normal_density(t2, q2) * normal_distribution(k * t2 / q2 - t1, gap / q2)
        # the variances act through the standardised thresholds and correlation
        return {
            1: first,
            2: second,
            3: -t1 / (2 * q1) * first - k / (2 * q1) * joint,
            4: joint,
            5: -t2 / (2 * q2) * second - k / (2 * q2) * joint,
        }[argindex]

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        values = [sp.sympify(argument).evalf(prec // 3 + 12) for argument in self.args]
        if not all(value.is_Float or value.is_Rational for value in values):
            return None
        context = mpmath.MPContext()
        context.prec = prec + 20
        numbers = [context.mpf(sp.Float(value, precision=prec + 20)._mpf_) for value in values]
        result = bivariate_normal.tail(*numbers, context=context)
        return sp.Float._new(result._mpf_, prec)

    def _latex(self, printer: sp.printing.latex.LatexPrinter, exp: str | None = None) -> str:
        t1, t2, q1, k, q2 = (printer._print(a) for a in self.args)
        body = rf"\bar\Phi_2\left({t1}, {t2}; {q1}, {k}, {q2}\right)"
        return body if exp is None else rf"{body}^{{{exp}}}"


class StableTail(sp.Function):
    """BivariateNormalTail with its determinant and slopes given, for compiled float64 code.

    Arguments t1, t2, q1, k, q2, then q1 q2 - k^2, t2 q1 - k t1 and t1 q2 - k t2, each written
    without cancellation.
    """

    nargs = 8


def normal_density(x: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """Return the density at ``x`` of a centred Gaussian."""
    return sp.exp(-(x**2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)


def normal_distribution(x: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """Return P(Gaussian of this variance < x)."""
    if x.is_zero:
        return sp.Rational(1, 2)
    return (1 + sp.erf(x / sp.sqrt(2 * variance))) / 2
