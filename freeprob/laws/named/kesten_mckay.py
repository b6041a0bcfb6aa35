"""The Kesten-McKay law."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.operations.additive import FreePower
from freeprob.exact.systems.leaves import from_atoms
from freeprob.exact.systems.second_order import DETERMINISTIC, SecondOrder, Stand, of_corners
from freeprob.exact.systems.system import Node, System
from freeprob.laws.base import Law
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class KestenMcKay(Law):
    """Spectrum of the d-regular tree: the free sum of d fair signs.

    Density d √(4(d - 1) - x²)/(2π (d² - x²)), not normalised.

    Parameters
    ----------
    degree
        d ≥ 2, a real number or symbol.

    Raises
    ------
    InvalidParameterError
        If d < 2.

    Notes
    -----
    Source: Kesten 1959; McKay 1981.

    Examples
    --------
    >>> from freeprob import KestenMcKay
    >>> KestenMcKay(3).moments(6)
    [0, 3, 0, 15, 0, 87]
    """

    _short: ClassVar[str] = "KM"

    def __new__(cls, degree: Number) -> KestenMcKay:
        """Check the degree."""
        degree = exact(degree, "degree")
        require(degree >= 2, f"the degree must be at least 2, got {degree}")
        return super().__new__(cls, degree)

    def _system(self) -> System:
        half = sp.Rational(1, 2)
        sign = from_atoms({sp.S.NegativeOne: half, sp.S.One: half})
        return Node(FreePower(self.args[0]), (sign,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of ⌈d/2⌉ free corners of rotated signs, as :func:`boxplus_power`."""
        return of_corners(at, at.part(0), DETERMINISTIC, self.args[0])

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Deterministic, FreePower

        sign = Deterministic(AtomicQuantile((-1.0, 1.0), (0.5, 0.5)))
        return FreePower(sign, float(self.args[0]))

    def _on_half_line(self) -> bool:
        return False
