"""The third reading of a law: matrices that have it as limit law, and the comparison with them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, final

import numpy as np
import sympy as sp

from freeprob.ensembles import Comparison, Scales, Theory, simulated
from freeprob.errors import NoClosedFormError, UndefinedOperationError
from freeprob.laws.functionals.fluctuations import resolvent_scales
from freeprob.numeric.precision import FLOAT_DIGITS
from freeprob.routes import REFUSALS

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
    from freeprob.laws.numbers.probabilities import masses
    from freeprob.laws.numbers.spectrum_for_numbers import atoms_of

    try:
        moments = tuple(float(moment) for moment in law.moments(_MOMENTS))
    except (UndefinedOperationError, NoClosedFormError):
        moments = ()
    return Theory(
        cdf=partial(masses, law),
        cauchy=law.cauchy,
        moments=moments,
        atoms=tuple((atom.location, atom.weight) for atom in atoms_of(law)),
        cuts=_cuts(law),
        outliers=law._outlying(),
    )


def scales(law: Law, orders: int, beta: int) -> Scales | None:
    """How sums over the eigenvalues of the law's own matrices fluctuate, where that is known.

    Parameters
    ----------
    law
        A law without free parameters.
    orders
        How many moments are compared.
    beta
        1 for real, 2 for complex matrices.

    Examples
    --------
    >>> from freeprob import Semicircle
    >>> scales(Semicircle(1), 2, 1).moments
    ((0.0, 1.4142135623730951), (1.0, 2.0))
    """
    resolvents = resolvent_scales(law, beta)
    if resolvents is None:
        return None
    x = sp.Dummy("x")
    try:
        found = [law.fluctuation(x**k, x, beta=beta) for k in range(1, orders + 1)]
    except REFUSALS:
        return None
    pairs = ((float(each.mean_shift), float(each.covariance) ** 0.5) for each in found)
    return Scales(tuple(pairs), resolvents)


def _cuts(law: Law) -> tuple[tuple[float, float], ...]:
    """The cuts of the support; without it nothing is known of edges, and none are compared.

    Places where floats lose sight of a density are no edges: a Gaussian tail has none.
    """
    try:
        return tuple((float(low), float(high)) for low, high in law.support(dps=FLOAT_DIGITS))
    except REFUSALS:
        return ((-np.inf, np.inf),)


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
    model, known = law.matrix_model(), theory(law)
    known = replace(known, scales=scales(law, len(known.moments), beta))
    return simulated(model, known, n, draws, rng, beta=beta, executor=executor, progress=progress)
