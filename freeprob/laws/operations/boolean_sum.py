"""Boolean convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

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
    from sympy.printing.latex import LatexPrinter


@final
class BooleanSum(Law):
    """Boolean convolution μ₁ ⊎ … ⊎ μₙ; build it with :func:`boolean_sum`."""

    _word: ClassVar[str] = "boolean_sum"
    _sign: ClassVar[Sign | None] = boolean_monotone.BooleanSum.sign
    _compound: ClassVar[bool] = True
    _homogeneous: ClassVar[bool] = True

    def __new__(cls, *laws: Law) -> BooleanSum:
        """Keep the summands in a fixed order."""
        summands = sorted(the_laws(laws, "boolean_sum"), key=sp.default_sort_key)
        return super().__new__(cls, *summands)

    def _latex(self, printer: LatexPrinter) -> str:
        return notation.infix(self.args, self._sign, printer._print)

    @classmethod
    def _rebuilt(cls, *laws: Law) -> Law:
        return boolean_sum(*laws)

    def _merged(self) -> Law:
        """Point masses become one."""
        constants = [constant_of(law) for law in self.args]
        others = [law for law, at in zip(self.args, constants, strict=True) if at is None]
        total = sp.Add(*(constant for constant in constants if constant is not None))
        return boolean_sum(*others, PointMass(total))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Their models have no fluctuations of order one that are known."""
        raise UndefinedOperationError(
            f"fluctuations are not known for {self}: no self-adjoint matrices in general position "
            "are known that have Boolean sums as laws and fluctuations of order one; free sums "
            "(boxplus) have such matrices"
        )

    def _on_half_line(self) -> bool | None:
        # F(x) ≤ x for x < 0 for both, so that F₁ + F₂ - x has no zero there
        return True if all(law.on_half_line for law in self.args) else None

    def _system(self) -> System:
        return Node(boolean_monotone.BooleanSum(), tuple(law.system for law in self.args))


def boolean_sum(*laws: Law) -> Law:
    """Boolean convolution: z - F(z) adds, F = 1/G.

    Parameters
    ----------
    *laws
        Laws, one or more.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If an argument is no law, or there is none.

    Notes
    -----
    Source: Speicher-Woroudi 1997.

    Examples
    --------
    >>> from freeprob import Atomic, boolean_sum
    >>> coin = Atomic({-1: "1/2", 1: "1/2"})
    >>> boolean_sum(coin, coin).moments(4)
    [0, 2, 0, 4]
    """
    summands = [
        part
        for law in the_laws(laws, "boolean_sum")
        for part in (law.args if isinstance(law, BooleanSum) else (law,))
    ]
    telling = [law for law in summands if law != PointMass(0)] or summands[:1]
    return telling[0] if len(telling) == 1 else BooleanSum(*telling)
