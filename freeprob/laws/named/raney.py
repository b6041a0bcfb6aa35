"""Raney and Fuss-Catalan laws."""

from __future__ import annotations

from typing import final

import sympy as sp

from freeprob.exact.systems.facts import UNKNOWN
from freeprob.exact.systems.leading_terms import LeadingTerms
from freeprob.exact.systems.system import Leaf, System
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.parameters import Number, exact, require


def raney_curve(p: sp.Expr, r: sp.Expr) -> Leaf:
    """M(t) = B(t)ʳ with B = 1 + t Bᵖ: z = Bᵖ/(B - 1), G = Bʳ/z.

    For rational p and r the unknown v has (1 + v)^q = B with q their common denominator, so that
    the curve is rational.
    """
    v = sp.Dummy("v")
    rational = p.is_Rational and r.is_Rational
    q = sp.ilcm(p.q, r.q) if rational else sp.S.One
    tree = (1 + v) ** q
    z = (1 + v) ** (p * q) / (tree - 1)
    leads = LeadingTerms.of(lambda at: (1 / (q * at),))
    # absolutely continuous but for δ₁ at p = r = 1 (Młotkowski-Penson-Życzkowski 2013)
    continuous = sp.Or(p > 1, r < 1) is sp.true
    atoms = {} if continuous else UNKNOWN
    return Leaf((v,), z, (1 + v) ** (r * q) / z, leads, atoms=atoms)


@final
class Raney(Law):
    """Raney law: mₙ = r/(np + r) · binomial(np + r, n).

    Parameters
    ----------
    p
        At least 1.
    r
        In (0, p].

    Raises
    ------
    InvalidParameterError
        If p < 1 or r is not in (0, p].

    Notes
    -----
    Source: Młotkowski 2010; Penson-Życzkowski 2011; Młotkowski-Penson-Życzkowski 2013.

    Examples
    --------
    >>> from freeprob import Raney
    >>> Raney(2, 1).moments(4)
    [1, 2, 5, 14]
    """

    def __new__(cls, p: Number, r: Number) -> Raney:
        """Check and read the parameters."""
        p, r = exact(p, "p"), exact(r, "r")
        require(p >= 1, f"p must be at least 1, got {p}")
        require(sp.And(r > 0, r <= p), f"r must lie in (0, p], got {r} for p = {p}")
        return super().__new__(cls, p, r)

    @classmethod
    def _rebuilt(cls, p: sp.Expr, r: sp.Expr) -> Law:
        return PointMass(0) if r.is_zero else cls(p, r)

    def _system(self) -> System:
        return raney_curve(*self.args)

    def _on_half_line(self) -> bool:
        return True
