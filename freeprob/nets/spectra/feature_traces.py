"""Regression on random features as matrix expressions: kernel, predictor, and their traces.

Features f(Wx) act like √ζ W x + √(η - ζ) z with z independent of x (Gaussian equivalence). With
n₀ = N inputs, n₁ = ψ₁N features and m = ψ₂N samples, F = √ζ WX + √(η - ζ) Z and

    K = FᵀF/n₁ + γ                                       (features)
    K = FᵀF/n₁ + (η' - ζ) + ζ XᵀX/n₀ + γ                 (tangent kernel of both layers)

the prediction for labels y is y K⁻¹ (L x + Fᵀ √(η - ζ) z/n₁), L = √ζ FᵀW/n₁ (+ ζ Xᵀ/n₀).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple, final

import sympy as sp

from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.independent_copies import independent_copies
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.traces.traces import TraceEquivalent


class FeatureSymbols(NamedTuple):
    """What the equations are written in: n₁/n₀, m/n₀, γ, η, ζ, η'."""

    psi1: sp.Symbol
    psi2: sp.Symbol
    gamma: sp.Symbol
    eta: sp.Symbol
    zeta: sp.Symbol
    slope: sp.Symbol


@cache
def feature_symbols() -> FeatureSymbols:
    """ψ₁, ψ₂, γ, η, ζ, η'."""
    names = "psi_1 psi_2 gamma eta zeta eta'"
    return FeatureSymbols(*(sp.Symbol(name, positive=True) for name in names.split()))


@final
@dataclass(frozen=True)
class FeatureRegression:
    """The matrices of one kind of regression.

    Parameters
    ----------
    tangent
        Whether both layers are trained, in the tangent kernel.
    linear
        Whether ζ > 0: features know their inputs.
    curved
        Whether η > ζ: features are not linear.
    """

    tangent: bool
    linear: bool
    curved: bool

    @cached_property
    def letters(self) -> dict[str, RandomMatrix]:
        """W, X, and Z, which is drawn with either."""
        s, n = feature_symbols(), sp.Symbol("N", positive=True)
        return {
            "W": Ginibre("W", s.psi1 * n, n, 1 / n),
            "X": Ginibre("X", n, s.psi2 * n),
            "Z": Ginibre("Z", s.psi1 * n, s.psi2 * n),
        }

    @property
    def inputs(self) -> sp.Symbol:
        """N = n₀."""
        return self.letters["X"].shape[0]

    @cached_property
    def features(self) -> sp.MatrixExpr:
        """F, n₁ x m."""
        s, (w, x, z) = feature_symbols(), self.letters.values()
        parts = []
        if self.linear:
            parts.append(sp.sqrt(s.zeta) * w * x)
        if self.curved:
            parts.append(sp.sqrt(s.eta - s.zeta if self.linear else s.eta) * z)
        return sp.MatAdd(*parts) if len(parts) > 1 else parts[0]

    @cached_property
    def gram(self) -> sp.MatrixExpr:
        """XᵀX/n₀."""
        x = self.letters["X"]
        return x.T * x / self.inputs

    @cached_property
    def kernel(self) -> sp.MatrixExpr:
        """K, m x m, with the ridge."""
        s, f = feature_symbols(), self.features
        identity = sp.Identity(s.psi2 * self.inputs)
        kernel = f.T * f / (s.psi1 * self.inputs) + s.gamma * identity
        if self.tangent:
            rest = s.slope - s.zeta if self.linear else s.slope
            kernel = kernel + rest * identity
            if self.linear:
                kernel = kernel + s.zeta * self.gram
        return kernel

    @cached_property
    def companion(self) -> sp.MatrixExpr:
        """FFᵀ/n₁ + γ, n₁ x n₁."""
        s, f = feature_symbols(), self.features
        rows = s.psi1 * self.inputs
        return f * f.T / rows + s.gamma * sp.Identity(rows)

    @cached_property
    def response(self) -> sp.MatrixExpr:
        """K⁻¹ L, m x n₀: the prediction as a function of the input."""
        s, (w, x, _) = feature_symbols(), self.letters.values()
        total = sp.sqrt(s.zeta) / (s.psi1 * self.inputs) * self.features.T * w
        if self.tangent:
            total = total + s.zeta / self.inputs * x.T
        return self.kernel.inverse() * total

    @cached_property
    def scatter(self) -> sp.MatrixExpr:
        """K⁻¹ Fᵀ √(η - ζ)/n₁, m x n₁: the prediction as a function of what f adds to its input."""
        s = feature_symbols()
        size = sp.sqrt(s.eta - s.zeta if self.linear else s.eta) / (s.psi1 * self.inputs)
        return size * self.kernel.inverse() * self.features.T

    def tau1(self) -> TraceEquivalent:
        """The trace tr K⁻¹/m."""
        return TraceEquivalent.of(self.kernel.inverse())

    def tau2(self) -> TraceEquivalent:
        """The trace tr XᵀX K⁻¹/(n₀ m)."""
        return TraceEquivalent.of(self.gram * self.kernel.inverse())

    def mean(self) -> list[TraceEquivalent]:
        """The trace tr X K⁻¹L/n₀: what is predicted on average; nothing without ζ."""
        if not self.linear:
            return []
        return [TraceEquivalent.of(self.letters["X"] * self.response)]

    def signal(self, fresh: str) -> list[TraceEquivalent]:
        """Products of predictions of two draws that differ in the fresh letters, summed.

        Z belongs to W and X: it is fresh if either is, and what f adds to a test input is shared
        with W.
        """
        x, found = self.letters["X"], []
        if self.linear:
            one, two = self._pair(x * self.response, fresh)
            found.append(TraceEquivalent.of(one * two.T))
        if self.curved and "W" not in fresh:
            one, two = self._pair(x * self.scatter, fresh)
            found.append(TraceEquivalent.of(one * two.T))
        return found

    def noise(self, fresh: str) -> list[TraceEquivalent]:
        """The same for what is predicted from label noise of variance 1; X is shared."""
        samples = feature_symbols().psi2 * self.inputs
        found = []
        if self.linear:
            one, two = self._pair(self.response, fresh)
            found.append(TraceEquivalent.of(samples * one * two.T))
        if self.curved and "W" not in fresh:
            one, two = self._pair(self.scatter, fresh)
            found.append(TraceEquivalent.of(samples * one * two.T))
        return found

    def _pair(self, expr: sp.MatrixExpr, fresh: str) -> tuple[sp.MatrixExpr, ...]:
        names = [*fresh, *(["Z"] if fresh else [])]
        letters = [self.letters[name] for name in names]
        return independent_copies(expr, [one for one in letters if expr.has(one)])
