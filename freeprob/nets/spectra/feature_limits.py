"""Regression on random features without a ridge: what the errors tend to as γ → 0.

K has rank min(n₁, rank Σ), Σ the features' covariance given inputs, so with c = m/n₁ and p the mass
of Σ at 0, τ₁ = a/γ + r + … with a = 1 - min(1/c, 1 - p). From 1 - γτ₁ = h/(1 + ch) follow

    a = 0:              h and the slopes are finite, and so are the errors at γ = 0
    a = p > 1 - 1/c:    h is finite, all of the signal is known
    a = 1 - 1/c > p:    h = 1/(c² r γ) + …
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp
from flint import arb, ctx

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.nets.spectra.feature_laws import FeatureLaw, balls_of, exact_ball


class RidgelessLimit(NamedTuple):
    """χ of Mei and Montanari over ψ₂, and test errors of the signal and of noise of variance 1."""

    chi: arb
    signal: arb
    noise: arb


def ridgeless_limit(law: FeatureLaw, bits: int) -> RidgelessLimit:
    """Balls with about that many right bits.

    Raises
    ------
    UndefinedOperationError
        Where the rank of Σ is the number of features, or Σ reaches down to 0: errors diverge.
    """
    inverse, flat = 1 / law.ratio, (law.eta - law.zeta).is_zero is True
    empty = law.data.atoms().get(sp.S.Zero, sp.S.Zero) if flat else sp.S.Zero
    if inverse == 1 - empty:
        raise UndefinedOperationError(
            "with as many features as samples, or as the data's rank for linear ones, the test "
            "error diverges like ridge^(-1/2), or faster where the data reach down to 0: take a "
            "positive ridge, or other ratios"
        )
    if inverse > 1 and not empty:
        return _invertible(law, bits)
    if inverse > 1 - empty:
        with ctx.workprec(bits):
            return RidgelessLimit(arb(0), arb(0), 1 / exact_ball(empty, bits) - 1)
    return _few_features(law, bits)


def _invertible(law: FeatureLaw, bits: int) -> RidgelessLimit:
    """More features than samples, Σ > 0."""
    found = law.at_places(_at_zero(law.law, 2, bits), sp.S.Zero, bits)
    with ctx.workprec(bits):
        curved, ratio = (exact_ball(v, bits) for v in (law.eta - law.zeta, law.ratio))
        chi, square = -curved * (1 - ratio) * found.tau1, found.tau1**2
        return RidgelessLimit(chi, -found.slope2 / square, -found.slope1 / square - 1)


def _few_features(law: FeatureLaw, bits: int) -> RidgelessLimit:
    """Fewer features than samples: r = tr K̃⁻¹/m of the n₁ x n₁ side."""
    (other,) = _at_zero(law.law.companion(law.ratio), 0, bits)
    with ctx.workprec(bits):
        numbers = law.ratio, law.eta - law.zeta, law.zeta, law.length
        ratio, curved, zeta, length = (exact_ball(v, bits) for v in numbers)
        rest, mass = -other / ratio, 1 - 1 / ratio
        if law.zeta.is_zero:
            signal = length / mass
        else:
            signal = (1 / (ratio**2 * rest) - curved * mass) * length / (zeta * mass**2)
        return RidgelessLimit(-curved * (ratio - 1) * rest, signal, 1 / mass - 1)


def _at_zero(law: Law, orders: int, bits: int) -> list[arb]:
    """G(0) and its derivatives."""
    try:
        return balls_of(law, sp.S.Zero, orders, bits)
    except InvalidParameterError:
        raise UndefinedOperationError(
            "the kernel's eigenvalues reach down to 0, as those of linear features do where those "
            "of the data do: the errors need not have a limit, take a positive ridge"
        ) from None
