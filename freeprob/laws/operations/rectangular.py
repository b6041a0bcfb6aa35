"""Rectangular free convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.moments.symmetry import is_symmetric
from freeprob.exact.operations.additive import FreeSum
from freeprob.exact.operations.maps import SymmetricRoot
from freeprob.exact.operations.rectangular import RectangularSum
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.second_order import SecondOrder, Side, Stand, rotated
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law, Squares
from freeprob.laws.description import notation
from freeprob.laws.operations.square import Square
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class RectangularBoxplus(Law):
    """Rectangular free convolution μ ⊞_λ ν; build it with :func:`rectangular_boxplus`."""

    _word: ClassVar[str] = "rectangular_boxplus"
    _compound: ClassVar[bool] = True

    def __new__(cls, first: Law, second: Law, ratio: Number) -> RectangularBoxplus:
        """Check symmetry and ratio."""
        ratio = exact(ratio, "ratio")
        require(sp.And(ratio >= 0, ratio <= 1), f"the ratio must lie in [0, 1], got {ratio}")
        for law in (first, second):
            if not is_symmetric(the_law(law, "rectangular_boxplus").system):
                raise UndefinedOperationError(
                    f"rectangular_boxplus takes symmetric laws of singular values, and {law} is "
                    "not symmetric: pass symmetrize(law of A Aᵀ), or "
                    "mixture({mu: '1/2', mu.dilate(-1): '1/2'})"
                )
        laws = sorted((first, second), key=sp.default_sort_key)
        return super().__new__(cls, *laws, ratio)

    def _latex(self, printer: LatexPrinter) -> str:
        *laws, ratio = self.args
        below = rf"{notation.latex_sign(FreeSum.sign)}_{{{printer._print(ratio)}}}"
        return notation.infix(laws, Sign(below, "⊞"), printer._print)

    def _system(self) -> System:
        return Node(SymmetricRoot(), (self._of_squares().system,))

    def _of_squares(self) -> Squares:
        first, second, ratio = self.args
        squares = (first.square(), second.square())
        operation = RectangularSum(ratio)
        system = Node(operation, tuple(law.system for law in squares))

        def second_order(at: Stand) -> SecondOrder:
            """Of parts rotated from both sides, on a common q = z/T(y)."""
            stands = [at.part(index) for index in (0, 1)]
            parts = [
                (stand, law._second_order(stand), 1)
                for law, stand in zip(squares, stands, strict=True)
            ]
            shared = Side(at, 1 / operation.chart(at.point).value)
            return rotated(at, shared, parts)

        def model() -> Model:
            from freeprob import ensembles

            one, other = (law.matrix_model() for law in squares)
            # with infinitely many columns the mixed products A Bᵀ vanish
            if ratio == 0:
                return ensembles.FreeSum((one, other))
            return ensembles.RectangularSum(one, other, float(ratio))

        return Squares(system, second_order, model)

    def _pulled_back(self, x: sp.Expr) -> tuple[Law, tuple[sp.Expr, ...]]:
        """Eigenvalues are singular values, with both signs."""
        return Square(self), (sp.sqrt(x), -sp.sqrt(x))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Chiral

        return Chiral(self._of_squares().model())


def rectangular_boxplus(first: Law, second: Law, ratio: Number) -> Law:
    """Symmetric law of the singular values of A + B, p x n, in rectangular free position.

    Parameters
    ----------
    first, second
        Symmetric laws of the singular values of A and of B, both signs equally likely, such as
        ``symmetrize(law of A Aᵀ)``.
    ratio
        λ = p/n in [0, 1], rows over columns.

    Returns
    -------
    Law

    Raises
    ------
    UndefinedOperationError
        If a law is not seen to be symmetric.

    Notes
    -----
    Source: Benaych-Georges 2009.

    Examples
    --------
    >>> from freeprob import Atomic, rectangular_boxplus
    >>> sign = Atomic({-1: "1/2", 1: "1/2"})
    >>> rectangular_boxplus(sign, sign, 1).moments(4)
    [0, 2, 0, 6]
    """
    return RectangularBoxplus(first, second, ratio)
