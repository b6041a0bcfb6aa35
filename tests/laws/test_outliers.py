"""Subordination functions of the parts of laws, and outliers of spiked matrices.

Formulas: Baik-Ben Arous-Péché 2005; Benaych-Georges-Nadakuditi 2011, 2012; Belinschi-Bercovici-
Capitaine-Février 2017. Digits were computed by mpmath from the formulas named beside them.
"""

from __future__ import annotations

import pickle

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import (
    Arcsine,
    Atomic,
    Cauchy,
    DensityLaw,
    FussCatalan,
    MarchenkoPastur,
    Semicircle,
    Uniform,
    boxplus,
    boxplus_power,
    boxtimes,
    boxtimes_power,
    compress,
    information_plus_noise,
    mixture,
    rectangular_boxplus,
    sample_covariance,
    symmetrize,
)
from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError

SIGN = Atomic({-1: "1/2", 1: "1/2"})
TWO = Atomic({1: "1/2", 3: "1/2"})
HALF = MarchenkoPastur("1/2")
PROJECTION = Atomic({0: "1/2", 1: "1/2"})
CHIRAL = symmetrize(TWO)


def rows(outliers):
    return [(outlier.location, outlier.overlap) for outlier in outliers]


# subordination functions

SUMS = [
    boxplus(SIGN, Semicircle(1)),
    boxplus(Uniform(0, 1), SIGN, SIGN),
    boxplus_power(TWO, "5/2"),
    boxplus(HALF.dilate(-2), TWO),
]
PRODUCTS = [
    boxtimes(TWO, HALF, HALF),
    sample_covariance(TWO, "1/4"),
    boxtimes_power(HALF, 3),
    boxtimes(FussCatalan(2), boxplus(HALF, TWO)),
]
POINTS = np.array([[15.5, -5.0], [0.3 + 0.2j, 1 - 1j]])


@pytest.mark.parametrize("law", SUMS, ids=str)
def test_sums_have_equal_values_of_g(law):
    for part, omega in law.subordination(POINTS).items():
        assert omega.shape == POINTS.shape
        np.testing.assert_allclose(part.cauchy(omega), law.cauchy(POINTS), rtol=1e-13)
        assert (omega[0].imag == 0).all()
        assert omega[1, 0].imag >= 0.2


@pytest.mark.parametrize("law", PRODUCTS, ids=str)
def test_products_have_equal_values_of_zg(law):
    for part, omega in law.subordination(POINTS).items():
        np.testing.assert_allclose(
            omega * part.cauchy(omega), POINTS * law.cauchy(POINTS), rtol=1e-13
        )


def test_corners_and_noisy_signals():
    law = compress(TWO, "1/3")
    omega = law.subordination(POINTS)[TWO]
    np.testing.assert_allclose(TWO.cauchy(omega), law.cauchy(POINTS) / 3, rtol=1e-13)
    law = information_plus_noise(TWO, "1/2", "3/2")
    omega, G = law.subordination(POINTS)[TWO], law.cauchy(POINTS)
    np.testing.assert_allclose((1 - 0.75 * G) * TWO.cauchy(omega), G, rtol=1e-13)


def test_rectangular_sums_have_equal_values_of_t_over_squares():
    law = rectangular_boxplus(CHIRAL, symmetrize(HALF), "1/2")

    def two_sided(mu, w):
        y = w * mu.cauchy(w) - 1
        return (y / 2 + 1) * (y + 1) / w**2

    for part, omega in law.subordination(POINTS).items():
        np.testing.assert_allclose(two_sided(part, omega), two_sided(law, POINTS), rtol=1e-12)
        assert (omega[1].imag * POINTS[1].imag > 0).all()


@pytest.mark.parametrize("law", [SUMS[0], SUMS[1], PRODUCTS[1]], ids=str)
@pytest.mark.parametrize("z", [sp.Integer(7), sp.Rational(1, 3) + sp.I / 5, sp.Integer(-3)])
def test_fifty_digits(law, z):
    with mpmath.workdps(60):
        for part, omega in law.subordination(z, dps=50).items():
            ours, whole = (mu.cauchy(w, dps=50) for mu, w in ((part, omega), (law, z)))
            if law in PRODUCTS:
                real, imag = (mpmath.mpf(part.p) / part.q for part in z.as_real_imag())
                ours, whole = ours * omega, whole * mpmath.mpc(real, imag)
            assert abs(ours - whole) < 1e-47 * abs(whole)


