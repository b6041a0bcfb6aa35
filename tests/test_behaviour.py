"""Objects are told by their methods, functions by their arguments; classes are neither."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import ensembles, nets
from freeprob.behaviour import does, function_of
from freeprob.enclosed_numbers import Encloses
from freeprob.errors import InvalidParameterError
from freeprob.landscapes import PSpin, damping, experiments
from freeprob.plotting.spectra import Spectrum

w = sp.Symbol("w")
RNG = np.random.default_rng
THEORY = ensembles.Theory(lambda x: 0 * x, lambda z: 1 / z, cuts=((-2, 2),))


class Drawn:
    """A sampler that is an object."""

    def __call__(self, n: int, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
        return scale * ensembles.gaussian(n, rng)


class Digits:
    """A number that encloses itself, as an object."""

    def enclose(self, bits: int) -> object:
        return bits


# what is no function of (n, rng): classes, formulas, functions of other arguments, other things
NONE = [
    *(int, type, Drawn, fp.Semicircle, sp.sin, sp.Function("f")),
    *(sp.Lambda(w, w), sp.Lambda((w, sp.Symbol("v")), w), sp.Poly(w**2, w), nets.relu, w, sp.pi),
    *(len, lambda: None, lambda n: n, lambda n, rng, other: n, lambda n, *, rng: n),
    *(partial(Drawn(), 3, RNG(0)), Drawn().__call__.__func__, abs),
    *(None, 3, "gaussian", [Drawn()], np.eye(2), RNG(0)),
]
RIGHT = [
    *(Drawn(), Drawn().__call__, partial(Drawn(), scale=2.0), lambda n, rng: n, lambda *a: a),
    *(lambda n, rng, **options: n, np.add),  # of which the last tells nothing
]


@pytest.mark.parametrize("value", NONE, ids=lambda value: f"{value!s:.20}")
def test_what_is_no_function_of_a_size_and_a_generator(value: object) -> None:
    with pytest.raises(InvalidParameterError, match=r"function of \(n, rng\), ") as caught:
        ensembles.simulated(value, THEORY, 5, 2)
    assert len(str(caught.value)) < 300
    with pytest.raises(InvalidParameterError):
        function_of(value, "a function", "n", "rng")


@pytest.mark.parametrize("value", RIGHT, ids=lambda value: f"{value!s:.20}")
def test_what_is_one(value: Callable[..., object]) -> None:
    assert function_of(value, "a function", "n", "rng") is value


def test_what_a_users_function_raises_is_its_own() -> None:
    def broken(n: int, rng: np.random.Generator) -> np.ndarray:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ensembles.spectra(broken, 5, 2)


@pytest.mark.parametrize(
    "value",
    [None, 3, sp.sin, np.float64, lambda: 0, nets.relu],
    ids=["None", "3", "sin", "float64", "of nothing", "relu"],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda f: ensembles.Theory(f, lambda z: 1 / z),
        lambda f: ensembles.Theory(lambda x: 0 * x, f),
        ensembles.Deterministic,
        lambda f: ensembles.Mapped(ensembles.Gaussian(), f),
    ],
)
def test_functions_of_one_array(make: Callable[[object], object], value: object) -> None:
    with pytest.raises(InvalidParameterError, match="must be a Python function of"):
        make(value)


def test_functions_of_one_array_that_are_right() -> None:
    for function in (np.sqrt, abs, ensembles.Mobius(1.0, 0.0, 1.0, 1.0), lambda x, scale=1: x):
        assert ensembles.Mapped(ensembles.Gaussian(), function).function is function


TRAINING = experiments.random_labels(3, 1)
START = TRAINING.initial(rng=0)
A_CLASS: dict[str, Callable[[], object]] = {
    "of laws in sliders": lambda: fp.plotting.explore(fp.Semicircle),
    "of laws in a picture": lambda: fp.plotting.plot_density(fp.Semicircle),
    "of landscapes in a picture": lambda: fp.plotting.plot_complexity(PSpin, [1, 2]),
    "of losses": lambda: damping.train(type(TRAINING), damping.Adam(), START),
    "of losses with noise": lambda: damping.curvature_noise(type(TRAINING), START, 4),
    "of numbers": lambda: fp.Semicircle(Digits),
    "of kernels": lambda: nets.GaussianProcess(nets.DeepKernel),
}


@pytest.mark.parametrize("call", A_CLASS.values(), ids=A_CLASS)
def test_a_class_is_none_of_its_objects(call: Callable[[], object]) -> None:
    with pytest.raises(InvalidParameterError):
        call()


def test_objects_are_told_by_what_they_do() -> None:
    assert does(fp.Semicircle(1), Spectrum)
    assert does(Digits(), Encloses)
    assert not any(does(value, Spectrum) for value in (fp.Semicircle, inspect, None, 3))
