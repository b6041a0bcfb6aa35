"""One reader of arrays serves every room: the same things are numbers, and the same are none."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import landscapes, nets
from freeprob.errors import InvalidParameterError
from freeprob.landscapes import damping, experiments, local
from freeprob.parameters import exact, finite_reals, reals

NUMBERS = [
    [0.5, 1.5],
    (0.5, 1.5),
    np.array([0.5, 1.5], dtype=np.float32),
    np.array([0.5, 1.5], dtype=np.longdouble),
    ["1/2", "1.5"],
    np.array(["1/2", "3/2"]),
    [Fraction(1, 2), Decimal("1.5")],
    [sp.Rational(1, 2), sp.Float("1.5")],
    [0.5, "3/2"],
]
NONE = [
    ["half", 1],
    [1j, 2],
    [sp.Symbol("x"), 1],
    [[1, 2], [3]],
    [None, 1],
    np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    [b"1", b"2"],
    np.array([1j, 2]),
    np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    np.ma.masked_array([1.0, 2.0], [True, False]),
    [np.ma.masked, 2.0],
]
MASKED = NONE[-2:]


@pytest.mark.parametrize("values", NUMBERS, ids=repr)
def test_what_are_numbers(values: object) -> None:
    assert reals(values, "values").tolist() == [0.5, 1.5]
    assert local.surmise(1, values) == pytest.approx(local.surmise(1, [0.5, 1.5]))
    kernel = nets.nngp(nets.relu, 2, 2, 0)
    row = np.asarray(values, dtype=object)[None, :]
    assert kernel.matrix(row) == pytest.approx(kernel.matrix([[0.5, 1.5]]))


@pytest.mark.parametrize("values", NONE, ids=repr)
def test_what_are_none(values: object) -> None:
    readers = [lambda: reals(values, "values"), lambda: local.surmise(1, values)]
    if isinstance(values, np.ndarray):  # of a list an activation is a formula
        readers.append(lambda: nets.relu(values))
    for read in readers:
        with pytest.raises(InvalidParameterError):
            read()


@pytest.mark.parametrize("values", MASKED, ids=["array", "list"])
def test_what_is_under_a_mask_is_no_number(values: object) -> None:
    law, ax = fp.MarchenkoPastur("1/2"), fp.plotting.figure().subplots()
    for call in (
        law.density,
        law.cdf,
        law.quantile,
        law.cauchy,
        law.shannon,
        landscapes.PSpin(3).complexity,
        lambda x: fp.plotting.plot_complexity(landscapes.PSpin(3), x, ax=ax),
        lambda x: fp.plotting.plot_density(law, ax=ax, sample=np.ones(5), bins=x),
        lambda x: fp.plotting.plot_cdf(law, ax=ax, sample=x),
    ):
        with pytest.raises(InvalidParameterError):
            call(values)


def test_infinite_numbers_where_they_mean_something() -> None:
    assert reals([1, np.inf], "values").tolist() == [1, np.inf]
    assert finite_reals([], "values").shape == (0,)
    for values in ([1, np.inf], [np.nan, 1], [-np.inf], [float("1e308") * 10]):
        with pytest.raises(InvalidParameterError, match="values must be finite"):
            finite_reals(values, "values")


def test_numbers_that_are_not_written_out() -> None:
    """SymPy knows that factorial(4) is whole, and has no minimal polynomial of it."""
    assert exact(sp.factorial(4, evaluate=False) / 2) == 12
    assert exact(sp.binomial(4, 2, evaluate=False) + sp.sqrt(2)) == 6 + sp.sqrt(2)


TRAINING = experiments.random_labels(3, 1)
CIRCLE: list[object] = [1]
CIRCLE.append(CIRCLE)
NO_VECTORS = [
    *([[]], [[[1.0]]], np.eye(2), np.zeros((2, 0)), np.ones((3, 1)), sp.Matrix([[1]]), 1.0, []),
    *([[1, 2], [3]], CIRCLE, sp.IndexedBase("a")[1], np.ones(TRAINING.size - 1), "a", {}),
    *(np.ones((1, TRAINING.size)), np.full(TRAINING.size, np.nan), np.full(TRAINING.size, np.inf)),
]
OF_PARAMETERS: dict[str, Callable[[object], object]] = {
    "minimise": lambda start: experiments.minimise(TRAINING, start, 3),
    "critical_point": lambda start: experiments.critical_point(TRAINING, start, 3),
    "train": lambda start: damping.train(TRAINING, damping.Adam(), start, 2, 4),
    "value": TRAINING.value,
    "hessian": TRAINING.hessian,
    "curvature_noise": lambda start: damping.curvature_noise(TRAINING, start, 4),
    "batch_outlier": lambda start: experiments.batch_outlier(TRAINING, start, (3,), 2, 3),
}


@pytest.mark.parametrize("values", NO_VECTORS, ids=lambda values: f"{values!s:.20}")
@pytest.mark.parametrize("call", OF_PARAMETERS.values(), ids=OF_PARAMETERS)
def test_parameters_of_a_network_are_one_vector(
    call: Callable[[object], object], values: object
) -> None:
    with pytest.raises(InvalidParameterError):
        call(values)


def test_a_start_may_be_any_list_of_numbers() -> None:
    start = TRAINING.initial(rng=0)
    found = experiments.minimise(TRAINING, start, 3).theta
    assert experiments.minimise(TRAINING, list(start), 3).theta == pytest.approx(found)


@pytest.mark.parametrize(
    "inputs",
    [*(v for v in NO_VECTORS if v is not None), np.ones((2, 3)), np.ones((2, 2, 4))],
    ids=lambda x: f"{x!s:.20}",
)
def test_inputs_of_a_drawn_network_are_rows(inputs: object) -> None:
    network = nets.Network([nets.Layer(nets.tanh)])
    with pytest.raises(InvalidParameterError):
        network.draw(4, inputs=inputs)
