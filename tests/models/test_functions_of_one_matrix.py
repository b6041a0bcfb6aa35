"""Functions of one matrix have images of its law; inverses of products are one inverse."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import UndefinedOperationError

N, c = sp.symbols("N c", positive=True)
ONE = sp.Identity(N)
A = fp.Deterministic("A", fp.Atomic({-1: "1/3", 2: "2/3"}), N)
x, O = fp.GOE("x", N), fp.HaarOrthogonal("O", N)
X = fp.Ginibre("X", N, N, 1 / N)
K = fp.Ginibre("K", N, N / 2, 1 / N)
Q = sp.Rational


@pytest.mark.parametrize(
    ("matrix", "law"),
    [
        ((A + 2 * ONE).inverse() + A, fp.Atomic({0: "1/3", "9/4": "2/3"})),
        (A**3 - A, fp.Atomic({0: "1/3", 6: "2/3"})),
        (A**2 - A, fp.PointMass(2)),
        (fp.Projection("P", "1/4", N) * 3 + ONE, fp.Atomic({1: "3/4", 4: "1/4"})),
        (K * (K.T * K).inverse() * K.T, fp.Atomic({0: "1/2", 1: "1/2"})),
    ],
)
def test_finite_spectra_move_with_the_function(matrix: sp.MatrixExpr, law: fp.Law) -> None:
    assert fp.law(matrix).atoms() == law.atoms()


def test_a_pole_at_an_eigenvalue_is_refused() -> None:
    with pytest.raises(UndefinedOperationError, match="does not exist"):
        fp.law((A + ONE).inverse() + A)


def test_the_inverse_of_a_gram_matrix() -> None:
    # SymPy writes it X.T⁻¹ X⁻¹; the density is that of MP(1) at 1/x over x²
    found = fp.law((X * X.T).inverse())
    assert abs(found.density(1.0) - np.sqrt(3) / (2 * np.pi)) < 1e-12
    assert found.atoms() == {}


def test_functions_of_a_haar_letter() -> None:
    # E 1/(4 - 2 cos θ) = 1/√12, and E (2 cos 2θ + 2 cos θ)² = 4
    assert fp.law((4 * ONE - O - O.T).inverse()).moments(1) == [1 / sp.sqrt(12)]
    assert fp.law(O * O + (O * O).T + O + O.T).moments(3)[:2] == [0, 4]


def test_chains_of_squares() -> None:
    found = fp.law(x**8)
    edge = found.support()[0][1]
    assert edge == 256
    # y = x⁸ with the semicircle's density at ± y^(1/8)
    y = mp.mpf(3)
    root = y ** (mp.mpf(1) / 8)
    expected = 2 * mp.sqrt(4 - root**2) / (2 * mp.pi) / (8 * root**7)
    assert abs(found.density(3.0) - expected) < 1e-12
    assert abs(found.cdf(3.0) - (fp.Semicircle(1).cdf(float(root)) * 2 - 1)) < 1e-9
