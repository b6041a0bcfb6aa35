"""Laws of X and -X alike."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import UndefinedOperationError
from freeprob.exact.moments.symmetry import is_symmetric
from freeprob.laws.base import Law

a = sp.Symbol("a", positive=True)
HALF = sp.Rational(1, 2)
SC, MP = fp.Semicircle, fp.MarchenkoPastur

SYMMETRIC: list[Law] = [
    SC(a),
    fp.Uniform(-1, 1),
    fp.Uniform(-a, a),
    fp.Cauchy(0, 1),
    fp.Cauchy(0, a),
    fp.Arcsine(-a, a),
    fp.Atomic({-1: HALF, 1: HALF}),
    fp.boxplus(SC(1), fp.Uniform(-1, 1), fp.Arcsine(-1, 1)),
    fp.boxplus(fp.Cauchy(0, 2), fp.Uniform(-1, 1)),
    fp.boxplus_power(fp.Uniform(-1, 1), a + 1),
    fp.compress(fp.boxplus(SC(1), fp.Uniform(-1, 1)), HALF),
    fp.boolean_sum(fp.Uniform(-1, 1), SC(1)),
    fp.monotone(fp.Uniform(-1, 1), SC(1)),
    fp.mixture({fp.Uniform(-1, 1): HALF, SC(1): HALF}),
    fp.mixture({fp.Uniform(1, 2): HALF, fp.Uniform(-2, -1): HALF}),
    fp.CompoundFreePoisson(2, fp.Uniform(-1, 1)),
    fp.symmetrize(MP(1)),
    fp.symmetrize(fp.Uniform(0, 1)),
    fp.boxtimes(SC(1), MP(a)),
    fp.Uniform(-1, 1).dilate(-3),
]
OTHERS: list[Law] = [
    SC(1, a),
    fp.Uniform(0, 1),
    fp.Cauchy(1, 1),
    MP(1),
    fp.boxplus(fp.Uniform(-1, 1), MP(1)),
    fp.mixture({fp.Uniform(1, 2): HALF, fp.Uniform(-1, 0): HALF}),
]


@pytest.mark.parametrize("law", SYMMETRIC, ids=str)
def test_symmetric_laws_are_seen(law: Law) -> None:
    assert is_symmetric(law.system)


@pytest.mark.parametrize("law", OTHERS, ids=str)
def test_other_laws_are_not(law: Law) -> None:
    assert not is_symmetric(law.system)
    with pytest.raises(UndefinedOperationError, match="not symmetric"):
        fp.rectangular_boxplus(law, SC(1), HALF)


def test_second_moments_of_rectangular_sums_add() -> None:
    assert fp.rectangular_boxplus(fp.Uniform(-1, 1), SC(1), HALF).moments(2) == [
        0,
        sp.Rational(4, 3),
    ]
    both = fp.boxplus(SC(1), fp.Uniform(-1, 1))
    assert fp.rectangular_boxplus(both, SC(1), HALF).moments(2) == [0, sp.Rational(7, 3)]
    # at ratio 1 rectangular sums of symmetric laws are free sums
    heavy = fp.rectangular_boxplus(fp.Cauchy(0, 1), SC(1), 1)
    assert heavy.density(0.7) == pytest.approx(fp.boxplus(fp.Cauchy(0, 1), SC(1)).density(0.7))
