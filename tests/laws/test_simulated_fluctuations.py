"""Fluctuations of every law of the catalogue and of the contract, against simulated matrices."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.ensembles import Deterministic, spectra
from freeprob.errors import UndefinedOperationError
from freeprob.laws.base import Law

from . import catalogue
from .catalogue import HALF, MP, SC, SIGN, THIRD, THREE
from .test_contract import CASES

x = sp.Symbol("x")
SIZE, DRAWS = 72, 200  # all atoms of the laws have weights that are multiples of 1/72
THREE_HALVES = sp.Rational(3, 2)
EVERY = list(
    dict.fromkeys(
        [
            *(law.subs(catalogue.VALUES) for law in catalogue.LAWS),
            *(law.subs(values) for law, values in CASES),
        ]
    )
)
# all that have no fluctuations, with what the refusal says
NO_MATRICES = "no self-adjoint matrices in general position are known"
NOT_THE_PARTS = "fluctuations are not known for"
UNBOUNDED = "bounded support"
REFUSED: dict[Law, str] = {
    fp.boolean_sum(MP(THIRD), SIGN): NO_MATRICES,
    fp.boolean_sum(SIGN, SC(HALF)): NO_MATRICES,
    fp.boolean_sum(SIGN, fp.Atomic([0, 1])): NO_MATRICES,
    fp.boolean_sum(MP(2), SC(HALF)): NO_MATRICES,
    fp.monotone(MP(THIRD), SIGN): NO_MATRICES,
    fp.monotone(SIGN, SC(HALF)): NO_MATRICES,
    fp.monotone(SC(1), MP(2)): NO_MATRICES,
    fp.monotone(MP(HALF), fp.boolean_sum(THREE, MP(2))): NO_MATRICES,
    # matrices with these laws are diagonal ones of quantiles, not made from those of the parts
    fp.boxtimes_power(MP(THIRD, THREE_HALVES), HALF): NOT_THE_PARTS,
    fp.boxtimes_power(MP(HALF), THREE_HALVES): NOT_THE_PARTS,
    fp.subtract(fp.boxplus(MP(THIRD), SC(THREE_HALVES)), MP(THIRD)): NOT_THE_PARTS,
    fp.subtract(fp.FreePoisson(3, 2), fp.FreePoisson(1, 2)): NOT_THE_PARTS,
    fp.Cauchy(THIRD, THREE_HALVES): UNBOUNDED,
    fp.Cauchy(1, 2): UNBOUNDED,
    fp.Cauchy(1, 2).inverse(): UNBOUNDED,
    fp.boxplus(fp.Cauchy(0, 1), SIGN).dilate(-2): UNBOUNDED,
    fp.mixture({SIGN: HALF, fp.Cauchy(): HALF}): UNBOUNDED,
}
KNOWN = [law for law in EVERY if law not in REFUSED]
FIXED = [law for law in KNOWN if isinstance(law.matrix_model(), Deterministic)]
RANDOM = [law for law in KNOWN if law not in FIXED]


def test_no_law_is_left_out() -> None:
    assert set(REFUSED) < set(EVERY)
    assert len(RANDOM) > 50


@pytest.mark.parametrize("law", REFUSED, ids=str)
def test_what_is_not_known_is_refused(law: Law) -> None:
    for f in (x, x**2):
        with pytest.raises(UndefinedOperationError, match=REFUSED[law]):
            law.fluctuation(f, x)


@pytest.mark.parametrize("law", FIXED, ids=str)
def test_diagonal_matrices_of_quantiles_do_not_fluctuate(law: Law) -> None:
    first, *others = spectra(law.matrix_model(), SIZE, 3, rng=1)
    assert all((other == first).all() for other in others)
    assert law.fluctuation(x, x).covariance == law.fluctuation(x**2, x).covariance == 0


@pytest.mark.parametrize("beta", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "law",
    # quantiles of uniform laws are found by bisection, in each of the matrices
    [pytest.param(law, marks=pytest.mark.slow) if law.has(fp.Uniform) else law for law in RANDOM],
    ids=str,
)
def test_two_hundred_matrices_have_the_variance_and_the_mean(law: Law, beta: int) -> None:
    drawn = spectra(law.matrix_model(), SIZE, DRAWS, rng=1, beta=beta)
    for power in (1, 2):
        values = np.sum(drawn**power, axis=1)
        found = law.fluctuation(x**power, x, beta=beta)
        variance, shift = float(found.covariance), float(found.mean_shift)
        mean = SIZE * float(law.moments(power)[-1])
        if not variance:
            # a trace that is the same for all matrices, as of symmetric spectra
            assert values == pytest.approx(mean + shift, rel=1e-9, abs=1e-9)
            continue
        assert deviation(values, variance) < 4
        assert abs(values.mean() - mean - shift) < 4 * np.sqrt(variance / DRAWS)
        # matrices of the other kind have half of it or twice, log 2 or 6.9 standard errors away
        assert deviation(values, 2 * variance) > 3
        assert deviation(values, variance / 2) > 3


def deviation(values: np.ndarray, variance: float) -> float:
    """Of the logarithm of a sample variance, in its standard errors."""
    return abs(np.log(values.var(ddof=1) / variance)) / np.sqrt(2 / (len(values) - 1))


def test_real_matrices_have_not_the_mean_of_complex_ones() -> None:
    values = np.sum(spectra(SC(1).matrix_model(), SIZE, DRAWS, rng=1) ** 2, axis=1)
    found = SC(1).fluctuation(x**2, x)
    assert (found.mean_shift, found.covariance) == (1, 4)
    assert abs(values.mean() - SIZE) > 4 * np.sqrt(4 / DRAWS)
