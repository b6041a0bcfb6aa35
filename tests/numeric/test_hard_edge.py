"""The smallest eigenvalue at a hard edge: closed forms of whole orders, digits and matrices."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import freeprob as fp
from freeprob.ensembles.classical import ginibre
from freeprob.errors import InvalidParameterError

PLACES = np.array([0.1, 1.0, 3.0, 10.0, 30.0])


def closed(order: int, s: np.ndarray) -> np.ndarray:
    """Forrester and Hughes 1994: exp(-s/4) det I_(j-k)(√s), of size α."""
    own = mpmath.MPContext()
    own.dps = 40

    def value(place: float) -> float:
        rows = [[own.besseli(j - k, own.sqrt(place)) for k in range(order)] for j in range(order)]
        return float(own.exp(-own.mpf(place) / 4) * (own.det(own.matrix(rows)) if rows else 1))

    return np.array([value(place) for place in s])


@pytest.mark.parametrize("order", [0, 1, 2, 4])
def test_whole_orders_have_a_closed_form(order: int) -> None:
    law, known = fp.HardEdge(order), closed(order, PLACES)
    assert law.sf(PLACES) == pytest.approx(known, abs=1e-13)
    step = 1e-4
    slope = (closed(order, PLACES - step) - closed(order, PLACES + step)) / (2 * step)
    assert law.pdf(PLACES) == pytest.approx(slope, abs=1e-8)


def test_thirty_digits() -> None:
    law = fp.HardEdge(1)
    assert str(law.sf(4, dps=30)) == "0.838612567126025816990725600282"  # I₀(2)/e
    assert float(fp.HardEdge(0.5).sf(2, dps=25)) == pytest.approx(fp.HardEdge(0.5).sf(2), abs=1e-14)


def test_moments_and_quantiles() -> None:
    law = fp.HardEdge(0)  # exponential of mean 4
    assert law.mean() == pytest.approx(4, abs=1e-11)
    assert law.variance() == pytest.approx(16, abs=1e-10)
    assert law.ppf([0, 0.5]) == pytest.approx([0, 4 * np.log(2)], abs=1e-11)
    assert fp.HardEdge(0.3).cdf(fp.HardEdge(0.3).ppf(0.25)) == pytest.approx(0.25, abs=1e-12)


def test_complex_matrices_have_it_and_no_other() -> None:
    rng, n = np.random.default_rng(3), 40
    draws = [ginibre(n, n + 1, rng, beta=2) for _ in range(600)]
    smallest = np.sort([4 * n * np.linalg.svd(X, compute_uv=False)[-1] ** 2 for X in draws])
    levels = (np.arange(600) + 0.5) / 600
    distances = [np.abs(fp.HardEdge(order).cdf(smallest) - levels).max() for order in (1, 2)]
    assert distances[0] < 1.63 / np.sqrt(600) < distances[1]


def test_what_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="larger than -1"):
        fp.HardEdge(-1)
    with pytest.raises(InvalidParameterError, match="probabilities"):
        fp.HardEdge(0).ppf(1.5)
    with pytest.raises(InvalidParameterError, match="NaN"):
        fp.HardEdge(0).cdf(np.nan)
