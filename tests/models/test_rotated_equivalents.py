"""Deterministic equivalents with Haar letters: subordination, and against simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError

N, z = sp.symbols("N z", positive=True)
A, B, C = (fp.Deterministic(name, None, N) for name in "ABC")
U, V, X = fp.HaarOrthogonal("U", N), fp.HaarUnitary("V", N), fp.Ginibre("X", N, N)
UNIT = sp.Identity(N)
Q = (A + U * B * U.T + z * UNIT).inverse()

SIZE, RIDGE, DRAWS = 120, 0.5, 12
RNG = np.random.default_rng(3)


def haar() -> np.ndarray:
    rotation, upper = np.linalg.qr(RNG.standard_normal((SIZE, SIZE)))
    return rotation * np.sign(np.diag(upper))


def symmetric(values: np.ndarray) -> np.ndarray:
    rotation = haar()
    matrix = (rotation * values) @ rotation.T
    return (matrix + matrix.T) / 2


ARRAYS = {
    A: np.diag(RNG.uniform(0.2, 3, SIZE)),
    B: symmetric(5 * RNG.uniform(0, 1, SIZE) ** 2),
    C: symmetric(RNG.uniform(0, 2, SIZE)),
}
a, b, c = ARRAYS.values()


def inverse(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.inv(matrix + RIDGE * np.eye(SIZE))


def noise() -> np.ndarray:
    x = RNG.standard_normal((SIZE, SIZE))
    return x @ x.T / SIZE


TRACES: dict[str, tuple[sp.MatrixExpr, Callable[[np.ndarray], np.ndarray]]] = {
    "one resolvent": (Q * C, lambda u: inverse(a + u @ b @ u.T) @ c),
    "two resolvents": (
        Q * C * Q * A,
        lambda u: inverse(a + u @ b @ u.T) @ c @ inverse(a + u @ b @ u.T) @ a,
    ),
    "beside the rotation": (Q * U * C * U.T, lambda u: inverse(a + u @ b @ u.T) @ u @ c @ u.T),
    "a word": (U * A * U.T * B * U * C * U.T * B, lambda u: u @ a @ u.T @ b @ u @ c @ u.T @ b),
    "the rotation alone": ((A + U + U.T + 3 * UNIT).inverse(), lambda u: _shifted(a + u + u.T)),
    "its square": (
        (A + U * B * U.T + U * U * C * U.T * U.T + z * UNIT).inverse() * C,
        lambda u: inverse(a + u @ b @ u.T + u @ u @ c @ u.T @ u.T) @ c,
    ),
    "Gaussian letters, too": (
        (A + U * B * U.T + X * X.T / N + z * UNIT).inverse() * C,
        lambda u: inverse(a + u @ b @ u.T + noise()) @ c,
    ),
}


def _shifted(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.inv(matrix + 3 * np.eye(SIZE))


@pytest.mark.parametrize("name", TRACES)
def test_numbers_agree_with_simulation(name: str) -> None:
    expr, sampled = TRACES[name]
    trace, own = fp.normalized_trace(expr), {x: m for x, m in ARRAYS.items() if expr.has(x)}
    values = {z: RIDGE} if expr.has(z) else {}
    mean = np.mean([np.trace(sampled(haar())) / SIZE for _ in range(DRAWS)])
    assert abs(trace.evaluate(values, data=own) / mean - 1) < 0.01
    # the twin: a matrix that is a tenth larger
    wrong = {x: 1.1 * m if x == (B if B in own else A) else m for x, m in own.items()}
    assert abs(trace.evaluate(values, data=wrong) / mean - 1) > 0.02


def test_the_matrix_itself_is_that_of_subordination() -> None:
    E = fp.deterministic_equivalent(Q)
    kappa, other, _ = E.scalars
    assert E.expression == (A + kappa * UNIT).inverse()
    # ω_A + ω_B = -z + 1/G at -z, where ω = -κ and G = -tr (A + κ)⁻¹
    trace = sp.Trace((A + kappa * UNIT).inverse()) / N
    assert sp.simplify(E.equations()[1].rhs - (z - kappa + 1 / trace)) == 0
    assert E.equations()[1].lhs == other
    found = E.evaluate({z: RIDGE}, data={A: a, B: b})
    off = found - np.diag(np.diag(found))
    assert np.abs(off).max() == 0
    sampled = np.mean([inverse(a + (u := haar()) @ b @ u.T) for _ in range(DRAWS)], axis=0)
    assert np.abs(sampled - found).max() < 0.1 * np.abs(found).max()


def test_eigenvalues_are_enough_where_rotations_keep_letters_apart() -> None:
    atoms = fp.Atomic({1: "1/3", 5: "2/3"})
    trace = fp.normalized_trace(Q)
    law = fp.boxplus(fp.Empirical([1, 2, 3]), atoms)
    for place in (RIDGE, 2.0, -2 + 0.5j):
        value = trace.evaluate({z: place}, data={A: [1, 2, 3], B: atoms})
        assert abs(value + law.cauchy(-place)) < 1e-12
    with pytest.raises(InvalidParameterError, match="a random rotation in between"):
        fp.normalized_trace(Q * B).evaluate({z: 1}, data={A: [1, 2, 3], B: [1, 2, 3]})
    with pytest.raises(InvalidParameterError, match="only eigenvalues are given"):
        fp.deterministic_equivalent(Q).evaluate({z: 1, N: 3}, data={A: [1, 2, 3], B: [1, 2, 3]})


def test_no_other_solution_is_taken_next_to_the_axis() -> None:
    """Narrow bands pass below the point on the way from vanishing letters."""
    rng = np.random.default_rng(5)
    rotated = fp.normalized_trace((A + U * B * U.T - z * UNIT).inverse())
    noisy = fp.normalized_trace((A + fp.GOE("H", N) - z * UNIT).inverse())
    told = 0
    for _ in range(6):
        first, second = (np.round(s * rng.normal(size=3), 2) for s in rng.choice([0.3, 1, 4], 2))
        laws = (
            (rotated, fp.boxplus(fp.Empirical(first), fp.Empirical(second)), {A: first, B: second}),
            (noisy, fp.boxplus(fp.Empirical(first), fp.Semicircle(1)), {A: first}),
        )
        for place in (1 + 1e-3j, -2 + 0.01j):
            for trace, law, data in laws:
                try:
                    value = trace.evaluate({z: place}, data=data)
                except ConvergenceError:
                    continue
                told += 1
                assert abs(value + law.cauchy(place)) < 1e-9 * max(1, abs(value))
    assert told >= 22


@pytest.mark.parametrize("expr", [Q, Q * U * C * U.T], ids=str)
def test_derivations_check_their_steps(expr: sp.MatrixExpr) -> None:
    derivation = fp.deterministic_equivalent(expr).derive()
    assert derivation.check(points=2).passed
    assert "Haar letter" in derivation.latex()


MEAN = sp.Trace(A) / N


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (U * A * U.T, MEAN * UNIT),
        (U * U.T * A, A),
        (V**-2 * A * V**2, MEAN * UNIT),
        (sp.MatPow(2 * U * A * U.T, -1), sp.Trace(A.inverse()) / (2 * N) * UNIT),
        ((U * A).inverse(), sp.ZeroMatrix(N, N)),
        ((U - 3 * UNIT).inverse(), -UNIT / 3),
    ],
    ids=str,
)
def test_rotations_alone(expr: sp.MatrixExpr, expected: sp.MatrixExpr) -> None:
    found = fp.deterministic_equivalent(expr)
    assert str(found.expression) == str(expected)
    if expr.has(A):
        assert found.evaluate(data={A: np.diag([1.0, 2, 4])}).shape == (3, 3)


def test_multiples_of_the_identity_have_the_size_of_the_expression() -> None:
    D = fp.Deterministic("D", None, 2 * N)
    Z = fp.Ginibre("Z", N, 2 * N)
    E = fp.deterministic_equivalent((Z * D * Z.T / N + z * UNIT).inverse())
    data = {D: np.eye(6)}
    found = E.evaluate({z: 1, N: 3}, data=data)
    assert found == pytest.approx(np.eye(3) * found[0, 0])
    assert E.form([1, 2, 0], [1, 1, 1], {z: 1, N: 3}, data) == pytest.approx(3 * found[0, 0])
    with pytest.raises(InvalidParameterError, match="has 3 entries"):
        E.form([1, 2], [1, 1, 1], {z: 1, N: 3}, data)
    with pytest.raises(InvalidParameterError, match="dimensions as whole numbers"):
        E.evaluate({z: 1, N: "5/2"}, data={D: [1, 2]})


def test_transposes_of_complex_rotations_are_refused() -> None:
    with pytest.raises(UndefinedOperationError, match="adjoint"):
        fp.deterministic_equivalent(sp.Transpose(V) * A * V)
