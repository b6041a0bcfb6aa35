"""Monotone convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from freeprob.errors import UndefinedOperationError
from freeprob.exact.operations import boolean_monotone
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_laws
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass, constant_of

if TYPE_CHECKING:
    import sympy as sp
    from sympy.printing.latex import LatexPrinter


@final
class MonotoneSum(Law):
    """Monotone convolution μ ▷ ν; build it with :func:`monotone`."""

    _word: ClassVar[str] = "monotone"
    _sign: ClassVar[Sign | None] = boolean_monotone.MonotoneSum.sign
    _compound: ClassVar[bool] = True
    _homogeneous: ClassVar[bool] = True

    def __new__(cls, outer: Law, inner: Law) -> MonotoneSum:
        """Take two laws; their order matters."""
        return super().__new__(cls, *the_laws((outer, inner), "monotone"))

    def _latex(self, printer: LatexPrinter) -> str:
        return notation.infix(self.args, self._sign, printer._print)

    @classmethod
    def _rebuilt(cls, outer: Law, inner: Law) -> Law:
        return monotone(outer, inner)

    def _merged(self) -> Law:
        """A point mass inside is a shift: F_ν(z) = z - a."""
        outer, inner = self.args
        amount = constant_of(inner)
        return self if amount is None else outer.shift(amount)

    def _centred(self) -> tuple[Law, sp.Expr]:
        """F_μ(F_ν(z - b)): a translation of the inner law is one of the whole."""
        outer, inner = self.args
        near, place = inner._centred()
        mean = outer.mean
        return monotone(outer, near).shift(-mean), mean + place

    def _second_order(self, at: Stand) -> SecondOrder:
        """Their models have no fluctuations of order one that are known."""
        raise UndefinedOperationError(
            f"fluctuations are not known for {self}: no self-adjoint matrices in general position "
            "are known that have monotone sums as laws and fluctuations of order one; free sums "
            "(boxplus) have such matrices"
        )

    def _on_half_line(self) -> bool | None:
        # F is negative and increases on (-∞, 0) for both, so that the composition has no pole of G
        return True if all(law.on_half_line for law in self.args) else None

    def _system(self) -> System:
        return Node(boolean_monotone.MonotoneSum(), tuple(law.system for law in self.args))


def monotone(outer: Law, inner: Law) -> Law:
    """Monotone convolution μ ▷ ν: F = F_μ ∘ F_ν; not commutative.

    Parameters
    ----------
    outer, inner
        The laws μ and ν.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If an argument is no law.

    Notes
    -----
    Source: Muraki 2000.

    Examples
    --------
    >>> from freeprob import Atomic, monotone
    >>> coin = Atomic({-1: "1/2", 1: "1/2"})
    >>> monotone(coin, coin).moments(4)
    [0, 2, 0, 5]
    """
    outer, inner = the_laws((outer, inner), "monotone")
    if inner == PointMass(0):
        return outer
    return inner if outer == PointMass(0) else MonotoneSum(outer, inner)
