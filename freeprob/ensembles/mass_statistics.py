"""Numbers of eigenvalues: the distribution function and the masses of atoms."""

from __future__ import annotations

import numpy as np

from freeprob.ensembles.drawn import Drawn
from freeprob.ensembles.resolution import Resolution
from freeprob.ensembles.theory import Statistic

_ALONE = 0.1  # eigenvalues that a continuous part may hold beside an atom which is named alone


def kolmogorov(drawn: Drawn, resolution: Resolution) -> Statistic:
    """Largest difference of the mean empirical and the theoretical distribution function."""
    spectra = drawn.large
    draws, n = spectra.shape
    points = np.union1d(spectra.ravel(), resolution.middles())
    before, after = _counts(spectra, points)
    expected_before, expected_after = resolution.sides(points)
    differences = np.abs([after - expected_after, before - expected_before])
    singles = [
        np.abs(np.searchsorted(row, points, side="right") / n - after).max() for row in spectra
    ]
    rigid = (1 + np.log(n) / np.pi) / n
    # √n times the distance of n independent points has a mean below 1
    entries = drawn.entries(resolution.theory)
    loose = 2 * entries.share(0.5)
    shift = max((entries.shift(mass) for _, mass in resolution.theory.atoms), default=0.0)
    drift = 0.0 if drawn.small is None else np.abs(_counts(drawn.small, points)[1] - after).max()
    noise = np.hypot(max(np.mean(singles), loose) / np.sqrt(draws), rigid)
    scale = float(np.hypot(noise, drawn.bias(1 / n, float(drift)))) + shift
    scale += drawn.strayed
    distance = float(differences.max())
    return Statistic("Kolmogorov distance", distance, 0.0, scale, distance / scale)


def _counts(spectra: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fractions of eigenvalues below the points, and not above them."""
    ordered = np.sort(spectra, axis=None)
    sides = (np.searchsorted(ordered, points, side=side) for side in ("left", "right"))
    before, after = (count / ordered.size for count in sides)
    return before, after


def atoms(drawn: Drawn, resolution: Resolution) -> list[Statistic]:
    """Fractions of eigenvalues at the atoms."""
    n, entries = drawn.large.shape[1], drawn.entries(resolution.theory)
    statistics = []
    for place, mass, middle in resolution.with_atoms():
        fractions = [np.mean(spectra == middle, axis=1) for spectra in drawn.sizes]
        value = float(fractions[0].mean())
        drift = abs(float(fractions[-1].mean()) - value)
        noise = drawn.noise(fractions, max(1.0, n * entries.share(mass)))
        scale = float(np.hypot(noise, drawn.bias(1 / n, drift))) + entries.shift(mass)
        scale += drawn.strayed
        ((before,), (after,)) = resolution.sides(np.array([middle]))
        around = max(mass, float(after - before))
        # the continuous part within rounding of the atom cannot be told from it
        name = f"atom at {place:.6g}"
        if around > mass + _ALONE / n:
            name = f"mass at {place:.6g} ± {resolution.width:.0e}"
        deviation = abs(value - around) / scale
        statistics.append(Statistic(name, value, around, scale, deviation))
    return statistics
