"""Outliers of batch Hessians and damping; formulas of loss-surface papers, digits by mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import (
    Arcsine,
    Atomic,
    Cauchy,
    MarchenkoPastur,
    PointMass,
    Semicircle,
    Uniform,
    boxplus,
    boxtimes,
    information_plus_noise,
    mixture,
)
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.landscapes import damping, outliers

HALF = MarchenkoPastur("1/2")
TWO = Atomic({1: "1/2", 3: "1/2"})


def test_granziol_noise_against_batch_size():
    # λ = θ + σ²/(bθ) if θ > σ/√b, overlap 1 - σ²/(bθ²)
    for batch in (1, 4, 100):
        found = outliers(PointMass(0), Semicircle(4), [3], batch=batch)
        assert found[0].location == pytest.approx(3 + 4 / (3 * batch), rel=1e-15)
        assert found[0].overlap == pytest.approx(1 - 4 / (9 * batch), rel=1e-14)
    below = outliers(PointMass(0), Semicircle(4), [1], batch=2)
    assert not below
    assert "1.414213562" in below.reason


def test_a_bulk_under_semicircular_noise():
    # λ = θ + s² G(θ), overlap 1 + s² G'(θ), for the uniform law on [-1, 1]
    (found,) = outliers(Uniform(-1, 1), Semicircle(2), [5], batch=2, dps=25)
    with mpmath.workdps(30):
        location = 5 + mpmath.log(mpmath.mpf(6) / 4) / 2
        assert abs(found.location - location) < 1e-24
        assert abs(found.overlap - (1 - mpmath.mpf(1) / 24)) < 1e-24


def test_heavy_noise_on_an_arcsine_bulk():
    noise = boxtimes(HALF, TWO)
    (found,) = outliers(Arcsine(-1, 1), noise, [5])
    assert found.location == pytest.approx(7.9182764303, abs=5e-11)
    assert found.overlap == pytest.approx(0.7158927265, abs=5e-11)


def test_multiplicative_noise():
    (found,) = outliers(PointMass(1), HALF, [3], kind="multiplicative")
    assert (found.location, found.overlap) == pytest.approx((3.75, 0.7), rel=1e-15)
    (found,) = outliers(TWO, HALF, [9], kind="multiplicative")
    (same,) = boxtimes(TWO, HALF).outliers([9], part=TWO, kind="multiplicative")
    assert found == same


def test_rectangular_noise():
    """√((1 + θ²)(c + θ²))/θ beyond θ = c^(1/4), overlaps left and right; a batch of b scales θ."""
    theta, c = 2.0, 0.5
    (found,) = outliers(PointMass(0), HALF, [2], kind="rectangular", ratio="1/2")
    assert found.location == pytest.approx(np.sqrt((1 + theta**2) * (c + theta**2)) / theta)
    assert found.overlap == pytest.approx(1 - c * (1 + theta**2) / (theta**2 * (theta**2 + c)))
    assert found.right_overlap == pytest.approx(1 - (c + theta**2) / (theta**2 * (theta**2 + 1)))
    (batch,) = outliers(PointMass(0), HALF, [1], kind="rectangular", ratio="1/2", batch=4)
    assert 2 * batch.location == pytest.approx(found.location)
    assert batch.overlap == pytest.approx(found.overlap)
    below = outliers(PointMass(0), HALF, ["4/5"], kind="rectangular", ratio="1/2")
    assert not below
    assert below.reason


def test_rectangular_noise_on_a_bulk():
    """The general sum is information plus noise for Gaussian noise, and matrices agree."""
    bulk = Atomic({1: "1/2", 2: "1/2"})
    (found,) = outliers(bulk, HALF, [3], kind="rectangular", ratio="1/2", batch=4)
    law = information_plus_noise(bulk, "1/2", "1/4")
    (same,) = law.outliers([3], part=bulk, kind="rectangular")
    names = ("location", "overlap", "right_overlap")
    pairs = [(getattr(found, name), getattr(same, name)) for name in names]
    assert [one for one, _ in pairs] == pytest.approx([other for _, other in pairs], rel=1e-12)
    rng, rows, columns = np.random.default_rng(0), 300, 600
    A = np.zeros((rows, columns))
    A[range(rows), range(rows)] = np.sqrt(np.repeat([1.0, 2.0], rows // 2))
    A[0, 0] = 3
    left, values, right = np.linalg.svd(A + rng.normal(size=A.shape) / 2 / np.sqrt(columns))
    assert values[0] == pytest.approx(found.location, abs=0.03)
    assert left[0, 0] ** 2 == pytest.approx(found.overlap, abs=0.01)
    assert right[0, 0] ** 2 == pytest.approx(found.right_overlap, abs=0.01)
    (twin,) = outliers(bulk, HALF, [3], kind="rectangular", ratio="1/2", batch=2)
    assert values[0] != pytest.approx(twin.location, abs=0.03)


@pytest.mark.parametrize("spikes", [3, 3.0, "3", sp.Integer(3), np.array(3.0), np.array([3])])
def test_one_spike_needs_no_list(spikes):
    (found,) = outliers(PointMass(0), Semicircle(1), spikes)
    assert found.location == 10 / 3


def test_signed_multiplicative_noise_has_outliers_on_both_sides():
    """T(z) = z log((z + 1)/(z - 1))/2 - 1 = 1/(θ - 1), even in z; digits by mpmath."""
    lower, upper = outliers(PointMass(1), Uniform(-1, 1), [3], kind="multiplicative")
    T = lambda z: z / 2 * mpmath.log((z + 1) / (z - 1)) - 1  # noqa: E731
    z = mpmath.findroot(lambda z: T(z) - 0.5, 1.2)
    assert (-lower.location, upper.location) == pytest.approx((z, z), rel=1e-14)
    overlap = -3 / (4 * z * mpmath.diff(T, z))
    assert (lower.overlap, upper.overlap) == pytest.approx((overlap, overlap), rel=1e-12)
    assert lower.deviation == upper.deviation > 0


def test_rectangular_outliers_in_gaps():
    """Equal singular values 1 and c = 1/2: 9 (z² - 1/2) = (z² - 1)², from squares or from ±1."""
    expected = [((11 + sign * np.sqrt(99)) / 2) ** 0.5 for sign in (-1, 1)]
    for noise in (PointMass(1), Atomic({1: 1})):
        found = outliers(PointMass(0), noise, [3], kind="rectangular", ratio="1/2")
        assert [outlier.location for outlier in found] == pytest.approx(expected, rel=1e-14)
    found = Atomic({-1: "1/2", 1: "1/2"}).outliers([3], kind="rectangular", ratio="1/2")
    assert [outlier.location for outlier in found] == pytest.approx(expected, rel=1e-14)
    assert len(Uniform(-1, 1).outliers([3], kind="rectangular", ratio="1/2")) == 1


def test_the_ratio_of_gaussian_noise_is_its_own():
    for batch in (None, 4):
        found = outliers(PointMass(0), HALF, [2], kind="rectangular", batch=batch)
        assert found == outliers(PointMass(0), HALF, [2], "rectangular", batch, ratio="1/2")
    with pytest.raises(UndefinedOperationError, match="square root"):
        outliers(PointMass(0), Semicircle(1), [2], kind="rectangular", ratio=1)


def test_refusals():
    with pytest.raises(InvalidParameterError, match="kind is"):
        outliers(TWO, HALF, [9], kind="circular")
    with pytest.raises(InvalidParameterError, match="needs ratio"):
        outliers(TWO, TWO, [9], kind="rectangular")
    with pytest.raises(InvalidParameterError, match="belongs to kind='rectangular'"):
        outliers(TWO, HALF, [9], ratio="1/2")
    with pytest.raises(InvalidParameterError, match="batch scales"):
        outliers(TWO, HALF, [9], kind="multiplicative", batch=2)
    with pytest.raises(InvalidParameterError, match="batch size"):
        outliers(TWO, HALF, [9], batch=0)
    with pytest.raises(InvalidParameterError, match="noise is 0"):
        outliers(TWO, PointMass(0), [9])
    with pytest.raises(InvalidParameterError, match="batch size b has symbols"):
        outliers(TWO, HALF, [9], batch=sp.Symbol("b", positive=True))
    with pytest.raises(InvalidParameterError, match="gaps are too many"):
        outliers(PointMass(0), Atomic(list(range(300))), [999])
    with pytest.raises(InvalidParameterError, match="takes laws"):
        outliers(TWO, 3, [9])


def test_delocalised_noise_is_enough():
    # no invariance: eigenvectors of a Hadamard matrix with random signs
    rng, n, spikes = np.random.default_rng(2), 512, [2.0, -1.2]
    hadamard = np.array([[1.0]])
    while len(hadamard) < n:
        hadamard = np.kron(hadamard, [[1, 1], [1, -1]])
    theory = outliers(PointMass(0), Atomic({-1: "1/2", 1: "1/2"}), spikes)
    vectors = rng.choice([-1, 1], n)[:, None] * hadamard[:, rng.permutation(n)] / n**0.5
    noise = (vectors * np.repeat([-1.0, 1.0], n // 2)) @ vectors.T
    values = np.linalg.eigvalsh(np.diag([*spikes, *np.zeros(n - 2)]) + noise)
    seen = values[np.abs(np.abs(values) - 1) > 1e-8]
    assert len(seen) == 4
    np.testing.assert_allclose(seen, [outlier.location for outlier in theory], atol=0.02)
    twin = outliers(PointMass(0), Atomic({-1: "2/5", 1: "3/5"}), spikes)
    wrong = [outlier.location for outlier in twin]
    assert not np.allclose(seen, wrong, atol=0.02)


def test_effective_damping():
    # m solves m = ∫ dν/(λ + δ - s²m); δ_eff = δ - s²m
    found = damping.effective_damping(Uniform(0, 3), Semicircle("3/10"), 2, dps=20)
    with mpmath.workdps(25):
        m = mpmath.findroot(
            lambda m: m - mpmath.log((5 - m * mpmath.mpf(3) / 10) / (2 - m * 3 / 10)) / 3, 0.3
        )
        assert abs(m - mpmath.mpf("0.31521096538984282435")) < 1e-20
        assert abs(found - (2 - 3 * m / 10)) < 1e-19
    assert damping.effective_damping(Uniform(0, 3), Semicircle("3/10"), 2) == pytest.approx(
        float(found), rel=1e-15
    )
    # the zero bulk: 1/m = δ_eff, m² s² - δ m + 1 = 0
    zero = damping.effective_damping(PointMass(0), Semicircle(1), "5/2", dps=15)
    assert str(zero) == "2.0"
    assert damping.effective_damping(PointMass(0), Semicircle(1), 2.5) == 2.0


def test_effective_damping_of_matrices():
    rng, n = np.random.default_rng(8), 500
    curvature = np.linspace(0, 3, n)
    W = rng.standard_normal((n, n))
    noisy = np.diag(curvature) + 0.3**0.5 * (W + W.T) / (2 * n) ** 0.5
    trace = np.trace(np.linalg.inv(noisy + 2 * np.eye(n))) / n
    delta = damping.effective_damping(Uniform(0, 3), Semicircle("3/10"), 2)
    assert np.mean(1 / (curvature + delta)) == pytest.approx(trace, abs=5e-4)
    # without the noise's own share the trace is off
    assert abs(np.mean(1 / (curvature + 2)) - trace) > 5e-4


def test_damping_below_the_spectrum_is_refused():
    with pytest.raises(InvalidParameterError, match="negative curvature"):
        damping.effective_damping(Uniform(0, 3), Semicircle(1), 0)
    with pytest.raises(InvalidParameterError, match="no damping is enough"):
        damping.effective_damping(Uniform(0, 3), Cauchy(0, 1), 5)


def test_no_noise_leaves_damping_as_it_is():
    assert damping.effective_damping(Uniform(0, 3), PointMass(0), 2) == 2.0
    found = damping.effective_damping(Uniform(0, 3), PointMass(0), sp.sqrt(2), dps=25)
    assert str(found) == "1.414213562373095048801689"
    x = sp.Symbol("x")
    pair = damping.two_resolvents(Uniform(0, 3), PointMass(0), 2, 1, x)
    assert (pair.damping, pair.correction) == (2, 0)
    assert pair.trace == pytest.approx(0.1, rel=1e-14)
    with pytest.raises(InvalidParameterError, match="take delta > 0"):
        damping.effective_damping(Uniform(0, 3), PointMass(0), -1)


def test_optimal_shrinkage():
    found = damping.optimal_shrinkage(Uniform(0, 2), Semicircle("1/3"))
    assert found == damping.Shrinkage(sp.Rational(1, 2), sp.Integer(1), sp.Integer(1))
    # a target elsewhere, noise with a mean: the least of the mean square of matrices
    bulk, noise = TWO, MarchenkoPastur("1/2")
    beta = sp.Symbol("beta")
    V, c = sp.Integer(5), sp.Integer(2)
    loss = (1 - beta) ** 2 * V + beta**2 * sp.Rational(3, 2) + 2 * beta * (beta - 1) * c
    (expected,) = sp.solve(loss.diff(beta), beta)
    assert damping.optimal_shrinkage(bulk, noise, 0).beta == expected


def test_optimal_shrinkage_of_matrices():
    rng, n = np.random.default_rng(9), 300
    H = np.diag(np.repeat([1.0, 3.0], n // 2))
    W = rng.standard_normal((n, n))
    noisy = H + (W + W.T) / (2 * n) ** 0.5
    betas = np.linspace(0.2, 0.9, 141)
    losses = [np.sum((b * noisy + (1 - b) * 2 * np.eye(n) - H) ** 2) for b in betas]
    best = betas[np.argmin(losses)]
    assert float(damping.optimal_shrinkage(TWO, Semicircle(1)).beta) == pytest.approx(
        best, abs=0.02
    )
    assert float(damping.optimal_shrinkage(TWO, Semicircle("3/2")).beta) != pytest.approx(
        best, abs=0.02
    )


def test_damping_and_shrinkage_are_inverse():
    delta, mu = sp.symbols("delta mu", positive=True)
    beta = damping.shrinkage_of_damping(delta, mu)
    assert sp.simplify(damping.damping_of_shrinkage(beta, mu) - delta) == 0
    for bad in (lambda: damping.shrinkage_of_damping(-1), lambda: damping.damping_of_shrinkage(0)):
        with pytest.raises(InvalidParameterError):
            bad()


# Tracy-Widom scales of edges


def test_scales_of_named_laws():
    assert [edge.tracy_widom_scale() for edge in Semicircle(1).edges()] == [1, 1]
    (_, upper) = HALF.edges()
    assert str(upper.tracy_widom_scale(dps=20)) == "1.4426664057797319505"
    assert str(HALF.edges(dps=20)[1].tracy_widom_scale()) == "1.4426664057797319505"
    # √c (1 + √c)^(4/3)
    root = sp.sqrt(sp.Rational(1, 2))
    exact = root * (1 + root) ** sp.Rational(4, 3)
    assert abs(sp.N(upper.tracy_widom_scale() - exact, 40)) < 1e-38


def test_scales_of_a_two_player_hessian():
    # (x₁, κ, b, b₁) = (3/2, 9/10, 1, 1/2)
    blocks = mixture({Semicircle("1/8", "-3/2"): "9/10", PointMass(0): "1/10"})
    law = boxplus(Semicircle("1/2"), blocks)
    scales = [edge.tracy_widom_scale() for edge in law.edges(dps=18)]
    expected = [
        0.809696791695026672,
        0.662565473616052516,
        0.718140175150965246,
        0.9564279559447478,
    ]
    assert [float(scale) for scale in scales] == pytest.approx(expected, rel=1e-15)
    assert str(scales[0]) == "0.809696791695026672"


def test_scales_of_a_law_with_logarithms():
    law = boxplus(Uniform(-1, 1), HALF.dilate("4/5"))
    upper = law.edges(dps=20)[-1]
    assert str(upper.tracy_widom_scale()) == "1.1839325269987923386"
    with pytest.raises(InvalidParameterError, match="has 20 digits"):
        upper.tracy_widom_scale(dps=30)


def test_hard_edges_and_cusps_have_no_such_scale():
    with pytest.raises(UndefinedOperationError, match="soft edges"):
        MarchenkoPastur(1).edges()[0].tracy_widom_scale()
    with pytest.raises(UndefinedOperationError, match="1/3"):
        boxplus(Atomic({-1: "1/2", 1: "1/2"}), Semicircle(1)).edges()[1].tracy_widom_scale()
