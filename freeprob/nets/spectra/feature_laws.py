"""The kernel of regression on random features as a law, and the two traces that errors need.

With Σ = ζ XᵀX/n₀ + η - ζ, the covariance of features given inputs of mean square length 1,

    K = Σ^(1/2) (GᵀG/n₁) Σ^(1/2) + γ                    (features)
    K = Σ^(1/2) (GᵀG/n₁ + 1) Σ^(1/2) + γ + η' - η       (tangent kernel of both layers)

with G Gaussian, so the law of K is a free product, shifted by g. Traces follow from
tr K K⁻¹ = m: for h = tr Σ K⁻¹/m and c = m/n₁

    1 - g τ₁ = h/(1 + c h)   (+ h for the tangent kernel),   h = ζ τ₂ + (η - ζ) τ₁.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
import sympy as sp
from flint import arb, ctx

from freeprob.exact.algebra.door import to_fmpq
from freeprob.laws.base import Law
from freeprob.laws.given.law_symbol import LawSymbol
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.free_product import boxtimes
from freeprob.numeric.precision import digits_in

_GUARD = 64
SPARE = 12  # digits of a number beyond those of the result


class Traces(NamedTuple):
    """τ₁ and τ₂, their slopes in γ and the slopes of these; balls or arrays of floats."""

    tau1: Any
    tau2: Any
    slope1: Any
    slope2: Any
    bend1: Any
    bend2: Any


def length_of(data: Law) -> sp.Expr:
    """The mean of a law of XᵀX/n₀; 1 where it stays a letter."""
    return sp.S.One if data.atoms(LawSymbol) else data.mean


def law_symbols() -> tuple[sp.Symbol, sp.Symbol]:
    """The h and k of :meth:`FeatureLaw.equations`."""
    return sp.Symbol("h"), sp.Symbol("k")


@final
@dataclass(frozen=True)
class FeatureLaw:
    """The law of K - g and its traces.

    Parameters
    ----------
    eta, zeta
        Of the activation at the length of the inputs.
    slope
        η' there, or None without the tangent kernel.
    ratio
        c = m/n₁.
    data
        Law of XᵀX/n₀.
    length
        Its mean.
    """

    eta: sp.Expr
    zeta: sp.Expr
    slope: sp.Expr | None
    ratio: sp.Expr
    data: Law
    length: sp.Expr

    @property
    def rest(self) -> sp.Expr:
        """What is added to the ridge: g - γ."""
        return sp.S.Zero if self.slope is None else self.slope - self.eta

    @property
    def rows(self) -> Law:
        """Law of Σ."""
        return self.data.dilate(self.zeta / self.length).shift(self.eta - self.zeta)

    @property
    def weights(self) -> Law:
        """Law of GᵀG/n₁, or with 1 added."""
        law = MarchenkoPastur(self.ratio)
        return law if self.slope is None else law.shift(1)

    @cached_property
    def law(self) -> Law:
        """Law of K - g."""
        return boxtimes(self.weights, self.rows)

    def equations(self, gamma: sp.Symbol, tau1: sp.Symbol, tau2: sp.Symbol) -> list[sp.Eq]:
        """Equations of h and k for Σ of this law, then τ₁, and what h is.

        They are those of a free product of any law with that of the weights, with Σ's put in.
        """
        any_law = LawSymbol("Sigma", positive=True)
        names = (tau1, *law_symbols())
        found = boxtimes(self.weights, any_law).system_equations(z=-gamma - self.rest, names=names)
        found = [equation.xreplace({any_law: self.rows}) for equation in found]
        parts = self.zeta / self.length * tau2 + (self.eta - self.zeta) * tau1
        forgotten = [sp.Eq(tau2, self.length * tau1)] if self.zeta.is_zero else []
        return [*found, sp.Eq(names[1], parts), *forgotten]

    def balls(self, gamma: sp.Expr, bits: int) -> Traces:
        """All traces at one ridge, with about that many right bits."""
        place = -gamma - self.rest
        return self.at_places(balls_of(self.law, place, 2, bits), self.rest + gamma, bits)

    def at_places(self, transform: Sequence[arb], ridge: sp.Expr, bits: int) -> Traces:
        """All traces from G, G' and G'' at -g."""
        with ctx.workprec(bits + _GUARD):
            numbers = (ridge, self.eta, self.zeta, self.length, self.ratio)
            place, eta, zeta, length, ratio = (exact_ball(v, bits) for v in numbers)
            return self._traces(transform, place, eta, zeta, length, ratio, arb.sqrt)

    def floats(self, gammas: np.ndarray) -> tuple[Traces, np.ndarray]:
        """All traces at many ridges, and a bound of the relative error by cancellations."""
        ridges = gammas + float(self.rest)
        values = [self.law.cauchy(-ridges, derivative=order).real for order in range(3)]
        eta, zeta, length, ratio = map(float, (self.eta, self.zeta, self.length, self.ratio))
        found = self._traces(values, ridges, eta, zeta, length, ratio, np.sqrt)
        u = 1 - ridges * found.tau1
        left = 1 - ratio * u if self.slope is None else 1.0
        # what is subtracted over what is left, in u, in 1 - c u and in h - (η - ζ) τ₁
        lost = 1 / u + 1 / (u * left)
        if zeta:
            lost = lost * (1 + eta * length * found.tau1 / (zeta * found.tau2))
        return found, np.finfo(float).eps * lost

    def _traces(
        self,
        transform: Sequence[Any],
        ridge: Any,
        eta: Any,
        zeta: Any,
        length: Any,
        ratio: Any,
        root: Any,
    ) -> Traces:
        """From G, G' and G'' at -g, in either arithmetic.

        F(h, u) = [c h² + h] + (1 - c u) h - u vanishes at u = 1 - g τ₁.
        """
        tau, slope, bend = -transform[0], transform[1], -transform[2]
        u = 1 - ridge * tau
        u1, u2 = -(tau + ridge * slope), -(2 * slope + ridge * bend)
        if self.slope is None:
            h, by_h, twice = u / (1 - ratio * u), 1 - ratio * u, 0
        else:
            half = 2 - ratio * u
            size = root(half * half + 4 * ratio * u)
            h, by_h, twice = 2 * u / (half + size), size, 2 * ratio
        h1 = (1 + ratio * h) * u1 / by_h
        h2 = ((1 + ratio * h) * u2 + 2 * ratio * h1 * u1 - twice * h1 * h1) / by_h
        firsts, curved = (tau, slope, bend), eta - zeta
        if self.zeta.is_zero:
            seconds = [length * first for first in firsts]
        else:
            parts = zip(firsts, (h, h1, h2), strict=True)
            seconds = [(inner - curved * first) * length / zeta for first, inner in parts]
        return Traces(tau, seconds[0], slope, seconds[1], bend, seconds[2])


def balls_of(law: Law, place: sp.Expr, orders: int, bits: int) -> list[arb]:
    """G and as many derivatives at a real place outside the support."""
    places = digits_in(bits) + SPARE
    values = [law.cauchy(place, dps=places, derivative=k).real for k in range(orders + 1)]
    with ctx.workprec(bits + _GUARD):
        # all digits are right, to one unit in the last place
        near = 1 + arb(0, 1) * arb(10) ** (1 - places)
        return [arb(str(value)) * near for value in values]


def exact_ball(value: sp.Expr, bits: int) -> arb:
    """A number as a ball."""
    if value.is_Rational:
        return arb(to_fmpq(value))
    return arb(str(value.evalf(digits_in(bits) + SPARE))) * (1 + arb(0, 1) * arb(2) ** -bits)
