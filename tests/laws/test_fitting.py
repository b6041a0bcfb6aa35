"""Laws against eigenvalues that one holds, and parameters fitted to them."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError

a, b, c, t, w = sp.symbols("a b c t w", positive=True)
half = sp.Rational(1, 2)
TRUE = {a: 1, b: 5, w: half}


def two_places() -> fp.Law:
    """Population w δ_a + (1 - w) δ_b at ratio 1/4."""
    return fp.sample_covariance(fp.Atomic({a: w, b: 1 - w}), "1/4")


@pytest.mark.parametrize("seed", [0, 1])
def test_weights_and_places_are_recovered_within_their_errors(seed: int) -> None:
    eigenvalues = two_places().subs(TRUE).sample(400, rng=seed)
    fit = two_places().fit(eigenvalues, [a, b, w], {a: 0.8, b: 4, w: 0.6})
    for symbol, true in TRUE.items():
        assert abs(fit.values[symbol] - float(true)) < 4 * fit.errors[symbol]
    assert fit.errors[w] < 0.01
    assert fit.errors[a] < 0.03
    assert fit.errors[b] < 0.15
    assert fit.comparison.passed
    assert str(w) in fit.summary()


@pytest.mark.slow
def test_coverage_of_the_standard_errors_over_twenty_matrices() -> None:
    """One matrix of size 1000 each: deviations in units of their own standard errors.

    Population values at exact quantiles leave the weight with less noise than drawn ones have.
    """
    family, symbols = two_places(), [a, b, w]
    scores = []
    for seed in range(20):
        fit = family.fit(family.subs(TRUE).sample(1000, rng=seed), symbols, {a: 0.8, b: 4, w: 0.6})
        scores.append([(fit.values[s] - float(TRUE[s])) / fit.errors[s] for s in symbols])
    scores = np.abs(scores)
    # 20 of 20 within three errors have probability 0.95, 17 and more within two 0.98
    assert (scores < 3).sum(axis=0).tolist() == [20, 20, 20]
    assert ((scores < 2).sum(axis=0) >= 17).all()
    # and the errors are no excuse: those of the places are used
    assert ((scores[:, :2] > 0.5).sum(axis=0) >= 6).all()


def test_a_start_is_found_from_moments() -> None:
    eigenvalues = two_places().subs(TRUE).sample(400, rng=3)
    fit = two_places().fit(eigenvalues, [a, b, w])
    assert sorted(fit.values[s] for s in (a, b)) == pytest.approx([1, 5], rel=0.05)


def test_a_wrong_family_does_not_pass() -> None:
    """The twin: one place cannot be fitted to two."""
    eigenvalues = two_places().subs(TRUE).sample(400, rng=0)
    one = fp.MarchenkoPastur("1/4", t)
    assert not one.fit(eigenvalues, [t], {t: 3}).comparison.passed


def test_several_matrices_sharpen_the_errors() -> None:
    rows = np.array([fp.MarchenkoPastur(half).sample(200, rng=seed) for seed in range(6)])
    single, several = (fp.MarchenkoPastur(c).fit(x, [c], {c: 0.4}) for x in (rows[0], rows))
    assert several.errors[c] < single.errors[c]
    assert abs(several.values[c] - 0.5) < 4 * several.errors[c]


def test_a_law_without_moments_is_fitted_by_its_transform() -> None:
    x = sp.Symbol("x", real=True)
    eigenvalues = fp.Cauchy(1, 2).sample(300, rng=0)
    fit = fp.Cauchy(x, t).fit(eigenvalues, [x, t], {x: 0, t: 1})
    assert fit.values[x] == pytest.approx(1, abs=0.1)
    assert fit.values[t] == pytest.approx(2, abs=0.2)


def test_what_cannot_be_fitted_is_refused() -> None:
    law, values = fp.MarchenkoPastur(c), fp.MarchenkoPastur(half).sample(100, rng=0)
    with pytest.raises(InvalidParameterError, match="own"):
        law.fit(values, [t])
    with pytest.raises(InvalidParameterError, match="own"):
        fp.MarchenkoPastur(c, t).fit(values, [c])
    with pytest.raises(InvalidParameterError, match="too few"):
        law.fit([1, 2, 3], [c])
    with pytest.raises(InvalidParameterError, match="finite"):
        law.fit([1.0, np.nan] * 20, [c])
    with pytest.raises(InvalidParameterError, match="real"):
        law.fit([1.0, 2j] * 20, [c])
    with pytest.raises(InvalidParameterError, match="symbolic"):
        law.compare_to(values)
    with pytest.raises(ConvergenceError, match="start"):
        fp.Atomic({a: w, b: 1 - w}).fit(values, [a, b, w], {a: 1, b: 2, w: 3})
