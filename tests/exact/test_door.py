"""Expressions that cannot be written out are refused before FLINT runs out of memory."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.door import ring


def test_a_power_that_cannot_be_written_out_is_refused() -> None:
    y = sp.Symbol("y")
    with pytest.raises(BudgetExceededError, match="too large to be written out"):
        ring([y]).fraction((1 + y) ** 10**9)
    assert ring([y]).fraction((1 + y) ** 1000).numerator.degrees() == (1000,)


def test_a_law_of_huge_degree_is_refused_where_its_equation_is_needed() -> None:
    with pytest.raises(BudgetExceededError):
        fp.boxplus(fp.Semicircle(1), fp.FussCatalan(10**9)).equation(*sp.symbols("G z"))
