"""Potentials of matrix polynomials by the variational formula of their Dyson equation."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.models.solutions.pencil_potential import PencilPotential
from freeprob.numeric.integrals.log_potential import log_potential
from freeprob.numeric.integrals.panels import quadrature

N = sp.Symbol("N", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)
X = fp.Ginibre("X", N, 2 * N)
A = fp.Deterministic("A", fp.Atomic([0, 1, 3]), N)
O = fp.HaarOrthogonal("O", N)
POINTS = np.array([0.3, -1.2, 0.3 + 1e-2j, 1 + 1j, 1 - 1j, 30.0])


@pytest.mark.parametrize(
    "expression",
    [
        x**2 + y + x * y * x,
        A * x * A + x**2,
        (X * X.T * x + x * X * X.T) / N,
    ],
    ids=str,
)
def test_the_variational_formula_is_the_quadrature_of_the_density(expression: sp.Expr) -> None:
    law = fp.law(expression)
    values = law._potential_values()
    assert isinstance(values, PencilPotential)
    expected = log_potential(
        quadrature(law.system, cuts_of(law), atoms_of(law)), POINTS.astype(complex)
    )
    assert law.log_potential(POINTS) == pytest.approx(expected, abs=1e-13)
    first, second = map(float, law.moments(2))
    far = np.log(1e6) - first * 1e-6 - second * 1e-12 / 2
    assert law.log_potential(1e6) == pytest.approx(far, abs=1e-14)


def test_a_simulated_determinant_has_this_logarithm() -> None:
    expression = x**2 + y + x * y * x
    n = 400
    found = np.linalg.slogdet(2.5 * np.eye(n) - fp.simulate(expression, N=n, rng=3))[1] / n
    law = fp.law(expression)
    assert found == pytest.approx(law.log_potential(2.5), abs=0.01)
    assert abs(found - fp.law(x**2 + y).log_potential(2.5)) > 0.03


def test_expressions_with_inverses_are_integrated() -> None:
    law = fp.law((x**2 + sp.Identity(N)).inverse() + y)
    assert not isinstance(law._potential_values(), PencilPotential)
    step = 1e-3
    slope = (law.log_potential(3 + step) - law.log_potential(3 - step)) / (2 * step)
    assert slope == pytest.approx(law.cauchy(3).real, abs=1e-6)
