"""The third reading of a law: matrices that have it as limit law, and the comparison with them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from freeprob.ensembles import Comparison, Theory, simulated
from freeprob.errors import NoClosedFormError, UndefinedOperationError

if TYPE_CHECKING:
    from freeprob.laws.base import Law

# higher moments are carried by the last few eigenvalues, which the edges test more sharply
_MOMENTS = 4


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


def theory(law: Law) -> Theory:
    """What a law predicts for the spectrum of its matrices.

    Parameters
    ----------
    law
        A law without free parameters.

    Examples
    --------
    >>> from freeprob import Semicircle
    >>> theory(Semicircle(1)).moments
    (0.0, 1.0, 0.0, 2.0)
    """
    from freeprob.laws.numbers.spectrum_for_numbers import atoms_of

    try:
        moments = tuple(float(moment) for moment in law.moments(_MOMENTS))
    except (UndefinedOperationError, NoClosedFormError):
        moments = ()
    return Theory(
        cdf=law.cdf,
        cauchy=law.cauchy,
        moments=moments,
        atoms=tuple((atom.location, atom.weight) for atom in atoms_of(law)),
        cuts=_cuts(law),
    )


def _cuts(law: Law) -> tuple[tuple[float, float], ...]:
    """The cuts, those that touch in a cusp as one."""
    from freeprob.laws.numbers.spectrum_for_numbers import cuts_of

    merged: list[tuple[float, float]] = []
    for cut in cuts_of(law):
        low, high = cut.left.location[0], cut.right.location[0]
        if merged and merged[-1][1] == low:
            low = merged.pop()[0]
        merged.append((low, high))
    return tuple(merged)


def check(
    law: Law,
    n: int,
    draws: int,
    rng: int | np.random.Generator | None,
    *,
    beta: int,
    executor: Executor | None,
    progress: bool,
) -> Comparison:
    """Draw the law's matrices and compare them with what the law predicts."""
    model = law.matrix_model()
    return simulated(
        model, theory(law), n, draws, rng, beta=beta, executor=executor, progress=progress
    )