def test_what_has_no_parts_is_refused():
    with pytest.raises(UndefinedOperationError, match="no subordination functions"):
        HALF.subordination(1j)
    c = sp.Symbol("c", positive=True)
    with pytest.raises(InvalidParameterError, match="need values"):
        boxplus(MarchenkoPastur(c), SIGN).subordination(1j)
    with pytest.raises(ConvergenceError, match="infinite or not determined"):
        boxplus(SIGN, Semicircle("1/100")).subordination(0, dps=20)


@pytest.mark.parametrize(
    "law",
    [*SUMS, *PRODUCTS, compress(TWO, "1/3"), information_plus_noise(TWO, "1/2", "3/2")],
    ids=str,
)
def test_equations_hold(law):
    G, z = sp.symbols("G z")
    point = 0.3 + 0.7j
    omegas = law.subordination(point)
    names = {part: sp.Symbol(f"w{i}") for i, part in enumerate(omegas)}
    values = {G: law.cauchy(point), z: point} | {names[part]: omegas[part] for part in omegas}
    equations = law.subordination_equations(G, z, names)
    assert equations[-1].lhs == z
    for equation in equations:
        difference = complex((equation.lhs - equation.rhs).subs(values))
        assert abs(difference) < 1e-12


def test_equations_of_rectangular_sums():
    law = rectangular_boxplus(CHIRAL, symmetrize(HALF), "1/2")
    G, z = sp.symbols("G z")
    point = 0.3 + 0.7j
    omegas = law.subordination(point)
    names = {part: sp.Symbol(f"w{i}") for i, part in enumerate(omegas)}
    equations = law.subordination_equations(G, z, names)
    values = {G: law.cauchy(point), z: point} | {names[part]: omegas[part] for part in omegas}
    for part, omega in names.items():
        (own,) = {
            symbol
            for equation in equations
            if omega in equation.free_symbols and equation.rhs == 0
            for symbol in equation.free_symbols - {omega}
        }
        values[own] = part.cauchy(omegas[part])
    for equation in equations:
        assert abs(complex((equation.lhs - equation.rhs).subs(values))) < 1e-12


def test_names_are_for_parts():
    with pytest.raises(InvalidParameterError, match="is none"):
        SUMS[0].subordination_equations(*sp.symbols("G z"), {HALF: sp.Symbol("w")})


# preimages


def test_preimages_gap_by_gap():
    # ω = z - s G(z): z = ω + s G_sign(ω) for the semicircle's partner
    law = boxplus(SIGN, Semicircle("1/100"))
    for value in (0, 0.1, -0.3, 1.5):
        expected = value + 0.01 * value / (value**2 - 1)
        assert law.preimages(SIGN, value) == pytest.approx([expected], abs=1e-15)
    assert law.preimages(SIGN, 1) == []
    assert law.preimages(SIGN, "0.95") == []
    # the other part sees both: 1/G = 3/2 at -1/2 and 2, moved by the rest
    (left, right) = law.preimages(Semicircle("1/100"), 1.5)
    assert law.subordination(left)[Semicircle("1/100")] == pytest.approx(1.5, abs=1e-12)
    assert -0.6 < left < -0.4
    assert 1.9 < right < 2.1


@pytest.mark.parametrize("value", [1e20, -1e200, 1e308])
def test_preimages_far_out_are_their_values(value):
    law = boxplus(SIGN, Semicircle("1/100"))
    assert law.preimages(SIGN, value) == [value]
    assert law.preimages(Semicircle("1/100"), value) == [value]


def test_preimages_of_rectangular_sums_come_with_both_signs():
    law = rectangular_boxplus(CHIRAL, symmetrize(HALF), "1/2")
    (right,) = law.preimages(CHIRAL, 4)
    (left,) = law.preimages(CHIRAL, -4)
    assert left == -right
    assert law.subordination(right)[CHIRAL] == pytest.approx(4, abs=1e-12)


