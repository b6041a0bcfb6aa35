"""Distribution function, quantiles and moments in float64, from the piecewise density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.systems.system import System
from freeprob.numeric.distributions.cuts import Atom, Cut
from freeprob.numeric.distributions.piecewise_density import Piecewise, piecewise_density
from freeprob.routes import remembered

# a missing cut or atom of less mass than this would be overlooked; the masses of pieces are right
# to about 1e-13 each, and there may be thousands of pieces
MASS_TOLERANCE = 1e-9
_SAME = 1e-14  # masses nearer than this are rounding of one number


def distribution(system: System, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...]) -> Distribution:
    """The distribution of a law whose cuts and atoms are known.

    Raises
    ------
    ConvergenceError
        If the cuts and atoms do not carry mass 1 together.
    """
    found = carried(system, cuts, atoms)
    total = found.total
    if abs(total - 1) > MASS_TOLERANCE:
        raise ConvergenceError(
            f"the cuts and atoms carry mass {total:.12g} instead of 1: a cut or an atom is missing "
            "or its exponent is wrong"
        )
    return found


@remembered(maxsize=64)
def carried(system: System, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...]) -> Distribution:
    """The same, whatever mass they carry."""
    jumps = tuple(sorted((atom.location, atom.weight) for atom in atoms))
    return Distribution(piecewise_density(system, cuts), jumps)


@final
@dataclass(frozen=True)
class Distribution:
    """Halves of cuts with their densities, and (location, mass) of the atoms."""

    pieces: tuple[Piecewise, ...]
    atoms: tuple[tuple[float, float], ...]

    @cached_property
    def events(self) -> list[tuple[float, float, Piecewise | None]]:
        """From left to right: where mass begins, the total mass after it, and what carries it."""
        # an atom at the left end of a piece comes before it
        parts: list[tuple[float, float, Piecewise | None]] = [
            (location, mass, None) for location, mass in self.atoms
        ]
        parts += [(piece.bounds[0], piece.masses[-1], piece) for piece in self.pieces]
        parts.sort(key=lambda part: part[0])
        totals = np.cumsum([mass for _, mass, _ in parts])
        return [(p[0], float(total), p[2]) for p, total in zip(parts, totals, strict=True)]

    @property
    def total(self) -> float:
        """All that cuts and atoms carry."""
        return self.events[-1][1] if self.events else 0.0

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (-∞, x], relatively accurate in the left tail."""
        out = self._mass(x, 1)
        return np.where((out > 1 - _SAME) | (x >= self.ends[1]), 1.0, out)

    def sf(self, x: np.ndarray) -> np.ndarray:
        """Mass of (x, ∞), relatively accurate in the right tail."""
        out = self._mass(x, -1)
        return np.where((out > 1 - _SAME) | (x < self.ends[0]), 1.0, out)

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The least and the largest point of the support."""
        places = [location for location, _ in self.atoms]
        places += [end for piece in self.pieces for end in piece.bounds[[0, -1]]]
        return min(places), max(places)

    def _mass(self, x: np.ndarray, side: int) -> np.ndarray:
        """Mass up to x from the left (side 1, x included) or from the right (-1, x left out)."""
        out = np.zeros(x.shape)
        for location, mass in self.atoms:
            out += mass * (x >= location if side > 0 else x < location)
        for piece in self.pieces:
            low, high = piece.bounds[0], piece.bounds[-1]
            total = piece.masses[-1]
            inside = (x > low) & (x < high)
            out[x >= high if side > 0 else x <= low] += total
            if not inside.any():
                continue
            mass = piece.mass_to(piece.half.variable(x[inside]))
            out[inside] += mass if piece.half.side == side else total - mass
        return out

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """The smallest x with F(x) ≥ p; the ends of the support for p = 0 and 1.

        Raises
        ------
        InvalidParameterError
            If p is outside [0, 1].
        """
        _require_probabilities(p)
        totals = np.array([total for _, total, _ in self.events])
        which = np.clip(np.searchsorted(totals + _SAME, p), 0, len(totals) - 1)
        out = np.empty(p.shape)
        for i in np.unique(which):
            here = which == i
            place, total, piece = self.events[i]
            before = totals[i - 1] if i else 0.0
            if piece is None:
                out[here] = place
            else:
                out[here] = _inverted(piece, p[here] - before, total - p[here], 1)
        return out

    def isf(self, q: np.ndarray) -> np.ndarray:
        """The smallest x with 1 - F(x) ≤ q, relatively accurate in the right tail.

        Raises
        ------
        InvalidParameterError
            If q is outside [0, 1].
        """
        _require_probabilities(q)
        masses = np.diff([total for _, total, _ in self.events], prepend=0.0)
        after = np.concatenate([np.cumsum(masses[::-1])[-2::-1], [0.0]])
        # from right to left what is left over grows
        which = len(after) - np.searchsorted(after[::-1], q + _SAME * (q > _SAME), side="right")
        which = np.clip(which, 0, len(after) - 1)
        out = np.empty(q.shape)
        for i in np.unique(which):
            here = which == i
            place, _, piece = self.events[i]
            if piece is None:
                out[here] = place
            else:
                out[here] = _inverted(piece, after[i] + masses[i] - q[here], q[here] - after[i], -1)
        return out

    def cut_masses(self) -> Sequence[float]:
        """Mass of each cut, in order."""
        masses = [piece.masses[-1] for piece in self.pieces]
        return [float(a + b) for a, b in zip(masses[::2], masses[1::2], strict=True)]


def _require_probabilities(p: np.ndarray) -> None:
    """Refuse numbers outside [0, 1]."""
    if not np.all((p >= 0) & (p <= 1)):
        raise InvalidParameterError("probabilities must lie in [0, 1]")


def _inverted(piece: Piecewise, left: np.ndarray, right: np.ndarray, side: int) -> np.ndarray:
    """Places of a half with given masses of it on the left and on the right.

    That on the ``side`` from which mass is counted has no rounding of the total in it.
    """
    inner, outer = (left, right) if piece.half.side > 0 else (right, left)
    whole = piece.masses[-1]
    t = piece.place_of(np.clip(inner, 0.0, whole))
    # no mass is left between the place and the end, up to rounding of the totals
    closed = inner <= (0.0 if piece.half.side == side else _SAME * whole)
    end = piece.bounds[0 if piece.half.side > 0 else -1]
    return np.where(closed & (outer > 0), end, piece.half.point(t))
