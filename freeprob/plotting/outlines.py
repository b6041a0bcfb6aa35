"""Where the curve of a density is drawn: its ends, its points, and what of its height is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.plotting.spectra import FARTHEST, Spectrum, places_of

# a tail is drawn until its density is this part of the mean one between the quartiles: a line's
# width on a picture
_VISIBLE = 1 / 60
# mass that a curve may lack before peaks are looked for between its points
_HIDDEN = 5e-3
# parts of a peak's mass at which it gets points
_SIXTEENTHS = np.arange(1, 16) / 16
# a curve that leaves the chord of its neighbours by this part of the height has a visible corner
_BEND = 2e-3
# axes end this much above the top, at most
_MARGIN = 1.2
# rounds of halving: a thousandth of a pixel is reached from any first grid
_ROUNDS = 12
# floats below it are written with fewer digits
_SUBNORMAL = 1e-307
# neighbours of a maximum that has been resolved are nearly as high; next to a pole they are not
_RESOLVED = 0.9


class Branch(NamedTuple):
    """The density on one cut."""

    x: np.ndarray
    y: np.ndarray


def finite_cuts(law: Spectrum) -> list[tuple[float, float]]:
    """The cuts as floats, an unbounded one ended where its density can be seen no more."""
    cuts = [(float(low), float(high)) for low, high in law.support(dps=17)]
    cuts = [cut if np.isfinite(cut).all() else _seen(law, *cut) for cut in cuts]
    atoms = [float(place) for place in law.atoms()]
    ends = places_of([*atoms, *(end for cut in cuts for end in cut)], "the ends of the spectrum")
    for low, high in cuts:
        _require_wide(low, high)
    _require_units(float(np.ptp(ends)) or 1.0)  # of atoms alone, too
    return cuts


def _require_wide(low: float, high: float) -> None:
    """Refuse what floats, or the transforms of a picture, do not resolve."""
    if graded(low, high, 8).size < 8 and max(-low, high) > _SUBNORMAL:
        raise InvalidParameterError(
            f"the law near {low:.17g} is so narrow that floats do not tell its points apart: "
            "draw it around 0, by law.shift"
        )
    _require_units(high - low)


def _require_units(width: float) -> None:
    if width < 1 / FARTHEST:
        raise InvalidParameterError(
            f"a law of width {width:g} is too narrow to be drawn: choose other units, by law.dilate"
        )


def window(law: Spectrum, cuts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Ends of what is shown of a law and its data: all, but for tails that are cut off."""
    ends = [float(end) for cut in law.support(dps=17) for end in cut]
    low = cuts[0][0] if -np.inf in ends else -np.inf
    return low, cuts[-1][1] if np.inf in ends else np.inf


def _seen(law: Spectrum, low: float, high: float) -> tuple[float, float]:
    """The part of an unbounded cut in which the density is not small."""
    first = 0.0 if np.isinf(low) else float(law.cdf(low))
    last = 1.0 if np.isinf(high) else float(law.cdf(high))
    fixed = sum(float(mass) for at, mass in law.atoms().items() if low < float(at) < high)
    quarter = (last - first - fixed) / 4
    # quartiles of the mass without atoms, or beyond them on its side of an atom
    left, right = map(float, law.quantile([first + quarter, last - quarter]))
    width = right - left
    _require_wide(left, right)
    enough = _VISIBLE * 2 * quarter / width
    if np.isinf(low):
        low = _last(law, left, -width, enough)
    if np.isinf(high):
        high = _last(law, right, width, enough)
    return low, high


def _last(law: Spectrum, quartile: float, step: float, enough: float) -> float:
    """The first place outside the quartile beyond which, for a while, no density is enough."""
    end, reach = quartile + step / 4, step
    while True:
        places = quartile + reach * np.linspace(1 / 4, 1, 7)
        high = np.flatnonzero(np.asarray(law.density(places)) >= enough)
        if not high.size:
            return end
        end = float(places[min(int(high[-1]) + 1, len(places) - 1)])
        if high[-1] < len(places) // 2:
            return end
        reach *= 2


