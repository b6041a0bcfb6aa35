"""Places at which eigenvalues cannot be told apart, and what a law has there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from freeprob.ensembles.theory import Theory

# eigenvalues of a matrix of norm 1 are right to about 1e-13, those of its Gram matrix to 1e-8
_RELATIVE = 1e-8
# rounding of the largest eigenvalue, felt by all others
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Resolution:
    """Windows around the atoms and the ends of the cuts, as wide as rounding may move eigenvalues.

    Inside a window only the number of eigenvalues means anything: at a hard edge of density
    x^(-10/11) a tenth of them lie below rounding.

    Parameters
    ----------
    theory
        What the law predicts.
    width
        Half the width of a window.
    """

    theory: Theory
    width: float

    @classmethod
    def of(cls, theory: Theory, spectra: np.ndarray) -> Resolution:
        """The windows for eigenvalues as they came."""
        width = _RELATIVE * spread(spectra) + _ROUNDING * float(np.abs(spectra).max())
        return cls(theory, width)

    @cached_property
    def windows(self) -> tuple[tuple[float, float], ...]:
        """Disjoint closed intervals, ascending; places closer than rounding share one."""
        places = [place for place, _ in self.theory.atoms]
        places += [end for cut in self.theory.cuts for end in cut if np.isfinite(end)]
        merged: list[tuple[float, float]] = []
        for place in sorted(places):
            low, high = place - self.width, place + self.width
            if merged and low <= merged[-1][1]:
                low = merged.pop()[0]
            merged.append((low, high))
        return tuple(merged)

    def snapped(self, spectra: np.ndarray) -> np.ndarray:
        """The eigenvalues, those in a window moved to its middle."""
        for low, high in self.windows:
            inside = (spectra >= low) & (spectra <= high)
            spectra = np.where(inside, _middle(low, high), spectra)
        return spectra

    def sides(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The law's distribution function before and after snapped points."""
        left, right = np.array(x, dtype=float), np.array(x, dtype=float)
        for low, high in self.windows:
            here = x == _middle(low, high)
            left[here], right[here] = low, high
        return np.asarray(self.theory.cdf(left)), np.asarray(self.theory.cdf(right))

    def middles(self) -> np.ndarray:
        """Where snapped eigenvalues lie."""
        return np.array([_middle(*window) for window in self.windows])

    def with_atoms(self) -> list[tuple[float, float, float]]:
        """Windows that hold atoms: an atom, the mass of all of them, the middle."""
        found = []
        for low, high in self.windows:
            atoms = [(place, mass) for place, mass in self.theory.atoms if low <= place <= high]
            if atoms:
                total = float(sum(mass for _, mass in atoms))
                found.append((atoms[0][0], total, _middle(low, high)))
        return found


def _middle(low: float, high: float) -> float:
    return 0.5 * (low + high)


def spread(spectra: np.ndarray) -> float:
    """Width of the bulk of the eigenvalues; for a single point, its distance from 0 or 1."""
    low, high = np.quantile(spectra, [0.05, 0.95])
    return float(high - low) or abs(float(high)) or 1.0