# the table of loss-surfaces


def test_wigner():
    (outlier,) = Semicircle(1).outliers([2])
    assert (outlier.location, outlier.overlap) == (2.5, 0.75)
    (outlier,) = Semicircle(4).outliers([-3])
    assert rows([outlier]) == [pytest.approx((-3 - 4 / 3, 1 - 4 / 9), abs=1e-15)]


@pytest.mark.parametrize(("spike", "ratio"), [(3, sp.Rational(1, 2)), (5, sp.Integer(2))])
def test_spiked_wishart(spike, ratio):
    (outlier,) = MarchenkoPastur(ratio).outliers([spike], kind="multiplicative")
    c = float(ratio)
    location = spike * (1 + c / (spike - 1))
    overlap = (1 - c / (spike - 1) ** 2) / (1 + c / (spike - 1))
    assert rows([outlier]) == [pytest.approx((location, overlap), rel=1e-14)]
    right = overlap / (overlap + spike * (1 - overlap))
    assert outlier.right_overlap == pytest.approx(right, rel=1e-14)
    # the same as the eigenvalue of a population
    population = Atomic({1: "1/2", 2: "1/2"})
    law = sample_covariance(population, ratio)
    (outlier,) = law.outliers([20], part=population, kind="multiplicative")
    assert law.subordination(outlier.location)[population] == pytest.approx(20, rel=1e-12)


@pytest.mark.parametrize("law", [HALF, symmetrize(HALF)], ids=str)
def test_singular_values(law):
    outliers = law.outliers([2, 0.5], kind="rectangular", ratio="1/2")
    (outlier,) = outliers
    c, theta = 0.5, 2
    square = theta**2
    location = ((1 + square) * (c + square)) ** 0.5 / theta
    left = 1 - c * (1 + square) / (square * (square + c))
    right = 1 - (c + square) / (square * (square + 1))
    assert outlier.location == pytest.approx(location, rel=1e-15)
    assert outlier.overlap == pytest.approx(left, rel=1e-14)
    assert outlier.right_overlap == pytest.approx(right, rel=1e-14)
    (threshold,) = outliers.thresholds
    assert threshold.low == pytest.approx(c**0.25, rel=1e-14)


def test_more_rows_than_columns():
    (outlier,) = MarchenkoPastur(2).outliers([3], kind="rectangular", ratio=2)
    assert outlier.location == pytest.approx((10 * 11) ** 0.5 / 3, rel=1e-15)
    assert outlier.overlap == pytest.approx(1 - 2 * 10 / (9 * 11), rel=1e-14)


def test_additive_spikes_of_marchenko_pastur():
    outliers = HALF.outliers([2.5], dps=30)
    assert [str(value) for value in rows(outliers)[0]] == ["3.75", "0.875"]
    assert outliers.thresholds[-1].low == pytest.approx(1.2071067811865475, rel=1e-15)


def test_multiplicative_spikes_of_a_law_of_both_signs():
    # F(z) = z (1 - 1/θ): z² = θ²/(θ - 1) for the semicircle
    (left, right) = Semicircle(1).outliers([3], kind="multiplicative")
    assert right.location == pytest.approx(1.5 * 2**0.5, rel=1e-15)
    assert left.location == -right.location
    assert left.overlap == pytest.approx(0.25, rel=1e-14)


# digits


def test_bernoulli_noise():
    assert rows(SIGN.outliers([1.5])) == [(-0.5, 0.2), (2.0, 0.8)]


def test_arcsine_part_with_heavy_noise():
    arcsine = Arcsine(-1, 1)
    law = boxplus(boxtimes(HALF, TWO), arcsine)
    (outlier,) = law.outliers([5], part=arcsine, dps=12)
    assert str(outlier.location) == "7.91827643033"
    assert str(outlier.overlap) == "0.715892726479"


