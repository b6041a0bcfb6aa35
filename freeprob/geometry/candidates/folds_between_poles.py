"""Edges of laws with z(ω) = Aω + B + Σ wᵢ/(ω - aᵢ): zeros of z' on the real line, as folds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from freeprob.exact.systems.system import Curve, System, flatten
from freeprob.geometry.candidates.charts_at_infinity import chart
from freeprob.geometry.candidates.folds import Fold
from freeprob.geometry.candidates.folds_by_scan import FoldLocation
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.stepping.pole_maps import right_inverse
from freeprob.numeric.stepping.simple_folds import approached

_SMALL = 1e-9  # unknowns below it, relative to the next pole, are taken for 0 in a chart


@lru_cache(maxsize=64)
def folds_between_poles(system: System) -> tuple[FoldLocation, ...] | None:
    """All edges of such a law in increasing order; None for other laws.

    Gaps lie left of the first, between the second and the third, and so on.

    Raises
    ------
    ConvergenceError
        If two edges are too near each other to be told apart.
    """
    curve = flatten(system)
    found = right_inverse(system)
    if found is None:
        return None
    # z rises in the gaps, and from each gap to the next: the order is that of the zeros
    folds = _folds(curve, found.critical_points, found.places)
    return tuple(FoldLocation((fold,)) for fold in folds)


def _folds(curve: Curve, zeros: np.ndarray, poles: np.ndarray) -> list[Fold]:
    """The critical points as folds, in the chart 1 + ω where ω is about 0."""
    room = np.min(np.abs(zeros[:, None] - _neighbours(poles, zeros)), axis=1)
    small = np.abs(zeros) < _SMALL * room
    folds: dict[int, Fold] = {}
    for raised in (False, True):
        (chosen,) = np.nonzero(small == raised)
        if not len(chosen):
            continue
        shown = chart(curve, (False,), (raised,))
        start = shown.from_original(zeros[None, chosen] + 0j)
        u, settled = approached(compile_curve(shown.curve), start)
        # the tangent 1, lifted by 2
        plain = np.array([start[0].real, np.full(len(chosen), 3.0)])
        columns = np.where(settled, u.real, plain).T
        folds |= {
            int(i): Fold(shown, tuple(map(float, column)))
            for i, column in zip(chosen, columns, strict=True)
        }
    return [folds[i] for i in range(len(zeros))]


def _neighbours(places: np.ndarray, zeros: np.ndarray) -> np.ndarray:
    """The poles on both sides of each zero."""
    right = np.searchsorted(places, zeros)
    sides = np.stack([right - 1, right], axis=1)
    return places[np.clip(sides, 0, len(places) - 1)]
