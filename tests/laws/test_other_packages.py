"""Laws that other packages answer wrongly or not at all, against closed forms and second routes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import UndefinedOperationError
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.numeric.distributions.distribution import distribution

HALF = sp.Rational(1, 2)
G, z = sp.symbols("G z")
mp = mpmath.MPContext()
mp.dps = 60


def total_mass(law: fp.Law) -> float:
    """Mass of the density, by quadrature over the cuts."""
    return sum(distribution(law.system, cuts_of(law), atoms_of(law)).cut_masses())


@pytest.mark.parametrize("s", [2, 3, 4, 5, 10])
def test_fuss_catalan_on_a_thousand_points(s: int) -> None:
    """Density and mass on [0.001, 0.999] of the support; in the angle φ both are elementary."""
    law = fp.FussCatalan(s)
    end = (s + 1) ** (s + 1) / s**s
    phi = np.linspace(1e-4, 1 - 1e-4, 1000) * np.pi / (s + 1)
    x = np.sin((s + 1) * phi) ** (s + 1) / (np.sin(phi) * np.sin(s * phi) ** s)
    rho = np.sin(phi) ** 2 * np.sin(s * phi) ** (s - 1) / (np.pi * np.sin((s + 1) * phi) ** s)
    inside = (x > 0.001 * end) & (x < 0.999 * end)
    assert inside.sum() > 500
    # the angle itself loses digits of x near the ends
    np.testing.assert_allclose(law.density(x[inside]), rho[inside], rtol=1e-11)
    low, high = law.cdf([0.001 * end, 0.999 * end])
    tabulated = {3: 0.7348, 4: 0.6399, 10: 0.3472}
    if s in tabulated:
        assert high - low == pytest.approx(tabulated[s], abs=1e-4)


@pytest.mark.parametrize("place", ["1e-4", "1e-8", "1e-30"])
def test_the_hard_edge_of_two_square_wisharts(place: str) -> None:
    """ρ = √3/(2π) x^(-2/3) (1 + …); the whole density by Cardano's formula (Penson-Życzkowski)."""
    x = mp.mpf(place)
    root = mp.sqrt(81 - 12 * x)
    two = mp.mpf(2) ** (mp.one / 3)
    above = two * (27 + 3 * root) ** (2 * mp.one / 3) - 6 * mp.cbrt(x)
    expected = two * mp.sqrt(3) / (12 * mp.pi) * above
    expected = expected / (x ** (2 * mp.one / 3) * mp.cbrt(27 + 3 * root))
    law = fp.FussCatalan(2)
    assert abs(law.density(place, dps=40) / expected - 1) < mp.mpf(10) ** -38
    assert law.density(float(place)) == pytest.approx(float(expected), rel=1e-12)


def test_two_wisharts_have_no_density_below_zero() -> None:
    law = fp.boxtimes(fp.MarchenkoPastur(HALF), fp.MarchenkoPastur(HALF))
    x = np.linspace(-0.05, 5, 1000)
    rho = law.density(x)
    low, high = (float(end) for end in law.support(dps=15)[0])
    assert ((rho > 0) == ((x > low) & (x < high))).all()
    assert total_mass(law) == pytest.approx(1, abs=1e-13)


def test_two_semicircles_have_no_product() -> None:
    with pytest.raises(UndefinedOperationError, match="mean"):
        fp.boxtimes(fp.Semicircle(1), fp.Semicircle(1))


def test_the_inverse_of_a_shifted_law_has_one_sequence_of_moments() -> None:
    law = fp.MarchenkoPastur(HALF).shift(1).inverse()
    low, high = (float(end) for end in law.support(dps=20)[0])
    assert 0 < low < high < 1
    a, b = (1 - mp.sqrt(0.5)) ** 2, (1 + mp.sqrt(0.5)) ** 2
    for order, moment in enumerate(law.moments(4), start=1):
        value = mp.quad(
            lambda x, n=order: mp.sqrt((x - a) * (b - x)) / (mp.pi * x) / (1 + x) ** n, [a, 1, b]
        )
        assert abs(value / mp.mpf(str(sp.N(moment, 60))) - 1) < mp.mpf(10) ** -30


@pytest.mark.parametrize("distance", ["1e-6", "1e-12", "1e-14", "1e-40"])
def test_density_next_to_an_edge(distance: str) -> None:
    """Against the closed form written with the distance itself, in which nothing cancels."""
    d = mp.mpf(distance)
    exact = mp.sqrt(d * (2 - d)) / (mp.pi * (mp.mpf(9) / 4 - d) / 2)
    x = sp.Rational(9, 4) - sp.Rational(distance)
    value = fp.MarchenkoPastur("1/4").density(x, dps=30)
    assert abs(value / exact - 1) < mp.mpf(10) ** -29


