"""Laws of squared slopes of curved activations, and Jacobians made of them."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from tests.nets.spectra.test_jacobians import _jacobian

# the critical point of tanh at bias variance 1/20
CRITICAL = {"weight_variance": "1.760954639606739131632", "q": "0.5700478816407641499902"}


# Pastur 2020 and 2022, solved by Gauss nodes in 30 digits
@pytest.mark.parametrize(
    ("depth", "weights", "real", "imag"),
    [
        (1, "iid", "0.14477194433878464597", "-0.60058624129543763839"),
        (1, "orthogonal", "-0.017646552571293874934", "-0.77471609731892710282"),
        (2, "iid", "0.23684925024946411837", "-0.54571915541564927665"),
        (2, "orthogonal", "0.050349247283182049918", "-0.66817795711512097153"),
    ],
)
def test_tanh_at_its_critical_point(depth, weights, real, imag):
    law = nets.jacobian_law(nets.tanh, depth, weights, **CRITICAL)
    value = law.cauchy(1 + 1j, dps=20)
    assert (str(value.real), str(value.imag)) == (real, imag)
    assert abs(law.cauchy(1 + 1j) - complex(float(real), float(imag))) < 1e-14


# a fixed point of z = (1 + m)/m ∏ m/y_l with 400 Gauss-Hermite nodes each
@pytest.mark.parametrize(
    ("f", "value"),
    [
        (nets.tanh, 0.677991579026947 - 1.168304538228738j),
        (nets.erf, 0.600270237244617 - 1.114562443992710j),
        (nets.swish, 0.777499085961732 - 1.154725467909681j),
        pytest.param(nets.gelu, 0.708724094327547 - 1.120866580197430j, marks=pytest.mark.slow),
    ],
)
def test_two_layers_of_curved_activations(f, value):
    assert abs(nets.jacobian_law(f, 2, "iid").cauchy(0.5 + 0.5j) - value) < 2e-15


@pytest.mark.slow
def test_lengths_with_gaussian_biases():
    bias = fp.Normal(0, "1/10")
    law = nets.jacobian_law(
        nets.tanh, 3, "iid", "3/2", input_norm=sp.Rational(19, 15), bias_law=bias
    )
    first, second = (float(moment) for moment in law.moments(2))
    assert first == pytest.approx(0.31128419028022, abs=1e-13)
    assert second == pytest.approx(0.57694470136847, abs=1e-13)
    assert abs(law.cauchy(0.5 + 0.3j) - (1.0581410782753 - 1.0914967164566j)) < 1e-12


def test_lengths_with_biases_of_another_law():
    signs = fp.Atomic({-1: sp.S.Half, 1: sp.S.Half})
    law = nets.jacobian_law(
        nets.tanh, 2, "iid", "3/2", input_norm=sp.Rational(2, 3), bias_law=signs
    )
    assert float(law.moments(1)[0]) == pytest.approx(0.2281973100924828, abs=1e-15)


def test_slopes_of_erf_against_a_series():
    # E 1/(z exp(w²) - 1) of erf(√π w/2) is a Lerch function (Pennington et al. 2018)
    w = sp.Symbol("w")
    law = nets.Activation(sp.erf(sp.sqrt(sp.pi) * w / 2), w).slope_law(1)
    z = 3 + 1j
    terms = [1 / (np.sqrt(1 + np.pi * k) * z ** (k + 1)) for k in range(60)]
    assert abs(law.cauchy(z) - sum(terms)) < 1e-15
    expected = [1 / sp.sqrt(1 + k * sp.pi) for k in (1, 2)]
    assert [sp.simplify(m - e) for m, e in zip(law.moments(2), expected, strict=True)] == [0, 0]


def test_flat_pieces_are_atoms():
    law = nets.elu().slope_law(2)
    assert law.atoms() == {1: sp.S.Half}
    s = np.linspace(-12, 0, 200001)
    weight = np.exp(-(s**2) / 4) / np.sqrt(4 * np.pi)
    z = 0.3 + 0.2j
    curved = np.trapezoid(weight / (z - np.exp(2 * s)), s)
    assert abs(law.cauchy(z) - curved - 0.5 / (z - 1)) < 1e-9


@pytest.mark.parametrize("f", [nets.tanh, nets.swish, nets.erf])
def test_densities_are_sums_over_preimages(f):
    law, x = f.slope_law(1), 0.3
    w = sp.Symbol("w", real=True)
    square = sp.diff(f.expression(w), w) ** 2
    slope, values = (sp.lambdify(w, e, "scipy") for e in (sp.diff(square, w), square))
    s = np.linspace(-9, 9, 20001)
    changes = np.flatnonzero(np.diff(np.sign(values(s) - x)))
    from scipy.optimize import brentq

    roots = [brentq(lambda u: values(u) - x, s[i], s[i + 1], xtol=1e-15) for i in changes]
    expected = sum(np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi) / abs(slope(u)) for u in roots)
    assert law.density(x) == pytest.approx(expected, rel=1e-11)


TANH = (np.tanh, lambda h: 1 / np.cosh(h) ** 2)


@pytest.mark.parametrize("weights", ["iid", "orthogonal"])
def test_real_tanh_networks_agree_and_a_wrong_weight_variance_does_not(weights):
    rng, draws, n, z = np.random.default_rng(5), 40, 200, 0.5 + 0.3j
    values = []
    for _ in range(draws):
        j = _jacobian(TANH, [n] * 3, weights, 1.5, 2.0, rng)
        values.append(np.mean(1 / (z - np.linalg.eigvalsh(j @ j.T))))
    error = 3 * np.std(values) / np.sqrt(draws)
    places, masses = np.polynomial.hermite_e.hermegauss(60)
    distances = []
    for variance in (1.5, 1.815):  # σ_w off by 10 %
        first = 2 * variance
        mean = masses @ np.tanh(np.sqrt(first) * places) ** 2 / np.sqrt(2 * np.pi)
        lengths = [first, round(variance * mean, 12)]
        law = nets.jacobian_law(nets.tanh, 2, weights, variance, q=lengths)
        distances.append(abs(law.cauchy(z) - np.mean(values)))
    assert distances[0] < error < distances[1]


def test_normal_law():
    from scipy.special import wofz

    law, z = fp.Normal(1, 2), 0.3 + 0.5j
    exact = -0.5j * np.sqrt(np.pi) * wofz((z - 1) / 2)
    assert abs(law.cauchy(z) - exact) < 1e-15
    assert law.moments(4) == [1, 3, 7, 25]
    assert law.density([0.0, 1.0, 3.0]) == pytest.approx(
        np.exp(-np.array([1, 0, 4]) / 4) / np.sqrt(4 * np.pi), rel=1e-13
    )
    assert fp.boxplus(law, fp.Semicircle(1)).moments(4)[3] == 25 + 2 * 2 + 4 * 3
    with pytest.raises(fp.errors.InvalidParameterError):
        fp.Normal(0, 0)


def test_images_of_independent_variables():
    x, y = sp.symbols("x y")
    square = fp.image(x**2, {x: fp.Normal()})
    assert square.moments(3) == [1, 3, 15]
    assert square.density(0.7) == pytest.approx(np.exp(-0.35) / np.sqrt(1.4 * np.pi), rel=1e-12)
    signs = fp.Atomic({-1: sp.S.Half, 1: sp.S.Half})
    assert fp.image(3 * x + 1, {x: fp.Normal(1, 2)}) == fp.Normal(4, 18)
    both = fp.image(x + y, {x: fp.Normal(), y: signs})
    assert both.density(0.0) == pytest.approx(np.exp(-0.5) / np.sqrt(2 * np.pi), rel=1e-12)
    rectified = fp.image(sp.Max(x, 0), {x: fp.Normal()})
    assert rectified.atoms() == {0: sp.S.Half}
    assert rectified.density(1.0) == pytest.approx(np.exp(-0.5) / np.sqrt(2 * np.pi), rel=1e-12)
    with pytest.raises(fp.errors.NoClosedFormError):
        fp.image(x + y, {x: fp.Normal(), y: fp.Cauchy(0, 1)})


@pytest.mark.parametrize("depth", [4, 10])
def test_deep_curved_jacobians_on_a_grid(depth):
    """Beside the support too float64 decides: the values of an integral are exactly real there."""
    law = nets.jacobian_law(nets.tanh, depth, "iid")
    mean = float(law.moments(1)[0])
    x = mean * np.linspace(0.02, 12 * depth, 2000)
    density = law.density(x)
    assert (density > 0).any()
    assert (density == 0).any()
    assert np.all(np.diff((density > 0).astype(int)) <= 0)
    for i in (3, 50):
        assert density[i] == pytest.approx(float(law.density(x[i], dps=12)), rel=1e-11)
    # what lies to the left of the grid is little next to the first moment
    assert np.trapezoid(x * density, x) == pytest.approx(mean, rel=2e-2)


def test_a_law_without_bounds_has_density_in_its_far_tail():
    law = fp.Normal()
    assert law.density(12.0) == pytest.approx(np.exp(-72) / np.sqrt(2 * np.pi), rel=1e-12)
    assert nets.tanh.slope_law(1).density([-0.5, 1.5]).tolist() == [0, 0]


def test_clusters_of_nodes_are_seen_from_afar_and_from_near() -> None:
    """Next to critical values all nodes count, elsewhere few: both are the integral."""
    law = nets.gelu.slope_law(1)
    (low, high) = law.support(dps=15)[0]
    rng = np.random.default_rng(0)
    heights = 10.0 ** rng.uniform(-4, 0.5, 5)
    z = np.concatenate([float(high) + 1j * heights, float(low) + 0.3 * heights + 1j * heights])
    digits = np.array([complex(value) for value in law.cauchy(z, dps=16)])
    assert np.max(np.abs(law.cauchy(z) / digits - 1)) < 2e-12


def _erf(h):
    from scipy.special import erf

    return erf(h)


def _swish(h):
    return h / (1 + np.exp(-h))


REAL = {
    "tanh": TANH,
    "erf": (_erf, lambda h: 2 / np.sqrt(np.pi) * np.exp(-(h**2))),
    "swish": (_swish, lambda h: (1 + np.exp(-h) * (1 + h)) / (1 + np.exp(-h)) ** 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 4, 10])
@pytest.mark.parametrize("name", REAL)
def test_real_deep_networks_agree_and_a_wrong_weight_variance_does_not(name, depth):
    """Lengths by the mean-field recursion; z on the scale of the mean of the spectrum.

    With 48 draws the noise of the mean is above the 1/n of matrices of size 200 (96 see it in ten
    layers of swish), and below a tenth of the weights.
    """
    f, rng, draws, n, variance = REAL[name], np.random.default_rng(7), 48, 200, 1.5
    places, masses = np.polynomial.hermite_e.hermegauss(80)
    masses = masses / np.sqrt(2 * np.pi)

    def lengths(variance):
        found = [2 * variance]
        while len(found) < depth:
            h = np.sqrt(found[-1]) * places
            found.append(variance * (masses @ f[0](h) ** 2))
        return [round(float(q), 12) for q in found]

    means = [masses @ f[1](np.sqrt(q) * places) ** 2 for q in lengths(variance)]
    z = (0.5 + 0.5j) * np.prod(variance * np.array(means))
    values = []
    for _ in range(draws):
        j = _jacobian(f, [n] * (depth + 1), "iid", variance, 2.0, rng)
        values.append(z * np.mean(1 / (z - np.linalg.eigvalsh(j @ j.T))))
    error = 3 * np.std(values) / np.sqrt(draws)
    distances = []
    for own in (variance, variance * 1.21):  # σ_w off by 10 %
        law = nets.jacobian_law(getattr(nets, name), depth, "iid", own, q=lengths(own))
        distances.append(abs(z * law.cauchy(z) - np.mean(values)))
    assert distances[0] < error < distances[1]
