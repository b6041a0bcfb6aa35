"""Squares and symmetric square roots."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.errors import NoClosedFormError, UndefinedOperationError
from freeprob.exact.moments.symmetry import is_symmetric
from freeprob.exact.operations.maps import EvenSquare, SymmetricRoot, is_one_sided, mobius_map
from freeprob.exact.operations.mixtures import Mixture
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law, Squares
from freeprob.laws.description import notation
from freeprob.laws.operations.maps import Image

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model

_HALF = sp.Rational(1, 2)


@final
class Square(Image):
    """Law of X²; build it with :meth:`Law.square`."""

    _word: ClassVar[str] = "square"

    def __new__(cls, law: Law) -> Square:
        """Take a law."""
        return super().__new__(cls, the_law(law, "square"))

    def _function(self, x: sp.Expr) -> sp.Expr:
        return x**2

    @classmethod
    def _rebuilt(cls, law: Law) -> Law:
        return law.square()

    def _system(self) -> System:
        (law,) = self.args
        own = law._of_squares()
        if own is not None:
            return own.system
        system = law.system
        if not is_symmetric(system):
            # X and -X have the same square: take it from their average
            mirror = mobius_map(system, sp.S.NegativeOne, sp.S.Zero, sp.S.Zero, sp.S.One)
            system = Node(Mixture((_HALF, _HALF)), (system, mirror))
        return Node(EvenSquare(), (system,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Squares mix two places of X, except where they undo a root."""
        own = self.args[0]._of_squares()
        if own is not None:
            return own.second_order(at)
        raise UndefinedOperationError(
            f"fluctuations of {self} are known by themselves, but not as a part of other laws"
        )

    def _pulled_back(self, x: sp.Expr) -> tuple[Law, tuple[sp.Expr, ...]] | None:
        """Squares, but those of roots are what these are made from."""
        if self.args[0]._of_squares() is not None:
            return None
        return super()._pulled_back(x)

    def _matrix_model(self) -> Model:
        import numpy as np

        from freeprob.ensembles import Mapped

        (law,) = self.args
        own = law._of_squares()
        if own is not None:
            return own.model()
        return Mapped(law.matrix_model(), np.square)

    def _on_half_line(self) -> bool:
        return True


@final
class Symmetrize(Law):
    """Law of ±√X; build it with :func:`symmetrize`."""

    _word: ClassVar[str] = "symmetrize"
    _compound: ClassVar[bool] = True

    def __new__(cls, law: Law) -> Symmetrize:
        """Check that X ≥ 0."""
        if the_law(law, "symmetrize").on_half_line is False:
            raise UndefinedOperationError(
                f"symmetrize takes the square root of X ≥ 0, but {law} has mass below 0; the "
                "symmetric law of X and -X is mixture({mu: '1/2', mu.dilate(-1): '1/2'})"
            )
        return super().__new__(cls, law)

    def _latex(self, printer: LatexPrinter) -> str:
        inner = notation.tight(self.args[0], printer._print)
        return notation.image(self, lambda x: rf"\pm {printer._print(sp.sqrt(x))}", inner)

    def _of_squares(self) -> Squares:
        (law,) = self.args
        return Squares(law.system, law._second_order, law.matrix_model)

    def _system(self) -> System:
        (law,) = self.args
        if isinstance(law, Square) and is_symmetric(law.args[0].system):
            return law.args[0].system
        if is_one_sided(law.system):
            # s² lies in the lower half plane where s is left of the imaginary axis
            raise NoClosedFormError(
                f"transforms of functions of a Gaussian variable are known on one side of their "
                f"spectrum, and that of symmetrize({law}) needs both; its density at x is abs(x) "
                "times that of the law of squares at x**2, and sample draws from it"
            )
        return Node(SymmetricRoot(), (law.system,))

    def _pulled_back(self, x: sp.Expr) -> tuple[Law, tuple[sp.Expr, ...]]:
        """Eigenvalues are the roots, with both signs."""
        return self.args[0], (sp.sqrt(x), -sp.sqrt(x))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Chiral

        return Chiral(self.args[0].matrix_model())


def symmetrize(law: Law) -> Law:
    """Symmetric law of ±√X, both signs equally likely, for X ≥ 0: G(s) = s G_X(s²).

    With X = AAᵀ of a square matrix A these are the singular values of A with both signs, the
    eigenvalues of [[0, A], [Aᵀ, 0]].

    Parameters
    ----------
    law
        A law on [0, ∞).

    Returns
    -------
    Law

    Raises
    ------
    UndefinedOperationError
        If the law has mass below 0.
    NoClosedFormError
        By readings, if the law is made from functions of a Gaussian variable: ``sample`` draws
        from it, and its density is |x| ρ(x²) with that of X.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, symmetrize
    >>> symmetrize(MarchenkoPastur(1)).moments(6)
    [0, 1, 0, 2, 0, 5]
    """
    return Symmetrize(law)
