"""A law given by its density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, final

import sympy as sp

from freeprob.errors import NoClosedFormError, NotALawError
from freeprob.exact.operations.mixtures import reweighting
from freeprob.exact.systems.system import Node, System
from freeprob.finite_expressions import told
from freeprob.law_symbols import written_in
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.arcsine import Arcsine
from freeprob.laws.named.uniform import Uniform
from freeprob.parameters import bound, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

_X = bound("x")
# of the way from a to b: on both sides of its middle
_PLACES = (sp.Rational(1, 7), sp.Rational(3, 7), sp.Rational(6, 7))


@final
class DensityLaw(Law):
    """The law with a given density on [a, b]: a polynomial times 1, √((x - a)(b - x)) or 1/√(…).

    It is a polynomial times the uniform or the arcsine law μ on [a, b], so that
    G(z) = p(z) G_μ(z) - q(z), where q makes G vanish at infinity.

    Parameters
    ----------
    density
        Expression in x.
    x
        Its variable.
    a, b
        Ends of the support, a < b.

    Raises
    ------
    InvalidParameterError
        If a ≥ b or the mass is not 1.
    NotALawError
        If the density is negative somewhere; decided when no parameter is symbolic.
    NoClosedFormError
        For other densities. Piecewise ones are mixtures of these.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import DensityLaw
    >>> x = sp.Symbol("x")
    >>> DensityLaw(3 * (1 - x**2) / 4, x, -1, 1).moments(4)
    [0, 1/5, 0, 3/35]
    >>> DensityLaw(sp.sqrt(4 - x**2) / (2 * sp.pi), x, -2, 2).moments(4)
    [0, 1, 0, 2]
    """

    _compound: ClassVar[bool] = True

    def __new__(cls, density: Any, *rest: Any) -> DensityLaw:
        """Check mass and sign."""
        density, a, b = _read(density, rest)
        require(a < b, f"the support [a, b] needs a < b, got [{told(a)}, {told(b)}]")
        law = super().__new__(cls, sp.Lambda(_X, density), a, b)
        base, weight = law._parts()
        moments = [sp.S.One, *base.moments(len(weight))]
        mass = sp.simplify(sum(p * m for p, m in zip(weight, moments, strict=False)))
        require(
            mass.equals(1),
            f"the mass of the density on [{told(a)}, {told(b)}] must be 1, it is {told(mass)}",
        )
        if not law.parameters and _changes_sign(weight, a, b):
            raise NotALawError(f"{law} is no law: its density is negative somewhere")
        return law

    def _parts(self) -> tuple[Law, list[sp.Expr]]:
        """The law μ on [a, b] and the coefficients of the density with respect to it."""
        density, a, b = self.args
        root = sp.sqrt((_X - a) * (b - _X))
        # densities of μ: 1/(b - a), and 1/(π root); root = (x - a)(b - x)/root
        for base, factor in (
            (Uniform(a, b), b - a),
            (Arcsine(a, b), sp.pi * root),
        ):
            product = density(_X) * factor
            weight = sp.powdenest(sp.simplify(product), force=True)
            if weight.is_polynomial(_X) and _agree(weight, product, a, b):
                return base, sp.Poly(weight, _X).all_coeffs()[::-1]
        raise NoClosedFormError(
            f"{density(sp.Symbol('x'))} is no polynomial times 1, sqrt((x - a)(b - x)) or its "
            "inverse: give the law by a transform (TransformLaw) or as a mixture"
        )

    def _sympystr(self, printer: Any) -> str:
        density, a, b = self.args
        inside = (density(sp.Symbol("x")), sp.Symbol("x"), a, b)
        return f"DensityLaw({', '.join(printer._print(part) for part in inside)})"

    def _latex(self, printer: LatexPrinter) -> str:
        density, *ends = self.args
        letters = notation.fresh(self, ["x", "u", "v", "s"], 1)
        low, high, x, value = map(printer._print, (*ends, *letters, density(*letters)))
        return rf"\left({value}\right) 1_{{\left[{low}, {high}\right]}}\left({x}\right) d{x}"

    def _closed_density(self, x: sp.Expr) -> sp.Expr:
        density, a, b = self.args
        return sp.Piecewise((density(x), sp.And(a < x, x < b)), (0, True))

    def _system(self) -> System:
        base, weight = self._parts()
        moments = [sp.S.One, *base.moments(len(weight))]
        return Node(reweighting(weight, moments), (base.system,))

    def _on_half_line(self) -> bool | None:
        return self.args[1].is_nonnegative


def _read(density: Any, rest: tuple[object, ...]) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The density in the bound variable, and the ends."""
    given = rest if len(rest) == 3 or not isinstance(density, sp.Lambda) else (None, *rest)
    usage = "DensityLaw(density, x, a, b) needs an expression, its variable and both ends"
    require(len(given) == 3, usage)
    variable, a, b = given
    return written_in((_X,), density, (variable,), usage), exact(a, "a"), exact(b, "b")


def _agree(weight: sp.Expr, product: sp.Expr, a: sp.Expr, b: sp.Expr) -> bool:
    """Whether roots were drawn with the right sign: to ``force`` the absolute value of x is x."""
    places = [a + (b - a) * part for part in _PLACES]
    return all((weight - product).subs(_X, place).equals(0) for place in places)


def _changes_sign(weight: list[sp.Expr], a: sp.Expr, b: sp.Expr) -> bool:
    """Whether a polynomial of positive mass is negative somewhere in (a, b)."""
    polynomial = sp.Poly(weight[::-1], _X, extension=True)
    for factor, power in polynomial.factor_list()[1]:
        if power % 2 and any(bool(a < root) and bool(root < b) for root in sp.real_roots(factor)):
            return True
    return False
