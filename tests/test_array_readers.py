"""One reader of arrays serves every room: the same things are numbers, and the same are none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError
from freeprob.landscapes import local
from freeprob.parameters import finite_reals, reals

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
]


@pytest.mark.parametrize("values", NUMBERS, ids=repr)
def test_what_are_numbers(values: object) -> None:
    assert reals(values, "values").tolist() == [0.5, 1.5]
    assert local.surmise(1, values) == pytest.approx(local.surmise(1, [0.5, 1.5]))
    kernel = nets.nngp(nets.relu, 2, 2, 0)
    row = np.asarray(values, dtype=object)[None, :]
    assert kernel.matrix(row) == pytest.approx(kernel.matrix([[0.5, 1.5]]))


@pytest.mark.parametrize("values", NONE, ids=repr)
def test_what_are_none(values: object) -> None:
    for read in (lambda: reals(values, "values"), lambda: local.surmise(1, values)):
        with pytest.raises(InvalidParameterError):
            read()


def test_infinite_numbers_where_they_mean_something() -> None:
    assert reals([1, np.inf], "values").tolist() == [1, np.inf]
    assert finite_reals([], "values").shape == (0,)
    for values in ([1, np.inf], [np.nan, 1], [-np.inf], [float("1e308") * 10]):
        with pytest.raises(InvalidParameterError, match="values must be finite"):
            finite_reals(values, "values")
