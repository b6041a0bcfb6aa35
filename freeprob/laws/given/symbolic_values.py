"""What equations say of a law without a value: its moments, its Cauchy transform, its integrals.

They print as mₖ(H), G_H(z) and ∫ f(λ) H(dλ). Where ``subs`` puts a law for H they become formulas,
or stay and have digits by ``evalf``.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.poles import poles_of
from freeprob.exact.systems.system import flatten
from freeprob.laws.base import Law
from freeprob.laws.description.described import Described
from freeprob.parameters import bound

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter
    from sympy.printing.str import StrPrinter

_POINT = bound("lambda", 1)


class SymbolicLaw(Law):
    """A law without a value: its class stands for what equations can be made of without one."""

    @property
    @abstractmethod
    def name(self) -> str:
        """How it is written."""


@final
class LawMoment(sp.Symbol):
    """mₖ(H), a symbol until H is a law."""

    __slots__ = ("law", "order")

    law: SymbolicLaw
    order: int

    def __new__(cls, order: int, law: SymbolicLaw) -> LawMoment:
        """Of a law on the half line it is positive."""
        positive = {"positive": True} if law.on_half_line else {"real": True}
        made = sp.Symbol.__xnew__(cls, f"m_{order}({law.name})", **positive)
        made.law, made.order = law, order
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[int, SymbolicLaw], dict[str, Any]]:
        return (self.order, self.law), {}

    def __getstate__(self) -> None:
        return None

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.order, self.law)

    def _eval_subs(self, old: sp.Basic, new: sp.Basic) -> sp.Expr | None:
        if old != self.law or not isinstance(new, Law):
            return None
        if isinstance(new, SymbolicLaw):
            return LawMoment(self.order, new)
        return new.moments(self.order)[self.order - 1]

    def _latex(self, printer: LatexPrinter) -> str:
        return rf"m_{{{self.order}}}\left({self.law.name}\right)"


@final
class LawCauchy(sp.Expr):
    """G_H(z) or a derivative; of a law whose G is a formula in z, this formula."""

    def __new__(cls, law: Law, z: sp.Expr, derivative: object = 0) -> sp.Expr:
        """Stays for laws without a value, and for those of which G has no formula in z."""
        order = sp.sympify(derivative)
        if not isinstance(law, SymbolicLaw):
            curve = flatten(law.system)
            if poles_of(law.system) is None and curve.unknowns == (curve.z,):
                return sp.diff(curve.G, curve.z, int(order)).xreplace({curve.z: sp.sympify(z)})
        return sp.Expr.__new__(cls, law, sp.sympify(z), order)

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        law, z, order = self.args
        return LawCauchy(law, z, order + 1) * z.diff(symbol)

    def _eval_evalf(self, prec: int) -> sp.Expr:
        law, z, order = self.args
        point = z.evalf(sp.core.evalf.prec_to_dps(prec) + 5)
        if law.free_symbols or not point.is_number:
            return self
        dps = sp.core.evalf.prec_to_dps(prec) + 2
        real, imag = (sp.Rational(part) for part in point.as_real_imag())
        value = law.cauchy(real + sp.I * imag, derivative=int(order), dps=dps)
        return sp.sympify(value)

    def _sympystr(self, printer: StrPrinter) -> str:
        law, z, order = self.args
        return f"G_{_named(law, printer)}{chr(39) * int(order)}({printer._print(z)})"

    def _latex(self, printer: LatexPrinter) -> str:
        law, z, order = self.args
        sign = f"^{{({order})}}" if order else ""
        return rf"G{sign}_{{{printer._print(law)}}}\left({printer._print(z)}\right)"


@final
class LawIntegral(sp.Expr):
    """∫ f(λ) H(dλ), f rational in λ; a sum for finitely many atoms.

    Parameters
    ----------
    law
        H.
    integrand
        f as a ``Lambda``.
    """

    def __new__(cls, law: Law, integrand: sp.Lambda) -> sp.Expr:
        """Write a sum over atoms out."""
        from freeprob.laws.named.atomic import Atomic, PointMass

        if isinstance(law, PointMass):
            return integrand(law.args[0])
        if isinstance(law, Atomic):
            return sp.Add(*(mass * integrand(place) for place, mass in law.weights.items()))
        return sp.Expr.__new__(cls, law, integrand)

    @staticmethod
    def of(law: Law, function: Any) -> sp.Expr:
        """∫ f dH from a Python function f."""
        return LawIntegral(law, sp.Lambda(_POINT, function(_POINT)))

    def by_cauchy(self) -> sp.Expr:
        """The same in moments and values of the Cauchy transform, by partial fractions.

        Raises
        ------
        InvalidParameterError
            If the integrand is not rational, or has poles of higher degree.
        """
        law, integrand = self.args
        # exact: partial fractions of floats lose their digits
        exact = {number: sp.Rational(number) for number in integrand.atoms(sp.Float)}
        whole = sp.apart(sp.together(integrand(_POINT).xreplace(exact)), _POINT)
        return sp.Add(*(self._term(law, term) for term in sp.Add.make_args(whole)))

    def _term(self, law: Law, term: sp.Expr) -> sp.Expr:
        top, bottom = sp.fraction(sp.together(term))
        power, base = sp.S.One, bottom
        constant, rest = bottom.as_independent(_POINT, as_Add=False)
        if rest != 1:
            base, power = rest.as_base_exp()
        if not term.has(_POINT):
            return term
        linear = sp.Poly(base, _POINT) if base.is_polynomial(_POINT) else None
        if linear is None or linear.degree() != 1 or top.has(_POINT) or not power.is_Integer:
            raise InvalidParameterError(
                f"the integral of {term} against {law} is no value of its Cauchy transform: give "
                "the law finitely many atoms"
            )
        slope, offset = linear.all_coeffs()
        # (s λ + o)⁻ⁿ = (-s)⁻ⁿ (ρ - λ)⁻ⁿ, ρ = -o/s, and ∫ (ρ - λ)⁻ⁿ dH = (-1)ⁿ⁻¹ G⁽ⁿ⁻¹⁾(ρ)/(n - 1)!
        order = int(power) - 1
        value = -LawCauchy(law, -offset / slope, order) / sp.factorial(order)
        return top / constant * value / slope**power

    def _eval_evalf(self, prec: int) -> sp.Expr:
        law, integrand = self.args
        if law.free_symbols or integrand.free_symbols:
            return self
        return self.by_cauchy().evalf(sp.core.evalf.prec_to_dps(prec) + 2)

    def _sympystr(self, printer: StrPrinter) -> str:
        law, integrand = self.args
        shown = sp.Symbol("lambda")
        return f"Int({printer._print(integrand(shown))}, {_named(law, printer)}(dlambda))"

    def _latex(self, printer: LatexPrinter) -> str:
        law, integrand = self.args
        inside = printer._print(integrand(sp.Symbol("lambda")))
        return rf"\int {inside}\, {printer._print(law)}(d\lambda)"


def _named(law: Described, printer: StrPrinter) -> str:
    return law.name if isinstance(law, SymbolicLaw) else f"[{printer._print(law)}]"
