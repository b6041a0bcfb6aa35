"""Potentials of curves over one sum of poles: ∫ G dz in closed form.

On a curve with z and G rational in ω and P = Σ pᵢ/(ω - aᵢ) the form G dz is exact up to
P dω, whose integral is Σ pᵢ log(ω - aᵢ): the antiderivative is a rational function, logarithms and
a multiple of this sum. Its imaginary part on the real line is π times the mass on the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, final

import sympy as sp

from freeprob.exact.algebra.door import functions
from freeprob.exact.systems.poles import Poles, PoleSum
from freeprob.exact.systems.system import Curve

_EXPONENTS = (0, 1, -1)


class HalfPlaneLogarithm(NamedTuple):
    """weight · log of a function whose imaginary part has one sign over the upper half plane."""

    weight: sp.Expr
    argument: sp.Expr
    sign: int


@final
@dataclass(frozen=True)
class PolePotential:
    """rational(ω, P) + Σ logarithms + share · Σ pᵢ log(ω - aᵢ), up to a real constant."""

    unknowns: tuple[sp.Symbol, sp.Symbol]
    rational: sp.Expr
    logarithms: tuple[HalfPlaneLogarithm, ...]
    share: sp.Expr
    poles: Poles


def pole_potential(curve: Curve) -> PolePotential | None:
    """The potential of a curve in one unknown with one sum of poles; None for other curves."""
    sums = [f for f in functions(curve.expressions) if isinstance(f, PoleSum)]
    if not curve.is_uniformised or len(sums) != 1 or sums[0].args[0] != curve.unknowns[0]:
        return None
    if sums[0].args[2] != 1:
        return None
    (w,), P = curve.unknowns, sp.Dummy("P")
    z, G = (sp.cancel(e.xreplace({sums[0]: P})) for e in (curve.z, curve.G))
    if not all(e.is_rational_function(w, P) and not e.free_symbols - {w, P} for e in (z, G)):
        return None
    over_P = _integral(sp.cancel(G * sp.diff(z, P)), P)
    if over_P is None:
        return None
    rest = sp.cancel(sp.together(G * sp.diff(z, w) - sp.diff(over_P, w)))
    if not rest.is_polynomial(P) or sp.degree(rest, P) > 1:
        return None
    share, free = sp.cancel(rest.coeff(P, 1)), sp.cancel(rest.coeff(P, 0))
    over_w = _integral(free, w)
    if over_w is None or share.has(w):
        return None
    return _split(over_P + over_w, (w, P), z, share, sums[0].args[1])


def _integral(expression: sp.Expr, variable: sp.Symbol) -> sp.Expr | None:
    """Of a rational function; None where roots of polynomials of degree 2 or more occur in it."""
    total = sp.S.Zero
    for term in sp.Add.make_args(sp.apart(expression, variable)):
        found = sp.integrate(term, variable)
        if found.has(sp.Integral, sp.RootSum, sp.atan):
            return None
        total += found
    return total


def _split(
    total: sp.Expr, unknowns: tuple[sp.Symbol, sp.Symbol], z: sp.Expr, share: sp.Expr, poles: Poles
) -> PolePotential | None:
    """Logarithms of products as sums of logarithms over half planes."""
    rational, logarithms = sp.S.Zero, []
    for term in sp.Add.make_args(sp.expand(total)):
        logs = term.atoms(sp.log)
        if not logs:
            rational += term
            continue
        (log,) = logs if len(logs) == 1 else (None,)
        if log is None or (term / log).has(*unknowns, sp.log):
            return None
        parts = _over_half_planes(log.args[0], unknowns, z)
        if parts is None:
            return None
        logarithms += [
            HalfPlaneLogarithm(power * term / log, part, sign) for power, part, sign in parts
        ]
    return PolePotential(unknowns, sp.together(rational), tuple(logarithms), share, poles)


def _over_half_planes(
    argument: sp.Expr, unknowns: tuple[sp.Symbol, sp.Symbol], z: sp.Expr
) -> list[tuple[int, sp.Expr, int]] | None:
    """An argument as a product of powers of ω, P and of A + B s for s = ω, P or z, with signs.

    Over the upper half plane ω and z lie in it, and P in the lower one.
    """
    w, P = unknowns
    for i, j in product(_EXPONENTS, repeat=2):
        rest = sp.cancel(argument * w**i * P**j)
        for s, side in ((w, 1), (P, -1), (z, 1)):
            slope = sp.cancel(sp.diff(rest, w) / sp.diff(s, w)) if sp.diff(s, w) != 0 else None
            if slope is None:
                slope = sp.cancel(sp.diff(rest, P) / sp.diff(s, P))
            if slope.has(w, P) or slope == 0:
                continue
            constant = sp.cancel(rest - slope * s)
            if not constant.has(w, P):
                sign = side if slope > 0 else -side
                powers = [(1, constant + slope * s, sign), (-i, w, 1), (-j, P, -1)]
                return [part for part in powers if part[0]]
    return None
