"""Derivations of expressions: pencil, covariance map, system, elimination."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import freeprob as fp

N = sp.Symbol("N", positive=True)
c = sp.Symbol("c", positive=True)
G, z = sp.symbols("G z")
x, y = fp.GOE("x", N), fp.GOE("y", N)
A = fp.Deterministic("A", fp.Atomic({1: "1/2", 3: "1/2"}), N)
X = fp.Ginibre("X", N, 2 * N, 1 / N)


def covariance(derivation: object) -> object:
    """The step with the covariance map."""
    (step,) = [s for s in derivation.steps if isinstance(s.equation.rhs, sp.MatrixBase)]
    return step


def test_covariance_map_of_the_anticommutator() -> None:
    # Λ = z E - x (E₁₃ + E₃₁) - y (E₁₂ + E₂₁) + …: η(G) = diag(G₂₂ + G₃₃, G₁₁, G₁₁)
    derivation = fp.law(x * y + y * x).derive(G, z)
    entries = covariance(derivation).equation.rhs
    names = {symbol: sp.Symbol(symbol.name) for symbol in entries.free_symbols}
    one, two, three = (sp.Symbol(rf"\mathsf{{G}}_{{{k}{k}}}") for k in (1, 2, 3))
    assert entries.xreplace(names) == sp.diag(two + three, one, one)
    assert r"\eta(\mathsf{G}) = " in derivation.latex()
    assert derivation.steps[-1].equation.lhs == G**3 * z + G**2 - G * z + 1


@pytest.mark.parametrize(
    "matrix",
    [
        c * x * y * x + y,
        A * x + x * A + x**2,
        sp.I * (x * y - y * x),
        X * X.T + X * X.T * x + x * X * X.T,
        sp.BlockMatrix([[x, 2 * X], [2 * X.T, sp.ZeroMatrix(2 * N, 2 * N)]]),
    ],
)
def test_the_covariance_map_is_verified_and_a_wrong_one_refuted(matrix: sp.MatrixExpr) -> None:
    derivation = fp.law(matrix).derive(G, z)
    assert derivation.check(points=1).passed
    step = covariance(derivation)
    wrong = sp.ImmutableMatrix(step.equation.rhs) * sp.Rational(1001, 1000)
    bad = replace(step, equation=sp.Eq(step.equation.lhs, wrong, evaluate=False))
    steps = tuple(bad if each is step else each for each in derivation.steps)
    assert replace(derivation, steps=steps).check(points=1).failed == (bad,)


def test_an_expression_inside_a_free_sum_is_named() -> None:
    derivation = fp.law(A * x + x * A + X * X.T).derive(G, z)
    assert r"\mathcal{L}\left(A x + x A\right)" in derivation.latex()
    assert derivation.check(points=1).passed