def test_uniform_part_with_wishart_noise():
    uniform = Uniform(-1, 1)
    law = boxplus(uniform, HALF.dilate("4/5"))
    outliers = law.outliers([sp.Rational(7, 2)], part=uniform, dps=19)
    assert str(outliers[0].location) == "4.406574477752731689"
    assert str(outliers[0].overlap) == "0.9634721207238827465"
    assert str(outliers.thresholds[-1].low) == "1.353059242026975645"
    # just above and below the threshold
    (near,) = law.outliers(["1.3530592420269757"], part=uniform, dps=10)
    assert 0 < near.overlap < 1e-14
    assert not law.outliers(["1.3530592420269756"], part=uniform)


def test_digits_agree_with_the_equations():
    # z = θ + R(G_A(θ)), overlap its derivative, with the noise's R from its population's ω:
    # y = ∫ t/(ω - t), z_N = ω (1 + y/2) and G_N = (1 + y)/z_N
    with mpmath.workdps(60):

        def place(t):
            g = 1 / mpmath.sqrt(t**2 - 1)

            def inverse(omega):
                y = sum(x / (omega - x) for x in (1, 3)) / 2
                return omega * (1 + y / 2), (1 + y) / (omega * (1 + y / 2))

            omega = mpmath.findroot(lambda omega: inverse(omega)[1] - g, (4.5, 5.5))
            return t + inverse(omega)[0] - 1 / g

        expected = place(mpmath.mpf(5)), mpmath.diff(place, mpmath.mpf(5))
    arcsine = Arcsine(-1, 1)
    law = boxplus(boxtimes(HALF, TWO), arcsine)
    (outlier,) = law.outliers([5], part=arcsine, dps=40)
    with mpmath.workdps(50):
        assert abs(outlier.location - expected[0]) < 1e-38
        assert abs(outlier.overlap - expected[1]) < 1e-28  # mpmath differentiates numerically


def test_rectangular_parts_agree_with_information_plus_noise():
    noisy = information_plus_noise(TWO, "1/2")
    (square,) = noisy.outliers([9], part=TWO)
    (single,) = noisy.outliers([3], part=TWO, kind="rectangular")
    law = rectangular_boxplus(CHIRAL, symmetrize(HALF), "1/2")
    (other,) = law.outliers([3], part=CHIRAL, kind="rectangular")
    assert single.location == pytest.approx(square.location**0.5, rel=1e-15)
    assert single.overlap == pytest.approx(square.overlap, rel=1e-14)
    for name in ("location", "overlap", "right_overlap"):
        assert getattr(other, name) == pytest.approx(getattr(single, name), rel=1e-13)


def test_parts_of_parts():
    # a population inside a sum: the overlaps of the two steps multiply
    inner = sample_covariance(TWO, "1/2")
    law = boxplus(inner, Semicircle(1))
    (whole,) = law.outliers([9], part=TWO, kind="multiplicative")
    (first,) = inner.outliers([9], part=TWO, kind="multiplicative")
    (second,) = law.outliers([str(first.location)], part=inner)
    assert whole.location == pytest.approx(second.location, rel=1e-13)
    assert whole.overlap == pytest.approx(first.overlap * second.overlap, rel=1e-12)


def test_far_spikes_and_spikes_next_to_poles():
    near, far = SIGN.outliers([10**6])
    assert near.location == pytest.approx(-1e-6, rel=1e-9)
    assert far.location == pytest.approx(1e6, rel=1e-9)
    (outlier,) = Semicircle(1).outliers([10**20])
    assert outlier.location == 1e20


# what there is none of, and what is refused


@pytest.mark.parametrize("spike", [0.7, 1, -1, "0.99999999999999999999"])
def test_below_the_threshold(spike):
    outliers = Semicircle(1).outliers([spike])
    assert outliers == ()
    assert "(-inf, -1) or (1, inf)" in outliers.reason
    assert [(t.low, t.high) for t in outliers.thresholds] == [(-np.inf, -1), (1, np.inf)]


def test_spikes_inside_the_part_and_no_spikes():
    law = boxplus(SIGN, Semicircle("1/100"))
    assert "does not" in law.outliers([1], part=SIGN).reason
    assert law.outliers([]).reason == "there are no spikes"
    found = Semicircle(1).outliers([2])
    assert found.reason == ""
    assert pickle.loads(pickle.dumps(found)) == found


