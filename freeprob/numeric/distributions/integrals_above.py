"""Distribution function and quantiles in float64 from G above points, without cuts or edges.

F(x) = m/2 + (1/π) ∫₀^∞ Re G(x + iy) dy for a law of mass m without atoms. With y = e^s the
integrand is analytic in |Im s| < π/2, whatever the law, as G is above and below the axis; so the
trapezoidal rule of step h errs by some e^(-π²/h), next to edges too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import PhysicalBranch, physical_branch
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.distributions.newton_quantiles import ERROR, quantiles
from freeprob.numeric.distributions.precise import Hull, precise_cdf
from freeprob.numeric.precision import FLOAT_DIGITS
from freeprob.numeric.programs.points import Place

_STEP = 0.29  # e^(-π²/h) = 2e-15
_COARSE = 1e-6  # difference from the rule of step 2h, whose error is the root of that of h
_LOW, _HIGH = 1e-11, 1e9  # heights between which nodes lie: G is constant below, Re G ~ c/y² above
_ENDS = 1e-13  # by how much the last two nodes may disagree about what lies beyond
SMALL = 1e-3  # masses below are asked for by digits, as their own digits count
_BLOCK = 128  # points at a time, whose heights are a few 10^4


@final
@dataclass(frozen=True)
class DistributionAbove:
    """Distribution function and quantiles; ``hull`` finds the ends of the support when needed."""

    system: System
    atoms: tuple[Atom, ...]
    hull: Callable[[], Hull | None]

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (-∞, x].

        Raises
        ------
        ConvergenceError
            If an integral does not settle.
        """
        values = np.array(x > 0, dtype=float)
        finite = np.isfinite(x)
        if (x == 0).any() and self._is_beside_zero():
            finite &= x != 0
            values[x == 0] = sum(atom.weight for atom in self.atoms if atom.location <= 0)
        points = x[finite]
        masses, _ = masses_left(physical_branch(self.system), points, self.atoms)
        small = np.flatnonzero(masses < SMALL)
        hull = self.hull() if small.size else None
        for i in small:
            place = Place.of(complex(points[i]))
            found = precise_cdf(self.system, place, None, self.atoms, FLOAT_DIGITS, hull)
            masses[i] = float(found)
        values[finite] = np.where(masses > 1 - ERROR, 1.0, masses)
        return values

    def quantile(self, p: np.ndarray, mean: float, spread: float, positive: bool) -> np.ndarray:
        """The smallest x with F(x) ≥ p; the ends of the support for p = 0 and 1.

        Raises
        ------
        InvalidParameterError
            If p is outside [0, 1].
        ConvergenceError
            If Newton's method does not settle, or no ends are found.
        """
        branch = physical_branch(self.system)
        masses = partial(masses_left, branch, atoms=self.atoms)
        return quantiles(masses, p, self.atoms, self._ends, (mean, spread, positive))

    def _is_beside_zero(self) -> bool:
        """Whether the continuous part is positive: next to 0 it may have no end of its powers."""
        hull = self.hull()
        return bool(hull) and hull[0].location[0] >= 0

    def _ends(self) -> tuple[float, float]:
        """The least and the largest point of the support."""
        hull = self.hull()
        if hull is None:
            raise ConvergenceError("the ends of the support were not found")
        places = [*(end.location[0] for end in hull), *(atom.location for atom in self.atoms)]
        return min(places), max(places)


def masses_left(
    branch: PhysicalBranch, x: np.ndarray, atoms: Sequence[Atom]
) -> tuple[np.ndarray, np.ndarray]:
    """Mass of (-∞, x], to some 1e-13, and the density without atoms.

    Raises
    ------
    ConvergenceError
        If the rules of two steps disagree, or G does not behave at the ends as it is taken to.
    """
    if x.size > _BLOCK:
        parts = [masses_left(branch, x[i : i + _BLOCK], atoms) for i in range(0, x.size, _BLOCK)]
        return np.concatenate([m for m, _ in parts]), np.concatenate([d for _, d in parts])
    continuous, density = _continuous(branch, x, atoms)
    for atom in atoms:
        continuous = continuous + atom.weight * (x >= atom.location)
    return continuous, density


def _continuous(
    branch: PhysicalBranch, x: np.ndarray, atoms: Sequence[Atom]
) -> tuple[np.ndarray, np.ndarray]:
    """Mass and density at the left of points without the atoms."""
    heights = _heights(branch, x)
    z = x[:, None] + 1j * heights
    G = branch.cauchy(z)
    for atom in atoms:
        G = G - atom.weight / (z - atom.location)
    shares = heights * G.real
    fine, coarse = _sum(shares, _STEP), _sum(shares[:, ::2], 2 * _STEP)
    # what two nodes at an end make of the rest
    grown = np.exp(_STEP)
    low = np.abs(shares[:, 1] / grown - shares[:, 0])
    high = np.abs(shares[:, -2] / grown - shares[:, -1])
    wrong = (np.abs(fine - coarse) > np.pi * _COARSE) | (np.maximum(low, high) > _ENDS)
    if not np.isfinite(fine).all() or wrong.any():
        raise ConvergenceError(
            f"the integral of G above {x[np.argmax(wrong)]:.17g} did not settle in float64"
        )
    mass = 1 - sum(atom.weight for atom in atoms)
    return mass / 2 + fine / np.pi, np.maximum(-G[:, 0].imag / np.pi, 0.0)


def _heights(branch: PhysicalBranch, x: np.ndarray) -> np.ndarray:
    """Nodes e^s: an odd number of them, so that every other one is a rule with both ends."""
    far = np.max(np.abs(x), initial=branch.radius / 64)
    near = np.min(np.abs(x[x != 0]), initial=branch.radius / 64)
    count = int(np.log(_HIGH * far / (_LOW * near)) / (2 * _STEP)) + 1
    return _LOW * near * np.exp(_STEP * np.arange(2 * count + 1))


def _sum(shares: np.ndarray, step: float) -> np.ndarray:
    """The trapezoidal rule with both geometric tails."""
    beyond = (shares[:, 0] + shares[:, -1]) / np.expm1(step)
    return step * (np.sum(shares, axis=1) + beyond)
