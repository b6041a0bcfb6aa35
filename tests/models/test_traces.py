"""Deterministic equivalents: against digits, integrals over laws, and simulated matrices."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from tests.models.random_features import ETA, PSI1, PSI2, RELU, RIDGE, ZETA, N, features

X = fp.Ginibre("X", N, N)
H = fp.GOE("H", N)
A = fp.Deterministic("A", fp.Atomic({1: "1/2", 3: "1/2"}), N)
ONE = sp.Identity(N)
M = X * X.T / N


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
        **RELU,
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
    trace = fp.normalized_trace((M + A + RIDGE * ONE).inverse())
    *system, last = trace.equations()
    g = [equation.lhs for equation in system]
    value = trace.subs({RIDGE: 2}).evaluate(dps=25)
    starts = [sp.Rational(k + 2, 5) for k in range(len(g))]
    sides = [(e.lhs - e.rhs).subs(RIDGE, 2) for e in system]
    solution = sp.nsolve(sides, g, starts, prec=30)
    at = dict(zip(g, solution, strict=True))
    assert abs(last.rhs.subs(RIDGE, 2).subs(at) - value) < 1e-20


def test_one_block_trace_is_enough_for_a_square_gram_matrix() -> None:
    # g = γ τ solves g = γ/(γ + g): the traces of the two sides coincide
    (equation, last) = fp.normalized_trace((M + RIDGE * ONE).inverse()).equations()
    g = equation.lhs
    assert sp.simplify(equation.rhs - RIDGE / (RIDGE + g)) == 0
    assert last.rhs == g / RIDGE


def test_the_two_equations_of_random_features() -> None:
    # Adlam-Pennington (2020), S67 and S68, with φ = 1/ψ₂ and ψ = 1/ψ₁
    K, gram = features()
    one, two = sp.symbols("tau1 tau2")
    trace = fp.normalized_trace(K.inverse())
    *found, last = trace.equations({one: K.inverse(), two: gram * K.inverse()})
    assert last.rhs == one
    assert len(found) == 2
    phi, psi = 1 / PSI2, 1 / PSI1
    ridge = ZETA * one * two * (RIDGE * one - 1)
    papers = [
        phi * (ZETA * one * two + phi * (two - one)) + psi * ridge,
        phi * (two - one) * (ZETA * (two - one) + ETA * one) - ridge,
    ]
    # both pairs span the same polynomials over the parameters
    basis = [sp.Poly(sp.numer(sp.together(e)), one, two) for e in papers]
    monomials = sorted({m for p in basis for m in p.monoms()})
    rows = [[p.coeff_monomial(m) for m in monomials] for p in basis]
    for equation in found:
        own = sp.Poly(equation.lhs, one, two)
        assert set(own.monoms()) <= set(monomials)
        rows.append([own.coeff_monomial(m) for m in monomials])
    values = {PSI1: 2, PSI2: 3, RIDGE: 5, ZETA: 7, ETA: 11}
    assert sp.Matrix(rows).subs(values).rank() == 2
    assert sp.Matrix(rows[2:]).subs(values).rank() == 2
    # which a wrong sign would break
    rows[0] = [
        -value if m == (1, 1) else value for m, value in zip(monomials, rows[0], strict=True)
    ]
    assert sp.Matrix(rows).subs(values).rank() == 3


B = fp.Deterministic("B", fp.Atomic({0: "1/2", 2: "1/2"}), N)
U = fp.HaarOrthogonal("U", N)
Y = fp.Ginibre("Y", N, 2 * N, 1 / N)
BLOCKS = sp.BlockMatrix([[M + ONE, H / 4], [H / 4, A + ONE]])
FIRST, SECOND = fp.jointly_diagonal("FS", {(0, 1): "1/3", (2, 5): "1/3", (1, 3): "1/3"}, N)
FREE = {letter: fp.Deterministic(letter.name, letter.law, N) for letter in (FIRST, SECOND)}


@pytest.mark.parametrize(
    "matrix",
    [
        A * (M + A + ONE).inverse() * A * (M + ONE).inverse(),
        (A + 3 * ONE + H / 4).inverse() * H,
        H * (M + ONE).inverse() * H * (M + ONE).inverse(),
        # three resolvents, one of them expanded about the mean of A
        (M + ONE).inverse() * A * (M + A).inverse() * (M + 2 * ONE).inverse(),
        ((M + ONE).inverse() + A).inverse() * M,
        Y.T * (Y * Y.T + A).inverse() * Y * (Y.T * Y + sp.Identity(2 * N)).inverse(),
        BLOCKS.inverse(),
        A * (A + B + M + ONE).inverse() * B,
        # a rotation once, and in words that need matrices of block traces
        (U * A * U.T + B + ONE).inverse(),
        (U + U.T + A + 3 * ONE).inverse() * U * A * U.T,
        FIRST * (SECOND + M + H / 4 + 2 * ONE).inverse() * FIRST,
    ],
)
def test_traces_of_simulated_matrices(matrix: sp.MatrixExpr) -> None:
    value = fp.normalized_trace(matrix).evaluate()
    size, draws = 300, 6
    drawn = [fp.simulate(matrix, N=size, rng=k) for k in range(draws)]
    seen = np.mean([np.trace(one) / len(one) for one in drawn])
    # linear statistics fluctuate like 1/n, and their mean is off by as much
    assert abs(seen - value) < 2 / size
    other = {A: fp.Deterministic("A", fp.PointMass(3), N), H: 2 * H, **FREE}
    assert abs(seen - fp.normalized_trace(matrix.xreplace(other)).evaluate()) > 2 / size


@mpmath.workdps(30)
def test_common_eigenvectors_are_not_freeness() -> None:
    matrix = FIRST * (SECOND + ONE).inverse()
    value = fp.normalized_trace(matrix).evaluate(dps=20)
    # Σ p λ/(μ + 1)
    assert abs(value - (sp.Rational(1, 3) * (sp.Rational(1, 3) + sp.Rational(1, 4)))) < 1e-19
    assert abs(fp.normalized_trace(matrix.xreplace(FREE)).evaluate() - value) > 0.1


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
