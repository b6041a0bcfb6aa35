"""Matrices of laws: the right moments, seeds, pickling, symbols refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.ensembles import spectra
from freeprob.errors import InvalidParameterError

from .matrix_pairs import CHECKED, HALF, MOMENTS, SIGN

ALL = [law for law, _ in CHECKED + MOMENTS]


def deviation(law: fp.Law, other: fp.Law) -> float:
    """Distance of the other's simulated moments from the law's exact ones, in scales."""
    rows = spectra(other.matrix_model(), 300, 4, rng=5)
    exact = [float(moment) for moment in law.moments(4)]
    powers = rows[..., None] ** np.arange(1, 5)
    scale = (1e-12 + 2 * powers.std(axis=(0, 1))) / rows.shape[1]
    return float(np.max(np.abs(powers.mean(axis=(0, 1)) - exact) / scale))


@pytest.mark.parametrize(("law", "other"), MOMENTS, ids=str)
def test_matrices_have_the_laws_moments(law: fp.Law, other: fp.Law) -> None:
    assert deviation(law, law) < 2
    assert deviation(law, other) > 4


@pytest.mark.parametrize("law", ALL, ids=str)
def test_models_travel_to_workers(law: fp.Law) -> None:
    model = pickle.loads(pickle.dumps(law.matrix_model()))
    assert model == law.matrix_model()
    first, second = (each.spectrum(30, np.random.default_rng(1)) for each in (model, model))
    assert np.array_equal(first, second)


def test_samples_are_seeded_and_complex_on_request() -> None:
    law = fp.boxplus(HALF, SIGN)
    assert np.array_equal(law.sample(50, rng=3), law.sample(50, rng=3))
    assert not np.array_equal(law.sample(50, rng=3), law.sample(50, rng=4))
    assert not np.array_equal(law.sample(50), law.sample(50))
    assert not np.array_equal(law.sample(50, rng=3), law.sample(50, rng=3, beta=2))
    assert np.all(np.diff(law.sample(50, rng=3)) >= 0)


def test_symbols_are_refused_until_they_have_values() -> None:
    c, t = sp.symbols("c t", positive=True)
    law = fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t))
    with pytest.raises(InvalidParameterError, match=r"c, t stay symbolic.*law\.subs\(\{c: 1\}\)"):
        law.sample(10)
    assert law.subs({c: 1, t: 2}).sample(10, rng=0).shape == (10,)
