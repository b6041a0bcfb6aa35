"""Compound free Poisson laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import sympy as sp

from freeprob.exact.operations.additive import CompoundPoisson
from freeprob.exact.systems.second_order import Ratio, SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.free_poisson import FreePoisson
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class CompoundFreePoisson(Law):
    """Compound free Poisson law: κₙ = rate · mₙ(jumps), R(w) = λ ∫ t/(1 - tw) ν(dt).

    Limit law of X T Xᵀ/n with X of size n x m, m/n = rate, and T diagonal with law ν.

    Parameters
    ----------
    rate
        λ, positive.
    jumps
        Law ν of the jumps.

    Raises
    ------
    InvalidParameterError
        If the rate is not positive or the jumps are no law.

    Notes
    -----
    Source: Speicher 1998; Marchenko-Pastur 1967.

    Examples
    --------
    >>> from freeprob import Atomic, CompoundFreePoisson
    >>> CompoundFreePoisson(2, Atomic({1: "1/2", 3: "1/2"})).free_cumulants(3)
    [4, 10, 28]
    """

    def __new__(cls, rate: Number, jumps: Law) -> CompoundFreePoisson:
        """Check the parameters."""
        rate = exact(rate, "rate")
        require(rate > 0, f"rate must be positive, got {rate}")
        return super().__new__(cls, rate, the_law(jumps, "CompoundFreePoisson"))

    def _latex(self, printer: LatexPrinter) -> str:
        rate, jumps = self.args
        inside = printer._print(jumps)
        return rf"{notation.named('CFP', [rate], printer._print)}\left({inside}\right)"

    @classmethod
    def _rebuilt(cls, rate: sp.Expr, jumps: Law) -> Law:
        return PointMass(0) if rate.is_zero else cls(rate, jumps)

    def _merged(self) -> Law:
        rate, jumps = self.args
        if not isinstance(jumps, PointMass):
            return self
        (jump,) = jumps.args
        return PointMass(0) if jump.is_zero else FreePoisson(rate, jump)

    def _free_sum(self, other: Law) -> Law | None:
        rate, jumps = self.args
        if not isinstance(other, CompoundFreePoisson) or other.args[1] != jumps:
            return None
        return CompoundFreePoisson(rate + other.args[0], jumps)

    def _free_power(self, exponent: sp.Expr) -> Law:
        rate, jumps = self.args
        return CompoundFreePoisson(exponent * rate, jumps)

    def _system(self) -> System:
        rate, jumps = self.args
        return Node(CompoundPoisson(rate), (jumps.system,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """L = log(ΔF/Δz) given the jumps, which stand at F."""
        _, jumps = self.args
        return jumps._second_order(at.part(0)) + SecondOrder((Ratio(at.F, at.z),), None)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import CompoundWishart

        rate, jumps = self.args
        return CompoundWishart(jumps.matrix_model(), float(rate))

    def _on_half_line(self) -> bool | None:
        return self.args[1].on_half_line
