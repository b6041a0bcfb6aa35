"""Edges of the support against the extreme eigenvalues of the draws."""

from __future__ import annotations

import numpy as np

from freeprob.ensembles.theory import Statistic, Theory

# a cut that is expected to hold fewer eigenvalues than this has no visible edge
_VISIBLE = 4.0


def edges(spectra: np.ndarray, theory: Theory) -> list[Statistic]:
    """Compare both finite ends of every cut with the eigenvalue next to it.

    The median over the draws is taken, for extreme eigenvalues at hard edges have no mean.
    """
    statistics = []
    gaps = [0.5 * (b + a) for (_, b), (a, _) in zip(theory.cuts, theory.cuts[1:], strict=False)]
    walls = [-np.inf, *gaps, np.inf]
    atoms = [location for location, _ in theory.atoms]
    for cut, left, right in zip(theory.cuts, walls, walls[1:], strict=False):
        rows = [row[(row > left) & (row < right) & ~np.isin(row, atoms)] for row in spectra]
        lowest = float(np.median([row.min(initial=cut[1]) for row in rows]))
        highest = float(np.median([row.max(initial=cut[0]) for row in rows]))
        width = min(cut[1] - cut[0], float(np.ptp(spectra)))
        distances = width * np.geomspace(1e-40, 1, 400)
        for edge, inward, extreme in ((cut[0], 1, lowest), (cut[1], -1, highest)):
            if not np.isfinite(edge):
                continue
            masses = spectra.shape[1] * _mass(theory, edge, inward * distances)
            if masses[-1] > _VISIBLE:
                statistics.append(_statistic(edge, inward, extreme, distances, masses))
    return statistics


def _mass(theory: Theory, edge: float, steps: np.ndarray) -> np.ndarray:
    """Mass of the continuous part between the edge and points further and further inside."""
    continuous = theory.continuous(edge + np.array([0.0, *steps]))
    return np.maximum.accumulate(np.abs(continuous[1:] - continuous[0]))


def _statistic(
    edge: float, inward: int, extreme: float, distances: np.ndarray, masses: np.ndarray
) -> Statistic:
    """One edge, given how many eigenvalues are expected within each distance of it."""
    first, third = np.interp([1.0, 3.0], masses, distances)
    scale = float(third - first)
    inside = inward * (extreme - edge)
    beyond = float(np.interp(inside, distances, masses)) if inside > 0 else 0.0
    deviation = max(float(abs(inside)) / scale, beyond)
    side = "lower" if inward > 0 else "upper"
    shown = edge if abs(edge) > 1e-12 * distances[-1] else 0.0
    return Statistic(f"{side} edge {shown:.6g}", extreme, float(edge), scale, deviation)