def test_refusals():
    law = sample_covariance(TWO, "1/2")
    with pytest.raises(InvalidParameterError, match="kind='multiplicative'"):
        law.outliers([9], part=TWO)
    with pytest.raises(InvalidParameterError, match="no part"):
        law.outliers([9], part=SIGN)
    with pytest.raises(InvalidParameterError, match="no part"):
        law.outliers([9], part=3)
    with pytest.raises(InvalidParameterError, match="positive"):
        law.outliers([-1], part=TWO, kind="multiplicative")
    with pytest.raises(InvalidParameterError, match="not negative"):
        information_plus_noise(TWO, 1).outliers([-1], part=TWO)
    with pytest.raises(InvalidParameterError, match="needs ratio"):
        HALF.outliers([2], kind="rectangular")
    with pytest.raises(InvalidParameterError, match="kind is 'additive', 'multiplicative' or"):
        HALF.outliers([2], kind="sideways")
    with pytest.raises(InvalidParameterError, match="a ratio belongs"):
        HALF.outliers([2], ratio=1)
    with pytest.raises(InvalidParameterError, match="must be a list"):
        HALF.outliers({2})
    with pytest.raises(UndefinedOperationError, match="half line"):
        boxtimes(Semicircle(1), HALF).outliers([3], part=Semicircle(1), kind="multiplicative")
    with pytest.raises(UndefinedOperationError, match="compress"):
        boxplus_power(TWO, "3/2").outliers([5], part=TWO)


# all kinds of spectra: two routes

