"""Noncrossing partitions by brute force: the slow, independent road to cumulants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp


def set_partitions(items: Sequence[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    first, *rest = items
    for partition in set_partitions(rest):
        yield [[first], *partition]
        for i, block in enumerate(partition):
            yield [*partition[:i], [first, *block], *partition[i + 1 :]]


def is_noncrossing(partition: list[list[int]]) -> bool:
    owner = {element: i for i, block in enumerate(partition) for element in block}
    n = len(owner)
    return not any(
        owner[a] == owner[c] != owner[b] == owner[d]
        for a in range(n)
        for b in range(a + 1, n)
        for c in range(b + 1, n)
        for d in range(c + 1, n)
    )


def noncrossing(n: int) -> Iterator[list[list[int]]]:
    return (part for part in set_partitions(range(n)) if is_noncrossing(part))


def intervals(n: int) -> Iterator[list[list[int]]]:
    return (
        part
        for part in set_partitions(range(n))
        if all(max(block) - min(block) == len(block) - 1 for block in part)
    )


def summed(partitions: Iterator[list[list[int]]], cumulants: Sequence[sp.Expr]) -> sp.Expr:
    """Σ over partitions of ∏ κ_{|block|}, cumulants indexed from 1."""
    return sp.expand(
        sp.Add(*(sp.Mul(*(cumulants[len(b) - 1] for b in part)) for part in partitions))
    )


def kreweras(partition: list[list[int]], n: int) -> list[list[int]]:
    """The Kreweras complement: the largest π' with π ∪ π' noncrossing on 0, 0', 1, 1', …"""
    best: list[list[int]] = []
    for other in noncrossing(n):
        union = [[2 * i for i in b] for b in partition] + [[2 * i + 1 for i in b] for b in other]
        if is_noncrossing(union) and (not best or len(other) < len(best)):
            best = other
    return best
