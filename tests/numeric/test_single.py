"""One point at a time, as SciPy's integrators ask: the same values as arrays, the fast way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

import freeprob as fp
from freeprob.laws.base import Law
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.single import single
from freeprob.numeric.stepping.one_point import PointPerches
from tests.laws.catalogue import LAWS, VALUES

POINTS = np.random.default_rng(0).normal(0, 2, 12)
ABOVE = POINTS + 1j * 10.0 ** np.random.default_rng(1).uniform(-3, 1.5, 12)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_single_points_agree_with_arrays(law: Law) -> None:
    law = law.subs(VALUES)
    x, z = [float(v) for v in POINTS], [complex(v) for v in ABOVE]
    np.testing.assert_allclose([law.density(v) for v in x], law.density(POINTS), rtol=1e-11)
    np.testing.assert_allclose([law.cauchy(v) for v in z], law.cauchy(ABOVE), rtol=1e-11)
    np.testing.assert_allclose(
        [law.cauchy(v.conjugate()) for v in z], law.cauchy(ABOVE.conj()), rtol=1e-11
    )


def test_most_points_are_answered_the_fast_way() -> None:
    laws = [fp.Semicircle(1), fp.MarchenkoPastur("1/2"), fp.boxplus(fp.Uniform(), fp.Semicircle())]
    for law in laws:
        found = single(law.system)
        points = [*np.linspace(0.3, 1.7, 40), *(np.linspace(-2, 2, 40) + 0.3j)]
        answered = [found.cauchy(complex(point)) is not None for point in points]
        assert np.mean(answered) >= 0.9


def test_a_law_is_integrated_point_by_point() -> None:
    law = fp.MarchenkoPastur("1/2")
    low, high = law.quantile([0, 1])
    value, _ = quad(lambda x: law.density(x) / (1 + x), low, high, epsabs=1e-10)
    assert value == pytest.approx(-law.cauchy(-1.0).real, rel=1e-8)


def test_points_at_edges_and_atoms_are_decided_as_in_arrays() -> None:
    law = fp.MarchenkoPastur(1)
    for x in (0.0, 4.0, 4.0 - 1e-12, 1e-12, 5.0, -1.0, 1e300):
        assert law.density(x) == pytest.approx(law.density([x])[0], rel=1e-12)
    coin = fp.Atomic({-1: "1/2", 1: "1/2"})
    assert [coin.density(x) for x in (-1.0, 0.0, 1.0)] == [0, 0, 0]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_perches_of_one_point_are_those_of_arrays(law: Law) -> None:
    branch = physical_branch(law.subs(VALUES).system)
    points = PointPerches(branch.program, branch.radius, branch.anchor)
    places = np.array([*POINTS[:4], *ABOVE[:4]], dtype=complex)
    rows = branch.perches.above(places)
    met = [points.above(complex(place)) for place in places]
    assert sum(perch is None for perch in met) <= 1
    for i, perch in enumerate(met):
        if perch is not None:
            assert perch.z == rows.z[i]
            # a perch ends at a share of a step
            np.testing.assert_allclose(perch.u, rows.u[:, i], rtol=1e-3)
            assert perch.curvature == pytest.approx(rows.curvature[i], rel=0.1, abs=1e-9)
