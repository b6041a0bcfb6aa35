"""Roots of integer polynomials: close ones are priced before FLINT starts."""

from __future__ import annotations

import time

import pytest
import sympy as sp
from flint import ctx, fmpz_poly

import freeprob as fp
from freeprob.errors import BudgetExceededError, FreeprobError
from freeprob.exact.algebra.isolation import isolated_roots

x = fmpz_poly([0, 1])
third = sp.Rational(1, 3)


def _pair(bits: int) -> fmpz_poly:
    """Two roots of relative distance 2^-bits, and others."""
    return (x - 1) * (x * 2**bits - 2**bits - 1) * (x * x + x + 7) * (x - 5)


@pytest.mark.parametrize("bits", [50, 400])
def test_close_roots_are_isolated(bits: int) -> None:
    with ctx.workprec(64):
        roots = isolated_roots(_pair(bits))
    assert sum(root.imag == 0 for root, _ in roots) == 3
    assert sum(times for _, times in roots) == 5


@pytest.mark.parametrize("scale", [1, 10**30, 10**300])
def test_roots_too_close_are_refused_at_once_on_every_scale(scale: int) -> None:
    polynomial = fmpz_poly([c * scale**i for i, c in enumerate(_pair(3000).coeffs())])
    start = time.process_time()
    with pytest.raises(BudgetExceededError, match="too close"):
        isolated_roots(polynomial)
    assert time.process_time() - start < 2


def test_what_is_far_apart_or_many_is_not_refused() -> None:
    spread = (x - 1) * (x - 3) * (x * 5 - 2**3000) * (x * 7 - 2**3000) * (x * x + x + 7)
    many = fmpz_poly([1])
    for i in range(20):
        many *= (x - 1000 * i) * (x * 2**30 - 1000 * i * 2**30 - 1)
    with ctx.workprec(64):
        assert len(isolated_roots(spread)) == 6
        assert len(isolated_roots(many)) == 40
        assert [times for _, times in isolated_roots((x - 1) ** 2 * x)] == [1, 2]


FAR = {
    "difference": lambda: fp.subtract(
        fp.Semicircle(1).square(), fp.Wachter(10**300, 10**9 + third)
    ),
    "sum": lambda: fp.boxplus(
        fp.Semicircle(1).square(), fp.Wachter(10**300, 10**9 + third)
    ).support(),
    "product": lambda: fp.boxtimes(
        fp.MarchenkoPastur(10**200), fp.Wachter(10**300, 10**9 + third)
    ).support(),
}


@pytest.mark.parametrize("case", FAR)
def test_laws_of_very_different_lengths_answer_or_refuse_in_time(case: str) -> None:
    start = time.process_time()
    with pytest.raises(FreeprobError):
        FAR[case]()
    assert time.process_time() - start < 10