def test_irrational_atoms() -> None:
    root = sp.sqrt(2)
    law = fp.boxplus(fp.Atomic({root / 3: HALF, root: HALF}), fp.Semicircle(1))
    shifted = fp.boxplus(fp.Atomic({-root / 3: HALF, root / 3: HALF}), fp.Semicircle(1))
    x = np.linspace(-3, 3, 41)
    np.testing.assert_allclose(
        law.density(x + 2 * float(root) / 3), shifted.density(x), rtol=1e-9, atol=1e-12
    )
    assert sp.expand(law.moments(3)[2] - (law.mean**3 + 3 * law.mean * law.variance)) == 0
    # on the curve z = ω + … the physical G solves the cubic
    polynomial = law.polynomial(G, z)
    value = complex(law.cauchy(0.3 + 0.2j))
    terms = [complex(c) * value**i * (0.3 + 0.2j) ** j for (i, j), c in polynomial.terms()]
    assert abs(sum(terms)) < 1e-12 * max(map(abs, terms))


def test_floats_are_the_decimals_they_print() -> None:
    law = fp.Atomic({0.1: 0.25, 0.2: 0.75})
    assert law.mean == sp.Rational(7, 40)
    assert law.polynomial(G, z).LC() < 1000


@pytest.mark.parametrize("count", [10, 20])
def test_many_equal_jumps_make_one_interval(count: int) -> None:
    law = fp.CompoundFreePoisson(
        2, fp.Atomic({k: sp.Rational(1, count) for k in range(1, count + 1)})
    )
    assert len(law.support(dps=10)) == 1
    assert total_mass(law) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("points", [200, 1000, 5000])
def test_a_peak_does_not_depend_on_the_grid(points: int) -> None:
    jumps = fp.Atomic({1: HALF, 5: "1/4", 30: "1/4"})
    law = fp.CompoundFreePoisson(2, jumps)
    x = np.linspace(-2, 120, points)
    some = np.linspace(0, points - 1, 60).astype(int)
    each = np.array([law.density(float(point)) for point in x[some]])
    np.testing.assert_allclose(law.density(x)[some], each, rtol=1e-10, atol=1e-14)


def test_five_atoms_and_a_narrow_semicircle_have_five_cuts() -> None:
    """The cuts are where no real ω keeps z = ω + s G(ω) increasing (Biane 1997)."""
    places = {-4: "1/5", -1: "1/10", 0: "3/10", 2: "1/5", 5: "1/5"}
    s = mp.mpf(1) / 20
    law = fp.boxplus(fp.Atomic(places), fp.Semicircle("1/20"))
    weights = [(mp.mpf(a), mp.mpf(sp.Rational(p).p) / sp.Rational(p).q) for a, p in places.items()]

    def excess(w: object) -> object:
        return s * mp.fsum(p / (w - a) ** 2 for a, p in weights) - 1

    def image(w: object) -> object:
        return w + s * mp.fsum(p / (w - a) for a, p in weights)

    grid = [mp.mpf(k) / 40 + mp.mpf("0.0031") for k in range(-240, 280)]
    signs = [excess(w) > 0 for w in grid]
    turns = [
        image(mp.findroot(excess, (grid[k], grid[k + 1]), solver="anderson"))
        for k in range(len(grid) - 1)
        if signs[k] != signs[k + 1]
    ]
    found = [end for cut in law.support(dps=35) for end in cut]
    assert len(found) == len(turns) == 10
    for one, other in zip(found, turns, strict=True):
        assert abs(one / other - 1) < mp.mpf(10) ** -33
    assert law.cut_masses() == [sp.Rational(p) for p in places.values()]


def test_a_ratio_of_one_twentieth_next_to_an_edge() -> None:
    """m solves z = -1/m + c E t/(1 + t m), Silverstein's equation, by Newton's method here."""
    population = {1: HALF, 2: "3/10", 6: "1/5"}
    law = fp.sample_covariance(fp.Atomic(population), "1/20")
    assert total_mass(law) == pytest.approx(1, abs=1e-13)
    c = mp.one / 20
    weights = [
        (mp.mpf(t), mp.mpf(sp.Rational(p).p) / sp.Rational(p).q) for t, p in population.items()
    ]

    def equation(m: object, x: object) -> object:
        return x + 1 / m - c * mp.fsum(p * t / (1 + t * m) for t, p in weights)

    for low, high in law.support(dps=30):
        for x in (low + (high - low) * mp.mpf("1e-3"), high - (high - low) * mp.mpf("1e-3")):
            m = -1 / mp.mpc(x, 2**12)
            for height in [mp.mpf(2) ** -k for k in range(-12, 60)] + [mp.zero]:
                for _ in range(12):
                    place = mp.mpc(x, height)
                    value = equation(m, place)
                    slope = -1 / m**2 + c * mp.fsum(p * t**2 / (1 + t * m) ** 2 for t, p in weights)
                    m = m - value / slope
            # the companion's m has mass c of the law's and 1 - c at 0
            assert m.imag > 0
            expected = m.imag / (c * mp.pi)
            assert abs(law.density(mp.nstr(x, 50), dps=25) / expected - 1) < mp.mpf(10) ** -20
