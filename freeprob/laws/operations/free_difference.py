"""Free deconvolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from freeprob.exact.operations.additive import FreeDifference
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_laws
from freeprob.laws.base import Law
from freeprob.laws.readings import notation
from freeprob.laws.validation import require_a_law

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter


@final
class Subtract(Law):
    """Free deconvolution μ ⊟ ν; build it with :func:`subtract`."""

    _sign: ClassVar[Sign] = FreeDifference.sign
    _compound: ClassVar[bool] = True

    def __new__(cls, whole: Law, known: Law) -> Subtract:
        """Check the first moments of the difference."""
        law = super().__new__(cls, *the_laws((whole, known), "subtract"))
        require_a_law(law, f"the free difference of {whole} and {known}")
        return law

    def _latex(self, printer: LatexPrinter) -> str:
        return notation.infix(self.args, self._sign.latex, printer._print)

    def _system(self) -> System:
        return Node(FreeDifference(), tuple(law.system for law in self.args))


def subtract(whole: Law, known: Law) -> Law:
    """The law ρ with ρ ⊞ known = whole, R = R_whole - R_known, if there is one.

    Parameters
    ----------
    whole, known
        Laws with moments.

    Raises
    ------
    NotALawError
        If the exact moments of the difference are decidedly those of no probability measure.

    Source: Arizmendi-Tarrago-Vargas 2020.

    Examples
    --------
    >>> from freeprob import Semicircle, subtract
    >>> subtract(Semicircle(3), Semicircle(1)).moments(4)
    [0, 2, 0, 8]
    """
    return Subtract(whole, known)
