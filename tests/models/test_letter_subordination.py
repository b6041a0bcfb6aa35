"""Operator-valued subordination, letter by letter: E on a letter of (z - P)⁻¹ has the trace G(z).

With the subordination function of a letter, the resolvent on its eigenvector of eigenvalue λ is
(M(z) - λC)⁻¹ in the outer rows, and the mean over the letter's law is G of the whole expression
(Belinschi-Mai-Speicher 2017). G itself comes from the block traces and knows nothing of that.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.models.limit_laws.law import MatrixLaw
from freeprob.numeric.branch.functions import BranchFunction

N = sp.Symbol("N", positive=True)
ONE = sp.Identity(N)
H, K, X = fp.GOE("H", N), fp.GUE("K", N), fp.Ginibre("X", N, 2 * N, 1 / (2 * N))
TWO = fp.Atomic({1: "1/2", 3: "1/2"})
SIGN = fp.Atomic({-1: "1/3", 2: "2/3"})
D, E = fp.Deterministic("D", TWO, N), fp.Deterministic("E", SIGN, N)
B = fp.Deterministic("B", SIGN, 2 * N)
P = fp.Projection("P", "1/3", N)
O = fp.HaarOrthogonal("O", N)

EXPRESSIONS = {
    "sum": H + D,
    "product": D * H * D,
    "anticommutator": H * D + D * H,
    "commutator": sp.I * (D * K - K * D),
    "letter inside": H * D * H + H,
    "covariance": D * X * X.T * D + H,
    "sum and compound Wishart": D + X * B * X.T,
    "two letters": E * H * D + D * H * E,
    "two letters, one twice": E * D * E + H,
    "letter and its square": D**2 + D * H + H * D,
    "projection": P * H * P + E,
    "rotation": O * D + D * O.T,
    "resolvent": (H**2 + D).inverse() + D,
    "blocks": sp.BlockMatrix([[D, H], [H, sp.ZeroMatrix(N, N)]]),
}
SLOW = ("two letters",)
CASES = [
    pytest.param(name, letter, marks=[pytest.mark.slow] * (name in SLOW))
    for name, expr in EXPRESSIONS.items()
    for letter in (D, E, P)
    if expr.has(letter)
]
POINTS = np.array([0.7 + 0.3j, 23.0 + 0j, -1.1 - 0.4j])


def atoms(letter: sp.MatrixSymbol) -> list[tuple[float, float]]:
    return [(float(place), float(mass)) for place, mass in letter.law.atoms().items()]


def coefficient(law: MatrixLaw, letter: sp.MatrixSymbol) -> np.ndarray:
    """C of Λ(z) = z E - Λ₀ - Σ C ⊗ x, as the pencil shows it."""
    symbol = sp.Symbol(letter.name, commutative=False)
    shown = law.pencil().matrix(0).applyfunc(lambda entry: -sp.expand(entry).coeff(symbol))
    return np.array(shown.tolist(), dtype=complex)


def pencil_at(law: MatrixLaw, letter: sp.MatrixSymbol, omega: np.ndarray, place: float) -> complex:
    """The trace of the outer rows on an eigenvector, from a matrix-valued ω."""
    outer = law.pencil().outer
    inverse = np.linalg.inv(omega - place * coefficient(law, letter))
    return np.trace(inverse[:outer, :outer]) / outer


def mean_at(law: MatrixLaw, letter: sp.MatrixSymbol, omega: complex, z: complex) -> complex:
    """The same from a number ω, by the resolvent at one eigenvalue λ₀ of the letter.

    (M - λC)⁻¹ = Q + Q u (1/(c (λ - λ₀)) - A)⁻¹ u* Q with c A = 1/(ω - λ₀).
    """
    seen = law.conditional(letter)
    (columns, rows), base, (c,) = seen.sides[0], float(seen.base), seen.coefficient
    size = seen.corner.rows
    functions = [seen.corner.trace() / size, (rows * columns).trace() / size]
    upper = np.array([complex(z.real, abs(z.imag))])
    found = [BranchFunction(seen.system, f).floats(upper)[0] for f in functions]
    Q, between = (value.conjugate() if z.imag < 0 else value for value in found)
    total = 0
    for place, mass in atoms(letter):
        moved = c * (place - base)
        # 1/(1/m - A) = m/(1 - m A)
        total += mass * (Q + complex(moved) * between / (1 - (place - base) / (omega - base)))
    return total


@pytest.mark.parametrize(("name", "letter"), CASES)
def test_the_mean_over_a_letter_is_the_cauchy_transform(name: str, letter: sp.MatrixSymbol) -> None:
    law = MatrixLaw(EXPRESSIONS[name])
    omegas, G = law.subordination(POINTS)[letter], law.cauchy(POINTS)
    missed = []
    for z, omega, value in zip(POINTS, omegas, G, strict=True):
        if omegas.ndim == 3:
            mean = sum(m * pencil_at(law, letter, omega, place) for place, m in atoms(letter))
            wrong = sum(m * pencil_at(law, letter, omega, 1.1 * at) for at, m in atoms(letter))
        else:
            mean, wrong = (mean_at(law, letter, w, z) for w in (omega, 1.1 * omega))
        assert mean == pytest.approx(value, abs=1e-12)
        missed.append(abs(wrong - value))
    assert max(missed) > 1e-3


def test_numbers_at_the_letters_own_law() -> None:
    law = MatrixLaw(EXPRESSIONS["sum and compound Wishart"])
    omega = law.subordination(POINTS)[D]
    assert TWO.cauchy(omega) == pytest.approx(law.cauchy(POINTS), abs=1e-13)
    # the columns of X see 1/(1/b - G/2)
    assert law.subordination(POINTS)[B] == pytest.approx(2 / law.cauchy(POINTS), abs=1e-12)
    scalar = fp.boxplus(fp.Semicircle(1), TWO)
    omegas = MatrixLaw(H + D).subordination(23, dps=40)[D], scalar.subordination(23, dps=40)[TWO]
    with mpmath.workdps(42):
        assert abs(omegas[0] - omegas[1]) < mpmath.mpf(10) ** -37


@pytest.mark.parametrize("name", ["anticommutator", "two letters, one twice", "commutator"])
def test_thirty_digits(name: str) -> None:
    law = MatrixLaw(EXPRESSIONS[name])
    letter = E if EXPRESSIONS[name].has(E) else D
    z = mpmath.mpc("0.5", "0.75")
    omega, symbol = law.subordination(z, dps=35)[letter], sp.Symbol(letter.name, commutative=False)
    shown = law.pencil().matrix(0).applyfunc(lambda entry: -sp.expand(entry).coeff(symbol))
    with mpmath.workdps(40):
        total = mpmath.mpc(0)
        for place, mass in letter.law.atoms().items():
            C = mpmath.matrix([[mpmath.mpmathify(v) for v in row] for row in shown.tolist()])
            M = mpmath.matrix(omega.tolist()) - int(place) * C
            total += mpmath.mpf(mass.p) / mass.q * (M**-1)[0, 0]
        assert abs(total - law.cauchy(z, dps=35)) < mpmath.mpf(10) ** -30


def test_shapes_and_points_below_the_axis() -> None:
    law = MatrixLaw(EXPRESSIONS["commutator"])
    z = np.array([[0.3 + 1j, 2 - 1j, 9]])
    found, mirror = law.subordination(z)[D], law.subordination(z.conj())[D]
    assert found.shape == (1, 3, 3, 3)
    assert law.subordination(9.0)[D].shape == (3, 3)
    assert mirror == pytest.approx(np.swapaxes(found, -1, -2).conj(), abs=1e-13)


MOVED = {
    "anticommutator": (6, lambda h, d, x: h @ d + d @ h),
    "covariance": (6, lambda h, d, x: d @ x @ x.T @ d + h),
    "resolvent": (6, lambda h, d, x: np.linalg.inv(h @ h + d) + d),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_moved_eigenvalue_appears_in_three_drawn_matrices(name: str) -> None:
    value, build = MOVED[name]
    outlier = MatrixLaw(EXPRESSIONS[name]).outliers([value], part=D)[-1]
    tops, overlaps, others = [], [], []
    for seed in range(3):
        h, d, x = (fp.simulate(letter, N=300, rng=seed) for letter in (H, D, X))
        for place, found in ((value, tops), (1.25 * value, others)):
            d[0, 0] = place
            values, vectors = np.linalg.eigh(build(h, d, x))
            found.append(values[-1])
            if place == value:
                overlaps.append(vectors[0, -1] ** 2)
    assert np.mean(tops) == pytest.approx(outlier.location, rel=0.05)
    assert np.mean(overlaps) == pytest.approx(outlier.overlap, abs=0.08)
    assert np.mean(others) != pytest.approx(outlier.location, rel=0.1)


def test_thresholds_at_an_edge_that_float64_comes_not_near() -> None:
    law = MatrixLaw(EXPRESSIONS["resolvent"])
    floats, digits = law.outliers([6], part=D), law.outliers([6], part=D, dps=20)
    for one, other in zip(floats.thresholds, digits.thresholds, strict=True):
        assert [float(limit) for limit in other] == pytest.approx(list(one), rel=1e-12)


def test_equations_of_a_letter() -> None:
    G, z, omega = sp.symbols("G z omega")
    law = MatrixLaw(H + D)
    *system, own, last = law.subordination_equations(G, z, {D: omega})
    assert system[0].lhs == G
    # the letter's own equation at ω, and ω by the block trace: z - G here
    trace = next(iter(last.rhs.free_symbols - {z}))
    assert (last.lhs, sp.expand(last.rhs - (z - trace))) == (omega, 0)
    (value,) = own.lhs.free_symbols - {omega}
    assert own.lhs.subs({value: TWO.explicit(omega)}).simplify() == 0
    matrix = sp.MatrixSymbol("W", 3, 3)
    *_, last = MatrixLaw(H * D + D * H).subordination_equations(G, z, {D: matrix})
    assert last.lhs == matrix
    assert last.rhs.shape == (3, 3)
    with pytest.raises(InvalidParameterError, match="the letters are D"):
        law.subordination_equations(G, z, {E: omega})


def test_preimages_are_where_the_value_appears() -> None:
    law = fp.law(H * D + D * H)
    places = law.preimages(D, 6)
    assert places == [outlier.location for outlier in law.outliers([6], part=D)]
    assert law.preimages(D, "7/2") == []
    for place in law.preimages(D, 6, dps=30):
        omega = law.subordination(place, dps=30)[D]
        singular = np.array(omega.tolist(), dtype=complex) - 6 * coefficient(law, D)
        assert abs(np.linalg.det(singular)) < 1e-12


def test_a_letter_stands_for_its_law_where_the_core_knows_the_law() -> None:
    law = fp.law(H + D)
    assert law.outliers([6], part=D) == law.outliers([6], part=TWO)
    assert law.preimages(D, 6) == law.preimages(TWO, 6)


def test_a_letter_with_the_law_of_a_gaussian_matrix_is_kept() -> None:
    # the noise is replaced by X Xᵀ in the pencil, where it has no eigenvalue to move
    W = fp.Deterministic("W", fp.MarchenkoPastur("1/2"), N)
    (outlier,) = MatrixLaw(H + W).outliers([5], part=W, dps=20)
    (known,) = fp.law(H + W).outliers([5], part=W, dps=20)
    assert abs(outlier.location - known.location) < 1e-18
    assert abs(outlier.overlap - known.overlap) < 1e-18


def test_no_letter_no_subordination() -> None:
    with pytest.raises(UndefinedOperationError, match="no deterministic letter"):
        fp.law(H * fp.GOE("Y", N) + fp.GOE("Y", N) * H).subordination(9)
    t = sp.Symbol("t", positive=True)
    with pytest.raises(InvalidParameterError, match="subs"):
        fp.law(t * (H * D + D * H)).subordination(9)
