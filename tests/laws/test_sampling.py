"""Every law's matrices have the law's exact moments; another law's have not."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.ensembles import spectra
from freeprob.errors import InvalidParameterError

SIGN = fp.Atomic({-1: "1/2", 1: "1/2"})
HALF = fp.MarchenkoPastur("1/2")
THREE = fp.Atomic({"1/2": "1/2", 2: "1/4", 3: "1/4"})
HOLE = fp.Atomic({0: "1/2", 3: "1/2"})

# law, and a law a few percent away whose matrices must be told from it
PAIRS: list[tuple[fp.Law, fp.Law]] = [
    (fp.PointMass(3), fp.PointMass("3.1")),
    (fp.Atomic({-1: "1/3", 0: "1/6", "5/2": "1/2"}), fp.Atomic({-1: "1/3", 0: "1/4", 2.5: "5/12"})),
    (fp.Semicircle(2, 1), fp.Semicircle(2, "1.1")),
    (fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur("0.55")),
    (fp.MarchenkoPastur(3, 2), fp.MarchenkoPastur(3, "2.1")),
    (fp.boxplus(HALF, fp.Semicircle(1), SIGN), fp.boxplus(HALF, fp.Semicircle("1.1"), SIGN)),
    (fp.boxplus_power(SIGN, "5/2"), fp.boxplus_power(SIGN, "13/5")),
    (fp.boxplus_power(HALF, 5), fp.boxplus_power(HALF, "5.2")),
    (fp.Arcsine(-1, 3), fp.Arcsine(-1, "3.2")),
    (fp.KestenMcKay(5), fp.KestenMcKay("5.2")),
    (fp.Wachter("3/4", 2), fp.Wachter("3/4", "2.2")),
    (fp.FussCatalan(3), fp.boxtimes(fp.FussCatalan(2), fp.MarchenkoPastur("0.7"))),
    (fp.FreeMeixner(1, 0), fp.FreeMeixner("1.3", 0)),
    (fp.FreeMeixner(0, 0), fp.FreeMeixner("0.2", 0)),
    (fp.FreeMeixner("1/2", "-1/4"), fp.FreeMeixner("1/2", "-1/2")),
    (fp.FreeMeixner("1/2", -1), fp.FreeMeixner("0.6", -1)),
    (fp.FreePoisson("3/2", -2), fp.FreePoisson("3/2", "-2.1")),
    (fp.CompoundFreePoisson(2, SIGN), fp.CompoundFreePoisson("2.2", SIGN)),
    (fp.CompoundFreePoisson("1/3", HALF), fp.CompoundFreePoisson("0.4", HALF)),
    (fp.compress(SIGN, "2/3"), fp.compress(SIGN, "0.7")),
    (fp.compress(HALF, "1/5"), fp.compress(HALF, "1/4")),
    (fp.boxtimes(HALF, THREE, fp.PointMass(2)), fp.boxtimes(HALF, HALF, fp.PointMass(2))),
    (fp.boxtimes(HALF, fp.Semicircle(1)), fp.boxtimes(HALF, fp.Semicircle("1.1"))),
    (fp.boxtimes_power(HALF, 3), fp.boxtimes_power(fp.MarchenkoPastur("0.55"), 3)),
    (fp.sample_covariance(THREE, "1/4"), fp.sample_covariance(THREE, "0.3")),
    (fp.information_plus_noise(THREE, "1/2", 2), fp.information_plus_noise(THREE, "1/2", "2.1")),
    (fp.information_plus_noise(HOLE, 2, 1), fp.information_plus_noise(HOLE, 2, "1.1")),
    (HALF.dilate(-2), HALF.dilate("-2.1")),
    (HALF.shift(3), HALF.shift("3.1")),
    (HALF.inverse(), fp.MarchenkoPastur("0.47").inverse()),
    (fp.mobius(HALF, 1, 2, 1, 1), fp.mobius(HALF, 1, 2, 1, "1.1")),
    (fp.Semicircle(1, 1).square(), fp.Semicircle(1, "1.1").square()),
    (fp.symmetrize(HALF), fp.symmetrize(fp.MarchenkoPastur("0.6"))),
    (fp.symmetrize(THREE).square(), fp.symmetrize(HALF).square()),
    (fp.mixture({HALF: "1/4", SIGN: "3/4"}), fp.mixture({HALF: "1/3", SIGN: "2/3"})),
    (
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), "1/2"),
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), 1),
    ),
    (
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), 0),
        fp.rectangular_boxplus(SIGN, fp.symmetrize(THREE), "1/4"),
    ),
]
IDS = [str(law) for law, _ in PAIRS]


def deviation(law: fp.Law, other: fp.Law) -> float:
    """Distance of the other's simulated moments from the law's exact ones, in scales."""
    rows = spectra(other.matrix_model(), 300, 4, rng=5)
    exact = [float(moment) for moment in law.moments(4)]
    powers = rows[..., None] ** np.arange(1, 5)
    scale = (1e-12 + 2 * powers.std(axis=(0, 1))) / rows.shape[1]
    return float(np.max(np.abs(powers.mean(axis=(0, 1)) - exact) / scale))


@pytest.mark.parametrize(("law", "other"), PAIRS, ids=IDS)
def test_matrices_have_the_laws_moments(law: fp.Law, other: fp.Law) -> None:
    assert deviation(law, law) < 2
    assert deviation(law, other) > 4


@pytest.mark.parametrize("law", [law for law, _ in PAIRS], ids=IDS)
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
