"""Signal plus noise: (A + sX)(A + sX)ᵀ."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.operations import rectangular
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Side, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import constant_of
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class InformationPlusNoise(Law):
    """Law of (A + sX)(A + sX)ᵀ; build it with :func:`information_plus_noise`."""

    _word: ClassVar[str] = "information_plus_noise"
    _defaults: ClassVar[tuple[int, ...]] = (1,)

    def __new__(cls, law: Law, ratio: Number, variance: Number = 1) -> InformationPlusNoise:
        """Check the parameters."""
        ratio, variance = exact(ratio, "ratio"), exact(variance, "variance")
        require(ratio > 0, f"ratio = rows/columns must be positive, got {ratio}")
        require(variance > 0, f"variance must be positive, got {variance}")
        if the_law(law, "information_plus_noise").on_half_line is False:
            raise UndefinedOperationError(
                f"information_plus_noise takes the law of A Aᵀ, but {law} has mass below 0"
            )
        if ratio.is_number and ratio > 1 and not law.parameters:
            kernel = law.atoms().get(sp.S.Zero, sp.S.Zero)
            require(
                kernel >= 1 - 1 / ratio,
                f"A with {ratio} times as many rows as columns has rank at most 1/{ratio} of its "
                f"rows: the law of A Aᵀ needs mass {1 - 1 / ratio} at 0 and has {kernel}",
            )
        return super().__new__(cls, law, ratio, variance)

    def _latex(self, printer: LatexPrinter) -> str:
        law, *numbers = self.args
        inside = printer._print(law)
        return rf"{notation.named('IPN', numbers, printer._print)}\left({inside}\right)"

    @classmethod
    def _rebuilt(cls, law: Law, ratio: sp.Expr, variance: sp.Expr) -> Law:
        if variance.is_zero:
            return law
        # XXᵀ tends to the identity with many columns
        return law.shift(variance) if ratio.is_zero else cls(law, ratio, variance)

    def _merged(self) -> Law:
        law, ratio, variance = self.args
        return MarchenkoPastur(ratio, variance) if constant_of(law) == 0 else self

    def _system(self) -> System:
        law, ratio, variance = self.args
        return Node(rectangular.InformationPlusNoise(ratio, variance), (law.system,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """L = log(Δw Δω/(Δz Δ(ω + s²c y))) with y = ωG - 1 of the signal and w = ω/β.

        It is -log det(1 - K), K the 2 x 2 matrix of the two-point Dyson equation of the blocks.
        """
        law, ratio, variance = self.args
        signal = at.part(0)
        beta = 1 - variance * ratio * at.point.G
        block = Side(at, beta * at.point.z - variance * (1 - ratio))
        mixed = Side(signal, signal.point.z + variance * ratio * signal.y)
        own = SecondOrder((Ratio(block, at.z), Ratio(signal.z, mixed)), None)
        return law._second_order(signal) + own

    def _matrix_model(self) -> Model:
        from freeprob import ensembles

        law, ratio, variance = self.args
        return ensembles.InformationPlusNoise(law.matrix_model(), float(ratio), float(variance))

    def _on_half_line(self) -> bool:
        return True


def information_plus_noise(law: Law, ratio: Number, variance: Number = 1) -> Law:
    """Law of (A + sX)(A + sX)ᵀ with A of size p x n and X of p x n entries of variance 1/n.

    G = β G_H(ω) with β = 1/(1 + s² c G_H(ω)), z = (ω + s² (1 - c) β)/β².

    Parameters
    ----------
    law
        Law H of AAᵀ (p x p), on [0, ∞).
    ratio
        c = p/n, rows over columns.
    variance
        s².

    Returns
    -------
    Law

    Raises
    ------
    UndefinedOperationError
        If the law has mass below 0.

    Notes
    -----
    Source: Dozier-Silverstein 2007.

    Examples
    --------
    >>> from freeprob import PointMass, information_plus_noise
    >>> information_plus_noise(PointMass(0), "1/2").moments(3)
    [1, 3/2, 11/4]
    """
    return InformationPlusNoise(law, ratio, variance)
