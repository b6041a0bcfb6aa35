"""Distribution functions of laws of data by the imaginary part of their potential.

With Φ = ∫ G dz in closed form on the curve, F(x) = 1 - Im Φ(x + i0)/π: one point of the branch
per value, whatever the number of cuts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import final

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.exact.systems.pole_potentials import PolePotential, pole_potential
from freeprob.exact.systems.system import System, flatten
from freeprob.numeric.branch.branch import PhysicalBranch, physical_branch
from freeprob.numeric.branch.functions import BranchFunction
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import compile_program, pole_table
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.pole_sums import PoleStep, PoleTable
from freeprob.numeric.programs.straight_line import Program, evaluate
from freeprob.numeric.stepping.balls import BALLS

_FLOAT = FloatArithmetic()
_FAR = 1e6  # in units of the radius: no mass lies beyond
_BESIDE = 1e-13  # of the radius: how far right of an atom its mass is on the left
_COARSE = 64  # bits of a point beyond the spectrum, where only signs count
_WHOLE = 1e-10  # by which F may miss 0 and 1 beyond the spectrum


@final
@dataclass(frozen=True)
class PoleDistribution:
    """F(x) = 1 - Im Φ/π, held against 0 and 1 beyond the spectrum."""

    branch: PhysicalBranch
    table: PoleTable
    program: Program
    weights: tuple[fmpq, ...]
    signs: tuple[int, ...]
    share: fmpq

    def cdf(self, x: np.ndarray, atoms: tuple[Atom, ...]) -> np.ndarray:
        """Mass of (-∞, x], to some 1e-14.

        Raises
        ------
        ConvergenceError
            If the potential does not lead from mass 0 to mass 1.
        """
        return self.masses(x.ravel(), atoms)[0].reshape(x.shape)

    def masses(self, x: np.ndarray, atoms: tuple[Atom, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Masses of (-∞, x] and the density of the part without atoms."""
        far, high = _FAR * self.branch.radius, self._beyond
        flat = np.clip(x, -far, far)
        places = [atom.location for atom in atoms]
        # an atom at x is counted: just right of it
        beside = np.where(np.isin(flat, places), flat + _BESIDE * self.branch.radius, flat)
        (w,) = self.branch.unknowns(beside)
        G = np.broadcast_to(evaluate(self.branch.program.last, [w], _FLOAT)[0], w.shape)
        left = np.clip(1 - (self._turns(w) - high), 0.0, 1.0)
        return left, np.maximum(-np.imag(G) / np.pi, 0.0)

    @cached_property
    def _beyond(self) -> float:
        """Im Φ/π right of all mass; it differs by 1 from that on the left."""
        far = _FAR * self.branch.radius
        low, high = self._turns(self.branch.unknowns(np.array([-far, far]))[0])
        if abs(low - high - 1) > _WHOLE:
            raise ConvergenceError(
                f"the potential tells of mass {low - high:.12g} instead of 1 on the line"
            )
        return float(high)

    def ball(self, x: Place, bits: int) -> arb:
        """Mass of (-∞, x] to about ``bits`` bits where G is finite; a rational number in gaps.

        Raises
        ------
        ConvergenceError
            At edges and atoms.
        """
        far = Place.of(complex(_FAR * self.branch.radius))
        with ctx.workprec(bits):
            return 1 - self._turn(x, bits) + self._turn(far, _COARSE)

    def _turn(self, x: Place, bits: int) -> arb:
        """Im Φ/π at a real point from above."""
        (w,) = BranchFunction(self.branch.system, self.branch.curve.z).reading(x, bits).unknowns
        with ctx.workprec(bits):
            P = PoleStep(self.table, 1).balls(w)
            rational, *arguments = (acb(value) for value in evaluate(self.program, [w, P], BALLS))
            pairs = zip(arguments, self.weights, self.signs, strict=True)
            angles = [(argument, weight * sign) for argument, weight, sign in pairs]
            angles += [
                (w - place, self.share * weight)
                for place, weight in zip(self.table.places, self.table.weights, strict=True)
            ]
            if w.imag.is_zero():
                if any(value.real.contains(0) for value, _ in angles):
                    raise ConvergenceError("the point is an atom, or not told from one")
                return arb(sum((weight for value, weight in angles if value.real < 0), fmpq(0)))
            turned = (arb.atan2(abs(value.imag), value.real) * weight for value, weight in angles)
            return sum(turned, rational.imag) / arb.pi()

    def _turns(self, w: np.ndarray) -> np.ndarray:
        """Im Φ/π over real points from above, from the unknown there."""
        P = PoleStep(self.table, 1).floats(w)
        with np.errstate(all="ignore"):
            rational, *arguments = (
                np.broadcast_to(value, w.shape) for value in evaluate(self.program, [w, P], _FLOAT)
            )
            total = np.imag(rational)
            for weight, sign, argument in zip(self.weights, self.signs, arguments, strict=True):
                total = total + _float(weight) * sign * _angle(argument, argument)
            total = total + _float(self.share) * self.table.over_floats(w, _angle).real
        return total / np.pi


def _angle(gap: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The argument over the closed upper half plane, whatever the sign of an imaginary zero."""
    return np.arctan2(np.abs(np.imag(gap)), np.real(gap))


@lru_cache(maxsize=32)
def pole_distribution(system: System) -> PoleDistribution | None:
    """The distribution of a law with one sum of poles; None for other laws."""
    potential = pole_potential(flatten(system))
    return None if potential is None else _compiled(system, potential)


def _compiled(system: System, potential: PolePotential) -> PoleDistribution:
    logarithms = potential.logarithms
    arguments = [log.argument for log in logarithms]
    return PoleDistribution(
        physical_branch(system),
        pole_table(potential.poles),
        compile_program([potential.rational, *arguments], potential.unknowns),
        tuple(to_fmpq(log.weight) for log in logarithms),
        tuple(log.sign for log in logarithms),
        to_fmpq(potential.share),
    )


def _float(value: fmpq) -> float:
    """Rounded once."""
    return int(value.p) / int(value.q)
