"""Supports as formulas in symbolic parameters."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp

c, t, v = sp.symbols("c t v", positive=True)
m = sp.Symbol("m", real=True)
SIGNS = fp.Atomic({-1: "1/2", 1: "1/2"})


def test_marchenko_pastur_as_printed_in_books() -> None:
    root = sp.sqrt(c)
    assert fp.MarchenkoPastur(c).support() == [((root - 1) ** 2, (root + 1) ** 2)]
    assert fp.MarchenkoPastur(c, v).support() == [(v * (root - 1) ** 2, v * (root + 1) ** 2)]


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        (fp.Semicircle(t, m), m - 2 * sp.sqrt(t), m + 2 * sp.sqrt(t)),
        (fp.boxplus_power(SIGNS, t), -2 * sp.sqrt(t - 1), 2 * sp.sqrt(t - 1)),
        (fp.compress(SIGNS, t), -2 * sp.sqrt(t * (1 - t)), 2 * sp.sqrt(t * (1 - t))),
        (fp.MarchenkoPastur(c).shift(m), m + (sp.sqrt(c) - 1) ** 2, m + (sp.sqrt(c) + 1) ** 2),
    ],
    ids=str,
)
def test_one_cut_laws(law: fp.Law, low: sp.Expr, high: sp.Expr) -> None:
    ((a, b),) = law.support()
    for found, expected in ((a, low), (b, high)):
        assert sp.expand(found) == sp.expand(expected) or sp.simplify(found - expected) == 0


def test_formulas_at_values_are_the_exact_support() -> None:
    ((low, high),) = fp.MarchenkoPastur(c, v).support()
    values = {c: sp.Rational(4, 9), v: sp.Rational(3, 2)}
    assert fp.MarchenkoPastur("4/9", "3/2").support() == [(low.subs(values), high.subs(values))]


def test_a_law_whose_number_of_cuts_changes_asks_for_values() -> None:
    with pytest.raises(fp.errors.NoClosedFormError, match="change with the parameters"):
        fp.boxplus(SIGNS, fp.Semicircle(t)).support()


def test_quartic_edges_ask_for_values() -> None:
    with pytest.raises(fp.errors.NoClosedFormError, match="degree 3 or more"):
        fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t)).support()


def test_irrational_constants_stay_in_the_formulas() -> None:
    law = fp.boxplus_power(SIGNS, sp.sqrt(2))
    ((low, high),) = law.support()
    edge = 2 * sp.sqrt(sp.sqrt(2) - 1)
    assert sp.simplify(high - edge) == 0
    assert sp.simplify(low + edge) == 0


def test_laws_without_parameters_are_told_to_ask_for_digits() -> None:
    places = [0, sp.sqrt(1 + sp.sqrt(2)), sp.sqrt(3)]
    law = fp.boxplus(fp.Atomic(places), fp.Semicircle(sp.sqrt(5)))
    with pytest.raises(fp.errors.NoClosedFormError, match=r"ask for digits with support\(dps=15\)"):
        law.support()
    ((low, high),) = law.support(dps=15)
    assert law.density(float(low) - 1e-3) == 0 < law.density(float(low) + 1e-3)
    assert law.density(float(high) + 1e-3) == 0 < law.density(float(high) - 1e-3)
