"""Distribution functions of ordered GOE eigenvalues, against samples and closed forms."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx

from freeprob.ensembles import goe_density
from freeprob.numeric.determinants.ordered_eigenvalues import (
    binomial_moments,
    distribution,
    mean_density,
)


def test_one_and_two_eigenvalues_in_closed_form() -> None:
    """One is a standard Gaussian; both of two are positive with probability (2 - √2)/4."""
    with ctx.workprec(120):
        assert float(distribution(1, 0, arb("0.3"))) == pytest.approx(
            math.erfc(-0.3 / math.sqrt(2)) / 2, rel=1e-14
        )
        both = 1 - distribution(2, 0, arb(0))
        assert abs(both - (2 - arb(2).sqrt()) / 4) < 1e-30


def test_three_positive_eigenvalues() -> None:
    """(π - 2√2)/4π, by Dean and Majumdar's count at size 3."""
    with ctx.workprec(120):
        exact = (arb.pi() - 2 * arb(2).sqrt()) / (4 * arb.pi())
        assert abs(1 - distribution(3, 0, arb(0)) - exact) < 1e-30


@pytest.mark.parametrize("n", [4, 5])
def test_samples(n: int) -> None:
    a = np.random.default_rng(1).normal(size=(40000, n, n))
    eigenvalues = np.linalg.eigvalsh((a + a.transpose(0, 2, 1)) / 2)
    for order in range(n):
        share = (eigenvalues[:, order] < 0.4).mean()
        assert float(distribution(n, order, arb("0.4"))) == pytest.approx(share, abs=0.01)
    assert float(distribution(n, 1, arb("0.4"))) != pytest.approx(
        (eigenvalues[:, 2] < 0.4).mean(), abs=0.01
    )


@pytest.mark.parametrize("n", [6, 7, 20])
def test_symmetry_and_mean(n: int) -> None:
    with ctx.workprec(400):
        for order in (0, n // 2):
            mirrored = distribution(n, n - 1 - order, arb("-0.7"))
            assert abs(distribution(n, order, arb("0.7")) + mirrored - 1) < 1e-40
        assert abs(binomial_moments(n, arb(0))[1] - arb(n) / 2) < 1e-40


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 60])
@pytest.mark.parametrize("x", ["-9.5", "-0.3", "0", "2.25"])
def test_the_mean_density_is_that_of_the_ensemble(n: int, x: str) -> None:
    """The same formula in other arithmetic; entries 1/2 have the limit law's variance n/2."""
    digits = goe_density(n, x, Fraction(n, 2), dps=25)
    with ctx.workprec(200 + 4 * n):
        found = mean_density(n, arb(x))
        assert abs(found / n / arb(str(digits)) - 1) < 1e-23
    assert float(found) == pytest.approx(n * goe_density(n, x, n / 2), rel=1e-11)
