"""∫₀^∞ of a real part of G(z + is) ds to any number of digits.

The integral is summed by Gauss-Legendre rules on panels that grow with the height, where G is
analytic in proportion; next to z the panel is one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import final

from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import double, result
from freeprob.numeric.stepping.descent import Perch, approach, precision_at

_GROWTH = 4
_SHRINKS = 6
_PLAIN = 2  # attempts before that
_PANELS = 4  # for each digit: enough for G ~ s^(-1/2), and for steeper edges up to s^(-3/5)
_GUARD = 40  # bits for the sums over nodes: fewer than 2^20 of them, each rounded

Part = Callable[[acb, arb], arb]


@final
@dataclass(frozen=True)
class VerticalIntegral:
    """The half line above a point, and what is integrated along it.

    Parameters
    ----------
    program
        The compiled curve.
    perch
        A point of the physical branch over z from which z is one step away.
    place
        The point z; real z is an end of the integral on the axis.
    atoms
        The atoms that are left out of G.
    part
        The real integrand from G without the atoms and the height s.
    top
        A height above which G is close to its expansion at infinity.
    root
        That expansion is in powers of z^(-1/root): more than 1 for heavy tails.
    """

    program: Program
    perch: Perch
    place: Place
    atoms: Sequence[Atom]
    part: Part
    top: arb
    root: int = 1

    def value(self, dps: int, edge: tuple[int, arb] | None = None) -> arb:
        """The integral with an error below 10^-dps.

        ``edge`` is the root in which G is analytic at z, and within which distance, where that
        is not told by the perch.

        Raises
        ------
        ConvergenceError
            If a rule with fewer nodes does not agree as it must.
        """
        power, low = edge or (1, 2 * self.perch.z.imag.mid())
        fine = coarse = arb(0)
        for attempt in range(_SHRINKS):
            # a singularity very near, or of a kind that is not known: panels shrink towards z
            power = power if attempt < _PLAIN else 0
            coarse = self._integral(3 * dps // 4, low, power)
            fine = self._integral(dps, low, power)
            # the error falls geometrically with the nodes, so that of the fine rule has all digits
            if abs(fine - coarse).mid() < arb(10) ** -(3 * dps // 4):
                return fine
            # G has a singularity nearer to z than the unknowns have
            low = (low / 8).mid()
        raise ConvergenceError(
            f"the integral above {complex(self.place()):.17g} still moves by "
            f"{abs(fine - coarse).str(3)} when refined"
        )

    def _integral(self, dps: int, low: arb, power: int) -> arb:
        """The sum on panels from a height up to the last and beyond."""
        bits = _bits(dps)
        rule = legendre(int(1.06 * dps) + 6, bits)
        with ctx.workprec(bits):
            ends = [low]
            while ends[-1] < self.top:
                ends.append(_GROWTH * ends[-1])
            # next to an edge s^(1/power) is the variable
            nodes = [(low * s**power, low * power * w * s ** (power - 1)) for s, w in rule if power]
            for a, b in pairwise(ends):
                nodes += [(a + (b - a) * s, (b - a) * w) for s, w in rule]
            # beyond the last panel s^(-1/root) is the variable
            end, root = ends[-1], self.root
            nodes += [(end / s**root, end * root * w / s ** (root + 1)) for s, w in reversed(rule)]
            height = self.perch.z.imag - self.place().imag
            below = [node for node in nodes if node[0] < height]
            above = [node for node in nodes if not node[0] < height]
            total = self._graded(dps, low) if not power else arb(0)
            for nodes_on_side in (list(reversed(below)), above):
                total += self._summed(self.perch, nodes_on_side, bits)[0]
            return total.mid()

    def _summed(
        self, perch: Perch, nodes: Sequence[tuple[arb, arb]], bits: int
    ) -> tuple[arb, Perch]:
        """The sum over nodes (s, w), and the perch at the last."""
        total = arb(0)
        for height, weight in nodes:
            value, perch = self._at(perch, height, bits)
            z = self.place() + acb(0, height)
            for atom in self.atoms:
                value = value - atom.mass() / (z - atom.place())
            total += weight * self.part(value, height)
        return total, perch

    def _graded(self, dps: int, low: arb) -> arb:
        """The integral from 0 to ``low`` where G goes like a power above -1 of s.

        The panels' shares then fall geometrically; those of a bounded G by 4 at least.
        """
        rule, total, bits = legendre(int(1.06 * dps) + 6, _bits(dps)), arb(0), _bits(dps)
        perch = self.perch
        for _ in range(_PANELS * dps):
            below = low / _GROWTH
            nodes = [(below + (low - below) * s, (low - below) * w) for s, w in reversed(rule)]
            share, perch = self._summed(perch, nodes, bits)
            total, low = total + share, below.mid()
            if abs(share) < arb(10) ** -(dps + 2):
                return total
        raise ConvergenceError(
            f"the mass next to the edge {complex(self.place()).real:.17g} was not resolved"
        )

    def _at(self, perch: Perch, height: arb, bits: int) -> tuple[acb, Perch]:
        """G at a point over z, continued from the last, and the perch there."""
        target = Place(self.place.real, (self.place().imag + height).mid().fmpq())
        perch = approach(self.program, perch, target)
        u = double(self.program, perch.u, target, 2 * bits, precision_at(perch.z))
        if u is None:
            raise ConvergenceError(f"Newton's method stalled at height {float(height):.3g}")
        return result(self.program, u).mid(), perch


def _bits(dps: int) -> int:
    return bits_of(dps) + _GUARD


@lru_cache(maxsize=32)
def legendre(count: int, bits: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on [0, 1], ascending."""
    with ctx.workprec(bits + 16):
        pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
        return [((1 + node) / 2, weight / 2) for node, weight in reversed(pairs)]