def outlines(
    law: Spectrum, cuts: Sequence[tuple[float, float]], points: int, bins: int
) -> list[Branch]:
    """The density on every cut, by points that crowd at its edges, in hidden peaks and at bends.

    ``bins`` are those of the histogram that an unbounded density is cut off by.
    """
    grids = [graded(*cut, max(2, points // 2)) for cut in cuts]
    branches = [Branch(x, np.asarray(law.density(x))) for x in grids]
    atoms = {float(at): float(mass) for at, mass in law.atoms().items()}
    lacking = 1 - sum(atoms.values()) - sum(float(mass_left(*each)[-1]) for each in branches)
    if abs(lacking) > _HIDDEN:
        branches = [_with_peaks(law, branch, atoms, points) for branch in branches]
    return [_refined(law, branch, points, bins) for branch in branches]


def _with_peaks(law: Spectrum, branch: Branch, atoms: dict[float, float], most: int) -> Branch:
    """Points in peaks between the points, which the distribution function tells of."""
    x, area = branch.x, mass_left(*branch)

    def missed(i: int, j: int) -> tuple[float, float]:
        below, above = map(float, law.cdf(x[[i, j]]))
        fixed = sum(mass for at, mass in atoms.items() if x[i] < at <= x[j])
        return below, above - below - fixed - float(area[j] - area[i])

    places: list[float] = []
    asked = [(0, len(x) - 1)]
    while asked:
        i, j = asked.pop()
        below, mass = missed(i, j)
        if abs(mass) <= _HIDDEN:
            continue
        if j > i + 1:
            asked += [(i, (i + j) // 2), ((i + j) // 2, j)]
        elif mass > 0:
            start = below + float(area[j] - area[i]) / 2
            places += [float(q) for q in law.quantile(list(start + mass * _SIXTEENTHS))]
    inside = np.setdiff1d(places, x)[: max(0, most - len(x))]
    return _inserted(law, branch, inside) if inside.size else branch


def _refined(law: Spectrum, branch: Branch, points: int, bins: int) -> Branch:
    """More points where the curve bends, until the eye sees no corner."""
    for _ in range(_ROUNDS):
        bent = _bent(branch, _MARGIN * top_of(branch, bins))[: max(0, points - len(branch.x))]
        if not bent.size:
            break
        branch = _inserted(law, branch, (branch.x[bent] + branch.x[bent + 1]) / 2)
    return branch


def _inserted(law: Spectrum, branch: Branch, new: np.ndarray) -> Branch:
    # between neighbours that floats do not part there is no point
    new = np.setdiff1d(new, branch.x)
    if not new.size:
        return branch
    x = np.concatenate([branch.x, new])
    y = np.concatenate([branch.y, np.asarray(law.density(new))])
    order = np.argsort(x)
    return Branch(x[order], y[order])


def _bent(branch: Branch, top: float) -> np.ndarray:
    """Intervals next to corners that can be seen, the sharpest first."""
    x, y = branch
    inside = np.minimum(y, top) / top
    share = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    chord = inside[:-2] + share * (inside[2:] - inside[:-2])
    corner = np.concatenate([[0], np.abs(inside[1:-1] - chord), [0]])
    sharp = np.maximum(corner[1:], corner[:-1])
    sharp[np.minimum(y[1:], y[:-1]) > top] = 0
    order = np.argsort(-sharp, kind="stable")
    return order[sharp[order] > _BEND]


def top_of(branch: Branch, bins: int) -> float:
    """The highest value, or the highest bar of a histogram where the density has a pole."""
    x, y = branch
    at = int(np.argmax(y))
    beside = y[max(at - 1, 0) : at + 2]
    if np.min(beside) >= _RESOLVED * y[at]:
        return float(y[at])
    return highest_bar(x, y, bins)


def graded(low: float, high: float, points: int) -> np.ndarray:
    """Points inside a cut that crowd at its edges, as close as floats tell them apart."""
    steps = np.sin(np.pi * (np.arange(points) + 0.5) / (2 * points)) ** 2
    x = np.unique(low + (high - low) * np.sin(np.pi * steps / 2) ** 2)
    return x[(low < x) & (x < high)]


def joined(branches: Sequence[Branch]) -> Branch:
    """The pieces on all cuts as one curve, with a gap between the cuts."""
    gap = np.array([np.nan])
    parts: list[Any] = [part for branch in branches for part in (branch, (gap, gap))][:-1]
    if not parts:
        return Branch(gap, gap)
    return Branch(np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts]))


def highest_bar(x: np.ndarray, y: np.ndarray, bins: int) -> float:
    """The highest bar that a histogram of a curve would have."""
    mass = mass_left(x, y)
    ends = np.linspace(x[0], x[-1], bins + 1)
    return float(np.max(np.diff(np.interp(ends, x, mass)) / np.diff(ends)))


def mass_left(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mass of a curve left of its points."""
    return np.concatenate([[0], np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2)])
