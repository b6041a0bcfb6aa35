"""Every law and every operation keeps the contract of :func:`freeprob.testing.check_law`."""

from __future__ import annotations

import inspect

import pytest
import sympy as sp

import freeprob as fp
from freeprob.laws.base import Law
from freeprob.testing import check_law

a, b, c, t = sp.symbols("a b c t", positive=True)
half, third = sp.Rational(1, 2), sp.Rational(1, 3)
signs = {-1: half, 1: half}

# a law with free symbols is checked with the symbols, and with these values of them
CASES: list[tuple[Law, dict[sp.Symbol, object]]] = [
    (fp.Semicircle(t, a), {t: 2, a: third}),
    (fp.MarchenkoPastur(c), {c: 2}),
    (fp.MarchenkoPastur(c, t), {c: third, t: 3}),
    (fp.Atomic({0: third, 1: sp.Rational(2, 3)}), {}),
    (fp.PointMass(a), {a: 3}),
    (fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t)), {c: half, t: third}),
    (fp.boxplus(fp.Atomic(signs), fp.Atomic(signs)), {}),
    (fp.boxplus_power(fp.Atomic(signs), t), {t: sp.Rational(5, 2)}),
]


@pytest.mark.parametrize(("law", "values"), CASES, ids=lambda value: str(value))
def test_a_law_keeps_the_contract(law: Law, values: dict[sp.Symbol, object]) -> None:
    check_law(law, values)


def test_no_law_is_left_out() -> None:
    for name in fp._HOMES:
        getattr(fp, name)
    known, left = set(), [Law]
    while left:
        below = left.pop().__subclasses__()
        known |= {each for each in below if not inspect.isabstract(each)}
        left += below
    known = {each for each in known if each.__module__.startswith("freeprob.laws.")}
    covered = {type(node) for law, _ in CASES for node in sp.preorder_traversal(law)}
    assert not {each.__name__ for each in known - covered}
