"""Eigenvalues outside the support: predicted outliers against the drawn ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from freeprob.ensembles.theory import Outlying, Statistic

# eigenvalues' worth of systematic error where only one size is known, as for linear statistics
_UNSEEN = 1.5
_ROUNDING = 1e-10  # relative, of eigenvalues that do not fluctuate and of the place foretold


def parted(spectra: np.ndarray, places: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The spectra without the eigenvalues nearest to some places, and those eigenvalues."""
    found = []
    for place in places:
        nearest = np.argmin(np.abs(spectra - place), axis=1)
        chosen = np.arange(spectra.shape[1]) == nearest[:, None]
        found.append(spectra[chosen])
        spectra = spectra[~chosen].reshape(len(spectra), -1)
    return spectra, np.array(found).reshape(len(places), len(spectra)).T


def outliers(
    large: np.ndarray, small: np.ndarray | None, sizes: tuple[int, int], theory: Sequence[Outlying]
) -> list[Statistic]:
    """Compare predicted outliers with drawn ones, which fluctuate like 1/√n.

    Parameters
    ----------
    large, small
        Drawn outliers, one column for each, at two sizes or one.
    sizes
        The numbers of rows.
    theory
        The predictions.
    """
    statistics = []
    for k, own in enumerate(theory):
        values = [drawn[:, k] for drawn in (large, small) if drawn is not None]
        mean, draws, n = values[0].mean(), len(large), sizes[0]
        deviation = own.deviation
        if deviation is None:
            scaled = [
                size * value.var(ddof=1) if draws > 1 else own.location**2
                for size, value in zip(sizes, values, strict=False)
            ]
            deviation = float(np.sqrt(np.mean(scaled)))
        bias = _UNSEEN * abs(own.location) / n
        if small is not None:
            bias = float(abs(values[1].mean() - mean)) / (n / sizes[1] - 1)
        scale = float(np.hypot(deviation / np.sqrt(n * draws), bias))
        scale += _ROUNDING * max(1e-300, abs(own.location))
        name = f"outlier {own.location:.6g}"
        distance = float(abs(mean - own.location))
        statistics.append(Statistic(name, float(mean), own.location, scale, distance / scale))
    return statistics
