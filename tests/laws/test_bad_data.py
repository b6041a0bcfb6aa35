"""Data that are none, or too many: refused with what is wrong and what to try, or they work."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import (
    BudgetExceededError,
    FreeprobError,
    InvalidParameterError,
    UndefinedOperationError,
)

C = sp.Symbol("c", positive=True)
N = sp.Symbol("N", positive=True)
DOORS = {
    "Empirical": fp.Empirical,
    "sample_covariance": lambda data: fp.sample_covariance(data, "1/2"),
    "compare_to": lambda data: fp.MarchenkoPastur("1/2").compare_to(data),
    "fit": lambda data: fp.MarchenkoPastur(C).fit(data, [C], {C: 0.4}),
    "Deterministic": lambda data: fp.Deterministic("A", data, N),
}
BAD = {
    "NaN": [1.0, np.nan, 2.0],
    "infinity": np.array([1.0, np.inf]),
    "complex list": [1.0, 2j],
    "complex array": np.array([1, 2j]),
    "complex matrix": np.array([[1, 1j], [-1j, 1]]),
    "NaN matrix": np.full((2, 2), np.nan),
    "nothing": [],
    "empty array": np.zeros(0),
    "empty matrix": np.zeros((0, 0)),
    "three axes": np.ones((2, 2, 2)),
    "text": ["a", "b"],
    "one text": "abc",
    "None": [None, 1.0],
    "a dict": {1: 2},
    "a set": {1.0, 2.0},
    "rows of different lengths": [[1, 2], [3]],
    "truth values": np.array([True, False]),
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "a mixed array": np.array([1, "x"], dtype=object),
    "masked values": np.ma.array([1.0, 2.0], mask=[False, True]),
    "symbols": [C, 1],
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_data_is_refused_by_every_door(kind: str, door: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        DOORS[door](BAD[kind])
    # the message is for people: short, and without an array's contents
    assert 20 < len(str(refused.value)) < 300


SQUARE = np.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize("data", [SQUARE, np.ones((2, 3)), SQUARE.tolist()])
@pytest.mark.parametrize("door", ["Empirical", "sample_covariance", "Deterministic"])
def test_matrices_that_are_not_symmetric_are_refused(data: object, door: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"symmetric|Empirical"):
        DOORS[door](data)


@pytest.mark.parametrize("data", [np.array([1.0, 2.0]), np.eye(2), [1.0, 2.0]])
def test_letters_say_how_data_become_their_law(data: object) -> None:
    with pytest.raises(InvalidParameterError, match="Empirical"):
        DOORS["Deterministic"](data)
    assert fp.Deterministic("A", fp.Empirical(data), N).law.mean in (1, sp.Rational(3, 2))


def test_negative_population_values_are_refused_where_they_are_covariances() -> None:
    assert fp.Empirical([-1.0, 1.0]).mean == 0
    with pytest.raises(UndefinedOperationError, match="negative"):
        DOORS["sample_covariance"]([-1.0, 1.0])
    # rounding of a zero by an eigenvalue routine is no negative value
    matrix = np.ones((3, 3))
    assert fp.Empirical(matrix).atoms()[0] == sp.Rational(2, 3)
    assert fp.sample_covariance(matrix, "1/2").density(2.0) > 0


def test_a_million_values() -> None:
    values = np.linspace(0.1, 1, 10**6)
    for door in ("Empirical", "sample_covariance"):
        with pytest.raises(BudgetExceededError, match=r"100000.*quantile"):
            DOORS[door](values)
    law = fp.Empirical(np.quantile(values, (np.arange(100) + 0.5) / 100))
    assert float(law.mean) == pytest.approx(0.55)
    assert not DOORS["compare_to"](values).passed


def test_one_value_and_equal_ones() -> None:
    assert fp.Empirical([2.0]).atoms() == {2: 1}
    assert fp.Empirical([1, 1, 1, 2]).atoms() == {1: sp.Rational(3, 4), 2: sp.Rational(1, 4)}
    one, same = (fp.sample_covariance(values, "1/2") for values in ([2.0], [2.0] * 50))
    assert same.density(1.5) == pytest.approx(one.density(1.5), rel=1e-13)
    assert one.density(1.5) == pytest.approx(fp.MarchenkoPastur("1/2", 2).density(1.5), rel=1e-13)
    assert fp.sample_covariance([0.0, 0.0], "1/2").atoms() == {0: 1}
    with pytest.raises(InvalidParameterError, match="few"):
        DOORS["fit"]([2.0])
    assert DOORS["compare_to"]([2.0]).verdict.name == "TOO_SMALL"


def test_kinds_of_numbers_that_are_data() -> None:
    expected = fp.Empirical([1, 2, 3])
    for values in (
        (1, 2, 3),
        np.array([1, 2, 3]),
        np.array([1, 2, 3], dtype=np.float32),
        np.array([1 + 0j, 2, 3]),
        [1 + 0j, 2 + 0j, 3 + 0j],
        ["1", "2.0", sp.Integer(3)],
        np.diag([3.0, 1.0, 2.0]),
        sp.diag(1, 2, 3),
    ):
        assert fp.Empirical(values) == expected
    assert fp.Empirical([-0.5, 1e-05, 2.5e20]).atoms() == {
        -sp.S.Half: sp.Rational(1, 3),
        sp.Rational(1, 10**5): sp.Rational(1, 3),
        25 * sp.Integer(10) ** 19: sp.Rational(1, 3),
    }


def test_values_whose_powers_are_no_floats_are_refused_by_comparisons() -> None:
    for door in ("compare_to", "fit"):
        with pytest.raises(InvalidParameterError, match="divide"):
            DOORS[door](np.linspace(-1, 1, 20) * 1e308)
    with pytest.raises(FreeprobError):
        DOORS["compare_to"](np.array([1.0, 2j]))


def test_a_symmetric_matrix_is_not_read_as_one_matrix_a_row() -> None:
    matrix = fp.simulate(fp.GOE("x", sp.Symbol("N", positive=True)), N=40, rng=0)
    for door in ("compare_to", "fit"):
        with pytest.raises(InvalidParameterError, match="eigvalsh"):
            DOORS[door](matrix)
    assert fp.Semicircle(1).compare_to(np.linalg.eigvalsh(matrix)).passed
