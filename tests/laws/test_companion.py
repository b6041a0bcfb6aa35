"""Companions of Gram matrices: AᵀA from AAᵀ, against the law of the other side."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, NotALawError, UndefinedOperationError

HALF = sp.Rational(1, 2)


@pytest.mark.parametrize("ratio", [HALF, 2, sp.Rational(7, 3), "0.3"])
def test_both_sides_of_a_wishart_matrix(ratio: object) -> None:
    """XᵀX/n for X of size p x n is the Wishart matrix of ratio n/p, p/n times as large."""
    c = sp.Rational(ratio)
    here, there = fp.MarchenkoPastur(c).companion(ratio), fp.MarchenkoPastur(1 / c).dilate(c)
    assert here.moments(6) == there.moments(6)
    assert here.atoms() == there.atoms()
    x = np.linspace(0.05, 5, 30)
    np.testing.assert_allclose(here.density(x), there.density(x), atol=1e-12)
    np.testing.assert_allclose(here.cdf(x), there.cdf(x), atol=1e-12)
    for (a, b), (p, q) in zip(here.support(dps=15), there.support(dps=15), strict=True):
        assert abs(a - p) < 1e-13 * (1 + q)
        assert abs(b - q) < 1e-13 * q


def test_there_and_back() -> None:
    law = fp.sample_covariance(fp.Atomic({1: HALF, 3: HALF}), 4)
    assert law.companion(4).companion("1/4") == law
    narrow = fp.MarchenkoPastur(HALF)
    assert narrow.companion(HALF).companion(2).moments(5) == narrow.moments(5)


def test_symbols_and_latex() -> None:
    c, z, G = sp.symbols("c z G", positive=True)
    law = fp.MarchenkoPastur(c).companion(c)
    expected = fp.MarchenkoPastur(3).companion(3).polynomial(G, z)
    assert law.subs(c, 3).polynomial(G, z) == expected
    assert sp.expand(law.polynomial(G, z).subs(c, 3).as_expr() - expected.as_expr()) == 0
    assert r"\mathrm{MP}_{c}" in sp.latex(law)


def test_simulated_with_a_twin() -> None:
    """A of size 600 x 300: eigenvalues of AᵀA; another ratio is told apart."""
    rng = np.random.default_rng(4)
    a = rng.normal(size=(600, 300)) / np.sqrt(300)
    values = np.linalg.eigvalsh(a.T @ a)
    empirical = (np.arange(300) + 0.5) / 300
    right = np.abs(fp.MarchenkoPastur(2).companion(2).cdf(values) - empirical).max()
    wrong = np.abs(fp.MarchenkoPastur("2.2").companion("2.2").cdf(values) - empirical).max()
    assert right < 0.02 < wrong
    assert fp.MarchenkoPastur(2).companion(2).check(n=200, draws=3, rng=0).passed


def test_what_is_no_companion() -> None:
    with pytest.raises(NotALawError, match="p/n or n/p"):
        fp.MarchenkoPastur(2).companion(3)
    with pytest.raises(UndefinedOperationError):
        fp.Semicircle(1).companion(2)
    for ratio in (0, -1, "x", np.nan):
        with pytest.raises(InvalidParameterError):
            fp.MarchenkoPastur(2).companion(ratio)
