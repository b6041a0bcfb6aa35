"""Deterministic equivalents: against digits, integrals over laws, and simulated matrices."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError

N = sp.Symbol("N", positive=True)
ETA, ZETA, PSI1, PSI2, RIDGE = sp.symbols("eta zeta psi1 psi2 gamma", positive=True)
X = fp.Ginibre("X", N, N)
H = fp.GOE("H", N)
A = fp.Deterministic("A", fp.Atomic({1: "1/2", 3: "1/2"}), N)
ONE = sp.Identity(N)
M = X * X.T / N


def features() -> tuple[sp.MatrixExpr, sp.MatrixExpr]:
    """K = FᵀF/n₁ + γ and XᵀX/n₀ of random features, n₀ = N, n₁ = ψ₁N, m = ψ₂N."""
    W, D = fp.Ginibre("W", PSI1 * N, N, 1 / N), fp.Ginibre("D", N, PSI2 * N)
    Z = fp.Ginibre("Z", PSI1 * N, PSI2 * N)
    F = sp.sqrt(ZETA) * W * D + sp.sqrt(ETA - ZETA) * Z
    return F.T * F / (PSI1 * N) + RIDGE * sp.Identity(PSI2 * N), D.T * D / N


@pytest.mark.parametrize(
    ("psi", "ridge", "tau1", "tau2", "train", "test"),
    [
        (
            (2, 3),
            sp.Rational(3, 100),
            "15.68700503272232947134",
            "4.583299030929925292199",
            "0.1691059805898962171964",
            "0.5635480738009141196714",
        ),
        (
            (3, 3),
            sp.Rational(3, 1000),
            "46.32565277424474302965",
            "7.947923244516316751999",
            "0.02642031077434861672505",
            "1.167893598083551053541",
        ),
    ],
)
def test_random_features(
    psi: tuple[int, int], ridge: sp.Rational, tau1: str, tau2: str, train: str, test: str
) -> None:
    # Adlam-Pennington (2020), centred relu, noise 1/5: τ₁, τ₂ and the errors by their derivatives
    K, gram = features()
    values = {
        PSI1: psi[0],
        PSI2: psi[1],
        RIDGE: ridge,
        ZETA: sp.Rational(1, 4),
        ETA: sp.Rational(1, 2) - 1 / (2 * sp.pi),
    }
    inverse = K.inverse()
    one, two, slope_one, slope_two = (
        fp.normalized_trace(matrix).subs(values).evaluate(dps=26)
        for matrix in (inverse, gram * inverse, inverse**2, gram * inverse**2)
    )
    context = mpmath.MPContext()
    context.dps = 26
    g, noise = context.mpf(ridge.p) / ridge.q, context.mpf(1) / 5
    trained = g**2 * (noise * slope_one + slope_two)
    found = (one, two, trained, trained / (g * one) ** 2 - noise)
    for value, wanted in zip(found, (tau1, tau2, train, test), strict=True):
        assert abs(value / context.mpf(wanted) - 1) < context.mpf(10) ** -20


def test_one_resolvent_is_the_cauchy_transform() -> None:
    trace = fp.normalized_trace((M + 2 * ONE).inverse())
    assert trace.evaluate(dps=30) == -fp.MarchenkoPastur(1).cauchy(-2, dps=30).real
    # Σ (-1)ᵏ mₖ/γᵏ⁺¹ with Catalan moments
    assert trace.series(3) == [sp.Rational(value, 16) for value in (8, -4, 4, -5)]


def test_the_equations_hold_at_the_numbers() -> None:
    trace = fp.normalized_trace((M + RIDGE * ONE).inverse())
    *system, last = trace.equations()
    assert len(system) == 2
    g = [equation.lhs for equation in system]
    solution = sp.nsolve([e.lhs - e.rhs.subs(RIDGE, 2) for e in system], g, [1.2, 0.4], prec=30)
    value = last.rhs.subs(RIDGE, 2).subs(dict(zip(g, solution, strict=True)))
    assert abs(value - trace.subs({RIDGE: 2}).evaluate(dps=25)) < 1e-20


@pytest.mark.parametrize(
    "matrix",
    [
        A * (M + A + ONE).inverse() * A * (M + ONE).inverse(),
        (A + 3 * ONE + H / 4).inverse() * H,
        H * (M + ONE).inverse() * H * (M + ONE).inverse(),
    ],
)
def test_traces_of_simulated_matrices(matrix: sp.MatrixExpr) -> None:
    value = fp.normalized_trace(matrix).evaluate()
    size, draws = 300, 6
    seen = [np.trace(fp.simulate(matrix, N=size, rng=k)) / size for k in range(draws)]
    # linear statistics fluctuate like 1/n, and their mean is off by as much
    assert abs(np.mean(seen) - value) < 2 / size
    wrong = fp.normalized_trace(
        matrix.xreplace({A: fp.Deterministic("A", fp.PointMass(3), N), H: 2 * H})
    )
    assert abs(np.mean(seen) - wrong.evaluate()) > 2 / size


def test_an_inverse_of_something_singular() -> None:
    with pytest.raises(UndefinedOperationError, match="add a ridge"):
        fp.normalized_trace(M.inverse() * A).evaluate()
    # the spectrum of H reaches 2
    with pytest.raises(ConvergenceError, match="meets the spectrum"):
        fp.normalized_trace((H - sp.Rational(1, 2) * ONE).inverse() * (H + 3 * ONE)).evaluate()


def test_refusals() -> None:
    with pytest.raises(InvalidParameterError, match="not square"):
        fp.normalized_trace(fp.Ginibre("Y", N, 2 * N, 1 / N))
    with pytest.raises(InvalidParameterError, match="gamma"):
        fp.normalized_trace((M + RIDGE * ONE).inverse()).evaluate()
    with pytest.raises(InvalidParameterError, match="N"):
        fp.normalized_trace(X * X.T)
