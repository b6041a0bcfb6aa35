"""Eigenvalues of independent draws at one size, and at a smaller one that shows the bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freeprob.ensembles.independent_entries import IndependentEntries
from freeprob.ensembles.theory import Theory

# eigenvalues' worth of systematic error where only one size is known: real matrices have O(1/n)
_UNSEEN = 1.5
# what two sizes do not show: rounded numbers of columns, the next order in 1/n
_REST = 0.5


@dataclass(frozen=True)
class Drawn:
    """Sorted spectra, one row for each draw.

    A statistic of matrices of size n has the mean T + b/n + O(1/n²). Two sizes tell b apart from
    a wrong T: it is (T_m - T_n)/(1/m - 1/n). For words of degree 4 in real letters b is several
    times what it is for linear models, so no constant serves both.

    Parameters
    ----------
    large
        The spectra that are compared with the law.
    small
        Spectra of the same model at a smaller size, or None.
    misplaced
        Eigenvalues by which given matrices in the model are off, as :func:`eigenvalues_off` counts.
    """

    large: np.ndarray
    small: np.ndarray | None = None
    misplaced: float = 0.0

    @property
    def sizes(self) -> list[np.ndarray]:
        """The arrays that there are."""
        return [self.large] if self.small is None else [self.large, self.small]

    @property
    def strayed(self) -> float:
        """The same as a fraction of the eigenvalues."""
        return self.misplaced / self.large.shape[1]

    def entries(self, theory: Theory) -> IndependentEntries:
        """Scales of what the theory says of diagonal factors, for one of the large matrices."""
        return IndependentEntries(theory.independent, self.large.shape[1])

    def noise(self, values: list[np.ndarray], least: float) -> float:
        """Standard error of the mean over the draws of a statistic that fluctuates like 1/n.

        The spread of both sizes is pooled; ``least`` (times n) steps in where draws are too few.
        """
        draws, n = self.large.shape
        if draws > 1:
            sizes = [spectra.shape[1] for spectra in self.sizes]
            spreads = [size * value.std(ddof=1) for size, value in zip(sizes, values, strict=True)]
            least = max(least, float(np.sqrt(np.mean(np.square(spreads)))))
        return least / (n * np.sqrt(draws))

    def bias(self, unit: float, drift: float) -> float:
        """Systematic error at the large size.

        Parameters
        ----------
        unit
            What one eigenvalue out of place costs.
        drift
            How far the statistic at the small size is from that at the large size.
        """
        if self.small is None:
            return _UNSEEN * unit
        growth = self.large.shape[1] / self.small.shape[1] - 1
        return float(np.hypot(self.rest(unit), drift / growth))

    def rest(self, unit: float) -> float:
        """The part of it that is left where the terms of order 1/n are known."""
        return _REST * unit
