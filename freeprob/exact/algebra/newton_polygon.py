"""The Newton polygon of P(T, t) at t → 0: leading powers and coefficients of all branches T(t)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from flint import fmpq

from freeprob.exact.algebra.door import Polynomial, Ring


class Edge(NamedTuple):
    """Branches T = c t^exponent + …: c is a root of the polynomial in T, 0 is none."""

    exponent: fmpq
    polynomial: Polynomial


def edges(polynomial: Polynomial, ring: Ring, vanishes: Callable[[Polynomial], bool]) -> list[Edge]:
    """Edges of the lower hull of the exponents of T and t.

    Parameters
    ----------
    polynomial, ring
        P; the first two generators of the ring are T and t.
    vanishes
        Whether a coefficient, a polynomial in the other generators, is zero.

    Source: Newton 1676; Puiseux 1850.
    """
    slices: dict[tuple[int, int], dict[tuple[int, ...], Any]] = {}
    for powers, coefficient in polynomial.terms():
        key = (int(powers[0]), int(powers[1]))
        slices.setdefault(key, {})[(0, 0, *powers[2:])] = coefficient
    known = {key: ring.context.from_dict(terms) for key, terms in slices.items()}
    known = {key: value for key, value in known.items() if not vanishes(value)}
    lowest: dict[int, int] = {}
    for in_T, in_t in known:
        lowest[in_T] = min(in_t, lowest.get(in_T, in_t))
    hull = _lower_hull(sorted(lowest.items()))
    found = []
    variable = ring.context.gens()[0]
    for (first, low), (last, high) in pairwise(hull):
        slope = fmpq(high - low, last - first)
        total = ring.constant(0)
        for in_T, in_t in lowest.items():
            if first <= in_T <= last and in_t - low == slope * (in_T - first):
                total += known[in_T, in_t] * variable ** (in_T - first)
        found.append(Edge(-slope, total))
    return found


def _lower_hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Corners of the lower convex hull, from left to right."""
    hull: list[tuple[int, int]] = []
    for x, y in points:
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull
