"""Ends of the support where a law given by its density jumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from flint import arb, ctx, fmpq

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.candidates.folds_by_scan import FunctionEnd
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.programs.points import Place


@final
@dataclass(frozen=True)
class Jump:
    """The density next to a point where it is cut off: a finite limit, exponent 0."""

    system: System
    end: FunctionEnd

    @property
    def has_density(self) -> bool:
        """The density is cut off, so that this is an edge."""
        return False

    @property
    def p(self) -> int:
        """The density is analytic just inside."""
        return 1

    @property
    def exponent(self) -> fmpq:
        """The density neither vanishes nor blows up."""
        return fmpq(0)

    def angle(self, turn: int, right: bool) -> fmpq:
        """A half turn: G jumps by the density."""
        return fmpq(1, 2)

    def size(self, bits: int) -> arb:
        """π times the density just inside.

        Raises
        ------
        CertificationError
            If the density has no limit there.
        """
        offset = fmpq(1, 2 ** (2 * bits))
        middle = self.end.ball(3 * bits).mid().fmpq()
        values = []
        for x in (middle - offset, middle + offset):
            density = digits_of(self.system).density(Place(x), int(bits * 0.302) + 5)
            if density > 0:
                values.append(density)
        if len(values) != 1:
            raise CertificationError(f"the density does not jump at {self.end.value}")
        with ctx.workprec(bits + 32):
            return values[0] * arb.pi()

    def exact_power(self) -> RealAlgebraic:
        """Not known exactly."""
        raise NoClosedFormError("ask for the digits of this constant with dps=")
