"""Free deconvolution."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, final

from freeprob.exact.operations.additive import FreeDifference
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_laws
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass, constant_of
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.free_sum import Boxplus, boxplus
from freeprob.laws.validation import require_a_law

if TYPE_CHECKING:
    import sympy as sp
    from sympy.printing.latex import LatexPrinter


@final
class Subtract(Law):
    """Free deconvolution μ ⊟ ν; build it with :func:`subtract`."""

    _word: ClassVar[str] = "subtract"
    _sign: ClassVar[Sign | None] = FreeDifference.sign
    _compound: ClassVar[bool] = True
    _homogeneous: ClassVar[bool] = True

    def __new__(cls, whole: Law, known: Law) -> Subtract:
        """Check the first moments of the difference."""
        law = super().__new__(cls, *the_laws((whole, known), "subtract"))
        require_a_law(law, f"the free difference of {whole} and {known}")
        return law

    def _latex(self, printer: LatexPrinter) -> str:
        return notation.infix(self.args, self._sign, printer._print)

    @classmethod
    def _rebuilt(cls, whole: Law, known: Law) -> Law:
        return subtract(whole, known)

    def _merged(self) -> Law:
        """Summands that both have cancel."""
        pair = [law for law in self.args if isinstance(law, Semicircle)]
        if len(pair) == 2 and (pair[0].args[0] - pair[1].args[0]).is_positive:
            return Semicircle(*(a - b for a, b in zip(pair[0].args, pair[1].args, strict=True)))
        whole, known = (
            Counter(law.args if isinstance(law, Boxplus) else (law,)) for law in self.args
        )
        left, right = (whole - known).elements(), (known - whole).elements()
        law = boxplus(*left, PointMass(0))
        for summand in right:
            amount = constant_of(summand)
            law = law.shift(-amount) if amount is not None else Subtract(law, summand)
        return law

    def _centred(self) -> tuple[Law, sp.Expr]:
        (whole, far), (known, near) = (law._centred() for law in self.args)
        return subtract(whole, known), far - near

    def _system(self) -> System:
        return Node(FreeDifference(), tuple(law.system for law in self.args))


def subtract(whole: Law, known: Law) -> Law:
    """The law ρ with ρ ⊞ known = whole, R = R_whole - R_known, if there is one.

    Parameters
    ----------
    whole, known
        Laws with moments.

    Returns
    -------
    Law

    Raises
    ------
    NotALawError
        If the exact moments of the difference are decidedly those of no probability measure.

    Notes
    -----
    Source: Arizmendi-Tarrago-Vargas 2020.

    Examples
    --------
    >>> from freeprob import Semicircle, subtract
    >>> subtract(Semicircle(3), Semicircle(1)).moments(4)
    [0, 2, 0, 8]
    """
    whole, known = the_laws((whole, known), "subtract")
    if whole == known:
        return PointMass(0)
    return whole if known == PointMass(0) else Subtract(whole, known)
