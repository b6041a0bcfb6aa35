"""A law that stays a letter: equations keep it, ``subs`` gives it a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, final

import sympy as sp
from sympy.core.symbol import Str

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.facts import GivenMoments
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.system import Leaf, System
from freeprob.laws.given.symbolic_values import LawCauchy, LawMoment, SymbolicLaw
from freeprob.parameters import bound, flag

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

_OMEGA = bound("omega", 2)


@final
@dataclass(frozen=True)
class _Letters(GivenMoments):
    """m₁(H), m₂(H), …"""

    law: LawSymbol

    def moment(self, order: int) -> sp.Expr:
        """The symbol mₖ(H)."""
        return LawMoment(order, self.law)

    def specialised(self, values: Mapping[sp.Expr, sp.Expr]) -> GivenMoments:
        """Values of parameters leave a law without value as it is."""
        return self


@final
class LawSymbol(SymbolicLaw):
    """A law without a value, such as H of a population covariance.

    Laws built on it print their equations with G_H and have moments in m₁(H), m₂(H), …; with
    ``mu.subs({H: law})`` they have numbers.

    Parameters
    ----------
    name
        Laws of one name and sign are one law.
    positive
        Whether it lives on [0, ∞), as factors of free products do.

    Raises
    ------
    InvalidParameterError
        If the name is no text. Numbers of laws built on it raise until H has a value.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Atomic, LawSymbol, sample_covariance
    >>> H, c = LawSymbol("H", positive=True), sp.Symbol("c", positive=True)
    >>> mu = sample_covariance(H, c)
    >>> mu.moments(2)
    [m_1(H), m_1(H)**2*c + m_2(H)]
    >>> mu.subs({H: Atomic({1: "1/2", 3: "1/2"})}).moments(2)
    [2, 4*c + 5]
    """

    def __new__(cls, name: object, positive: object = False) -> Self:
        """Check the name."""
        text = str(name) if isinstance(name, str | Str) else ""
        if not text:
            raise InvalidParameterError(f"the name of a law is a text such as 'H', got {name!r}")
        return super().__new__(cls, Str(text), sp.sympify(flag(positive, "positive")))

    @property
    def name(self) -> str:
        """How it is written."""
        return str(self.args[0])

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """Itself: it is a parameter of what is built on it."""
        return {self}

    def _latex(self, printer: LatexPrinter) -> str:
        return sp.latex(sp.Symbol(self.name))

    def _sympystr(self, printer: object) -> str:
        return self.name

    def _on_half_line(self) -> bool | None:
        return True if self.args[1] == sp.true else None

    def _system(self) -> System:
        return Leaf(
            (_OMEGA,),
            _OMEGA,
            LawCauchy(self, _OMEGA),
            LeadingTerms.of(lambda z: (z,)),
            moments=_Letters(self),
        )
