"""Haar letters that only rotate, words in them, transposes of complex letters."""

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import NotAlgebraicError
from freeprob.models.letters.free_copies import with_free_copies
from freeprob.models.letters.letters import letters_of
from freeprob.models.traces.trace_comparison import trace_comparison

N = sp.Symbol("N", positive=True)
G, z = sp.symbols("G z")
ONE = sp.Identity(N)
O, V = fp.HaarOrthogonal("O", N), fp.HaarOrthogonal("V", N)
U, W = fp.HaarUnitary("U", N), fp.HaarUnitary("W", N)
A = fp.Deterministic("A", fp.Atomic({-1: "1/3", 2: "2/3"}), N)
B = fp.Deterministic("B", fp.Atomic({0: "2/5", 1: "3/5"}), N)
HALF = fp.Deterministic("D", fp.Atomic({0: "1/2", 1: "1/2"}), N)
ARCSINE = [0, 2, 0, 6, 0, 20]


@pytest.mark.parametrize(
    ("matrix", "atoms"),
    [
        (A + O * A * O.T, {4: sp.Rational(1, 3)}),
        (A + U * A * U.adjoint(), {4: sp.Rational(1, 3)}),
        (A + O.T * A * O, {4: sp.Rational(1, 3)}),
        (B + O * B * O.T, {2: sp.Rational(1, 5)}),
        # masses a + b - 1 at products of eigenvalues: A² and its rotated copy
        (A * O * A * O.T * A, {8: sp.Rational(1, 3)}),
    ],
)
def test_masses_of_a_rotated_copy_beside_the_letter(matrix: sp.MatrixExpr, atoms: dict) -> None:
    assert fp.law(matrix).atoms() == atoms


def test_a_rotated_copy_of_a_family_with_common_eigenvectors() -> None:
    D, E = fp.jointly_diagonal("DE", {(0, 1): "1/4", (2, -1): "1/4", (1, 1): "1/2"}, N)
    total, own = fp.Atomic({1: "1/2", 2: "1/2"}), D.law
    law = fp.law(D + E + O * D * O.T)
    assert law.moments(6) == fp.boxplus(total, own).moments(6)
    # the sum of the family is one letter of it: two laws with atoms, no coupled system
    assert law == fp.boxplus(total, own)


def test_functions_of_a_family_next_to_other_letters_are_one_letter() -> None:
    D, E = fp.jointly_diagonal("DE", {(0, 1): "1/4", (2, -1): "1/4", (1, 1): "1/2"}, N)
    x = fp.GOE("x", N)
    spread = fp.Atomic({-1: "1/4", 3: "1/4", 0: "1/2"})
    assert fp.law(D - E + x) == fp.boxplus(spread, fp.Semicircle(1))
    assert fp.law(D + E + 2 * D * E + x).moments(3) == fp.boxplus(
        fp.Atomic({1: "1/4", -3: "1/4", 4: "1/2"}), fp.Semicircle(1)
    ).moments(3)


def test_a_commutator_with_a_rotated_copy() -> None:
    # i[p, q] of free projections of trace 1/2: eigenvalues ± sin(2θ)/2 with uniform θ
    M = U * HALF * U.adjoint()
    found = fp.law(sp.I * (HALF * M - M * HALF))
    assert found.moments(4) == [0, sp.Rational(1, 8), 0, sp.Rational(3, 128)]
    P, R = fp.Projection("P", "1/2", N), fp.Projection("R", "1/2", N)
    equation = fp.law(sp.I * (P * R - R * P)).equation(G, z)
    assert sp.expand(equation.lhs - (G**2 * (4 * z**2 - 1) - 4)) == 0


@pytest.mark.parametrize(
    "matrix",
    [
        O + O.T,
        O * O + (O * O).T,
        O**3 + O.T**3,
        U * W * U.adjoint() * W.adjoint() + W * U * W.adjoint() * U.adjoint(),
        O * V * O + (O * V * O).T,
        U.T + U.conjugate(),
    ],
)
def test_a_word_in_haar_matrices_plus_its_adjoint_is_arcsine(matrix: sp.MatrixExpr) -> None:
    assert fp.law(matrix).moments(6) == ARCSINE


def test_transposes_of_complex_letters_are_free_from_them() -> None:
    u, X = fp.GUE("u", N), fp.Ginibre("X", N, 2 * N, 1 / N, complex=True)
    assert fp.law(u + u.T).moments(4) == fp.Semicircle(2).moments(4)
    gram = fp.law(X * X.adjoint() + X.conjugate() * X.T)
    own = fp.law(X * X.adjoint())
    assert gram.moments(4) == fp.boxplus(own, own).moments(4)
    # a real letter's transpose is not free from it
    S = fp.Ginibre("S", N, N, 1 / N)
    assert fp.law(S + S.T).moments(2) == [0, 2]
    drawn = fp.simulate(u + u.T, N=300, rng=1)
    assert abs(np.trace(drawn @ drawn).real / 300 - 2) < 0.05


def test_what_is_not_a_rotation_stays() -> None:
    for matrix in (sp.BlockMatrix([[A, O], [O.T, A]]), O * A + A * O.T, O * A * O.T + O.T * A * O):
        assert O in letters_of(with_free_copies(matrix))


@pytest.mark.parametrize("matrix", [A * O * A * O.T, (O * A * O.T + 3 * ONE).inverse() * A])
def test_traces_take_the_same_copies(matrix: sp.MatrixExpr) -> None:
    trace = fp.normalized_trace(matrix)
    assert trace.check(n=150, draws=12).passed
    wrong = complex(trace) + 0.05
    assert not trace_comparison(matrix, wrong, n=150, draws=12, rng=0).passed


def test_masses_of_atoms_are_drawn_whole() -> None:
    """At 100 eigenvalues 1/3 of them is no whole number, and the mean would be 5e-3 off."""
    trace = fp.normalized_trace(A)
    found = trace.check(n=100, draws=2)
    assert found.drawn == pytest.approx(1, abs=1e-12)
    assert found.passed


def test_what_cannot_be_asked_is_said_at_once() -> None:
    with pytest.raises(NotAlgebraicError, match="occurs 2 times"):
        fp.law(O * A * O.T + O.T * A * O + A)
