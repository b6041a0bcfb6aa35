"""Draw the rooms of the package and what they import: ``python -m tests.rooms``.

An arrow that follows from others (a → b → c) is left out, so that the picture shows the ladder.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from tests.test_architecture import LADDERS, MODULES, ROOMS, imports, name_of, room_of

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "rooms.svg"
_BOX, _LINE, _GAP, _PAD = 560, 17, 14, 8
_NAMES, _TEXT, _LANE = 120, 58, 18
_INK, _PALE = "#1f3552", "#eef3f9"


def arrows() -> dict[str, set[str]]:
    """Rooms that each room imports from."""
    found: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in MODULES:
        room = room_of(name_of(path))
        for name in imports(path, types=False):
            if room in found and name.startswith("freeprob.") and room_of(name) in found:
                found[room].add(room_of(name))
    return {room: others - {room} for room, others in found.items()}


def reduced(arrows: Mapping[str, Set[str]]) -> dict[str, set[str]]:
    """Without arrows that others imply."""
    below: dict[str, set[str]] = {}
    for room in ROOMS:  # the ladder's order: what a room imports is known before it
        below[room] = set(arrows[room]).union(*(below[other] for other in arrows[room]))
    return {
        room: {
            other
            for other in others
            if not any(other in below[third] for third in others - {other})
        }
        for room, others in arrows.items()
    }


def _lines(room: str) -> list[str]:
    """The room's folders and loose modules, in lines that fit."""
    lines, current = [], ""
    for name in LADDERS.get(room, []):
        longer = f"{current}, {name}" if current else name
        if len(longer) > _TEXT:
            lines.append(current)
            longer = name
        current = longer
    return [*lines, current] if current else lines


def _lanes(drawn: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """A lane for each arrow, short ones next to the boxes, so that no two run over each other."""
    taken: list[list[tuple[int, int]]] = []
    found = {}
    for low, up in sorted(drawn, key=lambda arrow: (arrow[0] - arrow[1], arrow)):
        free = (k for k, own in enumerate(taken) if all(low < u or up > v for v, u in own))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, up))
        found[low, up] = lane
    return found


def picture() -> str:
    """The ladder of rooms as SVG: a room below imports from rooms above, along the arrows."""
    heights = [2 * _PAD + _LINE * max(1, len(_lines(room))) for room in ROOMS]
    tops = [_GAP + sum(heights[:i]) + i * _GAP for i in range(len(ROOMS))]
    parts = []
    for room, top, height in zip(ROOMS, tops, heights, strict=True):
        parts.append(
            f'<rect x="10" y="{top}" width="{_BOX}" height="{height}" rx="5" '
            f'fill="{_PALE}" stroke="{_INK}"/>'
        )
        first = top + _PAD + 13
        parts.append(f'<text x="20" y="{first}" font-weight="bold">{room}</text>')
        for place, line in enumerate(_lines(room)):
            parts.append(f'<text x="{_NAMES}" y="{first + place * _LINE}">{line}</text>')
    drawn = [
        (ROOMS.index(low), ROOMS.index(up))
        for low, others in reduced(arrows()).items()
        for up in others
    ]
    lanes, edge = _lanes(drawn), 10 + _BOX
    for low, up in sorted(drawn):
        x = edge + 16 + lanes[low, up] * _LANE
        # arrows leave a box above its middle and come in below it, each lane a little further off
        away = 3 + 2 * (lanes[low, up] % 6)
        a, b = tops[low] + heights[low] / 2 - away, tops[up] + heights[up] / 2 + away
        parts.append(
            f'<path d="M{edge} {a} H{x} V{b} H{edge + 2}" fill="none" stroke="{_INK}" '
            'marker-end="url(#tip)"/>'
        )
    total, width = tops[-1] + heights[-1] + _GAP, edge + 24 + _LANE * (1 + max(lanes.values()))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" '
        f'font-family="sans-serif" font-size="13" fill="{_INK}">\n'
        '<rect width="100%" height="100%" fill="white"/>\n'
        '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" '
        f'markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="{_INK}"/></marker></defs>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
