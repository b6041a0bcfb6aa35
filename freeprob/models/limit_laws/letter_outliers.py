"""Outliers that moved eigenvalues of a letter make in a whole matrix expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flint import arb

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.subordination.gap_places import gaps_of, reach_of
from freeprob.laws.subordination.outliers import KINDS, Outlier, Outliers, require_all
from freeprob.laws.subordination.thresholds import reason_for
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.limit_laws.letter_blocks import Appearance, LetterBlock
from freeprob.models.limit_laws.letter_thresholds import thresholds_of
from freeprob.models.solutions.conditional import Conditional
from freeprob.numeric.precision import FLOAT_DIGITS, rounded
from freeprob.parameters import exact, one_of, require


def outliers_of_letter(
    law: Law, seen: Conditional, letter: RandomMatrix, spikes: Sequence[Any], dps: int | None
) -> Outliers:
    """Outliers by location, and thresholds, of spikes of one letter.

    Parameters
    ----------
    law
        The limit law, in whose gaps they are.
    seen
        The resolvent on the letter's eigenvectors.
    letter
        The letter.
    spikes
        Its eigenvalues off the support of its own law, or its singular values.
    """
    values = [exact(spike, "spike") for spike in spikes]
    singular = len(seen.sizes) > 1
    for value in values if singular else ():
        require(value > 0, f"singular values are positive, got the spike {value}")
    reach = reach_of(law, [float(value) for value in values])
    found, thresholds = [], []
    for rows in seen.blocks:
        block = LetterBlock(seen, rows)
        pieces = block.pieces(gaps_of(law), reach)
        limits = thresholds_of(block, pieces, dps)
        thresholds += [t for t in limits if t.low >= 0] if singular else limits
        for spike, value in zip(spikes, values, strict=True):
            if value != seen.base:
                places = block.appearances(pieces, value)
                found += [_outlier(place, spike, letter, dps) for place in places]
    found.sort(key=lambda outlier: outlier.location)
    thresholds.sort(key=lambda threshold: threshold.left)
    require_all(found, list(zip(spikes, values, strict=True)), thresholds)
    return Outliers(found, thresholds, "" if found else reason_for(spikes, thresholds))


def merged_outliers(found: Sequence[Outliers], letters: Sequence[RandomMatrix]) -> Outliers:
    """The outliers of several letters, by location."""
    if len(found) == 1:
        return found[0]
    every = sorted((o for own in found for o in own), key=lambda outlier: outlier.location)
    reasons = [f"{name}: {own.reason}" for name, own in zip(letters, found, strict=True)]
    thresholds = [threshold for own in found for threshold in own.thresholds]
    return Outliers(every, thresholds, "" if every else "; ".join(reasons))


def require_plain(kind: str, ratio: Any) -> None:
    """What a spike of a letter is needs no further word."""
    if one_of(kind, "kind", KINDS) != "additive" or ratio is not None:
        raise InvalidParameterError(
            "spikes of a letter are eigenvalues of that letter, however it enters the expression: "
            "leave out kind and ratio"
        )


def _outlier(place: Appearance, spike: Any, letter: RandomMatrix, dps: int | None) -> Outlier:
    """Rounded once."""

    def number(ball: Callable[[int], arb]) -> Any:
        value = rounded(ball, dps or FLOAT_DIGITS)
        return float(value) if dps is None else value

    left, *right = (number(place.overlap(k)) for k in range(len(place.block.seen.sides)))
    moving = place.block.seen.moving is not None
    deviation = number(place.deviation) if moving else None
    location = number(place.location)
    other = right[0] if right else None
    return Outlier(spike, location, left, other, deviation, letter)
