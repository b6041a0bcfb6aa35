"""Edges of the support against the extreme eigenvalues of the draws."""

from __future__ import annotations

import numpy as np

from freeprob.ensembles.independent_entries import IndependentEntries
from freeprob.ensembles.resolution import Resolution
from freeprob.ensembles.theory import Statistic, Theory

# a cut that is expected to hold fewer eigenvalues than this has no visible edge
_VISIBLE = 4.0
# distances in units of a cut, fine at both ends: deep products have nearly all mass at one of them
_SHARES = np.union1d(np.geomspace(1e-40, 1, 400), 1 - np.geomspace(1e-15, 0.5, 100))
# mass that theories tell from 0: distribution functions are right to a few 1e-12
_NOTHING = 1e-10
_ZERO = 1e-12  # of the width: edges nearer to 0 are named 0


def edges(spectra: np.ndarray, resolution: Resolution) -> list[Statistic]:
    """Compare both finite ends of every cut with the eigenvalue next to it.

    The median over the draws is taken, for extreme eigenvalues at hard edges have no mean.
    Eigenvalues within rounding of an edge count as lying at it.
    """
    theory = resolution.theory
    entries = IndependentEntries(theory.independent, spectra.shape[1])
    numbers = 1 + spectra.shape[1] * (entries.share(0.5) + entries.shift(0.5))
    statistics = []
    gaps = [0.5 * (b + a) for (_, b), (a, _) in zip(theory.cuts, theory.cuts[1:], strict=False)]
    walls = [-np.inf, *gaps, np.inf]
    unresolved = resolution.middles()
    for cut, left, right in zip(theory.cuts, walls, walls[1:], strict=False):
        rows = [row[(row > left) & (row < right) & ~np.isin(row, unresolved)] for row in spectra]
        lowest = float(np.median([row.min(initial=cut[1]) for row in rows]))
        highest = float(np.median([row.max(initial=cut[0]) for row in rows]))
        width = min(cut[1] - cut[0], float(np.ptp(spectra)))
        distances = width * _SHARES
        for edge, inward, extreme in ((cut[0], 1, lowest), (cut[1], -1, highest)):
            if not np.isfinite(edge):
                continue
            start = edge + inward * resolution.width
            masses = spectra.shape[1] * _mass(theory, start, inward * distances)
            if masses[-1] > _VISIBLE:
                inside = inward * (extreme - start)
                loose = float(np.hypot(resolution.width, entries.length(width)))
                bare = float(np.interp(_NOTHING * spectra.shape[1], masses, distances))
                scale, deviation = _deviation(inside, loose, distances, masses / numbers, bare)
                side = "lower" if inward > 0 else "upper"
                place = edge if abs(edge) > _ZERO * width else 0.0
                name = f"{side} edge {place:.6g}"
                statistics.append(Statistic(name, extreme, float(edge), scale, deviation))
    return statistics


def _mass(theory: Theory, start: float, steps: np.ndarray) -> np.ndarray:
    """Mass of the continuous part between a point and others further and further inside."""
    continuous = theory.continuous(start + np.array([0.0, *steps]))
    return np.maximum.accumulate(np.abs(continuous[1:] - continuous[0]))


def _deviation(
    inside: float, loose: float, distances: np.ndarray, masses: np.ndarray, bare: float
) -> tuple[float, float]:
    """Scale and deviation of an edge, given the eigenvalues expected within each distance of it.

    An eigenvalue outside the support is as wrong as its distance says. One inside is as wrong as
    the number of eigenvalues that should lie beyond it: at a hard edge distances of one
    eigenvalue differ by orders of magnitude. An edge in front of a stretch without mass, ``bare``,
    is wrong by the distance of its first eigenvalue; a stretch of little mass, in which no
    eigenvalue is expected, is the tail of a deep product. ``loose`` is the length by which edges
    move or are rounded.
    """
    first, third = np.interp([1.0, 3.0], masses, distances)
    scale = float(np.hypot(third - first, loose))
    if inside <= 0:
        return scale, abs(inside) / scale
    beyond = float(np.interp(inside, distances, masses))
    stretch = float(first) if 2 * bare > first else bare
    return scale, max(beyond, min(inside, stretch) / scale)
