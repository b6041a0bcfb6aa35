"""Integrals of G above points against the pieces of the spectrum, which need edges."""

from __future__ import annotations

import numpy as np
import pytest

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.geometry.spectrum.pieces import hull_of
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of
from freeprob.numeric.distributions.integrals_above import DistributionAbove

SIGNS = fp.Atomic({-1: "1/2", 1: "1/2"})
LAWS = {
    "one cut": fp.Semicircle(1),
    "far from 0": fp.Semicircle(1).shift(7),
    "two cuts": fp.boxplus(SIGNS, fp.Semicircle("1/10")),
    "an atom": fp.MarchenkoPastur(2),
    "atoms beside a cut": fp.boxplus(
        fp.Atomic({0: "3/4", 3: "1/4"}), fp.Atomic({0: "3/4", 1: "1/4"})
    ),
    "a hard edge": fp.boxtimes(*[fp.MarchenkoPastur(1)] * 3),
    "hard edges": fp.Arcsine(),
}
LEVELS = np.array([0.05, 0.3, 0.61, 0.9])


def above(law: fp.Law) -> DistributionAbove:
    return DistributionAbove(law.system, atoms_of(law), lambda: hull_of(law.system))


def quantiles(law: fp.Law, levels: np.ndarray) -> np.ndarray:
    first, second = map(float, law.moments(2))
    spread = (second - first**2) ** 0.5
    return above(law).quantile(levels, first, spread, bool(law._on_half_line()))


@pytest.mark.parametrize("name", list(LAWS))
def test_masses_and_quantiles_are_those_of_the_pieces(name):
    law = LAWS[name]
    low, high = (float(law.quantile(p)) for p in (0.0, 1.0))
    x = np.linspace(low, high, 23)[1:-1]
    assert above(law).cdf(x) == pytest.approx(law.cdf(x), abs=1e-13)
    assert quantiles(law, LEVELS) == pytest.approx(law.quantile(LEVELS), rel=1e-9, abs=1e-12)


def test_small_masses_have_their_own_digits():
    law = fp.Semicircle(1)
    x = np.array([-2 + 1e-6, -3.0, -np.inf, 3.0, np.inf])
    assert above(law).cdf(x) == pytest.approx(law.cdf(x), rel=1e-13, abs=0)
    assert quantiles(law, np.array([0.0, 1.0])) == pytest.approx([-2, 2])


def test_refusals():
    with pytest.raises(InvalidParameterError, match="probabilities"):
        quantiles(fp.Semicircle(1), np.array([1.5]))
    # the level of a gap has no one place in float64
    with pytest.raises(ConvergenceError, match="too small for its digits"):
        quantiles(LAWS["two cuts"], np.array([0.5]))
