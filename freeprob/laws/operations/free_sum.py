"""Free additive convolution and its powers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.exact.operations.additive import FreePower, FreeSum
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.second_order import (
    SecondOrder,
    Side,
    Square,
    Stand,
    of_corners,
    rotated,
)
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import gathered, the_law, the_laws
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass, constant_of
from freeprob.laws.named.semicircle import Semicircle
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class Boxplus(Law):
    """Free additive convolution μ₁ ⊞ … ⊞ μₙ; build it with :func:`boxplus`."""

    _word: ClassVar[str] = "boxplus"
    _sign: ClassVar[Sign | None] = FreeSum.sign
    _compound: ClassVar[bool] = True
    _homogeneous: ClassVar[bool] = True

    def __new__(cls, *laws: Law) -> Boxplus:
        """Keep the summands in a fixed order, so that the free sum is commutative as a tree."""
        return super().__new__(cls, *sorted(the_laws(laws, "boxplus"), key=sp.default_sort_key))

    def _latex(self, printer: LatexPrinter) -> str:
        return notation.infix(self.args, self._sign, printer._print)

    @classmethod
    def _rebuilt(cls, *laws: Law) -> Law:
        return boxplus(*laws)

    def _merged(self) -> Law:
        """Like laws become one, and point masses a shift of a law that takes it."""
        shift, summands = sp.S.Zero, []
        for law in self.args:
            constant = constant_of(law)
            if constant is None:
                _add(summands, law)
            else:
                shift += constant
        if not summands:
            return PointMass(shift)
        for place, law in enumerate(summands):
            moved = law._affine(sp.S.One, shift)
            if moved is not None:
                return boxplus(*summands[:place], moved, *summands[place + 1 :])
        return boxplus(*summands).shift(shift)

    def _centred(self) -> tuple[Law, sp.Expr]:
        laws, places = zip(*(law._centred() for law in self.args), strict=True)
        return boxplus(*laws), sp.Add(*places)

    def _system(self) -> System:
        systems = gathered(self.args, FreePower)
        return systems[0] if len(systems) == 1 else Node(FreeSum(), systems)

    def _second_order(self, at: Stand) -> SecondOrder:
        """Rotated summands on a common F."""
        parts = []
        for law, count in Counter(self.args).items():
            stand = at.down_to(law.system)
            parts.append((stand, law._second_order(stand), count))
        return rotated(at, at.F, parts).with_squares(_of_wigner(self.args, at))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import FreeSum

        return FreeSum(tuple(law.matrix_model() for law in self.args))

    def _on_half_line(self) -> bool | None:
        return True if all(law.on_half_line for law in self.args) else None


@final
class BoxplusPower(Law):
    """Free convolution power μ^{⊞t}; build it with :func:`boxplus_power`."""

    _word: ClassVar[str] = "boxplus_power"
    _homogeneous: ClassVar[bool] = True
    _sign: ClassVar[Sign | None] = FreePower.sign

    def __new__(cls, law: Law, exponent: Number) -> BoxplusPower:
        """Check the exponent."""
        exponent = exact(exponent, "exponent")
        require(exponent >= 1, f"μ^(⊞t) exists for every law only if t ≥ 1, got {exponent}")
        return super().__new__(cls, the_law(law, "boxplus_power"), exponent)

    def _latex(self, printer: LatexPrinter) -> str:
        law, exponent = self.args
        return notation.power(law, self._sign, printer._print(exponent), printer._print)

    @classmethod
    def _rebuilt(cls, law: Law, exponent: sp.Expr) -> Law:
        return boxplus_power(law, exponent)

    def _merged(self) -> Law:
        law, exponent = self.args
        return law._free_power(exponent) or self

    def _centred(self) -> tuple[Law, sp.Expr]:
        law, exponent = self.args
        near, place = law._centred()
        return boxplus_power(near, exponent), exponent * place

    def _system(self) -> System:
        law, exponent = self.args
        return Node(FreePower(exponent), (law.system,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of ⌈t/2⌉ free corners."""
        law, exponent = self.args
        part = at.part(0)
        return of_corners(at, part, law._second_order(part), exponent)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import FreePower

        law, exponent = self.args
        return FreePower(law.matrix_model(), float(exponent))

    def _on_half_line(self) -> bool | None:
        return self.args[0].on_half_line or None


def _of_wigner(laws: Sequence[Law], at: Stand) -> tuple[Square, ...] | None:
    """Q = κ (v ΔG/Δω)²/2 of a diagonal matrix, at ω, and a Wigner matrix of variance v."""
    wigner = [law for law in laws if isinstance(law, Semicircle)]
    rest = [law for law in laws if not isinstance(law, Semicircle)]
    if len(wigner) != 1 or len(rest) != 1:
        return None
    diagonal, variance = at.down_to(rest[0].system), wigner[0].args[0]
    if rest[0]._second_order(diagonal).ratios:
        return None
    return (Square(Side(diagonal, diagonal.point.G), diagonal.z, variance**2 / 2, 2),)


def boxplus(*laws: Law) -> Law:
    """Law of a sum of freely independent self-adjoint variables, R = R₁ + … + Rₙ.

    Nested sums are flattened, ``boxplus(boxplus(a, b), c) == boxplus(a, b, c)``, and point masses
    at 0 left out; :meth:`Law.doit` puts like laws together.

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
    Source: Voiculescu 1986.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
    >>> boxplus(MarchenkoPastur(2), Semicircle(1))
    boxplus(MarchenkoPastur(2), Semicircle(1))
    """
    summands = [
        part
        for law in the_laws(laws, "boxplus")
        for part in (law.args if isinstance(law, Boxplus) else (law,))
    ]
    telling = [law for law in summands if law != PointMass(0)] or summands[:1]
    return telling[0] if len(telling) == 1 else Boxplus(*telling)


def _add(summands: list[Law], law: Law) -> None:
    """Put a law to the first one with which it is one law, else to the end."""
    for place, other in enumerate(summands):
        together = law._free_sum(other) or other._free_sum(law)
        if together is not None:
            summands[place] = together
            return
    summands.append(law)


def boxplus_power(law: Law, exponent: Number) -> Law:
    """Free convolution power, R_t = t R, for every real t ≥ 1 (t may be a symbol).

    Parameters
    ----------
    law
        The law μ.
    exponent
        t, at least 1, a number or a symbol.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If the exponent is below 1.

    Notes
    -----
    Source: Nica-Speicher 1996.

    Examples
    --------
    >>> from freeprob import Atomic, boxplus_power
    >>> boxplus_power(Atomic({-1: "1/2", 1: "1/2"}), 2).moments(4)
    [0, 2, 0, 6]
    """
    if exact(exponent, "exponent") == 1:
        return the_law(law, "boxplus_power")
    return BoxplusPower(law, exponent)
