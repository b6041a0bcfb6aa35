"""Law.check: every law agrees with its own matrices and not with those of a law close by."""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.ensembles import compare, spectra
from freeprob.errors import InvalidParameterError
from freeprob.laws.matrices.simulation import theory

from .matrix_pairs import CHECKED, HALF, SIGN


@pytest.mark.parametrize(("law", "other"), CHECKED, ids=str)
def test_a_law_agrees_with_its_matrices_only(law: fp.Law, other: fp.Law) -> None:
    own = law.check(n=300, draws=6)
    assert own.passed, own.summary()
    foreign = compare(spectra(other.matrix_model(), 300, 6, rng=0), theory(law))
    assert not foreign.passed, foreign.summary()


def test_complex_matrices_agree_too() -> None:
    law = fp.boxplus(HALF, SIGN)
    assert law.check(n=200, draws=6, beta=2).passed


def test_default_size_tells_a_parameter_off_by_two_percent() -> None:
    law, other = (fp.boxplus(HALF, fp.Semicircle(t)) for t in (1, "1.02"))
    result = law.check()
    assert result.spectra.shape == (8, 1000)
    assert result.passed, result.summary()
    assert not compare(result.spectra, theory(other)).passed


def same(executor: Executor, law: fp.Law, alone: fp.Comparison) -> bool:
    result = law.check(n=40, draws=4, rng=5, executor=executor)
    return result == alone and np.array_equal(result.spectra, alone.spectra)


def test_workers_do_not_change_the_result() -> None:
    from distributed import Client, LocalCluster

    law = fp.boxplus(HALF, SIGN)
    alone = law.check(n=40, draws=4, rng=5)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert same(processes, law, alone)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        assert same(client.get_executor(), law, alone)
    assert law.check(n=40, draws=4, rng=6) != alone


def test_placed_quantiles_travel_to_workers() -> None:
    law = fp.FussCatalan("5/2")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        far = spectra(law.matrix_model(), 10, 1, executor=processes)
    assert np.array_equal(far, spectra(law.matrix_model(), 10, 1))


def test_symbols_are_refused_until_they_have_values() -> None:
    c = sp.Symbol("c", positive=True)
    with pytest.raises(InvalidParameterError, match="c stay symbolic"):
        fp.MarchenkoPastur(c).check()


def test_summary_names_every_statistic() -> None:
    table = fp.MarchenkoPastur(2).check(n=100, draws=4).summary()
    for name in ("moment 4", "Kolmogorov distance", "atom at 0", "lower edge", "upper edge", "G("):
        assert name in table


@pytest.mark.parametrize("law", [fp.Normal(), fp.Normal(1, 2), fp.Cauchy()], ids=str)
def test_a_law_without_edges_is_compared_without_them(law) -> None:
    # floats lose sight of a Gaussian density at eight standard deviations, which is no edge
    comparison = law.check(n=300, draws=4, rng=0)
    assert comparison.passed
    assert not [line.name for line in comparison.statistics if "edge" in line.name]


X = sp.Symbol("x")
LOG_NORMAL = fp.image(sp.exp(X), {X: fp.Normal(0, 1)})


@pytest.mark.parametrize(
    ("law", "n", "draws"),
    [
        (LOG_NORMAL, 100, 4),
        (LOG_NORMAL, 400, 1),
        (LOG_NORMAL, 1500, 2),
        (fp.image(X**5, {X: fp.Normal(0, 1)}), 300, 3),
    ],
    ids=str,
)
def test_moments_beyond_all_eigenvalues_are_not_asked_of_them(
    law: fp.Law, n: int, draws: int
) -> None:
    """Three quarters of a log-normal law's fourth moment lie beyond 400 eigenvalues."""
    found = law.check(n=n, draws=draws)
    assert found.passed, found.summary()


@pytest.mark.parametrize("size", ["1.03", "0.97"])
def test_laws_with_tails_are_told_from_others(size: str) -> None:
    values = LOG_NORMAL.sample(1000, rng=1)
    wider = fp.image(sp.exp(X), {X: fp.Normal(0, sp.Rational(size) ** 2)})
    assert not wider.compare_to(values).passed
    assert not LOG_NORMAL.dilate(size).compare_to(values).passed
