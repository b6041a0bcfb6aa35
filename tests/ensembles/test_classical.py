"""Samplers: moments, symmetry, orthogonality, invariance; each with a wrong parameter's twin."""

from __future__ import annotations

import numpy as np
import pytest

from freeprob.ensembles import gaussian, ginibre, haar, wishart
from freeprob.errors import InvalidParameterError

BETAS = pytest.mark.parametrize("beta", [1, 2])


@BETAS
def test_ginibre_entries_have_variance_one_and_the_right_second_moment(beta: int) -> None:
    x = ginibre(300, 200, np.random.default_rng(1), beta)
    noise = 1 / np.sqrt(x.size)
    assert x.shape == (300, 200)
    assert abs(np.mean(np.abs(x) ** 2) - 1) < 5 * noise
    assert abs(np.mean(x)) < 5 * noise
    # complex entries are circular: E x² = 0; real ones have E x² = 1
    assert abs(np.mean(x**2) - (beta == 1)) < 5 * noise
    assert abs(np.mean(np.abs(x) ** 4) - 4 / (1 + (beta == 2)) + (beta == 1)) < 20 * noise


@BETAS
def test_gaussian_entries_have_the_variances_of_the_ensemble(beta: int) -> None:
    n, variance = 400, 3.0
    h = gaussian(n, np.random.default_rng(2), variance, beta)
    assert np.array_equal(h, h.conj().T)
    off = h[np.triu_indices(n, 1)]
    assert np.mean(np.abs(off) ** 2) * n == pytest.approx(variance, rel=0.02)
    diagonal = np.mean(np.abs(np.diag(h)) ** 2) * n
    assert diagonal == pytest.approx(2 * variance / beta, rel=0.3)
    values = np.linalg.eigvalsh(h)
    assert np.mean(values**2) == pytest.approx(variance, abs=6 * variance / n)
    assert np.mean(values**4) == pytest.approx(2 * variance**2, abs=60 * variance**2 / n)
    assert np.mean(values**2) != pytest.approx(1.1 * variance, abs=6 * variance / n)


@BETAS
@pytest.mark.parametrize("ratio", [0.25, 1.0, 2.0])
def test_wishart_moments(ratio: float, beta: int) -> None:
    n = 400
    w = wishart(n, round(n / ratio), np.random.default_rng(3), beta)
    values = np.linalg.eigvalsh(w)
    assert np.allclose(w, w.conj().T)
    assert values[0] > -1e-12
    assert np.mean(values) == pytest.approx(1, abs=8 * np.sqrt(ratio) / n)
    assert np.mean(values**2) == pytest.approx(1 + ratio, abs=20 * (1 + ratio) / n)
    assert np.count_nonzero(values < 1e-10) == n - min(n, round(n / ratio))


@BETAS
@pytest.mark.parametrize("columns", [None, 20, 1])
def test_haar_columns_are_orthonormal(columns: int | None, beta: int) -> None:
    u = haar(60, np.random.default_rng(4), columns, beta)
    assert u.shape == (60, columns or 60)
    assert np.allclose(u.conj().T @ u, np.eye(u.shape[1]), atol=1e-13)


@BETAS
def test_haar_angles_are_uniform_and_bare_qr_is_not(beta: int) -> None:
    # E |Tr U|² = 1 in both groups (Diaconis, Shahshahani 1994); uncorrected QR has drift
    rng = np.random.default_rng(5)
    traces = np.array([np.trace(haar(8, rng, beta=beta)) for _ in range(3000)])
    bare = np.array([np.trace(np.linalg.qr(ginibre(8, 8, rng, beta))[0]) for _ in range(3000)])
    assert np.mean(np.abs(traces) ** 2) == pytest.approx(1, abs=0.12)
    assert abs(np.mean(traces)) < 0.08
    assert abs(np.mean(bare)) > 1


@BETAS
def test_haar_is_invariant_under_a_fixed_rotation(beta: int) -> None:
    rng = np.random.default_rng(6)
    fixed = haar(6, rng, beta=beta)
    draws = np.array([haar(6, rng, beta=beta) for _ in range(4000)])
    # E |u_11|⁴ = 3/(n(n+2)) in O(n), 2/(n(n+1)) in U(n), before and after the rotation
    expected = 3 / 48 if beta == 1 else 2 / 42
    for first in (draws[:, 0, 0], (fixed @ draws)[:, 0, 0], (draws @ fixed)[:, 2, 3]):
        assert np.mean(np.abs(first) ** 4) == pytest.approx(expected, rel=0.12)


def test_arguments_out_of_range_are_refused_with_the_remedy() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidParameterError, match=r"beta = 4.*use 1 or 2"):
        ginibre(2, 2, rng, beta=4)
    with pytest.raises(InvalidParameterError, match=r"3 orthonormal columns.*at most 2"):
        haar(2, rng, 3)
