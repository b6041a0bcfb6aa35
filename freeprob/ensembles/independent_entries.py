"""Fluctuations of matrices that contain diagonal ones of independent random entries.

Spectra of rotationally invariant matrices are rigid, numbers of n eigenvalues fluctuate by a few.
A diagonal matrix of n independent entries has numbers of eigenvalues that fluctuate like √n, and a
product of such with others inherits that: so do Jacobians of networks, whose slopes are entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np


@final
@dataclass(frozen=True)
class IndependentEntries:
    """Scales of one matrix of size n with so many such diagonal factors; 0 without any.

    Parameters
    ----------
    factors
        How many there are.
    n
        The size.
    """

    factors: int
    n: int

    @property
    def biased(self) -> int:
        """How many times larger than for rigid spectra what is of order 1/n may be."""
        return max(1, self.factors)

    def linear(self, deviation: float) -> float:
        """Of a mean over the eigenvalues, whose values have that standard deviation.

        As for independent eigenvalues: the mean of a product of L projections and rotations has the
        variance L/n, its eigenvalues have the variance L.
        """
        return deviation / float(np.sqrt(self.n)) if self.factors else 0.0

    def share(self, mass: float) -> float:
        """Of the fraction of eigenvalues at a place."""
        return self.linear(float(np.sqrt(mass * (1 - mass))))

    def shift(self, mass: float) -> float:
        """By how much more of them lie there on average: the kernel is that of the worst factor.

        The maximum of L normal variables has a mean below √(2 log L).
        """
        return self.share(mass) * float(np.sqrt(2 * np.log(self.biased)))

    def length(self, width: float) -> float:
        """Of an edge of a spectrum of that width: each factor's size fluctuates like 1/√n."""
        return width * float(np.sqrt(self.factors / self.n))
