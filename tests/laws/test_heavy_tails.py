"""Laws without moments in the same operations, against arctangents."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp

HALF = sp.Rational(1, 2)
G, z = sp.symbols("G z")
mp = mpmath.MPContext()
mp.dps = 45


def squared(x: object, location: int, scale: int) -> object:
    """P(X² ≤ x) of a Cauchy law."""
    root = mp.sqrt(mp.mpf(x))
    ends = [mp.atan((sign * root - location) / scale) for sign in (1, -1)]
    return (ends[0] - ends[1]) / mp.pi


@pytest.mark.parametrize(("location", "scale"), [(0, 1), (1, 2), (-3, 1)])
def test_squares_of_cauchy_laws(location: int, scale: int) -> None:
    law = fp.Cauchy(location, scale).square()
    assert law.support() == [(0, sp.oo)]
    (hard,) = law.edges()
    assert (hard.location, hard.exponent, hard.side) == (0, -HALF, "right")
    # the density of X at 0
    assert sp.simplify(hard.constant - scale / sp.pi / (location**2 + scale**2)) == 0
    for x in ("0.01", "1.5", "100"):
        assert abs(law.cdf(x, dps=30) - squared(x, location, scale)) < mp.mpf(10) ** -30
    assert float(law.cdf(1.5)) == pytest.approx(float(squared("1.5", location, scale)), abs=1e-12)
    level = law.quantile("0.3", dps=25)
    assert abs(squared(level, location, scale) - mp.mpf("0.3")) < mp.mpf(10) ** -24


def test_the_square_has_a_real_equation() -> None:
    law = fp.Cauchy(1, 2).square()
    expected = G**2 * z * (z**2 + 6 * z + 25) - 2 * G * z * (z + 3) + z + 4
    assert law.polynomial(G, z) == sp.Poly(expected, G, z)
    assert law.derive(G, z).check().passed


def test_a_heavy_square_plus_a_semicircle_has_an_edge() -> None:
    law = fp.boxplus(fp.Cauchy(1, 2).square(), fp.Semicircle(1))
    ((low, high),) = law.support()
    assert high == sp.oo
    # the second route: z = ω + G₁(ω) is stationary at a point left of the square's support
    omega = sp.Symbol("omega", negative=True)
    root = sp.sqrt(-omega)
    first = (root + 2) / (-root * (-((root + 2) ** 2) - 1)) * -1
    slope = sp.lambdify(omega, sp.diff(omega + first, omega), mp)
    place = mp.findroot(slope, (-mp.mpf(4), -mp.mpf("0.3")), solver="anderson")
    value = sp.lambdify(omega, omega + first, mp)(place)
    assert abs(mp.mpf(str(sp.N(low, 40))) - value) < mp.mpf(10) ** -35
    assert law.quantile(0) == pytest.approx(float(value), rel=1e-14)


def test_an_atom_under_a_heavy_density() -> None:
    law = fp.mixture({fp.Cauchy(0, 1): HALF, fp.PointMass(3): HALF})
    assert law.support() == [(-sp.oo, sp.oo)]
    assert law.atoms() == {3: HALF}
    below = 0.25 + np.arctan(3) / (2 * np.pi)
    np.testing.assert_allclose(law.cdf([-1, 3 - 1e-9, 3]), [0.125, below, below + 0.5], atol=1e-9)


def test_constants_that_cancel_in_the_equation_leave_exact_edges() -> None:
    root = sp.sqrt(2)
    law = fp.boxplus(fp.Atomic({-root: HALF, root: HALF}), fp.Semicircle(1))
    assert law.polynomial(G, z) == sp.Poly(G**3 - 2 * z * G**2 + (z**2 - 1) * G - z, G, z)
    (first, inner), (outer, last) = law.support()
    assert (first, inner) == (-last, -outer)
    # the same edges with rational atoms, scaled by √2
    scaled = fp.boxplus(fp.Atomic({-1: HALF, 1: HALF}), fp.Semicircle(HALF)).support(dps=40)
    for end, other in zip((outer, last), scaled[1], strict=True):
        assert abs(mp.mpf(str(sp.N(end, 45))) - mp.sqrt(2) * mp.mpf(other)) < mp.mpf(10) ** -37
    assert law.edges()[0].exponent == HALF


SQUARE = fp.Cauchy(0, 1).square()
INVERSE = fp.MarchenkoPastur(1).inverse()


def test_the_f_matrix_at_ratio_1_is_the_square_of_a_cauchy_law() -> None:
    """Quotients of Gaussian matrices of one size, Wachter's density at ratios 1 and 1."""
    law = fp.boxtimes(INVERSE, fp.MarchenkoPastur(1))
    x = np.array([1e-6, 0.3, 1.0, 7.0, 1e6])
    np.testing.assert_allclose(law.density(x), 1 / (np.pi * np.sqrt(x) * (1 + x)), rtol=1e-12)
    assert law.support() == [(0, sp.oo)]
    assert law.edges() == SQUARE.edges()
    np.testing.assert_allclose(law.quantile([0.1, 0.5, 0.9]), SQUARE.quantile([0.1, 0.5, 0.9]))
    assert law.check(n=200, draws=3, rng=0).passed


@pytest.mark.parametrize(
    ("product", "factors"),
    [
        (fp.boxtimes(SQUARE, fp.MarchenkoPastur("1/3")), (SQUARE, fp.MarchenkoPastur("1/3"))),
        (fp.boxtimes(SQUARE, INVERSE), (SQUARE, INVERSE)),
        (
            fp.boxtimes(SQUARE, fp.MarchenkoPastur(1), fp.MarchenkoPastur(2)),
            (SQUARE, fp.MarchenkoPastur(1), fp.MarchenkoPastur(2)),
        ),
        (fp.boxtimes_power(SQUARE, 2), (SQUARE, SQUARE)),
    ],
    ids=str,
)
def test_heavy_products_by_real_subordination(product: fp.Law, factors: tuple) -> None:
    """On the negative axis y = zG - 1 is monotone: at one y the places are found by bisection."""

    def y_at(law: fp.Law, place: float) -> float:
        return place * law.cauchy(place).real - 1

    for y in (-0.2, -0.45):
        z = (y / (1 + y)) ** (len(factors) - 1)
        for factor in factors:
            low, high = -1e9, -1e-9
            for _ in range(200):
                middle = -np.sqrt(low * high)
                low, high = (middle, high) if y_at(factor, middle) > y else (low, middle)
            z *= low
        assert y_at(product, z) == pytest.approx(y, rel=1e-9)


def test_powers_of_a_heavy_law() -> None:
    # symmetric under inversion, as the law itself is: the median is 1
    power = fp.boxtimes_power(SQUARE, "3/2")
    assert float(power.cdf(1.0)) == pytest.approx(0.5, abs=1e-12)
    assert power.edges(dps=12)[0].exponent == -sp.Rational(3, 5)
    low, high = power.quantile([0.2, 0.8])
    assert low * high == pytest.approx(1, rel=1e-9)