x = sp.Symbol("x")
SPECTRA = {
    "hard edge": MarchenkoPastur(1),
    "atom and cut": MarchenkoPastur(2),
    "both edges hard": Arcsine(-1, 1),
    "jumps": Uniform(0, 1),
    "integral": DensityLaw(sp.Rational(3, 4) * (1 - x**2), x, -1, 1),
    "two cuts": mixture({Semicircle(1): "1/2", Semicircle(1, 6): "1/2"}),
    "atoms only": Atomic({-2: "1/4", 0: "1/4", 3: "1/2"}),
    "two atoms and two cuts": boxplus(PROJECTION, Atomic({0: "3/4", 2: "1/4"})),
    "cusp": boxplus(SIGN, Semicircle(1)),
    "small": Semicircle("1/1000000000000"),
    "large": Semicircle(10**12),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_additive_spikes_solve_g(name):
    law = SPECTRA[name]
    scale = float(law.variance) ** 0.5
    for spike in (3 * scale, -2.5 * scale, 0.6 * scale):
        outliers = law.outliers([spike])
        inside = sum(t.low < spike < t.high for t in outliers.thresholds)
        assert len(outliers) == inside
        for outlier in outliers:
            z = outlier.location
            assert complex(law.cauchy(z)) * spike == pytest.approx(1, rel=1e-9)
            slope = law.cauchy(z, derivative=1).real
            assert outlier.overlap == pytest.approx(-1 / (spike**2 * slope), rel=1e-8)


def test_where_there_is_no_gap_there_is_no_outlier():
    outliers = Cauchy(0, 1).outliers([3])
    assert outliers == ()
    assert "no interval" in outliers.reason


def test_what_float64_does_not_tell_from_an_edge_is_refused():
    # 1/G = 0.02 at 1 + e^-50
    with pytest.raises(ConvergenceError, match="nearer to the spectrum"):
        Uniform(0, 1).outliers([0.02])


# simulated matrices: the same test fails for a theory that is a little off


def unit(rng, n):
    v = rng.standard_normal(n)
    return v / np.linalg.norm(v)


def rotation(rng, n):
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def simulated(matrix, direction, near):
    """The eigenvalue nearest to a place, and the overlap of its eigenvector."""
    values, vectors = np.linalg.eigh(matrix)
    i = np.argmin(np.abs(values - near))
    return values[i], (vectors[:, i] @ direction) ** 2


def agree(draws, outlier, width):
    mean = np.mean(draws, axis=0)
    return bool(np.all(np.abs(mean - [outlier.location, outlier.overlap]) < width))


def test_simulated_bernoulli_noise():
    rng, n = np.random.default_rng(3), 400
    signs = np.repeat([-1.0, 1.0], n // 2)
    for place, theory in enumerate(SIGN.outliers([1.5])):
        draws = []
        for _ in range(6):
            v = unit(rng, n)
            matrix = np.diag(signs) + 1.5 * np.outer(v, v)
            draws.append(simulated(matrix, v, theory.location))
        assert agree(draws, theory, 0.04)
        assert not agree(draws, SIGN.outliers([1.8])[place], 0.04)


def test_simulated_population():
    rng, n, columns = np.random.default_rng(4), 300, 600
    law = sample_covariance(TWO, "1/2")
    (theory,) = law.outliers([9], part=TWO, kind="multiplicative")
    roots = np.sqrt(np.concatenate([np.ones(n // 2), np.full(n // 2 - 1, 3.0), [9.0]]))
    draws = []
    for _ in range(8):
        X = roots[:, None] * rng.standard_normal((n, columns))
        draws.append(simulated(X @ X.T / columns, np.eye(n)[-1], theory.location))
    # the location moves by about 9 sqrt(2/600) = 0.5 from draw to draw
    assert agree(draws, theory, (0.5, 0.04))
    (twin,) = sample_covariance(TWO, "1/2").outliers([11], part=TWO, kind="multiplicative")
    assert not agree(draws, twin, (0.5, 0.04))
    (twin,) = MarchenkoPastur("1/2").outliers([9], kind="multiplicative")
    assert not agree(draws, twin, (0.5, 0.04))


def test_simulated_population_with_noise_of_both_signs():
    rng, n = np.random.default_rng(5), 400
    noise = Atomic({"-1/2": "1/2", "3/2": "1/2"})
    law = boxtimes(TWO, noise)
    theories = law.outliers([5], part=TWO, kind="multiplicative")
    roots = np.sqrt(np.concatenate([np.ones(n // 2), np.full(n // 2 - 1, 3.0), [5.0]]))
    draws = []
    for _ in range(6):
        u = rotation(rng, n)
        X = (u * np.repeat([-0.5, 1.5], n // 2)) @ u.T
        matrix = roots[:, None] * X * roots
        draws.append([simulated(matrix, np.eye(n)[-1], t.location) for t in theories])
    for theory, own in zip(theories, np.moveaxis(draws, 1, 0), strict=True):
        assert agree(own, theory, (0.12, 0.06))
    for twin, own in zip(
        law.outliers([9], part=TWO, kind="multiplicative"), np.moveaxis(draws, 1, 0), strict=True
    ):
        assert not agree(own, twin, (0.12, 0.06))


def test_simulated_corner():
    rng, n = np.random.default_rng(6), 400
    (theory,) = compress(TWO, "1/2").outliers([6], part=TWO)
    values = np.concatenate([np.ones(n // 2), np.full(n // 2 - 1, 3.0), [6.0]])
    draws = []
    for _ in range(8):
        u = rotation(rng, n)[: n // 2]
        draws.append(simulated((u * values) @ u.T, u[:, -1], theory.location))
    assert agree(draws, theory, (0.15, 0.06))
    (twin,) = compress(TWO, "3/5").outliers([6], part=TWO)
    assert not agree(draws, twin, (0.15, 0.06))


def test_simulated_singular_values():
    rng, n, columns, theta = np.random.default_rng(7), 300, 600, 3.0
    signal = np.sqrt(np.concatenate([np.ones(n // 2), np.full(n // 2 - 1, 3.0), [theta**2]]))
    (theory,) = information_plus_noise(TWO, "1/2").outliers([3], part=TWO, kind="rectangular")
    draws = []
    for _ in range(6):
        Y = rng.standard_normal((n, columns)) / columns**0.5
        Y[np.arange(n), np.arange(n)] += signal
        left, values, right = np.linalg.svd(Y)
        draws.append([values[0], left[-1, 0] ** 2, right[0, n - 1] ** 2])
    expected = [theory.location, theory.overlap, theory.right_overlap]
    assert np.all(np.abs(np.mean(draws, axis=0) - expected) < (0.1, 0.04, 0.04))
    # left and right are not the same, and neither are they those of the zero matrix
    (twin,) = HALF.outliers([3], kind="rectangular", ratio="1/2")
    wrong = [twin.location, twin.overlap, twin.right_overlap]
    assert not np.all(np.abs(np.mean(draws, axis=0) - wrong) < (0.1, 0.04, 0.04))


@pytest.mark.parametrize(
    ("theta", "expected"), [(2, np.sqrt(2 * (1 - 1 / 4))), (-3, np.sqrt(2 * (1 - 1 / 9)))]
)
def test_outliers_of_a_wigner_matrix_fluctuate_as_known(theta: int, expected: float) -> None:
    # Capitaine, Donati-Martin and Féral 2009: 2σ²/n (1 - σ²/θ²)
    (outlier,) = fp.Semicircle(1).outliers([theta])
    assert outlier.deviation == pytest.approx(expected, rel=1e-14)


def test_outliers_of_a_sample_covariance_fluctuate_as_known() -> None:
    # Baik and Silverstein 2006, Paul 2007: 2ℓ²/columns (1 - γ/(ℓ - 1)²), rows = γ columns
    (outlier,) = fp.MarchenkoPastur("1/2").outliers([3], kind="multiplicative", dps=30)
    assert str(outlier.deviation) == str(sp.N(sp.sqrt(sp.Rational(63, 8)), 30))


def test_simulated_outliers_have_the_deviation_and_no_other() -> None:
    n, draws, rng = 120, 300, np.random.default_rng(2)
    law = fp.boxplus(fp.Atomic([-1, 1]), fp.MarchenkoPastur("1/2"))
    (outlier,) = (found for found in law.outliers([5]) if found.location > 3)
    places = []
    for values in fp.ensembles.spectra(law.matrix_model(), n, draws, rng):
        v = rng.standard_normal(n)
        v /= np.linalg.norm(v)
        # a rotated matrix with these eigenvalues, in its own basis
        places.append(np.linalg.eigvalsh(np.diag(values) + 5 * np.outer(v, v))[-1])
    seen = np.sqrt(n) * np.std(places, ddof=1)
    error = 1 / np.sqrt(2 * draws)
    assert abs(seen / outlier.deviation - 1) < 4 * error
    wide = fp.boxplus(fp.Atomic([-2, 2]), fp.MarchenkoPastur("1/2"))
    (other,) = (found for found in wide.outliers([8]) if found.location > 5)
    assert abs(seen / other.deviation - 1) > 4 * error


@pytest.mark.parametrize(
    ("law", "part"),
    [
        (fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(1)), fp.MarchenkoPastur(1)),
        (fp.boxtimes(fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur(1)), fp.MarchenkoPastur(1)),
        (fp.boxtimes(fp.FussCatalan(2), fp.MarchenkoPastur(1)), fp.MarchenkoPastur(1)),
    ],
    ids=str,
)
def test_a_threshold_at_a_hard_edge_is_zero(law, part):
    # the part and the product both reach 0, where densities go like x^(-1/2), -2/3 and -3/4: ω
    # tends to 0 there by powers that are no square roots
    below, _ = law.outliers([5], part, "multiplicative").thresholds
    assert (below.right, below.high) == (0, 0)


def test_thresholds_at_an_atom_are_the_same_on_both_sides():
    # half of the eigenvalues are 0, where ω is analytic: the limits from both sides agree
    part = fp.Atomic({1: "1/2", 2: "1/2"})
    law = fp.boxtimes(part, fp.MarchenkoPastur(2))
    below, above, _ = law.outliers([3], part, "multiplicative").thresholds
    # S of MarchenkoPastur(2) at -1/2 and ψ of the part there: 1/(s-1) + 2/(s-2) = -1
    assert below.high == pytest.approx(-(2**0.5), rel=1e-10)
    assert above.low == pytest.approx(-(2**0.5), rel=1e-10)
