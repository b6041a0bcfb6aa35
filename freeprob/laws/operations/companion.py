"""Companions: the law of AᵀA from that of AAᵀ."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.errors import NotALawError, UndefinedOperationError
from freeprob.exact.operations.mixtures import Mixture as Average
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.operations.mixture import mixture
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class Companion(Law):
    """Law of AᵀA, A wide enough that zeros of AAᵀ leave; build it with :meth:`Law.companion`."""

    _word: ClassVar[str] = "companion"
    _compound: ClassVar[bool] = True
    _homogeneous: ClassVar[bool] = True

    def __new__(cls, law: Law, ratio: Number) -> Companion:
        """Check the ratio."""
        ratio = exact(ratio, "ratio")
        require(ratio > 0, f"the ratio p/n must be positive, got {ratio}")
        return super().__new__(cls, the_law(law, "companion"), ratio)

    @classmethod
    def _rebuilt(cls, law: Law, ratio: sp.Expr) -> Law:
        return companion(law, ratio)

    def _latex(self, printer: LatexPrinter) -> str:
        law, ratio = self.args
        terms = [(law, ratio), (PointMass(0), 1 - ratio)]
        show = printer._print
        return notation.weighted(((notation.tight(part, show), w) for part, w in terms), show)

    def _system(self) -> System:
        law, ratio = self.args
        return Node(Average((ratio, 1 - ratio)), (law.system, PointMass(0).system))

    def _second_order(self, at: Stand) -> SecondOrder:
        """The eigenvalues other than 0 are those of AAᵀ."""
        return self.args[0]._second_order(at.part(0))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Companion as CompanionModel

        law, ratio = self.args
        return CompanionModel(law.matrix_model(), float(ratio))

    def _on_half_line(self) -> bool | None:
        return True


def companion(law: Law, ratio: Number) -> Law:
    """Law of AᵀA when AAᵀ has the given one and A is of size p x n: G̃(z) = c G(z) + (1 - c)/z.

    Both matrices have the same eigenvalues apart from zeros.

    Parameters
    ----------
    law
        Law of the p x p matrix AAᵀ, on the half line.
    ratio
        c = p/n. Above 1, AAᵀ has rank at most n: its law must have an atom of mass 1 - 1/c at 0.

    Raises
    ------
    InvalidParameterError
        If the ratio is not positive.
    UndefinedOperationError
        If the law has mass below 0.
    NotALawError
        If the atom at 0 is too small for the ratio.

    The nonzero eigenvalues of AB and BA are the same.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur
    >>> MarchenkoPastur(2).companion(2).moments(2)
    [2, 6]
    """
    law, ratio = the_law(law, "companion"), exact(ratio, "ratio")
    require(ratio > 0, f"the ratio p/n must be positive, got {ratio}")
    if law.on_half_line is False:
        raise UndefinedOperationError(
            f"{law} has mass below 0, so it is no law of AAᵀ: companions are of Gram matrices"
        )
    if ratio == 1:
        return law
    if isinstance(law, Companion) and sp.simplify(law.args[1] * ratio) == 1:
        return law.args[0]
    if (1 - ratio).is_positive:
        return mixture({law: ratio, PointMass(0): 1 - ratio})
    if not law.parameters and ratio.is_number:
        mass = law.atoms().get(sp.S.Zero, sp.S.Zero)
        if (mass - (1 - 1 / ratio)).is_negative:
            raise NotALawError(
                f"AAᵀ of size p x p has rank at most n = p/{ratio}, so its law has an atom of at "
                f"least {1 - 1 / ratio} at 0; this one has {mass}. Is the ratio p/n or n/p?"
            )
    return Companion(law, ratio)
