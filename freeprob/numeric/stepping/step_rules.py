"""When a step of the continuation counts, whatever numbers it was made with.

Float64 arrays, single points in Python's numbers and FLINT balls all step by Euler's prediction
and Newton's correction; how large the corrections are, relative to the move, decides. Here these
conditions stand once, over floats and over arrays of them; :mod:`.continuation` says why they hold.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from freeprob.numeric.programs.arithmetic import Complexes

Size = TypeVar("Size", float, np.ndarray)

STILL = 1e-6  # share of the largest move, below which an unknown stands still
UNSEEN = 1e-11  # bends below this are rounding
ROUNDING = 1e-9  # and so are imaginary parts of G, relative to |G|
INSIDE = 0.25  # largest correction inside the half plane, relative to |u'| h
CONTRACTION = 0.2  # largest second correction, relative to the first: sheets 6 times as far away
CONVERGED = 1e-5  # corrections below this share of the move say nothing of other sheets
LAND = 0.12  # largest correction of the step onto the real axis, relative to that step
NARROW = 3 * LAND  # largest turn of the slope there: a mirror branch lies across the axis
NEAR = 0.8 * LAND  # distance from which that step is tried, in units of 1/curvature
SETTLED = 1e-10  # relative: the square of such a Newton correction is below rounding
SURE = 1e-3  # bound on the rounding of z over the distance to singularities: no sheet is so near
RIGHT = 1e-10  # largest bound on the rounding of G, relative: less is asked of balls
RIGHT_DENSITY = 1e-11  # the same of Im G over a cut, of which masses and quantiles are made
FRACTION = 0.02  # of the first correction: the slope's turn is then known to so much
TURNED = 0.1  # first correction beyond which later ones are measured by this
ROUNDED = 1e-3  # corrections below this share of the move that no longer fall are rounding
LEAST = 1e-4  # share of the height below which a refused step is not shortened: balls go on
TOLD = 2e-13  # of |z|: rounding hides a thousandth of a shorter step, so that halving shows nothing
FOUND = 4e-15  # relative: float64 tells x from a singularity at a rounding error, and no nearer
REACHED = 1e-6  # of the height: places of perches are rounded to shares of it
_GROWTH = 2.5  # of the curvature from step to step: it grows by more far above the spectrum
_FORETOLD = 3.0  # times the last step's bend: more says that another sheet was met
_TINY = 1e-300  # in place of 0, which may stand over 0
_SHORT, _LONG = 0.2, 0.85  # of the height, for the next step: Koebe's disk is the height itself


def contracts(first: Size, second: Size) -> Any:
    """Whether Newton's corrections fall at once, as they do nearer to one sheet than to others."""
    return (first <= CONVERGED) | (second <= CONTRACTION * first)


def has_converged(sizes: list[Any]) -> Any:
    """Whether corrections are a fraction of the first, or as small as rounding lets them be."""
    size, before = sizes[-1], sizes[-2] if len(sizes) > 1 else np.inf
    # the slope's turn is of the order of the first correction: it is known to a fraction
    turn = np.minimum(sizes[0], TURNED)
    enough = np.maximum(CONVERGED, FRACTION * turn)
    return (size <= enough) | ((size <= ROUNDED) & (size > 0.5 * before))


def is_straight(rest: Size, bend: Size) -> Any:
    """Whether the trapezoidal rule came nearer than Euler's, as it would to no other sheet."""
    return rest <= np.maximum(bend, CONVERGED)


def settles(bent: Size, curvature: Size, earlier: Size) -> Any:
    """Whether singularities are far compared with a distance, over which the branch is bent so."""
    return (bent <= NEAR) & grows_no_more(curvature, earlier)


def grows_no_more(curvature: Size, earlier: Size) -> Any:
    """Whether the curvature of the last two steps is about the same."""
    return (curvature <= _GROWTH * earlier) & np.isfinite(earlier)


def excess_inside(bend: Size) -> Size:
    """A bend relative to |u'| h over what Koebe's distortion theorem allows: at most 1 counts."""
    return bend / INSIDE


def excess_onto(bend: Size, foretold: Size) -> Any:
    """The same for a step onto the axis: small, and no larger than the last step foretells."""
    return np.maximum(bend / LAND, bend / (_FORETOLD * foretold + UNSEEN))


def is_hopeless(step: Size, height: Size, real: Size) -> Any:
    """Whether a refused step, shortened to this, would be refused again."""
    return (step < LEAST * height) | (step < TOLD * abs(real))


def stride(bent: Size) -> Any:
    """The next step over the height, from curvature times height.

    A step t h bends by about curvature t² h/(1 - t) relative to the height left.
    """
    return np.clip(2 / (1 + np.sqrt(1 + 4 * bent / (0.5 * INSIDE))), _SHORT, _LONG)


def relative(change: list[complex], u: list[complex], move: list[complex]) -> float:
    """Size of a change at one point relative to the move, the worst of all unknowns.

    An unknown that hardly moves is measured by a small part of how far the others move, each on
    its own scale. No larger part: y = -1 + O(z^(2/3)) bends at 0 on a scale far below 1.
    """
    weights = [abs(a) + abs(b) + _TINY for a, b in zip(u, move, strict=True)]
    moved = [abs(a) / w for a, w in zip(move, weights, strict=True)]
    least = STILL * max(moved) + _TINY
    return max(abs(a) / w / max(m, least) for a, w, m in zip(change, weights, moved, strict=True))


def relative_of_many(change: Complexes, u: Complexes, move: Complexes) -> np.ndarray:
    """The same at many points, for unknowns of shape (k, n); infinite where it is not known."""
    weight = np.abs(u) + np.abs(move) + _TINY
    moved = np.abs(move) / weight
    least = STILL * np.max(moved, axis=0) + _TINY
    ratio = np.max(np.abs(change) / weight / np.maximum(moved, least), axis=0)
    return np.where(np.isfinite(ratio), ratio, np.inf)
