"""A law given by a polynomial equation for its Cauchy transform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import sympy as sp

from freeprob.errors import InvalidParameterError, NotALawError, NotAlgebraicError
from freeprob.exact.algebra.door import Polynomial, Ring, ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.systems.leaves import from_polynomial
from freeprob.exact.systems.system import System
from freeprob.law_symbols import written_in
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.validation import require_a_law
from freeprob.parameters import bound, formula

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter


@final
class AlgebraicLaw(Law):
    """The law whose Cauchy transform solves P(G, z) = 0 with G ~ 1/z at infinity.

    Parameters
    ----------
    equation
        Polynomial, rational expression (its numerator counts) or equation in G and z; a
        reducible polynomial is replaced by the factor that has a branch G ~ 1/z.
    G, z
        The symbols that stand for G and z.

    Raises
    ------
    NotALawError
        If no factor has a branch G ~ 1/z, or the branch is decidedly no Cauchy transform of a
        probability measure.
    ConvergenceError
        If that could not be decided.
    InvalidParameterError
        If the equation does not determine one branch, or G and z are no symbols.

    Notes
    -----
    With numbers for all parameters the first moments are tested by exact Hankel determinants, the
    branch points of the curve above the real axis by whether G arrives at one, and G on a line
    close above the axis; with symbols only the behaviour at infinity is tested.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import AlgebraicLaw
    >>> G, z = sp.symbols("G z")
    >>> AlgebraicLaw(G**2 - z * G + 1, G, z).moments(4)
    [0, 1, 0, 2]
    """

    def __new__(
        cls, equation: Any, G: sp.Symbol | None = None, z: sp.Symbol | None = None
    ) -> AlgebraicLaw:
        """Choose the factor and check it."""
        factor = cauchy_factor(_read(equation, G, z))
        law = super().__new__(cls, sp.Lambda((BOUND_G, BOUND_Z), factor))
        require_a_law(law, f"the solution of {_shown(law)} = 0")
        return law

    def _sympystr(self, printer: Any) -> str:
        return f"AlgebraicLaw({printer._print(_shown(self))}, G, z)"

    def _latex(self, printer: LatexPrinter) -> str:
        letters = notation.fresh(self, ["G", "z", "u", "v"], 2)
        return rf"\left\{{{printer._print(self.args[0](*letters))} = 0\right\}}"

    def _system(self) -> System:
        return from_polynomial(self.args[0])


BOUND_G, BOUND_Z = bound("G"), bound("z")


def _shown(law: AlgebraicLaw) -> sp.Expr:
    """The polynomial with plain names, for messages."""
    return law.args[0](sp.Symbol("G"), sp.Symbol("z"))


def _read(equation: Any, G: Any, z: Any) -> sp.Expr:
    """The equation in the bound variables."""
    if isinstance(equation, sp.Equality):
        equation = formula(equation.lhs, "a side") - formula(equation.rhs, "a side")
    if isinstance(equation, sp.Poly):
        equation = equation.as_expr()
    told = "AlgebraicLaw(equation, G, z) needs the two symbols that stand for the numbers G and z"
    return written_in((BOUND_G, BOUND_Z), equation, (G, z), told)


def cauchy_factor(expression: sp.Expr) -> sp.Expr:
    """The irreducible factor with one branch G ~ 1/z."""
    symbols = ring([expression], first=[BOUND_G, BOUND_Z])
    try:
        polynomial = symbols.polynomial(expression)
    except NotAlgebraicError as error:
        raise InvalidParameterError("the equation is not rational in G and z") from error
    if polynomial.is_zero():
        raise InvalidParameterError("the equation 0 = 0 describes no law")
    orders = [(base, branches(symbols, base)) for base in factorization(polynomial).factors]
    found = [(base, order) for base, order in orders if order]
    if not found:
        raise NotALawError(
            "no branch of the equation behaves like G ~ 1/z at infinity, as the Cauchy transform "
            "of a probability measure does"
        )
    if len(found) > 1 or found[0][1] > 1:
        raise InvalidParameterError(
            "the equation has several branches G ~ 1/z: pass the factor you mean, or an equation "
            "that is not singular there"
        )
    return symbols.expression(found[0][0])


def branches(symbols: Ring, polynomial: Polynomial) -> int:
    """Multiplicity of h = 1 in the leading part of P(h/z, z): the number of branches G ~ 1/z."""
    terms = [(exponents, value) for exponents, value in polynomial.terms()]
    lowest = min(int(e[0]) - int(e[1]) for e, _ in terms)
    h = sp.Dummy("h")
    leading = sp.S.Zero
    for exponents, value in terms:
        if int(exponents[0]) - int(exponents[1]) == lowest:
            rest = [g ** int(e) for g, e in zip(symbols.generators[2:], exponents[2:], strict=True)]
            leading += sp.Integer(int(value)) * h ** int(exponents[0]) * sp.Mul(*rest)
    order = 0
    while leading != 0 and sp.expand(leading.subs(h, 1)) == 0:
        leading, order = sp.diff(leading, h), order + 1
    return order
