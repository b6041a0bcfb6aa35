"""Random-feature kernels as matrix expressions, and the values that the digits of papers need."""

from __future__ import annotations

import sympy as sp

import freeprob as fp

N = sp.Symbol("N", positive=True)
ETA, ZETA, PSI1, PSI2, RIDGE = sp.symbols("eta zeta psi1 psi2 gamma", positive=True)
RELU = {ZETA: sp.Rational(1, 4), ETA: sp.Rational(1, 2) - 1 / (2 * sp.pi)}


def features() -> tuple[sp.MatrixExpr, sp.MatrixExpr]:
    """K = FᵀF/n₁ + γ and XᵀX/n₀ of random features, n₀ = N, n₁ = ψ₁N, m = ψ₂N."""
    W, D = fp.Ginibre("W", PSI1 * N, N, 1 / N), fp.Ginibre("D", N, PSI2 * N)
    Z = fp.Ginibre("Z", PSI1 * N, PSI2 * N)
    F = sp.sqrt(ZETA) * W * D + sp.sqrt(ETA - ZETA) * Z
    return F.T * F / (PSI1 * N) + RIDGE * sp.Identity(PSI2 * N), D.T * D / N


def other_side() -> sp.MatrixExpr:
    """FFᵀ/n₁ + γ, the n₁ x n₁ companion of K."""
    W, D = fp.Ginibre("W", PSI1 * N, N, 1 / N), fp.Ginibre("D", N, PSI2 * N)
    Z = fp.Ginibre("Z", PSI1 * N, PSI2 * N)
    F = sp.sqrt(ZETA) * W * D + sp.sqrt(ETA - ZETA) * Z
    return F * F.T / (PSI1 * N) + RIDGE * sp.Identity(PSI1 * N)
