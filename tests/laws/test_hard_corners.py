"""Combinations that once went wrong in one reading, each against closed forms or another law."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp

HALF = sp.Rational(1, 2)
SIGNS = fp.Atomic({-1: HALF, 1: HALF})
MP = fp.MarchenkoPastur
mp = mpmath.MPContext()
mp.dps = 45


def test_a_branch_that_bends_on_a_scale_far_below_its_unknown() -> None:
    """±√X for X ~ MP(1) ⊠ MP(1): y = zG - 1 is -1 + O(s^(2/3)) at 0; ρ(s) = |s| ρ_X(s²)."""
    square = fp.boxtimes(MP(1), MP(1))
    law = fp.symmetrize(square)
    s = np.array([1e-1, 1e-3, 1e-5, 1e-8, 1e-12])
    for points in (s, -s):
        np.testing.assert_allclose(law.density(points), s * square.density(s**2), rtol=1e-10)
    assert (law.cauchy(s).imag < 0).all()
    level = float(square.cdf(0.25))
    np.testing.assert_allclose(law.cdf([-0.5, 0.0, 0.5]), [(1 - level) / 2, 0.5, (1 + level) / 2])


def test_quantiles_around_an_atom_inside_a_cut() -> None:
    law = fp.boxtimes(MP(2), SIGNS)
    assert law.atoms() == {0: HALF}
    q = law.quantile([0, 0.1, 0.24, 0.25, 0.5, 0.75, 0.76, 0.9, 1])
    assert (np.diff(q) >= 0).all()
    np.testing.assert_allclose(q, -q[::-1], atol=1e-12)
    assert (q[3:6] == 0).all()
    assert law.quantile("0.37", dps=20) == 0
    off = fp.mixture({fp.Semicircle(1): HALF, fp.PointMass("3/10"): HALF})
    assert (off.quantile([0.3, 0.5, 0.79]) == 0.3).all()


def test_products_with_laws_given_by_logarithms_have_distribution_functions() -> None:
    law = fp.boxtimes(MP(HALF), fp.Uniform(1, 2))
    assert law.cdf(10) == 1.0
    assert law.quantile(law.cdf(1.3)) == pytest.approx(1.3, rel=1e-11)
    assert float(law.cdf("1.3", dps=25)) == pytest.approx(law.cdf(1.3), abs=1e-12)


@mpmath.workdps(30)
def test_the_inverse_of_a_law_with_density_at_0_reaches_infinity() -> None:
    """P(1/X ≤ t) from the distribution function of X."""
    law = fp.boxplus(MP(HALF), fp.Semicircle(1))
    inverse = law.inverse()
    (_, low), (high, _) = inverse.support(dps=15)
    below, at_zero, unit = (law.cdf(x, dps=25) for x in ("-2", "0", "1"))
    assert abs(inverse.cdf("-1/2", dps=22) - (at_zero - below)) < mp.mpf(10) ** -21
    assert float(inverse.cdf(1)) == pytest.approx(float(1 - unit + at_zero), abs=1e-12)
    masses = inverse.cut_masses(dps=12)
    assert abs(masses[0] - at_zero) < 1e-11
    assert abs(masses[1] - (1 - at_zero)) < 1e-11
    assert float(low) < 0 < float(high)


@pytest.mark.parametrize("dps", [10, 25, 60])
def test_no_mass_is_seen_left_of_the_support(dps: int) -> None:
    three = fp.Atomic({1: HALF, 3: "1/3", 10: "1/6"})
    assert fp.compress(three, "1/5").cdf("0.31", dps=dps) == 0


def test_squares_of_mixtures_have_edges_and_masses() -> None:
    """X from SC(1) or SC(1) + 1: X² ends at 4 and at 9, both under or at the end of density."""
    law = fp.mixture({fp.Semicircle(1): HALF, fp.Semicircle(1, 1): HALF}).square()
    assert law.support() == [(0, 9)]
    x = np.array([0.3, 0.9, 1.1, 3.9, 4.1, 8.5])
    root = np.sqrt(x)
    rho = sum(
        np.sqrt(np.maximum(4 - (sign * root - mean) ** 2, 0)) for sign in (1, -1) for mean in (0, 1)
    )
    np.testing.assert_allclose(law.density(x), rho / (8 * np.pi * root), rtol=1e-12)
    assert law.cdf(9) == 1.0
    assert len(law.support()) == 1


def test_a_rectangular_sum_of_two_semicircles() -> None:
    law = fp.rectangular_boxplus(fp.Semicircle(1), fp.Semicircle(1), HALF)
    assert law.cdf(0.0) == pytest.approx(0.5, abs=1e-12)
    (_, low), (high, _) = law.support(dps=12)
    eigenvalues = law.sample(600, rng=0)
    assert low == -high
    assert abs(min(abs(eigenvalues)) - high) < 0.03
    assert abs(np.mean(eigenvalues**4) - float(law.moments(4)[3])) < 0.1


def test_a_signal_of_more_rank_than_columns_is_refused() -> None:
    three = fp.Atomic({1: HALF, 3: "1/3", 10: "1/6"})
    with pytest.raises(fp.errors.InvalidParameterError, match="rank"):
        fp.information_plus_noise(three, 2, "1/10")
    kept = fp.Atomic({0: HALF, 3: HALF})
    assert fp.information_plus_noise(kept, 2, "1/10").cdf(100) == 1.0


def test_an_equation_given_by_the_user_with_a_cusp_at_infinity() -> None:
    G, z = sp.symbols("G z")
    law = fp.AlgebraicLaw(z**2 * G**3 - z * G + 1, G, z)
    known = fp.FussCatalan(2)
    assert law.atoms() == {}
    x = [0.01, 1.0, 5.0]
    np.testing.assert_allclose(law.cdf(x), known.cdf(x), rtol=1e-10)
    np.testing.assert_allclose(law.quantile([0.1, 0.7]), known.quantile([0.1, 0.7]), rtol=1e-9)


def test_atoms_a_million_apart() -> None:
    law = fp.boxplus(fp.Atomic({-(10**6): HALF, 10**6: HALF}), fp.Semicircle(1))
    assert law.cdf([-(10**6), 0, 10**6]) == pytest.approx([0.25, 0.5, 0.75], abs=1e-6)
    assert len(law.edges(dps=12)) == 4


@pytest.mark.parametrize("ratio", ["99/100", "99999/100000"])
def test_derivations_are_verified_for_any_ratio(ratio: str) -> None:
    assert MP(ratio).derive(*sp.symbols("G z")).check().passed
