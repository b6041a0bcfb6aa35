"""A power law that the density itself shows, where no expansion of the branch is at hand.

So near a place that a root of the distance is below 2^-200, two values of a density that follows
a power law give its exponent to some sixty digits, and a logarithm is off by a percent of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import lcm
from typing import final

from flint import arb, ctx, fmpq

from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.local_terms import PowerLaw
from freeprob.geometry.signs.sides import RealNumber
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.precision import digits_in
from freeprob.numeric.programs.points import Place

_ORDERS = (800, 816)  # binary orders of the two distances
_DIGITS = 40
_DENOMINATORS = range(1, 13)
_EXACT = 1e-9  # how well an exponent must be rational: logarithms are off by 1e-3


@final
@dataclass(frozen=True)
class Observed:
    """The density next to a place, analytic in a root of order ``p`` or a multiple of it."""

    system: System
    location: RealNumber
    p: int

    def on_side(self, turn: int, right: bool) -> PowerLaw | None:
        """The power law on one side, if the density shows one."""
        with ctx.workprec(4 * _DIGITS):
            near, far = (self._density(right, order, _DIGITS) for order in reversed(_ORDERS))
            if not (near > 0 and far > 0 and near.is_finite() and far.is_finite()):
                return None
            power = float(((far / near).log() / arb(2).log()).mid()) / (_ORDERS[1] - _ORDERS[0])
        for q in _DENOMINATORS:
            if abs(power * q - round(power * q)) < _EXACT:
                exponent = fmpq(round(power * q), q)
                constant = partial(self._constant, right, exponent)
                return PowerLaw(right, lcm(self.p, q), exponent, constant)
        return None

    def _density(self, right: bool, order: int, dps: int) -> arb:
        """The density at distance 2^-order."""
        offset = fmpq(1, 2**order) * (1 if right else -1)
        x = self.location.ball(2 * order).mid().fmpq() + offset
        return digits_of(self.system).density(Place(x), dps)

    def _constant(self, right: bool, exponent: fmpq, bits: int) -> arb:
        """From the density so near that a root of the distance is below the digits asked for."""
        order = (bits + 16) * lcm(self.p, int(exponent.q))
        density = self._density(right, order, digits_in(bits) + 6)
        with ctx.workprec(bits + 32):
            return density * arb(2) ** (order * arb(exponent))
