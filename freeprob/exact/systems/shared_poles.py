"""Poles that several sheets of P(G, z) = 0 share, residue included.

A law's own atom is such a pole when other sheets have it too: the sheets of the mixture of an atom
m/(z - a) and any law with a curve of two sheets differ by a bounded amount next to a, where G is
infinite. Without the common part m/(z - a) they stay apart.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp


class Pole(NamedTuple):
    """The common part residue/(z - place)."""

    place: sp.Expr
    residue: sp.Expr


def shared_poles(polynomial: sp.Expr, G: sp.Symbol, z: sp.Symbol) -> list[Pole]:
    """The poles with a residue that is a multiple root of the leading part, as far as rational.

    Of two such residues at one place neither is taken: only the branch could tell.
    """
    leading = sp.Poly(polynomial, G).LC()
    found = []
    for factor, _ in sp.factor_list(leading, z)[1]:
        linear = sp.Poly(factor, z)
        if linear.degree() != 1:
            continue
        slope, constant = linear.all_coeffs()
        place = sp.cancel(-constant / slope)
        residues = _residues(polynomial, G, z, place)
        if len(residues) == 1:
            found.append(Pole(place, residues[0]))
    return found


def _residues(polynomial: sp.Expr, G: sp.Symbol, z: sp.Symbol, place: sp.Expr) -> list[sp.Expr]:
    """Multiple roots m ≠ 0 of the leading part in h of P(m/h, place + h)."""
    h, m = sp.Dummy("h"), sp.Dummy("m")
    degree = sp.Poly(polynomial, G).degree()
    raised = sp.Poly(sp.expand(polynomial.subs({G: m / h, z: place + h}) * h**degree), h, m)
    lowest = min(power for power, _ in raised.monoms())
    leading = sp.Add(*(value * m**power for (low, power), value in raised.terms() if low == lowest))
    found = []
    for factor, multiplicity in sp.factor_list(leading, m)[1]:
        linear = sp.Poly(factor, m)
        if linear.degree() == 1 and multiplicity > 1 and factor != m:
            slope, constant = linear.all_coeffs()
            found.append(sp.cancel(-constant / slope))
    return found
