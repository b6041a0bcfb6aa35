"""Free compression: the law of a corner of a randomly rotated matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.operations.additive import Compression, FreePower
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model

_SMALL = sp.Rational(1, 8)
"""Corners below are drawn as sums of free corners of the same law, from smaller matrices."""


@final
class Compress(Law):
    """Law of a corner; build it with :func:`compress`."""

    _word: ClassVar[str] = "compress"
    _compound: ClassVar[bool] = True
    _homogeneous: ClassVar[bool] = True

    def __new__(cls, law: Law, trace: Number) -> Compress:
        """Check the trace."""
        trace = exact(trace, "trace")
        require(sp.And(trace > 0, trace <= 1), f"the trace must lie in (0, 1], got {trace}")
        return super().__new__(cls, the_law(law, "compress"), trace)

    def _latex(self, printer: LatexPrinter) -> str:
        # tr(X pXp) of the power 1/t, scaled back: Nica-Speicher 1996
        law, trace = self.args
        power = notation.power(law, FreePower.sign, printer._print(1 / trace), printer._print)
        return notation.image(self, lambda x: printer._print(trace * x), power)

    @classmethod
    def _rebuilt(cls, law: Law, trace: sp.Expr) -> Law:
        # R(tw) at t = 0 is the mean
        return PointMass(law.mean) if trace.is_zero else compress(law, trace)

    def _merged(self) -> Law:
        law, trace = self.args
        power = law._free_power(1 / trace)
        return self if power is None else power.dilate(trace)

    def _centred(self) -> tuple[Law, sp.Expr]:
        law, trace = self.args
        near, place = law._centred()
        return compress(near, trace), place

    def _system(self) -> System:
        law, trace = self.args
        return Node(Compression(trace), (law.system,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of the corner of a rotated matrix: L = log(Δω/Δz)."""
        law, _ = self.args
        part = at.part(0)
        return law._second_order(part) + SecondOrder((Ratio(part.z, at.z),), None)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, Corner, FreePower

        law, trace = self.args
        if trace >= _SMALL:
            return Corner(law.matrix_model(), float(trace))
        return Affine(FreePower(law.matrix_model(), float(1 / trace)), scale=float(trace))

    def _on_half_line(self) -> bool | None:
        return self.args[0].on_half_line or None


def compress(law: Law, trace: Number) -> Law:
    """Law of the t n x t n corner of a randomly rotated n x n matrix: R_t(w) = R(tw).

    Parameters
    ----------
    law
        Law of the whole matrix.
    trace
        t in (0, 1], the relative size of the corner.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If t is not in (0, 1].

    Notes
    -----
    Source: Nica-Speicher 1996.

    Examples
    --------
    >>> from freeprob import Atomic, compress
    >>> compress(Atomic({-1: "1/2", 1: "1/2"}), "1/2").moments(4)
    [0, 1/2, 0, 3/8]
    """
    if exact(trace, "trace") == 1:
        return the_law(law, "compress")
    return Compress(law, trace)
