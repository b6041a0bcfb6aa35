"""Distribution functions at thousands of points where each G is an integral: a table of masses.

The density is integrated on panels in log|x|, in which powers at 0 are smooth, and in the root of
the distance next to ends of cuts; panels are halved until their Chebyshev coefficients end. The
constant comes from integrals of G above ends of panels, which need neither edges nor panels; that
one constant serves all of them controls that no mass was missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, final

import numpy as np
from numpy.polynomial import chebyshev

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.distributions.evaluate import density
from freeprob.numeric.distributions.integrals_above import masses_left
from freeprob.routes import remembered

_NODES = 16
_WIDTH = 3.0  # of a first panel, in logarithms
_ERROR = 2e-14  # of a mass, in a panel
_LAST = 3  # coefficients by which a panel is judged: of even and odd ones some vanish
_HALVINGS = 30
_CONTROLS = 8
_SHARES = (0.05, 0.999)  # of the mass of a side, between which it is controlled: not next to ends
_AGREEMENT = 2e-12  # of both integrals for masses: a hundred panels, what one above a point errs

Cuts = tuple[tuple[float, float], ...]


class _Panels(NamedTuple):
    """Ends, and on each the coefficients of the mass from its left."""

    breaks: np.ndarray
    rows: np.ndarray

    @property
    def masses(self) -> np.ndarray:
        """Mass up to each end."""
        return np.concatenate([[0.0], np.cumsum(self.rows.sum(axis=1))])


@final
@dataclass(frozen=True)
class TableOfMasses:
    """The continuous part on one side of 0.

    Parameters
    ----------
    system, atoms, cuts
        The law.
    side
        1 or -1, the sign of the points.
    low, high
        The range of log|x|.
    """

    system: System
    atoms: tuple[Atom, ...]
    cuts: Cuts
    side: int
    low: float
    high: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Masses left of points of the side and the range, without atoms."""
        v, (breaks, rows) = np.log(np.abs(x)), self._panels
        panel = np.clip(np.searchsorted(breaks, v, side="right") - 1, 0, len(breaks) - 2)
        s = self._variable(v, breaks[panel], breaks[panel + 1])
        inside = chebyshev.chebval(s, rows[panel].T, tensor=False)
        return self._constant + self.side * (self._panels.masses[panel] + inside)

    @cached_property
    def _ends(self) -> np.ndarray:
        """Ends of cuts on this side, as logarithms."""
        ends = np.ravel(self.cuts) * self.side
        return np.sort(np.log(ends[(ends > 0) & np.isfinite(ends)]))

    @cached_property
    def _panels(self) -> _Panels:
        ends = self._ends[(self._ends > self.low) & (self._ends < self.high)]
        grid = np.linspace(self.low, self.high, max(2, int((self.high - self.low) / _WIDTH) + 2))
        breaks = np.union1d(grid, [*ends, *(ends[1:] + ends[:-1]) / 2])
        rows, errors = self._integrated(breaks[:-1], breaks[1:])
        for _ in range(_HALVINGS):
            split = np.flatnonzero(errors > _ERROR)
            if not split.size:
                return _Panels(breaks, rows)
            a, b = breaks[split], breaks[split + 1]
            middle = (a + b) / 2
            halves = np.stack([a, middle], 1).ravel(), np.stack([middle, b], 1).ravel()
            new = self._integrated(*halves)
            breaks = np.insert(breaks, split + 1, middle)
            rows, errors = (
                _replaced(old, split, own) for old, own in zip((rows, errors), new, strict=True)
            )
        place = self.side * np.exp(breaks[int(np.argmax(errors))])
        raise ConvergenceError(f"masses next to {place:.17g} were not resolved by panels")

    def _integrated(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Antiderivatives of the density, 0 at the left, and the size of their last terms."""
        nodes = chebyshev.chebpts1(_NODES)
        v, speed = self._places(nodes, a[:, None], b[:, None])
        x = self.side * np.exp(v)
        values = np.zeros(x.shape)
        inside = np.any([(x > low) & (x < high) for low, high in self.cuts], axis=0)
        values[inside] = density(self.system, x[inside])
        values *= np.exp(v) * speed
        rows = np.linalg.solve(chebyshev.chebvander(nodes, _NODES - 1), values.T).T
        errors = np.abs(rows[:, -_LAST:]).max(axis=1)
        return np.array([chebyshev.chebint(row, lbnd=-1) for row in rows]), errors

    def _bend(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether panels begin and end at an end of a cut."""
        left = np.isin(a, self._ends)
        return left, np.isin(b, self._ends) & ~left

    def _places(self, s: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points of panels at s in [-1, 1], and dv/ds."""
        (left, right), width = self._bend(a, b), b - a
        up, down = (1 + s) / 2, (1 - s) / 2
        v = np.where(left, a + width * up**2, np.where(right, b - width * down**2, a + width * up))
        return v, width * np.where(left, up, np.where(right, down, 0.5))

    def _variable(self, v: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The inverse."""
        left, right = self._bend(a, b)
        up = np.clip((v - a) / (b - a), 0.0, 1.0)
        down = 1 - up
        bent = np.where(left, np.sqrt(up), 1 - np.sqrt(down))
        return 2 * np.where(left | right, bent, up) - 1

    @cached_property
    def _constant(self) -> float:
        """Mass on the left of the first end of all panels."""
        breaks, masses = self._panels.breaks, self._panels.masses
        if masses[-1] == 0.0:
            # beside all cuts, or in a gap of them
            places = np.array([len(breaks) // 2])
        else:
            low, high = np.searchsorted(masses, np.multiply(_SHARES, masses[-1]))
            last = max(low, high - 1)  # that with more is an end of a cut, or next to one
            places = np.unique(np.linspace(low, last, _CONTROLS).astype(int))
        x = self.side * np.exp(breaks[places])
        known, _ = masses_left(physical_branch(self.system), x, self.atoms)
        known -= sum(atom.weight * (x >= atom.location) for atom in self.atoms)
        constants = known - self.side * masses[places]
        if not np.ptp(constants) <= _AGREEMENT:
            raise ConvergenceError(
                f"masses from the density and from G above points differ by {np.ptp(constants):.1e}"
            )
        return float(np.median(constants))


def _replaced(old: np.ndarray, split: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Rows of halved panels in place of those of the whole ones."""
    at = np.repeat(split - np.arange(len(split)), 2)
    return np.insert(np.delete(old, split, axis=0), at, own, axis=0)


@remembered(maxsize=64)
def _table(
    system: System, atoms: tuple[Atom, ...], cuts: Cuts, side: int, low: float, high: float
) -> TableOfMasses:
    """The table of a range."""
    return TableOfMasses(system, atoms, cuts, side, low, high)


def cdf_by_table(
    system: System,
    x: np.ndarray,
    atoms: tuple[Atom, ...],
    cuts: Cuts,
    singly: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Mass of (-∞, x] at many points, right to 1e-12 whatever its size.

    A point 0 within the support is asked for singly.

    Raises
    ------
    ConvergenceError
        If panels and integrals above points disagree, or either does not settle.
    """
    low, high = min(cut[0] for cut in cuts), max(cut[1] for cut in cuts)
    values = np.where(x >= high, 1 - sum(atom.weight for atom in atoms), 0.0)
    between = (x > low) & (x < high)
    for side in (1, -1):
        here = between & (np.sign(x) == side)
        if here.any():
            # powers of 2, so that points of like range share a table
            ends = np.log(2.0) * np.floor(np.log2(np.abs(x[here]))[[*_ends_of(x[here])]])
            table = _table(system, atoms, cuts, side, float(ends[0]), float(ends[1] + np.log(2.0)))
            values[here] = table(x[here])
    values = values + sum(atom.weight * (x >= atom.location) for atom in atoms)
    if (between & (x == 0)).any():
        values[x == 0] = singly(np.zeros(1))[0]
    return np.clip(values, 0.0, 1.0)


def _ends_of(x: np.ndarray) -> tuple[int, int]:
    """Where the numbers of least and of largest size are."""
    return int(np.argmin(np.abs(x))), int(np.argmax(np.abs(x)))
