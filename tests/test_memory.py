"""Arrays that no memory holds are refused before they are made, in every room that makes any."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import ensembles, memory, nets
from freeprob.ensembles import Gaussian, Wishart, spectra
from freeprob.errors import InvalidParameterError
from freeprob.landscapes.experiments import Training, random_labels
from freeprob.nets.mean_field.length_map import LengthMap
from freeprob.nets.samples.layer_sampling import sample_layers

N, c = sp.symbols("N c", positive=True)
HUGE = 10**6
H = fp.GOE("H", N)
# of fixed sizes: a million rows, one column
X = fp.Ginibre("X", HUGE, 1)
RNG = np.random.default_rng
# an array of width 1 whose Gram matrix has a million rows
TALL = np.broadcast_to(np.ones((1, 1)), (HUGE, 1))

BEYOND: dict[str, Callable[[], object]] = {
    "a Ginibre matrix": lambda: ensembles.ginibre(HUGE, HUGE, RNG(0)),
    "a complex one": lambda: ensembles.ginibre(HUGE, HUGE, RNG(0), beta=2),
    "a GOE matrix": lambda: ensembles.gaussian(HUGE, RNG(0)),
    "a long sample covariance": lambda: ensembles.wishart(HUGE, 1, RNG(0)),
    "a Haar matrix": lambda: ensembles.haar(HUGE, RNG(0)),
    "spectra": lambda: spectra(Gaussian(), HUGE, 1),
    "spectra of samples": lambda: spectra(Wishart(1.0), HUGE, 1, beta=2),
    "all eigenvalues": lambda: spectra(Gaussian(), 10**7, 10**7),
    "a diagonal matrix": lambda: ensembles.Diagonal(np.ones(HUGE)).matrix(),
    "a Gram matrix": lambda: ensembles.Gram(TALL).matrix(),
    "a law's check": lambda: fp.MarchenkoPastur("1/2").check(HUGE, 2),
    "a law's sample": lambda: fp.MarchenkoPastur("1/2").sample(HUGE, rng=0),
    "a drawn letter": lambda: fp.simulate(H, N=HUGE),
    "a drawn complex letter": lambda: fp.simulate(fp.GUE("U", N), N=HUGE),
    "a product of thin letters": lambda: fp.simulate(X * X.T),
    "an identity": lambda: fp.simulate(sp.Identity(HUGE) + X * X.T),
    "a given matrix": lambda: fp.simulate(fp.Deterministic("D", fp.Uniform(), N), N=HUGE),
    "a spike": lambda: fp.simulate(fp.Spike("S", [2], N), N=HUGE),
    "a check of letters": lambda: fp.check(H, None, HUGE, 2),
    "a batch of layers": lambda: sample_layers(LengthMap(nets.erf, 1, 0), 10**4, 2, 10**6, 1),
    "a kernel matrix": lambda: nets.nngp(nets.relu, 1, 2, 0).matrix(TALL),
    "weights of long inputs": lambda: nets.RandomNetwork(nets.relu, (10**4,), 1, 0).draw(
        np.broadcast_to(1.0, (1, 10**8))
    ),
    "a residual network": lambda: nets.RandomResidualNetwork(nets.relu, 1, 1, 0).draw(TALL.T),
    "a Hessian": lambda: _training().hessian(np.zeros(HUGE)),
    "a training set": lambda: random_labels(10, 1e-9),
    "a training set beyond floats": lambda: random_labels(10, 5e-324),
}


def _training() -> Training:
    return Training(nets.tanh, (10**4,), np.ones((1, 99)), np.ones((1, 1)), "square")


@pytest.mark.parametrize("call", BEYOND.values(), ids=BEYOND)
def test_what_memory_does_not_hold_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(InvalidParameterError, match="GiB, and this machine has") as caught:
        call()
    assert len(str(caught.value)) < 400


def test_of_a_machine_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(memory.os, "sysconf", raising=False)
    memory.require_memory((10**4, 10**4), "a matrix")
    with pytest.raises(InvalidParameterError, match="10000000 × 1000000 numbers"):
        memory.require_memory((10**7, np.int64(HUGE)), "a matrix")


def test_long_thin_matrices_are_drawn() -> None:
    """What is refused is the matrix that does not fit, not a long side of one that does."""
    assert spectra(Wishart(1e6), HUGE, 1, rng=0).shape == (1, HUGE)
    assert ensembles.ginibre(2 * HUGE, 1, RNG(0)).shape == (2 * HUGE, 1)
    assert fp.simulate(X.T * X).shape == (1, 1)


def test_draws_have_the_same_generators_as_children_made_at_once() -> None:
    parent = RNG(3)
    alike = [Gaussian().spectrum(4, child) for child in parent.spawn(3)]
    assert np.array_equal(spectra(Gaussian(), 4, 3, rng=3), alike)
