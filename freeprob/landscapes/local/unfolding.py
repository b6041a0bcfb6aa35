"""Unfolding: spacings in units of the local mean, after the cuts that real spectra need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.local.arguments import spectra
from freeprob.laws.arguments import the_law
from freeprob.parameters import count, finite

if TYPE_CHECKING:
    from freeprob.laws.base import Law

# fewer other spectra than this give a staircase too coarse to unfold with
_FEWEST_OTHERS = 4
# a knot at every so many roots of the pool's size: k levels count with a relative error of at most
# 1/√k, which changes the law of the spacings by 1/k, far below what the pool can tell
_SMOOTHED = 2
# standard deviations of a count of independent levels, which fluctuates most, from another law
_FAR = 4


def trimmed(
    eigenvalues: Any, zero: float = 0.0, trim: float = 0.1, outliers: int = 0
) -> list[np.ndarray]:
    """Sorted spectra without zero modes, outliers and edges.

    Parameters
    ----------
    eigenvalues
        A draws x n array, one spectrum, or a list of spectra.
    zero
        Eigenvalues with |λ| ≤ ``zero`` max|λ| are dropped: the Hessian of a network has many that
        are 0 up to rounding.
    trim
        Fraction of the rest that is dropped at each end, where statistics are those of edges.
    outliers
        How many of the largest |λ| are dropped first.

    Raises
    ------
    InvalidParameterError
        If cuts are out of range, nothing is left, or equal eigenvalues are.
    """
    zero, trim = finite(zero, "zero"), finite(trim, "trim")
    if not 0 <= zero < 1 or not 0 <= trim < 0.5:
        raise InvalidParameterError(
            f"cuts are 0 <= zero < 1 and 0 <= trim < 1/2; got {zero} and {trim}"
        )
    largest = count(outliers, "outliers")
    return [_trimmed(row, zero, trim, largest) for row in spectra(eigenvalues)]


def _trimmed(row: np.ndarray, zero: float, trim: float, outliers: int) -> np.ndarray:
    kept = row[np.sort(np.argsort(np.abs(row))[: len(row) - outliers])]
    kept = kept[np.abs(kept) > zero * np.abs(kept).max(initial=0.0)] if zero else kept
    cut = int(trim * len(kept))
    kept = kept[cut : len(kept) - cut]
    if len(kept) < 3:
        raise InvalidParameterError(
            f"{len(kept)} of {len(row)} eigenvalues are left after the cuts: at least three are "
            "needed, so cut less"
        )
    # rounding of an eigenvalue solver: spacings below it are no spacings
    if np.diff(kept).min() <= 4 * np.finfo(float).eps * np.abs(kept).max():
        raise InvalidParameterError(
            "the spectrum is degenerate: equal eigenvalues have no spacing statistics. Zero modes "
            "are cut by zero=1e-10, other multiplicities come from symmetries: separate these first"
        )
    return kept


def unfold(
    eigenvalues: Any,
    law: Law | None = None,
    *,
    zero: float = 0.0,
    trim: float = 0.1,
    outliers: int = 0,
) -> np.ndarray:
    """Spacings s = N(λ_{k+1}) - N(λ_k) in units of their mean, of all draws together.

    N is the smooth counting function: n times the distribution function of ``law``, or the mean
    count of the other draws. One spectrum without a law cannot be unfolded: a smoothed count of
    itself follows its own fluctuations (its ratios need no unfolding, see
    :func:`test_universality`).

    Parameters
    ----------
    eigenvalues
        A draws x n array, one spectrum (then with ``law``), or a list of spectra.
    law
        The limit law of the whole spectrum, without free symbols.
    zero, trim, outliers
        Cuts for zero modes (relative to the largest), at each edge (a fraction), for the largest
        eigenvalues (a number).

    Returns
    -------
    numpy.ndarray
        Spacings of mean about 1.

    Raises
    ------
    InvalidParameterError
        For degenerate spectra, cuts that leave nothing, too few draws, or the law of another
        spectrum.

    Notes
    -----
    Source: Baskerville, Granziol, Keating 2022, for pooling.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import Semicircle
    >>> spacings = unfold(Semicircle(1).sample(300, rng=0), Semicircle(1))
    >>> print(f"{spacings.mean():.2f}")
    1.00
    """
    rows = trimmed(eigenvalues, zero, trim, outliers)
    if law is not None:
        the_law(law, "unfold")
        sizes = [len(row) for row in spectra(eigenvalues)]
        counted = [n * np.asarray(law.cdf(row)) for n, row in zip(sizes, rows, strict=True)]
        for levels in counted:
            _require_its_law(levels, law)
        return np.concatenate([np.diff(levels) for levels in counted])
    if len(rows) <= _FEWEST_OTHERS:
        raise InvalidParameterError(
            f"{len(rows)} draws are too few to unfold without a law: give at least "
            f"{_FEWEST_OTHERS + 1}, or law=; ratios of spacings need no unfolding"
        )
    # the count of the others is that of their whole spectra: trimmed ones thin out at their ends
    pools = trimmed(eigenvalues, zero, 0.0, outliers)
    return np.concatenate([np.diff(_pooled(row, k, pools)) for k, row in enumerate(rows)])


def _require_its_law(levels: np.ndarray, law: Law) -> None:
    """Between the first and the last level a law of the spectrum counts the levels there are."""
    expected, counted = len(levels) - 1, float(levels[-1] - levels[0])
    if abs(counted - expected) > _FAR * np.sqrt(expected) + 1:
        raise InvalidParameterError(
            f"{law} is not the law of these eigenvalues: it has {counted:.3g} of them where there "
            f"are {expected}. Give the law of the whole spectrum in the same scale, zero modes and "
            "edges included, or several draws and no law"
        )


def _pooled(row: np.ndarray, position: int, pools: Sequence[np.ndarray]) -> np.ndarray:
    """The mean count of the other spectra, smooth between every so many of their levels.

    Between neighbouring levels it would have their own fluctuations, which few spectra do not
    average away.
    """
    pool = np.sort(np.concatenate([other for k, other in enumerate(pools) if k != position]))
    counts = (np.arange(len(pool)) + 0.5) / (len(pools) - 1)
    inside = row[(row > pool[0]) & (row < pool[-1])]
    every = round(_SMOOTHED * np.sqrt(len(pool)))
    knots = np.append(np.arange(0, len(pool) - 1, every), len(pool) - 1)
    places, chosen = np.unique(pool[knots], return_index=True)
    return PchipInterpolator(places, counts[knots][chosen])(inside)
