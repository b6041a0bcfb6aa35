"""The same eigenvalues from one worker, two processes and a Dask cluster."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from freeprob.ensembles import AtomicQuantile, Deterministic, FreeSum, Gaussian, spectra
from freeprob.errors import InvalidParameterError

MODEL = FreeSum((Deterministic(AtomicQuantile((-1.0, 1.0), (0.5, 0.5))), Gaussian(0.5)))


def plain_model(n: int, rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal((n, n))
    return x + x.T


def test_rows_are_ascending_and_draws_differ() -> None:
    rows = spectra(MODEL, 40, 5, rng=0)
    assert rows.shape == (5, 40)
    assert np.all(np.diff(rows) >= 0)
    assert len(np.unique(rows[:, 0])) == 5


@pytest.mark.parametrize("model", [MODEL, plain_model], ids=["model", "function"])
def test_one_and_two_processes_agree_to_the_last_bit(model) -> None:
    alone = spectra(model, 40, 5, rng=11)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert np.array_equal(spectra(model, 40, 5, rng=11, executor=processes), alone)
    with ThreadPoolExecutor(3) as threads:
        assert np.array_equal(spectra(model, 40, 5, rng=11, executor=threads), alone)
    assert not np.array_equal(spectra(model, 40, 5, rng=12), alone)


def test_dask_cluster_agrees_to_the_last_bit() -> None:
    from distributed import Client, LocalCluster

    alone = spectra(MODEL, 40, 5, rng=11)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        assert np.array_equal(spectra(MODEL, 40, 5, rng=11, executor=client.get_executor()), alone)


def test_a_generator_gives_what_its_seed_gives_and_then_something_new() -> None:
    generator = np.random.default_rng(3)
    first, second = spectra(MODEL, 20, 2, generator), spectra(MODEL, 20, 2, generator)
    assert np.array_equal(first, spectra(MODEL, 20, 2, rng=3))
    assert not np.array_equal(first, second)


def test_more_draws_extend_fewer_draws() -> None:
    assert np.array_equal(spectra(MODEL, 20, 4, rng=5)[:2], spectra(MODEL, 20, 2, rng=5))


def test_progress_is_shown_on_request_only(capsys: pytest.CaptureFixture[str]) -> None:
    spectra(MODEL, 10, 2, rng=0)
    assert capsys.readouterr().err == ""
    spectra(MODEL, 10, 2, rng=0, progress=True)
    assert "2/2" in capsys.readouterr().err


def test_bad_requests_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="number of matrices"):
        spectra(MODEL, 10, 0)
    with pytest.raises(InvalidParameterError, match="size of the matrices"):
        spectra(MODEL, 0, 1)
    with pytest.raises(InvalidParameterError, match="plain function"):
        spectra(plain_model, 10, 1, beta=2)
