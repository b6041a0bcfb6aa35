"""Operations on laws: moments by independent routes, identities between operations."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.laws.base import Law
from tests.exact.partitions import intervals, kreweras, noncrossing, summed

a, b, c, t = sp.symbols("a b c t", positive=True)
HALF, THIRD = sp.Rational(1, 2), sp.Rational(1, 3)
SIGN = fp.Atomic({-1: HALF, 1: HALF})
THREE = fp.Atomic({-1: HALF, 0: THIRD, 2: sp.Rational(1, 6)})
MP, SC = fp.MarchenkoPastur, fp.Semicircle


def same(first: list, second: list) -> bool:
    return all(sp.simplify(x - y) == 0 for x, y in zip(first, second, strict=True))


def test_free_sums_add_cumulants() -> None:
    law = fp.boxplus(THREE, MP(c), SC(t))
    kappa = [x + c**k for k, x in enumerate(THREE.free_cumulants(5))]
    kappa[1] += t
    expected = [summed(noncrossing(n), kappa) for n in range(1, 6)]
    assert same(law.moments(5), expected)


def test_free_products_sum_over_kreweras_complements() -> None:
    kappa, moments = THREE.free_cumulants(4), fp.Uniform(0, t).moments(4)
    expected = [
        sum(
            summed(iter([p]), kappa) * summed(iter([kreweras(p, n)]), moments)
            for p in noncrossing(n)
        )
        for n in range(1, 5)
    ]
    assert same(fp.boxtimes(THREE, fp.Uniform(0, t)).moments(4), expected)


def test_products_of_many_factors_agree_with_nested_ones() -> None:
    factors = [MP(c), MP(HALF), fp.Uniform(0, 1), SC(1)]
    flat = fp.boxtimes(*factors).moments(5)
    nested = fp.boxtimes(factors[3], fp.boxtimes(factors[0], factors[2]), factors[1]).moments(5)
    assert same(flat, nested)


def test_compression_scales_cumulants() -> None:
    law = fp.compress(THREE, t / (1 + t))
    kappa = [(t / (1 + t)) ** k * x for k, x in enumerate(THREE.free_cumulants(5))]
    assert same(law.moments(5), [summed(noncrossing(n), kappa) for n in range(1, 6)])
    # Nica-Speicher: the corner is a dilated free power
    power = fp.boxplus_power(THREE, 1 + 1 / t).dilate(t / (1 + t))
    assert same(law.moments(5), power.moments(5))


def test_powers_are_repeated_operations() -> None:
    assert fp.boxplus_power(THREE, 3).moments(8) == fp.boxplus(THREE, THREE, THREE).moments(8)
    law = MP(THIRD)
    assert fp.boxtimes_power(law, 3).moments(8) == fp.boxtimes(law, law, law).moments(8)
    root = fp.boxtimes_power(MP(c, t), HALF)
    assert same(fp.boxtimes(root, root).moments(4), MP(c, t).moments(4))


def test_boolean_sums_over_interval_partitions() -> None:
    kappa = [
        x + y for x, y in zip(THREE.boolean_cumulants(5), MP(c).boolean_cumulants(5), strict=True)
    ]
    expected = [summed(intervals(n), kappa) for n in range(1, 6)]
    assert same(fp.boolean_sum(THREE, MP(c)).moments(5), expected)


def test_monotone_sum_of_signs_has_the_atoms_of_a_composition() -> None:
    # F(x) = x - 1/x: atoms at the roots of F(F(x)) = 0, with masses 1/(F'(F(x)) F'(x))
    places = np.roots([1, 0, -3, 0, 1])
    masses = 1 / ((1 + 1 / (places - 1 / places) ** 2) * (1 + 1 / places**2))
    expected = [np.sum(masses * places**k) for k in range(1, 9)]
    found = [float(moment) for moment in fp.monotone(SIGN, SIGN).moments(8)]
    assert np.allclose(found, expected, rtol=0, atol=1e-10)
    assert fp.monotone(SIGN, MP(1)).moments(4) != fp.monotone(MP(1), SIGN).moments(4)


def test_mixtures_average_moments() -> None:
    law = fp.mixture({MP(c): t / (1 + t), SC(2): 1 / (1 + t)})
    pairs = zip(MP(c).moments(4), SC(2).moments(4), strict=True)
    assert same(law.moments(4), [(t * x + y) / (1 + t) for x, y in pairs])
    assert fp.mixture({MP(c): 1}) == MP(c)


def test_affine_maps_and_squares() -> None:
    x = sp.Symbol("x")
    moments = [1, *MP(c).moments(8)]

    def expected(polynomial: sp.Expr) -> list[sp.Expr]:
        return [
            sum(
                coefficient * moments[power]
                for (power,), coefficient in sp.Poly(polynomial**k, x).terms()
            )
            for k in range(1, 5)
        ]

    assert same(MP(c).dilate(a).shift(-b).moments(4), expected(a * x - b))
    assert same(MP(c).dilate(-2).moments(4), expected(-2 * x))
    assert same(MP(c).square().moments(4), expected(x**2))
    assert same(MP(c).shift(-b).square().moments(4), expected((x - b) ** 2))


def test_mobius_images_integrate_the_density() -> None:
    context = mpmath.MPContext()
    context.dps = 25
    ratio = context.mpf(1) / 4

    def mean(function: object) -> object:
        def weighted(x: object) -> object:
            inside = (x - ratio) * (context.mpf(9) / 4 - x)
            return function(x) * context.sqrt(inside) / (2 * context.pi * ratio * x)

        return context.quad(weighted, [ratio, 1, context.mpf(9) / 4])

    law = MP(sp.Rational(1, 4))
    for image, function in (
        (law.inverse(), lambda x: 1 / x),
        (law.shift(1).inverse(), lambda x: 1 / (x + 1)),
        (fp.mobius(law, 2, -1, 1, 3), lambda x: (2 * x - 1) / (x + 3)),
        (fp.mobius(law, 0, 1, -1, 3), lambda x: 1 / (3 - x)),
    ):
        for k, moment in enumerate(image.moments(3), start=1):
            expected = mean(lambda x, k=k, f=function: f(x) ** k)
            assert abs(context.mpf(str(sp.N(moment, 25))) - expected) < context.mpf(10) ** -18


def test_the_inverse_of_a_sum_has_algebraic_moments() -> None:
    noise = sp.Rational(1, 5)
    law = fp.boxplus(fp.Atomic({3: HALF, 5: HALF}), SC(noise))
    mean = law.inverse().moments(1)[0]
    # E 1/X = -G(0), and z = ω + s G(ω) gives 0 = ω + s G_A(ω) with ω = -s G(0) = s E 1/X
    omega = noise * mean
    defect = omega + noise * (HALF / (omega - 3) + HALF / (omega - 5))
    assert abs(sp.N(defect, 40)) < 1e-38
    assert law.inverse().inverse() == law


def test_symmetric_roots_and_squares_are_inverse() -> None:
    assert fp.symmetrize(MP(1)).moments(10) == SC(1).moments(10)
    assert same(fp.symmetrize(MP(c)).square().moments(5), MP(c).moments(5))
    assert SC(t).square().moments(3) == MP(1, t).moments(3)


def test_information_plus_noise_is_a_rectangular_sum() -> None:
    signal = fp.Atomic({1: HALF, 4: HALF})
    noisy = fp.information_plus_noise(signal, c, t)
    rectangular = fp.rectangular_boxplus(fp.symmetrize(signal), fp.symmetrize(MP(c, t)), c)
    assert same(rectangular.square().moments(4), noisy.moments(4))
    assert same(fp.information_plus_noise(fp.PointMass(0), c, t).moments(5), MP(c, t).moments(5))


@pytest.mark.parametrize("ratio", [sp.Rational(1, 4), HALF, sp.S.One])
def test_rectangular_sum_of_signs_has_its_density(ratio: sp.Rational) -> None:
    # Benaych-Georges 2009: √(k² - (x² - 2)²)/(λ π |x| (4 - x²)), k = 2 √(λ (2 - λ))
    context = mpmath.MPContext()
    context.dps = 25
    lam = context.mpf(ratio.p) / ratio.q
    k = 2 * context.sqrt(lam * (2 - lam))

    def density(y: object) -> object:
        # of y = x², both signs of x together
        return context.sqrt(k**2 - (y - 2) ** 2) / (lam * context.pi * y * (4 - y))

    law = fp.rectangular_boxplus(SIGN, SIGN, ratio)
    moments = [sp.S.One, *law.moments(6)[1::2]]
    for n, moment in enumerate(moments):
        value = context.quad(lambda y, n=n: y**n * density(y), [2 - k, 2, 2 + k])
        assert abs(value - context.mpf(moment.p) / moment.q) < context.mpf(10) ** -9


def test_free_difference_undoes_a_sum() -> None:
    law = fp.subtract(fp.boxplus(MP(c), SC(t)), SC(t))
    assert same(law.moments(5), MP(c).moments(5))


masses = st.lists(st.integers(1, 5), min_size=2, max_size=3)
places = st.fractions(min_value=-3, max_value=3, max_denominator=5)


@st.composite
def atomic(draw: st.DrawFn, nonnegative: bool = False) -> Law:
    weights = draw(masses)
    found = draw(st.lists(places, min_size=len(weights), max_size=len(weights), unique=True))
    total = sum(weights)
    spots = [abs(x) + 1 if nonnegative else x for x in found]
    return fp.Atomic([(x, sp.Rational(w, total)) for x, w in zip(spots, weights, strict=True)])


ratios = st.fractions(min_value=sp.Rational(1, 5), max_value=3, max_denominator=5)


@settings(max_examples=25, deadline=None)
@given(atomic(), atomic(), ratios)
def test_free_sums_commute_and_associate(first: Law, second: Law, ratio: object) -> None:
    third = MP(ratio)
    assert fp.boxplus(first, second) == fp.boxplus(second, first)
    assert fp.boxplus(fp.boxplus(first, second), third) == fp.boxplus(
        first, fp.boxplus(second, third)
    )
    # an order of evaluation that the tree does not flatten away
    split = fp.boxplus(fp.boxplus(first, second).dilate(2), third.dilate(2)).dilate(HALF)
    assert split.moments(6) == fp.boxplus(first, second, third).moments(6)


@settings(max_examples=25, deadline=None)
@given(atomic(), atomic(nonnegative=True), ratios)
def test_free_products_commute_and_associate(first: Law, second: Law, ratio: object) -> None:
    third = MP(ratio)
    assert fp.boxtimes(first, second) == fp.boxtimes(second, first)
    split = fp.boxtimes(fp.boxtimes(second, third).dilate(2), first).dilate(HALF)
    assert split.moments(6) == fp.boxtimes(first, second, third).moments(6)


@settings(max_examples=8, deadline=None)
@given(atomic(), ratios)
def test_mass_stays_one(law: Law, ratio: object) -> None:
    from freeprob.numeric.branch.branch import physical_branch

    total = fp.boxplus(law, MP(ratio), SC(1))
    # Poisson averages close above the axis, x = r tan θ, integrate to the mass
    angles = (np.arange(1500) + 0.5) * np.pi / 1500 - np.pi / 2
    x = 8 * np.tan(angles)
    values = physical_branch(total.system).cauchy(x + 0.2j)
    mass = -np.sum(values.imag * 8 / np.cos(angles) ** 2) / 1500
    assert abs(mass - 1) < 1e-7


def test_simulated_corners_and_noise_have_these_moments() -> None:
    rng = np.random.default_rng(7)
    n, columns = 300, 600
    signal = np.diag(np.sqrt(np.repeat([1.0, 4.0], n // 2)))
    rectangle = np.hstack([signal, np.zeros((n, columns - n))])
    noise = rng.standard_normal((n, columns)) * np.sqrt(1.5 / columns)
    gram = (rectangle + noise) @ (rectangle + noise).T
    exact = fp.information_plus_noise(fp.Atomic({1: HALF, 4: HALF}), HALF, "1.5")
    wrong = fp.information_plus_noise(fp.Atomic({1: HALF, 4: HALF}), HALF, "1.6")
    power = np.linalg.matrix_power(gram, 3)
    third = np.trace(power) / n

    def off(law: Law) -> float:
        return abs(third / float(law.moments(3)[2]) - 1)

    assert off(exact) < 0.02 < off(wrong)


@pytest.mark.parametrize(
    ("whole", "known", "determinant"),
    [
        (fp.Semicircle(1), fp.Semicircle("1.1"), "first 2 moments is -0.10000,"),
        (fp.Semicircle(sp.sqrt(2)), fp.Semicircle("3/2"), "first 2 moments is -0.085786,"),
        # 1/U has the variance 1/2 - log(2)^2
        (fp.Uniform(1, 2).inverse(), fp.Semicircle("1/50"), "first 2 moments is -0.00045301,"),
        (fp.MarchenkoPastur(1), fp.Atomic([0, 1, "21/10"]), "first 4 moments is -0.57339,"),
    ],
)
def test_small_negative_determinants_of_moments_refuse_a_difference(
    whole: fp.Law, known: fp.Law, determinant: str
) -> None:
    with pytest.raises(fp.errors.NotALawError, match=determinant):
        fp.subtract(whole, known)
