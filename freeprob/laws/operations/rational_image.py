"""Laws of rational functions of one variable, by preimages."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any, ClassVar, final

import sympy as sp

from freeprob.errors import (
    NoClosedFormError,
    NotAlgebraicError,
    UndefinedOperationError,
)
from freeprob.exact.operations.rational_maps import Coefficients, rational_map
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.operations.maps import Image, mobius
from freeprob.laws.operations.mixture import Mixture, mixture
from freeprob.parameters import bound

if TYPE_CHECKING:
    from freeprob.ensembles import Model

_X = bound("x")


@final
class RationalImage(Image):
    """Law of f(X), f a rational function; build it with :func:`rational_image`."""

    _word: ClassVar[str] = "image"

    def __new__(cls, law: Law, function: sp.Lambda) -> RationalImage:
        """The law and the function."""
        return super().__new__(cls, law, function)

    def _function(self, x: sp.Expr) -> sp.Expr:
        return self.args[1](x)

    @classmethod
    def _rebuilt(cls, law: Law, function: sp.Lambda) -> Law:
        return rational_image(law, function(_X), _X)

    def _sympystr(self, printer: Any) -> str:
        law, function = self.args
        (x,) = notation.fresh(self, ["x", "u", "v", "s"], 1)
        return f"{self._word}({printer._print(function(x))}, {{{x}: {printer._print(law)}}})"

    def _system(self) -> System:
        law, function = self.args
        return rational_map(law.system, *coefficients(function(_X), _X))

    def _second_order(self, at: Stand) -> SecondOrder:
        """A function mixes as many places of X as it has degrees."""
        raise UndefinedOperationError(
            f"fluctuations of {self} are known by themselves, but not as a part of other laws"
        )

    def _matrix_model(self) -> Model:
        from freeprob import ensembles

        law, function = self.args
        top, bottom = (tuple(map(float, side)) for side in coefficients(function(_X), _X))
        return ensembles.Mapped(law.matrix_model(), ensembles.Rational(top, bottom))

    def _on_half_line(self) -> bool | None:
        law = self.args[0]
        x = sp.Dummy("x", nonnegative=True) if law.on_half_line else sp.Dummy("x", real=True)
        return True if self._function(x).is_nonnegative else None


def coefficients(expression: sp.Expr, x: sp.Symbol) -> tuple[Coefficients, Coefficients]:
    """Coefficients of P and Q without common roots, P/Q = f, from the constant terms upwards.

    Raises
    ------
    NoClosedFormError
        If f is no rational function.
    """
    top, bottom = sp.fraction(sp.cancel(sp.together(expression)))
    if not (top.is_polynomial(x) and bottom.is_polynomial(x)):
        raise NoClosedFormError(
            f"{expression} is no rational function of {x}: other functions are known of Gaussian "
            "variables, and analytic ones of independent uniform, semicircular, arcsine or "
            "Marchenko-Pastur variables (freeprob.image)"
        )
    above, below = (tuple(sp.Poly(side, x).all_coeffs()[::-1]) for side in (top, bottom))
    if len(below) == 1:
        return tuple(sp.expand(value / below[0]) for value in above), (sp.S.One,)
    return above, below


def rational_image(law: Law, expression: sp.Expr, x: sp.Symbol) -> Law:
    """The law of f(X) for a rational f: G(z) = Σ G_X(y)/f'(y) over all y with f(y) = z.

    Möbius maps and squares inside f are laws of their own kinds.

    Raises
    ------
    NoClosedFormError
        If f is no rational function.
    UndefinedOperationError
        If the law has an atom at a pole of f.
    """
    top, bottom = coefficients(expression, x)
    degree = max(len(top), len(bottom)) - 1
    if degree == 0:
        return PointMass(top[0])
    _require_no_atom_at_poles(law, bottom, x)
    if isinstance(law, Mixture):
        parts = ((rational_image(part, expression, x), w) for part, w in law.weights.items())
        return mixture(list(parts))
    known = law._image(lambda place: sp.radsimp(sp.expand(expression.xreplace({x: place}))))
    if known is not None:
        return known
    if degree == 1:
        b, a, d, c = (*top, *[0] * (2 - len(top)), *bottom, *[0] * (2 - len(bottom)))
        return mobius(law, a, b, c, d)
    if len(bottom) == 1:
        # the innermost function first
        *outer, inner = sp.decompose(_polynomial(top, x), x)
        own = _of_polynomial(law, sp.Poly(inner, x))
        return rational_image(own, _composed(outer, x), x) if outer else own
    power = gcd(*(k for side in (top, bottom) for k, value in enumerate(side) if value != 0))
    if power == 1:
        return RationalImage(law, sp.Lambda(_X, expression.xreplace({x: _X})))
    rest = _polynomial(top[::power], x) / _polynomial(bottom[::power], x)
    return rational_image(rational_image(law, x**power, x), rest, x)


def _of_polynomial(law: Law, f: sp.Poly) -> Law:
    """The law of f(X) for a polynomial f that is no composition; squares by their own law."""
    (x,) = f.gens
    if f.degree() == 1:
        b, a = f.all_coeffs()[::-1]
        return law.dilate(a).shift(b)
    if f.degree() == 2:
        c, b, a = f.all_coeffs()[::-1]
        return law.shift(b / (2 * a)).square().dilate(a).shift(c - b**2 / (4 * a))
    return RationalImage(law, sp.Lambda(_X, f.as_expr().xreplace({x: _X})))


def _composed(steps: list[sp.Expr], x: sp.Symbol) -> sp.Expr:
    """Functions applied one after the other, the last one first."""
    value: sp.Expr = x
    for step in reversed(steps):
        value = step.xreplace({x: value})
    return sp.expand(value)


def _polynomial(coefficients: Coefficients, x: sp.Symbol) -> sp.Expr:
    return sp.Add(*(value * x**k for k, value in enumerate(coefficients)))


def _require_no_atom_at_poles(law: Law, bottom: Coefficients, x: sp.Symbol) -> None:
    """Refuse a pole that carries mass, where that is known."""
    if len(bottom) == 1 or law.parameters:
        return
    try:
        atoms = law.atoms()
    except (NoClosedFormError, NotAlgebraicError):
        return
    for place, mass in atoms.items():
        if sp.radsimp(sp.expand(_polynomial(bottom, place))).is_zero:
            raise UndefinedOperationError(
                f"{law} has an atom of mass {mass} at {place}, which this function sends to "
                "infinity"
            )
