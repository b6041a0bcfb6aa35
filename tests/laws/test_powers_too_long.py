"""Exponents past every use: numbers that would fill the memory are refused at once."""

from __future__ import annotations

import time

import pytest
import sympy as sp

import freeprob as fp
from freeprob.exact.algebra.powers import written_power

third = sp.Rational(1, 3)
FAR = 10**9
BASES = {
    "rational mean": fp.Atomic({0: third, 1: 2 * third}),
    "irrational mean": fp.Atomic({0: third, sp.sqrt(2): 2 * third}),
    "a number": fp.PointMass(2),
    "a symbol": fp.MarchenkoPastur(sp.Symbol("c", positive=True), 2),
}
ASKED = {
    "moments": lambda law: law.moments(2),
    "cumulants": lambda law: law.free_cumulants(2),
    "rectangles": lambda law: fp.rectangular_boxplus(law, law, 0),
    "places": lambda law: fp.symmetrize(law).dilate(2).moments(2),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("exponent", [FAR, FAR + third], ids=["integer", "fraction"])
@pytest.mark.parametrize("base", BASES)
def test_a_power_of_many_digits_is_refused(base: str, exponent: sp.Rational, asked: str) -> None:
    law = fp.boxtimes_power(BASES[base], exponent)
    start = time.process_time()
    with pytest.raises(fp.errors.FreeprobError):
        ASKED[asked](law)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("base", BASES)
def test_its_side_of_zero_is_known_without_moments(base: str) -> None:
    law = fp.boxtimes_power(BASES[base], FAR)
    assert law.on_half_line
    assert fp.symmetrize(fp.symmetrize(law)).on_half_line is None


def test_a_power_of_mean_one_has_moderate_moments() -> None:
    law = fp.boxtimes_power(fp.MarchenkoPastur(1), FAR)
    assert law.moments(2) == [1, FAR + 1]
    with pytest.raises(fp.errors.BudgetExceededError, match="product of 1000000000 matrices"):
        law.matrix_model()


@pytest.mark.parametrize("exponent", [2, 7, 100])
def test_powers_in_a_number_field_are_those_of_the_numbers(exponent: int) -> None:
    place = 1 + sp.sqrt(2)
    law = fp.boxtimes_power(fp.Atomic({0: third, place: 2 * third}), exponent)
    assert sp.expand(law.moments(1)[0] - (2 * place / 3) ** exponent) == 0


@pytest.mark.parametrize("base", [sp.Integer(3), third, 2 * third, sp.sqrt(2) / 3, -third], ids=str)
@pytest.mark.parametrize("exponent", [10**7, -(10**7)])
def test_reciprocals_and_small_numbers_are_as_long(base: sp.Expr, exponent: int) -> None:
    with pytest.raises(fp.errors.BudgetExceededError, match="bits"):
        written_power(base, sp.Integer(exponent))
    short = sp.Integer(exponent // 10**6)
    assert written_power(base, short) == base**short
