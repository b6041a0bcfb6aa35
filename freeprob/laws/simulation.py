"""The third reading of a law: matrices that have it as limit law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from freeprob.laws.base import Law


@final
@dataclass(frozen=True)
class LawQuantile:
    """The quantile function of a law, as a value that pickles with it.

    Parameters
    ----------
    law
        A law without free parameters.
    """

    law: Law

    def __call__(self, probability: np.ndarray) -> np.ndarray:
        """Locations at the given probabilities."""
        return self.law.quantile(probability)
