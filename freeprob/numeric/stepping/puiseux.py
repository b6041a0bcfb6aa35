"""Where a branch of P(T, t) = 0 ends at t → 0+, with proof.

As long as P vanishes nowhere on the circle of a disc, which balls decide for a whole interval of
t, the number of roots inside stays, and so does the branch. With T = v tʳ for a slope r of the
Newton polygon the interval reaches t = 0: then the branch tends to the one root of the edge's
polynomial that the disc contains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import NamedTuple, TypeAlias

from flint import acb, acb_poly, arb, ctx, fmpq

from freeprob.errors import ConvergenceError

Table: TypeAlias = Mapping[tuple[int, int], acb]
"""Coefficients of Tⁱ tʲ."""

_ARCS, _FINEST = 16, 1024


class Disc(NamedTuple):
    """A disc in the plane of T."""

    centre: acb
    radius: arb

    def holds(self, value: acb) -> bool:
        """Whether a ball lies inside."""
        return bool(abs(value - self.centre) < self.radius)


def roots_of(polynomial: acb_poly) -> list[acb]:
    """All roots as disjoint balls; those of a real polynomial that meet the axis are real."""
    try:
        roots = polynomial.roots(tol=arb(2) ** (-ctx.prec // 2))
    except ValueError:
        raise ConvergenceError("solutions were not isolated at this precision") from None
    if any(not coefficient.imag.is_zero() for coefficient in polynomial.coeffs()):
        return roots
    return [acb(root.real) if root.imag.contains(0) else root for root in roots]


def arrival(
    table: Table, slopes: Sequence[tuple[fmpq, acb_poly]], t: fmpq, value: acb
) -> tuple[int, Disc] | None:
    """Which edge of the polygon the branch through (t, value) ends at, and a disc about v(0).

    Parameters
    ----------
    table
        P at the working precision of FLINT's context.
    slopes
        Exponents of the edges, and their polynomials without multiple roots.

    Returns
    -------
    tuple or None
        None where t is not small enough for a proof.
    """
    for place, (exponent, polynomial) in enumerate(slopes):
        root = arb(t) ** (arb(1) / int(exponent.q))
        scaled = value / root ** int(exponent.p)
        for disc in _isolated([*roots_of(polynomial), acb(0)])[:-1]:
            if disc.holds(scaled) and _stays(_scaled(table, exponent), disc, root):
                return place, disc
    return None


def _isolated(roots: Sequence[acb]) -> list[Disc]:
    """A disc about each root, half as wide as there is space."""
    found = []
    for k, root in enumerate(roots):
        gaps = [abs(root - other) for m, other in enumerate(roots) if m != k]
        nearest = min(gaps, key=lambda gap: float(gap.mid()))
        found.append(Disc(root.mid(), (nearest / 2).mid()))
    return found


def _taylor(table: Table, t: arb) -> list[acb_poly]:
    """P(·, t + h) by powers of h."""
    top = max(j for _, j in table)
    rows = [[acb(0)] * (1 + max(i for i, _ in table)) for _ in range(top + 1)]
    powers = [arb(t) ** j for j in range(top + 1)]
    for (i, j), coefficient in table.items():
        for k in range(j + 1):
            rows[k][i] += coefficient * comb(j, k) * powers[j - k]
    return [acb_poly(row) for row in rows]


def _scaled(table: Table, exponent: fmpq) -> Table:
    """P(v tʳ, t) without its lowest power, in the variable t^(1/q) for r = p/q."""
    p, q = int(exponent.p), int(exponent.q)
    powers = {(i, j): i * p + j * q for i, j in table}
    least = min(powers.values())
    found: dict[tuple[int, int], acb] = {}
    for (i, j), coefficient in table.items():
        key = i, powers[i, j] - least
        found[key] = found.get(key, acb(0)) + coefficient
    return found


def _stays(table: Table, disc: Disc, t: arb) -> bool:
    """Whether no root crosses a circle between t and 0."""
    middle = (t / 2).mid()
    return _is_clear(_taylor(table, middle), disc, (t.upper() - middle).upper())


def _is_clear(taylor: Sequence[acb_poly], disc: Disc, half: arb) -> bool:
    """Whether Σ Qₖ hᵏ vanishes nowhere on a circle for |h| ≤ half."""
    inner = acb_poly([disc.centre, acb(disc.radius)])
    first, *others = (polynomial(inner) for polynomial in taylor)
    arcs = [(arb(2 * k + 1) / _ARCS, _ARCS) for k in range(_ARCS)]
    while arcs:
        angle, count = arcs.pop()
        width = (arb.pi() / count).abs_upper()
        spot = (acb(0, 1) * arb.pi() * angle).exp() + acb(arb(0, width), arb(0, width))
        change = sum((abs(q(spot)) * half**k for k, q in enumerate(others, start=1)), arb(0))
        if abs(first(spot)) > change:
            continue
        if count >= _FINEST:
            return False
        shift = arb(1) / (2 * count)
        arcs += [(angle - shift, 2 * count), (angle + shift, 2 * count)]
    return True
