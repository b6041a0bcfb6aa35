"""A tree of ranges of poles on the line: halves of halves, down to a few dozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from flint import fmpq

LEAF = 32
"""Poles that are summed one by one."""


@final
@dataclass(frozen=True)
class Group:
    """A range of poles, its middle and radius; ``halves`` are positions of its parts, or none."""

    start: int
    end: int
    centre: fmpq
    radius: fmpq
    halves: tuple[int, int] | None


def groups_of(places: Sequence[fmpq]) -> list[Group]:
    """The tree of poles in increasing order, parents before parts."""
    groups: list[Group] = []
    waiting = [(0, len(places), -1, 0)]
    links: dict[int, list[int]] = {}
    while waiting:
        start, end, parent, side = waiting.pop()
        low, high = places[start], places[end - 1]
        groups.append(Group(start, end, (low + high) / 2, (high - low) / 2, None))
        here = len(groups) - 1
        if parent >= 0:
            links.setdefault(parent, [0, 0])[side] = here
        if end - start > LEAF:
            middle = (start + end) // 2
            waiting += [(start, middle, here, 0), (middle, end, here, 1)]
    return [
        Group(g.start, g.end, g.centre, g.radius, (links[i][0], links[i][1])) if i in links else g
        for i, g in enumerate(groups)
    ]


def lowest(groups: Sequence[Group]) -> list[int]:
    """The lowest groups that are read by moments.

    Two leaves beside each other are summed one by one, and so need moments only together.
    """
    whole = [group.halves is None for group in groups]
    pairs = [i for i, g in enumerate(groups) if g.halves and all(whole[j] for j in g.halves)]
    paired = {j for i in pairs for j in groups[i].halves or ()}
    return pairs + [i for i, is_leaf in enumerate(whole) if is_leaf and i not in paired]
