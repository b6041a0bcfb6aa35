"""Cases that other packages get wrong, each by mass, closed form or theorem."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Rational

import freeprob as fp
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.numeric.distributions.distribution import Distribution, distribution
from freeprob.numeric.distributions.evaluate import scanned_cuts
from freeprob.numeric.integrals.functionals import moment

HALF = Rational(1, 2)


def distribution_of(law: fp.Law) -> Distribution:
    return distribution(law.system, cuts_of(law), atoms_of(law))


@pytest.mark.parametrize("factors", range(2, 11))
def test_products_of_square_wisharts(factors: int) -> None:
    """Mass 1, the hard edge constant sin(π/(s+1))/π, nothing left of 0."""
    law = fp.boxtimes(*[fp.MarchenkoPastur(1)] * factors)
    found = distribution_of(law)
    assert found.cut_masses() == pytest.approx([1.0], abs=1e-13)
    x = np.array([-1.0, -1e-9, 1e-280])
    rho = law.density(x)
    assert rho[:2].tolist() == [0.0, 0.0]
    power = factors / (factors + 1)
    constant = rho[2] * x[2] ** power
    assert constant == pytest.approx(np.sin(np.pi / (factors + 1)) / np.pi, rel=1e-9)


def test_product_of_six_ratios_on_a_grid_with_negative_points() -> None:
    law = fp.boxtimes(*[fp.MarchenkoPastur(Rational(k, 7)) for k in range(1, 7)])
    x = np.linspace(-2, 20, 5001)
    rho = law.density(x)
    assert (rho[x <= 1e-6] == 0).all()
    assert distribution_of(law).cut_masses() == pytest.approx([1.0], abs=1e-13)


def test_gap_of_width_seven_hundred_thousandths() -> None:
    law = fp.boxplus(fp.Atomic({-1: HALF, 1: HALF}), fp.Semicircle(Rational(999, 1000) ** 2))
    (_, low), (high, _) = law.support(dps=15)
    assert float(high) == pytest.approx(3.4424e-5, rel=1e-4)
    assert law.density([0.0, 3.4e-5, 3.5e-5]).tolist()[:2] == [0.0, 0.0]
    assert law.density(3.5e-5) > 0
    assert float(low) == -float(high)
    assert distribution_of(law).cut_masses() == pytest.approx([0.5, 0.5], abs=1e-12)


@pytest.mark.parametrize(
    ("rate", "weights", "edge"),
    [
        (2, {1: HALF, 5: Rational(1, 4), 30: Rational(1, 4)}, 0.4063027812),
        (HALF, {k: Rational(1, 20) for k in range(1, 21)}, None),
    ],
)
def test_compound_free_poisson(rate: object, weights: dict, edge: float | None) -> None:
    law = fp.CompoundFreePoisson(rate, fp.Atomic(weights))
    found = distribution_of(law)
    assert sum(found.cut_masses()) == pytest.approx(min(1.0, float(rate)), abs=1e-13)
    if edge is not None:
        assert float(law.support(dps=12)[0][0]) == pytest.approx(edge, abs=1e-9)


def test_atoms_and_density_share_the_mass() -> None:
    law = fp.boxplus(fp.Atomic({0: "1/3", 1: "2/3"}), fp.Atomic({0: "1/4", 1: "3/4"}))
    found = distribution_of(law)
    assert sum(found.cut_masses()) == pytest.approx(0.5, abs=1e-13)
    below, at_one, under, at_two = law.cdf([1 - 1e-13, 1.0, 2 - 1e-13, 2.0])
    assert at_one - below == pytest.approx(1 / 12, abs=1e-5)
    assert at_two - under == pytest.approx(5 / 12, abs=1e-5)
    assert at_two == 1.0


def test_marchenko_pastur_with_four_three_atom_laws() -> None:
    atoms = [fp.Atomic({0: "1/3", 1: "1/3", a: "1/3"}) for a in (2, 3, 4, 5)]
    law = fp.boxplus(fp.MarchenkoPastur(HALF), *atoms)
    found = distribution(law.system, scanned_cuts(law.system), ())
    assert found.cut_masses() == pytest.approx([1.0], abs=1e-12)
    for order, value in enumerate(law.moments(4), start=1):
        assert moment(found, order) == pytest.approx(float(value), rel=1e-11)


def test_scanned_cuts_agree_with_the_exact_ones() -> None:
    law = fp.boxplus(fp.MarchenkoPastur(HALF), fp.Atomic({0: HALF, 20: HALF}))
    scanned, exact = scanned_cuts(law.system), cuts_of(law)
    assert len(scanned) == len(exact) == 2
    for one, other in zip(scanned, exact, strict=True):
        assert one.left.location == pytest.approx(other.left.location, abs=1e-15)
        assert one.right.exponent == other.right.exponent
