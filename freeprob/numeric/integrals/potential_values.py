"""The logarithmic potential on the physical branch, where the rules of operations tell it.

One point of the branch a value: no cuts, no quadrature, and as many digits as the branch has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, final

import numpy as np
from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.potentials import PartTerm, Potential
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.functions import BranchFunction, raised, values_at, values_program
from freeprob.numeric.branch.single import single
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import pole_table, read_place
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.pole_sums import PoleTable
from freeprob.numeric.programs.straight_line import Program, evaluate

_FLOAT = FloatArithmetic()
_LOST = 256  # by so much the terms may exceed their sum, or 1: two digits of sixteen
_SHEET = 1e-9  # share by which G on a part's own branch may miss what the curve says
_MOVED = 3e-8  # share of z by which rounding may move it: U there is foretold to the square of it
_GUARD = 40  # bits of logarithms that cancel

Expression = Any  # of SymPy, compiled by lowering alone


class Potentials(Protocol):
    """A potential that needs no cuts."""

    def floats(self, z: np.ndarray) -> np.ndarray:
        """U at points, flat; NaN where it is not decided."""
        ...

    def ball(self, place: Place, dps: int) -> arb:
        """U where Im z ≥ 0, with an error below 10^-dps."""
        ...


@final
@dataclass(frozen=True, eq=False)
class PotentialValues:
    """U by the terms of a potential.

    Parameters
    ----------
    system
        The law's system, without parameters.
    potential
        Its terms.
    parts
        The potentials of the parts that are left, in their order.
    """

    system: System
    potential: Potential
    parts: tuple[Potentials, ...]

    @cached_property
    def _program(self) -> Program:
        """The rest, arguments of logarithms and of sums over poles, then points of parts."""
        own = self.potential
        moving = [term.point for term in own.parts if not term.is_fixed]
        functions = [
            own.curve.z,
            own.curve.G,
            *self._rest,
            *(term.argument for term in own.logarithms),
            *(term.argument for term in own.poles),
            *(side for point in moving for side in point),
        ]
        return values_program(own.curve, functions)

    @cached_property
    def _rest(self) -> tuple[Expression, ...]:
        """Summands, which may cancel each other."""
        return self.potential.rest.args if self.potential.rest.is_Add else (self.potential.rest,)

    @cached_property
    def _weights(self) -> np.ndarray:
        return np.array([float(term.weight) for term in self.potential.logarithms])

    @cached_property
    def _tables(self) -> list[tuple[float, PoleTable]]:
        return [(float(term.weight), pole_table(term.poles)) for term in self.potential.poles]

    @cached_property
    def _constant(self) -> float:
        """What parts at fixed places add."""
        return sum(
            float(term.weight) * float(part.floats(np.array([complex(term.point.z)]))[0])
            for term, part in self._parts(fixed=True)
        )

    def _parts(self, fixed: bool) -> list[tuple[PartTerm, Potentials]]:
        """Parts with their potentials, at fixed places or at others."""
        pairs = zip(self.potential.parts, self.parts, strict=True)
        return [(term, part) for term, part in pairs if term.is_fixed == fixed]

    def floats(self, z: np.ndarray) -> np.ndarray:
        """U at points, flat; NaN where the terms cancel, or where one of them is infinite.

        Raises
        ------
        ConvergenceError
            If the unknowns are not determined at a point, as at edges, or a part has left the
            sheet on which its potential is known.
        """
        z = np.where(np.imag(z) < 0, np.conj(z), z)
        u = self._unknowns(z)
        with np.errstate(all="ignore"):
            found = [
                np.broadcast_to(np.asarray(value, dtype=complex), z.shape)
                for value in evaluate(self._program, list(u), _FLOAT)
            ]
            at, G, *found = found
            rest, found = found[: len(self._rest)], found[len(self._rest) :]
            count, tables = len(self._weights), self._tables
            # unknowns near a pole of z, rounded, are those of another z nearby
            moved = G * (z - at)
            terms = [np.real(moved), *(np.real(part) for part in rest)]
            terms += [
                w * np.log(np.abs(e)) for w, e in zip(self._weights, found[:count], strict=True)
            ]
            terms += [
                weight * np.real(table.over_floats(at, _distance))
                for (weight, table), at in zip(tables, found[count:], strict=False)
            ]
            terms += self._of_parts(found[count + len(tables) :])
            total = sum(terms) + self._constant
            size = sum(map(np.abs, terms))
            lost = ~(size <= _LOST * np.maximum(1.0, np.abs(total))) | ~(np.abs(moved) <= _MOVED)
        return np.where(lost, np.nan, total)

    def _unknowns(self, z: np.ndarray) -> np.ndarray:
        """Unknowns at points with Im z ≥ 0, at a single one the fast way."""
        stop = single(self.system).place(complex(z[0])) if len(z) == 1 else None
        if stop is None:
            return physical_branch(self.system).unknowns(z)
        return np.array(stop.u)[:, None]

    def _of_parts(self, points: list[np.ndarray]) -> list[np.ndarray]:
        """Potentials of parts where they stand, each on its physical sheet."""
        moving, terms = self._parts(fixed=False), []
        for (term, part), place, G in zip(moving, points[::2], points[1::2], strict=True):
            own = physical_branch(term.system).cauchy(place)
            if not np.all(np.abs(own - G) <= _SHEET * np.abs(G)):
                raise ConvergenceError("a part of the law stands beyond its first sheet")
            terms.append(float(term.weight) * part.floats(place))
        return terms

    def ball(self, place: Place, dps: int) -> arb:
        """U where Im z ≥ 0 with an error below 10^-dps or so.

        Raises
        ------
        ConvergenceError
            As by :meth:`floats`, and where parts are left that are no terms.
        """
        if self._parts(fixed=False):
            raise ConvergenceError("parts of the law have no potential in closed form")
        bits = bits_of(dps) + _GUARD
        G = BranchFunction(self.system, self.potential.curve.G)
        reading = G.reading(place, bits)
        at = raised(place, bits, G.program)
        found = values_at(self._program, reading.unknowns, bits)[2:]
        rest, found = found[: len(self._rest)], found[len(self._rest) :]
        count = len(self._weights)
        with ctx.workprec(bits + 16):
            total = sum((part.real for part in rest), arb(0))
            for term, e in zip(self.potential.logarithms, found[:count], strict=True):
                weight = read_place(term.weight)().real
                total += weight * abs(e).log()
            for term, e in zip(self.potential.poles, found[count:], strict=True):
                weight = read_place(term.weight)().real
                total += weight * _sum_over(term.poles, e)
            for term, part in self._parts(fixed=True):
                total += read_place(term.weight)().real * part.ball(read_place(term.point.z), dps)
            if at is not place:
                # |dU| ≤ |G| |dz|
                total += arb(0, (2 * abs(reading.value) * at().imag).abs_upper())
        if not total.is_finite():
            raise ConvergenceError("a term of the potential is infinite at this point")
        return total


def _distance(gap: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.log(np.abs(gap))


def _sum_over(poles: Any, at: acb) -> arb:
    """Σ pᵢ log|u - aᵢ|."""
    pairs = zip(poles.places, poles.weights, strict=True)
    return sum((arb(weight) * abs(at - arb(a)).log() for a, weight in pairs), arb(0))
