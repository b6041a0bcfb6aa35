"""Leading powers of branches against expansions by hand."""

from __future__ import annotations

import sympy as sp
from flint import fmpq

from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.newton_polygon import edges

T, t = sp.symbols("T t")


def exponents(expression: sp.Expr) -> list[tuple[fmpq, int]]:
    """Exponents of the branches T(t) with their numbers."""
    symbols = ring([expression], first=(T, t))
    found = edges(symbols.polynomial(expression), symbols, lambda value: not value)
    return [(edge.exponent, int(edge.polynomial.degrees()[0])) for edge in found]


def test_only_corners_of_the_lower_hull_count() -> None:
    # (T - t)(T - t³) and a term above the hull that changes nothing
    assert exponents(sp.expand((T - t) * (T - t**3)) + T * t**5) == [(3, 1), (1, 1)]
    # the middle term lies above the line from t³ to T²: one edge, T ~ ±t^(3/2)
    assert exponents(T**2 + t**2 * T - t**3) == [(fmpq(3, 2), 2)]
    # and below it: two branches of different order
    assert exponents(T**2 + t * T - t**3) == [(2, 1), (1, 1)]
    # a pole: T ~ 1/t next to T ~ t
    assert exponents(t * T**2 - T + t) == [(1, 1), (-1, 1)]
